"""The storage modal: the narrow answer stands in it, what is wider is warned of, what is closed says why."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import check_view, parse_ref
from bot.cards.forms.approve_form import SHOWN_BY, ReachOffer
from bot.cards.forms.storage_form import storage_effect, storage_text, storage_warnings
from bot.cards.forms.storage_modal import storage_modal
from bot.cards.kit import ids
from bot.models import Device, Reach, Standing
from tests.cards.everything import hostile_case
from tests.cards.reading import read
from tests.cards.samples import facts
from tests.cards.second_opinion import check_view_twice
from tests.cards.storage_samples import (
    STICK,
    storage_case,
    storage_choice_of,
    storage_form,
    storage_views,
)


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The elements of a modal by block id, in inputs or in rows of their own."""
    found = {one["block_id"]: one["element"] for one in view["blocks"] if one["type"] == "input"}
    rows = [one for one in view["blocks"] if one["type"] == "actions"]
    return found | {row["block_id"]: row["elements"][0] for row in rows}


def chosen(element: dict[str, Any]) -> str:
    """The value that stands in a choice."""
    value: str = element["initial_option"]["value"]
    return value


def test_the_form_reads_like_this() -> None:
    assert read(storage_modal(storage_form())["blocks"]) == snapshot("""\
Storage: EX-0042
Organization: Contoso
Asks to: write, which is what an approval gives and no more
Device: Survey stick, serial number EX-0042
Path: E:\\survey\\*
Computer: WS-001
User: Dana 1
Device (needed): [This device: Survey stick | All storage devices]
How far (needed): [This computer | A computer group]
Path (needed): [As asked: E:\\survey\\* | Another path | Every path on the device]
Who may (needed): [Only Dana 1 | Everybody on these computers]
It stays open for (needed): [7 days | 1 day | 30 days | 90 days | Until a day | Without an end;
    needs a reason]
Closed for you: the entire organization, because you need Approve for Entire Organization at
    Contoso; a global group, because decide it in the portal.
Reason, for the record (optional): [____]
The device's name in the portal (optional): [Survey stick]
  Empty: as the portal suggests.
Ticket number (optional): [____]
Note to the requestor (optional): [____]
Notification (optional): [Tell the requestor]
Internal note (optional): [____]
  Stands in the portal behind your name; the requestor does not read it.
[Preview]
Effect: CONTOSO\\dana may write to Survey stick (EX-0042) on WS-001 only, at E:\\survey\\*, until
    2026-03-09 09:00 UTC.
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review.)\
""")


def test_where_the_write_is_not_verified_the_text_is_prepared_instead() -> None:
    form = storage_form(unverified="No published evidence shows how it is written, so it is off here.")
    view = storage_modal(form)
    assert read(view["blocks"]) == snapshot("""\
Storage: EX-0042
Organization: Contoso
Asks to: write, which is what an approval gives and no more
Device: Survey stick, serial number EX-0042
Path: E:\\survey\\*
Computer: WS-001
User: Dana 1
You may approve this. No published evidence shows how it is written, so it is off here.
Choose below; the text for the portal follows your choices.
Device
[This device: Survey stick | All storage devices]
How far
[This computer | A computer group]
Path
[As asked: E:\\survey\\* | Every path on the device]
Who may
[Only Dana 1 | Everybody on these computers]
It stays open for
[7 days | 1 day | 30 days | 90 days | Without an end; needs a reason]
Closed for you: the entire organization, because you need Approve for Entire Organization at
    Contoso; a global group, because decide it in the portal.
---
Enter this in the portal:
Request: req-1
Access asked for: write
Device: Survey stick (EX-0042)
Applies to: WS-001 only
Path: E:\\survey\\*
Users: CONTOSO\\dana
Ends: 2026-03-09 09:00 UTC
Effect: CONTOSO\\dana may write to Survey stick (EX-0042) on WS-001 only, at E:\\survey\\*, until
    2026-03-09 09:00 UTC.
Open the portal -> https://portal.threatlocker.com/approvals
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review.)\
""")
    assert "submit" not in view
    assert not [one for one in view["blocks"] if one["type"] == "input"]


