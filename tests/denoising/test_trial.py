from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from ae.data import Dataset
from ae.denoising.filters import FILTERS, filtered
from ae.denoising.noise import KINDS, SETTINGS, Noise, with_noise
from ae.denoising.trial import Score, measure_denoiser, try_all
from ae.metrics import psnr, squared_error, ssim
from ae.models import open_folder
from tests.toys import change_card, denoiser_settings, npz, replace_file, write_toy_denoiser

IMAGES = np.random.default_rng(0).random((3, 8, 8, 1), dtype=np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shelf = tmp_path_factory.mktemp("denoisers")
    return write_toy_denoiser(shelf / "fashion-denoiser", (8, 8, 1))


def test_the_network_runs_as_its_weights_say_and_is_clipped(folder: Path) -> None:
    found = open_folder(folder).reconstruct(IMAGES * 4 - 1)
    np.testing.assert_allclose(found, np.clip(IMAGES * 2 - 0.5, 0, 1), atol=1e-6)


def test_strengths_are_those_tuned_and_change_evenly_between(folder: Path) -> None:
    denoiser = open_folder(folder)
    for kind in KINDS:
        levels = KINDS[kind].levels
        at = [denoiser.strength("wiener", Noise(kind, level)) for level in levels]
        assert at == pytest.approx(range(1, len(levels) + 1))
        half = Noise(kind, (levels[0] + levels[1]) / 2)
        assert denoiser.strength("median", half) == pytest.approx(1.5)
        below = Noise(kind, levels[0] / 2)
        assert denoiser.strength("pca", below) == pytest.approx(1)
    clipped = Noise("gaussian", 0.1, clip=True)
    assert denoiser.strength("pca", clipped) == pytest.approx(101)


@pytest.mark.parametrize("lost", ["mean", "eigenvectors", "gaussian/median"])
def test_a_folder_without_its_filters_is_refused(tmp_path: Path, lost: str) -> None:
    folder = write_toy_denoiser(tmp_path / "toy", (8, 8, 1))
    with np.load(folder / "filters.npz") as file:
        kept = {name: file[name] for name in file.files if name != lost}
    replace_file(folder, "filters.npz", npz(**kept))
    with pytest.raises(ValueError, match=f"'{lost}' is missing"):
        open_folder(folder)


@pytest.mark.parametrize("damage", ["setting", "method", "level", "number"])
def test_a_card_without_its_numbers_is_refused(tmp_path: Path, damage: str) -> None:
    folder = write_toy_denoiser(tmp_path / "toy", (8, 8, 1))
    settings = denoiser_settings()
    row = settings["blur"]
    if damage == "setting":
        del settings["blur"]
    elif damage == "method":
        del row["methods"]["median"]
    elif damage == "level":
        row["levels"].pop()
    else:
        row["methods"]["denoiser"]["psnr_db"][0] = "much"
    change_card(folder, evaluation={"test": {"n": 3, "settings": settings}})
    with pytest.raises(ValueError, match="lacks"):
        open_folder(folder)


def test_every_method_is_given_the_same_noisy_images(folder: Path) -> None:
    denoiser = open_folder(folder)
    noise = Noise("gaussian", 0.5)
    noisy = with_noise(IMAGES, noise)
    trial = try_all(denoiser, None, IMAGES, noise)
    assert list(trial.estimates) == list(trial.scores) == ["noisy", "denoiser", *FILTERS]
    np.testing.assert_array_equal(trial.estimates["noisy"], np.clip(noisy, 0, 1))
    network = denoiser.reconstruct(noisy)
    np.testing.assert_array_equal(trial.estimates["denoiser"], network)
    expected = filtered("gaussian", noisy, 5, denoiser.spectrum, noise)
    np.testing.assert_allclose(trial.estimates["gaussian"], expected, atol=1e-6)
    means = {name: trial.scores[name].psnr_db.mean() for name in FILTERS}
    assert means[trial.best_filter] == max(means.values())


def test_a_trial_is_written_as_a_table(folder: Path) -> None:
    trial = try_all(open_folder(folder), None, IMAGES, Noise("speckle", 0.5, clip=True))
    rows = list(csv.DictReader(io.StringIO(trial.to_csv(["a", "b,", "c"]))))
    assert len(rows) == 3 * len(trial.scores)
    assert rows[0]["noise"] == "speckle-clipped"
    last = rows[-1]
    assert (last["image"], last["method"]) == ("c", list(FILTERS)[-1])
    found = trial.scores[last["method"]].psnr_db[2]
    assert float(last["psnr_db"]) == pytest.approx(found, rel=1e-5)


def test_the_card_holds_means_over_images_of_every_method(folder: Path) -> None:
    denoiser = open_folder(folder)
    measured = measure_denoiser(denoiser, Dataset("toy", "test", IMAGES, None), lambda kind: None)
    assert measured["n"] == 3
    assert measured["settings"].keys() == SETTINGS.keys()
    row = measured["settings"]["speckle-clipped"]
    assert row["n"] == 3
    assert row["levels"] == list(KINDS["speckle"].levels)
    assert row["methods"].keys() == {"noisy", "denoiser", *FILTERS}
    noisy = with_noise(IMAGES, Noise("speckle", row["levels"][2], clip=True))
    decibel = psnr(squared_error(IMAGES, noisy)).mean()
    assert row["methods"]["noisy"]["psnr_db"][2] == pytest.approx(decibel)
    likeness = ssim(IMAGES, denoiser.reconstruct(noisy)).mean()
    assert row["methods"]["denoiser"]["ssim"][2] == pytest.approx(likeness)


def test_a_score_is_kept_for_each_image() -> None:
    dimmed = IMAGES * np.asarray([1, 0.9, 0.5], np.float32).reshape(3, 1, 1, 1)
    score = Score.of(IMAGES, dimmed)
    assert score.psnr_db[0] == np.inf
    assert score.ssim[0] == pytest.approx(1)
    assert score.psnr_db[1] > score.psnr_db[2]
    assert score.ssim[1] > score.ssim[2]
