"""Addresses that are safe to send a token to. Each function returns the address, tidied, or raises
ValueError in words."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from bot.ledger.address import LedgerAddress, NoAddress, is_this_machine, ledger_address

_SIGN_IN = "https://portal.threatlocker.com"
_LETTERED_INSTANCE = re.compile(r"portalapi\.[a-z]\.threatlocker\.com")
_LEDGER_FORMS = (
    "write redis://host:6379/0, rediss://:password@host:6380/0, unix:///path/to.sock "
    "or redis+sentinel://host:26379,host:26379/service/0"
)


def host_name(value: str) -> str:
    """A host by name or number. What no resolver can be asked for is told here, and not by its codec."""
    try:
        value.encode("idna")
    except UnicodeError:
        raise ValueError("this is no host's name: a part of it is empty, too long or no text") from None
    if not value.isprintable() or any(each in value for each in " /[]@"):
        raise ValueError("this is no host's name or address; write it bare, such as 127.0.0.1 or ::1")
    return value


def portal_address(value: str) -> str:
    """The portal API's base, without a slash at the end. Empty stays empty."""
    if not value:
        return ""
    parts = _web(value, "https://portalapi.<instance>.threatlocker.com/portalapi")
    path = parts.path.rstrip("/")
    if not path.lower().endswith("/portalapi"):
        raise ValueError(f"it must end in /portalapi; write {parts.scheme}://{parts.netloc}{path}/portalapi")
    return f"{parts.scheme}://{parts.netloc}{path}"


def portal_pages(api: str) -> str:
    """Where people sign in to the portal of this API; empty where that is not known.

    The instances of one letter share one sign-in. The named ones (regional, government) may have their own, and no link
    is better than one to somebody else's sign-in.
    """
    host = urlsplit(api).hostname or ""
    return _SIGN_IN if _LETTERED_INSTANCE.fullmatch(host) else ""


def slack_api_address(value: str) -> str:
    """Slack's Web API base, with one slash at the end, as the SDK wants it."""
    parts = _web(value, "https://slack.com/api/")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def web_address(value: str) -> str:
    """A page for people, without a slash at the end. Empty stays empty."""
    if not value:
        return ""
    parts = _web(value, "https://portal.threatlocker.com")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def syslog_address(value: str) -> str:
    """A syslog collector. What it is told is signed and no secret, so it may travel in the clear; `check` warns."""
    if not value:
        return ""
    form = "use the form syslog+tls://host:6514 (or syslog+tcp://, syslog+udp://)"
    try:
        parts = urlsplit(value.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"this is no collector's address; {form}") from None
    if parts.scheme not in ("syslog+tls", "syslog+tcp", "syslog+udp") or not host:
        raise ValueError(f"this is no collector's address; {form}")
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"leave out everything but host and port; {form}")
    host_name(host)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def collector_address(value: str) -> str:
    """Where events go. HTTP is sent a token or a signature, so it is TLS or this machine; syslog has neither."""
    return syslog_address(value) if value.strip().startswith("syslog") else web_address(value)


def redis_address(value: SecretStr) -> SecretStr:
    """A server address for the ledger. It may hold a password, so no message repeats it."""
    text = value.get_secret_value().strip()
    if not text:
        return SecretStr("")
    try:
        address = ledger_address(text)
    except NoAddress as error:
        raise ValueError(f"this is no server address: {error}; {_LEDGER_FORMS}") from None
    if crosses_a_network(address):
        _refuse_the_open(address)
    return SecretStr(text)


_TOKEN = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{20,}")
"""A part of a path that nobody would have typed (our choice)."""


def calendar_address(value: str) -> str:
    """Where a calendar is read from. It may hold a secret, so no message repeats it."""
    form = "use the form https://calendar.example.com/oncall.ics"
    try:
        parts = urlsplit(value.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"this is no web address; {form}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"this is no web address; {form}")
    if parts.username is not None or parts.fragment:
        raise ValueError(f"leave out user name and #; {form}")
    host_name(host)
    if parts.scheme == "http" and not is_this_machine(host):
        raise ValueError("http would let anybody in between say who is called; use https")
    return value.strip()


def holds_a_secret(address: str) -> bool:
    """Whether whoever knows this address may be let in because of it."""
    parts = urlsplit(address)
    return bool(parts.query) or any(_TOKEN.search(each) for each in parts.path.split("/"))


def calendar_addresses(value: SecretStr) -> SecretStr:
    """Names of rotas with their addresses, a line each."""
    for number, line in enumerate(value.get_secret_value().splitlines(), start=1):
        name, _, address = line.strip().partition(" ")
        if not name:
            continue
        if not address.strip():
            raise ValueError(
                f"line {number} holds no name and address; write a line such as: week https://..."
            )
        try:
            calendar_address(address)
        except ValueError as error:
            raise ValueError(f"line {number} ({name}): {error}") from None
    return value


def crosses_a_network(address: LedgerAddress) -> bool:
    """Whether what is said to the server, or to one of the Sentinels, leaves this machine."""
    return not all(is_this_machine(host) for host, _ in address.hosts)


def _refuse_the_open(address: LedgerAddress) -> None:
    """Who can write into the ledger can press in anybody's name: one lock at least, and one that holds."""
    if not address.tls and not address.password:
        raise ValueError(
            "without TLS and without a password, whoever reaches this server can read every request and write "
            "presses in anybody's name; use rediss:// (for a Sentinel group rediss+sentinel://) and a password "
            "(neither is asked for only on this machine)"
        )
    if address.tls and not address.verifies:
        raise ValueError(
            "ssl_cert_reqs=none lets anybody in between pose as the server; leave it out, and name the authority's "
            "certificate in ssl_ca_certs=/path/to/ca.pem"
        )


def _web(value: str, form: str) -> SplitResult:
    """An absolute web address: TLS unless it is this machine, and nothing but scheme, host, port and path."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"this is no web address; use the form {form}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"this is no web address; use the form {form}")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"leave out user name, question mark and #; use the form {form}")
    host_name(host)
    if parts.scheme == "http" and not is_this_machine(host):
        raise ValueError("http would send the token in the clear; use https (http only for this machine)")
    return parts
