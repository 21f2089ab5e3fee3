"""The commands, one row each: how it is typed, what it does, who sees it in the help, and what carries it out.

A new command is a row here and its use case. The help, the routes, the hint in `app_manifest.yml` and
`docs/reference.md` follow; `tests/handlers/test_commands.py` and `tests/docs` hold them together.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.administration.asking import CAN_USAGE, WHO_USAGE, can, grants, who
from bot.administration.duty import away, override, take
from bot.administration.duty_ends import drop
from bot.administration.duty_orders import AWAY_USAGE, DROP_USAGE, OVERRIDE_USAGE, SWAP_USAGE, TAKE_USAGE
from bot.administration.giving import grant_or_form
from bot.administration.orders import GRANT_USAGE, GRANTS_USAGE, LIFT_USAGE, REVOKE_USAGE, SUSPEND_USAGE
from bot.administration.role_orders import ROLE_USAGE, ROLES_USAGE
from bot.administration.roles import role, roles
from bot.administration.silencing import SILENCE_USAGE, silence
from bot.administration.swapping import swap
from bot.administration.taking_back import lift, revoke, suspend
from bot.cards.lookup import USAGE as BLOCKED_USAGE
from bot.cards.messages.exceptions import USAGE as EXCEPTIONS_USAGE
from bot.cards.messages.maintenance import USAGE as MAINTENANCE_USAGE
from bot.desk import Desk
from bot.exceptions.listing import exceptions
from bot.lookup import EVERYBODY, CommandRow, Need, Order, UseCase, answer_help, blocked, find, queue, whoami
from bot.lookup.cases import FIND_USAGE, PLAN_USAGE, QUEUE_USAGE, plan
from bot.lookup.oncall import ONCALL_USAGE, oncall
from bot.lookup.reports import SLA_USAGE, UNUSUAL_USAGE, sla, unusual
from bot.maintenance.command import maintenance
from bot.models import Press
from permissions import Action

LOOKS = Need("View Unified Audit", frozenset({Action.LOOK_UP}), seen_by_all=True)
SEES = Need(
    "a permission that shows requests, such as View Approvals", frozenset({Action.VIEW}), seen_by_all=True
)
KEEPS = Need(
    "a permission that shows requests; renewing or closing one takes the right to deny such requests",
    frozenset({Action.VIEW}),
    seen_by_all=True,
)
MAINTAINS = Need("a Manage … permission and Edit Computers", frozenset({Action.MAINTAIN}), seen_by_all=True)
ASKS = Need("View or Edit Administrators", frozenset({Action.ASK_ABOUT_OTHERS}))
GIVES = Need(
    "Change Permission with View or Edit Administrators (for a role: Assign Roles)",
    frozenset({Action.CHANGE_PERMISSIONS, Action.ASSIGN_ROLES}),
)
MAKES_ROLES = Need("Role Administrator", frozenset({Action.ADMINISTER_ROLES}))
SEES_ROLES = Need(
    "View or Edit Administrators, Role Administrator or Assign Roles",
    frozenset({Action.ASK_ABOUT_OTHERS, Action.ADMINISTER_ROLES, Action.ASSIGN_ROLES}),
)
SILENCES = Need("Edit Application Control Policies", frozenset({Action.CREATE_POLICY}), seen_by_all=True)
REPORTS = Need("View Reports", frozenset({Action.REPORT}), seen_by_all=True)
SUSPENDS = Need("Edit Administrators", frozenset({Action.SUSPEND}))


async def on_call(desk: Desk, press: Press) -> None:
    """`/gatehouse oncall`: the look-up, or the order that its second word names."""
    [row] = (each for each in ROWS if each.word == "oncall")
    second = "".join(press.text.split()[1:2]).casefold()
    use_case = next((each.use_case for each in row.orders if each.word == second), oncall)
    await use_case(desk, press)


async def help_(desk: Desk, press: Press) -> None:
    """`/gatehouse help`, nothing after `/gatehouse`, or a word that is no command."""
    await answer_help(desk, press, ROWS)


ROWS: tuple[CommandRow, ...] = (
    CommandRow(
        slash="/blocked",
        usage=BLOCKED_USAGE,
        meaning="why something was blocked, and who has the request",
        needs=LOOKS,
        use_case=blocked,
    ),
    CommandRow(
        word="queue",
        usage=QUEUE_USAGE,
        meaning="what waits for a decision that you may make",
        needs=SEES,
        use_case=queue,
    ),
    CommandRow(
        word="find",
        usage=FIND_USAGE,
        meaning="a caller's open cases, and what was decided lately",
        needs=SEES,
        use_case=find,
    ),
    CommandRow(
        word="plan",
        usage=PLAN_USAGE,
        meaning="what happens to a case while nobody decides it, when, and why",
        needs=SEES,
        use_case=plan,
    ),
    CommandRow(
        word="oncall",
        usage=ONCALL_USAGE,
        meaning="who is on call, until when, who comes next; with week the coming days as a table",
        needs=SEES,
        use_case=on_call,
        orders=(
            Order("take", TAKE_USAGE, "you have the turn of your rota from now on", take),
            Order("swap", SWAP_USAGE, "offers a time of yours for somebody else's, who has to agree", swap),
            Order(
                "override",
                OVERRIDE_USAGE,
                "puts you on call then, or somebody else whom you administer",
                override,
            ),
            Order("away", AWAY_USAGE, "out of office: you, or somebody whom you administer", away),
            Order("drop", DROP_USAGE, "takes one of these back", drop),
        ),
    ),
    CommandRow(
        word="exceptions",
        usage=EXCEPTIONS_USAGE,
        meaning="what is kept as an exception: owner, review, end; renew or close it",
        needs=KEEPS,
        use_case=exceptions,
    ),
    CommandRow(
        word="maintenance",
        usage=MAINTENANCE_USAGE,
        meaning="a maintenance mode; alone: what runs now",
        needs=MAINTAINS,
        use_case=maintenance,
    ),
    CommandRow(
        word="can",
        usage=CAN_USAGE,
        meaning="whether somebody may, and what it rests on or what is missing",
        needs=ASKS,
        use_case=can,
    ),
    CommandRow(word="who", usage=WHO_USAGE, meaning="everybody who may", needs=ASKS, use_case=who),
    CommandRow(
        word="grants",
        usage=GRANTS_USAGE,
        meaning="what was given in Slack; of one person, everything that they hold",
        needs=ASKS,
        use_case=grants,
    ),
    CommandRow(
        word="grant",
        usage=GRANT_USAGE,
        meaning="gives a right until a time, for a shift where none is named; alone: a form",
        needs=GIVES,
        use_case=grant_or_form,
    ),
    CommandRow(
        word="revoke",
        usage=REVOKE_USAGE,
        meaning="takes back what was given in Slack; without more, all of it",
        needs=GIVES,
        use_case=revoke,
    ),
    CommandRow(
        word="role",
        usage=ROLE_USAGE,
        meaning="makes, changes or deletes a custom role of one organization; what is left out opens a form",
        needs=MAKES_ROLES,
        use_case=role,
    ),
    CommandRow(
        word="roles",
        usage=ROLES_USAGE,
        meaning="which roles there are, what they contain, who made them and who has them",
        needs=SEES_ROLES,
        use_case=roles,
    ),
    CommandRow(
        word="suspend",
        usage=SUSPEND_USAGE,
        meaning="stops everything of a person, everywhere",
        needs=SUSPENDS,
        use_case=suspend,
    ),
    CommandRow(
        word="lift",
        usage=LIFT_USAGE,
        meaning="ends a suspension; never one's own",
        needs=SUSPENDS,
        use_case=lift,
    ),
    CommandRow(
        word="silence",
        usage=SILENCE_USAGE,
        meaning="lets a rule of the unusual say nothing about one piece of software, a computer or an organization; "
        "`silence end <id> because <reason>` ends it",
        needs=SILENCES,
        use_case=silence,
    ),
    CommandRow(
        word="sla",
        usage=SLA_USAGE,
        meaning="how long requests waited, what was late and why; a week where no span is named",
        needs=REPORTS,
        use_case=sla,
    ),
    CommandRow(
        word="unusual",
        usage=UNUSUAL_USAGE,
        meaning="the rules of the unusual, how often each was right, and what is silenced",
        needs=REPORTS,
        use_case=unusual,
    ),
    CommandRow(
        word="whoami",
        usage="/gatehouse whoami",
        meaning="who you are to Gatehouse, and what you may do",
        needs=EVERYBODY,
        use_case=whoami,
    ),
    CommandRow(
        word="help",
        usage="/gatehouse help",
        meaning="the commands, and which of them you can use where",
        needs=EVERYBODY,
        use_case=help_,
    ),
)
"""In the order of the help, where commands that need the same stand together."""

_WORDS = {row.word: row.use_case for row in ROWS if row.word}


def use_case_of(text: str) -> UseCase:
    """What is typed after `/gatehouse`: its first word's; the help for none, and for one that is no command."""
    return _WORDS.get((text.split() or ["help"])[0].casefold(), help_)


async def gatehouse(desk: Desk, press: Press) -> None:
    """`/gatehouse <word> ...`."""
    await use_case_of(press.text)(desk, press)


SLASHES: Mapping[str, UseCase] = {row.slash: gatehouse if row.word else row.use_case for row in ROWS}
"""Slash commands, each with its way in; the manifest must declare exactly these."""


def usage_hint(slash: str) -> str:
    """What Slack shows behind a slash command while it is typed: `usage_hint` of the manifest."""
    rows = [row for row in ROWS if row.slash == slash]
    return " | ".join(row.word or row.usage.removeprefix(slash).strip() for row in rows)
