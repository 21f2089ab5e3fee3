"""What was typed after /blocked is either understood as it was meant, or refused with a way on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.lookup.question import BlockQuestion, NotUnderstood, Subject, parse_question

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ZONE = "Europe/Oslo"
MD5, SHA1, SHA256 = "9C41E07D52AB38F6B0D4173EC8A52F69", "a" * 40, "0f" * 32


def read(text: str) -> BlockQuestion:
    """The question; fails when it is not understood."""
    found = parse_question(text, NOW, ZONE)
    assert isinstance(found, BlockQuestion), found
    return found


@pytest.mark.parametrize(
    ("text", "subject", "value"),
    [
        ("WS-042", Subject.NAME, "WS-042"),
        ("  ws-042.contoso.com ", Subject.NAME, "ws-042.contoso.com"),
        ("computer:WS-*", Subject.COMPUTER, "WS-*"),
        ("Computer: front desk", Subject.COMPUTER, "front desk"),
        ('"front desk"', Subject.NAME, "front desk"),
        ("\u201cfront desk\u201d", Subject.NAME, "front desk"),
        (r"CONTOSO\alice", Subject.USER, r"CONTOSO\alice"),
        (r"CONTOSO\j.doe", Subject.USER, r"CONTOSO\j.doe"),
        ("user:alice", Subject.USER, "alice"),
        ("user:Alice Smith", Subject.USER, "Alice Smith"),
        ("alice@contoso.com", Subject.USER, "alice"),
        ("<mailto:alice@contoso.com|alice@contoso.com>", Subject.USER, "alice"),
        (r"C:\Program Files\R&amp;D\x.exe", Subject.PATH, r"C:\Program Files\R&D\x.exe"),
        (r"\\server\share\a", Subject.PATH, r"\\server\share\a"),
        ("/Applications/Zoom.app", Subject.PATH, "/Applications/Zoom.app"),
        ("setup.exe", Subject.PATH, "setup.exe"),
        (r"temp\setup.exe", Subject.PATH, r"temp\setup.exe"),
        (r"a\b\c", Subject.PATH, r"a\b\c"),
        (r"\temp", Subject.PATH, r"\temp"),
        ("*tidechart*", Subject.PATH, "*tidechart*"),
        ("path:tidechart", Subject.PATH, "tidechart"),
        ("<http://setup.sh|setup.sh>", Subject.PATH, "setup.sh"),
        (MD5, Subject.HASH, MD5),
        (SHA1, Subject.HASH, SHA1),
        (f"hash:{SHA256}", Subject.HASH, SHA256),
        ("deadbeef", Subject.NAME, "deadbeef"),
        ("user:Mu\u0308ller", Subject.USER, "M\u00fcller"),
    ],
)
def test_the_kind_of_subject_is_seen_or_said(text: str, subject: Subject, value: str) -> None:
    question = read(text)
    assert (question.subject, question.value, question.organization) == (subject, value, "")
    assert question.span.words == "the last 24 hours"
    assert question.span.end - question.span.start == timedelta(hours=24)


@pytest.mark.parametrize(
    ("tail", "start", "end", "words"),
    [
        ("30m", NOW - timedelta(minutes=30), NOW, "the last 30 minutes"),
        ("2h", NOW - timedelta(hours=2), NOW, "the last 2 hours"),
        ("1 hour", NOW - timedelta(hours=1), NOW, "the last hour"),
        ("3D", NOW - timedelta(days=3), NOW, "the last 3 days"),
        ("30 days", NOW - timedelta(days=30), NOW, "the last 30 days"),
        ("4w", NOW - timedelta(days=28), NOW, "the last 4 weeks"),
        ("today", datetime(2026, 3, 1, 23, tzinfo=UTC), NOW, "today (Europe/Oslo)"),
        (
            "Yesterday",
            datetime(2026, 2, 28, 23, tzinfo=UTC),
            datetime(2026, 3, 1, 23, tzinfo=UTC),
            "yesterday (Europe/Oslo)",
        ),
    ],
)
@pytest.mark.parametrize(
    "head", ["WS-042", r"C:\Program Files\App\x y.exe", '"front desk"', r"user:CONTOSO\alice"]
)
def test_a_span_at_the_end_is_taken_off(
    head: str, tail: str, start: datetime, end: datetime, words: str
) -> None:
    question = read(f"{head} {tail}")
    assert (question.span.start, question.span.end, question.span.words) == (start, end, words)
    assert question.value == read(head).value


def test_yesterday_has_23_hours_when_the_clocks_went_forward() -> None:
    monday = datetime(2026, 3, 30, 9, tzinfo=UTC)
    question = parse_question("WS-042 yesterday", monday, ZONE)
    assert isinstance(question, BlockQuestion)
    assert question.span.end - question.span.start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("text", "value", "organization"),
    [
        ("WS-042 in Contoso", "WS-042", "Contoso"),
        ("WS-042 2h in Contoso Labs", "WS-042", "Contoso Labs"),
        ("WS-042 in Contoso Labs 2h", "WS-042", "Contoso Labs"),
        ('setup.exe IN "Calder & Voss"', "setup.exe", "Calder & Voss"),
        (r'"C:\made in china.exe" 2h in Contoso', r"C:\made in china.exe", "Contoso"),
        (r"C:\Built in Tools\x.exe", r"C:\Built in Tools\x.exe", ""),
        (r"C:\apps\made in china.exe", r"C:\apps\made", "china.exe"),
        ("*plug-in*", "*plug-in*", ""),
    ],
)
def test_an_organization_may_be_named_after_in(text: str, value: str, organization: str) -> None:
    question = read(text)
    assert (question.value, question.organization) == (value, organization)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not say which"),
        ("   ", "does not say which"),
        ("today", "does not say which"),
        ("24h", "does not say which"),
        ("in Contoso", "does not say which"),
        ("computer:", "does not say which"),
        ('""', "does not say which"),
        ("user: 2h", "does not say which"),
        ("a", "too short"),
        ("*", "too short"),
        ("**.", "too short"),
        ("computer:*", "too short"),
        ("path:x*", "too short"),
        ("user:*alice*", "leave the * out"),
        ("hash:1234", "32, 40 or 64"),
        ("hash:setup.exe", "32, 40 or 64"),
        (MD5 + "0", "looks like a hash"),
        ("WS-042 0h", "at least a minute"),
        ("WS-042 31d", "30 days at most"),
        ("WS-042 5w", "30 days at most"),
        ("WS-042 721h", "30 days at most"),
        (f"WS-042 {'9' * 200}d", "30 days at most"),
        ("WS-042 -2h", "between quotation marks"),
        ("WS-042 2y", "between quotation marks"),
        ("front desk", "between quotation marks"),
        ("WS-042 last week", "between quotation marks"),
        ('"front desk" please', "please"),
        ('"front desk', "quotation mark"),
        ('front"desk', "quotation mark"),
        ("<@U012ABC|alice>", "Slack name"),
        ("<#C012ABC|alerts>", "Slack name"),
        ("<!channel>", "Slack name"),
        ("evil\u202etxt.exe", "invisible"),
        ("two\nlines", "invisible"),
        ("zero\u200bwidth", "invisible"),
        ("half\ud83d", "invisible"),
        ("C:\\" + "x" * 300, "longer than 300"),
    ],
)
def test_what_is_not_understood_is_refused_with_a_reason(text: str, says: str) -> None:
    found = parse_question(text, NOW, ZONE)
    assert isinstance(found, NotUnderstood), found
    assert says in found.why


@pytest.mark.parametrize("name", ["_svc_backup_", "~tmp~"])
@pytest.mark.parametrize(
    "around",
    ['"{}"', "`{}`", "\u201c{}\u201d", "'{}'", '`"{}"`', "*`{}`*", "computer:`{}`", '*computer:* "{}"'],
)
def test_what_stands_in_quotation_marks_or_code_is_meant_as_it_is(name: str, around: str) -> None:
    """There a sign at both ends is a part of the name, and no italics."""
    assert read(around.format(name)).value == name


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("setup.exe?", "setup.exe"),
        ("setup.exe,", "setup.exe"),
        ("(setup.exe)", "setup.exe"),
        ("[setup.exe]", "setup.exe"),
        ("- setup.exe", "setup.exe"),
        ("\u2022 setup.exe", "setup.exe"),
        ("FAB-WS-03.", "FAB-WS-03"),
        ("FAB-WS-03:", "FAB-WS-03"),
        ("&lt;FAB-WS-03&gt;", "FAB-WS-03"),
        ("\u275dFAB-WS-03", "FAB-WS-03"),
        ("__FAB-WS-03__", "FAB-WS-03"),
        ("`FAB-WS-03", "FAB-WS-03"),
        ('"_FAB-WS-03_"', "FAB-WS-03"),
        ("the computer CONTOSO\\dana", "CONTOSO\\dana"),
        ("CONTOSO\\dana for 2h", "CONTOSO\\dana"),
        ("CONTOSO\\dana (2h)", "CONTOSO\\dana"),
        ("C:\\Temp\\a b.exe for 2h", "C:\\Temp\\a b.exe"),
        ("C:\\Temp\\a b.exe since yesterday", "C:\\Temp\\a b.exe"),
        ("the file C:\\Temp\\a b.exe", "C:\\Temp\\a b.exe"),
        ("- C:\\Temp\\a b.exe", "C:\\Temp\\a b.exe"),
    ],
)
def test_what_stands_around_a_name_is_searched_and_finding_nothing_is_no_all_clear(
    text: str, bare: str
) -> None:
    found = parse_question(text, NOW, ZONE)
    assert isinstance(found, NotUnderstood) or f'ask "{bare}"' in found.unsure, found


@pytest.mark.parametrize(
    "text",
    [
        "FAB-WS-03", "WS(2)", "fab$", "CONTOSO\\svc$", "C:\\Temp\\a b.exe", "C:\\Temp\\", "*.exe", "setup.exe",
        "\\\\server\\share\\a.exe", "/Applications/Zoom.app", "_setup.exe", "C:\\a (x86)\\b.exe", "a" * 64,
        "%TEMP%\\a.exe",
    ],
)  # fmt: skip
def test_a_plain_name_leaves_no_doubt(text: str) -> None:
    assert "I looked for all of" not in read(text).unsure


def test_a_shouted_span_behind_a_prefix_may_be_part_of_the_name_too() -> None:
    assert 'ask "Studio 3D"' in read("computer:Studio 3D").unsure


@pytest.mark.parametrize(
    ("text", "plainer"),
    [
        ("FIN\u2011WS\u201103", "FIN-WS-03"),
        ("computer:FIN\u2013WS\u201303", "FIN-WS-03"),
        ("\uff26\uff29\uff2e-WS-03", "FIN-WS-03"),
        ("user:o\ufb03ce", "office"),
        ("C:\\Tools\\re\u2010port.exe", "C:\\Tools\\re-port.exe"),
    ],
)
def test_signs_that_no_keyboard_has_are_searched_as_they_are_and_asked_back(text: str, plainer: str) -> None:
    """A word processor's hyphen finds no computer: nothing found is no all-clear then."""
    question = read(text)
    assert f'ask "{plainer}"' in question.unsure
    assert not read(f'"{plainer}"').unsure
