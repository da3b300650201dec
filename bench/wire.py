"""How many bytes a page takes: what a real browser receives until a page has settled.

Every page is opened twice in one browser: cold, then warm, when the browser has all
files that it may keep. Counts the payload of websocket frames, and over HTTP what
travelled, headers included, nothing for what came from the cache. Counts, no clocks;
the server needs no rest between pages.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

from bench.visits import PAGES, checked_app, parser
from tests.serving import server_of

TARGET_KB = 100
QUIET_S = 1.5
MOST_S = 120.0
# SwiftShader draws WebGL without a GPU, as in the browser tests.
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Traffic:
    """Bytes that one page received.

    Attributes:
        websocket: Payload of its frames.
        http: Of all files, as they travelled.
    """

    websocket: int = 0
    http: int = 0


def main() -> None:
    """Open all pages twice and print what they received."""
    options = parser(__doc__).parse_args()
    root = checked_app(options)
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        sys.exit("No Chromium was found: install one or set CHROMIUM to it.")
    with (
        server_of("app.py", root=root) as server,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=FLAGS) as browser,
        browser.new_context(viewport={"width": 1280, "height": 900}) as context,
    ):
        cold, warm = (
            {path: opened(context, server.address, path) for path in PAGES} for _ in range(2)
        )
    mean = statistics.mean(each.websocket for each in warm.values()) / 1000
    if options.json:
        result = {
            "target_kb": TARGET_KB,
            "mean_warm_websocket_kb": mean,
            "bytes": {
                name(path): {"cold": asdict(cold[path]), "warm": asdict(warm[path])}
                for path in PAGES
            },
        }
        print(json.dumps(result))
    else:
        print_table(cold, warm)
        print(f"mean of the websocket, warm: {mean:.1f} kB (target: <= {TARGET_KB} kB)")


def name(path: str) -> str:
    """Return what a page is called here."""
    return path or "home"


def print_table(cold: dict[str, Traffic], warm: dict[str, Traffic]) -> None:
    """Print a row for each page, in kB."""
    head = ("page", "websocket cold", "warm", "HTTP cold", "warm")
    print("{:<12}{:>16}{:>10}{:>12}{:>10}   kB".format(*head))
    for path in PAGES:
        values = (cold[path].websocket, warm[path].websocket, cold[path].http, warm[path].http)
        cells = "{:>16.1f}{:>10.1f}{:>12.1f}{:>10.1f}"
        print(f"{name(path):<12}{cells.format(*(n / 1000 for n in values))}")


def opened(context: BrowserContext, address: str, path: str) -> Traffic:
    """Open a page until it has settled, close it, and return what it received.

    Raises:
        SystemExit: If it shows an exception or does not settle.
    """
    traffic, last = Traffic(), time.monotonic()

    def on_frame(payload: str | bytes) -> None:
        nonlocal last
        last = time.monotonic()
        size = len(payload.encode() if isinstance(payload, str) else payload)
        traffic.websocket += size

    def on_file(event: dict[str, Any]) -> None:
        nonlocal last
        last = time.monotonic()
        traffic.http += int(event["encodedDataLength"])

    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.on("Network.loadingFinished", on_file)
    devtools.send("Network.enable")
    page.on("websocket", lambda socket: socket.on("framereceived", on_frame))
    page.goto(f"{address}/{path}")
    end = time.monotonic() + MOST_S
    app = page.get_by_test_id("stApp")
    while (
        traffic.websocket == 0
        or app.get_attribute("data-test-script-state") != "notRunning"
        or time.monotonic() - last < QUIET_S
    ):
        if time.monotonic() > end:
            sys.exit(f"The page {name(path)} did not settle within {MOST_S:.0f} s.")
        page.wait_for_timeout(100)
    if page.get_by_test_id("stException").count():
        sys.exit(f"The page {name(path)} shows an exception.")
    page.close()
    return traffic


if __name__ == "__main__":
    main()
