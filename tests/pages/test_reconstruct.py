from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.pages.apps import component, open_page
from tests.pages.apps import upload as give
from tests.toys import write_toy_nested

needs_data = pytest.mark.usefixtures("datasets_folder")


def page(**query: str) -> AppTest:
    return open_page("pages/explore/reconstruct.py", **query)


def table(app: AppTest) -> dict[str, Any]:
    """What the table of pictures was given."""
    return component(app, "rows")


def closer(app: AppTest) -> str:
    """The name of the image that is shown large."""
    assert not app.exception
    return str(app.header[0].value).removeprefix("Closer: ")


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def upload(*files: tuple[str, bytes]) -> AppTest:
    return give(page(source="Upload"), "own-upload", *files)


@needs_data
def test_test_images_are_shown_with_every_model_and_pca() -> None:
    data = table(page())
    titles = [row["title"] for row in data["rows"] if row["title"] != "Its errors"]
    assert titles[0] == "Original"
    assert "Stacked autoencoder" in titles
    assert any(title.startswith("PCA") for title in titles)
    assert all(len(row["pictures"]) == 8 for row in data["rows"])


@needs_data
@pytest.mark.parametrize("pick", ["At random", "By class", "Worst"])
def test_the_link_says_which_images(pick: str) -> None:
    first = table(page(pick=pick))["names"]
    assert first == table(page(pick=pick))["names"]
    if pick == "By class":
        assert all(name.startswith("T-shirt") for name in first)


@needs_data
def test_others_shows_other_images_and_a_number_shows_that_one() -> None:
    app = page()
    before = table(app)["names"]
    next(b for b in app.button if b.label == "Others").click().run()
    assert table(app)["names"] != before
    assert table(page(pick="By number", index="0 9999"))["names"] == ["Ankle boot 0", "Sandal 9999"]


@needs_data
@pytest.mark.parametrize("typed", ["", "ten", "10000", "1 " * 13])
def test_a_wrong_number_is_answered_with_a_sentence(typed: str) -> None:
    app = page(pick="By number")
    app.text_input[0].set_value(typed).run()
    assert not app.exception
    assert len(app.warning) == 1


@needs_data
def test_the_worst_are_worse_than_the_best() -> None:
    def errors(pick: str) -> list[float]:
        rows = table(page(pick=pick))["rows"]
        return [float(c) for c in rows[2]["captions"]]

    assert min(errors("Worst")) > max(errors("Best"))


@needs_data
def test_noise_is_shown_and_makes_the_error_larger() -> None:
    clean, noisy = table(page()), table(page(noise="0.3"))
    assert [row["title"] for row in noisy["rows"]][1] == "With noise"
    assert float(noisy["rows"][3]["captions"][0]) > float(clean["rows"][2]["captions"][0])


def test_no_model_chosen_asks_for_one() -> None:
    app = page()
    app.pills(key="models").set_value([]).run()
    assert not app.exception
    assert "Choose at least one model" in app.info[0].value


def test_nonsense_in_the_link_is_ignored() -> None:
    nonsense = page(models="<b>", source="nowhere", pick="%%", count="-5", shuffle="x", noise="9e9")
    assert not nonsense.exception


def test_an_upload_is_prepared_step_by_step_and_rebuilt() -> None:
    shirt = np.full((300, 400), 250, np.uint8)
    shirt[60:240, 120:280] = 40
    app = upload(("shirt.png", png(shirt)))
    app.segmented_control(key="of").set_value("Garments").run()
    assert closer(app) == "shirt.png"
    captions = " ".join(str(c.value) for c in app.caption)
    for step in ("Upright", "Square crop", "Grey", "Inverted", "Resized", "Centred"):
        assert f". {step}.**" in captions
    before = [image.value for image in app.image]
    app.segmented_control(key="swap").set_value("No").run()
    assert [image.value for image in app.image] != before


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_a_broken_upload_is_answered_and_the_good_one_shown(content: bytes) -> None:
    good = png(np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8))
    app = upload(("bad.png", content), ("good.png", good))
    assert len(app.error) == 1
    assert app.error[0].value.startswith("bad.png: ")
    assert closer(app) == "good.png"


def test_more_uploads_than_fit_are_cut_and_said() -> None:
    picture = png(np.zeros((30, 30), np.uint8))
    app = upload(*[(f"{i}.png", picture) for i in range(14)])
    assert len(table(app)["names"]) == 12
    assert "first 12 of 14" in app.error[0].value


def test_learning_curves_are_there_for_every_chosen_model() -> None:
    app = page()
    chosen = app.pills(key="models").value
    assert chosen
    assert len(app.get("plotly_chart")) == len(chosen)


def test_a_picture_unlike_any_garment_is_said_to_be_far() -> None:
    checks = np.kron(np.indices((7, 7)).sum(axis=0) % 2, np.ones((4, 4))) * 255
    app = upload(("checks.png", png(np.uint8(checks))))
    app.segmented_control(key="of").set_value("Garments").run()
    assert not app.exception
    warned = [str(warning.value) for warning in app.warning]
    assert any("far from anything this model has seen" in words for words in warned)


@pytest.fixture
def nested(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The shelf has a model whose codes can be cut, beside those of garments."""
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    return write_toy_nested(tmp_path / "models" / "nested")


@pytest.mark.usefixtures("nested")
def test_the_size_of_a_code_is_a_slider_and_in_the_link() -> None:
    app = page(of="Any picture")
    live = component(app, "moves")
    assert [(move["minimum"], move["maximum"], move["step"]) for move in live["moves"]] == [
        (4, 8, 4)
    ]
    assert np.count_nonzero(live["curves"][0][0]) <= 4
    assert [row["note"].split(" numbers")[0] for row in table(app)["rows"][1:]] == ["8"] * 3
    app = page(of="Any picture", numbers="4")
    assert [row["note"].split(" numbers")[0] for row in table(app)["rows"][1:]] == ["4"] * 3
    assert [row["title"] for row in table(app)["rows"]] == [
        "Original",
        "Any picture",
        "PCA, 4 components",
        "PCA on 4 blocks",
    ]


@pytest.mark.usefixtures("nested")
def test_an_upload_goes_to_the_models_it_resembles_and_stays_where_it_is_put() -> None:
    colours = np.random.default_rng(1).integers(0, 256, (6, 6, 3), np.uint8)
    photograph = np.asarray(Image.fromarray(colours).resize((300, 200), Image.Resampling.BICUBIC))
    app = upload(("cat.png", png(photograph)))
    assert app.session_state["of"] == "Any picture"
    said = " ".join(str(caption.value) for caption in app.caption)
    assert "held-out images of Any picture are as unusual as this one" in said
    app.segmented_control(key="of").set_value("Garments").run()
    assert not app.exception
    assert app.session_state["of"] == "Garments"
    assert closer(app) == "cat.png"
    app.segmented_control(key="of").set_value("Any picture").run()
    assert component(app, "picture")["start"] == {"x": 0.5, "y": 0.5, "share": 1.0}


@needs_data
def test_errors_are_shown_on_request() -> None:
    titles = [row["title"] for row in table(page())["rows"]]
    assert "Its errors" not in titles
    assert len(titles) == 4
    assert [row["title"] for row in table(page(errors="true"))["rows"]].count("Its errors") == 3
