from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from streamlit.testing.v1 import AppTest

from ae.data import selection, sketches
from ae.detection.detector import Detector
from ae.images.sheets import png_bytes, to_uint8
from ae.models import load
from ae.ui.anomalies import any as any_model
from tests.pages.apps import component, open_page, tables, upload
from tests.toys import npz, replace_file, write_toy_vae

needs_data = pytest.mark.usefixtures("datasets_folder")


def page(**query: str) -> AppTest:
    app = open_page("pages/apply/anomalies.py", **query)
    assert not app.exception
    return app


def sketch(name: str) -> bytes:
    images, names = sketches.load()
    picture = to_uint8(images[list(names).index(name), ..., 0])
    file = io.BytesIO()
    Image.fromarray(picture).resize((280, 280)).save(file, "PNG")
    return file.getvalue()


def png(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def ask(app: AppTest) -> None:
    next(b for b in app.button if b.label == "Fit and score").click().run()
    assert not app.exception


def say(app: AppTest, step: object) -> None:
    moved = {"revision": component(app, "usual")["revision"], "values": step}
    app.session_state["cut-Trouser"] = {"moved": moved}


def verdicts(app: AppTest) -> list[str]:
    found = [*app.warning, *app.success]
    return [v.value for v in found if "held-out normal images" in str(v.value)]


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1])
def test_the_line_follows_the_rate_of_false_alarms_that_is_promised(rate: float) -> None:
    app = page(normal="Shirt")
    app.segmented_control(key="alarms").set_value(rate).run()
    data = component(app, "usual")
    assert data["chosen"] == data["usual"]
    # Two standard deviations of the thousand held-out images, and two of the test images.
    reach = 4 * np.sqrt(rate * (1 - rate) / 1000)
    assert data["normal"][data["usual"]] / 1000 == pytest.approx(rate, abs=reach)
    said = " ".join(str(m.value) for m in app.markdown)
    assert f"at most {100 * rate:g} % are flagged" in said
    assert "(1,000 + 1)" in said


@pytest.mark.parametrize(
    ("normal", "found"),
    [
        ("Shirt", "gains **1.45 points**"),
        ("Trouser", "gains nothing over the fusion that these test images could show"),
        ("Coat", "is **1.04 points** of AUROC worse than the fusion"),
    ],
)
def test_the_page_says_what_the_network_gains_over_what_needs_no_training(
    normal: str, found: str
) -> None:
    assert found in " ".join(str(m.value) for m in page(normal=normal).markdown)


def test_the_usual_threshold_raises_about_one_false_alarm_in_twenty() -> None:
    for name in ("Trouser", "Shirt", "Bag"):
        data = component(page(normal=name), "usual")
        assert data["chosen"] == data["usual"]
        assert data["counts"] == [1000, 9000]
        assert 20 < data["normal"][data["usual"]] < 100
        assert data["other"][data["usual"]] / 9000 > 0.3


def test_the_line_starts_where_the_link_says_and_the_link_follows_it() -> None:
    app = page(threshold="3.0")
    for _ in range(2):
        data = component(app, "usual")
        line = data["low"] + data["width"] * data["chosen"]
        assert line == pytest.approx(3, abs=0.1)
        app.run()
    app = page()
    assert "threshold" not in app.query_params
    say(app, 200)
    app.run()
    low, width = (component(app, "usual")[key] for key in ("low", "width"))
    assert float(app.query_params["threshold"]) == pytest.approx(low + 200 * width, abs=1e-3)


@pytest.mark.parametrize("threshold", ["", "nan", "inf", "far", "-9e99", "9" * 400])
def test_nonsense_in_the_link_is_ignored(threshold: str) -> None:
    data = component(page(threshold=threshold, gallery="%%"), "usual")
    assert 0 <= data["chosen"] < len(data["normal"])


@pytest.mark.parametrize("step", [-1, 10**6, 1.5, True, "x", None])
def test_nonsense_from_the_browser_is_ignored(step: object) -> None:
    app = page()
    say(app, step)
    app.run()
    data = component(app, "usual")
    assert data["chosen"] == data["usual"]


