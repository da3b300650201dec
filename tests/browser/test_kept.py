"""What a visitor brought, drew and chose is still there on another page."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import FilePayload, Locator, Page, expect

from ae.images.sheets import png_bytes
from tests.browser.conftest import at_rest
from tests.browser.test_history import choose_model, open_page


def of(page: Page, group: str, choice: str) -> Locator:
    return page.get_by_role("radiogroup", name=group).get_by_text(choice, exact=True)


def bring(page: Page, name: str, shape: tuple[int, ...] = (60, 90, 3)) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    inlet = page.get_by_test_id("stFileUploaderDropzoneInput").first
    file = FilePayload(name=name, mimeType="image/png", buffer=png_bytes(pixels))
    inlet.set_input_files(file)
    expect(page.get_by_text(name, exact=True).first).to_be_visible()


def test_an_upload_stays_until_it_is_removed_and_a_drawing_too(page: Page, server: str) -> None:
    page.goto(f"{server}/reconstruct?source=Upload")
    bring(page, "mine.png")
    expect(page.get_by_role("heading", name="Closer: mine.png")).to_be_visible()
    of(page, "Pictures from", "Draw").click()
    canvas = page.get_by_test_id("draw-canvas")
    canvas.press("Space")
    drawn = page.get_by_role("heading", name="Closer: Drawing")
    expect(drawn).to_be_visible()
    of(page, "Pictures from", "Upload").click()
    expect(page.get_by_role("heading", name="Closer: mine.png")).to_be_visible()
    open_page(page, "Sample")
    of(page, "Start from", "Upload").click()
    expect(page.get_by_text("mine.png", exact=True)).to_be_visible()
    image = page.get_by_test_id("live-image")
    expect(image).not_to_have_attribute("data-z", re.compile("^0,0,0,"))
    open_page(page, "Denoise")
    of(page, "Pictures from", "Draw").click()
    expect(drawn).to_be_visible()
    canvas.press("Delete")
    expect(drawn).to_have_count(0)
    of(page, "Pictures from", "Upload").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("mine.png", exact=True)).to_have_count(0)
    open_page(page, "Reconstruct")
    at_rest(page)
    expect(page.get_by_text("mine.png", exact=True)).to_have_count(0)


def test_the_square_of_a_picture_is_the_same_on_another_page(page: Page, server: str) -> None:
    page.goto(f"{server}/arithmetic")
    of(page, "Face", "Upload").click()
    bring(page, "me.png")
    square = page.get_by_test_id("crop-frame")
    square.press("Shift+ArrowLeft")
    square.press("-")
    at_rest(page)
    left = square.get_attribute("style") or ""
    open_page(page, "Sample")
    choose_model(page, "Drawn faces")
    at_rest(page)
    of(page, "Start from", "Upload").click()
    expect(square).to_be_visible()
    expect(square).to_have_attribute("style", left)


def test_a_chosen_model_goes_along(page: Page, server: str) -> None:
    title = "VAE with a plane"
    page.goto(f"{server}/sample")
    choose_model(page, title)
    expect(page.get_by_role("heading", name="The whole plane")).to_be_visible()
    chosen = page.get_by_role("combobox", name="Model")
    open_page(page, "Latent map")
    page.get_by_role("button", name="Model, map, colours").click()
    expect(chosen).to_have_value(title)
    choose_model(page, "VAE with 16 numbers")
    expect(page.get_by_text("VAE with 16 numbers: each of the")).to_be_visible()
    page.keyboard.press("Escape")  # which folds the controls
    page.go_back()
    expect(page.get_by_text(f"{title}: each of the")).to_be_visible()
    open_page(page, "Arithmetic")
    expect(chosen).to_have_value(title)
    expect(page).to_have_url(re.compile("vae=VAE"))
    open_page(page, "Reconstruct")
    pills = page.get_by_role("toolbar", name="Models")
    expect(pills.get_by_role("button", name=title)).to_be_visible()
    expect(page).to_have_url(re.compile("models=VAE"))
