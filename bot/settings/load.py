"""Reads the environment and `gatehouse.toml` into one frozen `Settings`, or says everything that is wrong."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.models.section import whole_path
from bot.settings.environment import CONFIG_FILE, VARIABLES, read_environment
from bot.settings.errors import SettingsError
from bot.settings.model import Settings
from bot.settings.sentences import sentences
from permissions.plain_text import NotUtf8, text_of

_PATHS = (
    ("access", "file"),
    ("ledger", "data"),
    ("ledger", "server"),
    ("record", "folder"),
    ("record", "syslog_ca"),
    ("fallback", "smtp_ca"),
)
"""Settings that name files: a relative one in `gatehouse.toml` starts at the folder of that file."""


def load(
    config: Path | None = None, *, env_file: Path | None = Path(".env"), files_only: bool = False
) -> Settings:
    """The settings of this installation. `config` overrides GATEHOUSE_CONFIG, which overrides the default
    file.

    `files_only` asks for no secret and no address, so that the configuration can be checked where there are
    none. Raises SettingsError with every fault that was found, not only the first.
    """
    environment = read_environment(env_file)
    file = _whole(config or environment.gatehouse_config or Path(CONFIG_FILE))
    from_file = _read(file)
    from_environment = environment.values()
    problems = _secrets_in(from_file, file)
    merged = _merged(from_file, from_environment)
    named = frozenset((section, key) for section, keys in from_environment.items() for key in keys)
    try:
        settings = Settings.model_validate(merged, by_alias=True, by_name=False)
    except ValidationError as error:
        found = sentences(error, file.name, named)
        raise SettingsError([*problems, *(_with_line(one, file) for one in found)]) from None
    if not files_only:
        problems.extend(_absent(settings, file.name))
    if problems:
        raise SettingsError(problems)
    return settings


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file that settings come from."""

    path: Path
    is_secret: bool


def files_read(config: Path | None = None, *, env_file: Path = Path(".env")) -> tuple[SettingsFile, ...]:
    """The files that `load` reads for the same arguments, as far as they are there."""
    environment = read_environment(env_file)
    file = _whole(config or environment.gatehouse_config or Path(CONFIG_FILE))
    secrets = [env_file, *environment.secret_files()]
    found = [SettingsFile(file, is_secret=False), *(SettingsFile(path, is_secret=True) for path in secrets)]
    return tuple(one for one in found if one.path.exists())


def _whole(file: Path) -> Path:
    try:
        return whole_path(file)
    except ValueError as error:
        raise SettingsError([f"GATEHOUSE_CONFIG: {error}."]) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(text_of(file.read_bytes()))
    except FileNotFoundError:
        remedy = "Copy gatehouse.example.toml to it, make it with `gatehouse init`, or set GATEHOUSE_CONFIG."
        raise SettingsError([f"{file}: there is no such file. {remedy}"]) from None
    except OSError as error:
        raise SettingsError(
            [f"{file}: cannot be read ({error.strerror}). Mend its permissions or its path."]
        ) from None
    except NotUtf8 as error:
        raise SettingsError([f"{file.name}: the file {error}."]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            [f"{file.name}: this is not TOML: {error}. Texts stand in quotes, tables in [brackets]."]
        ) from None
    except ValueError:
        # Python's own limit; its sentence tells programmers how to lift it.
        raise SettingsError(
            [f"{file.name}: a number in it has thousands of digits. Write the one that is meant."]
        ) from None
    except RecursionError:
        raise SettingsError(
            [f"{file.name}: this is not TOML: brackets stand in brackets too deep."]
        ) from None
    _anchor(values, file.resolve().parent)
    return values


def _anchor(values: dict[str, Any], folder: Path) -> None:
    """Make relative file names of the configuration file, and the defaults, independent of the working
    directory."""
    for section, key in _PATHS:
        table = values.setdefault(section, {})
        if not isinstance(table, dict):
            continue
        name = table.get(key, getattr(Settings.model_fields[section].default, key))
        if isinstance(name, (str, Path)) and str(name):
            # A home folder is resolved later, where a name that is none can be told by its key.
            table[key] = str(name) if str(name).startswith("~") else str(folder / name)


def _secrets_in(values: dict[str, Any], file: Path) -> list[str]:
    """Secrets that stand in the file, which is meant to be shared and versioned."""
    return [
        f"{file.name}: [{variable.section}] {variable.key} is a secret and does not belong in this file. "
        f"Remove it, replace the secret, and set {variable.name} or {variable.name}_FILE."
        for variable in VARIABLES
        if variable.secret and variable.key in _table(values, variable.section)
    ]


