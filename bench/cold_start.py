"""How long a cold start takes: our app against an empty one with a picture.

Each start is a fresh server process; the clock runs from its launch until the first
picture stands in a browser that is already open. Both in turns.
"""

from __future__ import annotations

import statistics
import sys
import time

from playwright.sync_api import Browser, Error, Page

from bench.browser import chromium
from bench.load import EMPTY
from bench.table import Row, show
from tests.serving import serving

STARTS, MOST = 5, 1.4
# Home's smile, on a canvas that says how often it was drawn, and an image.
APPS = {"app.py": "canvas[data-frame]", EMPTY: '[data-testid="stImage"] img'}
# Asked for in the page, in its components' own documents, too: a locator looks twice a second.
_DRAWN = """selector => [document, ...Array.from(document.querySelectorAll("*"), e => e.shadowRoot)]
    .flatMap(root => Array.from(root?.querySelectorAll(selector) ?? []))
    .some(picture => picture.naturalWidth > 0 || picture.dataset.frame > 0)"""
_EVERY_MS = 20


def main() -> None:
    """Print the line of the table."""
    with chromium() as browser:
        show(rows(browser))


def rows(browser: Browser, starts: int = STARTS) -> list[Row]:
    """Return the line, of the medians of so many starts."""
    seconds: dict[str, list[float]] = {script: [] for script in APPS}
    for _ in range(starts):
        for script, picture in APPS.items():
            seconds[script].append(cold_start(browser, script, picture))
    here, beside = (statistics.median(times) for times in seconds.values())
    return [Row("cold start", here, "s", beside, "empty app", most=MOST, why=_WHY)]


_WHY = (
    "A cold start imports ONNX Runtime and this project beside Streamlit, loads a model, and Home "
    "shows a live decoder, which the browser fetches as modules."
)


def cold_start(browser: Browser, script: str, picture: str) -> float:
    """Return the seconds from launching a server to seeing its first picture."""
    begin = time.perf_counter()
    with serving(script, wait=False) as address:
        page = browser.new_page()
        _open(page, f"{address}/")
        page.wait_for_function(_DRAWN, arg=picture, polling=_EVERY_MS, timeout=60_000)
        seconds = time.perf_counter() - begin
        page.close()
    return seconds


def _open(page: Page, url: str) -> None:
    for _ in range(600):
        try:
            page.goto(url)
            return
        except Error:
            time.sleep(0.05)
    sys.exit("The server did not answer within 30 seconds.")


if __name__ == "__main__":
    main()
