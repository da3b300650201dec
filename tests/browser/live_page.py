"""Pages of live pictures in a real browser, and what they send to the server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from playwright.sync_api import Locator, Page, Request, WebSocket, expect

from ae.ui.door.routes import modules

# Until a page neither scrolls nor is about to.
STANDS_STILL = """async (main) => {
  for (let top = NaN; top !== main.scrollTop; ) {
    top = main.scrollTop;
    await new Promise((resume) => setTimeout(resume, 300));
    await new Promise(requestAnimationFrame);
  }
}"""


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for what Playwright itself cannot expect."""
    for _ in range(600):
        if holds():
            return
        page.wait_for_timeout(50)
    assert holds()


def change(page: Page, module: str, then: str, now: str) -> None:
    """Have the browser get a module with another constant."""
    known = modules()[module].decode()
    assert known.count(then) == 1
    body = known.replace(then, now)
    kind = "text/javascript"
    page.route(f"**/{module}", lambda route: route.fulfill(body=body, content_type=kind))


def slow_keys(page: Page, settled_ms: int = 3000) -> None:
    """Have keys told later: a busy machine presses more slowly than a finger."""
    told = "KEYS_SETTLED_MS = {};".format
    change(page, "live/reporting.js", told(250), told(settled_ms))


class LivePage:
    """A page with a live picture, and the messages it sends."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.sent: list[int] = []
        self.problems: list[str] = []
        self.asked: list[str] = []  # addresses of frames
        page.on("websocket", self.listen)
        page.on("request", self.count)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(address)
        self.ready()

    def listen(self, opened: WebSocket) -> None:
        opened.on("framesent", lambda frame: self.sent.append(len(frame)))

    def count(self, request: Request) -> None:
        if "/door/frame/" in request.url:
            self.asked.append(request.url)

    def ready(self) -> None:
        """Wait until the page can be used."""
        raise NotImplementedError

    @property
    def image(self) -> Locator:
        return self.page.get_by_test_id("live-image")

    @property
    def frame(self) -> int:
        return int(self.image.get_attribute("data-frame") or 0)

    @property
    def z(self) -> list[float]:
        expect(self.image).to_have_attribute("data-z", re.compile("."))
        return [float(v) for v in (self.image.get_attribute("data-z") or "").split(",")]

    def pixels(self, canvas: Locator | None = None) -> NDArray[np.uint8]:
        found = (canvas or self.image).evaluate(
            """c => [c.width, ...c.getContext("2d")
                .getImageData(0, 0, c.width, c.height).data]"""
        )
        return np.asarray(found[1:], np.uint8).reshape(-1, found[0], 4)

    def wait_for_picture(self, picture: NDArray[np.uint8], canvas: Locator | None = None) -> None:
        """Wait until a canvas shows a picture, (height, width, channels)."""
        expected = np.broadcast_to(picture, (*picture.shape[:2], 3)).astype(int)

        def shown() -> bool:
            found = self.pixels(canvas)[..., :3]
            return found.shape == expected.shape and bool(np.abs(found - expected).max() <= 1)

        until(self.page, shown)

    def wait_for_code(self, z: ArrayLike, atol: float = 1e-5) -> None:
        """Wait until the picture is that of a code."""
        until(self.page, lambda: self.z == pytest.approx(np.asarray(z), rel=1e-6, abs=atol))

    def update(self, number: int) -> list[Any]:
        """Wait for the server's n-th update and return what it heard."""
        text = self.page.get_by_text(f"Update {number}:")
        expect(text).to_be_visible()
        heard: list[Any] = json.loads(f"[{text.inner_text().split(': ', 1)[1]}]")
        return heard

    def drawn_by_the_server(self) -> None:
        """Wait until it is said that the server draws."""
        alert = self.page.get_by_role("alert").filter(has_text="The server draws")
        expect(alert).to_be_visible()

    def painted(self) -> None:
        """Wait until every planned frame is drawn."""
        self.page.evaluate("() => new Promise(r => requestAnimationFrame(() => r()))")
        self.page.evaluate("() => new Promise(r => requestAnimationFrame(() => r()))")


class SliderPage(LivePage):
    """A page whose picture follows sliders, under mouse and finger."""

    def ready(self) -> None:
        expect(self.image).to_have_attribute("data-frame", re.compile("[1-9]"))
        expect(self.page.get_by_test_id("latent-slider").first).to_be_enabled()

    def slider(self, of: int | str) -> Locator:
        return self.page.get_by_role("slider", name=str(of))

    def drag(self, of: int | str, moves: int = 30) -> None:
        """Hold a slider in the middle and move it to the right; no release."""
        self.slider(of).scroll_into_view_if_needed()
        box = self.slider(of).bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for step in range(1, moves + 1):
            self.page.mouse.move(x + step * box["width"] / 3 / moves, y)
        self.painted()

    def move(self, of: int | str, number: int) -> list[Any]:
        """Move a slider to the right; return what the server heard in its n-th update."""
        self.drag(of)
        self.page.mouse.up()
        return self.update(number)

    def swipe(self, of: int | str) -> None:
        """Put a finger on a slider, move it to the right, and lift it."""
        self.page.get_by_test_id("stMain").evaluate(STANDS_STILL)
        box = self.slider(of).bounding_box()
        assert box is not None
        start = box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2
        swipe(self.page, start, (0.36 * box["width"], 0))


def box_in_all(root: Page | Locator) -> None:
    """Draw a box around all of a map."""
    surface = root.get_by_role("application")
    mouse = surface.page.mouse
    root.get_by_role("button", name="Box").click()
    box = surface.bounding_box()
    assert box is not None
    mouse.move(box["x"] + 2, box["y"] + 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] - 2, steps=4)
    mouse.up()


def swipe(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """Put a finger somewhere, move it by so many pixels to the right and down, and lift it."""
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    for step in range(10):
        x, y = (s + step / 9 * b for s, b in zip(start, by, strict=True))
        send("touchMove" if step else "touchStart", {"x": x, "y": y})
    send("touchEnd")
