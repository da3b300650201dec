"""From a recipe to a denoiser's model folder: noise drawn afresh for every batch."""

import sys
from pathlib import Path
from typing import Any, TextIO

import keras
import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset
from ae.denoising.denoiser import Denoiser
from ae.denoising.filters import FILTERS, Spectrum, tuned
from ae.denoising.noise import KINDS, SETTINGS, Noise, spoilt
from ae.graph.onnx_builder import to_onnx
from ae.networks.denoisers import NETWORKS
from ae.networks.losses import error_db
from ae.training.batches import DrawnBatches, Images, Rows
from ae.training.export import read_network
from ae.training.fit import run
from ae.training.folder import Pairs, new_card, npz, store
from ae.training.recipes import Recipe

# Three images in four get Gaussian noise, by which denoisers are compared; the rest is
# shared evenly by the other kinds. A quarter of all noisy images is clipped.
_GAUSSIAN, _CLIPPED = 0.75, 0.25
_LEAST_SIGMA = 0.03
_VALIDATED = 2000
# Filters are tuned on so many validation images: their strengths hardly vary.
_TUNED = 40


def train_denoiser(
    recipe: Recipe, splits: dict[str, Dataset], shelf: Path, screen: TextIO = sys.stderr
) -> Path:
    """Train a blind denoiser; see ``ae.training.train.train``."""
    network, history = fit_denoiser(recipe, splits["train"], splits["validation"], screen)
    return write_denoiser(recipe, network, history, splits, shelf)


def noisy_batches(images: Images, batch_size: int, seed: int) -> DrawnBatches:
    """Draw noisy images with the clean ones they came from."""

    def draw(rows: Rows, rng: np.random.Generator) -> tuple[Images, Images]:
        return blindly_spoilt(images[rows], rng), images[rows]

    return DrawnBatches(len(images), batch_size, seed, draw)


def blindly_spoilt(images: Images, rng: np.random.Generator) -> Images:
    """Return images with noise of every kind and level, as the network is to meet it.

    Gaussian noise has a standard deviation between 0.03 and the kind's most,
    log-uniform; other kinds have a level between 0 and their most, uniform.

    Args:
        images: (n, height, width, channels) in [0, 1].
        rng: Source of randomness.
    """
    others = [kind for kind in KINDS if kind != "gaussian"]
    shares = [_GAUSSIAN] + [(1 - _GAUSSIAN) / len(others)] * len(others)
    drawn = rng.choice(["gaussian", *others], len(images), p=shares)
    noisy = np.empty_like(images)
    for kind in np.unique(drawn):
        chosen = drawn == kind
        levels = _levels(str(kind), int(chosen.sum()), rng)
        noisy[chosen] = spoilt(images[chosen], str(kind), levels, rng)
    clipped = rng.random((len(images), 1, 1, 1)) < _CLIPPED
    return np.where(clipped, np.clip(noisy, 0, 1), noisy)


def _levels(kind: str, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    most = KINDS[kind].most
    if kind == "gaussian":
        return np.exp(rng.uniform(np.log(_LEAST_SIGMA), np.log(most), n))
    return rng.uniform(0, most, n)


def fit_denoiser(
    recipe: Recipe, train: Dataset, validation: Dataset, screen: TextIO = sys.stderr
) -> tuple[keras.Model, dict[str, Any]]:
    """Train a blind denoiser.

    Returns:
        The network in full precision with the weights of the best validation loss, and
        its history as ``ae.training.fit.Fitted``.
    """
    keras.utils.set_random_seed(recipe.seed)
    shape = train.images.shape[1:]
    keras.config.set_dtype_policy("mixed_bfloat16" if _fast_half() else "float32")
    try:
        network = NETWORKS[recipe.network](shape, **recipe.options)
    finally:
        keras.config.set_dtype_policy("float32")
    clean = validation.images[:_VALIDATED]
    noisy = blindly_spoilt(clean, np.random.default_rng(recipe.seed + 1))
    history = run(
        network,
        recipe,
        noisy_batches(train.images, recipe.batch_size, recipe.seed),
        (noisy, clean),
        loss=error_db,
        unit="squared error per pixel, dB",
        screen=screen,
    )
    exact = NETWORKS[recipe.network](shape, **recipe.options)
    exact.set_weights(network.get_weights())
    return exact, history


def write_denoiser(
    recipe: Recipe,
    network: keras.Model,
    history: dict[str, Any],
    splits: dict[str, Dataset],
    shelf: Path,
) -> Path:
    """Export, check, evaluate and write a denoiser's folder, all or nothing.

    Args:
        recipe: How the network was made.
        network: As ``fit_denoiser`` gives it.
        history: Likewise.
        splits: By name. Filters learn from ``"train"``, are tuned on ``"validation"``,
            and everything is measured on ``"test"``.
        shelf: An existing folder.

    Returns:
        The model folder.

    Raises:
        ValueError: If the exported file does not agree with Keras.
        OSError: If the folder cannot be written.
    """
    graph, weights = read_network(network)
    test = splits["test"]
    card = new_card(
        recipe, test, history, parameters=network.count_params(), encoder_macs=graph.macs()
    )
    spectrum = Spectrum.of(splits["train"].images)
    plain: dict[str, Any] = {
        "mean": spectrum.mean,
        # Half precision halves the file and moves no pixel by 1/255.
        "eigenvectors": spectrum.eigenvectors.astype(np.float16),
        "eigenvalues": spectrum.eigenvalues,
        **tuned_strengths(splits["validation"].images[:_TUNED], spectrum),
    }
    files = {"denoiser.onnx": to_onnx(graph, weights, ("clean",)), "filters.npz": npz(**plain)}

    def pairs(exported: Denoiser, images: Images) -> Pairs:
        noisy = blindly_spoilt(images, np.random.default_rng(0))
        clean = np.clip(network.predict(noisy, verbose=0), 0, 1)
        yield exported.reconstruct(noisy), clean

    return store(card, files, shelf, (test,), pairs=pairs)


def tuned_strengths(clean: Images, spectrum: Spectrum) -> dict[str, NDArray[np.float32]]:
    """Tune every filter for every level of every setting of the noise.

    Returns:
        By ``setting/filter``, a strength for each of the kind's levels.
    """
    found: dict[str, NDArray[np.float32]] = {}
    for name, (kind, clip) in SETTINGS.items():
        by_level = [
            tuned(clean, Noise(kind, level, clip), spectrum) for level in KINDS[kind].levels
        ]
        for plain in FILTERS:
            strengths = [best[plain] for best in by_level]
            found[f"{name}/{plain}"] = np.asarray(strengths, np.float32)
    return found


def _fast_half() -> bool:
    """Whether this processor multiplies 16-bit floats, about twice as fast here."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
