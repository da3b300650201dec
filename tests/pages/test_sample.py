from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae.images.sheets import png_bytes, to_uint8
from ae.models import SHIPPED, load, read_card
from ae.ui.sampling.code import code_link
from ae.ui.sampling.drawing import csv_text, npz_bytes
from tests.pages.apps import component, open_page, upload
from tests.toys import change_card, write_toy, write_toy_vae

CARDS = [read_card(path.parent) for path in sorted(SHIPPED.glob("*/card.json"))]
VAES = [card for card in CARDS if card.kind == "vae"]
SIXTEEN = "VAE with 16 numbers"
needs_data = pytest.mark.usefixtures("datasets_folder")


def page(**query: str) -> AppTest:
    app = open_page("pages/explore/sample.py", **query)
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> None:
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception


def captions(app: AppTest) -> str:
    return "\n".join(str(caption.value) for caption in app.caption)


def code(app: AppTest) -> tuple[float, ...]:
    """The code under the sliders, as the link has it."""
    return tuple(float(word) for word in app.query_params["z"].split("_"))


@pytest.mark.parametrize("name", [card.name for card in VAES])
def test_every_variational_model_has_its_page(name: str) -> None:
    app = page(vae=load(name).card.title)
    assert len(component(app, "rows")["names"]) == 10
    headers = [header.value for header in app.header]
    assert ("The whole plane" in headers) == (load(name).latent_dim == 2)


def test_a_seed_decides_the_draws_and_is_in_the_link() -> None:
    first = component(page(draw="7"), "rows")["rows"]
    assert component(page(draw="7"), "rows")["rows"] == first
    app = page(draw="8")
    assert component(app, "rows")["rows"] != first
    press(app, "Draw again")
    assert app.number_input(key="draw").value == 9


def test_prior_mixture_and_temperature_differ() -> None:
    prior = component(page(), "rows")["rows"]
    fitted = component(page(drawn_from="A fitted mixture"), "rows")["rows"]
    cool = component(page(temperature="0.0"), "rows")["rows"]
    assert prior != fitted
    assert len(set(cool[0]["pictures"])) == 1
    assert cool != prior


def test_a_code_without_data_near_it_is_warned_of() -> None:
    far = "_".join(["4"] * 16)
    app = page(vae=SIXTEEN, z=far)
    assert any("far from anything this model has seen" in str(w.value) for w in app.warning)


def test_how_the_kl_splits_is_not_claimed_beyond_what_the_images_can_show() -> None:
    def told(title: str) -> str:
        return next(str(m.value) for m in page(vae=title).markdown if "Of the KL" in str(m.value))

    assert "not known" in told("Drawn faces")  # 7.6 nats, and log 2,000 is 7.6
    assert "not known" not in told("VAE with a plane")  # 6.2 of the 9.2 that 10,000 can show


def test_draws_that_pca_matches_are_said_to_be_matched() -> None:
    for card in VAES:
        measured = card.evaluation["test"]["feature_distance"]
        beaten = measured["prior"] >= measured["pca_gaussian"]
        said = "prior come no nearer than those of PCA" in captions(page(vae=card.title))
        assert said == beaten


def test_codes_without_a_prior_are_told_where_they_lie_too() -> None:
    app = page(vae="Convolutional autoencoder")
    assert "of these 10 pictures are far from anything" in captions(app)
    assert "There is data behind it" in captions(app)


@pytest.mark.parametrize("z", ["", "nonsense", "1_2", "nan_" * 16, "9e99_" * 16])
def test_nonsense_in_the_link_gives_the_prior_mean(z: str) -> None:
    assert code(page(vae=SIXTEEN, z=z)) == (0,) * 16


def test_a_code_survives_its_link() -> None:
    z = np.random.default_rng(0).normal(0, 2, 16)
    link = code_link(16)
    once = link.read(link.text(z))
    np.testing.assert_allclose(once, z, rtol=5e-3)
    assert link.read(link.text(once)) == once


def test_a_random_start_is_decided_by_its_seed() -> None:
    app = page(vae=SIXTEEN, start="Random", start_seed="3")
    expected = np.random.default_rng(3).standard_normal(16)
    np.testing.assert_allclose(code(app), expected, rtol=5e-3)
    press(app, "Draw again")
    assert app.number_input(key="start_seed").value == 4
    expected = np.random.default_rng(4).standard_normal(16)
    np.testing.assert_allclose(code(app), expected, rtol=5e-3)
    app.segmented_control(key="start").set_value("Prior mean").run()
    assert code(app) == (0,) * 16


