"""The words of verdicts: reaches, modes, what was asked for, and sentences that several refusals share."""

from permissions.terms import Action, MaintenanceMode, Reach

REACH_WORDS = {
    Reach.COMPUTER: "one computer",
    Reach.COMPUTER_GROUP: "the computer group",
    Reach.ORGANIZATION: "the entire organization",
    Reach.GLOBAL: "the global group",
}
MODE_WORDS = {
    MaintenanceMode.INSTALLATION: "Installation mode",
    MaintenanceMode.LEARNING: "Learning mode",
    MaintenanceMode.APPLICATION_MONITOR_ONLY: "Application Control Monitor Only mode",
    MaintenanceMode.NETWORK_MONITOR_ONLY: "Network Control Monitor Only mode",
    MaintenanceMode.STORAGE_MONITOR_ONLY: "Storage Control Monitor Only mode",
    MaintenanceMode.TAMPER_PROTECTION: "pausing Tamper Protection",
    MaintenanceMode.ELEVATION: "Elevation mode",
}
DOING_WORDS = {
    Action.VIEW: "seeing this request",
    Action.APPROVE: "approving this request",
    Action.DENY: "denying this request",
    Action.CLAIM: "claiming this request",
    Action.TAKE_OVER: "taking this request over",
    Action.RELEASE: "releasing this request",
    Action.HAND_OVER: "handing this request over",
    Action.ESCALATE: "escalating this request",
    Action.PROPOSE_POLICY: "proposing a policy",
    Action.LOOK_UP: "looking up why something was blocked",
    Action.CHECK_IN_HISTORY: "reading a computer's check-in history",
    Action.QUEUE: "seeing the queue",
    Action.REPORT: "reading reports",
    Action.READ_RECORD: "reading Gatehouse's record",
    Action.WHOAMI: "reading your own grants",
    Action.ASK_ABOUT_OTHERS: "asking what other people may do",
    Action.MAINTAIN: "using this maintenance mode",
    Action.PROMOTE: "promoting this policy",
    Action.CREATE_POLICY: "creating a policy",
    Action.CHANGE_PERMISSIONS: "giving or taking single permissions",
    Action.ASSIGN_ROLES: "giving or taking roles",
    Action.ADMINISTER_ROLES: "making or changing roles",
    Action.SUSPEND: "suspending a person",
}

# Both halves of what a technician is told who is refused on new software (permission semantics 12.3).
REVIEW = (
    "Being a local administrator on the computer does not replace the review: "
    "the cybersecurity team reviews new software around the clock."
)
FASTER = (
    "This file is already approved, so the faster way is approved credentials at the Windows prompt, "
    "or a managed elevation policy."
)
ON_SITE = (
    "On site, the tray menu's maintenance mode and its QR code are quicker; the scanner needs Edit Computers."
)
ASK_FOR_IT = "Ask somebody who has it, or an administrator of Gatehouse to give it to you."
TRY_AGAIN = "Press again in a minute; if it stays, tell an administrator of Gatehouse."


def listed(items: tuple[str, ...]) -> str:
    """ "A", "A and B", "A, B and C"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def capital(sentence: str) -> str:
    """The sentence with a capital first letter and nothing else changed."""
    return sentence[:1].upper() + sentence[1:]
