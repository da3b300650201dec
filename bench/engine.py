"""How fast the live picture is: decoding in the browser, drags, and the way back.

Prints as JSON, for a headless Chromium: milliseconds per frame of every shipped
decoder, pictures drawn per pointer move and messages sent while a slider is dragged,
and the time from its release until the server's answer stands on the page, as a ratio
to the round trip of an empty fragment on the same page.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from ae.models import SHIPPED
from ae.ui.door.routes import version
from tests.serving import serving

ROUNDS = 15
MOVES = 60
FRAMES = """
async ([engine, file]) => {
  const { readNetwork } = await import(engine);
  const bytes = Uint8Array.from(atob(file), (c) => c.charCodeAt(0));
  const before = performance.now();
  const network = readNetwork(bytes);
  const read = performance.now() - before;
  const z = Float32Array.from({ length: network.inputSize }, (_, i) => Math.sin(i));
  const times = Array.from({ length: 250 }, () => {
    const start = performance.now();
    network.run(z);
    return performance.now() - start;
  });
  return { macs: network.macs, read, times: times.slice(50) };
}
"""
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
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("No Chromium was found: install one or set CHROMIUM to it.")
    files = sorted(SHIPPED.glob("*/decoder.safetensors"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        result = {}
        for file in files:
            name = file.parent.name
            with page_of(SCRIPT.format(name=name)) as address:
                times = frame_times(browser, address, file)
                result[name] = {**times, **drags(browser, address)}
        browser.close()
    print(json.dumps(result, indent=1))


def frame_times(browser: Browser, address: str, file: Path) -> dict[str, Any]:
    """Return size, reading time and frame times of one decoder, in ms."""
    page = browser.new_page()
    page.goto(address)
    engine = f"{address}/door/code/{version()}/live/engine.js"
    content = base64.b64encode(file.read_bytes()).decode()
    found = page.evaluate(FRAMES, [engine, content])
    page.close()
    times = sorted(found["times"])
    return {
        "macs": found["macs"],
        "read_ms": found["read"],
        "median_ms": statistics.median(times),
        "p90_ms": times[len(times) * 9 // 10],
    }


def drags(browser: Browser, address: str) -> dict[str, Any]:
    """Drag sliders on a page and press an empty fragment's button, in turns."""
    # Tall: what is pressed must be in sight.
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    sent: list[int] = []
    page.on(
        "websocket", lambda opened: opened.on("framesent", lambda frame: sent.append(len(frame)))
    )
    page.goto(address)
    page.locator('[data-testid="live-image"][data-frame]').wait_for()
    page.get_by_text("Empty 1").wait_for()
    frames, during, after = [], [], []
    release, empty = [], []
    for number in range(ROUNDS):
        before, drawn = len(sent), frame(page)
        hold(page, number)
        frames.append((frame(page) - drawn) / MOVES)
        during.append(len(sent) - before)
        release.append(let_go(page, "Live"))
        after.append(len(sent) - before)
        press(page)
        empty.append(let_go(page, "Empty"))
    page.close()
    return {
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
