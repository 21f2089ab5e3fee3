"""What the portal tells an installer: whether the token is good there, and which organizations it reaches."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from pydantic import SecretStr

from bot.checkup.portal import is_broken
from bot.installing.answers import Unfit
from bot.portal import OrganizationRow, PortalAddress, PortalClient, PortalError, probe
from bot.settings import PortalSection

_INSTANCE = re.compile(r"[a-z]")
_BREAKS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Estate:
    """The organizations in view: short names to ids, and the short names of those that nothing is above."""

    organizations: Mapping[str, str]
    titles: Mapping[str, str]
    tops: tuple[str, ...]


async def address_of(text: str) -> str:
    """The portal's API for an instance's letter or an address. Raises Unfit."""
    letter = text.lower()
    url = f"https://portalapi.{letter}.threatlocker.com/portalapi" if _INSTANCE.fullmatch(letter) else text
    try:
        found = PortalSection(url=url).url
    except ValueError:
        found = ""
    if not found:
        raise Unfit(
            f"{text!r} is no portal. Give the instance's letter (in the portal: Help, ThreatLocker Access), or the "
            "whole address, such as https://portalapi.b.threatlocker.com/portalapi"
        )
    return found


async def estate_of(url: str, token: str) -> Estate:
    """Everything that the token reaches. Raises Unfit with what is wrong."""
    try:
        address = PortalAddress(url, SecretStr(token))
    except ValueError as error:
        raise Unfit(f"{error}.") from None
    async with aiohttp.ClientSession() as session:
        client = PortalClient(address, session)
        if broken := is_broken(await probe(client, None, datetime.now(UTC)), url):
            raise Unfit(broken.sentence)
        try:
            rows = await client.organizations()
        except PortalError as error:
            raise Unfit(
                f"The organizations cannot be read: {error}. Give the token's role View Organizations."
            ) from None
    if not rows:
        raise Unfit("The token reaches no organization. Make an API user on the parent organization.")
    return _estate(rows)


def _estate(rows: Iterable[OrganizationRow]) -> Estate:
    organizations: dict[str, str] = {}
    titles: dict[str, str] = {}
    tops = []
    for row in sorted(
        rows, key=lambda each: (each.listed_as_child, each.title.casefold(), each.organization_id)
    ):
        name = _short(row.title, organizations)
        organizations[name], titles[name] = row.organization_id, row.title
        if not row.listed_as_child:
            tops.append(name)
    return Estate(organizations, titles, tuple(tops))


def _short(title: str, taken: Iterable[str]) -> str:
    """A key for the access file: lower case, plain letters, one of its own."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    wanted = _BREAKS.sub("-", plain).strip("-") or "organization"
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(list(taken)) + 3))]
    return next(name for name in names if name not in set(taken))
