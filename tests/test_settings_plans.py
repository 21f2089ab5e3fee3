"""What `gatehouse.toml` may say of tiers and plans, and what it is told where it says something else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.models import Kind, StepKind
from bot.models.plans import DEFAULT_STEPS, Pausable, PlanSection, PlanStep
from bot.models.rotas import AwaySection, RotaSection, TierSection
from bot.rules.rotas import tiers_of
from bot.settings import Settings, load
from tests.test_settings import LEAST, problems_of, written


def of(tmp_path: Path, text: str) -> Settings:
    return load(written(tmp_path, LEAST + text), files_only=True)


def test_a_tier_is_a_user_group_people_and_a_channel(tmp_path: Path) -> None:
    """Those of [escalation] are there without a table, and a table may stand in their place."""
    text = """[escalation]
team_user_group = "S1"
approvers_user_group = "S2"
[tiers.leads]
user_group = "S3"
people = ["ana"]
channel = "C7"
[tiers.team]
people = ["bo"]
"""
    tiers = tiers_of(of(tmp_path, text).rules())
    assert {name: (each.user_group, each.people, each.channel) for name, each in tiers.items()} == {
        "team": ("", ("bo",), ""),
        "approvers": ("S2", (), ""),
        "leads": ("S3", ("ana",), "C7"),
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[tiers.x]\n", ["[tiers.x]", "calls nobody", "user_group, people, rota or channel"]),
        ('[tiers.x]\nuser_group = "C1"\n', ["[tiers.x] user_group", "no user group id"]),
        ('[tiers.x]\nchannel = "S1"\n', ["[tiers.x] channel", "no channel id"]),
        ('[tiers.x]\npeople = [""]\n', ["[tiers.x] people"]),
        ('[tiers.x]\npeoples = ["ana"]\n', ["[tiers.x] peoples is no setting", "[tiers.x] people"]),
        ('[tiers.on_duty]\nuser_group = "S1"\n', ["[tiers]", "on_duty is the team or the approvers"]),
        ('[tiers]\npeople = ["ana"]\n', ['"people" stands in none', "[tiers.NAME]"]),
        ("tiers = 5\n" + LEAST, ["[tiers]", "write a table"]),
    ],
)
def test_a_fault_in_a_tier_is_told(tmp_path: Path, text: str, names: list[str]) -> None:
    whole = text if text.startswith("tiers =") else LEAST + text
    [sentence] = problems_of(tmp_path, whole)
    assert all(name in sentence for name in names), sentence


def test_a_tier_of_nobody_is_not_made_by_code_either() -> None:
    with pytest.raises(ValueError, match="calls nobody"):
        TierSection()


# Rotas

ROTA = 'zone = "Europe/Berlin"\npeople = ["ana", "bo"]\nstarts = 2026-11-30\n'
CALLED = '[tiers.leads]\nrota = "week"\n'


def test_a_rota_is_read_with_all_that_it_may_say(tmp_path: Path) -> None:
    text = f"""{CALLED}[rotas.week]
{ROTA}hand_over = ["fri 16:00", "mon-tue 8:00"]
hand_overs_a_turn = 2
hours = {{ mon-fri = ["08:00-12:00", "13:00-20:00"] }}
[rotas.week.overrides]
2026-12-01 = "bo"
"2026-12-24 - 2026-12-26" = "cai"
"2026-12-31 18:00 - 2027-01-01 06:00" = "dan"
[away.ana]
times = [2026-12-24, "2027-02-01 - 2027-02-05"]
"""
    settings = of(tmp_path, text)
    week = settings.rotas["week"]
    assert settings.tiers["leads"].rota == ("week",)
    assert [str(each) for each in week.hand_over] == ["mon 08:00", "tue 08:00", "fri 16:00"]
    assert {str(when): who for when, who in week.overrides.items()} == {
        "2026-12-01": "bo",
        "2026-12-24 - 2026-12-26": "cai",
        "2026-12-31 18:00 - 2027-01-01 06:00": "dan",
    }
    assert [str(each) for each in settings.away["ana"].times] == ["2026-12-24", "2027-02-01 - 2027-02-05"]
    assert RotaSection.model_validate(dict(week)) == week
    assert AwaySection.model_validate(dict(settings.away["ana"])) == settings.away["ana"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ('hand_over = "monday 08:00"', ["hand_over", '"monday" names no days', "mon-fri"]),
        ('hand_over = "mon 24:00"', ["hand_over", '"mon 24:00" is no hand-over', '"mon-sun 20:00"']),
        ("hand_over = [8]", ["hand_over", '"8" is no hand-over']),
        ("hand_over = []", ["hand_over", "no turn would ever end"]),
        ('hand_over = ["mon 08:00", "mon-fri 8:00"]', ["hand_over", "mon 08:00 stands twice"]),
        ("hand_overs_a_turn = 0", ["hand_overs_a_turn", "greater than or equal to 1"]),
        ('hours = { mon = "20-8" }', ["hours", "is no span of hours"]),
        ('overrides = ["bo"]', ["overrides", 'such as { 2026-12-01 = "bo" }']),
        ('overrides = { tuesday = "bo" }', ["overrides", '"tuesday" is no time', "write a day such as"]),
        ('overrides = { "2026-12-01 - 9999-12-31" = "bo" }', ["overrides", '"9999-12-31" is too far away']),
        ('overrides = { "0001-01-01 01:00 - 02:00" = "bo" }', ["overrides", "years 1970 to 2999"]),
        ('overrides = { 2026-02-30 = "bo" }', ["overrides", '"2026-02-30" is no day']),
        ("overrides = { 2026-12-01 = 5 }", ["overrides", "2026-12-01: name one person"]),
        ('overrides = { "2026-12-02 - 2026-12-01" = "bo" }', ["overrides", "ends before it begins"]),
        ('overrides = { "2026-12-02 08:00 - 2026-12-03" = "bo" }', ["overrides", "has one time of day"]),
        ('overrides = { "2026-12-02 08:00" = "bo" }', ["overrides", "has one time of day"]),
        ('overrides = { "2026-12-02 08:00 - 29:00" = "bo" }', ["overrides", '"29:00" is no time of day']),
        (
            'overrides = { 2026-12-01 = "bo", "2026-12-02 07:59 - 09:00" = "ana" }',
            ['"2026-12-01" and "2026-12-02 07:59 - 2026-12-02 09:00" overlap'],
        ),
        ("handover = 5", ["handover is no setting", "Did you mean [rotas.week] hand_over?"]),
    ],
)
def test_a_fault_in_a_rota_is_told(tmp_path: Path, said: str, names: list[str]) -> None:
    [sentence] = problems_of(tmp_path, f"{LEAST}{CALLED}[rotas.week]\n{ROTA}{said}\n")
    line = LEAST.count("\n") + 3
    assert sentence.startswith(
        (f"gatehouse.toml line {line + 4}: [rotas.week]", f"gatehouse.toml line {line}: ")
    )
    assert all(name in sentence for name in names), sentence


CALENDAR = f'{CALLED}[rotas.week]\nzone = "UTC"\nical_url = '
SAFE = '"https://calendar.example.com/oncall.ics"'


def test_a_rota_is_read_from_a_calendar_whose_secret_address_stands_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = of(
        tmp_path, f'{CALENDAR}{SAFE}\nical_person = ["summary"]\nical_names = {{ "A. S." = "ana" }}\n'
    )
    assert settings.calendar_addresses() == {"week": SAFE.strip('"')}
    assert of(tmp_path, f'{CALENDAR}"http://127.0.0.1:8000/x.ics"\n').calendar_addresses()
    hidden = f'{CALENDAR}"environment"\n[ical]\nevery_minutes = 10\n'
    assert of(tmp_path, hidden).calendar_addresses() == {"week": ""}
    address = "https://calendar.example.com/private-0123456789abcdef0/x.ics?key=abc"
    monkeypatch.setenv("ROTA_ICAL_URLS", f"\n other https://x.example/\nweek {address}\n")
    settings = of(tmp_path, hidden)
    assert settings.calendar_addresses() == {"week": address}
    assert address in [each.get_secret_value() for each in settings.secrets()]
    assert settings.ical.every == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ('"https://u:p@x.example/y"', ["[rotas.week] ical_url", "leave out user name"]),
        ('"http://x.example/y"', ["[rotas.week] ical_url", "use https"]),
        ('"webcal://x.example/y"', ["[rotas.week] ical_url", "no web address"]),
        ('"https://[x/y"', ["[rotas.week] ical_url", "no web address"]),
        ('"https://x.example/y?key=1"', ["[rotas.week] ical_url", "hold a secret", "ROTA_ICAL_URLS"]),
        ('"https://x.example/0123456789abcdef0123456789abcdef/y"', ["hold a secret", '"week https://..."']),
        (f'{SAFE}\npeople = ["ana"]', ["[rotas.week]", "its calendar says who has the turn; remove people"]),
        (f"{SAFE}\nical_person = []", ["[rotas.week] ical_person", "at least 1"]),
        ('""', ["[rotas.week]", "it has no people and no starts; set what is missing, or an ical_url"]),
    ],
)
def test_a_fault_in_a_rota_of_a_calendar_is_told_without_its_address(
    tmp_path: Path, said: str, names: list[str]
) -> None:
    [sentence] = problems_of(tmp_path, f"{LEAST}{CALENDAR}{said}\n")
    assert sentence.startswith("gatehouse.toml line ")
    assert all(name in sentence for name in names), sentence
    assert "x.example" not in sentence


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("week", ["line 1 holds no name and address"]),
        (
            "other https://x.example/y\nweek ftp://secret.example/token",
            ["line 2 (week): this is no web address"],
        ),
    ],
)
def test_a_fault_in_the_addresses_of_the_environment_is_told_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, names: list[str]
) -> None:
    monkeypatch.setenv("ROTA_ICAL_URLS", said)
    [sentence] = problems_of(tmp_path, f'{LEAST}{CALENDAR}"environment"\n')
    assert all(name in sentence for name in ["ROTA_ICAL_URLS", *names]), sentence
    assert "secret.example" not in sentence


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[rotas.week]\n" + ROTA, ["[rotas.week] is the rota of no tier", "[tiers.NAME]"]),
        (CALLED, ["[tiers.leads] rota names", '"week"', "Make it: [rotas.week]"]),
        (f"{CALLED}[rotas.weeks]\n{ROTA}", ["Did you mean weeks?"]),
        (f"{CALLED}[rotas.week]\n" + ROTA.replace("Europe/Berlin", "CET5"), ["[rotas.week] zone", "IANA"]),
        (f"{CALLED}[rotas.week]\n" + ROTA.replace('"ana", "bo"', ""), ["[rotas.week] people", "at least 1"]),
        (f"{CALLED}[rotas.week]\n" + ROTA.replace("2026-11-30", "5"), ["[rotas.week] starts", "no day"]),
        ('[rotas."two words"]\n' + ROTA, ["letters, digits"]),
        ("[away.ana]\ntimes = []\n", ["[away.ana] times", "at no time"]),
        ('[away.ana]\ntimes = "soon"\n', ["[away.ana] times", '"soon" is no time']),
        ("[away]\nana = 2026-12-01\n", ["[away]", '"ana" stands in none']),
    ],
)
def test_a_fault_about_rotas_is_told(tmp_path: Path, text: str, names: list[str]) -> None:
    [sentence] = problems_of(tmp_path, LEAST + text)
    assert all(name in sentence for name in names), sentence


# Plans

MINUTE = timedelta(minutes=1)
NIGHT = """[plans.night]
organizations = ["7D9D1B6A-0C3E-4B7E-9D55-3C1F1C0A9E10"]
kinds = ["elevation"]
risk = "unusual"
requestors = ["NORTHWIND\\\\*"]
steps = ["5m card", "10m remind leads", "15m call on_duty", "+15m call leads", "1h call approvers"]
back_off_minutes = [30, 60]
target_minutes = 4
claim_pauses = ["remind"]
claim_minutes = 10
clock = "calendar"
outside = "hold"
night_digest = true
[tiers.leads]
user_group = "S3"
"""


def test_a_plan_is_read_with_all_that_it_may_say(tmp_path: Path) -> None:
    night = of(tmp_path, NIGHT).plans["night"]
    assert night.steps == (
        PlanStep(StepKind.REMIND, 5 * MINUTE),
        PlanStep(StepKind.REMIND_CHANNEL, 10 * MINUTE, "leads"),
        PlanStep(StepKind.ESCALATE, 15 * MINUTE, "on_duty"),
        PlanStep(StepKind.ESCALATE_NEXT, 30 * MINUTE, "leads"),
        PlanStep(StepKind.ESCALATE_NEXT, 60 * MINUTE, "approvers"),
    )
    assert [str(step) for step in night.steps] == [
        "5m card", "10m remind leads", "15m call on_duty", "30m call leads", "60m call approvers",
    ]  # fmt: skip
    assert night.organizations == ("7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10",)
    assert (night.kinds, night.risk, night.requestors) == ((Kind.ELEVATION,), "unusual", ("NORTHWIND\\*",))
    assert (night.back_off, night.target, night.ceiling) == (
        (30 * MINUTE, 60 * MINUTE),
        4 * MINUTE,
        15 * MINUTE,
    )
    assert (set(night.claim_pauses), night.claim_length) == ({Pausable.REMIND}, 10 * MINUTE)
    assert (night.clock, night.outside, night.night_digest) == ("calendar", "hold", True)
    assert night.tiers == ("leads", "approvers")


def test_a_plan_that_says_nothing_is_the_promise(tmp_path: Path) -> None:
    """Software in 5 minutes on average and 15 at most, around the clock; whoever is on duty is called."""
    plan = of(tmp_path, "[plans.all]\n").plans["all"]
    assert plan == PlanSection()
    assert plan.steps == DEFAULT_STEPS
    assert PlanSection(steps=DEFAULT_STEPS) == plan


STEPS = 'steps = ["10m remind", "15m call on_duty"'


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ('steps = ["10m remind"]', ["never reaches the ceiling", "no step calls", '"15m call on_duty"']),
        ('steps = ["16m call on_duty"]', ["never reaches the ceiling", "15 minutes", "16m call on_duty"]),
        ("steps = []", ["never reaches the ceiling"]),
        ('steps = "15m call team"', ["write a list of steps"]),
        (STEPS + ', "5h call team"]', ["a hole of 4.75 hours", "15m call on_duty", "4 hours are the most"]),
        (STEPS + ', "+0m call team"]', ["fall together"]),
        (STEPS + ', "14m call team"]', ["step no. 3", "before the one above it", "15m call on_duty"]),
        (STEPS + ', "20m remind"]', ["step no. 3", "comes after a call", "Remove it"]),
        ('steps = ["15m call"]', ["step no. 1", "calls nobody", "on_duty"]),
        ('steps = ["5m card team", "15m call team"]', ["step no. 1", "mentions nobody", "leave out team"]),
        ('steps = ["5m card", "6m card", "15m call team"]', ["step no. 2", "stands twice"]),
        ('steps = ["0m call team"]', ["step no. 1", "due at once"]),
        ('steps = ["15 call team"]', ["step no. 1", "is no step", "write it like"]),
        ('steps = ["15m ring team"]', ["step no. 1", '"ring" is nothing', "card, remind or call"]),
        ("steps = [15]", ["step no. 1", '"15" is no step']),
        ('claim_pauses = ["remind", "call"]', ["claim_pauses", "no claim pauses the ceiling"]),
        ('claim_pauses = "ceiling"', ["no claim pauses the ceiling"]),
        ('claim_pauses = ["card"]', ["claim_pauses"]),
        ("claim_pauses = 5", ["claim_pauses"]),
        ("back_off_minutes = []", ["back_off_minutes"]),
        ("back_off_minutes = [0]", ["back_off_minutes", "greater than or equal to 1"]),
        ('steps = ["10m call team"]\ntarget_minutes = 11', ["target_minutes (11)", "the ceiling (10 minutes)"]),
        ('kinds = ["storage"]\noutside = "hold"', ["outside (hold) is about elevation", "add elevation"]),
        ('organizations = ["contoso"]', ["organizations", "no organization id"]),
        ('clock = "night"', ["clock", "around_the_clock"]),
        ("nightdigest = true", ["nightdigest is no setting", "[plans.x] night_digest"]),
        (STEPS + ', "+9m call aproverss"]', ['the tier "aproverss"', "Did you mean approvers?"]),
        ('outside = "support_desk"', ['the tier "support_desk"', "[tiers.support_desk]"]),
    ],
)  # fmt: skip
def test_a_fault_in_a_plan_is_told_by_its_name_and_line(tmp_path: Path, said: str, names: list[str]) -> None:
    """The line is that of the key, or of the table where two keys disagree."""
    sentence = problems_of(tmp_path, LEAST + "\n# more\n[plans.x]\n\n" + said)[0]
    first = LEAST.count("\n") + 3
    assert sentence.startswith(tuple(f"gatehouse.toml line {first + each}: [plans.x]" for each in (0, 2)))
    assert all(name in sentence for name in names), sentence


def test_the_line_of_a_step_is_its_own(tmp_path: Path) -> None:
    text = '[plans.x]\nsteps = [\n  "10m remind",\n  "15m call team", # good\n  "20m wake team",\n]\n'
    [sentence] = problems_of(tmp_path, LEAST + text)
    assert "step no. 3" in sentence
    assert sentence.startswith(f"gatehouse.toml line {LEAST.count(chr(10)) + 2}: [plans.x] steps")


def test_a_table_without_a_heading_is_told_without_a_line(tmp_path: Path) -> None:
    [sentence] = problems_of(tmp_path, 'plans.x.steps = ["10m remind"]\n' + LEAST)
    assert sentence.startswith("gatehouse.toml: [plans.x] steps")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[plans.usual]\n", ["usual is the plan of [sla]"]),
        ('[plans."two words"]\n', ['[plans."two words"]', "letters, digits"]),
        ('[tiers."über"]\nuser_group = "S1"\n', ["letters, digits"]),
        ("[plans]\nclock = 'calendar'\n", ['"clock" stands in none']),
        (
            '[plans.all]\nkinds = ["storage", "elevation"]\n[plans.late]\nkinds = ["elevation"]\n',
            ["[plans.late] is never chosen", "[plans.all] stands before it", "narrower one first"],
        ),
    ],
)
def test_a_fault_between_plans_is_told(tmp_path: Path, text: str, names: list[str]) -> None:
    [sentence] = problems_of(tmp_path, LEAST + text)
    assert all(name in sentence for name in names), sentence


@pytest.mark.parametrize(
    ("first", "second", "in_vain"),
    [
        ({}, {"kinds": ["storage"]}, True),
        ({"risk": "unusual"}, {"risk": "any"}, False),
        ({"risk": "any"}, {"risk": "unusual"}, True),
        ({"kinds": ["storage"]}, {}, False),
        ({"requestors": ["ana", "bo"]}, {"requestors": ["bo"]}, True),
        ({"requestors": ["ana"]}, {"requestors": ["bo"]}, False),
        ({"organizations": ["7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"]}, {"kinds": ["storage"]}, False),
    ],
)
def test_a_plan_is_in_vain_where_one_before_it_takes_all(
    first: dict[str, object], second: dict[str, object], in_vain: bool
) -> None:
    one, other = PlanSection.model_validate(first), PlanSection.model_validate(second)
    assert one.takes_all_of(other) is in_vain
