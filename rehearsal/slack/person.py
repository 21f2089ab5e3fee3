"""A person of the workspace at work: sees, clicks, types and submits as Slack's client lets them."""

import re
from typing import Any

from rehearsal.slack import payloads
from rehearsal.slack.channels import Channel, Message
from rehearsal.slack.client_view import client_view, history
from rehearsal.slack.deliveries import Delivery
from rehearsal.slack.errors import Json, PersonError
from rehearsal.slack.events import send_event
from rehearsal.slack.input_state import STATEFUL, choose, chosen
from rehearsal.slack.installation import Installation
from rehearsal.slack.modal import answer_submission, enter, submission
from rehearsal.slack.payloads import Spot
from rehearsal.slack.people import PersonRecord
from rehearsal.slack.responses import respond_to_command
from rehearsal.slack.views import View


class Person:
    """The hands and eyes of one account.

    Deactivated accounts and bots have no client; `signed_in=True` stands for a session that outlives a
    deactivation, or for a payload that claims to come from a bot.
    """

    def __init__(
        self, installation: Installation, record: PersonRecord, *, signed_in: bool | None = None
    ) -> None:
        self._installation = installation
        self._workspace = installation.workspace
        self.record = record
        self._signed_in = signed_in

    @property
    def id(self) -> str:
        """The user id."""
        return self.record.id

    # What they see

    def sees(self, channel: str) -> list[Json]:
        """A channel's messages as this person sees them, oldest first; whispers are marked `ephemeral`."""
        place = self._visible_channel(channel)
        shown = [message.wire() for message in place.messages.values()]
        whispers = [
            message.wire() | {"ephemeral": True} for message in self._workspace.whispers(place.id, self.id)
        ]
        return sorted(shown + whispers, key=lambda message: float(message["ts"]))

    def dms(self) -> list[Json]:
        """The messages of the direct message with the app, oldest first."""
        for channel in self._workspace.channels.values():
            if channel.kind == "im" and self.id in channel.members:
                return self.sees(channel.id)
        return []

    def views(self) -> list[Json]:
        """The open modals, the visible one last, each with the `errors` that it shows."""
        self._check_session()
        return [self._shown(view) for view in self._installation.views.stack(self.id)]

    def home(self) -> Json | None:
        """The Home tab, or None when the app has not published one."""
        view = self._installation.views.home(self.id)
        return None if view is None else self._shown(view)

    def client(self) -> Json:
        """What this person's client knows at first sight: themselves, places, people, commands."""
        return client_view(self._installation, self.record)

    def history(self, channel: str, before: str = "", limit: str = "60") -> Json:
        """The newest messages of a channel without those in threads, or the ones before a timestamp."""
        place = self._visible_channel(channel)
        return history(place, self.sees(channel), before, int(limit))

    def thread(self, channel: str, ts: str) -> Json:
        """A thread's first message and its replies, oldest first."""
        shown = self.sees(channel)
        return {"messages": [message for message in shown if ts in (message["ts"], message.get("thread_ts"))]}

    def _shown(self, view: View) -> Json:
        return self._installation.views.wire(view) | {"errors": dict(view.errors)}

    # What they do in messages

    async def click(
        self,
        channel: str,
        ts: str,
        action_id: str,
        block_id: str | None = None,
        value: str | None = None,
        *,
        confirm: bool = True,
    ) -> Delivery:
        """Presses a button of a message; with `confirm=False` the person backs out of a confirm dialog."""
        return self._press(self._message_spot(channel, ts), action_id, block_id, value, confirm=confirm)

    async def choose(
        self,
        channel: str,
        ts: str,
        action_id: str,
        value: Any,
        block_id: str | None = None,
        *,
        confirm: bool = True,
        offered: list[Json] | None = None,
    ) -> Delivery:
        """Chooses in a message's overflow, select, checkbox or picker; options are named by their value."""
        spot = self._message_spot(channel, ts)
        return self._choose(spot, action_id, value, block_id, confirm=confirm, offered=offered)

    # What they do in modals and on the Home tab

    async def click_in(
        self,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        value: str | None = None,
        *,
        confirm: bool = True,
    ) -> Delivery:
        """Presses a button in the visible modal or on the Home tab."""
        return self._press(self._view_spot(view_id), action_id, block_id, value, confirm=confirm)

    async def choose_in(
        self,
        view_id: str,
        action_id: str,
        value: Any,
        block_id: str | None = None,
        *,
        confirm: bool = True,
        offered: list[Json] | None = None,
    ) -> Delivery:
        """Chooses in a modal or on the Home tab where the app hears of it at once."""
        spot = self._view_spot(view_id)
        return self._choose(spot, action_id, value, block_id, confirm=confirm, offered=offered)

    async def suggest(
        self, view_id: str, action_id: str, typed: str, block_id: str | None = None
    ) -> Delivery:
        """Types into an external select of a view; the app's options are in the delivery's response."""
        spot = self._view_spot(view_id)
        block, element = payloads.find_element(spot, action_id, block_id, None)
        return self._suggest(spot, block, element, typed)

    async def suggest_in_message(
        self, channel: str, ts: str, action_id: str, typed: str, block_id: str | None = None
    ) -> Delivery:
        """Types into an external select of a message; the app's options are in the delivery's response."""
        spot = self._message_spot(channel, ts)
        block, element = payloads.find_element(spot, action_id, block_id, None)
        return self._suggest(spot, block, element, typed)

    async def fill(self, view_id: str, values: dict[str, dict[str, Any]]) -> None:
        """Types and chooses in a modal's inputs, without submitting."""
        enter(self._modal(view_id), values)

    async def submit(self, view_id: str, values: dict[str, dict[str, Any]] | None = None) -> Delivery:
        """Fills in and submits the visible modal; raises InputError where Slack's client would not send it."""
        view = self._modal(view_id)
        enter(view, values or {})
        payload = submission(self._installation, self.record, view)
        return self._installation.dispatcher.send(
            "interactive", payload, lambda response: answer_submission(self._installation, view, response)
        )

    async def close_view(self, view_id: str, *, whole_stack: bool = False) -> Delivery | None:
        """Closes the visible modal; the app hears of it only with `notify_on_close`."""
        view = self._modal(view_id)
        payload = payloads.base(self._installation, self.record, "view_closed")
        payload |= {"view": self._installation.views.wire(view), "is_cleared": whole_stack}
        self._installation.views.close(view, whole_stack=whole_stack or bool(view.body["clear_on_close"]))
        if not view.body["notify_on_close"]:
            return None
        return self._installation.dispatcher.send("interactive", payload)

    # Commands, messages, Home

    async def command(self, channel: str, name: str, text: str = "") -> Delivery:
        """Types a slash command into a channel's composer."""
        self._check_session()
        place = self._visible_channel(channel)
        known = self._installation.manifest.commands.get(name)
        if known is None:
            raise PersonError(
                f"{name} is not a valid command. Known: {sorted(self._installation.manifest.commands)}."
            )
        if place.archived:
            raise PersonError(f"#{place.name} is archived; there is no composer.")
        path = self._installation.response_urls.issue("commands", place.id, self.id)
        shown = self._escaped(text) if known.should_escape else text
        payload = payloads.command(
            self._installation, self.record, place, name=name, text=shown.strip(), response_path=path
        )
        url = self._installation.response_urls.peek(path)
        return self._installation.dispatcher.send(
            "slash_commands", payload, lambda response: respond_to_command(self._installation, url, response)
        )

    async def say(self, channel: str, text: str, thread_ts: str = "") -> str:
        """Writes a message and returns its timestamp."""
        self._check_session()
        place = self._visible_channel(channel)
        if self.id not in place.members:
            raise PersonError(f"{self.record.name} must join #{place.name} to write there.")
        if place.archived or (place.kind == "im" and self._installation.manifest.messages_read_only):
            raise PersonError(f"Nobody can write in {place.name}.")
        message = Message(self._workspace.next_ts(), self.id, text, self.record.team_id, thread_ts=thread_ts)
        self._workspace.post(place, message)
        self._mention(place, message)
        return message.ts

    async def open_home(self) -> Delivery | None:
        """Opens the app's Home tab; None when the app does not listen to `app_home_opened`."""
        self._check_session()
        if not self._installation.manifest.home_tab:
            raise PersonError("The app has no Home tab; the manifest switches it off.")
        channel = self._workspace.direct_message(self.id)
        event: Json = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": channel.id,
            "tab": "home",
            "event_ts": self._workspace.next_ts(),
        }
        view = self._installation.views.home(self.id)
        if view is not None:
            event["view"] = self._installation.views.wire(view)
        return send_event(self._installation, "app_home_opened", event, channel)

    # How it works inside

    def _press(
        self, spot: Spot, action_id: str, block_id: str | None, value: str | None, *, confirm: bool
    ) -> Delivery:
        block, element = payloads.find_element(spot, action_id, block_id, value)
        if element["type"] not in {"button", "workflow_button", "icon_button"}:
            raise PersonError(f"{action_id!r} is a {element['type']}, not a button; use choose.")
        action = {"type": element["type"], "text": element["text"]}
        action |= {name: element[name] for name in ("value", "style", "url") if name in element}
        return self._act(spot, block, element, action, confirm=confirm)

    def _choose(
        self,
        spot: Spot,
        action_id: str,
        value: Any,
        block_id: str | None,
        *,
        confirm: bool,
        offered: list[Json] | None,
    ) -> Delivery:
        block, element = payloads.find_element(spot, action_id, block_id, None)
        if element["type"] not in STATEFUL:
            raise PersonError(f"{action_id!r} is a {element['type']}; use click.")
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise PersonError(
                f"{action_id!r} is an input that tells nothing before it is submitted; use fill."
            )
        state = choose(element, value, offered)
        if element["type"] != "overflow":
            self._remember(spot, block, element, state)
        if chosen(state) is None and element["type"] in {"overflow", "static_select", "radio_buttons"}:
            raise PersonError(f"Nothing was chosen in {action_id!r}.")
        return self._act(spot, block, element, state, confirm=confirm)

    def _remember(self, spot: Spot, block: Json, element: Json, state: Json) -> None:
        if spot.view is not None:
            spot.view.values[block["block_id"]][element["action_id"]] = state
        else:
            values = payloads.message_values(self._installation, self.record, spot)
            values[block["block_id"]][element["action_id"]] = state

    def _act(self, spot: Spot, block: Json, element: Json, action: Json, *, confirm: bool) -> Delivery:
        if not self._installation.manifest.interactive:
            raise PersonError("This app is not configured to handle interactive responses.")
        dialog = element.get("confirm")
        if dialog is not None and not confirm:
            delivery = Delivery(self._workspace.ids.next("DL"), "interactive", {}, confirm=dialog)
            delivery.settle("dismissed")
            self._workspace.note("confirm_dismissed", user=self.id, action=element["action_id"])
            return delivery
        ids = {"action_id": element["action_id"], "block_id": block["block_id"]}
        action = action | ids | {"action_ts": self._workspace.next_ts()}
        payload = payloads.block_actions(self._installation, self.record, spot, action)
        delivery = self._installation.dispatcher.send("interactive", payload)
        delivery.confirm = dialog
        return delivery

    def _suggest(self, spot: Spot, block: Json, element: Json, typed: str) -> Delivery:
        if element["type"] not in {"external_select", "multi_external_select"}:
            raise PersonError(
                f"{element['action_id']!r} is a {element['type']} and asks the app for nothing."
            )
        if len(typed) < element.get("min_query_length", 3):
            raise PersonError(f"Slack asks the app from {element.get('min_query_length', 3)} characters on.")
        payload = payloads.block_actions(self._installation, self.record, spot, {})
        del payload["actions"], payload["trigger_id"]
        ids = {"action_id": element["action_id"], "block_id": block["block_id"], "value": typed}
        payload |= {"type": "block_suggestion", **ids}
        return self._installation.dispatcher.send("interactive", payload)

    def _message_spot(self, channel: str, ts: str) -> Spot:
        self._check_session()
        place = self._visible_channel(channel)
        whispers = self._workspace.whispers(place.id, self.id)
        message = place.messages.get(ts) or next((each for each in whispers if each.ts == ts), None)
        if message is None:
            raise PersonError(f"{self.record.name} sees no message {ts!r} in {place.name}.")
        return Spot(message.blocks, channel=place, message=message)

    def _view_spot(self, view_id: str) -> Spot:
        self._check_session()
        view = self._installation.views.open_for(self.id, view_id)
        return Spot(view.body["blocks"], view=view)

    def _modal(self, view_id: str) -> View:
        self._check_session()
        view = self._installation.views.open_for(self.id, view_id)
        if view.body["type"] != "modal":
            raise PersonError(f"{view_id!r} is a Home tab; it is neither submitted nor closed.")
        return view

    def _visible_channel(self, channel: str) -> Channel:
        place = self._workspace.channel(channel)
        if not self._workspace.sees(self.id, place):
            raise PersonError(f"{self.record.name} cannot see {place.name}.")
        return place

    def _check_session(self) -> None:
        may = not (self.record.deactivated or self.record.bot) if self._signed_in is None else self._signed_in
        if not may:
            raise PersonError(f"{self.record.name} is deactivated or a bot and has no Slack client.")

    def _escaped(self, text: str) -> str:
        """Mentions as `should_escape` delivers them, and Slack's three control characters escaped."""
        safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for person in self._workspace.people.values():
            safe = re.sub(rf"@{re.escape(person.name)}\b", f"<@{person.id}|{person.name}>", safe)
        for channel in self._workspace.channels.values():
            if channel.kind != "im":
                safe = re.sub(
                    rf"#{re.escape(channel.name)}(?![\w-])", f"<#{channel.id}|{channel.name}>", safe
                )
        return safe

    def _mention(self, place: Channel, message: Message) -> None:
        bot_user_id = self._workspace.bot_user_id
        if f"<@{bot_user_id}>" in message.text and bot_user_id in place.members and place.kind != "im":
            event = message.wire() | {"type": "app_mention", "channel": place.id, "event_ts": message.ts}
            send_event(self._installation, "app_mention", event, place)
