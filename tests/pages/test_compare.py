"""Models beside each other, and the lab of size and beta."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ae.coding import rate_distortion
from ae.coding.rate_distortion import Sweep, numbers_of
from ae.models import available, load
from ae.shelf.card import ModelCard
from ae.shelf.places import home
from ae.ui.comparing.models import comparable, what_to_choose
from ae.ui.figures import losses
from tests.coding.test_rate_distortion import point
from tests.pages.apps import component, open_page

PAGE = "pages/build/compare.py"
LAB = "Rate-distortion lab"


def compared(**query: Any) -> Any:
    return open_page(PAGE, **query)


def rows(app: Any) -> dict[str, list[str]]:
    """The table of numbers: what stands in each row, by its first cell."""
    cells = component(app, "cells")["cells"]
    return {row[0]["text"]: [cell["text"] for cell in row] for row in cells}


def test_models_stand_beside_pca_of_their_size_with_n_and_split() -> None:
    found = rows(compared())
    card = load("fashion-conv").card
    assert list(found) == [
        "Stacked autoencoder",
        "Convolutional autoencoder",
        "PCA, 30 components",
        "PCA, 32 components",
    ]
    mse = card.evaluation["test"]["model"]["mse"]
    assert found[card.title][2] == f"{mse:.5f}"
    assert found[card.title][5:7] == ["10,000", "test, fashion-mnist"]


def test_the_browser_is_asked_to_time_every_model_and_no_baseline() -> None:
    cells = component(compared(), "cells")["cells"]
    timed = [row[-1]["timed"]["model"] if row[-1]["timed"] else None for row in cells]
    assert timed == ["fashion-stacked", "fashion-conv", None, None]


def test_models_of_other_pictures_are_left_out_in_one_sentence() -> None:
    titles = ["VAE with 16 numbers", "VAE with a plane", "Photographs of faces"]
    app = compared(models=titles)
    assert list(rows(app))[:2] == titles[:2]
    (left_out,) = [c.value for c in app.caption if "Left out" in c.value]
    assert "Photographs of faces" in left_out
    assert "28 x 28" in left_out


def test_one_model_is_not_compared_but_told_which_others_suit() -> None:
    app = compared(models=["VAE with a plane"])
    assert not app.exception
    assert "too: Convolutional autoencoder" in app.info[0].value
    alone = load("faces-vae")
    assert "No other model" in what_to_choose([alone], {"faces-vae": alone})


def test_four_at_most_are_compared() -> None:
    model = load("fashion-vae-2")
    assert len(comparable([model] * 6)) == 4


def test_faces_are_compared_too() -> None:
    titles = ["Photographs of faces", "Photographs of faces, by PCA"]
    assert list(rows(compared(models=titles)))[:2] == titles


def test_a_dot_is_marked_on_every_map() -> None:
    titles = ["VAE with 16 numbers", "VAE with a plane"]
    app = compared(models=titles, dot="7", maps="t-SNE")
    assert not app.exception
    assert any(" 7." in caption.value for caption in app.caption)
    for name, kind in (("fashion-vae-16", "tsne"), ("fashion-vae-2", "plane")):
        pin, _ = app.session_state[f"compared-{name}-{kind}-record"].value
        np.testing.assert_allclose(pin, load(name).maps[kind][7], rtol=1e-6)


def test_a_pin_that_is_moved_on_one_map_moves_on_the_others() -> None:
    app = compared(dot="7")
    app.pills(key="models").set_value(["fashion-vae-16", "fashion-vae-2"]).run()
    keys = ("compared-fashion-vae-16-pca", "compared-fashion-vae-2-plane")
    places = load("fashion-vae-16").maps["pca"], load("fashion-vae-2").maps["plane"]

    def click(pin: list[float] | None) -> list[Any]:
        revision = app.session_state[f"{keys[0]}-record"].revision
        moved = {"revision": revision, "values": {"pin": pin, "polygon": []}}
        app.session_state[keys[0]] = {"moved": moved}
        app.run()
        return [app.session_state[f"{key}-record"].value[0] for key in keys]

    for found, place in zip(click(places[0][9].tolist()), places, strict=True):
        np.testing.assert_allclose(found, place[9], rtol=1e-6)
    assert app.query_params["dot"] == "9"
    # Between the dots there is no image to be found elsewhere.
    pin = (places[0][:2].mean(axis=0) + 0.01).tolist()
    assert click(pin) == [tuple(pin), None]
    assert "dot" not in app.query_params


@pytest.mark.usefixtures("datasets_folder")
def test_a_models_own_test_images_are_not_called_strangers() -> None:
    assert not compared(count="16").warning


@pytest.mark.parametrize("card", available(), ids=lambda card: card.name)
def test_the_kept_epoch_is_the_best_of_a_loss_without_labels(card: ModelCard) -> None:
    assert card.history["best_epoch"] == int(np.argmin(losses(card)["val_loss"]))


def test_losses_of_different_units_are_drawn_apart() -> None:
    assert len(compared().get("plotly_chart")) == 2
    alike = compared(models=["VAE with 16 numbers", "VAE with a plane"])
    assert len(alike.get("plotly_chart")) == 1


def test_a_link_to_two_models_shows_both_and_the_next_click_keeps_them() -> None:
    titles = ["Photographs of faces", "Photographs of faces, by PCA"]
    app = compared(models=titles)
    chosen = ["smiles-vae", "smiles-pca"]
    assert sorted(app.session_state["models"]) == sorted(chosen)
    assert sorted(app.query_params["models"]) == titles
    app.run()
    assert sorted(app.session_state["models"]) == sorted(chosen)


def swept(*points: rate_distortion.Point) -> None:
    """Put a sweep where one made on this machine lies."""
    folder = home() / "sweep"
    folder.mkdir(parents=True)
    pictures = np.zeros((len(points), 3 * rate_distortion.SHOWN, 28, 28), np.uint8)
    sweep = Sweep("fashion-mnist", "test", 10, tuple(range(10)), points, pictures)
    (folder / rate_distortion.NUMBERS).write_text(numbers_of(sweep), encoding="utf-8")
    np.savez(folder / rate_distortion.PICTURES, pictures=pictures)


def test_the_lab_marks_where_pca_wins() -> None:
    swept(point("pca", 16, 0.02), point("stacked", 16, 0.03), point("variational", 16, 0.01, 1.0))
    data = component(compared(view=LAB), "points")
    assert [each["worse"] for each in data["points"]] == [False, True, False]
    assert data["start"] == [3, 2]  # 16 numbers, beta 1


@pytest.mark.parametrize(
    ("linked", "steps"), [("64_8", [5, 5]), ("2_0.25", [0, 0]), ("31_3", [4, 4]), ("x_1", [3, 2])]
)
def test_a_link_sets_the_sliders_to_what_was_swept(linked: str, steps: list[int]) -> None:
    assert component(compared(view=LAB, lab=linked), "points")["start"] == steps


@pytest.mark.parametrize("moved", [[5, 6], [-1, 0], [0.5, 1], ["a", 1], None, [1], [True, 1]])
def test_what_makes_no_sense_moves_no_slider(moved: object) -> None:
    from ae.ui.comparing.lab import _read

    assert _read(moved) is None


def test_a_damaged_sweep_is_said_in_one_sentence(tmp_path: Path) -> None:
    swept(point("pca", 16, 0.02))
    (home() / "sweep" / rate_distortion.NUMBERS).write_text("{", encoding="utf-8")
    app = compared(view=LAB)
    assert not app.exception
    assert "is damaged" in app.error[0].value
