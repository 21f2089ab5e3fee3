"""Which words of `/gatehouse` are administration's, and which use case each means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.administration.asking import can, grants, who
from bot.administration.form import open_form
from bot.administration.giving import grant
from bot.administration.orders import words_of
from bot.administration.revoking import revoke
from bot.administration.role_listing import roles
from bot.administration.roles import role
from bot.administration.suspending import lift, suspend
from bot.desk import Desk
from bot.models import Press


async def grant_or_form(desk: Desk, press: Press) -> None:
    """`/gatehouse grant …`; without anything after it the modal opens."""
    await (grant if words_of(press.text) else open_form)(desk, press)


WORDS: Mapping[str, Callable[[Desk, Press], Awaitable[None]]] = {
    "grant": grant_or_form,
    "revoke": revoke,
    "grants": grants,
    "role": role,
    "roles": roles,
    "suspend": suspend,
    "lift": lift,
    "can": can,
    "who": who,
}
"""Every other word is a look-up's."""
