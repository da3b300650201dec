"""Whether generated pictures are copies, look real, and cover what is real."""

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.judge import Judge
from ae.data import Dataset
from ae.metrics import squared_distances

_N = 1000  # pictures of each kind
_K = 3  # neighbours that make the surroundings of a picture
_COPY = 0.01  # quantile of the distances of reconstructions below which a draw is a copy

Floats = NDArray[np.floating]


def measure_generation(
    autoencoder: Autoencoder, judge: Judge, train: Dataset, test: Dataset
) -> dict[str, float]:
    """Measure seeded draws from a VAE's fitted mixture against real pictures.

    Args:
        autoencoder: A VAE.
        judge: Of the same data; features of pictures are its last hidden layer.
        train: What the model was trained on: a draw near one of these is a copy.
        test: Images it was not trained on.

    Returns:
        ``n`` pictures of each kind, ``n_train``; the median squared errors from the nearest
        training image of ``draws`` and of test images' reconstructions (``rebuilt``); the
        share ``copies`` of draws that are nearer to one than 99 % of the reconstructions, so
        that 0.01 is no sign of copying; ``precision`` and ``recall`` as ``precision_recall``, and
        of as many training images ``training_precision`` and ``training_recall``: real among real.
    """
    n = min(_N, len(test), len(train))
    images = test.images[:n]
    draws = autoencoder.decode(autoencoder.sample(n, np.random.default_rng(0), source="fitted"))
    drawn, rebuilt = (
        nearest_error(pictures, train.images)
        for pictures in (draws, autoencoder.reconstruct(images))
    )
    real = judge.features(images)
    precision, recall = precision_recall(real, judge.features(draws))
    some = train.images[np.random.default_rng(0).choice(len(train), n, replace=False)]
    training_precision, training_recall = precision_recall(real, judge.features(some))
    return {
        "n": n,
        "n_train": len(train),
        "draws": float(np.median(drawn)),
        "rebuilt": float(np.median(rebuilt)),
        "copies": float((drawn < np.quantile(rebuilt, _COPY)).mean()),
        "precision": precision,
        "recall": recall,
        "training_precision": training_precision,
        "training_recall": training_recall,
    }


def nearest_error(pictures: Floats, known: Floats) -> NDArray[np.float64]:
    """Return the mean squared error of each picture from the nearest known one, (n,).

    Args:
        pictures: (n, height, width, channels).
        known: (m, height, width, channels).
    """
    flat = pictures.reshape(len(pictures), -1)
    nearest = np.full(len(flat), np.inf)
    for start in range(0, len(known), 2000):  # of 12,288 numbers each: 100 MB
        block = known[start : start + 2000].reshape(-1, flat.shape[1])
        nearest = np.minimum(nearest, squared_distances(flat, block).min(axis=1))
    return nearest / flat.shape[1]


def precision_recall(real: Floats, generated: Floats, *, k: int = _K) -> tuple[float, float]:
    """Return the share of generated pictures among real ones, and of real among generated.

    A picture is among others if it lies within the distance of one of them to its k-th
    neighbour: precision says how real pictures look, recall how much of what is real occurs.

    Args:
        real: Features, (n, features).
        generated: Features, (m, features).
        k: See above.

    Source: Kynkaanniemi et al. 2019, arXiv 1904.06991, equation 1.
    """
    return _covered(generated, real, k), _covered(real, generated, k)


def _covered(asked: Floats, others: Floats, k: int) -> float:
    reach = np.partition(squared_distances(others, others), k, axis=1)[:, k]  # the first is itself
    return float((squared_distances(asked, others) <= reach).any(axis=1).mean())
