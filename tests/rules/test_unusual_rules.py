"""The table of the unusual: what each rule catches and what it leaves alone, its words and its off switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.models import Case, Device, Evidence, Finding, Kind, Reach, Rules, Seen, Signer, Verb
from bot.models.unusual import Spoke, UnusualRule
from bot.rules.habits import Arrival
from bot.rules.one_press import why_not_elevate, why_not_one_press
from bot.rules.second import second_needed
from bot.rules.unusual import Known, rule_traits, speaking, spoken
from bot.rules.vulnerable_driver_files import DIGITS, FILES_LISTED_ON, VULNERABLE_FILES
from tests.cards.samples import HASH, NOW, RULES, attempt, case, entry, evidence
from tests.house_rules import rules_with

Rule = UnusualRule


def signed(subject: str) -> tuple[Signer, ...]:
    return (Signer(subject=subject, valid=True),)


@dataclass(frozen=True)
class Sample:
    """A request with what is known of it."""

    facts: dict[str, Any] = field(default_factory=dict)
    evidence: Evidence | None = None
    known: Known = field(default_factory=Known)

    @property
    def case(self) -> Case:
        return case(entry(1, **self.facts), evidence=self.evidence)

    def spoken(self, rules: Rules = RULES) -> set[UnusualRule]:
        return {one.rule for one in spoken(self.case, self.evidence, self.known, rules)}


def of(path: str, *signers: str, **more: Any) -> Sample:
    """A file at a path, by whoever signed it; unsigned without."""
    given = tuple(one for subject in signers for one in signed(subject))
    return Sample({"path": path, "signers": given, **more})


def elevation(*, known: Known | None = None, **found: Any) -> Sample:
    held = evidence(**{"seen": Seen.BEFORE, "already_approved": Finding.NO, **found})
    return Sample({"kind": Kind.ELEVATION, "requestor": "CONTOSO\\dana"}, held, known or Known())


def of_device(device: Device | None) -> Sample:
    return Sample({"kind": Kind.STORAGE, "device": device})


def arrived(*files: str, every: timedelta = timedelta(minutes=1)) -> Sample:
    """The sample's own file and others that the same computer asked for before."""
    asked = NOW - timedelta(minutes=2)
    others = [Arrival(asked - every * (number + 1), file) for number, file in enumerate(files)]
    return Sample(known=Known(arrivals={"comp-1": [Arrival(asked, HASH), *others]}))


def working(*hours: int, days: int = 40, weekends: bool = False, at: datetime | None = None) -> Sample:
    """An organization that has asked at these hours (UTC) on each of so many days; the request is of NOW or `at`."""
    at = at or NOW
    dates = [at - timedelta(days=number + 1) for number in range(days)]
    asked = [one.replace(hour=hour) for one in dates for hour in hours if weekends or one.weekday() < 5]
    return Sample({"clock_from": at}, known=Known(asked=asked))


FABRIKAM = "CN=Fabrikam Inc"
SUNDAY_NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=NOW.tzinfo)