def test_the_narrow_answer_stands_in_every_choice() -> None:
    for unverified in ("", "Off here."):
        view = storage_modal(storage_form(unverified=unverified))
        grouped = {ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value}
        group = inputs(storage_modal(storage_form(unverified=unverified, values=grouped)))
        assert chosen(group[ids.COMPUTER_GROUP_BLOCK]) == "g-2"
        held = inputs(view)
        assert chosen(held[ids.STORAGE_DEVICE_BLOCK]) == ids.THIS_DEVICE
        assert chosen(held[ids.REACH_BLOCK]) == Reach.COMPUTER.value
        assert ids.COMPUTER_GROUP_BLOCK not in held
        assert chosen(held[ids.STORAGE_PATH_BLOCK]) == ids.ASKED_PATH
        assert chosen(held[ids.STORAGE_USERS_BLOCK]) == ids.ASKING_USER
        assert chosen(held[ids.LASTS_BLOCK]) == "7"
        assert (view["callback_id"], parse_ref(view["private_metadata"])) == (
            ids.STORAGE_VIEW,
            ids.CaseRef("c1f00d", 3),
        )


def test_what_was_chosen_and_typed_stays() -> None:
    values = {
        ids.STORAGE_DEVICE_BLOCK: ids.ALL_DEVICES,
        ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value,
        ids.COMPUTER_GROUP_BLOCK: "g-1",
        ids.STORAGE_PATH_BLOCK: ids.OWN_PATH,
        ids.STORAGE_OWN_PATH_BLOCK: "E:\\plans\\*",
        ids.STORAGE_USERS_BLOCK: ids.EVERYBODY,
        ids.LASTS_BLOCK: ids.UNTIL_DATE,
        ids.EXPIRES_BLOCK: "2026-12-24",
        ids.REASON_BLOCK: "Audit week",
        ids.NOTIFY_BLOCK: "",
    }
    held = inputs(storage_modal(storage_form(values=values)))
    for block in (
        ids.STORAGE_DEVICE_BLOCK,
        ids.REACH_BLOCK,
        ids.COMPUTER_GROUP_BLOCK,
        ids.STORAGE_PATH_BLOCK,
    ):
        assert chosen(held[block]) == values[block]
    assert chosen(held[ids.STORAGE_USERS_BLOCK]) == ids.EVERYBODY
    assert chosen(held[ids.LASTS_BLOCK]) == ids.UNTIL_DATE
    assert held[ids.EXPIRES_BLOCK]["initial_date"] == "2026-12-24"
    assert held[ids.STORAGE_OWN_PATH_BLOCK]["initial_value"] == "E:\\plans\\*"
    assert held[ids.REASON_BLOCK]["initial_value"] == "Audit week"
    assert "initial_options" not in held[ids.NOTIFY_BLOCK]


def test_an_emptied_field_is_not_filled_in_again() -> None:
    held = inputs(storage_modal(storage_form(values={ids.STORAGE_NAME_BLOCK: ""})))
    assert "initial_value" not in held[ids.STORAGE_NAME_BLOCK]


@pytest.mark.parametrize(
    ("changed", "block", "value"),
    [
        ({"device": Device(type="USB")}, ids.STORAGE_DEVICE_BLOCK, ids.ALL_DEVICES),
        ({"device": None}, ids.STORAGE_DEVICE_BLOCK, ids.ALL_DEVICES),
        ({"requestor": ""}, ids.STORAGE_USERS_BLOCK, ids.EVERYBODY),
    ],
)
def test_what_the_request_does_not_name_cannot_be_chosen(
    changed: dict[str, Any], block: str, value: str
) -> None:
    view = storage_modal(storage_form(storage_case(**changed)))
    assert [option["value"] for option in inputs(view)[block]["options"]] == [value]


def test_without_a_reach_beyond_the_computer_nothing_is_asked_about_the_business() -> None:
    held = inputs(storage_modal(storage_form(reaches=[ReachOffer(Reach.COMPUTER)])))
    assert not {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK, ids.COMPUTER_GROUP_BLOCK} & held.keys()


def test_with_nothing_open_the_reason_is_all_there_is() -> None:
    view = storage_modal(storage_form(reaches=[ReachOffer(Reach.COMPUTER, "You need more at Contoso.")]))
    assert view["callback_id"] == ids.SAID_VIEW
    assert "You need more at Contoso." in read(view["blocks"])


def test_a_decided_request_has_no_form() -> None:
    view = storage_modal(storage_form(storage_case(Standing.CLOSED)))
    assert "Nothing was changed" in read(view["blocks"])


def test_a_policy_that_the_portal_offers_is_shown_closed_with_its_reason() -> None:
    said = " ".join(read(storage_modal(storage_form(existing_policy="Field USB"))["blocks"]).split())
    assert "The storage policy Field USB: closed." in said
    assert "does not say how far that policy reaches" in said


def test_groups_without_room_are_counted() -> None:
    grouped = {ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value}
    said = read(storage_modal(storage_form(groups_left=20, values=grouped))["blocks"])
    assert "20 more computer groups are offered in the portal alone." in said


