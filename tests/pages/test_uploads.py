"""A visitor's own pictures: on every page, until they are removed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae.images.drawings import encode_drawing
from ae.images.sheets import png_bytes, to_uint8
from ae.models import load
from ae.ui import caching
from ae.ui.door import files
from ae.ui.door.uploads import MOST
from tests.door.saying import say, say_state
from tests.pages.apps import component, open_page, upload
from tests.toys import write_toy_vae

PAGES = "pages/explore"
SIXTEEN = "VAE with 16 numbers"


def garment(number: int = 5) -> bytes:
    model = load("fashion-vae-16")
    return png_bytes(to_uint8(model.decode(model.codes[[number]])[0]))


def code(app: AppTest) -> tuple[float, ...]:
    return tuple(float(word) for word in app.query_params["z"].split("_"))


def remove(app: AppTest) -> AppTest:
    return next(b for b in app.button if b.label == "Remove").click().run()


def test_an_upload_is_there_on_every_page_until_it_is_removed() -> None:
    app = open_page(f"{PAGES}/reconstruct.py", source="Upload")
    upload(app, "own-upload", ("shoe.png", garment()))
    assert "Closer: shoe.png" in [head.value for head in app.header]
    app.segmented_control(key="source").set_value("Draw").run()
    app.segmented_control(key="source").set_value("Camera").run()
    assert "Closer: shoe.png" in [head.value for head in app.header]
    app.switch_page(f"{PAGES}/sample.py").run()
    assert set(code(app)) == {0}
    app.segmented_control(key="start").set_value("Upload").run()
    model = load("fashion-vae-16")
    assert np.linalg.norm(np.array(code(app)) - model.codes[5]) < 2
    app.switch_page(f"{PAGES}/latent_map.py").run()
    app.toggle(key="place").set_value(True).run()
    app.segmented_control(key="placed_from").set_value("Upload").run()
    assert [m["label"] for m in component(app, "marks")["marks"]] == ["shoe.png"]
    app.switch_page("pages/apply/denoise.py").run()
    app.segmented_control(key="source").set_value("Upload").run()
    assert "shoe.png" in [text.value for text in app.text]
    remove(app)
    assert "shoe.png" not in [text.value for text in app.text]
    app.switch_page("pages/apply/anomalies.py").run()
    app.segmented_control(key="look").set_value("Upload").run()
    assert not app.exception
    assert not any("held-out normal" in str(w.value) for w in app.warning)


def test_what_is_made_of_an_upload_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(f"{PAGES}/reconstruct.py", source="Upload")
    shared = set(files._files)
    for cache in ("_kept", "_kept_large"):
        monkeypatch.setattr(caching, cache, None)
    upload(app, "own-upload", ("shoe.png", garment()))
    assert not app.exception
    assert set(files._files) == shared
    assert {*app.session_state["made-of-uploads"]} == {"large", "png"}
    remove(app)
    assert "made-of-uploads" not in app.session_state


def test_the_one_of_several_that_is_chosen_is_the_start() -> None:
    app = open_page(f"{PAGES}/sample.py", vae=SIXTEEN, start="Upload")
    for number, name in ((5, "a.png"), (9, "b.png"), (9, "a.png")):
        upload(app, "start-upload", (name, garment(number)))
    choice = app.selectbox(key="start-which")
    assert choice.options == ["a.png", "b.png", "a.png (2)"]
    latest = code(app)
    choice.select_index(1).run()
    assert code(app) == latest  # the same picture by another name
    app.selectbox(key="start-which").select_index(0).run()
    assert code(app) != latest
    remove(app)
    assert app.selectbox(key="start-which").options == ["b.png", "a.png (2)"]
    assert code(app) == latest


def test_a_picture_too_many_is_refused_and_names_are_shown_as_plain_text() -> None:
    app = open_page(f"{PAGES}/reconstruct.py", source="Upload")
    files = [(f"{n}.png", garment()) for n in range(MOST)]
    upload(app, "own-upload", *files, ("x.png", garment()))
    assert "first 12 of 13" in str(app.error[0].value)
    remove(app)
    upload(app, "own-upload", ("<b>[me](//x)*.png", b"none"))
    (problem,) = (str(error.value) for error in app.error)
    assert problem.startswith("b me ( x) .png: This file is not a PNG")


def test_a_drawing_is_there_on_the_next_page() -> None:
    app = open_page(f"{PAGES}/reconstruct.py", source="Draw")
    pixels = np.zeros((28, 28), np.float32)
    pixels[8:20, 8:20] = 0.8
    say(app, "drawing", encode_drawing(pixels))
    app.switch_page("pages/apply/denoise.py").run()
    app.segmented_control(key="source").set_value("Draw").run()
    assert component(app, "side")["start"] == encode_drawing(pixels)
    assert any("Closer: Drawing" in str(s.value) for s in app.header)


def test_the_square_that_was_cut_out_stays_with_its_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_toy_vae(tmp_path / "models" / "portraits", (16, 16, 3))
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    app = open_page(f"{PAGES}/sample.py", vae="Portraits", start="Upload")
    upload(app, "start-upload", ("me.png", png_bytes(np.eye(40, dtype=np.uint8) * 255)))
    square = {"x": 0.25, "y": 0.5, "share": 0.4}
    revision = component(app, "picture")["revision"]
    say_state(app, "start-crop", {"moved": {"revision": revision, "values": square}})
    app.switch_page(f"{PAGES}/arithmetic.py").run()
    # The model goes along, but the toy has a single class, so nothing to add to a picture.
    app.selectbox(key="vae").set_value("faces-vae").run()
    app.segmented_control(key="face_from").set_value("Upload").run()
    assert component(app, "picture")["start"] == square


def test_a_square_that_nobody_chose_is_the_model_s_and_one_that_was_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def begun() -> tuple[str, dict[str, float]]:
        data = component(app, "picture")
        return data["revision"], data["start"]

    def seen_by(model: str) -> tuple[str, dict[str, float]]:
        app.selectbox(key="vae").set_value(model).run()
        if model == "faces-vae":
            app.segmented_control(key="start_far").set_value("Upload").run()
        return begun()

    face = {"x": 0.25, "y": 0.5, "share": 0.4}
    monkeypatch.setattr("ae.ui.crop.find_face", lambda picture: tuple(face.values()))
    write_toy_vae(tmp_path / "models" / "portraits", (16, 16, 3))
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    app = open_page(f"{PAGES}/sample.py", vae="Portraits", start="Upload")
    upload(app, "start-upload", ("me.png", png_bytes(np.tri(41, dtype=np.uint8) * 255)))
    whole, (revision, found) = begun(), seen_by("faces-vae")
    assert whole[1] == {"x": 0.5, "y": 0.5, "share": 1.0}
    assert found == face
    assert revision != whole[0], "so that the frame moves, too"
    assert seen_by("portraits")[1] == whole[1]
    square = {"x": 0.5, "y": 0.5, "share": 0.6}
    say_state(app, "start-crop", {"moved": {"revision": begun()[0], "values": square}})
    chosen = begun()[0]
    assert seen_by("faces-vae")[0] == chosen, "the frame stays where it was put"
