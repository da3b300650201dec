"""From a recipe to an autoencoder's model folder: fit, export, check, evaluate."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from ae.coding.autoencoder import Autoencoder
from ae.data import Dataset
from ae.graph import from_safetensors, to_safetensors
from ae.graph.onnx_builder import to_onnx
from ae.latent.evidence import calibrated_radius
from ae.latent.sampling import Mixture, sample_posterior
from ae.latent.vectors import disturbance
from ae.metrics import LinearBaseline, squared_error
from ae.shelf.card import ModelCard
from ae.training.export import read_network
from ae.training.fit import Fitted, fit
from ae.training.folder import Pairs, new_card, npz, store
from ae.training.maps import latent_maps
from ae.training.recipes import Recipe
from ae.training.suitability import COMPONENTS, KNOWN, labelled, suited

_EXACT_PIXELS = 1024


def train_autoencoder(
    recipe: Recipe, splits: dict[str, Dataset], shelf: Path, screen: TextIO = sys.stderr
) -> Path:
    """Train an autoencoder, plain or variational; see ``ae.training.train.train``.

    Raises:
        ValueError: As ``ae.training.suitability.suited``, before anything is trained.
    """
    recipe, splits, known = suited(recipe, splits, screen)
    train = splits["train"]
    fitted = fit(recipe, train, splits["validation"], screen=screen)
    baseline = linear_baseline(train, recipe.latent_dim)
    sampler = None if recipe.beta is None else fit_sampler(fitted, train)
    held_out = (splits["test"], splits["validation"])
    return write(recipe, fitted, baseline, held_out, shelf, sampler=sampler, known=known)


def linear_baseline(train: Dataset, latent_dim: int) -> LinearBaseline:
    """Fit principal components: the best linear autoencoder of that code size."""
    flat = train.images.reshape(len(train), -1)
    # The exact solver needs the square of the pixels in memory, 1.2 GB for 64x64 in
    # colour. For 64 components of the grey photographs it takes ten times as long as
    # seven power iterations, whose squared error is larger by 0.02 %.
    exact = flat.shape[1] <= _EXACT_PIXELS
    solver = "covariance_eigh" if exact else "randomized"
    pca = PCA(latent_dim, svd_solver=solver, iterated_power=7, random_state=0).fit(flat)
    return LinearBaseline(pca.mean_.astype(np.float32), pca.components_.astype(np.float32))


def fit_sampler(fitted: Fitted, train: Dataset, *, components: int = COMPONENTS) -> Mixture:
    """Fit a Gaussian mixture to one posterior sample of every training image."""
    z_mean, z_log_var = encode(fitted, train.images)
    codes = sample_posterior(z_mean, z_log_var, np.random.default_rng(0))
    mixture = GaussianMixture(components, random_state=0).fit(codes)
    factors = np.linalg.cholesky(mixture.covariances_)
    weights, means = mixture.weights_, mixture.means_
    return Mixture(*(a.astype(np.float32) for a in (weights, means, factors)))


def write(
    recipe: Recipe,
    fitted: Fitted,
    baseline: LinearBaseline,
    held_out: tuple[Dataset, ...],
    shelf: Path,
    *,
    sampler: Mixture | None = None,
    known: dict[str, Dataset] | None = None,
) -> Path:
    """Export, check, evaluate and write a model folder, all or nothing.

    Args:
        recipe: How the networks were made.
        fitted: The networks.
        baseline: Principal components of the training images.
        held_out: Splits to evaluate on; the first one's codes are stored.
        shelf: An existing folder.
        sampler: Of a VAE: its aggregate posterior.
        known: Images with attributes to learn directions from, by data set.

    Returns:
        The model folder.

    Raises:
        ValueError: If the exported files do not agree with Keras.
        OSError: If the folder cannot be written.
    """
    test = labelled(held_out[0])
    networks, card = _export(recipe, fitted, test)
    arrays: dict[str, Any] = _codes(fitted, test)
    if sampler is not None:
        of_vae, trust = _of_vae(sampler, arrays["codes"], arrays["labels"])
        arrays, card = arrays | of_vae, replace(card, maps=trust)
    if known:
        arrays |= _attributes(fitted, test, known)
        card = replace(card, attributes=tuple(test.attributes), known=tuple(known))
    if known and recipe.spares_upper_half:
        # Of training images: held-out ones measure the directions it turns.
        learned_from = arrays[f"{next(iter(known))}_codes"]
        arrays["disturbance"] = _disturbance(fitted, np.float32(learned_from))
    files = {
        **networks,
        "codes.npz": npz(**arrays),
        "baseline.npz": npz(mean=baseline.mean, components=baseline.components),
    }

    def pairs(autoencoder: Autoencoder, images: NDArray[np.float32]) -> Pairs:
        expected, is_vae = encode(fitted, images), autoencoder.is_vae
        found = autoencoder.posterior(images) if is_vae else (autoencoder.encode(images),)
        yield from zip(found, expected, strict=True)
        pixels = fitted.decoder.predict(expected[0], verbose=0)
        yield autoencoder.decode(expected[0]), pixels

    return store(card, files, shelf, held_out, pairs=pairs)


def _export(recipe: Recipe, fitted: Fitted, data: Dataset) -> tuple[dict[str, bytes], ModelCard]:
    encoder_graph, encoder_weights = read_network(fitted.encoder)
    decoder_file = to_safetensors(*read_network(fitted.decoder))
    # Built from the file as read back, so that checking one checks the other.
    decoder_graph, decoder_weights = from_safetensors(decoder_file)
    heads = ("z",) if recipe.beta is None else ("z_mean", "z_log_var")
    networks = {
        "encoder.onnx": to_onnx(encoder_graph, encoder_weights, heads),
        "decoder.onnx": to_onnx(decoder_graph, decoder_weights, ("image",)),
        "decoder.safetensors": decoder_file,
    }
    return networks, new_card(
        recipe,
        data,
        fitted.history,
        parameters=fitted.encoder.count_params() + fitted.decoder.count_params(),
        encoder_macs=encoder_graph.macs(),
        decoder_macs=decoder_graph.macs(),
    )


def _codes(fitted: Fitted, test: Dataset) -> dict[str, NDArray[Any]]:
    results = encode(fitted, test.images)
    rebuilt = np.asarray(fitted.decoder.predict(results[0], 500, verbose=0))
    mse = squared_error(test.images, rebuilt).astype(np.float32)
    arrays = {"codes": results[0], "labels": np.asarray(test.labels), "mse": mse}
    return arrays if len(results) == 1 else {**arrays, "z_log_var": results[1]}


def _attributes(
    fitted: Fitted, test: Dataset, known: dict[str, Dataset]
) -> dict[str, NDArray[Any]]:
    """Return the test images' attributes, and codes to learn directions from."""
    names = tuple(test.attributes)
    arrays = {"attributes": _table(test, names, len(test))}
    for name, images in known.items():
        codes = encode(fitted, images.images[:KNOWN])[0]
        arrays[f"{name}_codes"] = codes.astype(np.float16)
        arrays[f"{name}_attributes"] = _table(images, names, KNOWN)
    return arrays