def test_a_test_image_is_a_start_by_number_or_another_at_random() -> None:
    codes = load("fashion-vae-16").codes
    app = page(vae=SIXTEEN, start="Test image", start_image="17")
    np.testing.assert_allclose(code(app), codes[17], rtol=5e-3)
    press(app, "Another")
    number = int(app.number_input(key="start_image").value or 0)
    assert number != 17
    np.testing.assert_allclose(code(app), codes[number], rtol=5e-3)


def test_codes_far_from_the_prior_start_at_a_picture_and_draw_from_the_mixture() -> None:
    faces = load("faces-vae")
    app = page(vae=faces.card.title)
    np.testing.assert_allclose(code(app), faces.codes[0], rtol=5e-3)
    assert app.segmented_control(key="drawn_from_far").value == "A fitted mixture"
    app.segmented_control(key="start_far").set_value("Prior mean").run()
    assert code(app) == (0,) * faces.latent_dim


def test_a_code_in_the_link_wins_over_its_start_until_one_goes_back() -> None:
    z = "_".join(["0.5"] * 16)
    app = page(vae=SIXTEEN, start="Random", start_seed="3", z=z)
    assert code(app) == (0.5,) * 16
    press(app, "Back to the start")
    expected = np.random.default_rng(3).standard_normal(16)
    np.testing.assert_allclose(code(app), expected, rtol=5e-3)


def test_an_upload_is_a_start() -> None:
    model = load("fashion-vae-16")
    image = model.decode(model.codes[[5]])[0]
    app = page(vae=SIXTEEN, start="Upload")
    assert code(app) == (0,) * 16
    file = ("mine.png", png_bytes(to_uint8(image)))
    upload(app, "start-upload", file)
    assert not app.exception
    z_mean, _ = model.posterior(to_uint8(image)[None] / np.float32(255))
    np.testing.assert_allclose(code(app), z_mean[0], rtol=5e-3, atol=1e-3)


def test_what_is_no_picture_is_one_sentence() -> None:
    app = page(vae=SIXTEEN, posterior_from="Upload")
    upload(app, "posterior-upload", ("mine.png", b"<svg>"))
    assert not app.exception
    assert "mine.png: This file is not a PNG" in app.error[0].value


def test_the_way_of_the_slider_touched_last_is_offered_as_a_gif() -> None:
    app = page(vae=SIXTEEN)
    assert any(label.endswith("from -3 to 3 as GIF") for label in gifs(app))
    data = component(app, "sliders")
    for last, expected in (
        ("z7", "z7 from -3 to 3 as GIF"),
        ("z99", gifs(app)[0]),
        (7, gifs(app)[0]),
    ):
        moved = {"revision": data["revision"], "values": data["start"], "last": last}
        app.session_state["live-fashion-vae-16"] = {"moved": moved}
        app.run()
        assert expected in gifs(app)


def gifs(app: AppTest) -> list[str]:
    return [str(b.proto.label) for b in app.get("download_button") if "GIF" in b.proto.label]


def test_a_link_made_from_an_upload_says_what_it_holds() -> None:
    app = page(vae=SIXTEEN, start="Upload", z="_".join(["0.5"] * 16))
    assert code(app) == (0.5,) * 16
    assert "It holds the code that the sliders show" in app.info[0].value
    upload(app, "start-upload", ("mine.png", png_bytes(np.full((28, 28), 99, np.uint8))))
    assert "A link to this page holds the code of your picture" in captions(app)


def test_dead_dimensions_are_named_and_their_sliders_folded_away() -> None:
    kl = np.array(load("fashion-vae-16").card.evaluation["test"]["elbo"]["kl_per_dimension"])
    dead = {f"z{axis}" for axis in np.flatnonzero(kl < 0.01)}
    app = page(vae=SIXTEEN)

    def sliders() -> set[str]:
        return {slider["label"] for slider in component(app, "sliders")["sliders"]}

    assert len(sliders()) == 8
    assert all(name in captions(app).split("Dead dimensions")[1] for name in dead)
    options = app.segmented_control(key="axes").options
    app.segmented_control(key="axes").set_value(options[1]).run()
    assert sliders() == {f"z{axis}" for axis in range(16)} - dead
    app.segmented_control(key="axes").set_value(options[2]).run()
    assert len(sliders()) == 16


def test_the_posterior_is_shown_as_mean_or_sample_by_its_seed() -> None:
    app = page(vae=SIXTEEN, posterior_of="3")
    assert "nats from the prior" in captions(app)
    press(app, "Resample")
    assert app.segmented_control(key="posterior_code").value == "Sample"
    assert app.query_params["posterior_draw"] == "1"
    app.button(key="start_at_code").click().run()
    model = load("fashion-vae-16")
    noise = np.random.default_rng(1).standard_normal((8, 16))[0]
    sample = model.codes[3] + np.exp(model.z_log_var[3] / 2) * noise
    np.testing.assert_allclose(code(app), sample, rtol=5e-3)
    app.segmented_control(key="posterior_code").set_value("Mean").run()
    app.button(key="start_at_code").click().run()
    np.testing.assert_allclose(code(app), model.codes[3], rtol=5e-3)


