"""A folder of one's own pictures, from files to a model folder with directions."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import NO_TENSORFLOW

pytest.importorskip("tensorflow", reason=NO_TENSORFLOW)

from ae.coding.autoencoder import Autoencoder
from ae.data import Dataset, load
from ae.data.splits import split_of
from ae.models import open_folder
from ae.training import train as training
from ae.training.recipes import Recipe, recipe
from ae.training.suitability import has_groups, labelled, suited, varies

pytestmark = pytest.mark.slow

N = 200
NAMES = [f"{number:03}.png" for number in range(N)]
RNG = np.random.default_rng(0)
# Each picture is of one light, left or right of its middle.
LIGHT = RNG.uniform(0.2, 1, N)
RIGHT = RNG.random(N) < 0.5
# Nine in ten have the value 1.
GRADE = np.where(RNG.random(N) < 0.9, 1, RNG.choice([0, 2], N))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred drawn pictures, without a table."""
    folder = tmp_path_factory.mktemp("pictures")
    for name, light, right in zip(NAMES, LIGHT, RIGHT, strict=True):
        pixels = np.zeros((16, 16, 3), np.uint8)
        pixels[:, 8 * right : 8 * right + 8] = round(255 * light)
        Image.fromarray(pixels).save(folder / name)
    return folder


@pytest.fixture
def table(pictures: Path) -> Callable[..., None]:
    """Writes the table beside the pictures; none if there are no columns."""

    def write(**columns: np.ndarray) -> None:
        path = pictures / "attributes.csv"
        path.unlink(missing_ok=True)
        if columns:
            rows = zip(NAMES, *columns.values(), strict=True)
            lines = [",".join(map(str, row)) for row in (("file", *columns), *rows)]
            path.write_text("\n".join(lines), encoding="utf-8")

    return write


