"""Compare, in a real Chromium."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.live_page import LivePage, until


class Lab(LivePage):
    """The lab of size and beta, and the messages it sends."""

    def ready(self) -> None:
        expect(self.strip(0)).to_be_visible()
        until(self.page, lambda: bool(self.pixels(self.strip(0))[..., :3].any()))

    def strip(self, row: int) -> Locator:
        return self.page.get_by_test_id("lab-strip").nth(row)


def test_the_pictures_follow_a_slider_without_a_message(server: str, page: Page) -> None:
    lab = Lab(page, f"{server}/compare?view=Rate-distortion+lab&lab=64_0.25")
    page.wait_for_load_state("networkidle")
    size = page.get_by_role("slider", name="Numbers in the code")
    use = page.get_by_test_id("lab-use")
    expect(use).to_contain_text("of 64 numbers")
    rows = range(1, 6)  # PCA, stacked, convolutional, variational, draws from the prior
    before = [lab.pixels(lab.strip(row)) for row in rows]
    box = size.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 9, y)
    page.mouse.down()
    lab.sent.clear()
    page.mouse.move(box["x"] + 9, y, steps=12)
    lab.painted()
    expect(use).to_contain_text("of 2 numbers")
    for row, picture in zip(rows, before, strict=True):
        assert np.abs(lab.pixels(lab.strip(row)) - picture.astype(int)).max() > 50
    assert lab.sent == []
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"lab=2_0\.25"))
    beta = page.get_by_role("slider", name="Beta")
    beta.press("ArrowRight")
    expect(use).to_contain_text("Beta 0.5")
    assert lab.problems == []


def test_the_lab_fills_the_window_by_a_key(server: str, page: Page) -> None:
    lab = Lab(page, f"{server}/compare?view=Rate-distortion+lab")
    lab.painted()
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="Presenting")
    expect(dialog).to_be_visible()
    expect(page).to_have_url(re.compile("present=1"))
    dialog.get_by_role("slider", name="Numbers in the code").press("Home")
    expect(dialog.get_by_test_id("lab-use")).to_contain_text("of 2 numbers")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_attached()
    expect(page.get_by_test_id("lab-use")).to_contain_text("of 2 numbers")


def test_the_table_is_sorted_and_the_frames_are_timed_here(server: str, page: Page) -> None:
    page.goto(f"{server}/compare")
    table = page.get_by_test_id("sortable-table")
    last = table.locator("tbody tr td:last-child")
    expect(last.first).to_have_text(re.compile(r"^\d+\.\d+$"))
    table.get_by_role("button", name="Squared error").click()
    expect(table.locator("th[aria-sort=ascending]")).to_contain_text("Squared error")
    errors = [float(text) for text in table.locator("tbody tr td:nth-child(3)").all_inner_texts()]
    assert errors == sorted(errors)
    table.get_by_role("button", name="Squared error").click()
    expect(table.locator("th[aria-sort=descending]")).to_be_visible()
    errors = [float(text) for text in table.locator("tbody tr td:nth-child(3)").all_inner_texts()]
    assert errors == sorted(errors, reverse=True)
