"""The stand-in as one object: start it, put people into it, act as them, watch what the app does."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from aiohttp import web

from rehearsal.clock import SandboxClock
from rehearsal.slack.changes import Changes
from rehearsal.slack.channels import Channel, Message
from rehearsal.slack.control import Control
from rehearsal.slack.deliveries import Delivery, DeliveryKind, Dispatcher
from rehearsal.slack.errors import Json, PersonError
from rehearsal.slack.events import send_event
from rehearsal.slack.faults import Faults
from rehearsal.slack.feed import Feed
from rehearsal.slack.http_mode import HttpMode
from rehearsal.slack.identifiers import random_digits, random_word
from rehearsal.slack.installation import Installation
from rehearsal.slack.manifest import parse_manifest
from rehearsal.slack.pages import WORKSPACE_PAGE, add_page
from rehearsal.slack.people import PersonRecord, UserGroup
from rehearsal.slack.person import Person
from rehearsal.slack.rate_limits import RateLimits
from rehearsal.slack.responses import answer_response_url
from rehearsal.slack.socket_mode import SocketMode
from rehearsal.slack.triggers import ResponseUrls, Triggers
from rehearsal.slack.views import Views
from rehearsal.slack.web_api import ApiCall, WebApi
from rehearsal.slack.workspace import Workspace

Found = TypeVar("Found")

# What one request to the stand-in may carry; larger than any payload Slack takes.
BODY_BYTES_MOST = 4 * 1024 * 1024


class SlackSandbox:
    """A workspace with one installed app, on a loopback port.

    `manifest` is the parsed app manifest. `request_url` sends all HTTP deliveries to one address instead of
    the manifest's URLs. `rate_limits=False` switches Slack's limits off. `ids`: stands in every id, so that two
    workspaces of the same story have the same ones.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        clock: SandboxClock | None = None,
        *,
        request_url: str = "",
        rate_limits: bool = True,
        ids: str = "",
    ) -> None:
        self.manifest = parse_manifest(manifest)
        self.clock = clock or SandboxClock()
        self.workspace = Workspace(self.clock, self.manifest.name, ids)
        self.bot_token = f"xoxb-{random_digits(12)}-{random_digits(13)}-{random_word(24)}"
        self.app_token = f"xapp-1-{self.workspace.app_id}-{random_digits(13)}-{random_word(64).lower()}"
        self.signing_secret = random_word(32).lower()
        self.faults = Faults()
        self.sockets = SocketMode(self.workspace)
        self.http = HttpMode(self.manifest, self.signing_secret, request_url)
        self.changes = Changes(self.workspace)
        self.installation = self._install(RateLimits(self.clock, enforced=rate_limits))
        self.api = WebApi(self.installation)
        self._runner: web.AppRunner | None = None
        self._origin = ""

    def _install(self, limits: RateLimits) -> Installation:
        workspace = self.workspace
        dispatcher = Dispatcher(workspace, self.faults)
        dispatcher.transport = self.sockets if self.manifest.socket_mode else self.http
        installation = Installation(
            self.manifest,
            workspace,
            Views(workspace),
            Triggers(self.clock),
            ResponseUrls(self.clock, workspace.team_id),
            limits,
            self.faults,
            dispatcher,
            {self.bot_token: "bot", self.app_token: "app"},
            origin=lambda: self._origin,
            socket_link=lambda: self.sockets.link(self._origin.replace("http://", "ws://", 1)),
            open_sockets=lambda: len(self.sockets.connections),
        )

        def announce(subscription: str, event: Json, channel: Channel | None) -> None:
            if self._runner is not None:
                send_event(installation, subscription, event, channel)

        workspace.announce = announce
        return installation

    # Start and stop

    async def start(self, port: int = 0) -> str:
        """Listens on loopback and returns the Web API's base URL, `http://127.0.0.1:PORT/api/`."""
        app = web.Application(client_max_size=BODY_BYTES_MOST)
        app.router.add_route("*", "/api/{method}", self.api.answer)
        app.router.add_get("/link/", self.sockets.accept)
        app.router.add_post("/{kind:actions|commands}/{team}/{number}/{secret}", self._answer_response_url)
        Control(self).add_routes(app)
        add_page(app, WORKSPACE_PAGE, "/page", "/")
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound_port = self._runner.addresses[0][:2]
        self._origin = f"http://{host}:{bound_port}"
        return self.base_url

    def at(self, origin: str) -> None:
        """Lives at an address without listening there: whoever has the object asks `api.answered`."""
        self._origin = origin

    async def close(self) -> None:
        """Stops everything; safe to call twice."""
        await self.installation.dispatcher.close()
        self.api.stop_silences()
        await self.sockets.close()
        await self.http.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer_response_url(self, request: web.Request) -> web.Response:
        return await answer_response_url(self.installation, request)

    @property
    def base_url(self) -> str:
        """The Web API's base URL."""
        return f"{self._origin}/api/"

    @property
    def origin(self) -> str:
        """Scheme, host and port, without a path."""
        return self._origin

    # People, channels, groups

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.workspace.team_id

    @property
    def bot_user_id(self) -> str:
        """The app's user id."""
        return self.workspace.bot_user_id

    def add_person(
        self,
        name: str,
        *,
        real_name: str = "",
        email: str = "",
        admin: bool = False,
        multi_channel_guest: bool = False,
        single_channel_guest: bool = False,
        foreign: bool = False,
        stranger: bool = False,
        team_id: str = "",
        deactivated: bool = False,
        bot: bool = False,
        email_confirmed: bool = True,
        tz: str = "Europe/London",
    ) -> str:
        """Adds an account and returns its user id; without flags an ordinary member.

        `foreign` belongs to the partner organization (or to `team_id`); `stranger` also carries Slack's flag
        for somebody with whom no channel is shared, which Slack does not set for all foreign people.
        """
        if multi_channel_guest and single_channel_guest:
            raise PersonError(f"{name} cannot be both sorts of guest.")
        own = not (foreign or stranger)
        team = team_id or (self.workspace.team_id if own else self.workspace.foreign_team_id)
        person = PersonRecord(
            self.workspace.ids.next("U"),
            name,
            real_name or name.title(),
            email or f"{name}@example.com",
            team,
            admin=admin,
            stranger=stranger,
            deactivated=deactivated,
            bot=bot,
            email_confirmed=email_confirmed,
            tz=tz,
            guest="single_channel"
            if single_channel_guest
            else "multi_channel"
            if multi_channel_guest
            else None,
            bot_id=self.workspace.ids.next("B") if bot else "",
        )
        return self.workspace.add_person(person)

    def add_channel(
        self,
        name: str,
        *,
        private: bool = False,
        members: Iterable[str] = (),
        shared: bool = False,
        bot_member: bool = True,
        purpose: str = "",
    ) -> str:
        """Opens a channel and returns its id. `purpose`: what its members read about it."""
        everybody = [*([self.bot_user_id] if bot_member else []), *members]
        for user_id in everybody:
            self.workspace.person(user_id)
        channel = self.workspace.add_channel(
            name, "private_channel" if private else "public_channel", everybody
        )
        channel.purpose = purpose
        if shared:
            channel.connected_team_ids.append(self.workspace.foreign_team_id)
        return channel.id

    def add_user_group(self, handle: str, members: Iterable[str], name: str = "") -> str:
        """Makes a user group and returns its id."""
        group = UserGroup(self.workspace.ids.next("S"), handle, name or handle, list(members))
        self.workspace.user_groups[group.id] = group
        return group.id

    def as_person(self, user_id: str, *, signed_in: bool | None = None) -> Person:
        """Acts as this person; see `Person` for `signed_in`."""
        return Person(self.installation, self.workspace.person(user_id), signed_in=signed_in)

    # Watching

    @property
    def feed(self) -> Feed:
        """Everything that happens, in order."""
        return self.workspace.feed

    @property
    def deliveries(self) -> list[Delivery]:
        """What was sent to the app, oldest first."""
        return list(self.installation.dispatcher.deliveries)

    @property
    def api_calls(self) -> list[ApiCall]:
        """What the app called, oldest first."""
        return list(self.api.calls)

    def messages(self, channel: str) -> list[Json]:
        """A channel's messages, oldest first, with their metadata; without whispers."""
        found = self.workspace.channel(channel).messages.values()
        return [message.wire(with_metadata=True) for message in found]

    def message(self, channel: str, ts: str) -> Json:
        """One message; raises PersonError when it is not there."""
        found: Message | None = self.workspace.channel(channel).messages.get(ts)
        if found is None:
            raise PersonError(f"No message {ts!r} in {channel}.")
        return found.wire(with_metadata=True)

    def views(self, user_id: str) -> list[Json]:
        """A person's open modals, the visible one last."""
        return self.as_person(user_id, signed_in=True).views()

    def home(self, user_id: str) -> Json | None:
        """A person's Home tab."""
        return self.as_person(user_id, signed_in=True).home()

    async def wait_for(self, predicate: Callable[[], Found | None], timeout: float = 5.0) -> Found:
        """Waits until the predicate is truthy, asking again at every change; returns its answer."""
        return await self.feed.wait_for(predicate, timeout)

    # Steering

    def advance(self, span: timedelta) -> None:
        """Moves the sandbox clock."""
        self.clock.advance(span)
        self.workspace.note("clock_advanced", seconds=span.total_seconds())

    def forge(self, kind: DeliveryKind, payload: Json) -> Delivery:
        """Sends a payload that no person's client made: a replay, or a forgery for the app's guard."""
        return self.installation.dispatcher.send(kind, payload)

    def revoke_token(self, *, revoked: bool = True) -> None:
        """Makes every token answer `token_revoked`, or good again."""
        self.api.revoked = revoked

    def enforce_rate_limits(self, *, enforced: bool) -> None:
        """Switches Slack's rate limits on or off."""
        self.installation.limits.enforced = enforced

    def answer_pings(self, *, answered: bool) -> None:
        """Lets the sockets answer the app's pings, or play dead."""
        self.sockets.answers_pings = answered