def test_a_second_person_is_announced_and_a_rehearsal_is_said() -> None:
    said = " ".join(
        read(storage_modal(storage_form(two_people="it goes far", writes_on=False))["blocks"]).split()
    )
    assert "Two people have to agree: it goes far." in said
    assert "Rehearsal: writes are off." in said


# Words

GIVEN = facts(1, action_type="write", device=STICK, path="E:\\survey\\*", requestor="CONTOSO\\dana")


@pytest.mark.parametrize(
    ("changed", "effect"),
    [
        (
            {},
            (
                "CONTOSO\\dana may write to Survey stick (EX-0042) on WS-001 only, at E:\\survey\\*, "
                "until 2026-03-09 09:00 UTC."
            ),
        ),
        (
            {"reach": Reach.COMPUTER_GROUP, "computer_group_name": "Laptops", "users": (), "path": ""},
            (
                "Everybody may write to Survey stick (EX-0042) on every computer in the computer group Laptops of "
                "Contoso, at every path, until 2026-03-09 09:00 UTC."
            ),
        ),
        (
            {"reach": Reach.ORGANIZATION, "all_devices": True, "expires_at": None},
            (
                "CONTOSO\\dana may write to any storage device on every computer of the entire organization Contoso, "
                "at E:\\survey\\*, until the policy is removed."
            ),
        ),
        (
            {"device_name": "", "existing_policy_id": "p", "existing_policy_name": "Field USB"},
            (
                "CONTOSO\\dana may write to Fabrikam USB (EX-0042), added to the storage policy “Field USB”, on WS-001 "
                "only, at E:\\survey\\*, until 2026-03-09 09:00 UTC."
            ),
        ),
    ],
)
def test_the_effect_is_one_exact_sentence(changed: dict[str, Any], effect: str) -> None:
    assert storage_effect(storage_choice_of(**changed), GIVEN) == effect


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("read", "may read from"),
        ("move", "may move files on"),
        ("delete", "may delete files on"),
        ("x", "may x on"),
    ],
)
def test_the_access_that_was_asked_for_is_what_is_given(action: str, words: str) -> None:
    assert words in storage_effect(storage_choice_of(), GIVEN.model_copy(update={"action_type": action}))


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({}, 0),
        ({"all_devices": True}, 1),
        ({"path": ""}, 1),
        ({"users": ()}, 1),
        ({"expires_at": None}, 1),
        ({"all_devices": True, "path": "", "users": (), "expires_at": None}, 4),
    ],
)
def test_everything_wider_than_asked_is_warned_of(changed: dict[str, Any], count: int) -> None:
    assert len(storage_warnings(storage_choice_of(**changed))) == count


def test_all_devices_is_warned_of_in_plain_words() -> None:
    assert "not tied to one device" in storage_warnings(storage_choice_of(all_devices=True))[0]


def test_the_text_to_copy_names_everything_that_the_portal_asks() -> None:
    told = dict(storage_text(storage_choice_of(ticket="T-7", expires_at=None, path="", users=()), GIVEN))
    assert told == {
        "Request": "req-1",
        "Access asked for": "write",
        "Device": "Survey stick (EX-0042)",
        "Applies to": "WS-001 only",
        "Path": "every path",
        "Users": "everybody",
        "Ends": "never",
        "Ticket": "T-7",
    }


@pytest.mark.parametrize(
    "text", ["", "x" * 5000, "<!channel> *b* <https://evil.example|x> &amp;", "\u202egnp.exe\n"]
)
def test_every_state_is_valid_whatever_the_texts_are(text: str) -> None:
    one = hostile_case(text)
    stored = storage_case(requestor=text, path=text, action_type=text, computer_name=text)
    for held in (one, stored):
        for _, view in storage_views(text, held):
            check_view(view)
            check_view_twice(view)


@pytest.mark.parametrize(
    ("choice", "brings"),
    [
        (
            {ids.REACH_BLOCK: "computer_group"},
            {ids.COMPUTER_GROUP_BLOCK, ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK},
        ),
        ({ids.STORAGE_PATH_BLOCK: ids.OWN_PATH}, {ids.STORAGE_OWN_PATH_BLOCK}),
        ({ids.LASTS_BLOCK: ids.UNTIL_DATE}, {ids.EXPIRES_BLOCK}),
    ],
)
def test_a_choice_brings_the_fields_that_it_needs(choice: dict[str, str], brings: set[str]) -> None:
    plain, held = inputs(storage_modal(storage_form())), storage_modal(storage_form(values=choice))
    assert inputs(held).keys() - plain.keys() == brings
    told = {one["block_id"] for one in held["blocks"] if one.get("dispatch_action")}
    assert {SHOWN_BY[block] for block in brings} <= told
