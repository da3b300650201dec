"""What a page takes in a real browser: bytes until it has settled, seconds until a picture.

Every page is opened twice in one browser: cold, then warm, when the browser has all
files that it may keep. Counts the payload of websocket frames, and over HTTP what
travelled, headers included, nothing for what came from the cache. The clock runs from asking for
a page, warm, until its first picture has been drawn. An empty app is opened in the same way.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from bench.browser import chromium
from bench.load import EMPTY
from bench.table import Row
from bench.visits import PAGES, checked_app, parser
from tests.serving import ROOT, server_of

TARGET_KB, PICTURE_S = 100, 1.5
QUIET_S = 1.5
MOST_S = 120.0
# When anything stands on the page that is a picture: an image that has come, a canvas or a chart.
PICTURE = """
() => {
  const drawn = (root) => [...root.querySelectorAll("*")].some((element) =>
    (element.shadowRoot && drawn(element.shadowRoot)) ||
    (element.tagName === "IMG" && element.naturalWidth > 0) ||
    (element.tagName === "CANVAS" && element.width * element.height > 0) ||
    element.matches("svg.main-svg"));
  const main = document.querySelector('[data-testid="stMain"]');
  return main !== null && drawn(main);
}
"""
# Pages that begin with words: what is there first is not a picture.
WORDS = ("glossary", "train", "checkup", "lessons")


@dataclass
class Traffic:
    """What one page received.

    Attributes:
        websocket: Payload of its frames, in bytes.
        http: Bytes of all files, as they travelled.
        picture_s: Seconds until its first picture; 0 of a page that begins with words.
    """

    websocket: int = 0
    http: int = 0
    picture_s: float = 0.0


def main() -> None:
    """Open all pages twice and print what they received."""
    options = parser(__doc__).parse_args()
    root = checked_app(options)
    with chromium() as browser, server_of("app.py", root=root) as server:
        cold, warm = twice(browser, server.address, list(PAGES))
    print_table(cold, warm)


def rows(browser: Browser, paths: Sequence[str] = tuple(PAGES)) -> list[Row]:
    """Return the lines of the table, of some pages."""
    with server_of(EMPTY, root=ROOT) as server:
        _, empty = twice(browser, server.address, [""])
    with server_of("app.py") as server:
        _, warm = twice(browser, server.address, paths)
    bytes_here = statistics.mean(each.websocket for each in warm.values()) / 1000
    slowest = max(warm, key=lambda path: warm[path].picture_s)
    return [
        Row(
            f"websocket per page, mean of {len(paths)}",
            bytes_here,
            "kB",
            empty[""].websocket / 1000,
            "empty app",
            most=TARGET_KB,
            of_ratio=False,
        ),
        Row(
            f"first picture, slowest page: {name(slowest)}",
            warm[slowest].picture_s,
            "s",
            empty[""].picture_s,
            "empty app",
            most=PICTURE_S,
            of_ratio=False,
            why="Streamlit draws some eighty elements of a page on the one thread that it has in "
            "the browser, after two requests of its own to the server; the scene of Projection is "
            "drawn by WebGL, in software here.",
        ),
    ]


def twice(
    browser: Browser, address: str, paths: Sequence[str]
) -> tuple[dict[str, Traffic], dict[str, Traffic]]:
    """Open pages cold, then warm; return what each received."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        cold, warm = ({path: opened(context, address, path) for path in paths} for _ in range(2))
    return cold, warm


def name(path: str) -> str:
    """Return what a page is called here."""
    return path or "home"


def print_table(cold: dict[str, Traffic], warm: dict[str, Traffic]) -> None:
    """Print a row for each page, in kB and seconds."""
    head = ("page", "websocket cold", "warm", "HTTP cold", "warm", "picture, s")
    print("{:<12}{:>16}{:>10}{:>12}{:>10}{:>14}".format(*head))
    for path in PAGES:
        values = (cold[path].websocket, warm[path].websocket, cold[path].http, warm[path].http)
        cells = "{:>16.1f}{:>10.1f}{:>12.1f}{:>10.1f}"
        kilobytes = cells.format(*(n / 1000 for n in values))
        print(f"{name(path):<12}{kilobytes}{warm[path].picture_s:>14.2f}")


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
    start = time.monotonic()
    page.goto(f"{address}/{path}", wait_until="commit")
    if path not in WORDS:
        page.wait_for_function(PICTURE, polling=50, timeout=1000 * MOST_S)
        traffic.picture_s = time.monotonic() - start
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
