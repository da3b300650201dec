from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae.images.sheets import png_bytes
from ae.latent.maps import fitted_plane, neighbours
from ae.models import load
from ae.ui.map.component import MapState, rounded
from ae.ui.map.pin import OUTLINE, PIN, outline_of, pin_numbers, pin_of
from ae.ui.map.points import MapPoints
from ae.ui.map.selection import to_csv
from tests.pages.apps import component, open_page, tables, upload
from tests.toys import change_card, npz, replace_file, write_toy_vae

MODEL = load("fashion-vae-16")
PLANE = load("fashion-vae-2")
MAPS = {"PCA": "pca", "t-SNE": "tsne"}


def page(**query: str) -> AppTest:
    query.setdefault("vae", MODEL.card.title)
    app = open_page("pages/explore/latent_map.py", **query)
    assert not app.exception
    return app


def points_of(kind: str) -> MapPoints:
    names = MODEL.card.class_names
    return MapPoints(MODEL.maps[kind], MODEL.codes, MODEL.labels, names)


def texts(app: AppTest) -> str:
    assert not app.exception
    parts = [*app.header, *app.markdown, *app.caption, *app.info, *app.error]
    return "\n".join(str(part.value) for part in parts)


def choose(app: AppTest, key: str, value: str) -> AppTest:
    widget = app.selectbox(key=key) if key == "vae" else app.segmented_control(key=key)
    widget.set_value(value).run()
    assert not app.exception
    return app


def say(app: AppTest, name: str = MODEL.card.name, **message: Any) -> AppTest:
    """Let the browser report what the visitor did on a model's first map."""
    key = f"map-{name}-pca"
    revision = app.session_state[f"{key}-record"].revision
    values = {"pin": None, "polygon": [], **message}
    app.session_state[key] = {"moved": {"revision": revision, "values": values}}
    return app.run()


def on_map(app: AppTest) -> dict[str, Any]:
    """What the map was given."""
    return component(app, "decoding")


def sample_link(app: AppTest) -> str:
    links = [link.proto.query_string for link in app.get("page_link")]
    return next(link for link in links if "z=" in link)


def linked_code(app: AppTest) -> list[float]:
    found = re.search("z=([^&]*)", sample_link(app))
    assert found is not None
    return [float(word) for word in found[1].split("_")]


@pytest.mark.parametrize("title", MAPS)
def test_every_map_stands_beside_its_measured_trust(title: str) -> None:
    app = page(map=title)
    measured = MODEL.card.maps[MAPS[title]]
    shown = str(tables(app)[0])
    assert title in shown
    shown += texts(app)
    for value in measured.values():
        assert f"{value:.3f}" in shown


def test_where_all_pictures_are_of_one_class_nothing_is_said_of_classes() -> None:
    app = page(vae="Photographs of anything")
    assert tables(app)[0]["Measure"] == ["Trustworthiness", "Continuity"]
    assert "5-NN" not in texts(app)


def test_a_plane_needs_no_trust_but_says_what_its_neighbours_know() -> None:
    app = page(vae=PLANE.card.title)
    assert not tables(app)
    assert f"{PLANE.card.maps['plane']['knn_accuracy']:.3f}" in texts(app)


@pytest.mark.parametrize("title", MAPS)
def test_a_pinned_image_counts_its_true_neighbours_among_those_on_the_map(title: str) -> None:
    app = page(map=title, pin="7")
    points = MODEL.maps[MAPS[title]]
    kept = set(neighbours(MODEL.codes, 7)) & set(neighbours(points, 7))
    assert f"of its 10 nearest in latent space, **{len(kept)}** are" in texts(app)
    assert f"Squared error {MODEL.errors[7]:.4f}" in texts(app)


@pytest.mark.parametrize("title", ["Convolutional autoencoder", "Photographs of anything"])
def test_an_image_without_a_posterior_is_pinned_too(title: str) -> None:
    app = open_page("pages/explore/latent_map.py", vae=title, pin="5")
    assert not app.exception
    words = "\n".join(str(each.value) for each in (*app.markdown, *app.caption))
    assert "nearest in latent space" in words
    assert "KL" not in words
    assert "prior sigmas" not in words


def test_the_code_of_a_place_on_the_plane_of_pca_goes_on_to_sample() -> None:
    plane = fitted_plane(MODEL.codes, MODEL.maps["pca"])
    z = plane.codes(np.array([[0.5, -1.25]]))[0]
    np.testing.assert_allclose(linked_code(page(pin="0.5_-1.25")), z, rtol=0.01)
    assert "a place between the images" in texts(page(pin="0.5_-1.25"))


