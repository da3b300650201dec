"""A postcard, opened from disk without a network."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from ae import models
from ae.coding.autoencoder import Autoencoder
from ae.coding.decoder import TOLERANCE
from ae.models import SHIPPED
from ae.ui.postcard.making import postcard
from ae.ui.postcard.sliders import weights_of
from tests.browser.conftest import taken_away
from tests.browser.live_page import SliderPage, box_in_all, until

MOST_BESIDE_WEIGHTS = 500_000
HOSTILE = "</script><img src=x onerror=\"document.title='run'\">"


class Postcard(SliderPage):
    """A postcard from disk."""

    def __init__(self, page: Page, content: bytes, folder: Path) -> None:
        path = folder / "postcard.html"
        path.write_bytes(content)
        self.requests: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self.read)
        super().__init__(page, path.as_uri())
        assert self.requests == [path.as_uri()]

    def read(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(message.text)

    @property
    def image(self) -> Locator:
        return self.page.locator("#live").get_by_test_id("live-image")

    @property
    def shown(self) -> NDArray[np.float32]:
        return np.array(self.z, np.float32)


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}, offline=True) as context:
        context.set_default_timeout(30_000)
        yield context.new_page()


@pytest.fixture(scope="module")
def smiles() -> Autoencoder:
    return models.open_folder(SHIPPED / "smiles-vae")


def shows(found: Postcard, autoencoder: Autoencoder) -> None:
    """Wait until the live picture is that of its code, to a rounding of its bytes."""
    found.painted()
    expected = 255 * autoencoder.decode(found.shown[None])[0]
    most = 0.5 + 255 * TOLERANCE
    until(found.page, lambda: bool(np.abs(found.pixels()[..., :1] - expected).max() <= most))


def test_a_postcard_decodes_from_disk_without_a_network(
    offline: Page, tmp_path: Path, smiles: Autoencoder
) -> None:
    content = postcard(smiles)
    assert smiles.decoder_safetensors is not None
    assert len(content) <= len(weights_of(smiles)) + MOST_BESIDE_WEIGHTS
    found = Postcard(offline, content, tmp_path)
    shows(found, smiles)
    before = found.z
    found.drag("glasses")
    offline.mouse.up()
    assert found.z != before
    shows(found, smiles)
    expect(offline.get_by_test_id("latent-slider")).to_have_count(8)
    offline.get_by_role("button", name="All 66 sliders").click()
    expect(offline.get_by_test_id("latent-slider")).to_have_count(66)
    assert found.problems == []


def test_a_place_on_the_map_is_a_start_and_a_lasso_counts(
    offline: Page, tmp_path: Path, smiles: Autoencoder
) -> None:
    found = Postcard(offline, postcard(smiles), tmp_path)
    surface = offline.get_by_role("application")
    surface.click(position={"x": 300, "y": 200})
    expect(offline.locator("#from")).to_have_text("the place that is pinned on the map")
    offline.mouse.move(0, 0)  # so that the map shows what is pinned
    found.painted()
    pinned = offline.locator("#map").get_by_test_id("live-image").get_attribute("data-z") or ""
    moved = smiles.directions["smiling"]
    expected = np.array([float(x) for x in pinned.split(",")]) + moved.strength * moved.vector
    np.testing.assert_allclose(found.shown, expected, atol=1e-4)
    shows(found, smiles)
    box_in_all(offline)
    expect(offline.locator("#map")).to_contain_text("1,160 of 1,160 points selected")
    offline.get_by_role("button", name="Back to the start").click()
    expect(offline.locator("#from")).to_have_text("test image 0 (Not smiling)")
    assert found.problems == []


def test_names_that_are_markup_stay_names(offline: Page, tmp_path: Path) -> None:
    hostile: Autoencoder = models.open_folder(SHIPPED / "smiles-vae")
    hostile.card = replace(hostile.card, title=HOSTILE, summary=HOSTILE, class_names=(HOSTILE, "b"))
    found = Postcard(offline, postcard(hostile), tmp_path)
    expect(offline.locator("#map")).to_contain_text(HOSTILE)
    expect(offline.locator("h1")).to_have_text(HOSTILE)
    assert offline.title() == HOSTILE
    assert offline.locator("img").count() == 0
    assert found.problems == []


def test_pages_with_a_live_picture_give_the_postcard(server: str, page: Page) -> None:
    for name, model in (
        ("sample?vae=Drawn+faces", "faces-vae"),
        ("latent_map", "fashion-vae-2"),
        ("arithmetic", "faces-vae"),
        ("reconstruct?of=Drawn+faces", "faces-vae"),
    ):
        page.goto(f"{server}/{name}")
        file = taken_away(page, "Take it with you")
        assert file.suggested_filename == f"{model}.html"
        content = file.path().read_bytes()
        assert content.endswith(b"</html>\n")
