"""The approve modal as a person reads it: short first, everything below “More…”, nothing lost when it is drawn anew."""

from __future__ import annotations

import json
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import check_view
from bot.cards.forms.approve_form import SHOWN_BY, ModeOffer, ReachOffer
from bot.cards.forms.approve_modal import approve_modal
from bot.cards.kit import ids
from bot.cards.kit.limits import VIEW_BYTES
from bot.models import Kind
from permissions import Reach
from tests.cards.approve_states import MODES, crowded, form, groups, more, shut, states, step, typed
from tests.cards.everything import hostile_case
from tests.cards.reading import read
from tests.cards.samples import case, entry
from tests.cards.second_opinion import check_view_twice

LONG = "C:\\" + "very long folder\\" * 2000 + "setup.exe"


def inputs(view: dict[str, Any]) -> dict[str, Any]:
    """Input blocks by id."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def test_the_first_page_is_short_and_says_what_it_does_by_default() -> None:
    shown = read(approve_modal(form(case()))["blocks"])
    assert shown == snapshot("""\
Application: setup.exe
Organization: Contoso
How far (needed): [This computer]
Closed for you: a computer group, the entire organization, a global group, because you may not.
Reason, for the record (optional): [____]
By default: setup.exe may run on WS-001 only.
Evidence: 9 of 9 checks are good.
[More…]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review.)\
""")


@pytest.mark.parametrize(
    ("reach", "asks"),
    [
        (Reach.COMPUTER, set()),
        (Reach.COMPUTER_GROUP, {ids.COMPUTER_GROUP_BLOCK, ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}),
        (Reach.ORGANIZATION, {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}),
        (Reach.GLOBAL, {ids.GLOBAL_GROUP_BLOCK, ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}),
    ],
)
def test_a_reach_brings_the_fields_that_it_needs_and_asks_for_each(reach: Reach, asks: set[str]) -> None:
    everywhere = {"groups": groups("G", 5), "global_groups": groups("GG", 2)}
    found = inputs(approve_modal(form(case(), *Reach, **everywhere, values=step(reach))))
    assert found.keys() == {ids.REACH_BLOCK, ids.REASON_BLOCK} | asks
    assert all(not found[block]["optional"] for block in asks)
    assert found[ids.REACH_BLOCK]["dispatch_action"] is True


def test_an_existing_application_may_go_further_so_both_can_be_said() -> None:
    chosen = {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:a-3"}
    found = inputs(approve_modal(form(case(), more=more(), values=chosen)))
    assert [found[block]["optional"] for block in (ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK)] == [True, True]


@pytest.mark.parametrize(
    ("choice", "brings"),
    [
        ({ids.RECOGNIZED_BLOCK: ids.BY_RULE}, {ids.RULE_PATH_BLOCK, ids.RULE_SIGNER_BLOCK}),
        ({ids.LASTS_BLOCK: ids.UNTIL_DATE}, {ids.EXPIRES_BLOCK}),
        ({ids.ELEVATION_BLOCK: ids.SILENTLY}, {ids.ELEVATION_FOR_BLOCK}),
        (
            {ids.ELEVATION_BLOCK: ids.SILENTLY, ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE},
            {ids.ELEVATION_FOR_BLOCK, ids.ELEVATION_UNTIL_BLOCK},
        ),
        (
            {ids.ELEVATION_BLOCK: ids.WITH_NOTICE, ids.ELEVATION_FOR_BLOCK: ids.FOR_GOOD},
            {ids.ELEVATION_FOR_BLOCK, ids.SAFE_BLOCK},
        ),
        ({ids.INSTEAD_BLOCK: "learning"}, {ids.MODE_BECAUSE_BLOCK}),
    ],
)
def test_a_choice_below_more_brings_its_own_fields(choice: dict[str, str], brings: set[str]) -> None:
    plain = inputs(approve_modal(form(case(), more=more())))
    found = inputs(approve_modal(form(case(), more=more(), values=choice)))
    assert not brings & plain.keys()
    assert brings <= found.keys()
    assert found.keys() - plain.keys() <= SHOWN_BY.keys()
    for block in found.keys() - plain.keys():
        assert found[SHOWN_BY[block]]["dispatch_action"] is True


def test_a_justification_is_chosen_from_the_list_or_typed() -> None:
    view = approve_modal(form(case(), justifications=["Vendor update", "Support case"]))
    listed, typed_field = inputs(view)[ids.JUSTIFICATION_BLOCK], inputs(view)[ids.REASON_BLOCK]
    assert [one["value"] for one in listed["element"]["options"]] == ["Vendor update", "Support case"]
    assert listed["optional"], typed_field["optional"]


def test_where_a_policy_is_due_only_words_of_ones_own_count() -> None:
    view = approve_modal(form(case(policy_due=True), justifications=["Vendor update"]))
    assert ids.JUSTIFICATION_BLOCK not in inputs(view)
    assert not inputs(view)[ids.REASON_BLOCK]["optional"]


def test_what_is_closed_is_one_line_and_says_each_reason_once() -> None:
    shown = read(
        approve_modal(
            form(
                case(),
                reaches=[
                    ReachOffer(Reach.COMPUTER),
                    ReachOffer(Reach.COMPUTER_GROUP, "You may not. Ask for it."),
                    ReachOffer(Reach.ORGANIZATION, "You may not. Ask for it."),
                    ReachOffer(
                        Reach.GLOBAL, "You may less; this needs Approve for Global at Contoso. Ask for it."
                    ),
                ],
            )
        )["blocks"]
    )
    assert " ".join(shown.split()).count("Closed for you: ") == 1
    assert (
        "Closed for you: a computer group, the entire organization, because you may not; a global group, because"
        " that needs Approve for Global at Contoso." in " ".join(shown.split())
    )


def test_everything_stands_below_more_and_a_mode_comes_last() -> None:
    chosen = {**step(Reach.ORGANIZATION), ids.RECOGNIZED_BLOCK: ids.BY_RULE}
    view = approve_modal(form(case(), Reach.COMPUTER, Reach.ORGANIZATION, more=more(), values=chosen))
    assert read(view["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
How far (needed): [This computer | The entire organization]
Closed for you: a computer group, a global group, because you may not.
How was it validated? (needed): [____]
  Say what was done and seen.
Who in the business confirmed? (needed): [____]
  A name, and what that person is.
Reason, for the record (optional): [____]
Effect: setup.exe may run on WS-001 only.
Evidence: 9 of 9 checks are good.
---
Recognized by
Recognize the file by (needed): [Its hash alone: this very file | A custom rule of at least two
    parts]
Rule: path (optional): [C:\\Program Files\\Fabrikam\\setup.exe]
  * stands for any characters.
Rule: signer (needed): [CN=Fabrikam Inc | No part of the rule]
Rule: started by process (optional): [____]
  This time: C:\\Windows\\explorer.exe.
Rule: created by process (optional): [____]
  This file: C:\\Windows\\msiexec.exe.
---
Application
Put the file into (needed): [A new application | Fabrikam Suite | Fabrikam (Built-In) | Office
    tools]
  An existing one takes effect wherever a policy permits it already; Preview says how far that is.
Name of a new application (optional): [____]
  Empty: the file's name.
Find an existing application (optional): [____]
  A part of its name, then Preview.
---
For how long
The approval lasts (needed): [As usual: one computer for good, wider 90 days | 7 days | 30 days | 90
    days | Until a day | Permanently]
---
Elevation
Administrator rights, added on purpose (needed): [None | With notice on the screen | Silent]
---
Ringfencing, as the portal suggests it
It may not start other applications.
---
Ticket and notes
On the phone with (optional): [____]
  The caller's name, if somebody asks by phone. It is recorded and stands in the portal's note.
Ticket number (optional): [____]
Note to the requestor (optional): [____]
Notification (optional): [Tell the requestor]
The requestor will read: setup.exe is approved.
Internal note (optional): [____]
  Stands in the portal behind your name; the requestor does not read it.
---
Maintenance mode instead, for one hour
A technician who stands at the computer needs no mode from here: the ThreatLocker tray menu shows a
    QR code that somebody with Edit Computers scans.
Mode (needed): [No mode: the approval above | Installation Mode | Learning Mode | Application
    Control Monitor Only]
  It runs on the requesting computer alone, however far the approval goes; it takes the place of the
    rule above.
[Preview]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review.)\
""")