def _disturbance(fitted: Fitted, codes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how strongly moves of a code disturb the upper half of its picture."""
    images = np.asarray(fitted.decoder.predict(codes, 500, verbose=0))
    upper = images[:, : images.shape[1] // 2].reshape(len(images), -1)
    return disturbance(codes, upper).astype(np.float32)


def _table(images: Dataset, names: tuple[str, ...], most: int) -> NDArray[np.float32]:
    # Half precision would end at 65,504.
    columns = [images.attributes[name][:most] for name in names]
    return np.stack(columns, axis=1).astype(np.float32)


def encode(fitted: Fitted, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Return what Keras's encoder says: codes, or z_mean and z_log_var."""
    results = fitted.encoder.predict(images, 500, verbose=0)
    return tuple(results) if isinstance(results, list | tuple) else (results,)


def _of_vae(
    sampler: Mixture, codes: NDArray[Any], labels: NDArray[Any]
) -> tuple[dict[str, NDArray[Any]], dict[str, dict[str, float]]]:
    """Return what only a VAE's folder holds, and how true its maps are."""
    points, trust = latent_maps(codes, labels)
    arrays = {
        "radius": np.float32(calibrated_radius(codes)),
        **{f"sampler_{name}": values for name, values in vars(sampler).items()},
        **{f"map_{name}": values for name, values in points.items()},
    }
    return arrays, trust
