"""The square crop of an uploaded picture in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from ae.images.sheets import png_bytes
from tests.browser.conftest import Start
from tests.browser.live_page import LivePage

WIDTH, HEIGHT = 600, 400
SHORTER = HEIGHT / WIDTH  # in widths
Box = tuple[float, float, float, float]


def picture(blue: int) -> bytes:
    pixels = np.full((HEIGHT, WIDTH, 3), blue, np.uint8)
    pixels[..., 0] = np.linspace(0, 255, WIDTH)
    pixels[..., 1] = np.linspace(0, 255, HEIGHT)[:, None]
    return png_bytes(pixels)


class CropPage(LivePage):
    """The page of tests/apps/crop.py."""

    def ready(self) -> None:
        # A file that is given while the page is still being drawn is lost.
        state = "data-test-script-state"
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(state, "notRunning")
        self.upload(0)
        self.update(1)

    def upload(self, blue: int, content: bytes | None = None) -> None:
        file = FilePayload(
            name=f"{blue}.png",
            mimeType="image/png",
            buffer=picture(blue) if content is None else content,
        )
        self.page.locator("input[type=file]").first.set_input_files(file)

    @property
    def stage(self) -> Locator:
        return self.page.get_by_test_id("crop-stage")

    @property
    def square(self) -> Locator:
        return self.page.get_by_test_id("crop-frame")

    @property
    def spoken(self) -> Locator:
        return self.page.get_by_test_id("crop-spoken")

    @property
    def box(self) -> Box:
        """Left, top, right and bottom of the frame, in widths of the picture."""
        found: list[float] = self.square.evaluate(
            """frame => {
                const stage = frame.parentElement.getBoundingClientRect();
                const box = frame.getBoundingClientRect();
                return [box.left - stage.left, box.top - stage.top,
                    box.right - stage.left, box.bottom - stage.top]
                    .map(length => length / stage.width);
            }"""
        )
        left, top, right, bottom = found
        return left, top, right, bottom

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where on the screen a point lies, given in widths of the picture."""
        box = self.stage.bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["width"]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at one point and move to another; no release."""
        self.stage.scroll_into_view_if_needed()
        self.page.mouse.move(*self.point(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.point(*end), steps=6)

    def middle(self) -> tuple[float, float]:
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


@pytest.fixture(scope="module")
def crop_server(start_server: Start) -> str:
    return start_server("tests/apps/crop.py")


@pytest.fixture
def cropper(crop_server: str, page: Page) -> Iterator[CropPage]:
    cropper = CropPage(page, crop_server)
    cropper.sent.clear()
    yield cropper
    assert cropper.problems == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


def assert_shows(crop: list[float], box: Box) -> None:
    """The crop that the model gets is what lies in the frame."""
    left, top, right, bottom = box
    expected = [
        (left + right) / 2,
        (top + bottom) / 2 / SHORTER,
        (right - left) * 7 / 8,  # from the middle of the first column to the last's
    ]
    np.testing.assert_allclose(crop, expected, atol=0.01)


def assert_inside(box: Box) -> None:
    left, top, right, bottom = box
    assert min(left, top) > -0.002
    assert right < 1.002
    assert bottom < SHORTER + 0.002
    assert right - left == pytest.approx(bottom - top, abs=0.005)


def test_it_starts_with_the_largest_square_in_the_middle(cropper: CropPage) -> None:
    assert cropper.box == pytest.approx((1 / 6, 0, 5 / 6, SHORTER), abs=0.005)
    assert_shows(cropper.update(1), cropper.box)
    expect(cropper.square).to_have_role("application")
    expect(cropper.square).to_have_accessible_name("Square to cut out")
    expect(cropper.square).to_have_accessible_description(
        re.compile("Size 100 %.*50 % from the left and 50 % from the top.*arrow keys")
    )
    image = cropper.page.get_by_role("img", name="Your picture, 600 by 400 pixels")
    expect(image).to_be_visible()


def test_a_drag_moves_frame_and_crop_and_is_told_once(cropper: CropPage) -> None:
    before = cropper.box
    x, y = cropper.middle()
    cropper.drag((x, y), (x - 0.1, y + 0.05))
    expected = (before[0] - 0.1, before[1], before[2] - 0.1, before[3])
    assert cropper.box == pytest.approx(expected, abs=0.005)
    assert cropper.sent == [], "nothing while the button is held"
    cropper.page.mouse.up()
    assert_shows(cropper.update(2), cropper.box)
    assert len(cropper.sent) == 1
    expect(cropper.spoken).to_contain_text("40 % from the left")


def test_a_press_that_moves_nothing_is_not_told(cropper: CropPage) -> None:
    cropper.drag(cropper.middle(), cropper.middle())
    cropper.page.mouse.up()
    assert cropper.sent == []


def test_the_frame_never_leaves_the_picture(cropper: CropPage) -> None:
    cropper.drag((5 / 6, SHORTER), (0.5, SHORTER / 2))
    cropper.page.mouse.up()
    cropper.update(2)
    for number, end in enumerate(((-0.5, -0.3), (1.4, 1.1)), 3):
        cropper.drag(cropper.middle(), end)
        assert_inside(cropper.box)
        cropper.page.mouse.up()
        assert_shows(cropper.update(number), cropper.box)
    right, bottom = cropper.box[2:]
    assert right == pytest.approx(1, abs=0.005)
    assert bottom == pytest.approx(SHORTER, abs=0.005)


def test_a_corner_resizes_and_the_opposite_one_stays(cropper: CropPage) -> None:
    before = cropper.box
    right, bottom = before[2:]
    cropper.drag((right, bottom), (right - 0.2, bottom - 0.2))
    expected = (*before[:2], right - 0.2, bottom - 0.2)
    assert cropper.box == pytest.approx(expected, abs=0.01)
    assert cropper.sent == []
    cropper.page.mouse.up()
    assert_shows(cropper.update(2), cropper.box)
    assert len(cropper.sent) == 1
    left, top, right, bottom = cropper.box
    cropper.drag((left, bottom), (left - 0.9, bottom + 0.9))
    assert cropper.box[1:3] == pytest.approx((top, right), abs=0.005)
    assert_inside(cropper.box)
    cropper.page.mouse.up()
    assert_shows(cropper.update(3), cropper.box)


def test_the_square_keeps_a_tenth_of_the_shorter_side(cropper: CropPage) -> None:
    left, top, right, bottom = cropper.box
    cropper.drag((right, bottom), (left - 0.3, top - 0.3))
    cropper.page.mouse.up()
    assert_shows(cropper.update(2), cropper.box)
    smallest = cropper.box
    assert smallest[2] - smallest[0] == pytest.approx(SHORTER / 10, abs=0.005)
    # However small, it can still be taken by its middle.
    x, y = cropper.middle()
    cropper.drag((x, y), (x + 0.2, y + 0.2))
    cropper.page.mouse.up()
    cropper.update(3)
    expected = [edge + 0.2 for edge in smallest]
    assert cropper.box == pytest.approx(expected, abs=0.005)


def test_keys_move_and_resize_and_are_told_in_words(cropper: CropPage) -> None:
    square, spoken = cropper.square, cropper.spoken
    square.press("-")
    square.press("-")
    expect(spoken).to_contain_text("Size 96 %")
    square.press("+")
    expect(spoken).to_contain_text("Size 98 %, centre")
    square.press("ArrowRight")
    expect(spoken).to_contain_text("51 % from the left and 50 % from the top")
    square.press("Shift+ArrowLeft")
    expect(spoken).to_contain_text("46 % from the left and 50 % from the top")
    square.press("ArrowDown")
    expect(spoken).to_contain_text("51 % from the top")
    square.press("Shift+ArrowDown")
    expect(spoken).to_contain_text("51 % from the top")  # the lower edge is reached
    assert_inside(cropper.box)
    square.press("Home")
    expect(spoken).to_contain_text("50 % from the left and 50 % from the top")
    expect(square).to_have_css("outline-width", "3px")


def test_keys_pressed_in_a_row_are_told_once(cropper: CropPage) -> None:
    cropper.square.evaluate(
        """frame => {
            for (const key of ["-", "ArrowLeft", "ArrowLeft", "ArrowLeft"]) {
                frame.dispatchEvent(new KeyboardEvent("keydown", { key }));
            }
        }"""
    )
    assert_shows(cropper.update(2), cropper.box)
    expect(cropper.spoken).to_contain_text("Size 98 %, centre 47 %")
    assert len(cropper.sent) == 1


def test_a_click_beside_the_square_and_buttons_do_without_a_drag(cropper: CropPage) -> None:
    cropper.page.get_by_role("button", name="Smaller").click()
    expect(cropper.spoken).to_contain_text("Size 90 %")
    cropper.update(2)
    cropper.page.mouse.click(*cropper.point(0.97, 0.3))
    assert_shows(cropper.update(3), cropper.box)
    assert cropper.box[2] == pytest.approx(1, abs=0.005)
    cropper.page.get_by_role("button", name="Larger").click()
    assert_shows(cropper.update(4), cropper.box)
    expect(cropper.spoken).to_contain_text("Size 100 %")
    assert_inside(cropper.box)


def test_another_picture_of_the_same_size_starts_afresh(cropper: CropPage) -> None:
    first = cropper.box
    cropper.drag((5 / 6, SHORTER), (0.5, SHORTER / 2))
    cropper.page.mouse.up()
    cropper.update(2)
    shown = cropper.stage.locator("img").get_attribute("src")
    cropper.upload(200)
    crop = cropper.update(3)
    expect(cropper.stage.locator("img")).not_to_have_attribute("src", str(shown))
    assert cropper.box == pytest.approx(first, abs=0.005)
    assert_shows(crop, cropper.box)
    x, y = cropper.middle()
    cropper.drag((x, y), (x + 0.1, y))
    cropper.page.mouse.up()
    assert_shows(cropper.update(4), cropper.box)


@pytest.mark.parametrize("shape", [(1, 900, 3), (900, 1, 3)])
def test_a_strip_is_wide_enough_to_grip(cropper: CropPage, shape: tuple[int, int, int]) -> None:
    cropper.upload(1, png_bytes(np.full(shape, 128, np.uint8)))
    expect(cropper.stage.locator("img")).to_have_attribute("alt", re.compile("900"))
    # The stage takes its size when the picture has been read.
    width, height = (360, 32) if shape[1] > 1 else (32, 360)
    expect(cropper.stage).to_have_css("width", f"{width}px")
    expect(cropper.stage).to_have_css("height", f"{height}px")


def test_a_finger_moves_and_resizes_the_square_on_a_phone(crop_server: str, phone: Page) -> None:
    cropper = CropPage(phone, crop_server)
    main = cropper.page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    # The page can be scrolled on the picture, not on the square.
    expect(cropper.square).to_have_css("touch-action", "none")
    expect(cropper.stage.locator("img")).to_have_css("touch-action", "auto")
    cropper.stage.scroll_into_view_if_needed()
    cropper.sent.clear()
    scrolled = main.evaluate("e => e.scrollTop")
    swipe(cropper, (5 / 6, SHORTER), (0.6, SHORTER - 0.2))
    assert_shows(cropper.update(2), cropper.box)
    assert cropper.box[2] < 0.65
    before = cropper.box
    swipe(cropper, cropper.middle(), (0.7, 0.4))
    assert_shows(cropper.update(3), cropper.box)
    assert cropper.box[0] > before[0] + 0.2
    assert len(cropper.sent) == 2
    assert main.evaluate("e => e.scrollTop") == scrolled
    assert cropper.problems == []


def swipe(cropper: CropPage, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Put a finger down at one point, move it to another, and lift it."""
    touch = cropper.page.context.new_cdp_session(cropper.page)
    (x, y), (to_x, to_y) = cropper.point(*start), cropper.point(*end)

    def send(kind: str, *points: dict[str, float]) -> None:
        message = {"type": kind, "touchPoints": list(points)}
        touch.send("Input.dispatchTouchEvent", message)

    before = len(cropper.sent)
    send("touchStart", {"x": x, "y": y})
    for step in range(1, 9):
        point = {"x": x + step * (to_x - x) / 8, "y": y + step * (to_y - y) / 8}
        send("touchMove", point)
    assert len(cropper.sent) == before, "nothing while the finger is down"
    send("touchEnd")
