"""Modals and Home tabs: what each person has open, and the rules of opening, pushing and updating."""

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from rehearsal.slack.block_checks import Surface
from rehearsal.slack.block_kit import check_view
from rehearsal.slack.errors import Json, PersonError, SlackError
from rehearsal.slack.filling import fill_in_ids
from rehearsal.slack.identifiers import random_word
from rehearsal.slack.input_state import Values, initial_values
from rehearsal.slack.workspace import Workspace

# docs.slack.dev/surfaces/modals: up to three views in a stack.
STACK_MOST = 3


@dataclass
class View:
    """One view, as the app sent it, with what the person has entered."""

    id: str
    user_id: str
    body: Json
    root_id: str
    previous_id: str | None
    hash: str = ""
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        """The app's own name for the view, unique in the workspace; empty when it gave none."""
        return str(self.body.get("external_id") or "")


class Views:
    """The stacks of modals and the Home tabs, by person."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stacks: dict[str, list[View]] = defaultdict(list)
        self._homes: dict[str, View] = {}

    def stack(self, user_id: str) -> list[View]:
        """The person's open modals, the visible one last."""
        return list(self._stacks[user_id])

    def home(self, user_id: str) -> View | None:
        """The person's Home tab, if the app published one."""
        return self._homes.get(user_id)

    def find(self, view_id: str) -> View | None:
        """An open modal or a Home tab by its id."""
        everywhere = [view for stack in self._stacks.values() for view in stack] + list(self._homes.values())
        return next((view for view in everywhere if view.id == view_id), None)

    def open_for(self, user_id: str, view_id: str) -> View:
        """The visible modal or Home tab that this person has in front; raises PersonError otherwise."""
        view = self.find(view_id)
        if view is None or view.user_id != user_id:
            raise PersonError(f"View {view_id!r} is not open for {user_id}.")
        stack = self._stacks[user_id]
        if view in stack and view is not stack[-1]:
            raise PersonError(f"View {view_id!r} is covered by {stack[-1].id!r}.")
        return view

    def open(self, user_id: str, body: Any) -> View:
        """Opens a modal as a new stack; what was open before is replaced."""
        check_view(body, "modal")
        self._check_external_id(body, None)
        view = self._make(user_id, body, None)
        self._stacks[user_id] = [view]
        return self._noted("view_opened", view)

    def push(self, user_id: str, body: Any) -> View:
        """Lays a modal over the person's visible one."""
        check_view(body, "modal")
        stack = self._stacks[user_id]
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= STACK_MOST:
            raise SlackError("push_limit_reached")
        self._check_external_id(body, None)
        view = self._make(user_id, body, stack[-1])
        stack.append(view)
        return self._noted("view_pushed", view)

    def update(self, view: View | None, body: Any, given_hash: str) -> View:
        """Replaces a view's content; what was entered in inputs that stay is kept."""
        if view is None:
            raise SlackError("not_found")
        self._check_hash(view, given_hash)
        surface: Surface = "home" if view.body["type"] == "home" else "modal"
        check_view(body, surface)
        self._check_external_id(body, view)
        self._fill(view, body)
        return self._noted("view_updated", view)

    def by_name(self, view_id: str, external_id: str) -> View | None:
        """The open view that `view_id` or `external_id` names."""
        everywhere = [view for stack in self._stacks.values() for view in stack] + list(self._homes.values())
        if view_id:
            return self.find(view_id)
        return next((view for view in everywhere if external_id and view.external_id == external_id), None)

    def publish(self, user_id: str, body: Any, given_hash: str) -> View:
        """Sets a person's Home tab."""
        check_view(body, "home")
        view = self._homes.get(user_id)
        if view is None:
            view = self._homes[user_id] = self._make(user_id, body, None)
        else:
            self._check_hash(view, given_hash)
            self._fill(view, body)
        return self._noted("home_published", view)

    def close(self, view: View, *, whole_stack: bool) -> None:
        """Takes the visible view, or the whole stack, off the person's screen."""
        stack = self._stacks[view.user_id]
        if whole_stack:
            stack.clear()
        elif view in stack:
            stack.remove(view)
        self._workspace.note("view_closed", user=view.user_id, view=view.id, whole_stack=whole_stack)

    def show_errors(self, view: View, errors: dict[str, str]) -> None:
        """Marks blocks with the app's words; the view stays open."""
        view.errors = dict(errors)
        self._workspace.note("view_errors", user=view.user_id, view=view.id, errors=view.errors)

    def wire(self, view: View) -> Json:
        """The view object of payloads and answers."""
        body = dict.fromkeys(("title", "close", "submit")) | view.body
        return body | {
            "id": view.id,
            "team_id": self._workspace.team_id,
            "hash": view.hash,
            "state": {"values": copy.deepcopy(view.values)},
            "previous_view_id": view.previous_id,
            "root_view_id": view.root_id,
            "app_id": self._workspace.app_id,
            "app_installed_team_id": self._workspace.team_id,
            "bot_id": self._workspace.bot_id,
        }

    def _make(self, user_id: str, body: Json, previous: View | None) -> View:
        view_id = self._workspace.ids.next("V")
        root_id, previous_id = (previous.root_id, previous.id) if previous else (view_id, None)
        view = View(view_id, user_id, {}, root_id, previous_id)
        self._fill(view, body)
        return view

    def _fill(self, view: View, body: Json) -> None:
        defaults: Json = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
        }
        blocks = fill_in_ids(body["blocks"])
        fresh = initial_values(blocks)
        for block_id, actions in fresh.items():
            for action_id, state in actions.items():
                before = view.values.get(block_id, {}).get(action_id)
                actions[action_id] = before if before and before["type"] == state["type"] else state
        view.body = defaults | body | {"blocks": blocks}
        view.values, view.errors = fresh, {}
        view.hash = f"{int(self._workspace.clock.time())}.{random_word(8)}"

    def _check_external_id(self, body: Json, own: View | None) -> None:
        taken = self.by_name("", str(body.get("external_id") or ""))
        if taken is not None and taken is not own:
            raise SlackError("duplicate_external_id")

    def _check_hash(self, view: View, given_hash: str) -> None:
        if given_hash and given_hash != view.hash:
            raise SlackError("hash_conflict")

    def _noted(self, kind: str, view: View) -> View:
        self._workspace.note(kind, user=view.user_id, view=view.id)
        return view
