"""What was found out about a case's subject: single checks with source and time, and what they add up to."""

from __future__ import annotations

from enum import StrEnum

from bot.models.base import Instant, Record, digest_of
from bot.models.presses import Verb


class Seen(StrEnum):
    """Whether this very file was seen in the organization before the request."""

    NEVER = "never"
    NEW_VERSION = "new_version"
    """Known software, new file: treated as never seen, and said."""
    BEFORE = "before"
    UNKNOWN = "unknown"


class Finding(StrEnum):
    """A yes/no question whose answer may be missing."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class EarlierDecision(Record):
    """What was decided before about the same hash or the same software in this organization."""

    at: Instant
    verb: Verb
    by: str
    reach: str
    same_file: bool
    case_id: str = ""
    """Empty in records of before it was kept; so are the next ones."""
    request_id: str = ""
    computer_id: str = ""
    computer_name: str = ""
    by_us: bool = False
    """Pressed in Gatehouse, not in the portal."""
    seen: Seen = Seen.UNKNOWN
    """Whether the organization had seen the file when this was decided; unknown in records of before it was kept."""
    two_people: bool = False
    """Two different people agreed to it."""
    asked_at: Instant | None = None
    """When it was asked for; None in records of before it was kept."""
    press_id: str = ""
    """Which press decided it; empty for the portal's decisions, and in records of before it was kept."""
    lets_run: str = ""
    """The digest of a file that this lets run on its computer without an end: to let it run once more does nothing.
    Empty for everything else, and in records of before it was kept."""
    taken_back: bool = False
    """The approval of this request was taken back at that time: it counts for nothing any more."""


class CheckName(StrEnum):
    """The checks, by the names that the settings and the record use."""

    SIGNER = "signer"
    PATH = "path"
    PARENT = "parent_process"
    SEEN = "seen_here"
    ELSEWHERE = "other_organizations"
    VERSION = "new_version"
    FIRST_SEEN = "first_seen"
    ALREADY = "already_approved"
    RESEARCH = "research"
    REPUTATION = "reputation"
    ON_FILE = "decisions_on_file"
    ON_SOFTWARE = "decisions_on_software"
    ON_SIGNER = "decisions_on_signer"
    OPEN_CASES = "open_cases"
    MODE = "computer_mode"

    @property
    def words(self) -> str:
        """The check as people read it."""
        return _WORDS[self]


_WORDS = {
    CheckName.SIGNER: "signer",
    CheckName.PATH: "path",
    CheckName.PARENT: "parent process",
    CheckName.SEEN: "seen here",
    CheckName.ELSEWHERE: "other organizations",
    CheckName.VERSION: "new version",
    CheckName.FIRST_SEEN: "first seen",
    CheckName.ALREADY: "already approved",
    CheckName.RESEARCH: "research",
    CheckName.REPUTATION: "reputation",
    CheckName.ON_FILE: "decisions on the file",
    CheckName.ON_SOFTWARE: "decisions on the software",
    CheckName.ON_SIGNER: "decisions on the signer",
    CheckName.OPEN_CASES: "the person's open cases",
    CheckName.MODE: "the computer's mode",
}


class CheckSource(StrEnum):
    """Who says so."""

    REQUEST = "the request"
    RECORD = "Gatehouse's record"
    AUDIT = "the portal's Unified Audit"
    RESEARCH = "the portal's research"
    REPUTATION = "the portal's reputation fields"
    COMPUTERS = "the portal's computer list"
    POLICIES = "the portal's policies"
    APPLICATIONS = "the portal's applications"


class CheckFinding(StrEnum):
    """What a check says of an approval."""

    OK = "ok"
    """Checked, and nothing speaks against it."""
    BAD = "bad"
    """It speaks against an approval: one press is closed."""
    UNKNOWN = "unknown"
    """It says nothing, or it could not be made."""


