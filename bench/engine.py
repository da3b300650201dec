"""How fast the live picture is: decoding in the browser, drags, and the way back.

Prints as JSON, for a headless Chromium: milliseconds per frame of every shipped
decoder, pictures drawn per pointer move and messages sent while a slider is dragged,
and the time from its release until the server's answer stands on the page, as a ratio
to the round trip of an empty fragment on the same page.

``--against DIR``, the folder ``dist`` of the package onnxruntime-web (``npm pack
onnxruntime-web``), measures only frames: every decoder, and one of a hundred million
multiply-adds, in turns by all kernels of the engine and by onnxruntime-web with one thread.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Page, Route

from ae.graph import Layer, LayerGraph, to_safetensors
from ae.graph.onnx_builder import to_onnx
from ae.models import SHIPPED
from ae.ui.door.routes import modules
from bench.browser import chromium
from bench.table import Row
from tests.serving import serving

ROUNDS = 15
MOVES = 60
# What else decodes, what it is called, and what share of its time is promised.
_OTHERS = (
    ("onnxruntime_web", "onnxruntime-web", 0.6),
    ("javascript", "JavaScript kernel", math.inf),
)
_LARGE_MACS = 1_000_000  # of smaller ones nothing is promised
_DRAGGED, _STUTTER_MS = "faces-vae", 8.0
ORIGIN = "http://localhost"  # answered here, by no server
TURNS, FRAMES = 30, 20
DECODE = Path(__file__).with_name("frames.js").read_text("utf-8")
SCRIPT = """
import streamlit as st
from ae import models
from ae.ui.door.routes import routes
from ae.ui.live import Decoder, Slider, latent_sliders

@st.fragment
def live():
    model = models.load("{name}")
    mean, std = model.codes.mean(axis=0), model.codes.std(axis=0)
    sliders = [
        Slider(n, f"Axis {{n}}", step=0.01, scale=float(std[n]), offset=float(mean[n]))
        for n in range(min(6, model.latent_dim))
    ]
    latent_sliders(Decoder.of(model), sliders, mean, key="live", alt="")
    st.session_state["a"] = st.session_state.get("a", 0) + 1
    st.text(f"Live {{st.session_state['a']}}")

@st.fragment
def empty():
    st.button("Go")
    st.session_state["b"] = st.session_state.get("b", 0) + 1
    st.text(f"Empty {{st.session_state['b']}}")

if __name__ == "__main__":
    live()
    empty()
else:
    app = st.App(__file__, routes=routes())
