"""The latent map in a real Chromium: every place decodes, the server sleeps."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from ae import models
from ae.images.sheets import to_uint8
from ae.latent.maps import fitted_plane, inside
from tests.apps.latent_map import MODEL
from tests.browser.conftest import Start
from tests.browser.live_page import LivePage, until

EMPTY = (0.93, 0.1)  # a place without data, as shares of the map's width and height


@pytest.fixture(scope="module")
def map_server(start_server: Start) -> str:
    return start_server("tests/apps/latent_map.py")


class LatentMap(LivePage):
    """The page, and what it sends to the server."""

    def ready(self, decoding: bool = True) -> None:
        expect(self.root).to_have_attribute("data-drawn", re.compile("[1-9]"))
        if decoding:
            expect(self.image).to_have_attribute("data-frame", re.compile("[1-9]"))
        expect(self.page.get_by_text("Update")).to_be_visible()
        self.painted()

    @property
    def root(self) -> Locator:
        return self.page.get_by_test_id("latent-map")

    @property
    def surface(self) -> Locator:
        return self.root.get_by_role("application")

    @property
    def drawn(self) -> int:
        return int(self.root.get_attribute("data-drawn") or 0)

    def tool(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def at(self, place: tuple[float, float]) -> tuple[float, float]:
        """Shares of the map's width and height to pixels of the page."""
        box = self.surface.bounding_box()
        assert box is not None
        return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]

    def hover(self, place: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(place))
        self.painted()

    def click(self, place: tuple[float, float]) -> None:
        self.page.mouse.click(*self.at(place))

    def drag(self, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.at(place), steps=8)
        self.page.mouse.up()


def decoded(z: list[float]) -> NDArray[np.uint8]:
    return to_uint8(models.load(MODEL).decode(np.asarray([z], np.float32))[0])


@pytest.fixture
def latent(map_server: str, page: Page) -> Iterator[LatentMap]:
    latent = LatentMap(page, map_server)
    yield latent
    assert latent.problems == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_pointing_decodes_every_place_and_the_server_hears_nothing(latent: LatentMap) -> None:
    latent.sent.clear()
    frames, drawn, z = latent.frame, latent.drawn, latent.z
    latent.page.mouse.move(*latent.at((0.2, 0.8)))
    latent.page.mouse.move(*latent.at(EMPTY), steps=30)
    latent.painted()
    assert latent.frame > frames + 5
    assert latent.z != z
    assert latent.drawn == drawn, "the points stay as they are"
    expect(latent.root.get_by_text("No data here")).to_be_visible()
    latent.wait_for_picture(decoded(latent.z))
    assert latent.sent == []


def test_leaving_restores_what_was_there(latent: LatentMap) -> None:
    z = latent.z
    latent.hover((0.3, 0.3))
    assert latent.z != z
    latent.page.mouse.move(5, 5)
    latent.painted()
    assert latent.z == z
    latent.click(EMPTY)
    pinned, _, _ = latent.update(2)
    latent.hover((0.3, 0.3))
    assert latent.z != pytest.approx(pinned)
    latent.page.mouse.move(5, 5)
    latent.painted()
    # The codes of this model are their own map.
    assert latent.z == pytest.approx(pinned, abs=1e-4)


def test_a_click_pins_and_sends_one_message(latent: LatentMap) -> None:
    latent.sent.clear()
    latent.click(EMPTY)
    pin, point, polygon = latent.update(2)
    assert (point, polygon) == (None, [])
    assert pin == pytest.approx(latent.z, abs=1e-4)
    assert len(latent.sent) == 1
    latent.click(EMPTY)
    latent.page.wait_for_timeout(500)
    assert len(latent.sent) == 1, "the same place again is no news"


def test_a_click_on_a_point_pins_the_point(latent: LatentMap) -> None:
    latent.click((0.35, 0.45))
    pin, point, _ = latent.update(2)
    model = models.load(MODEL)
    assert pin == [float(x) for x in model.codes[point]]
    name = model.card.class_names[model.labels[point]]
    expect(latent.root.get_by_text(f"On an image: {name}").first).to_be_visible()
    nearest = latent.page.get_by_test_id("nearest-image")
    expect(nearest).to_contain_text(f"No. {point}")


