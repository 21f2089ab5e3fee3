"""What is typed after `/gatehouse`, as tables: understood exactly, or not at all and with the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.administration.asking import Inquiry, read_question
from bot.administration.orders import (
    GrantOrder,
    PersonOrder,
    RevokeOrder,
    Someone,
    Terms,
    end_of,
    fault_in,
    moment_of,
    read_grant,
    read_person_order,
    read_revoke,
    split_person,
    words_of,
)
from bot.rules.typed import Misread
from permissions import Action, Kind, Reach

NOW = datetime(2026, 11, 18, 10, 0, 0, 250_000, tzinfo=UTC)
TERMS = Terms(NOW, "Europe/Berlin", timedelta(hours=8), timedelta(days=30))
BO = Someone(slack_user_id="U0BO")


def at(hour: int, minute: int = 0, day: int = 18) -> datetime:
    """A UTC time of that month."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "what", "organization", "until", "reason"),
    [
        (
            "<@U0BO|bo> View Approvals at Contoso because the night",
            "View Approvals",
            "Contoso",
            at(18),
            "the night",
        ),
        (
            "<@U0BO> View Approvals at Contoso because: ok then",
            "View Approvals",
            "Contoso",
            at(18),
            "ok then",
        ),
        (
            "<@U0BO|bo> Approve for Group at Contoso for 4h because x y",
            "Approve for Group",
            "Contoso",
            at(14),
            "x y",
        ),
        (
            "<@U0BO|bo> Approve for Group at Homes for All for 90 minutes because x y",
            "Approve for Group",
            "Homes for All",
            at(11, 30),
            "x y",
        ),
        (
            "<@U0BO|bo> role Help Desk at Contoso until 18:00 because x y",
            "role Help Desk",
            "Contoso",
            at(17),
            "x y",
        ),
        (
            '<@U0BO|bo> "Support at night" at "Meet at Contoso" because x y',
            "Support at night",
            "Meet at Contoso",
            at(18),
            "x y",
        ),
        (
            "<@U0BO|bo> View Approvals at A &amp; B until tomorrow 09:00 because A &lt; B",
            "View Approvals",
            "A & B",
            at(8, day=19),
            "A < B",
        ),
        (
            "<@U0BO|bo> View Approvals at Contoso because because it is because",
            "View Approvals",
            "Contoso",
            at(18),
            "because it is because",
        ),
    ],
)
def test_a_grant_is_read(text: str, what: str, organization: str, until: datetime, reason: str) -> None:
    assert read_grant(text, TERMS) == GrantOrder(BO, what, organization, until, reason)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "who"),
        ("because x y", "why"),
        ("<@U0BO|bo>", "why"),
        ("<@U0BO|bo> View Approvals at Contoso", "why"),
        ("<@U0BO|bo> View Approvals at Contoso because", "why"),
        ("<@U0BO|bo> View Approvals at Contoso because a", "why"),
        ("<@U0BO|bo> View Approvals at Contoso because " + "a" * 501, "500 are enough"),
        ("<@U0BO|bo> View Approvals because x y", "where"),
        ("<@U0BO|bo> at Contoso because x y", "which permission"),
        ("<@U0BO|bo> because x y", "which permission"),
        ("<@U0BO|bo> View Approvals at Contoso for 0h because x y", "no length"),
        ("<@U0BO|bo> View Approvals at Contoso for 5x because x y", "the span '5x'"),
        ("<@U0BO|bo> View Approvals at Contoso until noon because x y", "the time 'noon'"),
        ("<@U0BO|bo> View Approvals at Contoso until 25:00 because x y", "no time of day"),
        ("<@U0BO|bo> View Approvals at Contoso until 2026-11-20 because x y", "say the time too"),
        ("<@U0BO|bo> View Approvals at Contoso until 2026-11-01 18:00 because x y", "over already"),
        ("<@U0BO|bo> View Approvals at Contoso until today 09:00 because x y", "over already"),
        ("<@U0BO|bo> View Approvals at Contoso for 31d because x y", "at most 30 days"),
        ("!everyone View Approvals at Contoso because x y", "who"),
        ("<@U0BO|bo> " + "a" * 1000 + " because x y", "longer than 1000"),
    ],
)
def test_a_grant_that_lacks_something_is_not_guessed_at(text: str, says: str) -> None:
    read = read_grant(text, TERMS)
    assert isinstance(read, Misread)
    assert says in read.why


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("<@U0BO|bo> because over", RevokeOrder(BO, "", "", "over")),
        ("<@U0BO|bo> View Approvals because over", RevokeOrder(BO, "View Approvals", "", "over")),
        ("<@U0BO|bo> at Contoso because over", RevokeOrder(BO, "", "Contoso", "over")),
        (
            "@bo Read Only at Contoso because over",
            RevokeOrder(Someone(key="bo"), "Read Only", "Contoso", "over"),
        ),
    ],
)
def test_a_revocation_is_read(text: str, order: RevokeOrder) -> None:
    assert read_revoke(text) == order