"""
# What every callback of an animation frame takes, in ms.
DRAWING = """
const request = window.requestAnimationFrame.bind(window);
window.drawing = [];
window.requestAnimationFrame = (work) => request((time) => {
  const start = performance.now();
  work(time);
  window.drawing.push(performance.now() - start);
});
"""
# Times from letting go of the mouse to the next text that begins with `word`.
WATCH = """
(word) => {
  const texts = () =>
    [...document.querySelectorAll('[data-testid="stText"]')].map((e) => e.innerText);
  const now = () => texts().find((text) => text.startsWith(word));
  const before = now();
  window.measured = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer: ${word}`)), 30000);
    let start = 0;
    const up = () => (start = performance.now());
    window.addEventListener("pointerup", up, { capture: true, once: true });
    const seen = new MutationObserver(() => {
      if (now() === before || now() === undefined) return;
      seen.disconnect();
      resolve(performance.now() - start);
    });
    const everything = { subtree: true, childList: true, characterData: true };
    seen.observe(document.body, everything);
  });
}
"""


def main() -> None:
    """Measure every shipped decoder alone and in a page; print the result as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--against", type=Path, metavar="DIR", help="dist of onnxruntime-web")
    against: Path | None = parser.parse_args().against
    check_against(against)
    result: dict[str, Any] = {}
    with chromium() as browser:
        result["chromium"] = browser.version
        result |= all_frames(browser, against)
        for name in result if against is None else ():
            if name in decoders():
                result[name] |= dragged(browser, name)
    print(json.dumps(result, indent=1))


def rows(browser: Browser, against: Path | None, *, quick: bool = False) -> list[Row]:
    """Return the lines of the table: of frames the decoder that comes off worst, and of drags."""
    found = []
    frames = all_frames(browser, against, *((5, 4) if quick else (TURNS, FRAMES)))
    for other, title, most in _OTHERS:
        ratios = {
            name: times["engine_ms"] / times[f"{other}_ms"]
            for name, times in frames.items()
            if f"{other}_ms" in times and times["macs"] > _LARGE_MACS
        }
        if ratios:
            worst = max(ratios, key=lambda name: ratios[name])
            middle = statistics.median(ratios.values())
            what = f"frame of {worst} (median of {len(ratios)}: {middle:.2f})"
            here, beside = frames[worst]["engine_ms"], frames[worst][f"{other}_ms"]
            found.append(Row(what, here, "ms", beside, title, most=most))
    drag = dragged(browser, _DRAGGED, 6 if quick else ROUNDS)
    here, beside = drag["release_to_update_ms"], drag["empty_fragment_ms"]
    found.append(Row("release to exact picture", here, "ms", beside, "empty fragment"))
    longest = drag["drawing_longest_ms"]
    why = "It is the longest of hundreds of frames, in which whatever else the cores did counts."
    found.append(
        Row("longest frame of a drag", longest, "ms", most=_STUTTER_MS, of_ratio=False, why=why)
    )
    return found


def check_against(against: Path | None) -> None:
    """End the program where that is no folder of onnxruntime-web."""
    if against is not None and not (against / "ort.wasm.min.mjs").is_file():
        sys.exit(f"{against} is not the folder dist of the package onnxruntime-web.")


def decoders() -> dict[str, Path]:
    """Return the files of the shipped decoders that browsers run, by model."""
    return {file.parent.name: file for file in sorted(SHIPPED.glob("*/decoder.safetensors"))}


def all_frames(
    browser: Browser, against: Path | None, turns: int = TURNS, frames: int = FRAMES
) -> dict[str, Any]:
    """Return ``frame_times`` of every shipped decoder, and of a large one."""
    found = {}
    for name, file in decoders().items():
        onnx = file.with_suffix(".onnx").read_bytes() if against else b""
        found[name] = frame_times(browser, file.read_bytes(), onnx, against, turns, frames)
    graph, weights = large()
    onnx = to_onnx(graph, weights, ("image",)) if against else b""
    content = to_safetensors(graph, weights)
    found["large"] = frame_times(browser, content, onnx, against, turns, frames)
    return found


def dragged(browser: Browser, name: str, rounds: int = ROUNDS) -> dict[str, Any]:
    """Return ``drags`` of a model's sliders on a page of their own."""
    with page_of(SCRIPT.format(name=name)) as address:
        return drags(browser, address, rounds)


def large() -> tuple[LayerGraph, dict[str, Any]]:
    """Return a decoder of about a hundred million multiply-adds, for 128 x 128 x 3."""
    up = {"kernel_size": [4, 4], "strides": [2, 2], "padding": "same"}
    same = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "same"}

    def layer(name: str, op: str, source: str, activation: str, **attributes: Any) -> Layer:
        return Layer(name, op, (source,), activation, attributes)

    graph = LayerGraph(
        (64,),
        (
            layer("mix", "Dense", "input", "gelu", units=512),
            layer("spread", "Dense", "mix", "gelu", units=4096),
            layer("grid", "Reshape", "spread", "linear", shape=[8, 8, 64]),
            layer("widen", "Conv2D", "grid", "gelu", filters=128, **same),
            layer("up_16", "Conv2DTranspose", "widen", "gelu", filters=96, **up),
            layer("refine_16", "Conv2D", "up_16", "gelu", filters=96, **same),
            layer("up_32", "Conv2DTranspose", "refine_16", "gelu", filters=48, **up),
            layer("refine_32", "Conv2D", "up_32", "gelu", filters=48, **same),
            layer("up_64", "Conv2DTranspose", "refine_32", "gelu", filters=16, **up),
            layer("fine", "Conv2D", "up_64", "linear", filters=12, **same),
            layer("unfold", "DepthToSpace", "fine", "sigmoid", block_size=2),
        ),
        ("unfold",),
    )
    rng = np.random.default_rng(0)
    weights = {
        name: np.float32(rng.normal(0, 1, shape) * np.sqrt(2 * shape[-1] / np.prod(shape)))
        for name, shape in graph.weight_shapes().items()
    }
    return graph, weights


def frame_times(
    browser: Browser,
    content: bytes,
    onnx: bytes = b"",
    against: Path | None = None,
    turns: int = TURNS,
    frames: int = FRAMES,
) -> dict[str, Any]:
    """Return size, reading time and frame times of one decoder, in ms.

    Args:
        browser: Where it runs.
        content: The decoder as safetensors.
        onnx: The same for onnxruntime-web, where that is compared.
        against: Where onnxruntime-web lies.
        turns: How often each decodes, in turns.
        frames: How many in a turn.
    """
    page = browser.new_page()

    def answer(route: Route) -> None:
        _, room, *rest = urlsplit(route.request.url).path.split("/")
        name = "/".join(rest)
        if room == "code" and name in modules():
            route.fulfill(body=modules()[name], content_type="text/javascript")
        elif room == "against" and against is not None and (against / name).is_file():
            kind = "application/wasm" if name.endswith(".wasm") else "text/javascript"
            route.fulfill(body=(against / name).read_bytes(), content_type=kind)
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/")
    texts = [base64.b64encode(file).decode() for file in (content, onnx)]
    found = page.evaluate(DECODE, [*texts, turns, frames])
    page.close()
    result = {key: found[key] for key in ("macs", "read_ms", "off_by") if found[key] is not None}
    for name, times in found["times"].items():
        result[f"{name}_ms"] = statistics.median(times)
        result[f"{name}_least_ms"] = min(times)
    if onnx:
        result["ratio"] = result["engine_ms"] / result["onnxruntime_web_ms"]
    return result


def drags(browser: Browser, address: str, rounds: int = ROUNDS) -> dict[str, Any]:
    """Drag sliders on a page and press an empty fragment's button, in turns."""
    # Tall: what is pressed must be in sight.
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    sent: list[int] = []
    page.on(
        "websocket", lambda opened: opened.on("framesent", lambda frame: sent.append(len(frame)))
    )
    page.add_init_script(DRAWING)
    page.goto(address)
    page.locator('[data-testid="live-image"][data-frame]').wait_for()
    page.get_by_text("Empty 1").wait_for()
    page.evaluate("() => { window.drawing = []; }")
    frames, during, after = [], [], []
    release, empty = [], []
    for number in range(rounds):
        before, drawn = len(sent), frame(page)
        hold(page, number)
        frames.append((frame(page) - drawn) / MOVES)
        during.append(len(sent) - before)
        release.append(let_go(page, "Live"))
        after.append(len(sent) - before)
        press(page)
        empty.append(let_go(page, "Empty"))
    drawing = page.evaluate("() => window.drawing")
    page.close()
    return {
        "drawing_median_ms": statistics.median(drawing),
        "drawing_p99_ms": statistics.quantiles(drawing, n=100)[-1],
        "drawing_longest_ms": max(drawing),
        "frames_per_move": statistics.median(frames),
        "messages_during_drag": max(during),
        "messages_per_drag": max(after),
        "release_to_update_ms": statistics.median(release),
        "empty_fragment_ms": statistics.median(empty),
        "release_ratio": statistics.median(release) / statistics.median(empty),
    }


def frame(page: Page) -> int:
    """Return how many pictures were drawn so far."""
    return int(page.get_by_test_id("live-image").get_attribute("data-frame") or 0)


def hold(page: Page, number: int) -> None:
    """Press on a slider and move it, about as often as a mouse reports."""
    sliders = page.get_by_test_id("latent-slider")
    turn, at = divmod(number, sliders.count())
    box = sliders.nth(at).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 3, y)
    page.mouse.down()
    # Another end every time: a slider that comes back to where it was says nothing.
    way = 0.3 + 0.05 * turn
    for step in range(MOVES):
        share = 1 / 3 + way * (step + 1) / MOVES
        page.mouse.move(box["x"] + share * box["width"], y)
        time.sleep(1 / 60)
    # Quiet for a moment, so that the last frame is counted and not the clock's.
    page.wait_for_timeout(200)


def press(page: Page) -> None:
    """Press the empty fragment's button."""
    box = page.get_by_role("button", name="Go").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


def let_go(page: Page, word: str) -> float:
    """Return the ms from releasing the mouse until the server's answer is shown."""
    page.evaluate(WATCH, word)
    page.mouse.up()
    return float(page.evaluate("() => window.measured"))


@contextmanager
def page_of(script: str) -> Iterator[str]:
    """Serve a script's text until the block ends; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.py"
        path.write_text(script, encoding="utf-8")
        with serving(path) as address:
            yield address


if __name__ == "__main__":
    main()