def test_several_classes_are_normal_together() -> None:
    app = page()
    app.pills(key="normal").set_value(["Trouser", "Dress"]).run()
    assert component(app, "usual")["counts"] == [2000, 8000]
    app.pills(key="normal").set_value([]).run()
    assert not app.exception
    assert "at least one class" in app.info[0].value


def test_all_methods_are_beside_the_detector_in_the_roc_curve() -> None:
    app = page(normal="Shirt")
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    shown = " ".join(trace["name"] for trace in figure["data"])
    test = load("fashion-anomaly", Detector).card.evaluation["test"]
    for what in ("detector", "pixels", "forest", "fusion"):
        assert f"{100 * test['classes']['Shirt'][what]:.1f}" in shown


@needs_data
def test_the_gallery_shows_what_it_says() -> None:
    missed = component(page(gallery="Missed"), "rows")
    assert len(missed["names"]) == 12
    assert not any(name.startswith("Trouser") for name in missed["names"])
    alarms = component(page(gallery="False alarms"), "rows")
    assert all(name.startswith("Trouser") for name in alarms["names"])
    most = component(page(), "rows")["rows"][0]["captions"]
    assert [float(score) for score in most] == sorted(map(float, most), reverse=True)


@needs_data
def test_a_chosen_image_gets_a_verdict() -> None:
    assert verdicts(page())[0].startswith("Anomaly, not Trouser")
    assert verdicts(page(gallery="Most normal"))[0].startswith("Normal: Trouser")


def test_an_uploaded_shoe_is_no_trouser() -> None:
    app = page()
    app.segmented_control(key="look").set_value("Upload").run()
    upload(app, "own-upload", ("shoe.png", sketch("Sneaker")))
    assert not app.exception
    assert verdicts(app)[0].startswith("Anomaly, not Trouser")


@needs_data
def test_images_of_ones_own_are_scored_by_what_needs_no_training() -> None:
    app = page()
    app.selectbox(key="own-normal-class").set_value("Sneaker")
    app.selectbox(key="own-scored-class").set_value("Bag").run()
    ask(app)
    tables = [json.loads(found.proto.json)[0] for found in app.get("bidi_component")]
    own = next(t["rows"][0] for t in tables if "flagged" in str(t.get("rows")))
    assert own["title"] in ("12 of 12 flagged", "11 of 12 flagged")


def bring(app: AppTest, key: str, *files: tuple[str, bytes]) -> None:
    control = app.segmented_control(key=f"own-{key}-from")
    if control.value != "Upload":
        control.set_value("Upload").run()
    upload(app, f"own-{key}-files", *files)


def test_it_is_said_beforehand_how_many_pictures_of_ones_own_are_needed() -> None:
    app = page()
    bring(app, "normal", ("a.png", sketch("Bag")))
    said = " ".join(str(caption.value) for caption in app.caption)
    assert "needs 20 normal pictures at least; 1 are here" in said
    assert next(b for b in app.button if b.label == "Fit and score").disabled


def test_pictures_of_ones_own_are_told_apart_by_their_scores_and_names() -> None:
    rng = np.random.default_rng(0)
    app = page()
    images, _ = sketches.load()
    bags = to_uint8(images[..., 0])
    normal = [(f"n{i}.png", png(np.roll(bags[i % len(bags)], i % 3))) for i in range(24)]
    bring(app, "normal", *normal)
    noise = rng.integers(0, 256, (28, 28), np.uint8)
    bring(app, "scored", ("cat.png", png(noise)), ("bag.png", png(bags[0])))
    ask(app)
    rows = [json.loads(found.proto.json)[0] for found in app.get("bidi_component")]
    table = next(t for t in rows if "flagged" in str(t.get("rows")))
    assert table["names"][0] == "cat.png"
    scores = [c.split()[-1].replace("\N{MINUS SIGN}", "-") for c in table["rows"][0]["captions"]]
    assert float(scores[0]) > float(scores[1])
    assert any("**cat\\.png**: number 1 of 2" in str(m.value) for m in app.markdown)


