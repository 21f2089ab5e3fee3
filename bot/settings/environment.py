"""The environment: the only place in Gatehouse that reads it. Secrets also come from files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.models.section import whole_path
from bot.settings.errors import SettingsError
from permissions.plain_text import MARK, NotUtf8, text_of


@dataclass(frozen=True)
class Variable:
    """An environment variable and the setting that it fills."""

    name: str
    section: str
    key: str
    secret: bool = False
    """Read from NAME_FILE and the secrets folder as well, never from `gatehouse.toml`, never shown."""


VARIABLES: Final = (
    Variable("SLACK_BOT_TOKEN", "slack", "bot_token", secret=True),
    Variable("SLACK_APP_TOKEN", "slack", "app_token", secret=True),
    Variable("SLACK_SIGNING_SECRET", "slack", "signing_secret", secret=True),
    Variable("SLACK_API_URL", "slack", "api_url"),
    Variable("PORTAL_URL", "portal", "url"),
    Variable("PORTAL_TOKEN", "portal", "token", secret=True),
    Variable("REDIS_URL", "ledger", "redis_url", secret=True),
    Variable("LEDGER_KEY", "ledger", "key", secret=True),
    Variable("GATEHOUSE_DATA", "ledger", "data"),
    Variable("VALKEY_SERVER", "ledger", "server"),
    Variable("GATEHOUSE_RECORD", "record", "folder"),
    Variable("RECORD_WEBHOOK_SECRET", "record", "webhook_secret", secret=True),
    Variable("ROTA_ICAL_URLS", "ical", "urls", secret=True),
    Variable("RECORD_SHIP_SECRET", "record", "ship_secret", secret=True),
    Variable("FALLBACK_WEBHOOK_SECRET", "fallback", "webhook_secret", secret=True),
    Variable("SMTP_PASSWORD", "fallback", "smtp_password", secret=True),
    Variable("PAGERDUTY_ROUTING_KEY", "fallback", "pagerduty_key", secret=True),
    Variable("OPSGENIE_API_KEY", "fallback", "opsgenie_key", secret=True),
)
"""Plain names are the ones that other tools use for the same thing. A variable overrides `gatehouse.toml`."""

CONFIG_FILE: Final = "gatehouse.toml"
"""In the working directory, unless GATEHOUSE_CONFIG names another file."""


class Environment(BaseSettings):
    """Every variable that Gatehouse knows. An empty one counts as unset."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    slack_bot_token: SecretStr | None = None
    slack_bot_token_file: Path | None = None
    slack_app_token: SecretStr | None = None
    slack_app_token_file: Path | None = None
    slack_signing_secret: SecretStr | None = None
    slack_signing_secret_file: Path | None = None
    slack_api_url: str | None = None
    portal_url: str | None = None
    portal_token: SecretStr | None = None
    portal_token_file: Path | None = None
    redis_url: SecretStr | None = None
    redis_url_file: Path | None = None
    ledger_key: SecretStr | None = None
    ledger_key_file: Path | None = None
    valkey_server: str | None = None
    gatehouse_data: str | None = None
    gatehouse_record: str | None = None
    record_webhook_secret: SecretStr | None = None
    record_webhook_secret_file: Path | None = None
    rota_ical_urls: SecretStr | None = None
    rota_ical_urls_file: Path | None = None
    record_ship_secret: SecretStr | None = None
    record_ship_secret_file: Path | None = None
    fallback_webhook_secret: SecretStr | None = None
    fallback_webhook_secret_file: Path | None = None
    smtp_password: SecretStr | None = None
    smtp_password_file: Path | None = None
    pagerduty_routing_key: SecretStr | None = None
    pagerduty_routing_key_file: Path | None = None
    opsgenie_api_key: SecretStr | None = None
    opsgenie_api_key_file: Path | None = None
    gatehouse_config: Path | None = None
    gatehouse_secrets_dir: Path | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _unmarked(cls, value: object) -> object:
        """Without the byte order mark that a file of the secrets folder may begin with."""
        return value.removeprefix(MARK).strip() if isinstance(value, str) else value

    def values(self) -> dict[str, dict[str, Any]]:
        """What is set, as sections and keys. Raises SettingsError for a secret that is set twice or
        cannot be read."""
        found: dict[str, dict[str, Any]] = {}
        problems: list[str] = []
        for variable in VARIABLES:
            try:
                value = self._value(variable)
            except SettingsError as error:
                problems.extend(error.problems)
                continue
            if value is not None:
                found.setdefault(variable.section, {})[variable.key] = value
        if problems:
            raise SettingsError(problems)
        return found

    def secret_files(self) -> list[Path]:
        """The files that secrets come from, of the secrets folder too."""
        named = (getattr(self, f"{variable.name}_FILE".lower(), None) for variable in VARIABLES)
        folder = self.gatehouse_secrets_dir
        kept = folder.iterdir() if folder is not None and folder.is_dir() else ()
        return [
            *(whole_path(file) for file in named if file is not None),
            *sorted(file for file in kept if file.name.lower() in type(self).model_fields),
        ]

    def _value(self, variable: Variable) -> SecretStr | str | None:
        value: SecretStr | str | None = getattr(self, variable.name.lower())
        file: Path | None = getattr(self, f"{variable.name}_FILE".lower(), None)
        if file is None:
            return value
        if value is not None:
            raise SettingsError(
                [f"{variable.name} and {variable.name}_FILE are both set. Unset one of them."]
            )
        return _secret_in(file, variable.name)