def _table(values: dict[str, Any], section: str) -> dict[str, Any]:
    table = values.get(section)
    return table if isinstance(table, dict) else {}


def _merged(from_file: dict[str, Any], from_environment: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The file's values with the environment's on top. Required tables exist, so that their keys are
    asked for by name."""
    merged = {"slack": {}, "portal": {}, "routing": {"default": {}}, **from_file}
    if isinstance(merged["routing"], dict):
        merged["routing"] = {"default": {}, **merged["routing"]}
    for section, values in from_environment.items():
        table = merged.get(section, {})
        if isinstance(table, dict):
            merged[section] = {**table, **values}
    return merged


_NAMED = re.compile(r"\[((?:plans|tiers|rotas|away)\.[A-Za-z0-9_-]+)\](?: (\w+))?")
"""A table whose faults are told with their line: a file has many of these, and each many keys that are alike."""


def _with_line(sentence: str, file: Path) -> str:
    """The sentence with the line that it is about, where the file has the table under a heading of its own."""
    told = _NAMED.search(sentence)
    if told is None or not sentence.startswith(f"{file.name}: "):
        return sentence
    lines = text_of(file.read_bytes()).splitlines()
    heading = re.compile(rf"\s*\[\s*{re.escape(told[1])}\s*\]")
    begins = next((number for number, line in enumerate(lines, start=1) if heading.match(line)), None)
    if begins is None:
        return sentence
    own = list(
        takewhile(lambda one: not re.match(r"\s*\[[\w\[]", one[1]), enumerate(lines[begins:], begins + 1))
    )
    quoted = re.search(r'step no\. \d+: ("[^"]+")', sentence)
    # The step itself, in a list of several lines; else the key; else the heading.
    wanted = [quoted[1]] if quoted else []
    wanted += [told[2]] if told[2] else []
    at = next((number for text in wanted for number, line in own if text in line.split("#")[0]), begins)
    return f"{file.name} line {at}: {sentence.removeprefix(f'{file.name}: ')}"


def _absent(settings: Settings, file_name: str) -> list[str]:
    """What running needs and nobody has set."""
    door = "SLACK_APP_TOKEN" if settings.slack.mode == "socket" else "SLACK_SIGNING_SECRET"
    wanted = {
        "SLACK_BOT_TOKEN": settings.slack.bot_token,
        "SLACK_APP_TOKEN": settings.slack.app_token,
        "SLACK_SIGNING_SECRET": settings.slack.signing_secret,
        "PORTAL_TOKEN": settings.portal.token,
    }
    why = {door: f' (mode = "{settings.slack.mode}" needs it)'}
    problems = [
        f"{name} is not set{why.get(name, '')}. Set it, or put it into a file and name that in {name}_FILE."
        for name in ("SLACK_BOT_TOKEN", door, "PORTAL_TOKEN")
        if not wanted[name].get_secret_value()
    ]
    if settings.record.webhook_url and not settings.record.webhook_secret.get_secret_value():
        problems.append(
            "RECORD_WEBHOOK_SECRET is not set: [record] webhook_url could not tell our seals from others. Set it to a "
            "long random text that both sides know."
        )
    if settings.record.ship_to.startswith("http") and not settings.record.ship_secret.get_secret_value():
        problems.append(
            "RECORD_SHIP_SECRET is not set: the collector at [record] ship_to could not tell our events from others. "
            'Set it to the token that the collector gave you, or with ship_auth = "hmac" to a long random text.'
        )
    problems.extend(_absent_of_fallback(settings))
    problems.extend(
        f"ROTA_ICAL_URLS names no address for [rotas.{name}]. Put a line into it: {name} https://..."
        for name, address in settings.calendar_addresses().items()
        if not address
    )
    if not settings.portal.url:
        problems.append(
            f"{file_name}: [portal] url is not set. For example: "
            'url = "https://portalapi.b.threatlocker.com/portalapi", or set PORTAL_URL.'
        )
    return problems


def _absent_of_fallback(settings: Settings) -> list[str]:
    fallback, problems = settings.fallback, []
    if fallback.webhook_url and not fallback.webhook_secret.get_secret_value():
        problems.append(
            "FALLBACK_WEBHOOK_SECRET is not set: [fallback] webhook_url could not tell our calls from others. Set it "
            "to a long random text that both sides know."
        )
    if bool(fallback.smtp_user) != bool(fallback.smtp_password.get_secret_value()):
        problems.append(
            "[fallback] smtp_user and SMTP_PASSWORD belong together: set both, or neither where the mail server asks "
            "for no sign-in."
        )
    return problems
