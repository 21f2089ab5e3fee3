"""What another process can ask of the stand-in, by name: look, act as a person, change, break, move time."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rehearsal.slack.client_view import person_line
from rehearsal.slack.errors import Json, PersonError

if TYPE_CHECKING:
    from rehearsal.slack.sandbox import SlackSandbox

_LOOKS = ("sees", "dms", "views", "home", "client", "history", "thread")
_ACTIONS = (
    "click",
    "choose",
    "click_in",
    "choose_in",
    "suggest",
    "suggest_in_message",
    "fill",
    "submit",
    "close_view",
    "command",
    "say",
    "open_home",
)
_CHANGES = (
    "archive",
    "unarchive",
    "delete_channel",
    "rename",
    "share",
    "unshare",
    "make_private",
    "join",
    "leave",
    "remove_bot",
    "invite_bot",
    "set_person",
    "set_user_group",
    "delete_message",
)


class Steering:
    """Maps names and JSON arguments to the stand-in's own methods; unknown names are refused."""

    def __init__(self, sandbox: "SlackSandbox") -> None:
        self._sandbox = sandbox

    def state(self) -> Json:
        """The workspace as a page needs it at first sight."""
        sandbox, workspace = self._sandbox, self._sandbox.workspace
        return {
            "base_url": sandbox.base_url,
            "team_id": workspace.team_id,
            "foreign_team_id": workspace.foreign_team_id,
            "app_id": workspace.app_id,
            "app_name": sandbox.manifest.name,
            "bot_user_id": workspace.bot_user_id,
            "bot_token": sandbox.bot_token,
            "app_token": sandbox.app_token,
            "signing_secret": sandbox.signing_secret,
            "commands": sorted(sandbox.manifest.commands),
            "people": [asdict(person) for person in workspace.people.values()],
            "channels": [self._channel(channel_id) for channel_id in workspace.channels],
            "user_groups": [asdict(group) for group in workspace.user_groups.values()],
            "connections": [connection.id for connection in sandbox.sockets.connections],
            "faults": [asdict(fault) for fault in sandbox.faults.armed],
            "rate_limits": sandbox.installation.limits.enforced,
            "now": sandbox.clock.time(),
            "seq": sandbox.feed.seq,
        }

    def _channel(self, channel_id: str) -> Json:
        workspace = self._sandbox.workspace
        channel = workspace.channels[channel_id]
        return channel.wire(workspace.team_id, workspace.bot_user_id) | {"members": list(channel.members)}

    def everybody(self) -> Json:
        """Everybody who has a Slack client, or had one."""
        people = self._sandbox.workspace.people.values()
        own = self._sandbox.team_id
        return {"people": [person_line(person, own) for person in people if not person.bot]}

    def look(self, user_id: str, view: str, arguments: Json) -> Any:
        """What a person sees."""
        signed_in = True if arguments.pop("signed_in", "") == "true" else None
        person = self._sandbox.as_person(user_id, signed_in=signed_in)
        return self._named(view, _LOOKS, person)(**arguments)

    async def act(self, user_id: str, action: str, arguments: Json) -> Any:
        """Lets a person do something; `signed_in` as for `as_person`."""
        person = self._sandbox.as_person(user_id, signed_in=arguments.pop("signed_in", None))
        return await self._named(action, _ACTIONS, person)(**arguments)

    def change(self, name: str, arguments: Json) -> None:
        """Changes the workspace."""
        self._named(name, _CHANGES, self._sandbox.changes)(**arguments)

    def steer(self, thing: str, arguments: Json) -> Json:
        """Adds people, channels and groups; arms faults; moves the clock; switches limits and tokens."""
        sandbox = self._sandbox
        doors: dict[str, Callable[..., Any]] = {
            "people": sandbox.add_person,
            "channels": sandbox.add_channel,
            "groups": sandbox.add_user_group,
            "faults": sandbox.faults.arm,
            "clock": self._advance,
            "rate_limits": sandbox.enforce_rate_limits,
            "token": sandbox.revoke_token,
            "pings": sandbox.answer_pings,
        }
        if thing not in doors:
            raise PersonError(f"There is no {thing!r} here; use one of {', '.join(doors)}.")
        return {"ok": True, "id": doors[thing](**arguments)}

    def _advance(self, advance_s: float) -> None:
        self._sandbox.advance(timedelta(seconds=advance_s))

    @staticmethod
    def _named(name: str, allowed: tuple[str, ...], owner: Any) -> Callable[..., Any]:
        if name not in allowed:
            raise PersonError(f"There is no {name!r} here; use one of {', '.join(allowed)}.")
        found: Callable[..., Any] = getattr(owner, name)
        return found