def test_an_order_about_a_person_takes_nothing_else() -> None:
    assert read_person_order("<@U0BO|bo> because of a doubt") == PersonOrder(BO, "of a doubt")
    assert isinstance(read_person_order("<@U0BO|bo> Read Only because of a doubt"), Misread)
    assert isinstance(read_person_order("<@U0BO|bo>"), Misread)


@pytest.mark.parametrize(
    ("text", "someone", "rest"),
    [
        ("<@U0BO|bo>approve", BO, "approve"),
        ("<@W0BO>", Someone(slack_user_id="W0BO"), ""),
        ("bo.l-2 approve", Someone(key="bo.l-2"), "approve"),
    ],
)
def test_people_are_named_by_mention_or_key(text: str, someone: Someone, rest: str) -> None:
    assert split_person(text) == (someone, rest)
    assert str(someone)


def test_what_an_input_field_makes_of_blanks_and_quotes_is_undone() -> None:
    assert words_of("grant\u00a0<@U0BO|bo>\u00a0“x”") == '<@U0BO|bo> "x"'
    assert words_of("grant") == ""


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("approve at Contoso", Inquiry(Action.APPROVE, Kind.APPLICATION, Reach.COMPUTER, "Contoso")),
        (
            "approve this for the group at Contoso",
            Inquiry(Action.APPROVE, Kind.APPLICATION, Reach.COMPUTER_GROUP, "Contoso"),
        ),
        (
            "Approve elevation requests for the entire organization at Contoso",
            Inquiry(Action.APPROVE, Kind.ELEVATION, Reach.ORGANIZATION, "Contoso"),
        ),
        ("deny storage at Contoso", Inquiry(Action.DENY, Kind.STORAGE, Reach.COMPUTER, "Contoso")),
        ("see web control at Contoso", Inquiry(Action.VIEW, Kind.WEB_CONTROL, Reach.COMPUTER, "Contoso")),
        ("look up at Contoso", Inquiry(Action.LOOK_UP, None, Reach.COMPUTER, "Contoso")),
        ("promote at Contoso", Inquiry(Action.PROMOTE, None, Reach.COMPUTER_GROUP, "Contoso")),
        (
            "approve global at “A &amp; B”",
            Inquiry(Action.APPROVE, Kind.APPLICATION, Reach.GLOBAL, "“A & B”"),
        ),
    ],
)
def test_a_question_is_read(text: str, asked: Inquiry) -> None:
    assert read_question(text) == asked
    assert asked.words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("approve", "where"),
        ("dance at Contoso", "begin with one of"),
        ("approve quickly at Contoso", "'quickly'"),
        ("approve group computer at Contoso", "'computer'"),
        ("approve storage elevation at Contoso", "'elevation'"),
    ],
)
def test_a_question_that_is_not_clear_is_not_answered(text: str, says: str) -> None:
    read = read_question(text)
    assert isinstance(read, Misread)
    assert says in read.why


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("18:00", at(17)),
        ("10:30", at(9, 30, day=19)),
        ("today 18:00", at(17)),
        ("TOMORROW 08:15", at(7, 15, day=19)),
        ("2026-11-20 18:00", at(17, day=20)),
        ("2026-11-20T18:00Z", at(18, day=20)),
        ("2026-11-20T18:00:30.5+02:00", at(16, day=20) + timedelta(seconds=30)),
    ],
)
def test_a_time_without_a_zone_is_the_teams(said: str, end: datetime) -> None:
    assert moment_of(said, NOW, "Europe/Berlin") == end


@pytest.mark.parametrize(
    "said", ["9999-12-31T23:59:59-12:00", "0001-01-01 00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_that_no_calendar_reaches_is_told(said: str) -> None:
    assert "No calendar reaches as far as" in str(moment_of(said, NOW, "Europe/Berlin"))


def test_an_end_is_a_whole_second_so_that_it_can_be_told_exactly() -> None:
    assert end_of("1w", NOW) == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    assert fault_in(NOW, NOW, timedelta(days=1))
    assert fault_in(NOW + timedelta(days=1), NOW, timedelta(days=1)) == ""
