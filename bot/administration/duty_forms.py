"""“Take over…”, “Swap…” and “Out of office…”: forms for what is typed after `/gatehouse oncall`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.administration.duty import carry_out_away, carry_out_take
from bot.administration.duty_orders import AwayOrder, SwapOrder, take_chosen
from bot.administration.enacting import Command, command_of
from bot.administration.orders import Someone
from bot.administration.swapping import carry_out_swap
from bot.cards.forms import duty_forms as forms
from bot.cards.kit import ids
from bot.cards.kit.blocks import refilled
from bot.desk import Desk, event_of, finish, loading
from bot.models import Press
from bot.models.rotas import Roster
from bot.rules.duty import members

_ON_NO_ROTA = (
    "You stand on no rota, so there is no duty of yours to change. Whoever administers others writes "
    "/gatehouse oncall override or away."
)
_ALONE = "Nobody else stands on a rota of yours, so there is nobody to swap with."


async def open_take(desk: Desk, press: Press) -> None:
    """“Take over…”."""
    await _open(desk, press, "duty_take", lambda _, __, rotas: forms.take_form(rotas))


async def open_swap(desk: Desk, press: Press) -> None:
    """“Swap…”, with those who stand on a rota of the presser's."""
    await _open(desk, press, "duty_swap", _swap_form)


async def open_away(desk: Desk, press: Press) -> None:
    """“Out of office…”."""
    await _open(desk, press, "duty_away", lambda _, __, ___: forms.away_form())


async def _open(
    desk: Desk, press: Press, form: str, made: Callable[[Command, Roster, list[str]], dict[str, Any]]
) -> None:
    """Opened in one step: nobody but the ledger is asked."""
    command = await command_of(desk, press, form)
    if command is None:
        return
    roster = await desk.roster()
    rotas = [each for each in roster.rotas if command.person_id in members(roster, each)]
    view = made(command, roster, rotas) if rotas else forms.no_duty_form(_ON_NO_ROTA)
    if press.name == ids.REOPEN:
        view = refilled(view, press.values)
    event = event_of("form_opened", press, person_id=command.person_id, facts={"form": form})
    await finish(desk, press, [event], [loading(desk, press, view)])


def _swap_form(command: Command, roster: Roster, rotas: list[str]) -> dict[str, Any]:
    keys = sorted({key for rota in rotas for key in members(roster, rota)} - {command.person_id})
    people = [
        (person.name, key) for key in keys if (person := command.presser.access.person(key)) is not None
    ]
    return forms.swap_form(rotas, people) if people else forms.no_duty_form(_ALONE)


async def submit_take(desk: Desk, press: Press) -> None:
    """An order like a typed one, judged like it."""
    command = await command_of(desk, press, "oncall_take")
    if command is not None:
        chosen = (
            press.values.get(each, "").strip() for each in (ids.ROTA_BLOCK, ids.UNTIL_BLOCK, ids.REASON_BLOCK)
        )
        await carry_out_take(command, take_chosen(*chosen))


async def submit_swap(desk: Desk, press: Press) -> None:
    """The same."""
    command = await command_of(desk, press, "oncall_swap")
    if command is not None:
        values = {key: value.strip() for key, value in press.values.items()}
        order = SwapOrder(
            values.get(ids.WHEN_BLOCK, ""),
            Someone(key=values.get(ids.PERSON_BLOCK, "")),
            values.get(ids.THEIRS_BLOCK, ""),
            values.get(ids.ROTA_BLOCK, ""),
            values.get(ids.REASON_BLOCK, ""),
        )
        await carry_out_swap(command, order)


async def submit_away(desk: Desk, press: Press) -> None:
    """The same."""
    command = await command_of(desk, press, "oncall_away")
    if command is not None:
        when, reason = (press.values.get(each, "").strip() for each in (ids.WHEN_BLOCK, ids.REASON_BLOCK))
        await carry_out_away(command, AwayOrder(when, None, reason))
