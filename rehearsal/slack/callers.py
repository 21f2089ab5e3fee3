"""Who may talk to the stand-in: programs on this machine, and pages that it served itself."""

from aiohttp import web

_LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def check_caller(request: web.Request) -> None:
    """Raises 403 for another Host or Origin: a foreign web page could make somebody's browser send those."""
    host = request.host.rsplit(":", 1)[0]
    origin = request.headers.get("Origin", "")
    if host not in _LOCAL_HOSTS or origin not in {"", f"http://{request.host}"}:
        raise web.HTTPForbidden(
            text="Only programs on this machine and the stand-in's own pages may call this."
        )