SPEAKS: dict[UnusualRule, list[Sample]] = {
    Rule.UNSIGNED_LOOSE: [of(r"C:\Users\dana\Downloads\tool.exe"), of("/private/tmp/tool", os_type=2)],
    Rule.UNSIGNED_INSTALLER: [of(r"C:\Windows\Installer\MSI4F2A.tmp"), of(r"c:/WINDOWS/installer/MSI1.TMP")],
    Rule.SIGNATURE_INVALID: [Sample({"signers": (Signer(subject=FABRIKAM, valid=False),)})],
    Rule.SCRIPT_HOST: [
        of(r"C:\Windows\System32\mshta.exe", FABRIKAM),
        of(r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\MSBuild.exe", FABRIKAM),
        of(r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\InstallUtil.exe", FABRIKAM),
        of(r"C:\Tools\run.exe", "CN=AutoIt Consulting Ltd"),
    ],
    Rule.REMOTE_TOOL: [
        of(r"C:\Apps\support.exe", "CN=AnyDesk Software GmbH, O=AnyDesk Software GmbH, C=DE"),
        of(r"C:\Apps\QuickAssist.exe", FABRIKAM),
        Sample({"path": r"C:\Apps\helper.exe"}, evidence(product="TightVNC (Built-In)")),
        Sample({"path": r"C:\Apps\helper.exe"}, evidence(product="ConnectWise ScreenConnect")),
    ],
    Rule.VULNERABLE_DRIVER: [
        of(r"C:\Windows\System32\drivers\RTCore64.sys", "CN=MICRO-STAR INTERNATIONAL CO., LTD."),
        of(
            r"C:\x\printer.sys",
            FABRIKAM,
            sha256="01AA278B07B58DC46C84BD0B1B5C8E9EE4E62EA0BF7A695862444AF32E87F1FD",
        ),
        of(
            r"C:\x\printer.sys",
            FABRIKAM,
            hash="01AA278B07B58DC46C84BD0B1B5C8E9EE4E62EA0BF7A695862444AF32E87F1FD",
        ),
    ],
    Rule.RENAMED: [
        of(r"C:\Users\dana\AppData\Roaming\Zoom\bin\Zoom.exe", FABRIKAM),
        of(r"C:\Users\dana\AppData\Local\Google\Chrome\Application\chrome.exe"),
    ],
    Rule.LOOK_ALIKE: [
        of(f"C:\\Apps\\{name}", FABRIKAM)
        for name in (
            "svch0st.exe",
            "SVCH0ST.EXE",
            "lsasss.exe",
            "isass.exe",
            "scvhost.exe",
            "svhost.exe",
            "csrsss.scr",
            "winiogon.exe",
            "rund1l32.exe",
            "exp1orer.exe",
            "p0wershell.exe",
            "z\u043eom.exe",
            "Tearns.exe",
            "anyd\u0435sk.exe",
            "\u0455vchost.exe",
            "lsa\u0455s.exe",
            "svch\u043est.exe",
            "spo\u00f3lsv.exe",
        )
    ],
    Rule.SYSTEM_NAME_ELSEWHERE: [
        of(r"C:\Users\dana\svchost.exe", FABRIKAM),
        of(r"C:\Windows\Temp\lsass.exe", FABRIKAM),
        of(r"C:\Windows\System32\..\..\Apps\explorer.exe", FABRIKAM),
        of(r"C:\Windows\System32\svchost.com", FABRIKAM),
        of(r"C:\Windows \System32\winlogon.exe", FABRIKAM),
    ],
    Rule.DOUBLED_ENDING: [of(r"C:\Apps\invoice.pdf.exe", FABRIKAM), of("C:\\Apps\\a.docx   .js", FABRIKAM)],
    Rule.HIDDEN_ENDING: [
        of("C:\\Apps\\invoice\u202efdp.exe", FABRIKAM),
        of("C:\\Apps\\inv\u200boice.exe", FABRIKAM),
        of("C:\\Apps\\invoice        .exe", FABRIKAM),
        of("C:\\Apps\\invoice.exe .", FABRIKAM),
    ],
    Rule.FROM_DOCUMENT: [Sample({"parent_process": r"C:\Program Files\Office\WINWORD.EXE"})],
    Rule.KNOWN_BAD: [Sample(evidence=evidence(known_bad=Finding.YES))],
    Rule.ELEVATION_UNSEEN: [elevation(seen=Seen.NEVER), elevation(seen=Seen.NEW_VERSION)],
    Rule.FIRST_ELEVATION: [elevation(known=Known(own_elevations={"dana": 0}, elevations=20))],
    Rule.STORAGE_EVERYONE: [of_device(None), of_device(Device(type="USB"))],
    Rule.BURST: [arrived("a", "b", "c", "d"), arrived("a", "a", "b", "c", "d", "e")],
    Rule.ODD_HOURS: [
        working(13, 15, 17),
        working(9, 11, 13, at=SUNDAY_NIGHT.replace(hour=10)),
        working(9, 13, weekends=True, at=SUNDAY_NIGHT),
    ],
}
ZOOM = "CN=Zoom Communications, Inc., O=Zoom Communications, Inc., L=San Jose, C=US"
MICROSOFT = "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, C=US"
ORDINARY = [
    of(r"C:\Users\u\AppData\Roaming\Zoom\bin\Zoom.exe", ZOOM),
    of(r"C:\Users\u\AppData\Local\Microsoft\Teams\current\Teams.exe", MICROSOFT),
    of(r"C:\Users\u\AppData\Local\Google\Chrome\Application\chrome.exe", "CN=Google LLC, O=Google LLC, C=US"),
    of(
        r"C:\Program Files (x86)\Google\GoogleUpdater\134.0.6985.0\updater.exe", "CN=Google LLC, O=Google LLC"
    ),
    of(r"C:\Program Files\Payroll\payroll.exe", "CN=Payroll Software Ltd"),
    of(r"C:\Program Files\Payroll\service.exe", "CN=Payroll Software Ltd"),
    of(r"C:\Program Files\Payroll\class.exe", "CN=Payroll Software Ltd"),
    of(r"C:\Users\u\Documents\fix-printer.ps1", parent_process=r"C:\Windows\System32\powershell.exe"),
    of(r"C:\Windows\System32\drivers\lblprn0.sys", "CN=Labelpress Oy, O=Labelpress Oy, C=FI"),
    of("/Applications/Zoom.app/Contents/MacOS/zoom", "Developer ID Application: Zoom", os_type=2),
    of(r"C:\Program Files\Vendor\report.pdf.dll", FABRIKAM),
]
SILENT: dict[UnusualRule, list[Sample]] = {
    Rule.UNSIGNED_LOOSE: [of(r"C:\Users\dana\Downloads\tool.exe", FABRIKAM), of(r"C:\Template\tool.exe")],
    Rule.UNSIGNED_INSTALLER: [of(r"C:\Windows\Installer\MSI4F2A.tmp", FABRIKAM), of(r"C:\Installer\a.tmp")],
    Rule.SIGNATURE_INVALID: [of(r"C:\Apps\a.exe", FABRIKAM), of(r"C:\Apps\a.exe")],
    Rule.SCRIPT_HOST: [of(r"C:\Apps\cmdline-helper.exe", FABRIKAM), of(r"C:\Apps\nodepad.exe", FABRIKAM)],
    Rule.REMOTE_TOOL: [
        of(r"C:\Apps\myanydesk.exe", FABRIKAM),
        Sample({"path": r"C:\Apps\helper.exe"}, evidence(product="Material Ledger")),
    ],
    Rule.VULNERABLE_DRIVER: [
        of(r"C:\Windows\System32\drivers\lblprn0.sys", FABRIKAM, sha256="AB" * 32),
        of(r"C:\x\rtcore64.sys.txt", FABRIKAM),
        of(r"C:\x\a.exe", FABRIKAM, sha256=""),
    ],
    Rule.RENAMED: [
        of("/Applications/Zoom.app/Contents/MacOS/zoom", "Developer ID Application: Acme", os_type=2),
        of(r"C:\Apps\zoomify.exe", FABRIKAM),
    ],
    Rule.LOOK_ALIKE: [
        of(r"C:\Apps\service.exe", FABRIKAM),
        of(r"C:\Apps\explore.exe", FABRIKAM),
        of(r"C:\Windows\System32\svchost.exe", MICROSOFT),
        of(r"C:\Apps\svch0st.dll", FABRIKAM),
        of(r"C:\Apps\zooms.exe", FABRIKAM),
        of(r"C:\Apps\TeamViewer.exe", FABRIKAM),
        of(r"C:\Apps\vnc.exe", FABRIKAM),
        of(r"C:\Apps\python3.exe", FABRIKAM),
        of("/opt/x/svch0st.exe", os_type=3),
    ],
    Rule.SYSTEM_NAME_ELSEWHERE: [
        of(r"C:\Windows\System32\svchost.exe", MICROSOFT),
        of(r"C:\Windows\SysWOW64\rundll32.exe", MICROSOFT),
        of(r"C:\Windows\explorer.exe", MICROSOFT),
        of(r"C:\Windows\System32\wbem\WmiPrvSE.exe", MICROSOFT),
        of(r"C:\Windows\WinSxS\amd64_x\svchost.exe", MICROSOFT),
        of(r"C:\Windows.old\WINDOWS\System32\svchost.exe", MICROSOFT),
        of("/opt/x/services.exe", os_type=3),
    ],
    Rule.DOUBLED_ENDING: [of(r"C:\Apps\setup.1.2.exe", FABRIKAM), of(r"C:\Apps\App.Html.dll", FABRIKAM)],
    Rule.HIDDEN_ENDING: [
        of(r"C:\Apps\My long name (2).exe", FABRIKAM),
        of("C:\\Apps\\Prüfung Ω.exe", FABRIKAM),
    ],
    Rule.FROM_DOCUMENT: [
        Sample({"parent_process": r"C:\Windows\explorer.exe"}),
        Sample({"parent_process": ""}),
    ],
    Rule.KNOWN_BAD: [Sample(evidence=evidence(known_bad=Finding.UNKNOWN))],
    Rule.ELEVATION_UNSEEN: [
        elevation(),
        elevation(seen=Seen.NEVER, already_approved=Finding.YES),
        Sample(evidence=evidence(seen=Seen.NEVER)),
    ],
    Rule.FIRST_ELEVATION: [
        elevation(known=Known(own_elevations={"dana": 0}, elevations=19)),
        elevation(known=Known(own_elevations={"dana": 1}, elevations=90)),
        elevation(known=Known(elevations=90)),
    ],
    Rule.STORAGE_EVERYONE: [of_device(Device(type="USB", serial_number="EX-1"))],
    Rule.BURST: [
        arrived("a", "b", "c"),
        arrived("a", "b", "c", "d", every=timedelta(minutes=9)),
        arrived(*["a"] * 9),
        Sample(known=Known(arrivals={"comp-2": [Arrival(NOW, name) for name in "abcdefgh"]})),
    ],
    Rule.ODD_HOURS: [
        working(8, 13, 17),
        working(7, 13, 17),
        working(13, 15, days=10),
        working(13, days=40),
        working(13, 15, weekends=True, at=SUNDAY_NIGHT.replace(hour=14)),
        Sample(known=Known(asked=[NOW - timedelta(hours=12, days=30 * one) for one in range(2)] * 40)),
    ],
}


@pytest.mark.parametrize("rule", UnusualRule)
def test_every_rule_is_tried_both_ways(rule: UnusualRule) -> None:
    """A new rule needs an example of each here, and none of the ordinary ones may meet it."""
    assert SPEAKS.get(rule), f"no example that {rule} catches"
    assert SILENT.get(rule), f"no example that {rule} leaves alone"
    for sample in SPEAKS[rule]:
        assert rule in sample.spoken(), sample
    for sample in (*SILENT[rule], *ORDINARY):
        assert rule not in sample.spoken(), sample


@pytest.mark.parametrize("sample", ORDINARY)
def test_an_ordinary_day_is_not_unusual(sample: Sample) -> None:
    assert sample.spoken() == set()
    assert "unusual" not in why_not_one_press(sample.case, RULES, NOW)


@pytest.mark.parametrize("rule", UnusualRule)
def test_every_rule_says_something_of_its_own(rule: UnusualRule) -> None:
    said = rule_traits(rule).says
    assert said
    assert said not in {rule_traits(other).says for other in UnusualRule if other is not rule}
    assert "{" not in said


@pytest.mark.parametrize("rule", UnusualRule)
def test_every_rule_can_be_switched_off_alone(rule: UnusualRule) -> None:
    rules = rules_with(RULES, unusual={"off": frozenset({rule})})
    for sample in SPEAKS[rule]:
        assert sample.spoken(rules) == sample.spoken() - {rule}


@pytest.mark.parametrize("rule", sorted(set(UnusualRule) - {Rule.KNOWN_BAD, Rule.STORAGE_EVERYONE}))
def test_what_is_unusual_is_never_one_press_and_the_rule_is_named(rule: UnusualRule) -> None:
    """Also where only the record told it: what spoke at the last look is kept with the case."""
    for sample in SPEAKS[rule]:
        spoke = tuple(
            Spoke(rule=one.rule, request_id=one.request_id)
            for one in spoken(sample.case, sample.evidence, sample.known, RULES)
        )
        why = why_not_one_press(sample.case.model_copy(update={"spoke": spoke}), RULES, NOW)
        by_fact = rule in (Rule.UNSIGNED_LOOSE, Rule.SIGNATURE_INVALID)
        assert (rule in why and rule_traits(rule).says in why) or by_fact, why
        assert why


UNSEEN = "whether it was seen here before is not known yet"


@pytest.mark.parametrize(
    ("held", "may_run", "why"),
    [
        (None, None, UNSEEN),
        (None, False, UNSEEN),
        (None, True, ""),
        (evidence(seen=Seen.UNKNOWN), False, UNSEEN),
        (evidence(seen=Seen.UNKNOWN), True, ""),
        (evidence(seen=Seen.UNKNOWN, already_approved=Finding.YES), None, ""),
        (evidence(seen=Seen.BEFORE), False, ""),
    ],
)
def test_one_press_never_elevates_what_is_not_known_to_be_known(
    held: Evidence | None, may_run: bool | None, why: str
) -> None:
    """Nor in the seconds before anything was looked up: then the press asks whether it may run anyway."""
    asked = case(entry(1, kind=Kind.ELEVATION), evidence=held)
    assert why_not_elevate(asked, RULES, already_approved=may_run) == why
    off = rules_with(RULES, unusual={"off": frozenset({Rule.ELEVATION_UNSEEN})})
    assert why_not_elevate(asked, off, already_approved=may_run) == ""


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"seen": Seen.UNKNOWN}, UNSEEN),
        ({"seen": Seen.NEVER}, "elevation_unseen: "),
        ({"seen": Seen.NEW_VERSION}, "elevation_unseen: "),
        ({"seen": Seen.NEVER, "already_approved": Finding.YES}, ""),
        ({"seen": Seen.BEFORE}, ""),
    ],
)
def test_elevation_of_what_was_never_seen_is_never_one_press(found: dict[str, Any], why: str) -> None:
    asked = case(entry(1, kind=Kind.ELEVATION), evidence=evidence(**found))
    said = why_not_one_press(asked, RULES, NOW)
    assert why in said
    assert bool(said) is bool(why)


