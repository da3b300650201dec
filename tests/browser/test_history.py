"""Back returns to what the visitor chose: one gesture is one entry of the history."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import at_rest


def entries(page: Page) -> int:
    return int(page.evaluate("window.history.length"))


def open_page(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def choose_model(page: Page, title: str) -> None:
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name=title, exact=True).click()


def test_two_settings_of_one_click_are_one_entry(page: Page, server: str) -> None:
    page.goto(f"{server}/projection")
    epochs = page.get_by_role("slider", name="Epochs")
    expect(epochs).to_have_attribute("aria-valuetext", "20")
    at_rest(page)
    before = entries(page)
    page.get_by_role("button", name="Train until it converges").click()
    expect(page).to_have_url(re.compile("(?=.*linear_rate=0.5)(?=.*linear_epochs)"))
    at_rest(page)
    assert entries(page) == before + 1
    page.go_back()
    expect(epochs).to_have_attribute("aria-valuetext", "20")
    expect(page).to_have_url(f"{server}/projection")


def test_a_page_that_is_entered_is_one_entry(page: Page, server: str) -> None:
    page.goto(f"{server}/projection")
    at_rest(page)
    before = entries(page)
    for number, name in enumerate(("Sample", "Arithmetic", "Latent map"), 1):
        open_page(page, name)
        at_rest(page)
        assert entries(page) == before + number
    page.go_back()
    expect(page.get_by_role("heading", name="Arithmetic", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sample", exact=True)).to_be_visible()


def test_back_from_sample_finds_the_map_as_it_was(page: Page, server: str) -> None:
    page.goto(f"{server}/latent_map?vae=VAE+with+16+numbers&pin=7")
    expect(page.get_by_text("Pinned: test image 7")).to_be_visible()
    at_rest(page)
    before = entries(page)
    plane = page.get_by_role("radio", name="Through the pinned image")
    page.get_by_text("Through the pinned image").click()
    expect(page).to_have_url(re.compile("through=7"))
    at_rest(page)
    assert entries(page) == before + 1
    page.get_by_role("link", name="Open this code on Sample").click()
    expect(page.get_by_test_id("latent-slider").first).to_be_enabled()
    at_rest(page)
    assert entries(page) == before + 2
    page.go_back()
    expect(page.get_by_text("Pinned: test image 7")).to_be_visible()
    expect(plane).to_be_checked()
    page.go_back()
    expect(plane).not_to_be_checked()
    expect(page.get_by_text("Pinned: test image 7")).to_be_visible()


def test_each_page_begins_with_its_own_model_and_back_finds_the_one_it_had(
    page: Page, server: str
) -> None:
    def on_map(title: str) -> None:
        expect(page.get_by_text(f"{title}: each of the")).to_be_visible()
        at_rest(page)

    def on_sample(title: str) -> None:
        expect(page.get_by_role("heading", name="Sample", exact=True)).to_be_visible()
        expect(page.get_by_role("combobox", name="Model")).to_have_value(title)
        at_rest(page)

    page.goto(f"{server}/sample")
    on_sample("VAE with 16 numbers")
    open_page(page, "Latent map")
    on_map("VAE with a plane")
    page.get_by_role("button", name="Model, map, colours").click()
    choose_model(page, "Drawn faces")
    on_map("Drawn faces")
    page.keyboard.press("Escape")
    open_page(page, "Sample")
    on_sample("Drawn faces")
    choose_model(page, "VAE with 16 numbers")
    on_sample("VAE with 16 numbers")
    open_page(page, "Latent map")
    on_map("VAE with 16 numbers")
    for was, title in (
        (on_sample, "VAE with 16 numbers"),
        (on_sample, "Drawn faces"),
        (on_map, "Drawn faces"),
        (on_map, "VAE with a plane"),
        (on_sample, "VAE with 16 numbers"),
    ):
        page.go_back()
        was(title)
    assert "vae=" not in page.url
    page.go_forward()
    on_map("VAE with a plane")
    page.go_forward()
    on_map("Drawn faces")


def test_back_undoes_a_start_and_a_widget(page: Page, server: str) -> None:
    page.goto(f"{server}/sample")
    image = page.get_by_test_id("live-image")
    expect(image).to_have_attribute("data-z", re.compile("^0,0,"))
    at_rest(page)
    page.get_by_text("Random", exact=True).click()
    expect(image).not_to_have_attribute("data-z", re.compile("^0,0,"))
    at_rest(page)
    drawn = image.get_attribute("data-z")
    assert drawn is not None
    page.get_by_role("button", name="Draw again").first.click()
    expect(image).not_to_have_attribute("data-z", drawn)
    at_rest(page)
    page.go_back()
    expect(image).to_have_attribute("data-z", drawn)
    page.go_back()
    expect(image).to_have_attribute("data-z", re.compile("^0,0,"))
    expect(page.get_by_role("radio", name="Prior mean")).to_be_checked()
