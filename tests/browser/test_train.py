"""Pictures of one's own become a model that is slid, found, taken away and put back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ae.training import jobs
from ae.training.jobs import State, can_train
from ae.training.recipes import Choices, Wanted
from tests.browser.conftest import Start, at_rest, taken_away
from tests.browser.live_page import SliderPage, until
from tests.conftest import NO_TENSORFLOW
from tests.pages.test_train import write_film
from tests.toys import write_toy_vae
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
    folder = tmp_path / "planted-squares.zip"
    taken_away(page, "Take the model folder").save_as(folder)

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
    expect(page.get_by_text("Planted squares")).to_have_count(0)
    page.locator("input[type=file]").last.set_input_files(folder)
    card = tmp_path / "models" / "planted-squares" / "card.json"
    until(page, card.is_file)
    SliderPage(page, f"{address}/sample?vae=Planted+squares")
    expect(page.get_by_test_id("latent-slider")).to_have_count(4)


def test_a_refused_title_stays_with_the_model_that_it_was_typed_for(
    start_server: Start, page: Page, tmp_path: Path
) -> None:
    for name in ("first", "second", "third"):
        write_toy_vae(tmp_path / "models" / name, (16, 16, 3))
    page.goto(f"{start_server(AE_HOME=str(tmp_path))}/train")
    page.get_by_role("button", name="Rename").nth(1).click()
    title = page.get_by_label("Title")
    for wanted, words in (("Second [x]", "must be plain words"), ("First", "called 'First'")):
        title.fill(wanted)
        title.press("Enter")
        expect(page.get_by_test_id("stPopoverBody").get_by_text(words)).to_be_visible()
        at_rest(page)
        expect(title).to_have_value(wanted)
    title.fill("Better")
    title.press("Enter")
    expect(page.get_by_text("Better", exact=True)).to_be_visible()
    expect(title).to_have_count(0)
    cards = [tmp_path / "models" / name / "card.json" for name in ("first", "second", "third")]
    titles = [json.loads(card.read_text(encoding="utf-8"))["title"] for card in cards]
    assert titles == ["First", "Better", "Third"]


def test_a_training_that_waited_is_said_to_go_on_and_its_film_has_a_legend(
    start_server: Start, page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "jobs" / f"{1:016}"
    folder.mkdir(parents=True)
    wanted = Wanted("fashion-mnist", Choices(), "mine", "Mine")
    request = {"wanted": asdict(wanted), "asked": 1}
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    write_film(folder, [5, 2] * 5)
    with jobs.locked(folder / "alive", wait=True):
        jobs.note(folder, State())
        page.goto(f"{start_server(AE_HOME=str(tmp_path))}/train?job={folder.name}")
        expect(page.get_by_text("Waits to begin")).to_be_visible()
        expect(page.get_by_text("Waits", exact=True)).to_be_visible()
        jobs.note(folder, State("training", epochs=2))
        expect(page.get_by_text("Goes on", exact=True)).to_be_visible()
        write_toy_vae(tmp_path / "models" / "mine", (16, 16, 3))
        jobs.note(folder, State("done", epoch=2, epochs=2))
    legend = page.get_by_role("list", name="Classes").get_by_role("listitem")
    expect(legend).to_have_text(["c", "f"])
    colours = legend.locator("canvas").evaluate_all(
        "all => all.map(c => [...c.getContext('2d').getImageData(12, 12, 1, 1).data])"
    )
    in_the_map = """c => [...new Set(Array.from(
            new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)
        ))].map(n => [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24])"""
    film = page.get_by_test_id("film-map")
    assert colours[0] != colours[1]
    until(page, lambda: all(colour in film.evaluate(in_the_map) for colour in colours))