def test_on_an_image_t_sne_gives_its_own_code_and_pca_that_of_the_plane() -> None:
    own = linked_code(page(map="t-SNE", pin="7"))
    np.testing.assert_allclose(own, MODEL.codes[7], rtol=0.01)
    app = page(map="PCA", pin="7")
    plane = fitted_plane(MODEL.codes, MODEL.maps["pca"])
    z = plane.codes(MODEL.maps["pca"][[7]])[0]
    np.testing.assert_allclose(linked_code(app), z, rtol=0.02, atol=1e-4)
    off = float(np.linalg.norm(MODEL.codes[7] - z))
    assert f"{off:.2f} prior sigmas off the plane" in texts(app)


def test_the_plane_can_be_laid_through_a_pinned_image() -> None:
    app = choose(page(pin="7"), "plane", "Through the pinned image")
    np.testing.assert_allclose(linked_code(app), MODEL.codes[7], rtol=0.01)
    assert "off the plane" not in texts(app)
    assert app.query_params["through"] == "7"
    link = page(plane="Through the pinned image", through="7", pin="0.5_-1.25")
    z = fitted_plane(MODEL.codes, MODEL.maps["pca"]).through(MODEL.codes[7])
    expected = z.codes(np.array([[0.5, -1.25]]))[0]
    np.testing.assert_allclose(linked_code(link), expected, rtol=0.01, atol=1e-3)


def test_without_a_pinned_image_the_plane_stays_and_says_what_to_do() -> None:
    app = page(plane="Through the pinned image", pin="0.5_-1.25")
    assert "Click on a dot" in texts(app)
    assert linked_code(app) == linked_code(page(pin="0.5_-1.25"))


def test_a_pinned_image_is_kept_on_another_map_and_a_place_is_not() -> None:
    app = choose(page(pin="7"), "map", "tsne")
    assert "Pinned: test image 7" in texts(app)
    app = choose(page(pin="7"), "vae", PLANE.card.name)
    assert "Pinned: test image 7" in texts(app)
    app = choose(page(pin="0.5_-1.25"), "map", "tsne")
    assert "Pinned" not in texts(app)
    assert "pin" not in app.query_params


@pytest.mark.parametrize(
    "pin", ["", "nonsense", "1", "nan_1", "1e99_0", "1_2_3", "10000", "-1", "²", "9" * 99]
)
def test_only_what_is_a_pin_is_read_from_a_link(pin: str) -> None:
    place = pin_of(PIN.read(pin), points_of("pca"))
    assert (place is None) == (pin != "1")


@pytest.mark.parametrize("pin", [(-0.5, 1.25), None])
def test_a_written_pin_is_read_back(pin: tuple[float, float] | None) -> None:
    numbers = pin_numbers(MapState(pin, None, ()))
    assert pin_of(PIN.read(PIN.text(numbers)), points_of("pca")) == pin
    u, v = MODEL.maps["tsne"][42].tolist()
    numbers = pin_numbers(MapState((u, v), 42, ()))
    assert PIN.text(numbers) == "42"
    assert pin_of(PIN.read("42"), points_of("tsne")) == (u, v)


def test_a_click_on_a_dot_draws_lines_to_its_true_neighbours() -> None:
    app = page()
    assert on_map(app)["lines"] == []
    app = say(app, pin=MODEL.maps["pca"][7].tolist())
    near = neighbours(MODEL.codes, 7)
    assert on_map(app)["lines"] == [[7, int(other)] for other in near]
    assert "Pinned: test image 7" in texts(app)
    assert app.query_params["pin"] == "7"


def test_a_lasso_selects_counts_and_compares() -> None:
    box = [[-1.0, -1.0], [1.5, -1.0], [1.5, 1.0], [-1.0, 1.0]]
    app = say(page(), polygon=box)
    u, v = MODEL.maps["pca"].T
    chosen = (u > -1) & (u < 1.5) & (v > -1) & (v < 1)
    assert f"Selected: {chosen.sum():,} of 10,000" in texts(app)
    for label, name in enumerate(MODEL.card.class_names):
        count = int((MODEL.labels[chosen] == label).sum())
        assert (f"{name} **{count:,}**" in texts(app)) == (count > 0)
    assert f"Mean squared error **{MODEL.errors[chosen].mean():.4f}**" in texts(app)
    assert "The first 40 of" in texts(app)
    assert on_map(app)["selected"] is not None
    assert "Selected" not in texts(say(app, polygon=[]))


