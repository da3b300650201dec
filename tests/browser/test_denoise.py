"""The denoising page in a real Chromium."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_moving_the_level_changes_pictures_numbers_and_link(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise?count=2")
    verdict = page.get_by_text(re.compile(r"^On these \d+ pictures"))
    expect(verdict).to_be_visible()
    words = verdict.inner_text()
    # The originals come first: two, or all that are drawn where the data are missing.
    (count,) = re.findall(r"^On these (\d+)", words)
    noisy = page.get_by_test_id("picture-table").locator("img").nth(int(count))
    expect(noisy).to_be_visible()
    shown = str(noisy.get_attribute("src"))
    level = page.get_by_role("slider", name="Level")
    level.focus()
    for _ in range(4):
        level.press("ArrowRight")
    page.wait_for_url("**level-gaussian=0.5**")
    expect(verdict).not_to_have_text(words)
    expect(noisy).not_to_have_attribute("src", shown)
    expect(page.get_by_text("Present level")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_charts_come_after_the_pictures(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise")
    expect(page.get_by_test_id("stPlotlyChart").first.locator(".main-svg").first).to_be_visible()
    started = page.evaluate(
        """() => performance.getEntriesByType("resource").map((e) => [e.name, e.startTime])"""
    )
    (chart,) = [at for name, at in started if "/PlotlyChart." in name]
    pictures = [at for name, at in started if "/door/file/" in name]
    assert len(pictures) > 5
    assert max(pictures) < chart