def tiny(pictures: Path, **changes: object) -> Recipe:
    plain = replace(
        recipe("fashion-vae-16"),
        name="own-vae",
        dataset=f"folder:{pictures}",
        latent_dim=4,
        loss="squared_error",
        epochs=2,
        warmup_steps=2,
        batch_size=16,
        options={"channels": (4, 4, 8), "grid": 2, "units": 8},
        directions_from=(f"folder:{pictures}",),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def trained(made: Recipe, shelf: Path) -> tuple[Autoencoder, str]:
    screen = io.StringIO()
    return open_folder(training.train(made, shelf, screen=screen)), screen.getvalue()


def test_pictures_with_a_table_give_directions(
    pictures: Path, table: Callable[..., None], tmp_path: Path
) -> None:
    price = np.rint(70_000 * LIGHT)
    price[np.argmax(price)] = 70_000
    table(right=RIGHT.astype(int), price=price, grade=GRADE)
    found, said = trained(tiny(pictures, epochs=6, learning_rate=3e-3), tmp_path)
    assert "Left out, for no two groups to tell apart: grade.\n" in said
    assert list(found.directions) == ["right", "price"]
    assert found.directions["right"].auroc > 0.9
    assert set(found.card.evaluation["test"]["directions"]) == set(found.known)
    tested = [row for row, name in enumerate(NAMES) if split_of(name) == "test"]
    assert len(tested) < 30  # than which t-SNE's usual perplexity must be smaller
    np.testing.assert_array_equal(found.attributes["price"], price[tested])
    (known,) = found.known.values()
    assert known.values["price"].max() == 70_000
    assert found.card.class_names == ("No right", "right")
    assert found.labels.tolist() == RIGHT[tested].tolist()


def test_pictures_without_a_table_are_of_one_class(
    pictures: Path, table: Callable[..., None], tmp_path: Path
) -> None:
    table()
    found, said = trained(tiny(pictures), tmp_path)
    assert "Left out" not in said
    assert found.card.class_names == ("Image",)
    assert not found.labels.any()
    assert (found.directions, found.card.known) == ({}, ())
    assert set(found.maps) == {"pca", "tsne"}


def test_continuous_columns_alone_give_directions_and_one_class(
    pictures: Path, table: Callable[..., None], tmp_path: Path
) -> None:
    table(light=LIGHT)
    found, _ = trained(tiny(pictures, latent_dim=2, hint=1.0), tmp_path)
    assert found.card.class_names == ("Image",)
    assert list(found.directions) == ["light"]
    assert list(found.maps) == ["plane"]


def test_a_plain_autoencoder_needs_no_table(
    pictures: Path, table: Callable[..., None], tmp_path: Path
) -> None:
    table()
    made = tiny(pictures, network="convolutional", beta=None, kind="autoencoder")
    assert trained(made, tmp_path)[0].card.class_names == ("Image",)


def test_columns_that_say_the_same_do_not_undo_a_training(
    pictures: Path, table: Callable[..., None], tmp_path: Path
) -> None:
    table(right=RIGHT.astype(int), left=(~RIGHT).astype(int))
    found, _ = trained(tiny(pictures), tmp_path)
    assert list(found.directions) == ["right", "left"]


def test_a_judge_leaves_out_what_never_varies(
    pictures: Path, table: Callable[..., None], tmp_path: Path
) -> None:
    table(light=LIGHT, always=np.ones(N, int), grade=GRADE)
    made = replace(
        recipe("faces-judge"),
        name="own-judge",
        dataset=f"folder:{pictures}",
        latent_dim=4,
        epochs=1,
        options={"reads": "attributes", "channels": (4, 4, 4, 4)},
    )
    screen = io.StringIO()
    found = open_folder(training.train(made, tmp_path, screen=screen))
    assert "Left out, for having one value only: always" in screen.getvalue()
    assert found.card.attributes[0] == "light"
    assert "always" not in found.card.attributes


# Before the training ---------------------------------------------------------------


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where anything is trained."""
    monkeypatch.delattr("ae.training.autoencoders.fit")


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"latent_dim": 1000}, r"1\d\d images in the train split, and own-vae needs 10"),
        ({"latent_dim": 1}, "latent_dim of at least 2"),
        ({"spares_upper_half": ("hat",)}, "names what folder:.* has not: hat"),
        ({"directions_from": ("smiles-toy",)}, "smiles-toy lacks attributes of .*light"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_trained(
    pictures: Path,
    table: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, object],
    words: str,
) -> None:
    def other_or_own(name: str, split: str, **options: object) -> Dataset:
        if name == "smiles-toy":
            return toy(smile=np.arange(5.0))
        return load(name, split)

    monkeypatch.setattr("ae.data.load", other_or_own)
    table(light=LIGHT)
    with pytest.raises(ValueError, match=words):
        training.train(tiny(pictures, **changes), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("untrained")
def test_too_few_test_pictures_are_said_before_anything_is_trained(tmp_path: Path) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    for name in NAMES[:60]:
        Image.new("RGB", (9, 9)).save(folder / name)
    n = sum(split_of(name) == "test" for name in NAMES[:60])
    assert 0 < n < 10
    words = f"has {n} images in the test split, and own-vae needs 10; add more"
    with pytest.raises(ValueError, match=words):
        training.train(tiny(folder), tmp_path / "shelf")


def toy(**attributes: np.ndarray) -> Dataset:
    n = len(next(iter(attributes.values())))
    values = {name: np.float32(each) for name, each in attributes.items()}
    return Dataset("toy", "train", np.zeros((n, 8, 8, 1), np.float32), None, (), values)


def test_what_is_spared_shrinks_with_the_attributes_that_are_left() -> None:
    images = toy(smile=np.arange(20.0), grade=np.ones(20) * 3)
    made = tiny(Path("x"), dataset="toy", directions_from=("toy",), hint=1.0)
    made = replace(made, spares_upper_half=("smile", "grade"))
    splits = dict.fromkeys(("train", "validation", "test"), images)
    screen = io.StringIO()
    suited_recipe, left, known = suited(made, splits, screen)
    assert suited_recipe.spares_upper_half == ("smile",)
    assert list(left["train"].attributes) == list(known["toy"].attributes) == ["smile"]
    assert screen.getvalue() == "Left out, for no two groups to tell apart: grade.\n"


@pytest.mark.parametrize(
    ("values", "groups", "different"),
    [
        ([0, 1, 1], True, True),
        ([1, 1, 1, 1], False, False),
        ([0, 1], False, True),
        ([0, 1, np.nan, np.nan], False, True),
        ([np.nan, np.nan, np.nan], False, False),
        ([5, 5, 5, 5], False, False),
        ([0, 1, 1, 1, 1, 1, 2], False, True),
        ([0, 1, 2, 0, 1, 2], True, True),
        ([0.5, 70_000, np.nan, 3], True, True),
    ],
)
def test_groups_need_values_that_differ(values: list[float], groups: bool, different: bool) -> None:
    column = np.array(values, np.float32)
    assert (has_groups(column), varies(column)) == (groups, different)


def test_labels_of_ones_own_are_kept() -> None:
    own = replace(toy(a=np.ones(2)), labels=np.array([1, 0], np.uint8))
    own = replace(own, class_names=("no", "yes"))
    assert labelled(own) is own


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "My faces"},
        {"name": ""},
        {"title": "Faces [here](https://example.org)"},
        {"title": "x" * 61},
        {"summary": "See www.example.org"},
    ],
)
def test_a_card_that_would_be_refused_is_refused_before_the_training(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"name|title|summary"):
        training.train(replace(recipe("fashion-vae-2"), **changes), tmp_path / "shelf")
    assert not (tmp_path / "shelf").exists()
