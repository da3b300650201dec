"""What the browser fetches by HTTP: modules, files by digest, frames of a decoder.

Only what stands here can be reached: the modules of this package by name, files that a
page has offered, and pictures decoded by a model of the shelf; and the document that
Streamlit draws in.
"""

import hashlib
import json
import threading
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from ae.ui.door.files import file_of

_UI = Path(__file__).parent.parent
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_EARLY = ("anatomy/", "door/", "live/", "pictures/", "surface.js")
_EARLY_STYLES = ("base.css", "controls.css", "door/address.css", "live/live.css", "live/edit.css")
# Modules of Streamlit that every page needs, fetched before they are asked for.
_CHART = "PlotlyChart"
_THEIRS = (_CHART, "BidiComponent", "Button")
_FOREVER = "public, max-age=31536000, immutable"
# Frames of a decoder that may be asked for at once.
_WAITING = threading.BoundedSemaphore(32)


@cache
def modules() -> dict[str, bytes]:
    """Return the modules and styles of this package by path, as ``live/stage.js``."""
    paths = sorted(path for path in _UI.rglob("*") if path.suffix in _TYPES)
    return {path.relative_to(_UI).as_posix(): path.read_bytes() for path in paths}


@cache
def version() -> str:
    """Return what names all modules together: another one whenever one changes."""
    digest = hashlib.sha256()
    for name, content in modules().items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


class _PageName(Convertor[str]):
    """What stands in an address for a page, and for no file; nothing for the first."""

    regex = "[a-z_]*"

    def convert(self, value: str) -> str:
        """Read it."""
        return value

    def to_string(self, value: str) -> str:
        """Write it."""
        return value


register_url_convertor("page", _PageName())


def routes() -> list[Mount | Route]:
    """Return the routes of the app, below its base path."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    above = f"/{base}" if base else ""
    hosts = list(st.get_option("server.allowedHosts")) or ["*"]
    return [
        Route(f"{above}/{{page:page}}", _document),
        Mount(
            f"{above}/door",
            routes=[
                Route("/code/{version}/{name:path}", _module),
                Route("/file/{digest}", _file),
                Route("/frame/{model}/{code}", _frame),
            ],
            # A page of another site must not reach the models on this machine.
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
        ),
    ]


@cache
def _streamlits_document() -> bytes:
    """Return Streamlit's document with our style: by any other way it comes too late.

    What is on screen before the first message is moved aside when the menu comes. Modules that
    most pages need come together, after Streamlit's own, without which nothing begins; otherwise
    each is asked for only when the one that imports it is there. Charts come after the pictures,
    see chart.js.
    """
    static = Path(st.__file__).parent / "static"
    names = {path.name.split(".")[0]: path for path in static.rglob("*.js")}
    theirs = {
        name: f"./{names[name].relative_to(static).as_posix()}" for name in _THEIRS if name in names
    }
    ours = {name: f"./door/code/{version()}/{name}" for name in modules()}
    imports = {}
    if chart := theirs.pop(_CHART, None):
        later = {"./static/": {chart: ours["door/chart.js"]}}
        imports = {"imports": {"plotly-chart": chart}, "scopes": later}
    low = 'fetchpriority="low"'
    head = [
        f'<link rel="modulepreload" href="{address}" {low}>'
        for name, address in ours.items()
        if name.startswith(_EARLY) and name.endswith(".js")
    ]
    head += [
        f'<link rel="preload" as="fetch" crossorigin href="{ours[name]}" {low}>'
        for name in _EARLY_STYLES
    ]
    head += [
        f'<script type="module" crossorigin src="{address}" {low}></script>'
        for address in theirs.values()
    ]
    head.append(f"<style>{modules()['page.css'].decode()}</style>")
    document = (static / "index.html").read_text("utf-8")
    # Before any module, as older browsers want it.
    first = f'<head><script type="importmap">{json.dumps(imports)}</script>'
    document = document.replace("<head>", first, 1)
    return document.replace("</head>", "".join(head) + "</head>", 1).encode()


async def _document(_: Request) -> Response:
    return Response(_streamlits_document(), 200, {"Cache-Control": "no-cache"}, "text/html")


async def _module(request: Request) -> Response:
    name = request.path_params["name"]
    content = modules().get(name)
    if content is None or request.path_params["version"] != version():
        return _refusal(404, "There is no such module; reload the page.")
    return _lasting(content, _TYPES[Path(name).suffix])


async def _file(request: Request) -> Response:
    file = file_of(request.path_params["digest"])
    if file is None:
        return _refusal(404, "This file is no longer here; reload the page.")
    # Named even where there is none: whatever is compressed in passing is so for
    # every visitor anew.
    if not file.compressed:
        return _lasting(file.content, file.media_type, "identity")
    if "deflate" in request.headers.get("accept-encoding", ""):
        return _lasting(file.content, file.media_type, "deflate")
    return _lasting(file.plain(), file.media_type, "identity")


def _frame(request: Request) -> Response:
    """Decode one code: (height, width, channels) bytes, in a thread of its own."""
    # It brings models and NumPy, for which the server need not wait before it answers.
    from ae.ui.door.frames import frame

    name, text = request.path_params["model"], request.path_params["code"]
    if not _WAITING.acquire(blocking=False):
        return _refusal(503, "Too many pictures were asked for at once.")
    try:
        picture = frame(name, text)
    except ValueError as problem:
        return _refusal(400, str(problem))
    finally:
        _WAITING.release()
    headers = {"Cache-Control": "private, max-age=60"}
    return Response(picture, 200, headers, "application/octet-stream")


def _lasting(content: bytes, media_type: str, encoding: str | None = None) -> Response:
    headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff"}
    if encoding is not None:
        headers |= {"Content-Encoding": encoding, "Vary": "Accept-Encoding"}
    return Response(content, 200, headers, media_type)


def _refusal(status: int, words: str) -> Response:
    return PlainTextResponse(words, status, {"Cache-Control": "no-store"})
