"""Where the portal is and how patiently it is asked."""

from dataclasses import dataclass
from ipaddress import ip_address

from pydantic import SecretStr
from yarl import URL

_API_FOLDER = "portalapi"


@dataclass(frozen=True)
class PortalAddress:
    """The portal's address, our token and the limits of a call.

    `base_url` may or may not end in `/portalapi`. `organization_id` is the organization that calls act on
    where they name no other; None: the token's own. Raises ValueError, in words for the operator, for an
    address that would send the token in the clear or a token that cannot travel in a header.
    """

    base_url: str
    token: SecretStr
    organization_id: str | None = None
    # A read is a question of a page or an object; the portal answers in well under a second when it is well.
    read_timeout_s: float = 10
    # A permit makes applications and policies. Longer than a read, so that fewer outcomes stay unknown.
    write_timeout_s: float = 20
    connect_timeout_s: float = 5
    # Our choice, as live clients do: three tries in all.
    max_retries: int = 2
    # A `Retry-After` or back-off longer than this is left to the caller, who will ask again anyway.
    max_wait_s: float = 8
    # Live clients go up to 500 rows a page.
    page_size: int = 200
    # Live clients keep to about ten calls a second; no limit is documented.
    max_concurrent_reads: int = 6
    # A page of 500 requests with their action objects stays well under this; more is not the portal talking.
    max_answer_bytes: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        url = URL(self.base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError(
                f"portal address {self.base_url!r} is no web address; "
                "use the form https://portalapi.<instance>.threatlocker.com/portalapi"
            )
        if url.scheme == "http" and not _is_loopback(url.host):
            raise ValueError(f"portal address {self.base_url!r} would send the token in the clear; use https")
        token = self.token.get_secret_value()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("the portal token is empty or holds blanks or control characters; copy it anew")

    def url_of(self, controller: str, action: str) -> URL:
        """The address of one call."""
        url = URL(self.base_url).with_query(None).with_fragment(None)
        folder = url.path.rstrip("/")
        if not folder.lower().endswith(f"/{_API_FOLDER}"):
            folder = f"{folder}/{_API_FOLDER}"
        return url.with_path(f"{folder}/{controller}/{action}")


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that nothing crosses a network."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
