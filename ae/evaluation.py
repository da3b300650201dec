"""The numbers of a model on data it was not trained on, each beside its baselines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ae.data import Dataset
from ae.metrics import LINEAR_CLIP, entropy_floor, quality
from ae.models import Autoencoder


def evaluate(autoencoder: Autoencoder, *datasets: Dataset) -> dict[str, Any]:
    """Measure reconstructions of every given split; exactly this goes into the card.

    Args:
        autoencoder: A loaded model.
        datasets: Splits the model was not trained on.

    Returns:
        By split: ``n``, the model's ``Quality``, that of PCA with as many numbers and
        that of the mean training image, and the entropy floor in nats per image.
    """
    return {data.split: _measure(autoencoder, data) for data in datasets}


def _measure(autoencoder: Autoencoder, data: Dataset) -> dict[str, Any]:
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
