"""What an autoencoder's folder holds beside its networks, however they were made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from ae.coding.baselines import BlockBaseline, CosineBaseline, cosines
from ae.data import Dataset
from ae.latent.geometry import picture_graph, stretch
from ae.latent.nested import Nesting
from ae.latent.sampling import Mixture, sample_posterior
from ae.latent.support import Support
from ae.latent.vectors import disturbance
from ae.metrics import LinearBaseline, squared_error
from ae.shelf.card import ModelCard
from ae.training.folder import npz
from ae.training.maps import latent_maps
from ae.training.recipes import Recipe
from ae.training.suitability import COMPONENTS, KNOWN, labelled

_EXACT_PIXELS = 1024
# Numbers of all components, above which they are kept as cosines.
_MOST_COMPONENTS = 1 << 22
_FREQUENCIES = 40
_BLOCK_IMAGES = 4000
# Of the mean variance, added to every variance of the mixture: some codes hardly vary.
_RIDGE = 1e-4

Floats = NDArray[np.float32]


class Coder(Protocol):
    """Networks that turn images into codes and codes into images."""

    def encode(self, images: NDArray[np.float32], /) -> tuple[NDArray[np.float32], ...]:
        """Return codes, or z_mean and z_log_var, each (n, latent_dim)."""

    def decode(self, codes: NDArray[np.float32], /) -> NDArray[np.float32]:
        """Return images, (n, height, width, channels)."""


def with_contents(
    card: ModelCard,
    recipe: Recipe,
    coder: Coder,
    test: Dataset,
    baseline: LinearBaseline,
    *,
    support: Support,
    known: dict[str, Dataset],
    blocks: BlockBaseline | None = None,
) -> tuple[ModelCard, dict[str, bytes]]:
    """Encode the test images and all that directions are learned from.

    Args:
        card: Begun, see ``ae.training.folder.new_card``.
        recipe: How the networks were made.
        coder: The networks.
        test: Its codes are stored.
        baseline: Principal components of the training images.
        support: See ``fit_support``.
        known: Images with attributes to learn directions from, by data set.
        blocks: Those of their blocks, where codes may be cut.

    Returns:
        The card with what it says of these files, and the files' contents by name.
    """
    test = labelled(test)
    arrays: dict[str, Any] = _codes(coder, test) | _of_support(support)
    if recipe.latent_dim > 1:
        points, trust = latent_maps(arrays["codes"], arrays["labels"])
        arrays |= {f"map_{name}": values for name, values in points.items()}
        card = replace(card, maps=trust)
    arrays |= _geometry(coder, arrays["codes"])
    if known:
        arrays |= _attributes(coder, test, known)
        card = replace(card, attributes=tuple(test.attributes), known=tuple(known))
    if known and recipe.spares_upper_half:
        # Of training images: held-out ones measure the directions it turns.
        learned_from = arrays[f"{next(iter(known))}_codes"]
        arrays["disturbance"] = _disturbance(coder, np.float32(learned_from))
    if recipe.nested:
        arrays["codes"] = arrays["codes"].astype(np.float16)  # which are long
    return card, {"codes.npz": npz(**arrays), "baseline.npz": _of_baselines(baseline, blocks)}


def _of_baselines(baseline: LinearBaseline, blocks: BlockBaseline | None) -> bytes:
    arrays: dict[str, NDArray[Any]] = {"mean": baseline.mean, "components": baseline.components}
    if isinstance(baseline, CosineBaseline):
        arrays = {"mean": baseline.mean.reshape(baseline.shape), "levels": baseline.levels}
    if blocks is not None:
        arrays |= {"block_mean": blocks.mean, "block_components": blocks.components}
    return npz(compress=isinstance(baseline, CosineBaseline), **arrays)


def linear_baseline(train: Dataset, latent_dim: int) -> LinearBaseline:
    """Fit principal components: the best linear autoencoder of that code size."""
    flat = train.images.reshape(len(train), -1)
    if latent_dim * flat.shape[1] > _MOST_COMPONENTS:
        return _cosine_baseline(train.images, latent_dim)
    # The exact solver needs the square of the pixels in memory, 1.2 GB for 64x64 in
    # colour. For 64 components of the grey photographs it takes ten times as long as
    # seven power iterations, whose squared error is larger by 0.02 %.
    exact = flat.shape[1] <= _EXACT_PIXELS
    solver = "covariance_eigh" if exact else "randomized"
    pca = PCA(latent_dim, svd_solver=solver, iterated_power=7, random_state=0).fit(flat)
    return LinearBaseline(pca.mean_.astype(np.float32), pca.components_.astype(np.float32))


def _cosine_baseline(images: Floats, latent_dim: int) -> CosineBaseline:
    """Fit components of the images and their mirror images.

    Of those, frequencies that are odd from left to right and even ones are uncorrelated,
    so that each half has its own components.
    """
    chunks = np.array_split(images, max(len(images) // 1000, 1))
    found = np.concatenate([cosines(each, _FREQUENCIES) for each in chunks])
    mean = found.mean(axis=0)
    mean[:, 1::2] = 0
    halves, variances = [], []
    for first in (0, 1):
        half = (found - mean)[:, :, first::2]
        flat = half.reshape(len(half), -1)
        values, vectors = eigh(flat.T @ flat / len(flat))
        rows = np.zeros((flat.shape[1], *mean.shape), np.float32)
        rows[:, :, first::2] = vectors.T.reshape(-1, *half.shape[1:])
        halves.append(rows)
        variances.append(values)
    best = np.argsort(-np.concatenate(variances))[:latent_dim]
    components = np.concatenate(halves)[best].reshape(latent_dim, -1)
    exact = CosineBaseline(mean.reshape(-1), components, mean.shape)
    return CosineBaseline.of(mean, exact.levels)


def block_baseline(train: Dataset, side: int, numbers: int) -> tuple[BlockBaseline, Floats]:
    """Fit principal components of blocks, so many for each.

    Returns:
        The baseline and the standard deviation of each of a block's numbers, (numbers,).
    """
    # Of every so many images: blocks are many and their components few.
    some = train.images[:: max(len(train) // _BLOCK_IMAGES, 1)]
    values = side * side * some.shape[3]
    pca = PCA(numbers, svd_solver="covariance_eigh")
    pca.fit(BlockBaseline.blocks(some, values).reshape(-1, values))
    baseline = BlockBaseline(np.float32(pca.mean_), np.float32(pca.components_))
    return baseline, np.float32(np.sqrt(pca.explained_variance_))


def fit_support(
    coder: Coder,
    train: Dataset,
    validation: Dataset,
    *,
    components: int = COMPONENTS,
    nesting: Nesting | None = None,
) -> Support:
    """Fit where codes lie, and calibrate how far from there is far.

    Args:
        coder: The networks.
        train: A Gaussian mixture is fitted to the codes of these images, of a VAE to one
            posterior sample each.
        validation: Its codes and reconstructions calibrate; no test image is seen.
        components: Of the mixture.
        nesting: Where codes may be cut, of which only the first numbers then count.
    """
    codes, *log_vars = coder.encode(train.images)
    if nesting is not None:
        codes = nesting.first(codes)
    noise = np.zeros(codes.shape[1], np.float32)
    if log_vars:
        noise = np.exp(log_vars[0]).mean(axis=0, dtype=np.float64)
        codes = sample_posterior(codes, log_vars[0], np.random.default_rng(0))
    spread = np.var(codes, axis=0, dtype=np.float64).mean()
    mixture = GaussianMixture(
        min(components, len(codes)), random_state=0, reg_covar=_RIDGE * spread
    ).fit(codes)
    factors = np.linalg.cholesky(mixture.covariances_)
    parts = (mixture.weights_, mixture.means_, factors)
    found = Mixture(*(np.float32(part) for part in parts))
    held_out = coder.encode(validation.images)[0]
    errors = squared_error(validation.images, coder.decode(held_out))
    support = Support(found, np.float32(noise), np.empty(0), np.sort(errors))
    counted = held_out if nesting is None else nesting.first(held_out)
    return replace(support, scores=np.sort(support.score(counted)))


def _codes(coder: Coder, test: Dataset) -> dict[str, NDArray[Any]]:
    results = coder.encode(test.images)
    rebuilt = coder.decode(results[0])
    mse = squared_error(test.images, rebuilt).astype(np.float32)
    arrays = {"codes": results[0], "labels": np.asarray(test.labels), "mse": mse}
    return arrays if len(results) == 1 else {**arrays, "z_log_var": results[1]}


def _attributes(coder: Coder, test: Dataset, known: dict[str, Dataset]) -> dict[str, NDArray[Any]]:
    """Return the test images' attributes, and codes to learn directions from."""
    names = tuple(test.attributes)
    arrays = {"attributes": _table(test, names, len(test))}
    for name, images in known.items():
        codes = coder.encode(images.images[:KNOWN])[0]
        arrays[f"{name}_codes"] = codes.astype(np.float16)
        arrays[f"{name}_attributes"] = _table(images, names, KNOWN)
    return arrays


