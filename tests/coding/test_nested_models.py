"""An autoencoder whose codes can be cut: its folder, and what is made of its codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ae import models
from ae.coding.comparison import compare
from ae.coding.resemblance import Resemblance, most_alike, resemblance
from tests.toys import change_card, npz, replace_file, write_toy_nested

IMAGES = np.random.default_rng(0).random((3, 8, 8, 3)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_toy_nested(tmp_path / "nested")


def test_a_folder_says_to_which_sizes_its_codes_can_be_cut(folder: Path) -> None:
    model = models.open_folder(folder)
    assert model.sizes == (4, 8)
    codes = model.encode(IMAGES)
    assert (model.cut(codes, 4)[:, 1::2] == 0).all()
    np.testing.assert_array_equal(model.reconstruct(IMAGES, 8), model.reconstruct(IMAGES))
    np.testing.assert_array_equal(model.decode(model.cut(codes, 4)), model.reconstruct(IMAGES, 4))


@pytest.mark.parametrize("nested", [[1, 3], [2, 1], "12"])
def test_sizes_that_do_not_fit_are_refused(folder: Path, nested: object) -> None:
    change_card(folder, recipe={"nested": nested})
    with pytest.raises(ValueError, match="to which sizes codes may be cut"):
        models.open_folder(folder)


@pytest.mark.parametrize(
    ("frequencies", "block"), [((9, 9, 3), 48), ((4, 3, 3), 48), ((4, 4, 1), 48), ((4, 4, 3), 47)]
)
def test_baselines_of_other_pictures_are_refused(
    folder: Path, frequencies: tuple[int, ...], block: int
) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "mean": np.zeros(frequencies, np.float32),
        "levels": np.ones((8, *frequencies), np.int8),
        "block_mean": np.zeros(block, np.float32),
        "block_components": np.zeros((2, block), np.float32),
    }
    replace_file(folder, "baseline.npz", npz(**arrays))
    with pytest.raises(ValueError, match=r"of other pictures|does not fit"):
        models.open_folder(folder)


def test_a_comparison_keeps_as_many_numbers_everywhere(folder: Path) -> None:
    model = models.open_folder(folder)
    found = compare([model], IMAGES, IMAGES, "abc", 4)
    assert [entry.latent_dim for entry in found.entries] == [4, 4, 4]
    assert [entry.title for entry in found.entries] == [
        "Any picture",
        "PCA, 4 components",
        "PCA on 4 blocks",
    ]
    np.testing.assert_array_equal(found.entries[0].reconstructions, model.reconstruct(IMAGES, 4))
    assert [entry.latent_dim for entry in compare([model], IMAGES, IMAGES, "abc").entries] == [
        8
    ] * 3


def test_pictures_go_to_the_most_particular_model_to_which_they_are_usual() -> None:
    usual, rare = Resemblance(0.6, 1.0, 64, 784), Resemblance(0.01, 5.0, 2, 784)
    anything = Resemblance(0.9, 0.2, 1024, 12_288)
    assert most_alike({"anything": anything, "faces": usual, "garments": rare}) == "faces"
    assert most_alike({"anything": anything, "garments": rare}) == "anything"
    larger = replace(anything, pixels=49_152)
    assert most_alike({"anything": anything, "larger": larger}) == "larger"
    # To none of them: where the error is least beside the model's own.
    assert most_alike({"a": Resemblance(0.1, 3.0, 64, 9), "b": Resemblance(0.0, 2.0, 2, 9)}) == "b"


def test_a_model_that_cannot_know_takes_no_pictures(folder: Path) -> None:
    evaluation = models.open_folder(folder).card.evaluation
    test = evaluation["test"]
    changed = {**test, "mean_image": test["model"]}
    change_card(folder, evaluation={**evaluation, "test": changed})
    assert resemblance(models.open_folder(folder), IMAGES) is None


def test_noise_resembles_nothing(folder: Path) -> None:
    model = models.open_folder(folder)
    plain = np.full((2, 8, 8, 3), 0.5, np.float32)
    like, unlike = resemblance(model, plain), resemblance(model, 4 * (IMAGES - 0.5))
    assert like is not None
    assert unlike is not None
    assert like.is_usual
    assert like.errors < unlike.errors