def test_a_lasso_is_in_the_link_and_selects_the_same_there() -> None:
    drawn = [[-1.03337, -1.0], [1.5, -1.000049], [1.5, 1.0], [-1.0, 1.0]]
    app = say(page(), polygon=drawn)
    link = app.query_params["lasso"]
    assert link == "-1.033_-1_1.5_-1_1.5_1_-1_1"
    again = page(lasso=link)
    words = next(str(s.value) for s in app.header if "Selected" in str(s.value))
    assert words in texts(again)
    assert on_map(again)["selected"] == on_map(app)["selected"]
    assert on_map(again)["start"]["polygon"] == [[-1.033, -1], [1.5, -1], [1.5, 1], [-1, 1]]
    assert "lasso" not in say(again, polygon=[]).query_params


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1_2", "0_0_1_1", "0_0_1_1_1", "0_0_nan_1_1_1", "0_0_1e9_1_1_0"),
        "_".join(["0.5"] * 122),
    ],
)
def test_only_what_is_an_outline_is_read_from_a_link(text: str) -> None:
    assert outline_of(OUTLINE.read(text), points_of("pca")) == ()


def test_the_longest_outline_is_read_back() -> None:
    angles = np.linspace(0, 6, 60)
    drawn = rounded([(float(np.cos(a)), float(np.sin(a))) for a in angles])
    numbers = OUTLINE.read(OUTLINE.text(np.ravel(drawn)))
    assert outline_of(numbers, points_of("pca")) == drawn


def test_a_lasso_around_nothing_says_so() -> None:
    app = say(page(), polygon=[[9.0, 9.0], [9.5, 9.0], [9.5, 9.5]])
    assert "Selected: 0 of 10,000" in texts(app)


def test_a_selection_is_one_line_per_image_with_place_and_code() -> None:
    text = to_csv(MODEL, MODEL.maps["pca"], np.array([3, 9999]))
    header, *lines = [line.split(",") for line in text.splitlines()]
    assert header[:5] == ["image", "class", "u", "v", "mse"]
    assert [line[0] for line in lines] == ["3", "9999"]
    assert lines[0][1] == MODEL.card.class_names[MODEL.labels[3]]
    values = np.array([line[2:] for line in lines], float)
    np.testing.assert_allclose(values[:, :2], MODEL.maps["pca"][[3, 9999]], rtol=1e-4)
    np.testing.assert_allclose(values[:, 3:], MODEL.codes[[3, 9999]], rtol=1e-4)


@pytest.mark.parametrize("title", MAPS)
def test_pictures_are_placed_and_it_is_said_how(title: str) -> None:
    app = page(map=title, place="true", pick="By number", index="0 1")
    how = {"PCA": "placed exactly", "t-SNE": "placed by a stated guess"}
    assert how[title] in texts(app)


def write_portraits(folder: Path, trust: dict[str, float]) -> None:
    """Write a VAE of six colour pictures with a map of its codes."""
    write_toy_vae(folder, (16, 16, 3))
    with np.load(folder / "codes.npz") as file:
        arrays = {name: file[name] for name in file.files}
    arrays["map_pca"] = arrays["codes"][:, :2]
    replace_file(folder, "codes.npz", npz(**arrays))
    change_card(folder, maps={"pca": trust}, class_names=["Portrait"])


def test_models_of_other_pictures_have_their_map_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_portraits(tmp_path / "models" / "portraits", MODEL.card.maps["pca"])
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    app = say(
        page(vae="Portraits", pin="5", place="true"),
        name="portraits",
        polygon=[[-9.0, -9.0], [9.0, -9.0], [0.0, 9.0]],
    )
    assert "Selected: 6 of 6" in texts(app)
    app = page(vae="Portraits", pin="5", place="true")
    assert "of its 5 nearest in latent space, **5** are among its 5" in texts(app)
    picture = np.full((40, 20, 3), 200, np.uint8)
    picture[10:30] = 90
    file = ("me.png", png_bytes(picture))
    upload(app, "placed-upload", file)
    assert [mark["label"] for mark in on_map(app)["marks"]] == ["me.png"]


def test_a_model_without_maps_or_their_trust_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    write_toy_vae(tmp_path / "models" / "mapless", (16, 16, 3))
    assert "Mapless has no map" in texts(page(vae="Mapless"))
    write_portraits(tmp_path / "models" / "portraits", {"continuity": 1.0})
    warnings = [str(warning.value) for warning in page().warning]
    assert any("lacks the numbers that were measured" in text for text in warnings)
