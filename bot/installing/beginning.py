"""The way through `gatehouse init`: find everything out, then write, then say what comes next."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot.chat import SLACK_API, SlackClient, Workspace
from bot.installing.answers import Answers, CannotInstall, Talk, Unfit
from bot.installing.files import (
    ENV_FILE,
    Chosen,
    Installation,
    access_text,
    refuse_to_overwrite,
    secrets_text,
    settings_text,
    write,
)
from bot.installing.portal import Estate, address_of, estate_of
from bot.installing.slack import Looking, Member, Named, api_address, try_the_door, workspace_of
from bot.models import EscalationSection
from bot.settings import Given, SettingsError, given_by_environment
from permissions import AccessFileError, is_nobodys, parse_access_document

NAMES = ("gatehouse.toml", "access.toml", ENV_FILE)


async def begin(answers: Answers, talk: Talk) -> None:
    """Ask for what is missing and write the files. Raises CannotInstall; then nothing was written."""
    refuse_to_overwrite(answers.folder, NAMES, replace=answers.replace)
    try:
        given = given_by_environment(answers.folder / ENV_FILE)
    except SettingsError as error:
        raise CannotInstall(*error.problems) from None
    try:
        made = await _found_out(answers, given, talk)
    except Unfit as unfit:
        raise CannotInstall(str(unfit)) from None
    today = datetime.now(UTC).date()
    access = access_text(made, today)
    try:
        parse_access_document(access, source="access.toml")
    except AccessFileError as error:
        raise CannotInstall(*(str(each) for each in error.problems)) from None
    write(
        answers.folder,
        {
            "gatehouse.toml": settings_text(made, today),
            "access.toml": access,
            ENV_FILE: secrets_text(made, today),
        },
    )
    talk.say(_what_next(answers.folder, made))


@dataclass(frozen=True, slots=True)
class _SlackSide:
    workspace: Workspace
    api_url: str
    bot_token: str
    door: Mapping[str, str]
    """The one secret by which Slack reaches us."""


async def _found_out(answers: Answers, given: Given, talk: Talk) -> Installation:
    slack = await _slack(answers, given, talk)
    url, portal_token, estate = await _portal(answers, given, talk)
    client = SlackClient.connect(slack.bot_token, slack.api_url)
    try:
        chosen = await _chosen(answers, talk, Looking(client, slack.workspace))
    finally:
        await client.close()
    tokens = {"SLACK_BOT_TOKEN": slack.bot_token, **slack.door, "PORTAL_TOKEN": portal_token}
    return Installation(
        team=Named(slack.workspace.team_id, slack.workspace.team_name),
        mode=answers.mode,
        api_url="" if slack.api_url == SLACK_API else slack.api_url,
        portal_url=url,
        chosen=chosen,
        estate=estate,
        secrets=_kept(tokens, given, is_first=not (answers.folder / ENV_FILE).exists()),
    )


async def _slack(answers: Answers, given: Given, talk: Talk) -> _SlackSide:
    api_url = api_address(given.value("SLACK_API_URL") or SLACK_API)
    bot_token, found = await talk.settled(
        given.value("SLACK_BOT_TOKEN"),
        "Bot token (xoxb-..., of your app, under OAuth & Permissions):",
        "SLACK_BOT_TOKEN",
        partial(workspace_of, api_url=api_url),
        is_secret=True,
    )
    talk.say(f"The bot token belongs to {found.team_name} ({found.team_id}).")
    name, question = "SLACK_APP_TOKEN", "App-level token (xapp-..., under Basic Information):"
    fits: Callable[[str], Awaitable[None]] = partial(try_the_door, api_url=api_url)
    if answers.mode == "http":
        name, question, fits = (
            "SLACK_SIGNING_SECRET",
            "Signing secret (under Basic Information):",
            _something,
        )
    secret, _ = await talk.settled(given.value(name), question, name, fits, is_secret=True)
    return _SlackSide(found, api_url, bot_token, {name: secret})


async def _something(text: str) -> None:
    if not text:
        raise Unfit("It is empty. Copy it from the app's pages.")


async def _portal(answers: Answers, given: Given, talk: Talk) -> tuple[str, str, Estate]:
    _, url = await talk.settled(
        answers.portal or given.value("PORTAL_URL"),
        "Portal instance (its letter, under Help, ThreatLocker Access; or the API's whole address):",
        "--portal",
        address_of,
    )
    token, found = await talk.settled(
        given.value("PORTAL_TOKEN"),
        "Portal token (of an API user):",
        "PORTAL_TOKEN",
        partial(estate_of, url),
        is_secret=True,
    )
    talk.say(f"The portal token reaches {len(found.organizations)} organizations.")
    return url, token, found


async def _chosen(answers: Answers, talk: Talk, looking: Looking) -> Chosen:
    """What is picked in Slack. The bot has to be in the channels; user groups and the administrator may be left out."""

    async def channel(given: str | None, flag: str, purpose: str) -> Named:
        return (await talk.settled(given, f"Channel for {purpose}:", flag, looking.channel))[1]

    async def group(given: str | None, flag: str, purpose: str) -> Named | None:
        question = f"User group of {purpose} (a handle; empty: none):"
        return (await talk.settled(_or_none(given, talk), question, flag, looking.user_group))[1]

    cards = await channel(answers.cards, "--cards", "the cards")
    escalations = await channel(answers.escalations, "--escalations", "what is late or unusual")
    audit = await channel(answers.audit, "--audit", "the record and alerts")
    approvers = await group(answers.approvers, "--approvers", "the approvers")
    engineers = await group(answers.team, "--team", "the escalation team")
    _, person = await talk.settled(
        _or_none(answers.administrator, talk),
        "Who administers Gatehouse (e-mail address in Slack, or member id; empty: nobody yet):",
        "--administrator",
        looking.member,
    )
    account = ""
    if person:
        question = f"Account of {person.name} on their own computer, as the portal's requests name it:"
        account, _ = await talk.settled(answers.account, question, "--account", _an_account)
    for sentence in looking.warnings:
        talk.say(f"Note: {sentence}")
    zone = _zone(answers.zone, person)
    return Chosen(cards, escalations, audit, approvers, engineers, person, account, zone)


def _or_none(given: str | None, talk: Talk) -> str | None:
    """An optional answer: declined where nobody is there to be asked."""
    return given if given is not None or talk.is_there else ""


async def _an_account(text: str) -> None:
    if is_nobodys(text):
        raise Unfit(
            f"{text!r} is no person's account. Give one such as CONTOSO\\ana.silva or ana.silva@contoso.example."
        )


def _zone(given: str | None, person: Member | None) -> str:
    """The time zone of the team's hours: as told, else the administrator's, else the default."""
    wanted = given or (person.zone if person else "")
    try:
        return EscalationSection(zone=wanted).zone if wanted else ""
    except ValueError:
        if not given:
            return ""
        raise Unfit(f"--zone: {given!r} is no time zone; use an IANA name, such as Europe/Berlin.") from None


def _kept(tokens: Mapping[str, str], given: Given, *, is_first: bool) -> dict[str, str]:
    """What belongs into `.env`: not what a file of its own or a secrets folder holds, and what was set before.

    A first ledger gets a key of its own, so that a new bot token leaves it alone; one that has data keeps its key.
    """
    key = {"LEDGER_KEY": secrets.token_hex(32)} if is_first else {}
    wanted = {**key, **given.plain, **tokens}
    return {name: value for name, value in wanted.items() if name not in given.elsewhere}


def _what_next(folder: Path, made: Installation) -> str:
    where = "" if folder == Path() else f"cd {folder} && "
    nobody = (
        ""
        if made.chosen.administrator
        else "Nobody may do anything yet: name people and grants in access.toml (docs/access-file.md).\n"
    )
    return (
        f"Written to {folder.resolve()}: {', '.join(NAMES)}.\n{nobody}"
        f"Next:\n  {where}gatehouse check\n  {where}gatehouse run"
    )
