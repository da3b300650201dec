"""The live editor in a real Chromium: before, after, difference, and other codes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect

from ae import models
from ae.images.sheets import to_uint8
from tests.apps.edit import BASES, HEIGHT, OTHERS, SLANT, WIDTH, toy_weights
from tests.browser.conftest import Start
from tests.browser.live_page import SliderPage, slow_keys
from tests.live.test_edit import difference_picture
from tests.toys import write_toy

SAME = 0x8A  # the grey of no difference


def decoded(codes: object) -> NDArray[np.float32]:
    """Pictures of the toy decoder, (n, height, width, 3)."""
    logits = np.asarray(codes, np.float32) @ toy_weights()["pixels/kernel"]
    return (1 / (1 + np.exp(-logits))).reshape(-1, HEIGHT, WIDTH, 3)


@pytest.fixture(scope="module")
def edit_server(start_server: Start, toy: Path) -> str:
    return start_server("tests/apps/edit.py", AE_HOME=str(toy.parent.parent))


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a toy on a shelf of its own."""
    return write_toy(tmp_path_factory.mktemp("home") / "models" / "toy")


class Editor(SliderPage):
    """The page of tests/apps/edit.py."""

    def ready(self) -> None:
        super().ready()
        expect(self.page.get_by_text("Update")).to_be_visible()

    def picture(self, name: str) -> Locator:
        return self.page.get_by_role("img", name=name)

    @property
    def before(self) -> Locator:
        return self.picture("Before: A toy")

    @property
    def difference(self) -> Locator:
        return self.picture("Where the picture became darker or lighter")

    def toggle(self, name: str) -> None:
        self.page.get_by_test_id("stCheckbox").filter(has_text=name).click()

    def value(self, name: str) -> float:
        return float(self.slider(name).input_value())

    def shows(self, canvas: Locator, code: object) -> None:
        """Wait until a picture, perhaps one of those with time, is that of a code."""
        self.wait_for_picture(to_uint8(decoded([code])[0]), canvas)


@pytest.fixture
def editor(edit_server: str, page: Page) -> Iterator[Editor]:
    editor = Editor(page, edit_server)
    yield editor
    assert editor.problems == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_code_follows_a_drag_and_the_server_hears_of_it_once(editor: Editor) -> None:
    editor.sent.clear()
    frames = editor.frame
    editor.drag("Slant")
    assert editor.frame > frames + 5
    shown = editor.value("Slant")
    assert shown > 1
    expected = np.array(BASES[0]) + shown * np.array(SLANT)
    np.testing.assert_allclose(editor.z, expected, atol=1e-5)
    editor.shows(editor.image, expected)
    editor.shows(editor.before, BASES[0])
    assert editor.sent == [], "nothing while the button is held"
    editor.page.mouse.up()
    assert editor.update(2) == [0, 0, shown, 0]
    assert len(editor.sent) == 1


def test_keys_move_along_a_curve_at_once_and_send_one_message(edit_server: str, page: Page) -> None:
    slow_keys(page)
    editor = Editor(page, edit_server)
    editor.sent.clear()
    frames = editor.frame
    slider = editor.slider("Circle")
    for _ in range(18):
        slider.press("ArrowRight")
    editor.painted()
    assert editor.frame > frames
    np.testing.assert_allclose(editor.z, np.add(BASES[0], [1, -1, 1]), atol=1e-5)
    assert editor.update(2) == [0, 0, 0, 90]
    assert len(editor.sent) == 1
    assert editor.problems == []


def test_the_difference_is_coloured_only_where_the_picture_changes(editor: Editor) -> None:
    grey = np.full((HEIGHT, WIDTH, 3), SAME)
    np.testing.assert_array_equal(editor.pixels(editor.difference)[..., :3], grey)
    editor.move("Left", 2)
    before, after = decoded([BASES[0], editor.z])
    editor.wait_for_picture(to_uint8(difference_picture(before, after)), editor.difference)
    found = editor.pixels(editor.difference)[..., :3]
    half = WIDTH // 2
    np.testing.assert_array_equal(found[:, half:], grey[:, half:])
    assert np.mean(found[:, :half] != SAME) > 0.5


def test_other_tables_change_the_picture_and_keep_the_amounts(editor: Editor) -> None:
    [*_, shown, _] = amounts = editor.move("Slant", 2)
    editor.toggle("Lock")
    assert editor.update(3) == amounts
    editor.wait_for_code(np.add(BASES[0], [0, 0, shown * SLANT[2]]))
    assert editor.value("Slant") == shown
    assert editor.move("Left", 4)[1:] == amounts[1:]


def test_another_code_is_drawn_with_the_same_amounts(editor: Editor) -> None:
    amounts = editor.move("Right", 2)
    editor.toggle("Other code")
    assert editor.update(3) == amounts
    editor.shows(editor.before, BASES[1])
    editor.shows(editor.image, np.add(BASES[1], [0, amounts[1], 0]))


def test_moves_that_stay_keep_their_amounts_when_another_goes(editor: Editor) -> None:
    editor.move("Left", 2)
    left, right, *_ = editor.move("Right", 3)
    editor.toggle("Fewer")
    assert editor.update(4) == [right, 0, 0]
    expect(editor.page.get_by_test_id("latent-slider")).to_have_count(3)
    assert editor.value("Right") == right
    editor.toggle("Fewer")
    assert editor.update(5) == [left, right, 0, 0]


