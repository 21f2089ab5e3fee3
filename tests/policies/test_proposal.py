"""The proposal, as a table: which reach, which places, which rule, what is counted. And who hears of it, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.cards.messages.decisions import warnings_of
from bot.models import PolicyPlace, Proposal, ProposedCase, Reach, Signer, Software, path_pattern, proposal_of

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
SOFTWARE = Software(
    file_name="setup-4.1.exe",
    product="Fabrikam Reader",
    path=r"C:\Users\dana\Downloads\setup-4.1.exe",
    signers=(Signer(subject="CN=Fabrikam Inc", valid=True),),
    organization_id="org",
    organization_name="Contoso",
)


def place(group: str) -> PolicyPlace:
    """A computer group by a letter."""
    return PolicyPlace(reach=Reach.COMPUTER_GROUP, applies_to_id=f"g-{group}", name=f"Group {group}")


def case_on(computer: str, group: str = "", days: int = 1) -> ProposedCase:
    """An approval on a computer (none: not kept), in a computer group (none: the portal does not tell)."""
    return ProposedCase(
        case_id="c1",
        at=NOW - timedelta(days=days),
        by="Ada Lund",
        computer_id=computer,
        computer_name=computer,
        computer_group=place(group) if group else None,
    )


def proposal(
    *approvals: ProposedCase, present: tuple[ProposedCase, ...] = (), software: Software = SOFTWARE
) -> Proposal:
    """What is proposed after these."""
    within, lasts = timedelta(days=30), timedelta(days=180)
    return proposal_of(software, approvals, now=NOW, within=within, lasts=lasts, present=present)


@pytest.mark.parametrize(
    ("computers", "reach", "places", "why"),
    [
        ([("a", "1"), ("a", "1"), ("a", "1")], Reach.COMPUTER, ["a"], "same computer"),
        ([("a", ""), ("a", "")], Reach.COMPUTER, ["a"], "same computer"),
        ([("a", "1"), ("b", "1"), ("c", "1")], Reach.COMPUTER_GROUP, ["g-1"], "every computer is in it"),
        ([("a", "1"), ("b", "2")], Reach.COMPUTER_GROUP, ["g-1", "g-2"], "2 computer groups"),
        ([("a", "1"), ("b", "2"), ("c", "3")], Reach.COMPUTER_GROUP, ["g-1", "g-2", "g-3"], "3 computer"),
        ([("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")], Reach.ORGANIZATION, ["org"], "4 computer groups"),
        ([("a", "1"), ("b", "")], None, [], "does not tell the computer group"),
        ([("a", ""), ("b", "")], None, [], "does not tell the computer group"),
        ([("a", "1"), ("", "")], None, [], "not known for every approval"),
        ([("", "")], None, [], "not known for every approval"),
        ([], None, [], "no approval by hand"),
    ],
)
def test_the_narrowest_reach_that_would_have_covered_the_cases(
    computers: list[tuple[str, str]], reach: Reach | None, places: list[str], why: str
) -> None:
    found = proposal(*(case_on(computer, group) for computer, group in computers))
    assert found.reach is reach
    assert [one.applies_to_id for one in found.places] == places
    assert why in found.reach_why


def test_a_request_that_waits_is_covered_and_not_counted() -> None:
    found = proposal(case_on("a", "1"), case_on("a", "1"), present=(case_on("b", "1"),))
    assert (found.reach, found.approvals, found.saved) == (Reach.COMPUTER_GROUP, 2, 1)


@pytest.mark.parametrize(("approvals", "saved"), [(0, 0), (1, 0), (2, 1), (3, 2), (40, 39)])
def test_the_first_approval_would_have_been_needed_anyway(approvals: int, saved: int) -> None:
    found = proposal(*(case_on("a", "1", days) for days in range(approvals)))
    assert (found.approvals, found.saved) == (approvals, saved)
    assert len(found.cases) == min(approvals, 10)


def test_it_ends_and_never_goes_by_a_hash_alone() -> None:
    found = proposal(case_on("a"))
    assert found.ends_at == NOW + timedelta(days=180)
    assert found.rule.path == r"C:\*\setup-*.exe"
    assert (found.rule.signer, found.rule.signer_valid) == ("CN=Fabrikam Inc", True)


def test_unsigned_software_is_said_to_be_unsigned() -> None:
    found = proposal(case_on("a"), software=SOFTWARE.model_copy(update={"signers": ()}))
    assert (found.rule.signer, found.rule.signer_valid) == ("", None)


def test_a_valid_signer_is_taken_before_an_invalid_one() -> None:
    signers = (Signer(subject="CN=Fake", valid=False), Signer(subject="CN=Real", valid=True))
    found = proposal(case_on("a"), software=SOFTWARE.model_copy(update={"signers": signers}))
    assert found.rule.signer == "CN=Real"


@pytest.mark.parametrize(
    ("update", "name"),
    [
        ({}, "Permit Fabrikam Reader"),
        ({"product": ""}, "Permit setup-4.1.exe"),
        ({"application_name": "Reader", "application_id": "app"}, "Permit Reader"),
    ],
)
def test_the_name_is_the_application_s_or_the_product_s_before_the_file_s(
    update: dict[str, str], name: str
) -> None:
    assert proposal(case_on("a"), software=SOFTWARE.model_copy(update=update)).name == name


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        (r"C:\Users\dana\AppData\Local\App 4.1\app.exe", r"C:\Users\*\AppData\Local\App *\app.exe"),
        (r"D:\setup-12.0.3_beta.exe", r"D:\setup-*_beta.exe"),
        ("/Users/dana/Downloads/App-2.dmg", "/Users/*/Downloads/App-*.dmg"),
        ("/home/dana/.local/bin/tool", "/home/*/.local/bin/tool"),
        (r"C:\Program Files\Tool\tool.exe", r"C:\Program Files\Tool\tool.exe"),
        ("", ""),
        ("7", "7"),
        (r"C:\Program Files\App\2024\app.exe", r"C:\Program Files\App\*\app.exe"),
    ],
)
def test_a_path_pattern_leaves_out_people_and_versions(path: str, pattern: str) -> None:
    assert path_pattern(path) == pattern


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        (r"\\10.20.30.40\deploy\agent\setup.exe", r"\\10.20.30.40\deploy\agent\setup.exe"),
        (r"\\srv2\share3\agent 4.1\setup.exe", r"\\srv2\share3\agent *\setup.exe"),
        (r"\\?\UNC\srv2\share3\agent\4\setup.exe", r"\\?\UNC\srv2\share3\agent\*\setup.exe"),
        ("//10.20.30.40/deploy/setup-1.2.exe", "//10.20.30.40/deploy/setup-*.exe"),
        (r"C:\Program Files\7-Zip\7z.exe", r"C:\Program Files\7-Zip\7z.exe"),
        (r"C:\Program Files\3M\Scan360\x.exe", r"C:\Program Files\3M\Scan360\x.exe"),
        (r"C:\Program Files (x86)\Tool\x86_64\tool64.exe", r"C:\Program Files (x86)\Tool\x86_64\tool64.exe"),
        (r"C:\Program Files\360\app.exe", r"C:\Program Files\360\app.exe"),
        (r"C:\Program Files\010 Editor\edit 4.exe", r"C:\Program Files\010 Editor\edit *.exe"),
        (r"C:\Windows\System32\4.exe", r"C:\Windows\System32\4.exe"),
        (r"\\srv2\share3\2024.exe", r"\\srv2\share3\2024.exe"),
        (r"\\srv2\share3\4.1\7.exe", r"\\srv2\share3\4.1\7.exe"),
        (r"D:\7\7.exe", r"D:\7\7.exe"),
        (r"C:\v1\v2.exe", r"C:\v1\v2.exe"),
        (r"C:\Users\dana\Downloads\1.2.3.exe", r"C:\Users\*\Downloads\1.2.3.exe"),
        ("/opt/3.2/tool", "/opt/3.2/tool"),
        (r"C:\Tool\v7\120\tool.exe", r"C:\Tool\v*\*\tool.exe"),
        (r"C:\Documents and Settings\dana\App\a.exe", r"C:\Documents and Settings\*\App\a.exe"),
    ],
)
def test_a_server_a_drive_and_a_maker_are_never_made_any(path: str, pattern: str) -> None:
    assert path_pattern(path) == pattern


@pytest.mark.parametrize(
    ("update", "why"),
    [
        ({"signers": ()}, "not signed"),
        ({"signers": (Signer(subject="CN=F", valid=False),)}, "signature is not valid"),
        ({"signers": (), "path": ""}, "names no path"),
        (
            {"signers": (), "path": r"C:\Users\dana\AppData\Local\App\app-1.2.3\app.exe"},
            "not known to be closed",
        ),
        ({"signers": (), "path": r"C:\Windows\Temp\x.exe"}, "not known to be closed"),
    ],
)
def test_a_path_alone_is_never_proposed_for_an_unsigned_file_that_a_user_may_replace(
    update: dict[str, object], why: str
) -> None:
    """It would let in whatever is put there; what cannot be a policy says why."""
    found = proposal(case_on("a"), software=SOFTWARE.model_copy(update=update))
    assert (found.rule.path, why in found.rule.why_not) == ("", True)


def test_a_path_that_only_administrators_write_to_or_a_known_application_will_do() -> None:
    unsigned = SOFTWARE.model_copy(update={"signers": (), "in_closed_folder": True})
    assert proposal(case_on("a"), software=unsigned).rule.why_not == ""
    known = SOFTWARE.model_copy(update={"signers": (), "application_id": "app"})
    assert proposal(case_on("a"), software=known).rule.why_not == ""


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        (r"C:\Users\dana\AppData\Local\Zoom\bin\zoom.exe", r"C:\*\zoom.exe"),
        (r"C:\Users\dana\Downloads\zoom-5.1.exe", r"C:\*\zoom-*.exe"),
        (r"C:\ProgramData\Zoom\zoom.exe", r"C:\*\zoom.exe"),
        (r"\\?\C:\Users\dana\zoom.exe", r"\\?\C:\*\zoom.exe"),
        (r"D:\Tools\zoom.exe", r"D:\*\zoom.exe"),
        (r"D:\zoom-5.exe", r"D:\zoom-*.exe"),
        ("/Users/dana/Downloads/Zoom-2.dmg", "/*/Zoom-*.dmg"),
        (r"C:\Users\dana\AppData\Local\App\app-1.2.3\app.exe", r"C:\*\App\app-*\app.exe"),
        (r"C:\Users\dana\AppData\Local\slack\Update.exe", r"C:\*\slack\Update.exe"),
        (r"C:\Users\dana\Downloads\setup.exe", r"C:\*\setup.exe"),
        (r"\\10.20.30.40\deploy\agent\setup.exe", r"\\10.20.30.40\deploy\agent\setup.exe"),
        (r"\\srv\share\users\dana\zoom.exe", r"\\srv\share\users\dana\zoom.exe"),
        ("zoom.exe", "zoom.exe"),
    ],
)
def test_a_signed_file_in_a_user_s_folder_is_recognized_by_signer_and_product(
    path: str, pattern: str
) -> None:
    r"""No folder that users write to is part of the rule; a drive, a server and a maker stay what they are."""
    found = proposal(case_on("a"), software=SOFTWARE.model_copy(update={"path": path})).rule
    assert (found.signer, found.path, found.why_not) == ("CN=Fabrikam Inc", pattern, "")


def test_a_signed_file_where_only_administrators_write_keeps_its_path_beside_its_signer() -> None:
    path = r"C:\Program Files\Zoom 5.1\zoom.exe"
    held = SOFTWARE.model_copy(update={"path": path, "in_closed_folder": True})
    found = proposal(case_on("a"), software=held).rule
    assert (found.signer, found.path) == ("CN=Fabrikam Inc", r"C:\Program Files\Zoom *\zoom.exe")


@pytest.mark.parametrize(
    ("path", "why"),
    [("", "names no path"), (r"C:\Users\dana\AppData\Local\Temp\MSI4F2A.tmp", "a temporary one")],
)
def test_a_signed_file_of_which_nothing_names_the_product_has_no_rule(path: str, why: str) -> None:
    """A signer alone would let in everything that it ever signs."""
    found = proposal(case_on("a"), software=SOFTWARE.model_copy(update={"path": path})).rule
    assert (found.path, why in found.why_not) == ("", True)


def test_a_name_that_every_installer_has_is_warned_of() -> None:
    said = " ".join(warnings_of(proposal(case_on("a"))))
    assert "tells of no product" in said
    assert "another program of the same signer" in said
    named = SOFTWARE.model_copy(update={"path": r"C:\Users\dana\Downloads\zoom-5.1.exe"})
    assert "tells of no product" not in " ".join(warnings_of(proposal(case_on("a"), software=named)))
