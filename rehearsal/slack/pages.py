"""Serves a page that is shipped in the package: a folder of static files, read once, under a strict policy.

No script, style or picture from elsewhere, nothing inline, no frame around it. A name that is not in the folder
is not found: nothing is ever looked up by a path that a caller gives.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from aiohttp import web

from rehearsal.slack.callers import check_caller

WORKSPACE_PAGE = Path(__file__).parent / "page"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


def policy(host: str) -> str:
    """The page's Content-Security-Policy: this very host, no inline script or style, no HTML from strings."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )


def headers(host: str) -> dict[str, str]:
    """What every page of the stand-in says along with its content."""
    return {
        "Content-Security-Policy": policy(host),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }


@cache
def read_folder(folder: Path) -> Mapping[str, bytes]:
    """The folder's files by name; sub-folders are not served."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.suffix in _TYPES}


def add_page(app: web.Application, folder: Path, prefix: str, address: str = "") -> None:
    """Serves a folder below `prefix` (such as `/page`) and, where one is named, its index.html at `address`."""
    files = read_folder(folder)

    async def answer(request: web.Request) -> web.Response:
        check_caller(request)
        name = request.match_info.get("name", "index.html")
        if name not in files:
            raise web.HTTPNotFound(text=f"There is no {name!r} here.")
        kind = _TYPES[Path(name).suffix]
        return web.Response(
            body=files[name],
            content_type=kind,
            charset=None if kind.startswith("image/") else "utf-8",
            headers=headers(request.host),
        )

    app.router.add_get(f"{prefix}/{{name}}", answer)
    if address:
        app.router.add_get(address, answer)
