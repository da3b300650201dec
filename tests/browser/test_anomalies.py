"""Anomalies, in a real Chromium."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from ae.data import sketches
from ae.images.sheets import to_uint8
from tests.browser.conftest import at_rest


def shoe() -> bytes:
    images, names = sketches.load()
    picture = to_uint8(images[list(names).index("Ankle boot"), ..., 0])
    file = io.BytesIO()
    Image.fromarray(picture).resize((280, 280)).save(file, "PNG")
    return file.getvalue()


def rates(page: Page) -> tuple[float, float]:
    text = page.get_by_test_id("rates").inner_text()
    alarms, missed = re.findall(r"([\d.]+) %", text)
    return float(alarms), float(missed)


def test_dragging_the_threshold_changes_the_rates_at_once(server: str, page: Page) -> None:
    page.goto(f"{server}/anomalies?normal=Shirt")
    histogram = page.get_by_test_id("threshold").locator("svg")
    at_rest(page)
    before = rates(page)
    box = histogram.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.15, middle, steps=4)
    dragged = rates(page)
    assert dragged[0] > before[0]
    assert dragged[1] < before[1]
    assert "threshold=" not in page.url
    page.mouse.up()
    page.wait_for_url("**threshold=**")
    assert rates(page) == dragged
    page.get_by_role("button", name="Promised line").click()
    expect(page.get_by_test_id("rates")).to_contain_text(f"{before[0]:.1f} %")


def test_the_threshold_moves_by_keyboard_too(server: str, page: Page) -> None:
    page.goto(f"{server}/anomalies")
    slider = page.get_by_role("slider", name="Threshold")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("missed"))
    before = slider.get_attribute("aria-valuetext")
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).not_to_have_attribute("aria-valuetext", str(before))


def test_an_uploaded_shoe_is_flagged_where_trousers_are_normal(server: str, page: Page) -> None:
    page.goto(f"{server}/anomalies?normal=Trouser")
    page.get_by_role("radiogroup", name="Image from").get_by_text("Upload").click()
    file = FilePayload(name="shoe.png", mimeType="image/png", buffer=shoe())
    # Further down there are others, for one's own normality.
    uploader = page.locator(".st-key-own-upload-0")
    uploader.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    expect(page.get_by_text("Anomaly, not Trouser")).to_be_visible()
    expect(page.get_by_alt_text("where it is not as restored")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.usefixtures("datasets_folder")
def test_the_gallery_shows_twelve_pictures_whole_and_says_what_each_is(
    server: str, page: Page
) -> None:
    page.goto(f"{server}/anomalies")
    table = page.get_by_test_id("picture-table").first
    named = table.get_by_role("button", name=re.compile(r"^Most anomalous: [A-Z].* \d+ [\d.]+$"))
    expect(named).to_have_count(12)
    assert table.locator(".scroll").evaluate("e => e.scrollWidth === e.clientWidth")