@pytest.mark.parametrize("tool", ["Lasso", "Box"])
def test_an_outline_is_sent_once_and_greys_what_is_outside(latent: LatentMap, tool: str) -> None:
    latent.tool(tool).click()
    expect(latent.tool(tool)).to_have_attribute("aria-pressed", "true")
    latent.sent.clear()
    latent.drag((0.3, 0.3), (0.5, 0.25), (0.6, 0.5), (0.4, 0.6))
    _, _, polygon = latent.update(2)
    assert len(latent.sent) == 1
    assert 4 <= len(polygon) <= 60
    model = models.load(MODEL)
    selected = inside(model.codes, polygon)
    assert 0 < selected.sum() < len(selected)
    words = f"{selected.sum():,} of {len(selected):,} points selected"
    expect(latent.root.locator(".status")).to_contain_text(words)
    dresses = model.labels == 3
    both = f"{(selected & dresses).sum():,} / {dresses.sum():,}"
    expect(latent.root.get_by_role("button", name="Dress")).to_contain_text(both)
    latent.tool("Clear selection").click()
    assert latent.update(3)[2] == []
    expect(latent.root.locator(".status")).to_be_hidden()


def test_dragging_and_the_wheel_move_the_view_alone(latent: LatentMap) -> None:
    latent.sent.clear()
    latent.hover((0.5, 0.5))
    drawn, z = latent.drawn, latent.z
    latent.drag((0.5, 0.5), (0.7, 0.4))
    latent.painted()
    assert latent.drawn > drawn + 3
    assert latent.z == pytest.approx(z), "it moved along with the pointer"
    drawn = latent.drawn
    latent.page.mouse.wheel(0, -240)
    until(latent.page, lambda: latent.drawn > drawn)
    assert latent.z == pytest.approx(z), "it stays under the pointer"
    latent.hover((0.5, 0.5))
    assert latent.z != pytest.approx(z)
    latent.tool("Reset view").click()
    latent.hover((0.5, 0.5))
    assert latent.z == pytest.approx(z)
    assert latent.sent == []


def test_keys_move_a_crosshair_pin_zoom_and_take_back(latent: LatentMap) -> None:
    latent.sent.clear()
    latent.surface.focus()
    press = latent.page.keyboard.press
    z, frames = latent.z, latent.frame
    for _ in range(6):
        press("ArrowRight")
    press("Shift+ArrowUp")
    latent.painted()
    assert latent.frame > frames
    assert latent.z[0] > z[0]
    assert latent.z[1] > z[1]
    drawn = latent.drawn
    press("+")
    latent.painted()
    assert latent.drawn > drawn
    assert latent.sent == []
    press("Enter")
    pin, _, _ = latent.update(2)
    assert pin == pytest.approx(latent.z, abs=0.05)
    expect(latent.root.locator(".spoken")).to_contain_text("Pinned at")
    press("Escape")
    assert latent.update(3)[0] is None
    assert len(latent.sent) == 2


def test_a_class_is_set_apart_without_the_server(latent: LatentMap) -> None:
    latent.sent.clear()
    drawn = latent.drawn
    entry = latent.root.get_by_role("button", name="Trouser")
    entry.click()
    expect(entry).to_have_attribute("aria-pressed", "true")
    expect(entry).to_be_focused()
    latent.painted()
    assert latent.drawn > drawn
    entry.click()
    expect(entry).to_have_attribute("aria-pressed", "false")
    assert latent.sent == []


