"""The page ``/emulator/``: the pods to look at, and buttons to act on them."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..interface import PREFIX

_FOLDER = Path(__file__).resolve().parent
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    # What users and requests bring is shown as text by the page's own script. Should it ever become markup, it can
    # neither run nor load nor send anything.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def page_routes() -> list[Route]:
    """The routes of the page and of its files."""
    files = sorted(path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
    return [
        Route(PREFIX, lambda _: RedirectResponse(f"{PREFIX}/"), methods=["GET"], name="page"),
        *(_file_route(path) for path in files),
    ]


def _file_route(path: Path) -> Route:
    content = path.read_bytes()
    media_type = f"{_TYPES[path.suffix]}; charset=utf-8"

    def file(_: Request) -> Response:
        return Response(content, headers={**_HEADERS, "content-type": media_type})

    name = "" if path.name == "index.html" else path.name
    return Route(f"{PREFIX}/{name}", file, methods=["GET"], name=path.name)
