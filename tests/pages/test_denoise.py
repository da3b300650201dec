from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae.denoising.filters import FILTERS
from ae.denoising.noise import KINDS
from ae.images.drawings import encode_drawing
from ae.models import SHIPPED, read_card
from tests.door.saying import say
from tests.pages.apps import component, open_page, tables
from tests.toys import change_card, write_toy_denoiser

needs_data = pytest.mark.usefixtures("datasets_folder")


@pytest.fixture(scope="module")
def halving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shelf = tmp_path_factory.mktemp("shelf")
    return write_toy_denoiser(shelf / "fashion-denoiser", (28, 28, 1))


@pytest.fixture
def toy(halving: Path) -> None:
    """A denoiser that halves every pixel, on the visitor's own shelf."""
    shelf = Path(os.environ["AE_HOME"]) / "models"
    shelf.mkdir()
    (shelf / halving.name).mkdir()
    for file in halving.iterdir():
        (shelf / halving.name / file.name).write_bytes(file.read_bytes())


def page(**query: str) -> AppTest:
    return open_page("pages/apply/denoise.py", **query)


def rows(app: AppTest) -> dict[str, Any]:
    """The rows of the table of pictures, by title."""
    return {row["title"]: row for row in component(app, "rows")["rows"]}


def words(app: AppTest) -> str:
    assert not app.exception
    return " ".join(str(text.value) for text in app.markdown)


def numbers(app: AppTest) -> Any:
    assert not app.exception
    return tables(app)[0]


@needs_data
@pytest.mark.usefixtures("toy")
def test_every_method_has_its_picture_and_its_numbers() -> None:
    app = page()
    titles = [plain.title for plain in FILTERS.values()]
    shown = rows(app)
    assert list(shown)[:4] == ["Original", "Noisy", "Denoiser", "Its errors"]
    assert "Bottleneck" in shown
    assert all(len(row["pictures"]) == 8 for row in shown.values())
    table = numbers(app)
    assert len(table["Method"]) == 3 + len(FILTERS)
    best = [method for method in table["Method"] if "(best plain filter)" in method]
    assert len(best) == 1
    assert best[0].removesuffix(" (best plain filter)") in titles
    means = [float(mean) for mean in table["Mean PSNR of 8"]]
    assert means == sorted(means, reverse=True)
    assert len(app.image) >= 5 + len(means)


@needs_data
@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("kind", KINDS)
def test_more_noise_changes_pictures_and_numbers(kind: str) -> None:
    app = page(kind=KINDS[kind].title, count="2")
    before, table = rows(app), numbers(app)
    app.slider(key=f"level-{kind}").set_value(KINDS[kind].most).run()
    after = rows(app)
    assert before["Original"] == after["Original"]
    assert before["Noisy"]["pictures"] != after["Noisy"]["pictures"]
    noisy = [float(t["PSNR, dB"][t["Method"].index("Noisy")]) for t in (table, numbers(app))]
    assert noisy[1] < noisy[0]


@needs_data
@pytest.mark.usefixtures("toy")
def test_the_link_and_the_seed_say_which_noise() -> None:
    link = {"kind": "Masking", "level-masking": "0.6", "count": "2", "seed": "5"}
    app = page(**link)
    assert rows(app)["Noisy"] == rows(page(**link))["Noisy"]
    assert rows(app)["Noisy"] != rows(page(**link | {"seed": "6"}))["Noisy"]


@needs_data
@pytest.mark.usefixtures("toy")
def test_a_plain_filter_that_beats_the_network_is_said() -> None:
    assert "a plain filter is better" in words(page(count="2"))


@needs_data
def test_the_shipped_denoiser_owns_that_a_known_blur_is_better_inverted() -> None:
    said = words(page(kind="Blur", count="2"))
    assert "beats the denoiser** at every level measured" in said
    assert "Linear Wiener, which unlike the network is told" in said
    assert "beats the best plain filter at every level" in words(page(count="2"))


@needs_data
@pytest.mark.usefixtures("toy")
def test_where_nothing_helps_it_is_said() -> None:
    link = {"kind": "Blur", "level-blur": "0.4", "count": "2"}
    assert "nothing helps" in words(page(**link))


@needs_data
@pytest.mark.usefixtures("toy")
def test_clipping_is_offered_where_it_matters_and_priced() -> None:
    app = page(count="2")
    assert "the denoiser loses 1.0 dB" in words(app)
    assert "not clipped" in " ".join(str(c.value) for c in app.caption)
    app.toggle(key="clip").set_value(True).run()
    assert "noisy pictures clipped" in " ".join(str(c.value) for c in app.caption)
    app.segmented_control(key="kind").set_value("masking").run()
    assert app.toggle(key="clip").disabled
    assert "Clipping matters" not in words(app)


@pytest.mark.usefixtures("toy")
def test_a_drawing_is_denoised() -> None:
    app = page(source="Draw")
    pixels = np.zeros((28, 28), np.float32)
    pixels[8:20, 8:20] = 0.8
    say(app, "drawing", encode_drawing(pixels))
    assert "On this picture" in words(app)
    assert app.header[0].value == "Closer: Drawing"


@needs_data
@pytest.mark.usefixtures("toy")
def test_an_autoencoder_that_met_noise_is_tried_too() -> None:
    mine = Path(os.environ["AE_HOME"]) / "models" / "mine"
    shutil.copytree(SHIPPED / "fashion-stacked", mine)
    recipe = read_card(SHIPPED / "fashion-stacked").recipe
    change_card(mine, name="mine", title="Mine", recipe={**recipe, "name": "mine", "noise": 0.2})
    app = page()
    assert rows(app)["Bottleneck"]["note"].endswith(", which never met noise")
    app.selectbox(key="bottleneck").set_value("mine").run()
    assert rows(app)["Bottleneck"]["note"] == "Mine, which was trained with noise of 0.2"
    assert "Mine" in app.query_params["bottleneck"]


@pytest.mark.usefixtures("toy")
def test_nonsense_in_the_link_is_ignored() -> None:
    link = {"kind": "<b>", "level-gaussian": "nan", "seed": "-1", "clip": "maybe"}
    assert not page(**link).exception


def test_without_a_denoiser_the_page_says_how_to_train_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ae.models.SHIPPED", tmp_path)
    app = page()
    assert not app.exception
    assert "python -m ae train fashion-denoiser" in app.info[0].value


def test_a_denoiser_of_other_pictures_is_refused_in_one_sentence() -> None:
    shelf = Path(os.environ["AE_HOME"]) / "models"
    write_toy_denoiser(shelf / "fashion-denoiser", (8, 8, 1))
    app = page()
    assert not app.exception
    assert [str(error.value) for error in app.error] == [
        "The denoiser takes pictures of (8, 8, 1)."
    ]