@pytest.mark.parametrize("shape", [(1, 1), (40, 40)])
def test_a_picture_that_shows_nothing_is_refused_by_its_name(shape: tuple[int, int]) -> None:
    app = page()
    bring(app, "scored", ("white.png", png(np.full(shape, 255, np.uint8))))
    words = "too few to show anything" if shape == (1, 1) else "all of one colour"
    assert any("white.png: This picture" in e.value and words in e.value for e in app.error)
    app.segmented_control(key="look").set_value("Upload").run()
    upload(app, "own-upload", ("white.png", png(np.full(shape, 255, np.uint8))))
    assert sum(words in e.value for e in app.error) == 2


@needs_data
def test_no_test_image_is_both_learned_from_and_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[NDArray[np.int64]] = []

    def at_random(*given: Any, **options: Any) -> NDArray[np.int64]:
        drawn.append(selection.at_random(*given, **options))
        return drawn[-1]

    monkeypatch.setattr("ae.ui.anomalies.own.at_random", at_random)
    app = page()
    app.selectbox(key="own-scored-class").set_value("T-shirt/top")
    app.slider(key="own-normal-count").set_value(500).run()
    normal, scored = drawn[-2:]
    assert (len(normal), len(scored)) == (500, 12)
    assert not np.intersect1d(normal, scored).size


def test_many_uploads_are_read_once_and_a_bad_one_is_named() -> None:
    app = page()
    for key in ("normal", "scored"):
        control = app.segmented_control(key=f"own-{key}-from")
        if control.value != "Upload":
            control.set_value("Upload").run()
    files = [(f"{i}.png", sketch("Bag")) for i in range(22)]
    files[7] = ("7.png", b"no picture")
    upload(app, "own-normal-files", *files)
    assert not app.exception
    assert sum("7.png: " in str(problem.value) for problem in app.error) == 1
    read = dict(app.session_state["own-normal-images"])
    assert len(read) == 21
    app.run()
    again = app.session_state["own-normal-images"]
    assert all(again[digest] is image for digest, image in read.items())
    app.button(key="own-normal-remove").click().run()
    assert not app.exception
    assert app.session_state["own-normal-images"] == {}


def test_without_data_the_stored_scores_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AE_DATASETS", raising=False)
    app = page()
    assert component(app, "usual")["counts"] == [1000, 9000]


def test_a_missing_detector_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("ae.models.SHIPPED", tmp_path)
    app = page()
    assert "python -m ae train fashion-anomaly" in app.info[0].value


def test_every_class_has_its_row_of_numbers() -> None:
    measured = next(table for table in tables(page()) if "Gain over fusion" in table)
    assert len(measured["Normal"]) == 11


def strangeness(app: AppTest) -> dict[str, float]:
    found = next(table for table in tables(app) if "What is compared" in table)
    return dict(zip(found["What is compared"], map(float, found["p-value"]), strict=True))


def test_any_autoencoder_says_how_strange_a_picture_is() -> None:
    app = page(vae="Drawn faces", strange="3")
    model = load("faces-vae")
    known = strangeness(app)
    assert known["How far the code lies from the data"] == pytest.approx(
        model.support(model.codes[[3]])[0], abs=5e-4
    )
    assert len(known) == 3
    assert all(p > 0.05 for p in known.values())
    next(b for b in app.button_group if b.label == "Face").set_value("Upload").run()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    upload(app, "strange-upload", ("noise.png", png_bytes(noise)))
    assert strangeness(app)["Error of the reconstruction"] <= 0.002
    assert strangeness(app)["Pixels, without training"] <= 0.05


def test_few_held_out_images_cannot_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    folder = write_toy_vae(tmp_path / "models" / "few", (16, 16, 1))
    few = np.zeros(10, np.float32)
    with np.load(folder / "codes.npz") as arrays:
        held_out = {"held_out_scores": few, "held_out_errors": few}
        replace_file(folder, "codes.npz", npz(**{**arrays, **held_out}))
    app = page(vae=load("few").card.title)
    found = next(table for table in tables(app) if "What is compared" in table)
    assert found["Flagged at 5%"][0] == "too few to tell"


def test_without_its_images_a_model_says_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(any_model, "originals", lambda autoencoder: None)
    app = page(vae="Drawn faces")
    assert "Pixels, without training" not in strangeness(app)
    assert "pixels are not compared" in "\n".join(str(each.value) for each in app.caption)
