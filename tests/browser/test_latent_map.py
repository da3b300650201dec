"""The latent map in a real Chromium: pointing decodes, a click pins, a link repeats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import FloatRect, Page, expect

from ae.latent.maps import Interpolation
from ae.models import load
from tests.browser.conftest import taken_away
from tests.browser.live_page import LivePage, until

MODEL = load("fashion-vae-16")
Z = re.compile(r"\d")
Open = Callable[[str], "LatentMap"]


class LatentMap(LivePage):
    """The map of one model."""

    def ready(self) -> None:
        expect(self.image).to_have_attribute("data-z", Z)
        expect(self.page.get_by_role("heading", name="How far to trust")).to_be_visible()
        # The originals come last; from now on nothing is on its way.
        expect(self.page.get_by_text("Nearest image:")).to_be_visible()

    def box(self) -> FloatRect:
        surface = self.page.get_by_test_id("latent-map").get_by_role("application")
        surface.scroll_into_view_if_needed()
        box = surface.bounding_box()
        assert box is not None
        return box

    def point(self, across: float, down: float) -> None:
        """Move the pointer to a share of the map's width and height."""
        box = self.box()
        self.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])

    def click(self) -> None:
        self.page.mouse.down()
        self.page.mouse.up()


@pytest.fixture
def open_map(datasets_folder: Path, server: str, page: Page) -> Iterator[Open]:
    opened: list[LatentMap] = []

    def open_map(query: str) -> LatentMap:
        model = "" if "vae=" in query else "vae=VAE+with+16+numbers&"
        opened.append(LatentMap(page, f"{server}/latent_map?{model}{query}"))
        return opened[-1]

    yield open_map
    assert [latent_map.problems for latent_map in opened] == [[]]
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_pointing_at_empty_space_decodes_it_and_the_server_hears_nothing(open_map: Open) -> None:
    latent_map = open_map("map=t-SNE")
    latent_map.box()
    latent_map.sent.clear()
    seen = []
    for across in (0.03, 0.5, 0.97):
        latent_map.point(across, 0.03)
        latent_map.painted()
        seen.append(tuple(latent_map.z))
    assert len(set(seen)) == 3
    assert latent_map.sent == []


def test_a_click_pins_and_its_link_decodes_the_same_place(open_map: Open) -> None:
    latent_map = open_map("map=t-SNE")
    latent_map.point(0.03, 0.03)
    latent_map.click()
    page = latent_map.page
    heading = page.get_by_role("heading", name="Pinned: a place between")
    expect(heading).to_be_visible()
    page.wait_for_url(re.compile("pin=[-0-9.]+_[-0-9.]+"))
    place = [float(v) for v in page.url.split("pin=")[1].split("&")[0].split("_")]
    z = Interpolation(MODEL.maps["tsne"], MODEL.codes).codes(np.array([place]))[0]
    page.mouse.move(0, 0)
    np.testing.assert_allclose(latent_map.z, z, atol=1e-3)
    page.goto(page.url)
    latent_map.ready()
    expect(heading).to_be_visible()
    np.testing.assert_allclose(latent_map.z, z, atol=1e-3)


def test_the_link_of_an_image_shows_its_own_code_and_its_neighbours(open_map: Open) -> None:
    latent_map = open_map("map=t-SNE&pin=7")
    np.testing.assert_allclose(latent_map.z, MODEL.codes[7], atol=1e-4)
    expect(latent_map.page.get_by_text("nearest in latent space")).to_be_visible()


def test_a_box_selects_and_the_selection_can_be_downloaded(open_map: Open) -> None:
    latent_map = open_map("map=PCA")
    page = latent_map.page
    page.get_by_role("button", name="Box", exact=True).click()
    latent_map.point(0.35, 0.35)
    page.mouse.down()
    latent_map.point(0.6, 0.6)
    page.mouse.up()
    heading = page.get_by_role("heading", name="Selected:")
    expect(heading).to_be_visible()
    count = int(re.sub(r"\D", "", heading.inner_text().split(" of ")[0]))
    lines = taken_away(page, "Selection as CSV").path().read_text().splitlines()
    assert len(lines) == count + 1 > 1


def test_a_shared_link_shows_the_lasso_and_what_it_selects(open_map: Open) -> None:
    latent_map = open_map("map=t-SNE")
    page = latent_map.page
    page.get_by_role("button", name="Lasso", exact=True).click()
    latent_map.point(0.6, 0.5)
    page.mouse.down()
    for angle in np.linspace(0, 6, 80):
        latent_map.point(0.5 + 0.1 * np.cos(angle), 0.5 + 0.1 * np.sin(angle))
    page.mouse.up()
    heading = page.get_by_role("heading", name="Selected:")
    words = heading.inner_text()
    page.wait_for_url(re.compile("lasso="))
    page.goto(page.url)
    latent_map.ready()
    expect(heading).to_have_text(words)
    expect(page.get_by_role("button", name="Clear selection")).to_be_visible()


def test_a_pinned_code_is_opened_on_sample(open_map: Open) -> None:
    latent_map = open_map("map=t-SNE&pin=7")
    page = latent_map.page
    page.get_by_role("link", name="Open this code on Sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sample")
    page.wait_for_url("**/sample?**")
    expect(page.get_by_test_id("latent-slider").first).to_be_enabled()
    until(page, lambda: np.allclose(latent_map.z, MODEL.codes[7], rtol=0.01, atol=1e-3))


def test_a_place_far_from_all_data_is_called_so(open_map: Open) -> None:
    latent_map = open_map("vae=VAE+with+a+plane")
    plane = load("fashion-vae-2")
    far = latent_map.page.get_by_text("Far from anything this model has seen")
    latent_map.point(0.02, 0.02)
    expect(far).to_be_visible()
    assert plane.support(np.array([latent_map.z], np.float32))[0] < 0.05
    latent_map.point(0.5, 0.5)
    expect(far).to_have_count(0)
    assert plane.support(np.array([latent_map.z], np.float32))[0] >= 0.05


def test_the_map_fills_the_window_by_the_link_and_the_key_of_other_pages(open_map: Open) -> None:
    latent_map = open_map("map=PCA&present=1")
    page = latent_map.page
    dialog = page.get_by_role("dialog", name="Presenting")
    expect(dialog).to_be_visible()
    large, shown = latent_map.box()["height"], latent_map.image.get_attribute("data-z")
    latent_map.point(0.3, 0.4)
    expect(latent_map.image).not_to_have_attribute("data-z", shown or "")
    latent_map.click()
    expect(page).to_have_url(re.compile("pin="))
    page.keyboard.press("Escape")  # which takes the pin back first
    expect(page).not_to_have_url(re.compile("pin="))
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("present=1"))
    assert latent_map.box()["height"] < large
    page.keyboard.press("p")
    expect(dialog).to_be_visible()
