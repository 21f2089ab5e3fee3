"""The ledger's address: every form that it may have is read here, and nowhere else.

    redis://[user:password@]host[:6379][/database]                                       one server
    redis+sentinel://[user:password@]host[:26379][,host...]/service[/database]           a Sentinel group
    rediss://...   rediss+sentinel://...                                                 the same with TLS, everywhere
    unix://[user:password@]/path/to.sock                                                 a socket of this machine

Scheme, host and option names may be written in capital letters, blanks may stand around commas, IPv6 hosts stand in
brackets, and what is special in a name or password is percent-encoded. The client's own reader is not used: it takes a
database that is no number for number 0, and lets an address change time limits that calls here rely on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from urllib.parse import unquote

SERVER_PORT, SENTINEL_PORT = 6379, 26379
"""The ports of Redis and Sentinel, where the address names none."""

_SCHEMES = {  # how the scheme is written: with TLS, a Sentinel group
    "redis": (False, False),
    "rediss": (True, False),
    "redis+sentinel": (False, True),
    "rediss+sentinel": (True, True),
    "unix": (False, False),
}
_TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")
_SENTINEL_OPTIONS = ("sentinel_username", "sentinel_password")
_OPTIONS = ("username", "password", "db", *_SENTINEL_OPTIONS, *_TLS_OPTIONS)
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
_SENTINEL_FORM = "a Sentinel address reads redis+sentinel://host:26379,host:26379/service/0"


class NoAddress(ValueError):
    """What is wrong with an address, in words. It may hold a password, so none of its values is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAddress:
    """Where the ledger's server or Sentinel group is, and how to speak to it."""

    hosts: tuple[tuple[str, int], ...] = ()
    """Names and ports: the one server, or every Sentinel. None for a socket of this machine."""
    path: str = ""
    """The socket of this machine."""
    tls: bool = False
    service: str = ""
    """What the Sentinels call the primary; empty for one server."""
    database: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    sentinel_username: str = ""
    sentinel_password: str = field(default="", repr=False)
    tls_options: Mapping[str, str | bool] = field(default_factory=dict)
    """How certificates are given and judged, in the client's words."""

    @property
    def is_group(self) -> bool:
        """A Sentinel group: another server may take over."""
        return bool(self.service)

    @property
    def verifies(self) -> bool:
        """Whether TLS looks whose certificate it is."""
        return self.tls_options.get("ssl_cert_reqs", "required") == "required"


def ledger_address(text: str) -> LedgerAddress:
    """Read an address. Raises `NoAddress` in words, without any part of it that may be secret."""
    scheme, mark, rest = text.strip().partition("://")
    scheme = scheme.strip().lower()
    if not mark or scheme not in _SCHEMES:
        raise NoAddress(f"it does not begin with {', '.join(f'{one}://' for one in _SCHEMES)}")
    if any(ord(character) < ord(" ") for character in rest):
        raise NoAddress("a control character stands in it")
    place, _, query = rest.partition("?")
    if "#" in rest:
        raise NoAddress("a # stands in it; in a name or password write %23")
    tls, is_group = _SCHEMES[scheme]
    options = _options(query, tls=tls, is_group=is_group)
    netloc, slash, path = place.partition("/")
    credentials, _, hosts = netloc.rpartition("@")
    if "@" in path and scheme != "unix":
        raise NoAddress("a / stands before the @; in a name or password write %2F")
    username, password = _credentials(credentials, options)
    common = {
        "tls": tls,
        "username": username,
        "password": password,
        "tls_options": _tls_options(options),
    }
    if scheme == "unix":
        return _socket(hosts, slash + path, options, common)
    service, database = _service(path) if is_group else ("", path.strip("/"))
    if is_group and not (hosts.strip() and service):
        raise NoAddress(f"{_SENTINEL_FORM}; hosts or service are missing")
    return LedgerAddress(
        hosts=_hosts(hosts, is_group=is_group),
        service=service,
        database=_database(database, options),
        sentinel_username=options.get("sentinel_username", ""),
        sentinel_password=options.get("sentinel_password", ""),
        **common,  # type: ignore[arg-type]
    )


def _socket(hosts: str, path: str, options: Mapping[str, str], common: Mapping[str, object]) -> LedgerAddress:
    if hosts.strip() or path in ("", "/"):
        raise NoAddress("the path of a socket begins with a slash and is not empty: unix:///path/to.sock")
    return LedgerAddress(path=unquote(path), database=_database("", options), **common)  # type: ignore[arg-type]


