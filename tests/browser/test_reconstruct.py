"""A photograph on Reconstruct: it goes to the model it resembles, and the slider cuts its code."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from ae.images.sheets import png_bytes
from tests.browser.conftest import Start, at_rest, no_error
from tests.browser.live_page import LivePage
from tests.toys import write_toy_nested


class Cut(LivePage):
    """The page with a picture whose code can be cut."""

    def ready(self) -> None:
        at_rest(self.page)


def photograph() -> bytes:
    """Soft colours, as of anything."""
    colours = np.random.default_rng(1).integers(60, 200, (6, 6, 3), np.uint8)
    picture = Image.fromarray(colours).resize((300, 200), Image.Resampling.BICUBIC)
    return png_bytes(np.asarray(picture))


def test_a_photograph_follows_the_slider_of_its_code(
    page: Page, start_server: Start, tmp_path: Path
) -> None:
    write_toy_nested(tmp_path / "models" / "nested")
    server = start_server(AE_HOME=str(tmp_path))
    live = Cut(page, f"{server}/reconstruct?source=Upload")
    inlet = page.get_by_test_id("stFileUploaderDropzoneInput").first
    inlet.set_input_files(FilePayload(name="cat.png", mimeType="image/png", buffer=photograph()))
    expect(page.get_by_text("held-out images of Any picture")).to_be_visible()
    expect(live.image).to_be_visible()
    at_rest(page)
    assert np.count_nonzero(live.z) > 0
    slider = page.get_by_role("slider", name="Numbers kept")
    expect(slider).to_have_value("8")
    before, frames = live.z, live.frame
    slider.press("Home")
    expect(slider).to_have_value("4")
    live.painted()
    assert live.frame > frames
    assert live.z[1::2] == [0, 0, 0, 0]
    assert live.z[::2] == before[::2]
    expect(page.get_by_text("PCA, 4 components").first).to_be_visible()
    expect(page).to_have_url(re.compile("numbers=4"))
    page.reload()
    at_rest(page)
    no_error(page)
    assert live.problems == []
