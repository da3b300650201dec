"""The numbers of autoencoders and judges on held-out images, beside their baselines."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.edits import SEEN, Redraw, measure_directions, measure_edits
from ae.coding.feature_distance import feature_distance
from ae.coding.judge import Judge
from ae.data import Dataset, drawn_faces
from ae.data import load as load_data
from ae.latent.attributes import AttributeCodes, is_yes_or_no
from ae.latent.maps import Interpolation
from ae.latent.sampling import sample_posterior
from ae.metrics import (
    LINEAR_CLIP,
    class_cross_entropy,
    cross_entropy,
    entropy_floor,
    explained_variance,
    gaussian_nats,
    kl_divergence,
    quality,
    squared_error,
)
from ae.shelf.model import Companions


def measure_autoencoder(
    autoencoder: Autoencoder, data: Dataset, companion: Companions
) -> dict[str, Any]:
    """Measure an autoencoder, plain or variational, on images it was not trained on.

    Args:
        autoencoder: A loaded model.
        data: A split of the data it was trained on.
        companion: Finds a judge of the same data, without which what a VAE generates
            and edits is not measured.

    Returns:
        ``n``, the model's ``Quality``, that of PCA with as many numbers and that of the
        mean training image, and the entropy floor in nats per image; of a VAE also its
        ``Elbo``, and on test images the ``FeatureDistance`` and what guessing between the dots of
        its map costs; of one that knows
        attributes also what ``ae.coding.edits`` measures of them, where it can.
    """
    measured = _measure_reconstruction(autoencoder, data)
    if autoencoder.is_vae:
        measured["elbo"] = asdict(elbo(autoencoder, data.images))
    if autoencoder.is_vae and data.split == "test":
        if "tsne" in autoencoder.maps and len(data) == len(autoencoder.codes):
            measured["between_dots"] = between_dots(autoencoder, data.images)
        judge = companion(Judge)
        if judge is not None:
            train = load_data(autoencoder.card.dataset, "train")
            distance = feature_distance(autoencoder, judge, train, data)
            measured["feature_distance"] = asdict(distance)
        if autoencoder.known:
            measured |= _measure_directions(autoencoder, data, judge)
    return measured


def _measure_directions(
    autoencoder: Autoencoder, data: Dataset, judge: Judge | None
) -> dict[str, Any]:
    """Measure directions on test codes, and their edits where there is a judge.

    Edits that cannot be measured are left out: of one's own data, attributes may go
    together so closely that one cannot be kept while the other is added.
    """
    values = {name: data.attributes[name] for name in autoencoder.attributes}
    held_out = AttributeCodes(autoencoder.encode(data.images), values)
    measured = {"directions": measure_directions(autoencoder, held_out)}
    if judge is not None and _reads_known(judge, autoencoder):
        with suppress(ValueError):
            redraw = _redraw(data)
            measured["edits"] = measure_edits(autoencoder, judge, held_out, redraw)
    return measured


def _reads_known(judge: Judge, autoencoder: Autoencoder) -> bool:
    read = set(judge.card.attributes)
    return bool(read) and read <= set(autoencoder.attributes)


def _redraw(data: Dataset) -> Redraw | None:
    """Return how to draw faces anew with more of an attribute, if they are drawn."""
    if data.name != drawn_faces.NAME:
        return None

    def redraw(
        rows: NDArray[np.int64], name: str
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        attributes = {each: values[rows] for each, values in data.attributes.items()}
        return data.images[rows], drawn_faces.with_more(attributes, name)

    return redraw


def between_dots(autoencoder: Autoencoder, images: NDArray[np.float32]) -> dict[str, float]:
    """Return what guessing the codes of a t-SNE map's places costs, in mean squared error.

    Args:
        autoencoder: A VAE.
        images: Those whose codes it keeps, (n, height, width, channels).

    Returns:
        ``guessed``: of the pictures that are decoded at each dot when it is left out and its code
        is guessed from the other dots; ``own``: of those of the dots' own codes.
    """
    codes, points = autoencoder.codes, autoencoder.maps["tsne"]
    guessed = [
        Interpolation(np.delete(points, at, axis=0), np.delete(codes, at, axis=0)).codes(
            place[None]
        )[0]
        for at, place in enumerate(points)
    ]

    def error(of: NDArray[np.float32]) -> float:
        return float(squared_error(images, autoencoder.decode(of)).mean())

    return {"guessed": error(np.stack(guessed)), "own": error(codes)}


@dataclass(frozen=True)
class Elbo:
    """The evidence lower bound with beta 1, nats per image, averaged."""

    negative_elbo: float  # reconstruction + kl
    # Of pixels given a code: ``"cross-entropy"``, or ``"gaussian"``, whose nats are of a density
    # and may be below zero.
    likelihood: str
    reconstruction: float  # of one decoded posterior sample per image
    kl: float  # divergence of posterior and prior, summed over dimensions
    kl_per_dimension: list[float]  # the same for each dimension


def elbo(autoencoder: Autoencoder, images: NDArray[np.float32]) -> Elbo:
    """Measure a VAE's bound on images, with one seeded posterior sample each.

    Source: Kingma and Welling 2013, arXiv 1312.6114, equation 7.
    """
    z_mean, z_log_var = autoencoder.posterior(images)
    codes = sample_posterior(z_mean, z_log_var, np.random.default_rng(0))
    gaussian = autoencoder.card.recipe["loss"] == "gaussian"
    likelihood = "gaussian" if gaussian else "cross-entropy"
    measure = gaussian_nats if gaussian else cross_entropy
    nats = float(measure(images, autoencoder.decode(codes)).mean())
    kl = kl_divergence(z_mean, z_log_var).mean(axis=0)
    total = float(kl.sum())
    return Elbo(nats + total, likelihood, nats, total, kl.tolist())


def _measure_reconstruction(autoencoder: Autoencoder, data: Dataset) -> dict[str, Any]:
    images, baseline = data.images, autoencoder.baseline
    mean = np.broadcast_to(baseline.mean.reshape(images.shape[1:]), images.shape)
    floor = float(entropy_floor(images).mean())
    return {
        "n": len(images),
        "model": asdict(quality(images, autoencoder.reconstruct(images))),
        "pca": asdict(quality(images, baseline.reconstruct(images), clip=LINEAR_CLIP)),
        "mean_image": asdict(quality(images, mean, clip=LINEAR_CLIP)),
        "entropy_floor_nats": floor,
        "entropy_floor_per_pixel": floor / images[0].size,
    }


def measure_judge(judge: Judge, data: Dataset, companion: Companions) -> dict[str, Any]:
    """Measure how well a judge reads pictures it was not trained on.

    Args:
        judge: A loaded model.
        data: A split of the data it was trained on.
        companion: Not needed.

    Returns:
        ``n``, and its accuracy beside the share of the largest class; or by attribute
        how much of its variance is explained, and of a yes-or-no one the accuracy.
    """
    readings = np.float64(judge.read(data.images))
    if judge.card.attributes:
        columns = zip(judge.card.attributes, readings.T, strict=True)
        attributes = {name: _reading(data, name, column) for name, column in columns}
        return {"n": len(data), "attributes": attributes}
    assert data.labels is not None
    shares = np.bincount(data.labels, minlength=len(data.class_names)) / len(data)
    return {
        "n": len(data),
        "accuracy": float((readings.argmax(axis=1) == data.labels).mean()),
        "largest_class": float(shares.max()),
        "cross_entropy_nats": float(class_cross_entropy(readings, data.labels).mean()),
    }


def _reading(data: Dataset, name: str, readings: NDArray[np.float64]) -> dict[str, float]:
    known = ~np.isnan(data.attributes[name])
    values, readings = data.attributes[name][known], readings[known]
    measured = {"n": len(values), "explained_variance": explained_variance(values, readings)}
    if is_yes_or_no(values):
        share = float(values.mean())
        measured["accuracy"] = float(((readings > SEEN) == values).mean())
        measured["largest_class"] = max(share, 1 - share)
    return measured