def _options(query: str, *, tls: bool, is_group: bool) -> dict[str, str]:
    """The options behind the question mark. A plus sign is a plus sign: passwords hold some."""
    found: dict[str, str] = {}
    for one in query.split("&") if query.strip() else ():
        name, _, value = one.partition("=")
        name = unquote(name).strip().lower()
        if name not in _OPTIONS:
            raise NoAddress(f"an option is none of {', '.join(_OPTIONS)} (in a password write ? as %3F)")
        if name in found:
            raise NoAddress(f"{name} stands in it twice")
        if name in _TLS_OPTIONS and not tls:
            raise NoAddress(f"{name} needs an address with TLS: rediss:// or rediss+sentinel://")
        if name in _SENTINEL_OPTIONS and not is_group:
            raise NoAddress(f"{name} needs a Sentinel address")
        found[name] = unquote(value)
    return found


def _credentials(text: str, options: Mapping[str, str]) -> tuple[str, str]:
    username, _, password = text.partition(":")
    for name, inside in (("username", username), ("password", password)):
        if inside and name in options:
            raise NoAddress(f"the {name} stands in it twice")
    return options.get("username") or unquote(username), options.get("password") or unquote(password)


def _service(path: str) -> tuple[str, str]:
    service, _, database = path.strip("/").partition("/")
    if "/" in database:
        raise NoAddress(f"{_SENTINEL_FORM}; there is one slash too many")
    return unquote(service).strip(), database


def _database(text: str, options: Mapping[str, str]) -> int:
    named = unquote(text).strip()
    if named and "db" in options:
        raise NoAddress("the database stands in it twice")
    number = named or options.get("db", "").strip() or "0"
    if not (number.isascii() and number.isdigit()):
        raise NoAddress("the database is a number, counted from 0")
    return int(number)


def _hosts(text: str, *, is_group: bool) -> tuple[tuple[str, int], ...]:
    parts = [one.strip() for one in text.split(",")]
    if len(parts) > 1 and not is_group:
        raise NoAddress("several hosts are a Sentinel group: redis+sentinel://host,host/service")
    return tuple(
        _host(one, number, SENTINEL_PORT if is_group else SERVER_PORT) for number, one in enumerate(parts, 1)
    )


def _host(text: str, number: int, default_port: int) -> tuple[str, int]:
    which = f"host no. {number}"
    bracketed, closing, rest = text.partition("]")
    if bracketed.startswith("["):
        host, port = _ipv6(unquote(bracketed[1:]), which), rest
        if not closing or (rest and not rest.startswith(":")):
            raise NoAddress(f"{which} has no closing bracket, or more than a port behind it")
    else:
        host, colon, port = text.partition(":")
        port = colon + port
        host = unquote(host).lower()
        if ":" in port[1:]:
            raise NoAddress(f"{which}: an IPv6 address stands in brackets: [::1]:{default_port}")
        if not _HOST_NAME.fullmatch(host):
            raise NoAddress(f"{which} is no host name" if host else f"{which} is empty")
    return host, _port(port[1:], which) if port else default_port


def _ipv6(text: str, which: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise NoAddress(f"{which}: what stands in brackets is no IPv6 address") from None


def _port(text: str, which: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1 << 16):
        raise NoAddress(f"{which}: the port is a number from 1 to 65535")
    return int(text)


def _tls_options(options: Mapping[str, str]) -> dict[str, str | bool]:
    found: dict[str, str | bool] = {name: options[name] for name in _TLS_OPTIONS if name in options}
    if found.get("ssl_cert_reqs", "required") not in ("required", "none"):
        raise NoAddress("ssl_cert_reqs is required or none")
    if "ssl_check_hostname" in found:
        said = str(found["ssl_check_hostname"]).lower()
        if said not in ("yes", "no", "true", "false", "1", "0"):
            raise NoAddress("ssl_check_hostname is yes or no")
        found["ssl_check_hostname"] = said in ("yes", "true", "1")
    if not found.get("ssl_check_hostname", True) or found.get("ssl_cert_reqs") != "none":
        return found
    # Without a certificate to judge there is no name to compare; the client refuses the two together.
    return found | {"ssl_check_hostname": False}


def is_this_machine(host: str) -> bool:
    """Whether a host name or address is this machine, so that nothing crosses a network."""
    try:
        address = ip_address(host)
    except ValueError:
        return host.lower().removesuffix(".") == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
