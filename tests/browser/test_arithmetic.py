"""Arithmetic in a real Chromium, on faces of which every pixel's cause is known."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from ae import models
from ae.images.sheets import png_bytes, to_uint8
from tests.browser.conftest import at_rest, taken_away
from tests.browser.live_page import SliderPage, until
from tests.face_toys import ROWS, write_shelf
from tests.serving import serving

FACES = "vae=Bar+faces"


@pytest.fixture(scope="module")
def faces_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = write_shelf(tmp_path_factory.mktemp("home"))
    with serving("app.py", {**os.environ, "AE_HOME": str(home)}) as address:
        yield f"{address}/arithmetic?{FACES}"


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same shelf for this process, to know what the browser should show."""
    monkeypatch.setenv("AE_HOME", str(write_shelf(tmp_path_factory.mktemp("twin"))))


def change(before: NDArray[np.uint8], after: NDArray[np.uint8], part: str) -> float:
    """Mean change of the rows of a part, in grey levels."""
    rows = ROWS[part]
    return float(np.abs(np.float64(after[rows, :, :3]) - before[rows, :, :3]).mean())


def test_sliding_smile_moves_the_mouth_more_than_the_eyes(page: Page, faces_server: str) -> None:
    live = SliderPage(page, f"{faces_server}&edit=0_0_0_0")
    before = live.pixels()
    live.drag("smile")
    until(page, lambda: change(before, live.pixels(), "smile") > 20)
    during = live.pixels()
    live.page.mouse.up()
    assert change(before, during, "smile") > 3 * change(before, during, "glasses")
    expect(page.get_by_text(re.compile("Besides smile.*spreads on average"))).to_be_visible()
    assert not live.problems


def test_a_shared_link_shows_the_same_picture(page: Page, faces_server: str) -> None:
    live = SliderPage(page, f"{faces_server}&face=5&keep=glasses")
    live.drag("hat")
    live.page.mouse.up()
    expect(page).to_have_url(re.compile(r"edit=[-0-9.]+_0_(?!0_)"))
    at_rest(page)
    picture, z = live.pixels(), live.z
    twin = SliderPage(page, page.url)  # a session of its own: only the link is shared
    np.testing.assert_allclose(twin.z, z, atol=1e-2)
    assert np.abs(np.int16(twin.pixels()) - picture).max() <= 1


def test_an_upload_is_cropped_made_to_smile_and_read_in_one_number(
    page: Page, faces_server: str
) -> None:
    live = SliderPage(page, f"{faces_server}&keep=glasses")
    page.get_by_text("Upload", exact=True).click()
    picture = np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8)
    page.locator("input[type=file]").set_input_files(
        FilePayload(name="me.png", mimeType="image/png", buffer=png_bytes(picture))
    )
    square = page.get_by_test_id("crop-frame")
    expect(square).to_be_visible()
    at_rest(page)
    before = live.image.get_attribute("data-z")
    square.press("Shift+ArrowLeft")
    expect(live.image).not_to_have_attribute("data-z", str(before))
    expect(page.get_by_text(re.compile("Besides smile.*with nothing kept"))).to_be_visible()
    assert not live.problems


@pytest.mark.usefixtures("home")
def test_two_groups_of_clicked_pictures_make_a_direction(page: Page, faces_server: str) -> None:
    page.goto(f"{faces_server}&mode=Your+own+direction")
    picture = page.get_by_test_id("picture-groups").get_by_role("button")
    picture.nth(1).click()
    expect(picture.nth(1)).to_have_attribute("data-mark", "A")
    page.get_by_role("button", name="A click adds to B").click()
    picture.nth(4).click()
    expect(picture.nth(4)).to_have_attribute("data-mark", "B")
    image = page.get_by_test_id("live-image")
    codes = models.load("bar-faces", models.Autoencoder).codes
    expected = codes[0] + codes[4] - codes[1]
    expect(image).to_have_attribute("data-frame", re.compile("[1-9]"))
    z = [float(v) for v in (image.get_attribute("data-z") or "").split(",")]
    np.testing.assert_allclose(z, expected, atol=1e-3)
    picture.nth(4).click()
    expect(picture.nth(4)).not_to_have_attribute("data-mark", re.compile("."))