class Check(Record):
    """One question about the subject, and its answer at one moment."""

    name: CheckName
    finding: CheckFinding
    note: str = ""
    """What was found, in words; may quote outside text, so it is shown literally and never logged."""
    since: Instant | None = None
    """A time that the note ends in, drawn in the reader's own zone."""
    source: CheckSource
    checked_at: Instant
    is_made: bool = True
    """False: it could not be made, so the finding is unknown."""
    found_nothing: bool = False
    """It was made and there was nothing to find: no page, no rating, no path."""

    @property
    def is_noted(self) -> bool:
        """Something was found that speaks neither for an approval nor against it: that is not “not known”."""
        is_told = self.is_made and not self.found_nothing and bool(self.note)
        return self.finding is CheckFinding.UNKNOWN and is_told


class Evidence(Record):
    """What was found out about the subject after the card was posted; the card is never held up for it."""

    checked_at: Instant
    revision: int = 0
    """The case's revision that was looked at; a later one is looked at again."""
    seen: Seen = Seen.UNKNOWN
    seen_note: str = ""
    one_at_a_time: bool = False
    """It counts as seen only since single people approved it for single computers: for one computer more it is new."""
    already_approved: Finding = Finding.UNKNOWN
    """Whether it may run already on every computer of the case."""
    already_approved_by: str = ""
    """The policy or application that already permits the file on these computers."""
    known_bad: Finding = Finding.UNKNOWN
    known_bad_note: str = ""
    product: str = ""
    earlier: tuple[EarlierDecision, ...] = ()
    hand_approvals: int = 0
    """How often the same software was approved by hand in the organization in the settings' window."""
    failed: tuple[str, ...] = ()
    """What could not be asked, in words."""
    tries: int = 0
    """How many times in a row something could not be asked; the next try waits longer each time."""
    checks: tuple[Check, ...] = ()
    """Every check that was made or tried; empty in records before they were kept."""

    def check(self, name: CheckName) -> Check | None:
        """The check of that name; None where it does not apply or was not kept."""
        return next((check for check in self.checks if check.name is name), None)

    @property
    def noted(self) -> tuple[Check, ...]:
        """What was looked at and speaks neither for an approval nor against it: known, whatever it is."""
        return tuple(check for check in self.found(CheckFinding.UNKNOWN) if check.is_noted)

    @property
    def not_known(self) -> tuple[Check, ...]:
        """What could not be looked at, or where there was nothing to find."""
        return tuple(check for check in self.found(CheckFinding.UNKNOWN) if not check.is_noted)

    def found(self, finding: CheckFinding) -> tuple[Check, ...]:
        """The checks with this finding, in their order."""
        return tuple(check for check in self.checks if check.finding is finding)

    @property
    def digest(self) -> str:
        """SHA-256 over everything that was found; the record names it, so that it can be held against the case."""
        return digest_of(self.model_dump(mode="json"))

    def facts(self) -> dict[str, object]:
        """What may be kept for ever of it: findings and times by name, and the digest; no outside text."""
        return {
            "digest": self.digest,
            "checked_at": self.checked_at.isoformat(),
            "revision": self.revision,
            "seen": self.seen.value,
            "already_approved": self.already_approved.value,
            "known_bad": self.known_bad.value,
            "hand_approvals": self.hand_approvals,
            "failed": list(self.failed),
            "checks": {
                check.name.value: f"{check.finding.value}, {check.checked_at.isoformat()}"
                for check in self.checks
            },
        }

    def without_outside_text(self) -> Evidence:
        """As retention keeps it: findings and times, without names, paths and quoted words."""
        return self.model_copy(
            update={
                "seen_note": "",
                "already_approved_by": "",
                "known_bad_note": "",
                "earlier": tuple(
                    one.model_copy(update={"by": "", "computer_name": ""}) for one in self.earlier
                ),
                "checks": tuple(check.model_copy(update={"note": ""}) for check in self.checks),
            }
        )
