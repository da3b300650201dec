"""The Sample page in a real Chromium: drags, shared links, a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ae import models
from ae.images.sheets import to_uint8
from tests.browser.live_page import SliderPage, until

QUERY = "sample?vae=VAE+with+16+numbers"


class SamplePage(SliderPage):
    """The page of one model."""

    def ready(self) -> None:
        super().ready()
        # The last words of the page: everything above them is there.
        expect(self.page.get_by_text("where they differ")).to_be_visible()

    def slider(self, of: int | str) -> Locator:
        return self.page.get_by_test_id("latent-slider").nth(int(of))

    @property
    def linked(self) -> list[float]:
        """The code in the page's address."""
        written = parse_qs(urlsplit(self.page.url).query).get("z", ["nan"])[0]
        return [float(word) for word in written.split("_")]

    def wait_for_link(self) -> None:
        until(self.page, lambda: self.linked == pytest.approx(self.z, rel=5e-3, abs=1e-9))


@pytest.fixture
def sample(server: str, page: Page) -> Iterator[SamplePage]:
    sample = SamplePage(page, f"{server}/{QUERY}&start=Random&start_seed=4")
    yield sample
    assert sample.problems == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_server_hears_of_a_drag_once_and_the_link_follows(sample: SamplePage) -> None:
    sample.wait_for_link()
    sample.sent.clear()
    frames, z = sample.frame, sample.z
    sample.drag(0)
    expect(sample.image).not_to_have_attribute("data-frame", str(frames))
    assert sample.z != z
    assert sample.sent == [], "nothing while the button is held"
    sample.page.mouse.up()
    sample.wait_for_link()
    assert len(sample.sent) == 1
    assert sum(now != then for now, then in zip(sample.z, z, strict=True)) == 1


def test_a_shared_link_gives_the_same_picture(sample: SamplePage) -> None:
    sample.drag(0)
    sample.page.mouse.up()
    sample.wait_for_link()
    decoded = models.load("fashion-vae-16").decode(np.asarray([sample.z], np.float32))
    sample.wait_for_picture(to_uint8(decoded)[0])
    pixels, z = sample.pixels(), sample.z
    visitor = SamplePage(sample.page.context.new_page(), sample.page.url)
    assert visitor.z == z
    assert np.array_equal(visitor.pixels(), pixels)


def test_a_drawn_code_is_sent_to_the_sliders(sample: SamplePage) -> None:
    sample.page.get_by_role("button", name="Use as start").first.click()
    drawn = np.random.default_rng(0).standard_normal(16)
    until(sample.page, lambda: sample.z == pytest.approx(drawn, rel=5e-3))


def test_the_stage_fills_the_window_by_a_link_a_key_or_a_button(server: str, page: Page) -> None:
    live = SamplePage(page, f"{server}/{QUERY}&start=Random&present=1")
    dialog = page.get_by_role("dialog", name="Presenting")
    menu = page.get_by_role("link", name="Arithmetic")

    def presented(wanted: bool) -> None:
        expect(dialog).to_have_count(int(wanted))
        expect(menu).to_be_visible()  # which what lies above it does not change
        width = "c => c.getBoundingClientRect().width"
        until(page, lambda: (live.image.evaluate(width) > 500) == wanted)
        covered = menu.evaluate(
            """e => { const { x, y } = e.getBoundingClientRect();
                return !e.contains(document.elementFromPoint(x + 5, y + 5)); }"""
        )
        assert covered == wanted
        # Escape closes a dialog first and says so then.
        expect(page).to_have_url(re.compile("present=1" if wanted else "^(?!.*present=1)"))

    presented(True)
    z = live.z
    live.slider(1).press("ArrowRight")
    live.painted()
    assert live.z != z
    live.wait_for_link()
    presented(True)
    then = page.url
    page.keyboard.press("Escape")
    presented(False)
    # An answer to what was sent before comes late.
    page.evaluate("url => history.replaceState(history.state, '', url)", then)
    presented(False)
    live.slider(1).focus()
    page.keyboard.press("p")
    presented(True)
    page.keyboard.press("p")
    presented(False)
    page.get_by_label("Seed", exact=True).first.press("p")
    presented(False)
    page.get_by_role("button", name="Present", exact=True).click()
    presented(True)
    page.get_by_role("button", name="Leave").click()
    presented(False)
    assert live.problems == []


def test_a_phone_shows_everything_without_scrolling_sideways(server: str, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True) as context:
        context.set_default_timeout(30_000)
        phone = SamplePage(context.new_page(), f"{server}/{QUERY}&start=Test+image")
        main = phone.page.get_by_test_id("stMain")
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") == 0
        for name in ("Prior mean", "Random", "Test image", "Upload"):
            choice = phone.page.get_by_role("radio", name=name).first
            box = choice.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= 390
