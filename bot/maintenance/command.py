"""`/gatehouse maintenance …`: the form of one computer, or how to write it and what runs now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.cards.forms import maintenance_form
from bot.cards.forms.maintenance_form import HistoryLine, ModeForm, ModeOffer
from bot.cards.messages import answers
from bot.cards.messages import maintenance as cards
from bot.cards.messages.maintenance import MODE_NAMES
from bot.desk import Desk, Filled, Presser, answer, event_of, finish, identify, pressed
from bot.maintenance.forms import offered, only_said, open_mode_form
from bot.maintenance.looking import refuse
from bot.maintenance.orders import (
    ComputerNamed,
    NoComputer,
    computer_now,
    find_computer,
    in_sight,
    read_computer,
    spans_within,
)
from bot.maintenance.sending import ask_for, weigh
from bot.models import Event, MaintenanceMode, Press
from bot.portal import ComputerRow, ModeRow, PortalError, mode_named, type_name
from bot.rules.typed import Misread
from permissions import Allowed, Door, OrganizationTree
from permissions.words import ASK_FOR_IT, ON_SITE

_SECURED = frozenset({0, 8})
"""Type numbers of a computer in no mode; 8 is what some clients of the portal call “Secured”."""


async def maintenance(desk: Desk, press: Press) -> None:
    """`/gatehouse maintenance [<computer> [at <organization>]]`."""
    presser = await identify(desk, press)
    if presser is None:
        return
    wanted = read_computer(press.text)
    if wanted is None:
        await _list(desk, press, presser)
    elif isinstance(wanted, Misread):
        said = answers.refused(wanted.why)
        await refuse(desk, press, "misread", said, presser=presser)
    else:
        await _open(desk, press, presser, wanted)


async def open_for_burst(desk: Desk, press: Press) -> None:
    """“Installation mode…” on the card of a burst: the form of its computer, which says what its reader may start.

    The form is the command's own, with its end and its reason: a burst makes no mode easier to have.
    """
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    named = ComputerNamed(case.requests[0].facts.computer_name, organization_id=case.organization_id)
    await _open(desk, press, presser, named)


async def open_again(desk: Desk, press: Press) -> None:
    """The form of the computer that a submission named, as it is now, for whoever may look there."""
    presser = await identify(desk, press)
    if presser is None:
        return
    computer_id, _, organization_id = press.case_id.partition(".")

    async def named() -> ComputerNamed:
        computer = await computer_now(desk, computer_id, organization_id)
        name = (computer.hostname or computer.computer_name) if computer is not None else computer_id
        return ComputerNamed(name, organization_id=organization_id)

    await _open(desk, press, presser, named)


async def _list(desk: Desk, press: Press, presser: Presser) -> None:
    """How it is written, and what runs where the asker may see it."""
    try:
        tree = await desk.tree.current()
    except PortalError as error:
        said = answers.trouble(f"The portal does not tell its organizations just now ({error.message}).")
        await refuse(desk, press, "portal", said, presser=presser)
        return
    visible = in_sight(desk, presser, tree)
    running = [each.mode for each in await desk.ledger.modes.open() if each.mode.organization_id in visible]
    event = event_of(
        "modes_listed",
        press,
        person_id=presser.person.person_id,
        facts={"shown": [m.mode_id for m in running]},
    )
    await finish(desk, press, [event], [answer(press, cards.usage(running, desk.now()))])


async def _open(
    desk: Desk,
    press: Press,
    presser: Presser,
    wanted: ComputerNamed | Callable[[], Awaitable[ComputerNamed]],
) -> None:
    """`wanted`: the computer, or how the portal is asked for its name. Raises nothing of the portal's."""
    told = {"asked": wanted.computer, "at": wanted.organization} if isinstance(wanted, ComputerNamed) else {}
    event = event_of("mode_form_opened", press, private=told)

    async def fill() -> Filled:
        named = wanted if isinstance(wanted, ComputerNamed) else await wanted()
        return await _form(desk, presser, named, event)

    def not_asked(error: PortalError) -> Filled:
        why = f"The portal could not be asked ({error}). Nothing was changed."
        return only_said(maintenance_form.TITLE, [why], event, presser, "portal")

    await open_mode_form(desk, press, "maintenance", fill, not_asked)


async def _form(desk: Desk, presser: Presser, wanted: ComputerNamed, event: Event) -> Filled:
    found = await find_computer(desk, presser, await desk.tree.current(), wanted)
    if isinstance(found, NoComputer):
        return only_said(maintenance_form.TITLE, [found.sentence], event, presser, found.why)
    organization_id = found.organization_id or ""
    tree = await desk.tree.current(holding=organization_id)
    told = {"computer_id": found.computer_id}
    event = event.model_copy(update={"organization_id": organization_id, "facts": told})
    history, trouble = await _history(desk, found)
    type_id = found.maintenance_type_id
    form = ModeForm(
        computer_id=found.computer_id,
        computer_name=found.hostname or found.computer_name,
        computer_group_name=found.computer_group_name,
        organization_id=organization_id,
        organization_name=found.organization_name or tree.name_or_id(organization_id),
        current="" if type_id in _SECURED else _name(mode_named(type_id), type_name(type_id)),
        current_until=found.maintenance_end_date,
        offers=[_offer(desk, presser, tree, organization_id, mode) for mode in MODE_NAMES],
        history=history,
        history_trouble=trouble,
        spans=spans_within(desk.rules.maintenance.longest),
        writes_on=desk.rules.writes_on,
    )
    return offered(maintenance_form.mode_modal(form), event, presser)


def _offer(
    desk: Desk, presser: Presser, tree: OrganizationTree, organization_id: str, mode: MaintenanceMode
) -> ModeOffer:
    """Open, or closed with the reason; whom to ask, and the tray menu, is said once for all of them."""
    verdict = weigh(desk, presser, tree, ask_for(presser, organization_id, mode, Door.COMPUTER))
    if isinstance(verdict, Allowed):
        return ModeOffer(mode)
    return ModeOffer(mode, verdict.sentence.removesuffix(ON_SITE).strip().removesuffix(ASK_FOR_IT).strip())


async def _history(desk: Desk, computer: ComputerRow) -> tuple[list[HistoryLine], str]:
    """The portal's history, newest first; the form opens without it, and says so."""
    try:
        rows = await desk.portal.modes_of_computer(computer.computer_id, computer.organization_id)
    except PortalError as error:
        return [], f"The portal's history could not be read ({error.message})."
    now = desk.now()
    newest = sorted(rows, key=lambda row: row.start_date_time or now, reverse=True)
    why = f"{len(rows.odd)} of its lines could not be read; look at them in the portal." if rows.odd else ""
    return [_line(row, is_running=row.is_running(now)) for row in newest], why


def _line(row: ModeRow, *, is_running: bool) -> HistoryLine:
    return HistoryLine(
        name=_name(row.mode, row.display_name or type_name(row.maintenance_type_id)),
        start=row.start_date_time,
        end=row.end_date_time,
        by=row.added_by,
        ended_by=row.ended_by,
        notes=row.notes,
        is_running=is_running,
    )


def _name(mode: MaintenanceMode | None, otherwise: str) -> str:
    return MODE_NAMES[mode] if mode else otherwise