def test_what_is_closed_says_why() -> None:
    shown = read(approve_modal(form(case(), more=shut("")))["blocks"])
    assert shown == snapshot("""\
Application: setup.exe
Organization: Contoso
How far (needed): [This computer]
Closed for you: a computer group, the entire organization, a global group, because you may not.
Reason, for the record (optional): [____]
By default: setup.exe may run on WS-001 only.
Evidence: 9 of 9 checks are good.
---
Application
Put the file into (needed): [A new application]
  An existing one takes effect wherever a policy permits it already; Preview says how far that is.
Name of a new application (optional): [____]
  Empty: the file's name.
Find an existing application (optional): [____]
  A part of its name, then Preview.
---
For how long
The approval lasts (needed): [As usual: one computer for good, wider 90 days | 7 days | 30 days | 90
    days | Until a day | Permanently]
---
Ringfencing, as the portal suggests it
None.
---
Ticket and notes
On the phone with (optional): [____]
  The caller's name, if somebody asks by phone. It is recorded and stands in the portal's note.
Ticket number (optional): [____]
Note to the requestor (optional): [____]
Notification (optional): [Tell the requestor]
The requestor will read: setup.exe is approved.
Internal note (optional): [____]
  Stands in the portal behind your name; the requestor does not read it.
---
Maintenance mode instead, for one hour
A technician who stands at the computer needs no mode from here: the ThreatLocker tray menu shows a
    QR code that somebody with Edit Computers scans.
---
Closed for you: a custom rule, administrator rights, Fabrikam (Built-In), Installation Mode,
    Learning Mode, Application Control Monitor Only, because you may not.
[Preview]
(One computer first; wider only after validation and the business's confirmation. Local admin rights
    do not replace review.)\
""")


