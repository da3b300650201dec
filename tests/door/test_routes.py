"""What the browser can fetch by HTTP, and what it cannot."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
import pytest
import streamlit as st
from starlette.applications import Starlette

from ae import models
from ae.images.sheets import to_uint8
from ae.ui.door import files
from ae.ui.door.files import offer
from ae.ui.door.routes import modules, routes, version
from tests.toys import write_toy_denoiser

BASE = Path(files.__file__).parent.parent


@dataclass(frozen=True)
class Answer:
    """What a server says."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def words(self) -> str:
        return self.body.decode()


def ask(path: str, *, host: str = "localhost:8501", accept: str = "") -> Answer:
    """Ask for a path as it stands in a request, percent signs and all."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "surrogateescape"),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", host.encode()), (b"accept-encoding", accept.encode())],
    }

    async def answer() -> None:
        await Starlette(routes=routes())(scope, receive, send)

    # In a thread, for Playwright keeps a loop running in the main one. What a handler
    # does not catch is raised here.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, answer()).result()
    start, *bodies = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    body = b"".join(message.get("body", b"") for message in bodies)
    return Answer(start["status"], headers, body)


def one_sentence(answer: Answer) -> bool:
    words = answer.words
    return words.endswith(".") and 10 < len(words) < 300 and "\n" not in words


@pytest.fixture(autouse=True)
def nothing_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_files", OrderedDict())
    monkeypatch.setattr(files, "_bytes", 0)


# Modules -------------------------------------------------------------------------


def module(name: str, of: str | None = None) -> Answer:
    return ask(f"/door/code/{of or version()}/{name}")


def test_every_module_and_style_is_served_as_it_stands() -> None:
    assert {"live/stage.js", "map/map.css", "door/mount.js"} <= set(modules())
    for name in modules():
        answer = module(name)
        assert answer.status == 200
        assert answer.body == (BASE / name).read_bytes()
        kind = "text/javascript" if name.endswith(".js") else "text/css"
        assert answer.headers["content-type"].split(";")[0] == kind
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "live",
        "live/",
        "live/none.js",
        "live/edit.py",
        "door/routes.py",
        "__init__.py",
        "../ui/live/edit.js",
        "live/../live/edit.js",
        "./live/edit.js",
        "live//edit.js",
        "/live/edit.js",
        "%2e%2e/ui/live/edit.js",
        "live%2f..%2flive/edit.js",
        "live%5cedit.js",
        "live/edit.js%00",
        "live/edit.js/",
        "LIVE/EDIT.JS",
        "..%2f..%2f..%2fapp.py",
        "../../../.streamlit/config.toml",
        "../../../assets/images/icon.png",
        str(BASE / "live" / "edit.js"),
        "/etc/passwd",
        "%ff%fe.js",
    ],
)
def test_nothing_else_is_served_as_a_module(name: str) -> None:
    answer = module(name)
    assert answer.status == 404
    assert one_sentence(answer)
    assert "immutable" not in answer.headers["cache-control"]


def test_modules_of_another_version_are_not_served() -> None:
    for other in ("0" * 16, version()[:-1], "..", "latest"):
        assert module("live/edit.js", other).status == 404


def test_the_version_changes_with_any_module(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(changed: dict[str, bytes]) -> str:
        monkeypatch.setattr("ae.ui.door.routes.modules", lambda: changed)
        return version.__wrapped__()

    one = {"a.js": b"1", "b.js": b"2"}
    others = [{**one, "b.js": b"3"}, {"a.js": b"1"}, {"a.js": b"1b.js", "": b"2"}]
    found = [of(changed) for changed in (one, *others)]
    assert of(one) == found[0]
    assert len(set(found)) == len(found)


# The document --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/latent_map"])
def test_every_page_is_streamlits_document_with_our_style(path: str) -> None:
    answer = ask(path)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert b"./static/js/" in answer.body
    style, _, rest = answer.words.partition("</style></head>")
    assert style.endswith(modules()["page.css"].decode())
    assert "<body>" in rest
    early = re.findall(r'rel="modulepreload" href="\.(/door/code/[^"]+)"', answer.words)
    assert {"mount.js", "sliders.js"} <= {name.rpartition("/")[2] for name in early}
    assert all(ask(name).status == 200 for name in early)


def test_streamlits_chart_is_had_through_ours_and_by_ours_as_it_is() -> None:
    words = ask("/").words
    ((maps, before),) = [
        (json.loads(text), words[: words.index(text)])
        for text in re.findall(r'<script type="importmap">(.*?)</script>', words)
    ]
    assert "module" not in before
    chart = maps["imports"]["plotly-chart"]
    assert (Path(st.__file__).parent / "static" / chart).is_file()
    assert chart not in words.partition("</script>")[2]
    (ours,) = maps["scopes"]["./static/"].values()
    assert ask(ours.removeprefix(".")).body == modules()["door/chart.js"]
    theirs = re.findall(r'<script type="module" crossorigin src="\./([^"]*)"', words)
    assert len(theirs) > 2
    assert all((Path(st.__file__).parent / "static" / each).is_file() for each in theirs)


# Files ---------------------------------------------------------------------------

TEXT = b"much the same, " * 100
NOISE = np.random.default_rng(0).bytes(1000)


def test_a_file_is_what_was_offered_under_its_digest() -> None:
    digest = offer(NOISE, media_type="image/png")
    assert digest == hashlib.sha256(NOISE).hexdigest() == offer(NOISE)
    answer = ask(f"/door/file/{digest}", accept="gzip, deflate, br")
    assert (answer.status, answer.body) == (200, NOISE)
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-encoding"] == "identity"


def test_what_compression_helps_travels_compressed() -> None:
    path = f"/door/file/{offer(TEXT, compress=True)}"
    small = ask(path, accept="gzip, deflate, br")
    assert small.headers["content-encoding"] == "deflate"
    assert small.headers["vary"] == "Accept-Encoding"
    assert zlib.decompress(small.body) == TEXT
    assert len(small.body) < len(TEXT) / 10
    whole = ask(path)
    assert (whole.body, whole.headers["content-encoding"]) == (TEXT, "identity")


def test_what_compression_does_not_help_travels_as_it_is() -> None:
    answer = ask(f"/door/file/{offer(NOISE, compress=True)}", accept="deflate")
    assert (answer.body, answer.headers["content-encoding"]) == (NOISE, "identity")


@pytest.mark.parametrize(
    "digest", ["", "0" * 64, "..", "%2e%2e", "..%2f..%2fapp.py", "x" * 10_000, "%00", "%ff"]
)
def test_what_was_not_offered_is_not_there(digest: str) -> None:
    offer(NOISE)
    answer = ask(f"/door/file/{digest}")
    assert answer.status == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_what_was_offered_longest_ago_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MOST_BYTES", 2500)
    contents = [bytes([n]) * 1000 for n in range(3)]
    digests = [offer(content) for content in contents[:2]]
    offer(contents[0])  # shown again
    digests.append(offer(contents[2]))
    found = [ask(f"/door/file/{digest}").status for digest in digests]
    assert found == [200, 404, 200]
    large = offer(bytes(5000))
    assert ask(f"/door/file/{large}").status == 200, "the newest always stays"
    assert ask(f"/door/file/{digests[2]}").status == 404


# Frames --------------------------------------------------------------------------


def text_of(*numbers: float) -> str:
    raw = np.array(numbers, "<f4").tobytes()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_frame_is_what_the_model_decodes(toy_shelf: Path) -> None:
    assert toy_shelf.is_dir()
    model = models.load("first", models.Autoencoder)
    rng = np.random.default_rng(0)
    draws = rng.normal(0, 2, (8, 3)).tolist()
    codes = np.array([*draws, [0, 0, 0], [1e4, -1e4, 0]], np.float32)
    for code in codes:
        answer = ask(f"/door/frame/first/{text_of(*code)}")
        assert answer.status == 200
        assert answer.body == to_uint8(model.decode(code[None])[0]).tobytes()
        assert answer.headers["content-type"] == "application/octet-stream"


CODE = text_of(0, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        text_of(0, 0),
        text_of(0, 0, 0, 0),
        text_of(0, 0, float("nan")),
        text_of(float("inf"), 0, 0),
        CODE[:-1],
        CODE + "A",
        "%20" + CODE,
        "0,0,0",
        "[0,0,0]",
        "!" * 16,
        "%ff%fe",
        "%00" * 16,
        "\u00e9".encode().hex(),
        "A" * 40_000,
        "A" * 1_000_000,
    ],
)
def test_codes_that_are_none_are_refused_in_a_sentence(toy_shelf: Path, text: str) -> None:
    assert toy_shelf.is_dir()
    answer = ask(f"/door/frame/first/{text}")
    assert answer.status == 400
    assert answer.words == "A code of this model is 3 finite numbers."
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("number", [3e38, -3e38, 1e-45])
def test_finite_numbers_of_any_size_are_answered(toy_shelf: Path, number: float) -> None:
    assert toy_shelf.is_dir()
    answer = ask(f"/door/frame/first/{text_of(number, -number, number)}")
    assert answer.status in (200, 400)
    assert len(answer.body) == 16 if answer.status == 200 else one_sentence(answer)


@pytest.mark.parametrize(
    "name",
    [
        "third",
        "First",
        "..",
        "%2e%2e",
        "first%2f..%2fsecond",
        "..%2fmodels%2ffirst",
        ".%2ffirst",
        "first%00",
        "first%0a",
        "%ff",
        "x" * 10_000,
        "<script>",
    ],
)
def test_models_that_are_not_there_are_refused(toy_shelf: Path, name: str) -> None:
    assert toy_shelf.is_dir()
    answer = ask(f"/door/frame/{name}/{CODE}")
    assert answer.status in (400, 404)
    assert str(toy_shelf) not in answer.words
    assert "<" not in answer.words
    assert "\n" not in answer.words


@pytest.mark.parametrize("name", ["denoiser", "second"])
def test_models_that_cannot_decode_are_refused(toy_shelf: Path, name: str) -> None:
    write_toy_denoiser(toy_shelf / "denoiser", (4, 4, 1))
    (toy_shelf / "second" / "decoder.onnx").write_bytes(b"damaged")
    answer = ask(f"/door/frame/{name}/{CODE}")
    assert answer.status == 400
    assert one_sentence(answer)
    assert str(toy_shelf) not in answer.words


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    room = threading.BoundedSemaphore(1)
    room.acquire()
    monkeypatch.setattr("ae.ui.door.routes._WAITING", room)
    yield
    room.release()


@pytest.mark.usefixtures("no_room")
def test_too_many_frames_at_once_are_refused(toy_shelf: Path) -> None:
    assert toy_shelf.is_dir()
    answer = ask(f"/door/frame/first/{CODE}")
    assert answer.status == 503
    assert one_sentence(answer)


def test_whatever_is_refused_gives_its_place_back(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert toy_shelf.is_dir()
    monkeypatch.setattr("ae.ui.door.routes._WAITING", threading.BoundedSemaphore(1))
    monkeypatch.setattr("ae.ui.door.frames._AT_ONCE", threading.BoundedSemaphore(1))
    for name, text in (("third", CODE), ("first", "?"), ("first", CODE)):
        assert ask(f"/door/frame/{name}/{text}").status != 503
    assert ask(f"/door/frame/first/{CODE}").status == 200


# Where ---------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", ""])
def test_pages_of_other_hosts_get_nothing(toy_shelf: Path, host: str) -> None:
    assert toy_shelf.is_dir()
    paths = (
        f"/door/code/{version()}/live/edit.js",
        f"/door/file/{offer(NOISE)}",
        f"/door/frame/first/{CODE}",
    )
    for path in paths:
        assert ask(path).status == ask(path, host="127.0.0.1:1").status == 200
        assert ask(path, host=host).status == 400


@pytest.mark.parametrize("base", ["explorer", "/explorer/", "deep/explorer"])
def test_all_of_it_lies_below_the_base_path(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    options = {"server.baseUrlPath": base}
    known = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: options.get(name) or known(name))
    path = f"/door/code/{version()}/live/edit.js"
    assert ask(f"/{base.strip('/')}{path}").status == 200
    assert ask(path).status == 404