def test_local_interpolation_decodes_what_lies_near(map_server: str, page: Page) -> None:
    latent = LatentMap(page, f"{map_server}/?local=1")
    latent.hover(EMPTY)
    codes = models.load(MODEL).codes
    least = np.linalg.norm(codes - np.array(latent.z), axis=1).min()
    plane = fitted_plane(codes, codes)
    assert least < 0.5, "the mean of the points nearest to the empty place"
    latent.click((0.35, 0.45))
    _, point, _ = latent.update(2)
    latent.page.mouse.move(5, 5)
    latent.painted()
    assert latent.z == pytest.approx(codes[point].tolist(), abs=1e-3)
    assert plane.codes(codes[[point]])[0] == pytest.approx(codes[point], abs=1e-3)


def test_true_images_are_shown_where_they_are_known(map_server: str, page: Page) -> None:
    latent = LatentMap(page, f"{map_server}/?pictures=1")
    latent.hover((0.4, 0.4))
    nearest = latent.page.get_by_test_id("nearest-image")
    expect(nearest).to_contain_text("Nearest image: ")
    pixels = latent.pixels(nearest.locator("canvas"))
    assert (pixels[0, 0, 0], pixels[..., 0].sum()) == (255, 255)


def test_pin_and_selection_survive_another_page_and_a_link_brings_the_pin(
    latent: LatentMap, map_server: str
) -> None:
    latent.tool("Box").click()
    latent.drag((0.3, 0.3), (0.6, 0.6))
    latent.update(2)
    latent.click(EMPTY)
    pin, _, polygon = latent.update(3)
    latent.page.get_by_role("link", name="Other").click()
    expect(latent.page.get_by_role("heading", name="Other")).to_be_visible()
    latent.page.go_back()
    expect(latent.page.get_by_role("heading", name="Map")).to_be_visible()
    latent.ready()
    assert latent.update(4) == [pin, None, polygon]
    latent.wait_for_code(pin, atol=1e-4)
    latent.click((0.35, 0.45))
    assert latent.update(5)[0] != pin
    latent.page.keyboard.press("Escape")  # the newer of both
    assert latent.update(6) == [None, None, polygon]
    latent.page.goto(f"{map_server}/?pin={pin[0]}_{pin[1]}")
    latent.ready()
    assert latent.z == pytest.approx(pin, abs=1e-4)
    assert latent.update(1)[0] == pin


def test_a_change_of_theme_keeps_view_and_pin_and_takes_its_colours(latent: LatentMap) -> None:
    latent.click(EMPTY)
    pin, _, _ = latent.update(2)
    latent.hover((0.4, 0.4))
    z = latent.z
    dot = latent.root.locator(".dot").first
    before = latent.pixels(dot)[14, 14]
    latent.page.emulate_media(color_scheme="dark")
    until(latent.page, lambda: bool((latent.pixels(dot)[14, 14] != before).any()))
    latent.painted()
    assert latent.z == z
    latent.page.mouse.move(5, 5)
    latent.painted()
    assert latent.z == pytest.approx(pin, abs=1e-4)


def test_without_webgl_the_points_are_drawn_on_a_canvas(map_server: str, page: Page) -> None:
    page.add_init_script(
        """const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest);
        };"""
    )
    latent = LatentMap(page, map_server)
    expect(latent.root).to_have_attribute("data-drawing", "canvas")
    points = latent.surface.locator("canvas").first
    painted = latent.pixels(points)
    colours = {tuple(c) for c in painted[painted[..., 3] > 150][:, :3]}
    assert len(colours) > 10
    drawn = latent.drawn
    latent.drag((0.5, 0.5), (0.7, 0.4))
    latent.painted()
    assert latent.drawn > drawn
    assert not np.array_equal(latent.pixels(points), painted)
    assert latent.problems == []


def test_a_lost_graphics_card_is_replaced(latent: LatentMap) -> None:
    expect(latent.root).to_have_attribute("data-drawing", "webgl")
    latent.surface.locator("canvas").first.evaluate(
        'c => c.getContext("webgl").getExtension("WEBGL_lose_context").loseContext()'
    )
    expect(latent.root).to_have_attribute("data-drawing", "canvas")
    latent.click(EMPTY)
    assert latent.update(2)[0] is not None