def test_an_elevation_request_always_elevates_and_offers_no_mode() -> None:
    view = approve_modal(form(case(entry(kind=Kind.ELEVATION)), more=more(modes=())))
    values = [option["value"] for option in inputs(view)[ids.ELEVATION_BLOCK]["element"]["options"]]
    assert values == [ids.WITH_NOTICE, ids.SILENTLY]
    assert ids.INSTEAD_BLOCK not in inputs(view)


def test_everything_that_was_chosen_and_typed_stands_there_again() -> None:
    """Slack keeps it by itself; a client that does not loses nothing either."""
    told = typed("as it was") | {ids.REACH_BLOCK: "computer_group", ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE}
    wide = form(case(), *Reach, groups=groups("G", 5), more=more(), values=told)
    given = {**told}
    del given[ids.GLOBAL_GROUP_BLOCK], given[ids.SAFE_BLOCK]
    found = {name: _initial(block["element"]) for name, block in inputs(approve_modal(wide)).items()}
    assert {name: found[name] for name in given} == given


def _initial(element: dict[str, Any]) -> str:
    """What stands in an element from the start."""
    chosen = [*element.get("initial_options", ()), *filter(None, [element.get("initial_option")])]
    text = element.get("initial_value") or element.get("initial_date") or ""
    return text or ",".join(option["value"] for option in chosen)


def test_a_path_with_something_unseen_in_it_is_not_put_into_the_rule() -> None:
    """P10: what acts invisibly is shown on the card, and typed by nobody unawares."""
    rule = {ids.RECOGNIZED_BLOCK: ids.BY_RULE}
    unseen = more(path="C:\\a\u202egpj.exe")
    plain = inputs(approve_modal(form(case(), more=more(), values=rule)))[ids.RULE_PATH_BLOCK]["element"]
    hostile = inputs(approve_modal(form(case(), more=unseen, values=rule)))[ids.RULE_PATH_BLOCK]["element"]
    assert plain["initial_value"].endswith("setup.exe")
    assert "initial_value" not in hostile


def test_a_single_closed_mode_does_not_close_the_others() -> None:
    offered = [ModeOffer(MODES[0], "You may not."), *(ModeOffer(mode) for mode in MODES[1:])]
    view = approve_modal(form(case(), more=more(modes=offered)))
    values = [option["value"] for option in inputs(view)[ids.INSTEAD_BLOCK]["element"]["options"]]
    assert values == [ids.NO_MODE, "learning", "application_monitor_only"]
    assert "Closed for you: Installation Mode, because you may not." in read(view["blocks"])


@pytest.mark.parametrize("count", [5, 120, 200])
def test_the_own_group_is_first_and_chosen_however_many_there_are(count: int) -> None:
    offered = {"groups": groups("G", count), "values": step(Reach.COMPUTER_GROUP)}
    view = approve_modal(form(case(), Reach.COMPUTER, Reach.COMPUTER_GROUP, **offered))
    element = inputs(view)[ids.COMPUTER_GROUP_BLOCK]["element"]
    options = [o for part in [element, *element.get("option_groups", ())] for o in part.get("options", ())]
    assert len(options) == count
    assert options[0]["value"] == element["initial_option"]["value"] == "g-3"


def test_groups_without_room_are_counted_and_the_portal_is_linked() -> None:
    full = form(
        case(),
        Reach.COMPUTER,
        Reach.COMPUTER_GROUP,
        groups=groups("G", 200),
        groups_left=31,
        values=step(Reach.COMPUTER_GROUP),
        portal_link="https://portal.example/approvals",
    )
    shown = read(approve_modal(full)["blocks"])
    assert "31 more computer groups are offered in the portal alone. Open the portal" in shown


@pytest.mark.unmeasured
@pytest.mark.parametrize("text", ["", "x", "&<>" * 300, LONG, "😀" * 400, "Å" * 900], ids=range(6))
@pytest.mark.parametrize("count", [1, 200])
def test_every_state_is_valid_at_its_edges(text: str, count: int) -> None:
    """Very long paths, 200 computers, 200 groups, 60 matches: within Slack's limits, by two opinions."""
    for name, view in states(text, hostile_case(text[:300] or "x", count)):
        check_view(view)
        check_view_twice(view)
        assert len(json.dumps(view).encode()) < VIEW_BYTES, name


def test_the_choice_among_sixty_matches_is_titled_by_what_it_means() -> None:
    view = approve_modal(form(case(), more=crowded("App")))
    groups_of = inputs(view)[ids.APPLICATION_BLOCK]["element"]["option_groups"]
    assert [(one["label"]["text"], len(one["options"])) for one in groups_of] == [
        ("New", 1),
        ("Matches: cover the file already", 30),
        ("Built-in matches: entire organization only", 30),
        ("Existing: gets a further rule", 100),
    ]
