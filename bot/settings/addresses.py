"""Addresses that are safe to send a token to. Each function returns the address, tidied, or raises
ValueError in words."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

REDIS_SCHEMES = ("redis", "rediss", "unix")
"""What the client understands: TCP, TCP with TLS, a local socket."""
SENTINEL_SCHEMES = ("redis+sentinel", "rediss+sentinel")
"""A Sentinel group: several hosts, then the name of the service."""


def portal_address(value: str) -> str:
    """The portal API's base, without a slash at the end. Empty stays empty."""
    if not value:
        return ""
    parts = _web(value, "https://portalapi.<instance>.threatlocker.com/portalapi")
    path = parts.path.rstrip("/")
    if not path.lower().endswith("/portalapi"):
        raise ValueError(f"it must end in /portalapi; write {parts.scheme}://{parts.netloc}{path}/portalapi")
    return f"{parts.scheme}://{parts.netloc}{path}"


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


def redis_address(value: SecretStr) -> SecretStr:
    """A server address for the ledger. It may hold a password, so no message repeats it."""
    text = value.get_secret_value()
    if not text:
        return value
    if not (_is_one_server(text) or _is_sentinel_group(text)):
        raise ValueError(
            "this is no server address; write redis://host:6379/0, rediss://:password@host:6380/0, "
            "unix:///path/to.sock or redis+sentinel://host:26379,host:26379/service/0"
        )
    return value


def _is_one_server(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    place = parts.path if parts.scheme == "unix" else parts.hostname
    return parts.scheme in REDIS_SCHEMES and bool(place)


def _is_sentinel_group(text: str) -> bool:
    parts = urlsplit(text)
    hosts = parts.netloc.rpartition("@")[2]
    return parts.scheme in SENTINEL_SCHEMES and all(hosts.split(",")) and bool(parts.path.strip("/"))


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, so that nothing crosses a network."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("http would send the token in the clear; use https (http only for this machine)")
    return parts
