"""Pictures of one's own become a model that is slid, found, taken away and put back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ae.training.jobs import can_train
from tests.browser.conftest import Start
from tests.browser.live_page import SliderPage
from tests.conftest import NO_TENSORFLOW
from tests.training.pictures import zip_of_faces

A_TRAINING_MS = 240_000  # of two epochs, on a machine that is busy with other tests


@pytest.mark.skipif(not can_train(), reason=NO_TENSORFLOW)
def test_a_zip_becomes_a_model_under_the_finger(
    start_server: Start, page: Page, tmp_path: Path
) -> None:
    address = start_server(AE_HOME=str(tmp_path))
    page.goto(f"{address}/train?epochs=2&latent=4")
    faces = tmp_path / "faces.zip"
    faces.write_bytes(zip_of_faces())
    page.locator("input[type=file]").set_input_files(faces)
    expect(page.get_by_text("60 pictures")).to_be_visible()
    page.get_by_label("Call the model").fill("Planted squares")
    page.get_by_label("Call the model").press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="Planted squares")).to_be_visible()
    # Whoever leaves and comes back by the link finds it.
    link = page.url
    page.goto(address)
    page.goto(link)
    expect(page.get_by_text("It is on the shelf.")).to_be_visible(timeout=A_TRAINING_MS)
    film = page.get_by_role("slider", name="Epoch")
    expect(film).to_have_attribute("aria-valuetext", "Epoch 2")
    film.focus()
    film.press("Home")
    expect(film).to_have_attribute("aria-valuetext", "Epoch 1")
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Take the model folder").click()
    folder = tmp_path / "planted-squares.zip"
    downloaded.value.save_as(folder)

    sample = SliderPage(page, f"{address}/sample?vae=Planted+squares")
    frames = sample.frame
    sample.drag("z0,")
    expect(sample.image).not_to_have_attribute("data-frame", str(frames))
    page.mouse.up()
    assert sample.asked == []
    assert sample.problems == []
    page.goto(f"{address}/arithmetic?vae=Planted+squares")
    expect(page.get_by_text("red square").first).to_be_visible()

    page.goto(f"{address}/train")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted: Planted squares")).to_be_visible()
    page.goto(address)
    expect(page.get_by_text("The shelf").first).to_be_visible()
    expect(page.get_by_text("Sample from planted-squares")).to_have_count(0)
    page.locator("input[type=file]").last.set_input_files(folder)
    card = tmp_path / "models" / "planted-squares" / "card.json"
    for _ in range(300):
        if card.is_file():
            break
        page.wait_for_timeout(100)
    SliderPage(page, f"{address}/sample?vae=Planted+squares")
    expect(page.get_by_test_id("latent-slider")).to_have_count(4)
    assert card.is_file()