def test_no_fast_click_is_lost_and_no_picture_moves_under_it(page: Page, faces_server: str) -> None:
    page.goto(f"{faces_server}&mode=Your+own+direction")
    picture = page.get_by_test_id("picture-groups").get_by_role("button")
    expect(picture.nth(11)).to_be_visible()
    at_rest(page)
    places = [picture.nth(at).bounding_box() for at in range(12)]
    for at in range(12):
        place = places[at]
        assert place is not None
        if at == 6:
            page.get_by_role("button", name="A click adds to B").click()
        page.mouse.click(place["x"] + 20, place["y"] + 20)
        page.wait_for_timeout(100)
    expect(page).to_have_url(re.compile("group_a=0_1_2_3_4_5&.*group_b=6_7_8_9_10_11"))
    at_rest(page)
    for at, mark in enumerate(6 * "A" + 6 * "B"):
        expect(picture.nth(at)).to_have_attribute("data-mark", mark)
    assert [picture.nth(at).bounding_box() for at in range(12)] == places
    expect(page.get_by_text("Group B: 6 test images.")).to_be_visible()
    page.go_back()
    expect(picture.nth(11)).not_to_have_attribute("data-mark", "B")


def test_what_makes_the_sliders_taller_stays_where_it_is(page: Page, faces_server: str) -> None:
    live = SliderPage(page, faces_server)
    at_rest(page)
    for name in ("All 4 attributes", "Apply to 8 others"):
        toggle = page.get_by_test_id("stCheckbox").filter(has_text=name)
        first = live.slider("glasses")
        before = toggle.bounding_box(), first.bounding_box()
        toggle.click()
        found = live.slider("luck") if name.startswith("All") else page.get_by_test_id("live-also")
        expect(found).to_be_visible()
        at_rest(page)
        assert (toggle.bounding_box(), first.bounding_box()) == before


def test_an_edit_is_taken_away_as_a_gif(page: Page, faces_server: str, tmp_path: Path) -> None:
    live = SliderPage(page, f"{faces_server}&edit=1_0_0_0")
    live.drag("glasses")
    page.mouse.up()
    for name in ("The edit as GIF", "glasses from end to end as GIF"):
        with Image.open(taken_away(page, name).path()) as picture:
            assert (picture.format, picture.n_frames) == ("GIF", 60)


@pytest.mark.usefixtures("home")
def test_an_equation_shows_its_decoded_result(page: Page, faces_server: str) -> None:
    page.goto(f"{faces_server}&mode=Equation&a=3&b=4&c=5")
    result = page.get_by_role("img", name=re.compile("minus.*plus.*decoded"))
    expect(result).to_be_visible()
    faces = models.load("bar-faces", models.Autoencoder)
    z = faces.codes[3] - faces.codes[4] + faces.codes[5]
    expected = to_uint8(faces.decode(z[None])[0])[8, 8]
    shown = result.evaluate(
        """async img => { await img.decode(); const c = document.createElement("canvas");
            c.width = img.naturalWidth; c.height = img.naturalHeight;
            const g = c.getContext("2d"); g.drawImage(img, 0, 0);
            const [x, y] = [c.width / 2 + 1, c.height / 2 + 1];
            return [...g.getImageData(x, y, 1, 1).data] }"""
    )
    assert shown[:3] == expected.tolist()


def test_a_path_is_scrubbed_live(page: Page, faces_server: str) -> None:
    live = SliderPage(page, f"{faces_server}&mode=Path&path_from=2&path_to=9&t=0")
    before = live.pixels()
    live.drag("Along the way")
    until(page, lambda: bool((live.pixels() != before).any()))
    live.page.mouse.up()
    expect(page).to_have_url(re.compile(r"t=0\.[1-9]|t=1"))


def test_back_and_forward_undo_and_redo_moves(page: Page, faces_server: str) -> None:
    SliderPage(page, f"{faces_server}&mode=Path&path_from=2&path_to=9&t=0.5")
    slider = page.get_by_role("slider", name="Along the way")
    values = []
    for key in ("Home", "End"):
        slider.press(key)
        page.wait_for_url(re.compile("t=-0.25" if key == "Home" else "t=1.25"))
        values.append(slider.input_value())
    page.go_back()
    expect(slider).to_have_value(values[0])
    page.go_forward()
    expect(slider).to_have_value(values[1])


def test_a_click_on_a_stop_goes_there_as_often_as_one_likes(page: Page, faces_server: str) -> None:
    live = SliderPage(page, f"{faces_server}&mode=Path&path_from=2&path_to=9&t=0.3")
    stop = page.get_by_role("button", name=re.compile("On the way: 0.75"))
    for _ in range(2):
        expect(stop).to_have_attribute("aria-pressed", "false")
        stop.click()
        expect(page).to_have_url(re.compile("t=0.75"))
        expect(stop).to_have_attribute("aria-pressed", "true")
        live.drag("Along the way")
        live.page.mouse.up()
        expect(page).not_to_have_url(re.compile("t=0.75"))