def test_a_decoder_that_the_browser_refuses_is_run_by_the_server_frame_by_frame(
    map_server: str, page: Page
) -> None:
    latent = LatentMap(page, f"{map_server}/?damaged=1")
    latent.drawn_by_the_server()
    # Without true images, the nearest one is drawn by the server, too.
    nearest = latent.page.get_by_test_id("nearest-image").locator("canvas")
    expect(nearest).to_be_visible()
    latent.sent.clear()
    latent.asked.clear()
    frames = latent.frame
    latent.page.mouse.move(*latent.at((0.2, 0.8)))
    latent.page.mouse.move(*latent.at(EMPTY), steps=60)
    latent.painted()
    latent.wait_for_picture(decoded(latent.z))
    assert latent.frame > frames
    assert len(latent.asked) > 2, "and not only where the pointer ends"
    assert latent.sent == []
    latent.click((0.35, 0.45))
    pin, point, _ = latent.update(2)
    latent.page.mouse.move(5, 5)
    latent.painted()
    assert latent.z == pytest.approx(pin, abs=1e-4)
    latent.wait_for_picture(decoded(latent.z))
    rebuilt = decoded(models.load(MODEL).codes[point].tolist())
    latent.wait_for_picture(rebuilt, nearest)
    assert latent.problems == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_seventy_thousand_points_are_drawn_frame_by_frame(map_server: str, page: Page) -> None:
    latent = LatentMap(page, f"{map_server}/?many=1")
    expect(latent.root).to_have_attribute("data-drawing", "webgl")
    frames, drawn = latent.frame, latent.drawn
    latent.page.mouse.move(*latent.at((0.2, 0.8)))
    latent.page.mouse.move(*latent.at(EMPTY), steps=30)
    latent.painted()
    assert latent.frame > frames + 5
    assert latent.drawn == drawn
    latent.drag((0.3, 0.3), (0.5, 0.5), (0.4, 0.7))
    latent.painted()
    assert latent.drawn > drawn + 5
    assert latent.problems == []


def test_on_a_phone_a_finger_decodes_taps_and_pinches(map_server: str, phone: Page) -> None:
    latent = LatentMap(phone, map_server)
    main = latent.page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    latent.sent.clear()
    z, frames, drawn = latent.z, latent.frame, latent.drawn
    touch = Touch(latent)
    touch.move([(0.3, 0.3)], [(0.7, 0.6)])
    assert latent.frame > frames + 3
    assert latent.z != z
    assert latent.drawn == drawn, "one finger does not move the map"
    touch.lift()
    latent.painted()
    assert latent.z == z
    touch.move([(0.4, 0.5), (0.6, 0.5)], [(0.2, 0.5), (0.8, 0.5)])
    touch.lift()
    latent.painted()
    assert latent.drawn > drawn
    assert latent.sent == []
    latent.page.touchscreen.tap(*latent.at((0.5, 0.9)))
    pin, _, _ = latent.update(2)
    assert latent.z == pytest.approx(pin, abs=1e-4)
    assert len(latent.sent) == 1
    assert latent.problems == []


class Touch:
    """Fingers on the map."""

    def __init__(self, latent: LatentMap) -> None:
        self.latent = latent
        self.session = latent.page.context.new_cdp_session(latent.page)

    def send(self, kind: str, places: list[tuple[float, float]]) -> None:
        points = [
            {"x": x, "y": y, "id": number}
            for number, (x, y) in enumerate(map(self.latent.at, places))
        ]
        event = {"type": kind, "touchPoints": points}
        self.session.send("Input.dispatchTouchEvent", event)

    def move(self, start: list[tuple[float, float]], end: list[tuple[float, float]]) -> None:
        """Put fingers down and move each to its end."""
        self.send("touchStart", start)
        for share in np.linspace(0.1, 1, 10):
            between = np.array(start) + share * (np.array(end) - np.array(start))
            self.send("touchMove", [(float(x), float(y)) for x, y in between])
            self.latent.painted()

    def lift(self) -> None:
        self.send("touchEnd", [])