def _geometry(coder: Coder, codes: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """Return how the decoder stretches a plane, and how far its pictures lie apart."""
    graph = picture_graph(coder.decode, codes)
    arrays: dict[str, NDArray[Any]] = {
        "graph_neighbours": graph.neighbours,
        "graph_lengths": graph.lengths,
    }
    return arrays if codes.shape[1] != 2 else {**arrays, "stretch": stretch(coder.decode, codes)}


def _disturbance(coder: Coder, codes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how strongly moves of a code disturb the upper half of its picture."""
    images = coder.decode(codes)
    upper = images[:, : images.shape[1] // 2].reshape(len(images), -1)
    return disturbance(codes, upper).astype(np.float32)


def _table(images: Dataset, names: tuple[str, ...], most: int) -> NDArray[np.float32]:
    # Half precision would end at 65,504.
    columns = [images.attributes[name][:most] for name in names]
    return np.stack(columns, axis=1).astype(np.float32)


def _of_support(support: Support) -> dict[str, NDArray[Any]]:
    mixture = support.mixture
    return {
        "sampler_weights": mixture.weights,
        "sampler_means": mixture.means,
        "sampler_factors": mixture.factors,
        "noise": np.float32(support.noise),
        "held_out_scores": np.float32(support.scores),
        "held_out_errors": np.float32(support.errors),
    }
