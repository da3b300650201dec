"""Networks made elsewhere: imported by the command, opened, dragged."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from ae import models
from ae.images.sheets import to_uint8
from tests.browser.conftest import Start
from tests.browser.live_page import SliderPage
from tests.exchange.files import NETWORKS, path_of, spots, strange_decoder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the user's own, filled on the command line."""
    home = tmp_path_factory.mktemp("home")
    np.save(home / "images.npy", spots(120, NETWORKS["dcgan"][0])[0])
    (home / "strange.onnx").write_bytes(strange_decoder())
    encoder, images = path_of("dcgan", "encoder"), home / "images.npy"
    for name, more in (
        ("dcgan", ["--encoder", encoder, "--images", images]),
        ("upsampling", []),
        ("grid", []),
        ("keras", []),
        ("residual", []),
        ("strange", []),
    ):
        decoder = home / "strange.onnx" if name == "strange" else path_of(name, "decoder")
        options = [name, "--decoder", decoder, "--shelf", home / "models", *more]
        command = [sys.executable, "-m", "ae", "import", *map(str, options)]
        subprocess.run(command, check=True, capture_output=True)
    return home


@pytest.fixture(scope="module")
def address(home: Path, start_server: Start) -> str:
    return start_server(AE_HOME=str(home))


@pytest.mark.parametrize("name", ["dcgan", "upsampling", "grid", "keras", "residual", "strange"])
def test_an_imported_decoder_follows_the_slider(
    name: str, home: Path, address: str, page: Page
) -> None:
    model = models.open_folder(home / "models" / name)
    sample = SliderPage(page, f"{address}/sample?vae={name.capitalize()}")
    if name == "strange":
        sample.drawn_by_the_server()
    frames = sample.frame
    sample.drag(0)
    expect(sample.image).not_to_have_attribute("data-frame", str(frames))
    page.mouse.up()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    code = np.array(sample.z, np.float32)
    sample.wait_for_picture(to_uint8(model.decode(code[None])[0]))
    assert bool(sample.asked) == (name == "strange")
    assert sample.problems == []
