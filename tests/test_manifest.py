"""What Slack is told about Gatehouse agrees with what the code does, and stays within Slack's limits."""

import ast
import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bot.chat.workspace import NEEDED_SCOPES, WANTED_SCOPES
from handlers.commands import SLASHES, usage_hint
from rehearsal.slack.manifest import parse_manifest
from rehearsal.slack.manifest_names import BOT_EVENTS, BOT_SCOPES

ROOT: Final = Path(__file__).resolve().parent.parent
TEXT: Final = (ROOT / "app_manifest.yml").read_text(encoding="utf-8")
MANIFEST: Final[dict[str, Any]] = yaml.safe_load(TEXT)
SCOPES: Final[list[str]] = MANIFEST["oauth_config"]["scopes"]["bot"]
EVENTS: Final[list[str]] = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
COMMANDS: Final[list[dict[str, Any]]] = MANIFEST["features"]["slash_commands"]

# Slack's method pages: any one of the scopes of a method is enough; an empty set needs none beyond the token.
METHOD_SCOPES: Final[dict[str, set[str]]] = {
    "apps.connections.open": set(),
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.list": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "users.conversations": {"channels:read", "groups:read"},
    "users.info": {"users:read"},
    "users.lookupByEmail": {"users:read.email"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}
OPTIONAL: Final = {"conversations.history"}
"""Only called where an administrator has added the optional history scope."""
METHOD_NAME: Final = re.compile(
    r"(?:api|apps|auth|bookmarks|bots|chat|conversations|dialog|files|pins|reactions|reminders|team|usergroups|users|views)"
    r"(?:\.[a-z][A-Za-z]+)+"
)
FIELD_SCOPES: Final = {"users:read.email": ("bot/chat/identity.py", 'profile.get("email")')}
"""Scopes that open a field of an answer, with the place that reads it."""
# Events that Slack delivers for these subscriptions under another name.
DELIVERED_AS: Final = {"message.channels": "message", "message.groups": "message", "message.im": "message"}


def methods_in(source: str) -> set[str]:
    """Web API methods that a piece of source names: as a text, or as a method of the SDK's client."""
    found: set[str] = set()
    by_attribute = {name.replace(".", "_"): name for name in METHOD_SCOPES}
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and METHOD_NAME.fullmatch(node.value)
        ):
            found.add(node.value)
        elif isinstance(node, ast.Attribute) and node.attr in by_attribute:
            found.add(by_attribute[node.attr])
    return found


def methods_called() -> set[str]:
    """Over everything of ours that speaks to Slack."""
    folders = (
        ROOT / "bot" / "chat",
        ROOT / "bot" / "checkup",
        ROOT / "bot" / "installing",
        ROOT / "handlers",
    )
    files = [file for folder in folders for file in folder.rglob("*.py")] + list((ROOT / "bot").glob("*.py"))
    return {method for file in files for method in methods_in(file.read_text(encoding="utf-8"))}


def test_the_scan_finds_methods_in_both_spellings() -> None:
    source = "await client.call('views.open')\nawait web.chat_postMessage(channel=c)\nx = 'users. info'\n"
    assert methods_in(source) == {"views.open", "chat.postMessage"}


def test_every_method_that_the_code_calls_is_covered_by_a_scope() -> None:
    called = methods_called()
    assert {"chat.postMessage", "users.info", "auth.test"} <= called, (
        "the scan finds less than the bot cannot do without"
    )
    unknown = called - set(METHOD_SCOPES)
    assert unknown == set(), "look their scopes up in Slack's reference and add them here"
    uncovered = {m for m in called - OPTIONAL if METHOD_SCOPES[m] and not METHOD_SCOPES[m] & set(SCOPES)}
    assert uncovered == set()


def test_no_scope_without_a_use() -> None:
    """Least scopes: each one is needed by a method that is called, or by the slash commands."""
    used = {scope for method in methods_called() for scope in METHOD_SCOPES[method]}
    used |= {
        scope
        for scope, (file, reads) in FIELD_SCOPES.items()
        if reads in (ROOT / file).read_text(encoding="utf-8")
    }
    assert set(SCOPES) - used - {"commands"} == set()


def test_the_check_asks_for_exactly_the_scopes_of_the_manifest() -> None:
    assert set(SCOPES) == set(NEEDED_SCOPES) | set(WANTED_SCOPES)


@pytest.mark.parametrize("scope", SCOPES)
def test_every_scope_has_its_why(scope: str) -> None:
    [line] = [line for line in TEXT.splitlines() if re.fullmatch(rf"\s+- {re.escape(scope)}( #.*)?", line)]
    _, _, why = line.partition("# ")
    assert len(why.split()) >= 4, f"{scope} needs a comment on its line that says what for"


def test_the_history_scopes_are_off_but_explained() -> None:
    assert not {scope for scope in SCOPES if scope.endswith(":history")}
    assert re.search(r"^\s+# - channels:history # \w+", TEXT, re.MULTILINE)
    assert re.search(r"^\s+# - groups:history # \w+", TEXT, re.MULTILINE)
    assert not {event for event in EVENTS if event.startswith("message")}, "they need the history scopes"


def test_slack_knows_every_name() -> None:
    assert set(SCOPES) <= BOT_SCOPES
    assert set(EVENTS) <= BOT_EVENTS
    assert len(set(SCOPES)) == len(SCOPES)
    assert len(set(EVENTS)) == len(EVENTS)
    parse_manifest(MANIFEST)


def test_slacks_limits() -> None:
    """Bounds of Slack's manifest schema."""
    about, features = MANIFEST["display_information"], MANIFEST["features"]
    assert 1 <= len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", about["background_color"])
    assert len(features["bot_user"]["display_name"]) <= 80
    assert len(COMMANDS) <= 50
    assert len(SCOPES) <= 255
    assert len(EVENTS) <= 100
    for command in COMMANDS:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
        assert 1 <= len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000


def test_the_settings_of_the_app() -> None:
    settings, features = MANIFEST["settings"], MANIFEST["features"]
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["org_deploy_enabled"] is False
    assert settings["token_rotation_enabled"] is False
    assert features["app_home"]["home_tab_enabled"] is True
    assert all(command["should_escape"] is True for command in COMMANDS)


def routes() -> Any:
    """The front door's registry."""
    if importlib.util.find_spec("handlers.routes") is None:
        pytest.fail("handlers.routes is missing: nothing answers the manifest's commands and events")
    return importlib.import_module("handlers.routes")


def test_commands_agree_with_the_routes() -> None:
    assert {command["command"]: command["usage_hint"] for command in COMMANDS} == {
        slash: usage_hint(slash) for slash in SLASHES
    }
    assert SLASHES.items() <= routes().ROUTES.items()


def test_events_agree_with_the_routes() -> None:
    """An event without a route would be delivered for nothing; a route without its event would never be called."""
    optional = {name for name in routes().EVENTS if name == "message"}
    assert {DELIVERED_AS.get(event, event) for event in EVENTS} == set(routes().EVENTS) - optional
