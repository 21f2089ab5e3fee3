"""What the app manifest settles: scopes, events, commands and where HTTP deliveries go.

The names of scopes and events are those that Slack's own SDK types list for manifests (July 2026).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.slack.errors import ManifestError
from rehearsal.slack.manifest_names import BOT_EVENTS, BOT_SCOPES


@dataclass(frozen=True)
class Command:
    """A slash command as the manifest registers it."""

    name: str
    should_escape: bool
    url: str
    description: str = ""
    usage_hint: str = ""


@dataclass(frozen=True)
class Manifest:
    """The installed app, as Slack's server remembers it."""

    name: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: Mapping[str, Command]
    socket_mode: bool
    interactive: bool
    home_tab: bool
    messages_tab: bool
    messages_read_only: bool
    events_url: str
    interactivity_url: str
    options_url: str


def parse_manifest(raw: Mapping[str, Any]) -> Manifest:
    """The manifest as the stand-in uses it; raises ManifestError for names that Slack does not know."""
    features, settings = _part(raw, "features"), _part(raw, "settings")
    scopes = _names(_part(_part(raw, "oauth_config"), "scopes"), "bot", BOT_SCOPES, "bot scope")
    subscriptions = _part(settings, "event_subscriptions")
    interactivity, home = _part(settings, "interactivity"), _part(features, "app_home")
    commands = _commands(features.get("slash_commands") or [])
    if commands and "commands" not in scopes:
        raise ManifestError(
            "features.slash_commands needs the bot scope 'commands'; add it to oauth_config.scopes.bot."
        )
    return Manifest(
        name=str(_part(raw, "display_information").get("name") or "App"),
        scopes=scopes,
        events=_names(subscriptions, "bot_events", BOT_EVENTS, "event"),
        commands=commands,
        socket_mode=bool(settings.get("socket_mode_enabled")),
        interactive=bool(interactivity.get("is_enabled")),
        home_tab=bool(home.get("home_tab_enabled")),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        messages_read_only=bool(home.get("messages_tab_read_only_enabled")),
        events_url=str(subscriptions.get("request_url") or ""),
        interactivity_url=str(interactivity.get("request_url") or ""),
        options_url=str(
            interactivity.get("message_menu_options_url") or interactivity.get("request_url") or ""
        ),
    )


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = raw.get(name) or {}
    if not isinstance(part, Mapping):
        raise ManifestError(f"{name} must be a mapping in the manifest, not {type(part).__name__}.")
    return part


def _names(part: Mapping[str, Any], key: str, known: frozenset[str], what: str) -> frozenset[str]:
    names = part.get(key) or []
    unknown = sorted(set(names) - known)
    if unknown:
        raise ManifestError(f"Slack knows no {what} named {', '.join(unknown)}; correct the list '{key}'.")
    return frozenset(names)


def _commands(raw: list[Mapping[str, Any]]) -> dict[str, Command]:
    commands = {}
    for entry in raw:
        name = str(entry.get("command", ""))
        if not name.startswith("/") or not 2 <= len(name) <= 32:
            raise ManifestError(f"Slash command {name!r} must start with / and have 2 to 32 characters.")
        commands[name] = Command(
            name,
            bool(entry.get("should_escape")),
            str(entry.get("url") or ""),
            str(entry.get("description") or ""),
            str(entry.get("usage_hint") or ""),
        )
    return commands