SILENCED = Spoke(rule=Rule.REMOTE_TOOL, request_id="req-1", quiet_until=NOW, silence_id="s-1")
REMOTE = SPEAKS[Rule.REMOTE_TOOL][0].facts


@pytest.mark.parametrize(
    ("spoke", "open_then"),
    [
        ((), False),
        ((SILENCED,), False),
        ((SILENCED.model_copy(update={"quiet_until": NOW + timedelta(seconds=1)}),), True),
        (
            (SILENCED.model_copy(update={"quiet_until": NOW + timedelta(days=1), "request_id": "req-2"}),),
            False,
        ),
        ((SILENCED.model_copy(update={"quiet_until": NOW + timedelta(days=1), "rule": "burst"}),), False),
    ],
)
def test_a_silence_holds_for_its_rule_and_request_until_its_end(
    spoke: tuple[Spoke, ...], open_then: bool
) -> None:
    held = case(entry(1, **REMOTE), spoke=spoke)
    assert (why_not_one_press(held, RULES, NOW) == "") is open_then


def test_a_silence_never_spares_the_second_person() -> None:
    quiet = SILENCED.model_copy(update={"quiet_until": NOW + timedelta(days=1)})
    held = case(entry(1, **REMOTE), spoke=(quiet,))
    rules = rules_with(RULES, second={"unusual": True})
    choice = attempt(Verb.APPROVE).choice
    assert "unusual" in second_needed(rules, held, held.requests[0], choice, Reach.COMPUTER, now=NOW)
    plain = case(entry(1))
    assert not second_needed(rules, plain, plain.requests[0], choice, Reach.COMPUTER, now=NOW)


def test_a_rule_that_is_gone_or_a_request_that_ended_says_nothing() -> None:
    spoke = (Spoke(rule="of_former_days", request_id="req-1"), Spoke(rule=Rule.BURST, request_id="req-9"))
    assert speaking(case(entry(1), spoke=spoke), RULES, NOW) == ()


def test_the_drivers_files_are_data_with_their_date() -> None:
    assert FILES_LISTED_ON.year >= 2026
    assert len(VULNERABLE_FILES) > 1500
    assert all(len(one) == DIGITS and set(one) <= set("0123456789abcdef") for one in VULNERABLE_FILES)


@pytest.mark.parametrize("rule", UnusualRule)
def test_the_page_tells_of_every_rule_and_whom_it_calls(rule: UnusualRule) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith(f"| `{rule.value}` |")]
    assert row.endswith("| on duty |" if rule_traits(rule).calls else "| nobody |")
