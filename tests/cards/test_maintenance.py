"""A maintenance mode as people read it: its message in every state, the replies under it, the extension form."""

from __future__ import annotations

from datetime import timedelta

import pytest
from inline_snapshot import snapshot

from bot.cards.forms import maintenance_form
from bot.cards.kit import ids
from bot.cards.messages import maintenance
from bot.models import ModeStanding
from tests.cards.everything_maintenance import mode_form, mode_states, running_mode
from tests.cards.reading import read
from tests.cards.samples import NOW
from tests.cards.second_opinion import check_message_twice, check_view_twice


def shown(state: str) -> str:
    """The message of a mode in a state, checked twice over."""
    rendered = maintenance.mode_message(mode_states()[state])
    check_message_twice(rendered.blocks, rendered.text)
    return read(rendered.blocks)


def test_while_it_runs_everybody_sees_until_when_by_whom_and_why() -> None:
    assert shown("running") == snapshot("""\
In maintenance: Application Control Learning Mode on FIN-WS-1 at Contoso
Ends {10:00}, by itself.
Started by Mel Ortiz, {09:00}. Why no scoped policy: an installer that unpacks as it goes
Ticket: FIN-7
Whoever sits at the computer may end it early.
[End now] [Extend…]\
""")


def test_a_mode_from_a_request_says_so() -> None:
    assert shown("from a request") == snapshot("""\
In maintenance: Application Control Learning Mode on FIN-WS-1 at Contoso
Ends {10:00}, by itself.
Started from a request by Mel Ortiz, {09:00}. Why no scoped policy: an installer that unpacks as it
    goes
[End now] [Extend…]\
""")


def test_until_the_history_shows_it_nothing_is_claimed() -> None:
    assert shown("not found yet") == snapshot("""\
Maintenance mode asked for: Application Control Learning Mode on FIN-WS-1 at Contoso
The portal's history does not show it yet; Gatehouse keeps asking.
Started from a request by Mel Ortiz, {09:00}. Why no scoped policy: an installer that unpacks as it
    goes
Ticket: FIN-7
Whoever sits at the computer may end it early.
[End now] [Extend…]\
""")


@pytest.mark.parametrize(("state", "word"), [("ending", "Ending"), ("extending", "Extending")])
def test_a_press_whose_outcome_is_not_known_is_shown(state: str, word: str) -> None:
    assert f"{word} it: Bo Lindqvist, outcome not known yet." in shown(state)


def test_after_its_time_with_the_portal_still_showing_it() -> None:
    assert shown("overdue") == snapshot("""\
In maintenance: Application Control Learning Mode on FIN-WS-1 at Contoso
Its time was over at {10:00}, but the portal still shows it.
Started by Mel Ortiz, {09:00}. Why no scoped policy: an installer that unpacks as it goes
Ticket: FIN-7
Whoever sits at the computer may end it early.
[End now] [Extend…]\
""")


def test_when_it_is_over_the_buttons_are_gone() -> None:
    assert shown("ended") == snapshot("""\
Maintenance is over: Application Control Learning Mode on FIN-WS-1 at Contoso
Ended at {09:40}, by itself.
Started by Mel Ortiz, {09:00}. Why no scoped policy: an installer that unpacks as it goes
Ticket: FIN-7\
""")
    assert shown("ended by somebody") == snapshot("""\
Maintenance is over: Application Control Learning Mode on FIN-WS-1 at Contoso
Ended at {09:40} by Bo Lindqvist.
Started by Mel Ortiz, {09:00}. Why no scoped policy: an installer that unpacks as it goes
Ticket: FIN-7\
""")


def test_what_nobody_could_be_asked_about_is_not_said_to_have_ended() -> None:
    said = shown("given up")
    assert said.startswith("Maintenance should be over: ")
    assert "Ended" not in said
    assert "[End now]" not in said


def test_what_never_started_says_so() -> None:
    assert shown("not started") == snapshot("""\
Not started: Application Control Learning Mode on FIN-WS-1 at Contoso
No trace.
Asked for by Mel Ortiz, {09:00}. Why no scoped policy: an installer that unpacks as it goes
Ticket: FIN-7\
""")


def test_after_retention_who_did_it_stays_and_why_is_gone() -> None:
    assert shown("redacted") == snapshot("""\
Maintenance is over: Application Control Learning Mode on FIN-WS-1 at Contoso
Ended at {09:40} by Bo.
Started by Mel Ortiz, {09:00}. The reason was removed when its time was over.\
""")


def test_what_is_said_under_it_and_to_the_escalation_team() -> None:
    one = running_mode()
    ended = one.model_copy(update={"standing": ModeStanding.ENDED, "ended_at": one.ends_at})
    said = [
        maintenance.reminder(one),
        maintenance.over(ended),
        maintenance.over(ended.model_copy(update={"ended_by": "Bo Lindqvist"})),
        maintenance.end_not_known(one),
        maintenance.moved_elsewhere(one),
        maintenance.still_on(one, "S0TEAM"),
    ]
    assert "\n---\n".join(read(each.blocks) for each in said) == snapshot("""\
@U0CLAIM Application Control Learning Mode on FIN-WS-1 at Contoso ends {10:00}. Finish, or press
    “Extend…” above with the reason.
---
@U0CLAIM Application Control Learning Mode on FIN-WS-1 at Contoso has ended, {10:00}.
---
@U0CLAIM Application Control Learning Mode on FIN-WS-1 at Contoso was ended by Bo Lindqvist,
    {10:00}.
---
@U0CLAIM the time of Application Control Learning Mode on FIN-WS-1 at Contoso is over, but the
    portal cannot be asked whether it has ended. Gatehouse keeps asking.
---
Its end was moved in the portal, to {10:00}.
---
@S0TEAM Still in maintenance after its end: Application Control Learning Mode on FIN-WS-1 at
    Contoso.
It should have ended {10:00}; the portal still shows the computer in it.
Started by Mel Ortiz: an installer that unpacks as it goes
End it in the portal's Devices page, or find out whether the computer is offline.\
""")


def test_the_fallback_says_what_the_blocks_say() -> None:
    """Notifications read it aloud; the times are tokens."""
    text = maintenance.mode_message(running_mode()).text
    assert "In maintenance: Application Control Learning Mode on FIN-WS-1 at Contoso" in text
    assert "<!date^" in text


def test_the_extension_form_says_the_bound() -> None:
    spans = (timedelta(minutes=15), timedelta(hours=1))
    view = maintenance_form.extend_modal(running_mode(), spans, NOW + timedelta(hours=4), writes_on=True)
    check_view_twice(view)
    assert view["private_metadata"] == "m1.3600"
    assert read(view["blocks"]) == snapshot("""\
Application Control Learning Mode on FIN-WS-1 ends {10:00}.
It may last until {13:00} at the latest.
How much longer (needed): [15 min | 1 h]
Why does no scoped policy serve? (needed): [____]
  Stays in the record.\
""")


def test_the_form_names_what_is_open_and_why_the_rest_is_not() -> None:
    view = maintenance_form.mode_modal(mode_form())
    check_view_twice(view)
    assert ids.parse_ref(view["private_metadata"]) is not None
    assert "Tamper Protection Disabled, because closed." in " ".join(read(view["blocks"]).split())


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(-3, "0 min"), (0, "0 min"), (15, "15 min"), (60, "1 h"), (95, "1 h 35 min"), (480, "8 h")],
)
def test_a_span_in_words(minutes: int, words: str) -> None:
    assert maintenance.span_words(timedelta(minutes=minutes)) == words
