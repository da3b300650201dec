"""How often a map of many points is drawn while it is panned, beside a page with nothing on it.

The mouse moves about as often as one reports; frames are counted that an animation would get
on each page meanwhile.
"""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page

from bench.browser import chromium
from bench.engine import page_of
from bench.table import Row, show

POINTS = (1_000, 10_000, 70_000)
MOVES = 60
SCRIPT = """
import numpy as np
import streamlit as st
from ae import models
from ae.latent.maps import fitted_plane
from ae.ui.door.routes import routes
from ae.ui.live import Decoder
from ae.ui.map.component import latent_map
from ae.ui.map.points import MapPoints

if __name__ == "__main__":
    model = models.load("fashion-vae-2")
    rng = np.random.default_rng(0)
    rows = rng.integers(len(model.codes), size=int(st.query_params["n"]))
    codes = model.codes[rows]
    places = np.float32(codes + rng.normal(0, 0.1, codes.shape))
    points = MapPoints(places, codes, model.labels[rows], model.card.class_names)
    latent_map(Decoder.of(model), points, fitted_plane(codes, places), key="map", alt="A garment")
else:
    app = st.App(__file__, routes=routes())
"""
_COUNT = """
() => {
  window.ticks = 0;
  const tick = () => { window.ticks += 1; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}
"""


def main() -> None:
    """Print the lines of the table."""
    with chromium() as browser:
        show(rows(browser))


def rows(browser: Browser) -> list[Row]:
    """Return the lines, one for each number of points."""
    found = []
    with page_of(SCRIPT) as address:
        for n in POINTS:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_content("<!doctype html><p>Nothing</p>")
            beside = moved(page, 640, 450)
            page.goto(f"{address}/?n={n}")
            page.locator("[data-testid=latent-map][data-drawn]").wait_for()
            page.wait_for_timeout(1000)  # until the page has settled
            box = page.get_by_test_id("latent-map").get_by_role("application").bounding_box()
            assert box is not None
            before = drawn(page)
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            seconds = moved(page, x, y, frames=False)
            here = (drawn(page) - before) / seconds
            page.close()
            what = f"map of {n:,} points, panned"
            found.append(Row(what, here, "frames/s", beside, "empty page"))
    return found


def drawn(page: Page) -> int:
    """Return how often the points were drawn so far."""
    return int(page.get_by_test_id("latent-map").get_attribute("data-drawn") or 0)


def moved(page: Page, x: float, y: float, *, frames: bool = True) -> float:
    """Drag from a place to and fro; return frames a second, or the seconds alone."""
    page.evaluate(_COUNT)
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("() => { window.ticks = 0; }")
    start = time.perf_counter()
    for step in range(MOVES):
        page.mouse.move(x + 3 * (step % 30), y + step)
        time.sleep(1 / 60)
    seconds = time.perf_counter() - start
    ticks = float(page.evaluate("() => window.ticks"))
    page.mouse.up()
    return ticks / seconds if frames else seconds


if __name__ == "__main__":
    main()
