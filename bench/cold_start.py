"""How long a cold start takes: our app against an empty Streamlit app with a picture.

Each start is a fresh server process; the clock runs from its launch until the first
picture stands in a browser that is already open. Prints medians and their ratio.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.serving import ROOT, serving

STARTS = 5
EMPTY = """
import numpy as np
import streamlit as st
st.image(np.zeros((28, 28), np.uint8), output_format="PNG")
"""
PICTURES = {"empty": '[data-testid="stImage"] img', "ours": ".output img"}


def main() -> None:
    """Alternate cold starts of both apps and print the result as JSON."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("No Chromium was found: install one or set CHROMIUM to it.")
    seconds: dict[str, list[float]] = {"empty": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(STARTS):
            for name, script in (("empty", empty), ("ours", ROOT / "app.py")):
                seconds[name].append(cold_start(browser, script, PICTURES[name]))
        browser.close()
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    ratio = medians["ours"] / medians["empty"]
    print(json.dumps({"starts": STARTS, "median_s": medians, "ratio": ratio}, indent=1))


def cold_start(browser: Browser, script: Path, picture: str) -> float:
    """Return the seconds from launching a server to seeing its first picture."""
    begin = time.perf_counter()
    with serving(script, wait=False) as address:
        page = browser.new_page()
        _open(page, f"{address}/")
        shown = page.locator(picture).first
        shown.wait_for(timeout=60_000)
        page.wait_for_function("image => image.naturalWidth > 0", arg=shown.element_handle())
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