def test_a_narrower_slider_cuts_its_amount_in_the_picture_too(editor: Editor) -> None:
    assert editor.move("Slant", 2)[2] > 1
    editor.toggle("Narrow")
    assert editor.update(3) == [0, 0, 0.5, 0]
    editor.shows(editor.image, np.add(BASES[0], 0.5 * np.array(SLANT)))
    assert editor.value("Slant") == 0.5


def test_the_amounts_survive_another_page(editor: Editor) -> None:
    amounts = editor.move("Left", 2)
    editor.page.get_by_role("link", name="Other").click()
    expect(editor.page.get_by_role("heading", name="Other")).to_be_visible()
    editor.page.go_back()
    editor.ready()
    assert editor.update(3) == amounts
    editor.wait_for_code(np.add(BASES[0], [amounts[0], 0, 0]))


def test_reset_all_leads_back_to_the_code_before(editor: Editor) -> None:
    editor.move("Left", 2)
    editor.move("Circle", 3)
    editor.page.get_by_role("button", name="Reset all").click()
    assert editor.update(4) == [0, 0, 0, 0]
    editor.wait_for_code(BASES[0], atol=1e-6)


def test_other_codes_are_drawn_before_and_after_the_same_moves(editor: Editor) -> None:
    also = editor.page.get_by_test_id("live-also")
    pictures = also.get_by_role("img")
    expect(pictures).to_have_count(2 * len(OTHERS))
    editor.drag("Left")
    shown = editor.value("Left")
    for at, code in enumerate(OTHERS, start=1):
        editor.shows(also.get_by_role("img", name=f"Before, other {at}"), code)
        after = also.get_by_role("img", name=f"After, other {at}")
        editor.shows(after, np.add(code, [shown, 0, 0]))
    editor.page.mouse.up()
    editor.update(2)


def test_a_film_strip_shows_what_its_move_adds_to_the_others(editor: Editor) -> None:
    left = editor.move("Left", 2)[0]
    editor.page.get_by_role("button", name="Film strip of Circle").click()
    frames = editor.page.get_by_test_id("film-strip").get_by_role("button")
    end = np.add(BASES[0], [left, -2, 0])
    editor.shows(frames.nth(8).locator("canvas"), end)
    frames.nth(8).click()
    assert editor.update(3) == [left, 0, 0, 180]
    editor.shows(editor.image, end)


def test_a_decoder_without_a_file_is_run_by_the_server_frame_by_frame(
    edit_server: str, page: Page, toy: Path
) -> None:
    model = models.open_folder(toy)

    def decode(code: object) -> NDArray[np.uint8]:
        return to_uint8(model.decode(np.asarray([code], np.float32))[0])

    editor = Editor(page, f"{edit_server}/?served=1")
    editor.drawn_by_the_server()
    also = [page.get_by_role("img", name=f"After, other {at}") for at in (1, 2, 3)]
    editor.wait_for_picture(decode(OTHERS[-1]), also[-1])
    editor.sent.clear()
    editor.asked.clear()
    editor.drag("Slant", moves=60)
    assert editor.value("Slant") > 1
    before, after = decode(BASES[0]), decode(editor.z)
    editor.wait_for_picture(after)
    editor.wait_for_picture(before, editor.before)
    colours = difference_picture(before / 255, after / 255)
    editor.wait_for_picture(to_uint8(colours), editor.difference)
    moved = np.multiply(editor.value("Slant"), SLANT)
    for code, picture in zip(OTHERS, also, strict=True):
        editor.wait_for_picture(decode(np.add(code, moved)), picture)
    assert len(editor.asked) > 1 + len(OTHERS), "and not only where the drag ends"
    assert editor.sent == [], "nothing while the button is held"
    page.mouse.up()
    assert editor.update(2) == [0, 0, editor.value("Slant"), 0]
    assert len(editor.sent) == 1
    assert editor.problems == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_alone_the_live_picture_is_the_only_large_one(edit_server: str, page: Page) -> None:
    editor = Editor(page, f"{edit_server}/?single=1")
    expect(editor.image).to_be_visible()
    expect(editor.before).to_have_count(0)
    expect(editor.difference).to_have_count(0)
    assert editor.move("Left", 2)[0] > 0
    assert editor.problems == []


def test_a_phone_keeps_all_three_pictures_in_sight_and_a_finger_moves_them(
    edit_server: str, browser: Browser
) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, device_scale_factor=3
    ) as context:
        context.set_default_timeout(30_000)
        editor = Editor(context.new_page(), edit_server)
        main = editor.page.get_by_test_id("stMain")
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") == 0
        editor.slider("Circle").scroll_into_view_if_needed()
        for canvas in (editor.before, editor.image, editor.difference):
            expect(canvas).to_be_in_viewport(ratio=1)
            # Every pixel of a picture is the same whole number of the screen's.
            scale = canvas.evaluate("c => c.getBoundingClientRect().width * 3") / WIDTH
            assert scale == pytest.approx(round(scale), abs=0.02)
        editor.sent.clear()
        editor.swipe("Circle")
        assert editor.update(2) == [0, 0, 0, editor.value("Circle")]
        assert len(editor.sent) == 1
        assert editor.problems == []
