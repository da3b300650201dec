"""What a visitor does, in a real Chromium."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Start, no_error, taken_away
from tests.browser.live_page import STANDS_STILL, swipe, until


def sources(pictures: Locator) -> list[str]:
    return [str(src) for src in pictures.evaluate_all("all => all.map(i => i.src)")]


def garment() -> bytes:
    """A dark pullover on a bright background, off the middle."""
    picture = np.full((240, 320), 245, np.uint8)
    picture[50:190, 120:220] = 60
    picture[60:150, 90:250] = 60
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("path", ["projection", "reconstruct", "latent_map", "sample"])
def test_a_cold_deep_link_opens_its_page(start_server: Start, page: Page, path: str) -> None:
    outside: list[str] = []
    page.on("request", lambda r: outside.append(r.url))
    server = start_server()
    page.goto(f"{server}/{path}")
    expect(page.get_by_role("heading", level=1)).to_have_text(path.replace("_", " ").capitalize())
    expect(page.get_by_text("Page not found")).to_have_count(0)
    no_error(page)
    inside = (server, "data:", "blob:", server.replace("http", "ws"))
    assert [url for url in outside if not url.startswith(inside)] == []


def test_home_sends_another_garment_through(server: str, page: Page) -> None:
    page.goto(server)
    figure = page.locator(".output img")
    expect(figure).to_have_attribute("src", re.compile("^data:image/png"))
    before = sources(figure)
    page.locator(".st-key-garment").get_by_text("Bag", exact=True).click()
    expect(figure).not_to_have_attribute("src", before[0])
    no_error(page)


def test_moving_a_control_changes_the_pictures_and_the_link(server: str, page: Page) -> None:
    page.goto(f"{server}/reconstruct")
    pictures = page.get_by_test_id("picture-table").locator("img")
    expect(pictures.first).to_be_visible()
    before = sources(pictures)
    noise = page.get_by_role("slider", name="Noise added first")
    noise.focus()
    for _ in range(4):
        noise.press("ArrowRight")
    expect(page.get_by_text("what is encoded")).to_be_visible()
    assert sources(pictures) != before
    page.wait_for_url("**noise=0.2**")
    page.reload()  # a page on its own, not the last of several redrawings
    expect(page.get_by_text("what is encoded")).to_be_visible()
    shown = sources(pictures)
    assert shown != before
    page.reload()
    expect(page.get_by_text("what is encoded")).to_be_visible()
    expect(pictures).to_have_count(len(shown))
    for at, source in enumerate(shown):
        expect(pictures.nth(at)).to_have_attribute("src", source)


def test_a_click_on_a_picture_looks_closer(server: str, page: Page) -> None:
    page.goto(f"{server}/reconstruct")
    cells = page.get_by_test_id("picture-table").get_by_role("button")
    cells.nth(2).click()
    name = cells.nth(2).locator(".caption").inner_text()
    expect(page.get_by_role("heading", name=f"Closer: {name}")).to_be_visible()
    cells.nth(2).press("Shift+Tab")
    page.keyboard.press("Enter")
    name = cells.nth(1).locator(".caption").inner_text()
    expect(page.get_by_role("heading", name=f"Closer: {name}")).to_be_visible()


def test_an_uploaded_picture_comes_back_rebuilt(server: str, page: Page) -> None:
    page.goto(f"{server}/reconstruct?source=Upload")
    page.locator("input[type=file]").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": garment()}
    )
    expect(page.get_by_role("heading", name="Closer: mine.png")).to_be_visible()
    # Whatever it resembles most, the visitor decides which models are asked.
    page.get_by_text("Garments", exact=True).click()
    page.get_by_text("How it was prepared").click()
    expect(page.get_by_text("black and white were swapped")).to_be_visible()
    expect(page.get_by_alt_text("Original: mine.png")).to_be_visible()
    expect(page.get_by_alt_text("Stacked autoencoder: mine.png")).to_be_visible()
    no_error(page)


def test_a_drawing_is_rebuilt(server: str, page: Page) -> None:
    page.goto(f"{server}/reconstruct?source=Draw")
    canvas = page.get_by_test_id("draw-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 80, box["y"] + 80)
    page.mouse.down()
    for step in range(1, 15):
        page.mouse.move(box["x"] + 80 + 10 * step, box["y"] + 80 + 8 * (step % 5))
    page.mouse.up()
    rebuilt = page.get_by_alt_text("Stacked autoencoder: Drawing", exact=True)
    expect(rebuilt).to_be_visible()
    before = sources(rebuilt)
    canvas.press("ArrowDown")
    canvas.press("Space")
    expect(rebuilt).not_to_have_attribute("src", before[0])
    no_error(page)


def test_a_photo_is_rebuilt(server: str, page: Page) -> None:
    page.goto(f"{server}/reconstruct?source=Camera")
    # A click before the first frame has arrived takes no photo.
    page.wait_for_function(
        "() => { const video = document.querySelector('video');"
        " return video && video.readyState > 2 && video.currentTime > 0.2; }"
    )
    page.get_by_role("button", name="Take photo").click()
    expect(page.get_by_role("heading", name="Closer: Photo")).to_be_visible()
    no_error(page)


def test_numbers_and_pictures_can_be_downloaded(server: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{server}/reconstruct")
    lines = taken_away(page, "Numbers as CSV").path().read_text().splitlines()
    assert lines[0] == "image,model,numbers,mse,psnr_db,bce_nats,floor_nats"
    with Image.open(taken_away(page, "Pictures as PNG").path()) as picture:
        assert picture.format == "PNG"
        assert picture.width > 8 * 28


def test_the_numbers_of_projection_are_those_of_the_epoch_in_the_picture(
    server: str, page: Page
) -> None:
    page.goto(f"{server}/projection")
    sketch = page.locator(".st-key-projection_figure > img")
    expect(sketch).to_be_attached()
    expect(page.locator(".js-plotly-plot .updatemenu-button")).to_be_attached()
    expect(sketch).not_to_be_attached()
    epoch = page.get_by_role("slider", name="Epoch in the picture")
    loss = page.locator(".st-key-playback dd").first
    in_picture = page.locator(".js-plotly-plot").get_by_text(re.compile("^epoch .*: "))
    expect(epoch).to_have_attribute("aria-valuetext", "Epoch 20")
    last = loss.inner_text()
    epoch.press("Home")
    expect(in_picture).to_contain_text("epoch 0: ")
    expect(loss).not_to_have_text(last)
    first = loss.inner_text()
    assert float(first) > 2 * float(last)
    assert float(str(in_picture.text_content()).split(": ")[1]) == pytest.approx(
        float(first), rel=0.01
    )
    epoch.press("Shift+Tab")
    page.keyboard.press("Enter")
    # On a busy machine all of it may have been played by now.
    expect(page.get_by_role("button", name=re.compile("Play|Pause"))).to_be_focused()
    expect(epoch).to_have_attribute("aria-valuetext", "Epoch 20")
    expect(loss).to_have_text(last)
    expect(in_picture).to_contain_text("epoch 20: ")
    page.get_by_role("button", name="Too fast: watch it diverge").click()
    expect(page.get_by_test_id("stAlertContentWarning")).to_be_visible()
    expect(loss).not_to_have_text(last)

    def alike() -> bool:
        shown = float(str(in_picture.text_content()).split(": ")[1])
        return shown == pytest.approx(float(loss.inner_text()), rel=0.01)

    until(page, alike)  # the picture and the number are told one after the other
    no_error(page)


@pytest.mark.parametrize(
    ("path", "slider"),
    [
        ("sample", "latent-slider"),
        ("arithmetic", "latent-slider"),
        ("reconstruct", ""),
        ("denoise", ""),
    ],
)
def test_a_finger_that_scrolls_sets_no_slider(
    server: str, browser: Browser, path: str, slider: str
) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.goto(f"{server}/{path}")
        track = page.get_by_test_id(slider) if slider else streamlit_tracks(page)
        expect(track.first).to_be_visible()
        page.wait_for_load_state("networkidle")
        main = page.get_by_test_id("stMain")
        for at, (across, along) in enumerate([(0, -90), (9, -120), (-9, 90), (90, 5)]):
            track.first.evaluate("e => e.scrollIntoView({ block: 'center' })")
            values = page.get_by_role("slider").evaluate_all("all => all.map(e => e.value)")
            scrolled = main.evaluate("e => e.scrollTop")
            box = track.first.bounding_box()
            assert box is not None
            share = (0.2, 0.5, 0.8, 0.5)[at]  # one of them on the thumb
            place = box["x"] + share * box["width"], box["y"] + box["height"] / 2
            swipe(page, place, (across, along))
            main.evaluate(STANDS_STILL)
            now = page.get_by_role("slider").evaluate_all("all => all.map(e => e.value)")
            assert (now == values) == (along != 5)
            at_the_top = along > 0 and not scrolled
            stays = main.evaluate("e => e.scrollTop") == scrolled
            assert stays == (along == 5 or at_the_top)


def streamlit_tracks(page: Page) -> Locator:
    """Find what Streamlit's own sliders are drawn on."""
    return page.get_by_test_id("stSlider").locator("[style*=touch-action]")
