"""The deny form: a reason, words of one's own, or both; and the preview that is what the requestor reads."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot

from bot.cards import parse_ref
from bot.cards.forms.deny_modal import (
    DENIAL_LENGTH,
    DenyForm,
    denial_text,
    deny_modal,
    preview_lines,
    reason_named,
)
from bot.cards.kit import ids
from bot.cards.kit.words import as_text
from bot.models import DENY_REASONS, Case, DenyReason, Rules
from bot.models.rules import DecisionsSection
from tests.cards.reading import read
from tests.cards.samples import RULES, case, entry
from tests.house_rules import rules_with

PORTAL, BUSINESS = DENY_REASONS[:2]


def form(one: Case | None = None, **filled: Any) -> DenyForm:
    """A form over one request, or over the given case."""
    return DenyForm(**({"case": one or case(), "rules": RULES} | filled))


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs of a modal by block id."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def test_an_empty_form_offers_the_reasons_and_tells_by_default() -> None:
    view = deny_modal(form(rules=RULES.model_copy(update={"writes_on": False})))
    assert read(view["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
Reason (optional): [Use the version from the software portal | Not business software | Ask your
    manager or the business owner to confirm | We will install it for you | A policy forbids it | We
    cannot tell where it comes from]
In your own words (optional): [____]
  The requestor reads exactly this, below the chosen reason if there is one. Say what to do instead.
Notification (optional): [Tell the requestor]
[Show how it reads]
Choose a reason or type one; here you will see it as the requestor reads it.
Rehearsal: writes are off. A press shows the verdict and the exact effect, and sends nothing.\
""")
    assert (view["callback_id"], parse_ref(view["private_metadata"])) == (
        ids.DENY_VIEW,
        ids.CaseRef("c1f00d", 3),
    )
    held = inputs(view)
    assert held[ids.NOTIFY_BLOCK]["element"]["initial_options"][0]["value"] == ids.NOTIFY_YES
    assert "initial_option" not in held[ids.DENY_REASON_BLOCK]["element"]
    assert "initial_value" not in held[ids.REASON_BLOCK]["element"]


def test_a_reason_and_words_of_ones_own_read_one_below_the_other() -> None:
    view = deny_modal(form(reason_id=PORTAL.reason_id, typed="It is called “Reader”.\nAsk me, Tom."))
    assert read(view["blocks"]) == snapshot("""\
Application: setup.exe
Organization: Contoso
Reason (optional): [Use the version from the software portal | Not business software | Ask your
    manager or the business owner to confirm | We will install it for you | A policy forbids it | We
    cannot tell where it comes from]
In your own words (optional): [It is called “Reader”. Ask me, Tom.]
  The requestor reads exactly this, below the chosen reason if there is one. Say what to do instead.
Notification (optional): [Tell the requestor]
[Show how it reads]
Dana 1 will read:
Your request was denied
Please install it from the software portal. The version there is approved and kept up to date.

It is called “Reader”.
Ask me, Tom.\
""")


def test_who_is_not_told_does_not_read_it_and_the_form_says_so() -> None:
    lines = preview_lines(form(typed="Out of scope", notify=False))
    assert as_text(lines) == snapshot("""\
Not told to the requestor, but kept in the record:
Out of scope\
""")


def test_what_was_filled_in_stays_filled_in() -> None:
    """Drawn anew, the form holds the reason, the words, the requests and the box, under the same block ids."""
    one = case(entry(1), entry(2), entry(3))
    filled = form(one, reason_id=PORTAL.reason_id, typed="No", notify=False, request_ids=["req-2"])
    before, after = inputs(deny_modal(form(one))), inputs(deny_modal(filled))
    assert before.keys() == after.keys()
    assert after[ids.DENY_REASON_BLOCK]["element"]["initial_option"]["value"] == PORTAL.reason_id
    assert after[ids.REASON_BLOCK]["element"]["initial_value"] == "No"
    assert [one["value"] for one in after[ids.REQUESTS_BLOCK]["element"]["initial_options"]] == ["req-2"]
    assert "initial_options" not in after[ids.NOTIFY_BLOCK]["element"]


def test_only_the_requestors_who_are_denied_read_it() -> None:
    one = case(entry(1), entry(2), entry(3))
    assert as_text(preview_lines(form(one, typed="No", request_ids=["req-2"]))).startswith(
        "Dana 2 will read:"
    )
    assert as_text(preview_lines(form(one, typed="No"))).startswith("Dana 1, Dana 2, Dana 3 will read:")


@pytest.mark.parametrize(
    ("reason", "typed", "reads"),
    [
        (None, "", ""),
        (None, " \n ", ""),
        (None, " Ask Tom. ", "Ask Tom."),
        (PORTAL, "", PORTAL.text),
        (PORTAL, "   ", PORTAL.text),
        (PORTAL, "Ask Tom.", f"{PORTAL.text}\n\nAsk Tom."),
        (DenyReason(label="No"), "", "No"),
        (DenyReason(label="No"), "Really.", "No\n\nReally."),
    ],
)
def test_the_requestor_reads_the_reason_then_the_typed_words(
    reason: DenyReason | None, typed: str, reads: str
) -> None:
    assert denial_text(reason, typed) == reads


def test_a_reason_that_left_the_list_or_changed_its_words_is_not_taken_for_another() -> None:
    """A form may stay open over a restart with another list."""
    changed = PORTAL.model_copy(update={"text": "Something else entirely."})
    rules = Rules(decisions=DecisionsSection(deny_reasons=(BUSINESS, changed)))
    assert reason_named(rules, PORTAL.reason_id) is None
    assert reason_named(rules, BUSINESS.reason_id) is BUSINESS
    assert reason_named(rules, "") is None
    said = as_text(preview_lines(form(rules=rules, reason_id=PORTAL.reason_id, typed="and this")))
    assert said == "The list of reasons has changed since this form was opened: choose again."


def test_every_reason_of_ours_fits_the_list_and_helps_the_requestor_on() -> None:
    assert len({one.reason_id for one in DENY_REASONS}) == len(DENY_REASONS) >= 5
    for one in DENY_REASONS:
        assert len(one.label) <= 75
        assert one.text.endswith(".")
        assert len(one.text) <= 600


def test_the_longest_denial_is_shown_whole() -> None:
    longest = DenyReason(label="L", text="t" * 600)
    rules = rules_with(RULES, decisions={"deny_reasons": (longest,)})
    typed = "w" * 1000
    assert len(denial_text(longest, typed)) <= DENIAL_LENGTH
    shown = read(deny_modal(form(rules=rules, reason_id=longest.reason_id, typed=typed))["blocks"])
    assert "t" * 600 in shown
    assert "w" * 1000 in shown
