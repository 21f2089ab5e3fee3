"""`gatehouse sandbox slack`: the stand-in alone, with people to try any Bolt app on."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from rehearsal.env_file import write_env
from rehearsal.slack.manifest_file import load_manifest
from rehearsal.slack.sandbox import SlackSandbox

_NO_TRANSPORT = (
    "Socket Mode is off and the manifest names no request_url on this machine: nothing can be delivered."
)


async def run_slack(
    port: int,
    manifest_path: Path,
    on_ready: Callable[[], None] | None = None,
    *,
    env_file: Path | None = None,
) -> None:
    """Serves until interrupted or terminated. Prints addresses, tokens and people, then calls `on_ready`.

    `env_file` is written for whoever starts an app on it: the address and the tokens as variables.

    Raises ManifestError for a manifest that Slack would not install, OSError when the port is taken.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    slack = SlackSandbox(load_manifest(manifest_path))
    try:
        await slack.start(port)
        populate(slack)
        _print(slack)
        if env_file is not None:
            write_env(env_file, _variables(slack))
        if on_ready is not None:
            on_ready()
        await stopped.wait()
    finally:
        await slack.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def populate(slack: SlackSandbox) -> None:
    """People of every sort, and channels of every sort."""
    anna, ben = slack.add_person("anna", tz="Europe/Vienna"), slack.add_person("ben", admin=True)
    guest = slack.add_person("gina", multi_channel_guest=True)
    narrow_guest = slack.add_person("gus", single_channel_guest=True)
    partner = slack.add_person("petra", foreign=True)
    slack.add_person("stan", stranger=True)
    slack.add_person("dora", deactivated=True)
    slack.add_person("otherbot", bot=True)
    slack.add_person("uma", email_confirmed=False)
    slack.add_channel("general", members=[anna, ben, guest])
    slack.add_channel("approvals", private=True, members=[anna, ben, narrow_guest])
    slack.add_channel("escalations", private=True, members=[anna, ben])
    slack.add_channel("gatehouse-audit", private=True, members=[anna, ben])
    slack.add_channel("partners", members=[anna, partner], shared=True)
    slack.add_channel("no-bot", members=[anna, ben], bot_member=False)
    archived = slack.add_channel("old-times", members=[anna])
    slack.changes.archive(archived, by=ben)
    slack.add_user_group("approvers", [anna, ben])


def _variables(slack: SlackSandbox) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.base_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
    }


def _print(slack: SlackSandbox) -> None:
    lines = [
        f"api       {slack.base_url}",
        f"page      {slack.origin}/",
        f"control   {slack.origin}/_sandbox/state",
        f"bot       {slack.bot_token}",
        f"app       {slack.app_token}",
        f"secret    {slack.signing_secret}",
        f"team      {slack.team_id}",
    ]
    people = slack.workspace.people.values()
    lines += [f"person    {person.id} {person.name} <{person.email}>" for person in people]
    channels = (channel for channel in slack.workspace.channels.values() if channel.kind != "im")
    lines += [f"channel   {channel.id} #{channel.name}" for channel in channels]
    groups = slack.workspace.user_groups.values()
    lines += [f"group     {group.id} @{group.handle}" for group in groups]
    if not slack.manifest.socket_mode and not slack.manifest.events_url:
        lines.append(f"note      {_NO_TRANSPORT}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