def test_a_draw_is_a_start() -> None:
    app = page(vae=SIXTEEN, draw="2")
    app.button(key="start_at_draw").click().run()
    drawn = np.random.default_rng(2).standard_normal((10, 16))[0]
    np.testing.assert_allclose(code(app), drawn, rtol=5e-3)


def test_codes_come_back_from_their_files() -> None:
    codes = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    table = np.loadtxt(io.StringIO(csv_text(codes)), delimiter=",", skiprows=1)
    np.testing.assert_allclose(table, codes, rtol=1e-5)
    assert csv_text(codes).startswith("z0,z1,z2\n")
    with np.load(io.BytesIO(npz_bytes(codes=codes)), allow_pickle=False) as file:
        assert np.array_equal(file["codes"], codes)


def test_a_plain_model_draws_its_start_and_its_pictures_by_seeds_of_their_own() -> None:
    app = page(vae="Convolutional autoencoder")
    app.segmented_control(key="plain_start").set_value("Random").run()
    start = code(app)
    app.button(key="plain_seed-another").click().run()
    assert not app.exception
    assert code(app) != start
    assert app.number_input(key="plain_draw").value == 0


@pytest.mark.parametrize("shape", [(16, 16, 3), (16, 16, 1)])
def test_models_of_other_pictures_work_alike(
    shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_toy_vae(tmp_path / "models" / "portraits", shape)
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    app = page(vae="Portraits", start="Test image", start_image="5")
    np.testing.assert_allclose(code(app), load("portraits").codes[5], rtol=5e-3)
    words = captions(app) + "".join(str(m.value) for m in app.markdown)
    assert "garment" not in words
    app.session_state["strips"] = True
    app.segmented_control(key="posterior_from").set_value("Upload").run()
    picture = np.full((40, 20, 3), 200, np.uint8)
    file = ("me.png", png_bytes(picture))
    upload(app, "posterior-upload", file)
    assert not app.exception
    assert "cut out as shown above" in captions(app)
    # From many images to a model that knows six.
    app.selectbox(key="vae").set_value("fashion-vae-16").run()
    app.number_input(key="start_image").set_value(9000).run()
    app.selectbox(key="vae").set_value("portraits").run()
    assert not app.exception
    assert app.number_input(key="start_image").value == 5


def test_the_feature_distance_is_said_where_it_was_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_toy_vae(tmp_path / "models" / "portraits", (16, 16, 3))
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    assert "Feature distance" not in captions(page(vae="Portraits"))
    evaluation = read_card(folder).evaluation
    evaluation["test"]["feature_distance"] = {
        "judge": "a-judge",
        "n": 6,
        "training": 0.5,
        "prior": 12.34,
        "fitted": 4.32,
        "pca_gaussian": 50.0,
        "reconstructions": 3.21,
        "blurred": 8.0,
    }
    change_card(folder, evaluation=evaluation)
    shown = captions(page(vae="Portraits"))
    assert "**12.3** from the prior, **4.3** from the mixture, **50.0** from a Gaussian" in shown
    assert "**3.2** for reconstructions" in shown
    assert "**0.5** for training images, real against real" in shown
    assert "hardly sees blur" not in shown
    evaluation["test"]["feature_distance"]["blurred"] = 0.4
    change_card(folder, evaluation=evaluation)
    assert "hardly sees blur" in captions(page(vae="Portraits"))


def test_a_model_whose_every_dimension_is_dead_says_so_and_shows_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_toy_vae(tmp_path / "models" / "collapsed", (16, 16, 1))
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    evaluation = read_card(folder).evaluation
    evaluation["test"]["elbo"]["kl_per_dimension"] = [0.0, 0.001, 0.0]
    change_card(folder, title="Collapsed", evaluation=evaluation)
    app = page(vae="Collapsed")
    labels = {slider["label"] for slider in component(app, "sliders")["sliders"]}
    assert labels == {"z0", "z1", "z2"}
    assert "**Every dimension is dead**: none of the 3" in captions(app)
    assert "no picture decides one" in captions(app)
    app.session_state["strips"] = True
    assert "no strip changes much" in captions(app.run())


def test_the_number_of_an_image_that_another_model_lacks_is_its_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_toy(tmp_path / "models" / "few")
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    app = page(vae="Stacked autoencoder", plain_start="Test image", plain_image="5000")
    assert app.number_input(key="plain_image").value == 5000
    app.selectbox(key="vae").set_value("few").run()
    assert not app.exception
    assert app.number_input(key="plain_image").value == len(load("few").codes) - 1
