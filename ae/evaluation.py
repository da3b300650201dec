"""The numbers of a model on data it was not trained on, each beside its baselines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset
from ae.latent.sampling import sample_posterior
from ae.metrics import (
    LINEAR_CLIP,
    cross_entropy,
    entropy_floor,
    kl_divergence,
    quality,
)
from ae.models import Autoencoder, Model


def evaluate(model: Model, *datasets: Dataset) -> dict[str, Any]:
    """Measure a model on every given split; exactly this goes into the card.

    Args:
        model: A loaded model.
        datasets: Splits the model was not trained on.

    Returns:
        By split, ``n`` and what its kind is measured by. For an autoencoder its
        ``Quality``, that of PCA with as many numbers and that of the mean training
        image, and the entropy floor in nats per image; for a VAE also its ``Elbo``.
    """
    measure = _MEASURES[model.card.kind]
    return {data.split: measure(model, data) for data in datasets}


def _autoencoder(autoencoder: Autoencoder, data: Dataset) -> dict[str, Any]:
    measured = _measure_reconstruction(autoencoder, data)
    if autoencoder.is_vae:
        measured["elbo"] = asdict(elbo(autoencoder, data.images))
    return measured


@dataclass(frozen=True)
class Elbo:
    """The evidence lower bound with beta 1, nats per image, averaged.

    Attributes:
        negative_elbo: reconstruction + kl.
        reconstruction: Cross-entropy of one decoded posterior sample per image.
        kl: Divergence of posterior and prior, summed over dimensions.
        kl_per_dimension: The same for each dimension.
    """

    negative_elbo: float
    reconstruction: float
    kl: float
    kl_per_dimension: list[float]


def elbo(autoencoder: Autoencoder, images: NDArray[np.float32]) -> Elbo:
    """Measure a VAE's bound on images, with one seeded posterior sample each.

    Source: Kingma and Welling 2013, arXiv 1312.6114, equation 7.
    """
    z_mean, z_log_var = autoencoder.posterior(images)
    codes = sample_posterior(z_mean, z_log_var, np.random.default_rng(0))
    nats = float(cross_entropy(images, autoencoder.decode(codes)).mean())
    kl = kl_divergence(z_mean, z_log_var).mean(axis=0)
    return Elbo(nats + float(kl.sum()), nats, float(kl.sum()), kl.tolist())


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


_MEASURES: dict[str, Callable[[Any, Dataset], dict[str, Any]]] = {
    "autoencoder": _autoencoder,
    "vae": _autoencoder,
}
