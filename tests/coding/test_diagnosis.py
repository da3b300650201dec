"""What the doctor finds in folders whose illness is known."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ae.__main__ import main
from ae.coding.autoencoder import Autoencoder
from ae.coding.diagnosis import Finding, diagnose, fine_detail
from ae.models import SHIPPED, open_folder
from tests.toys import N, change_card, npz, replace_file, write_toy, write_toy_vae


@pytest.fixture
def vae(tmp_path: Path) -> Path:
    return write_toy_vae(tmp_path / "ill", (4, 4, 1))


def found(folder: Path, what: str, images: Any = None) -> Finding:
    return next(each for each in diagnose(open_folder(folder), images) if what in each.what)


def change_codes(folder: Path, **changes: Any) -> None:
    with np.load(folder / "codes.npz") as arrays:
        replace_file(folder, "codes.npz", npz(**{**arrays, **changes}))


def change_test(folder: Path, **changes: Any) -> None:
    evaluation = json.loads((folder / "card.json").read_text(encoding="utf-8"))["evaluation"]
    change_card(folder, evaluation={**evaluation, "test": {**evaluation["test"], **changes}})


def test_a_number_that_never_varies_is_found(vae: Path) -> None:
    codes = open_folder(vae).codes.copy()
    assert found(vae, "Unused").grade == "good"
    codes[:, 1] = 0.25
    change_codes(vae, codes=codes)
    ill = found(vae, "Unused")
    assert ill.grade == "watch"
    assert ill.value == pytest.approx(1 / 3)
    codes[:, 2] = 0
    change_codes(vae, codes=codes)
    assert found(vae, "Unused").grade == "bad"


def put_on_scale(folder: Path, shift: float = 0, scale: float = 1) -> None:
    """Write codes whose posterior samples have this mean and deviation."""
    codes = np.random.default_rng(0).normal(size=(N, 3))
    codes = (codes - codes.mean(axis=0)) / codes.std(axis=0) * np.sqrt(0.5)
    logs = np.full((N, 3), np.log(0.5) + 2 * np.log(scale), np.float32)
    change_codes(folder, codes=(scale * codes + shift).astype(np.float32), z_log_var=logs)


def test_codes_off_their_scale_cost_what_mending_them_saves_beyond_chance(vae: Path) -> None:
    put_on_scale(vae)
    assert found(vae, "scale").value == pytest.approx(0, abs=1e-5)
    put_on_scale(vae, 3, 2)
    # KL of each dimension: (variance + squared mean - 1 - log of the posterior's variance) / 2.
    now = 3 * (4 + 9 - 1 - np.log(4) + np.log(2)) / 2
    before = 3 * np.log(2) / 2
    ill = found(vae, "scale")
    assert ill.grade == "bad"
    chance = 3 / N  # which is not counted
    assert ill.value == pytest.approx((now - before - chance) / now, rel=1e-4)


def test_draws_from_a_prior_far_from_the_codes_are_holes(vae: Path) -> None:
    assert found(vae, "Holes").grade == "good"
    change_codes(vae, sampler_means=np.full((1, 3), 9, np.float32))
    assert found(vae, "Holes").grade == "bad"
    for held_out, grade in ((19, "unknown"), (20, "bad")):
        few = np.zeros(held_out, np.float32)
        change_codes(vae, held_out_scores=few, held_out_errors=few)
        assert found(vae, "Holes").grade == grade


def test_where_posterior_samples_are_far_nothing_is_said_of_draws(vae: Path) -> None:
    assert found(vae, "Holes").grade != "unknown"
    shares = {"codes": 0.05, "posterior": 0.9, "prior": 0.9, "fitted": 0.9, "errors": 0.05}
    change_test(vae, support={**shares, "n": 100, "rare": 0.05, "calibrated_on": 100})
    assert found(vae, "Holes").grade == "unknown"
    assert "hardly uses its codes" in found(vae, "Holes").evidence


def test_a_linear_autoencoder_is_not_graded_against_pca(vae: Path) -> None:
    change_card(vae, recipe={**open_folder(vae).card.recipe, "network": "linear"})
    for what in ("Better than PCA", "Where PCA is better"):
        assert found(vae, what).grade == "unknown"


def test_copies_of_training_images_are_found_by_draws_or_by_losses(vae: Path) -> None:
    assert found(vae, "Memorised").grade == "unknown"
    names = ("draws", "rebuilt", "precision", "recall")
    generation = {"n": 10, "n_train": 9, "copies": 0.2, **dict.fromkeys(names, 0.5)}
    change_test(vae, generation=generation)
    assert found(vae, "Memorised").grade == "bad"
    history = {"loss": [1.0, 0.5], "val_loss": [1.0, 0.9], "unit": "squared error per image"}
    plain = write_toy(vae.parent / "plain")
    change_card(plain, history={**history, "best_epoch": 1})
    ill = found(plain, "Memorised")
    assert ill.grade == "watch"
    assert ill.value == pytest.approx(1.8)


def test_pictures_tell_blur_and_where_pca_is_better(tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    assert found(folder, "Blur").grade == "unknown"
    assert found(folder, "Better than PCA").value == 1.0  # by the card
    model = open_folder(folder)
    rebuilt = model.decode(model.codes)
    # PCA of this toy has a mean of 0 and the first pixels as components.
    images = np.zeros((N, 4, 4, 1), np.float32)
    images[:, 0, :3, 0] = np.random.default_rng(0).random((N, 3), np.float32)
    assert found(folder, "Better than PCA", images).grade == "bad"
    assert found(folder, "Where PCA", images).value == 1.0
    assert found(folder, "Better than PCA", rebuilt).value == pytest.approx(0, abs=1e-6)
    assert found(folder, "Blur", rebuilt).value == pytest.approx(1)


def test_fine_detail_is_the_deviation_of_the_laplacian() -> None:
    ramp = np.broadcast_to(np.arange(8, dtype=np.float32)[:, None, None], (1, 8, 8, 1))
    assert fine_detail(ramp) == 0
    board = (np.indices((8, 8)).sum(axis=0) % 2).astype(np.float32)[None, :, :, None]
    assert fine_detail(board) == pytest.approx(4)  # -4 and 4 by turns


def test_maps_and_far_codes_are_judged_by_the_card(vae: Path) -> None:
    assert found(vae, "far from").grade == "unknown"
    numbers = dict.fromkeys(("codes", "posterior", "prior", "fitted", "errors"), 0.2)
    # So few are never called far; a fifth of 20 may be chance.
    for n, grade in ((9, "unknown"), (20, "good"), (900, "bad")):
        change_test(vae, support={**numbers, "n": n, "rare": 0.05, "calibrated_on": n})
        assert found(vae, "far from").grade == grade


@pytest.mark.parametrize("folder", sorted(SHIPPED.iterdir()), ids=lambda folder: folder.name)
def test_every_shipped_autoencoder_can_be_examined(folder: Path) -> None:
    model = open_folder(folder)
    if isinstance(model, Autoencoder):
        findings = diagnose(model)
        assert all(each.evidence for each in findings)
        assert all(each.advice for each in findings if each.grade in ("watch", "bad"))


def test_the_command_ends_with_1_where_a_bound_is_broken(
    vae: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["doctor", "ill", "--shelf", str(tmp_path)]
    change_test(vae, model={"mse": 0.1, "psnr_db": 10.0, "bce_nats": 9.0})
    put_on_scale(vae)
    assert main(asked) == 0
    change_codes(vae, sampler_means=np.full((1, 3), 9, np.float32))
    capsys.readouterr()
    assert main([*asked, "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed == [asdict(each) for each in diagnose(open_folder(vae))]


def test_what_is_no_autoencoder_has_nothing_to_examine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "fashion-denoiser"]) == 1
    assert "no codes to examine" in capsys.readouterr().err