def read_environment(env_file: Path | None = Path(".env")) -> Environment:
    """The environment, over the `.env` file of the working directory, over the secrets folder if one
    is named."""
    _refuse_encodings([env_file] if env_file is not None else [])
    environment = Environment(_env_file=env_file, _env_file_encoding="utf-8-sig")
    folder = environment.gatehouse_secrets_dir
    if folder is None:
        return environment
    if not folder.is_dir():
        raise SettingsError(
            [f"GATEHOUSE_SECRETS_DIR: {folder} is no folder. Name one with a file per variable."]
        )
    _refuse_encodings(file for file in folder.iterdir() if file.name.lower() in Environment.model_fields)
    return Environment(_env_file=env_file, _env_file_encoding="utf-8-sig", _secrets_dir=folder)


@dataclass(frozen=True, slots=True)
class Given:
    """What the environment says already, for whoever makes an installation."""

    values: Mapping[str, str] = field(repr=False)
    """By variable; secrets in the clear."""
    plain: Mapping[str, str] = field(repr=False)
    """The secrets among them that stand in variables or in `.env`."""
    elsewhere: frozenset[str]
    """The secrets that a file of their own holds, or the secrets folder."""

    def value(self, name: str) -> str | None:
        """What a variable says; None where it is not set."""
        return self.values.get(name)


def given_by_environment(env_file: Path | None = Path(".env")) -> Given:
    """What is set. Raises SettingsError as `read_environment` does."""
    environment = read_environment(env_file)
    found = environment.values()
    values: dict[str, str] = {}
    for variable in VARIABLES:
        value = found.get(variable.section, {}).get(variable.key)
        if value is not None:
            values[variable.name] = value.get_secret_value() if isinstance(value, SecretStr) else value
    files = {file.name.upper() for file in environment.secret_files()}
    named = {each.name for each in VARIABLES if getattr(environment, f"{each.name}_FILE".lower(), None)}
    secret = {each.name for each in VARIABLES if each.secret}
    elsewhere = frozenset(secret & (files | named))
    plain = {name: value for name, value in values.items() if name in secret - elsewhere}
    return Given(values, plain, elsewhere)


def _refuse_encodings(files: Iterable[Path]) -> None:
    """Raise SettingsError for files that are read for us and are no UTF-8, and for what is no file.

    A pipe can be read once only, so by them. Who mounts a file that is not there gets a folder of its name.
    """
    problems = []
    for file in files:
        try:
            mode = file.stat().st_mode if os.path.lexists(file) else 0
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISSOCK(mode):
                text_of(file.read_bytes())
        except OSError as error:
            problems.append(f"{file}: cannot be read ({error.strerror}). Mend its permissions or its path.")
        except NotUtf8 as error:
            problems.append(f"{file}: the file {error}.")
    if problems:
        raise SettingsError(problems)


def _secret_in(file: Path, name: str) -> SecretStr:
    try:
        text = text_of(whole_path(file).read_bytes()).strip()
    except OSError as error:
        said = f"{name}_FILE: {file} cannot be read ({error.strerror})."
        raise SettingsError([f"{said} Name a readable file that holds only the secret."]) from None
    except NotUtf8 as error:
        raise SettingsError([f"{name}_FILE: {file} {error}. It may hold only the secret."]) from None
    except ValueError as error:
        raise SettingsError([f"{name}_FILE: {error}."]) from None
    if not text:
        raise SettingsError([f"{name}_FILE: {file} is empty. Put the secret into it, and nothing else."])
    return SecretStr(text)
