"""How near to data a code lies: what a picture decoded from it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Evidence:
    """What the data say about one code."""

    nearest: NDArray[np.int64]  # indices of the nearest known codes, nearest first
    distances: NDArray[np.float64]  # their Euclidean distances
    n_within: int  # how many known codes lie within the radius
    norm_percentile: float  # share of known codes whose norm is smaller, in [0, 100]


def evidence(
    z: NDArray[np.float32],
    codes: NDArray[np.float32],
    radius: float,
    *,
    k: int = 5,
    leave_out: Sequence[int] = (),
) -> Evidence:
    """Compare a code with known ones.

    Args:
        z: (latent_dim,).
        codes: Codes of real images, (n, latent_dim).
        radius: See ``calibrated_radius``.
        k: How many neighbours to name.
        leave_out: Known codes that count neither as neighbours nor within the radius.
    """
    distances = np.linalg.norm(np.float64(codes) - z, axis=1)
    distances[list(leave_out)] = np.inf
    nearest = np.argsort(distances, kind="stable")[:k]
    norms = np.linalg.norm(np.float64(codes), axis=1)
    return Evidence(
        nearest=nearest,
        distances=distances[nearest],
        n_within=int((distances <= radius).sum()),
        norm_percentile=float((norms < np.linalg.norm(z)).mean() * 100),
    )


def calibrated_radius(codes: NDArray[np.float32], *, k: int = 5, share: float = 0.95) -> float:
    """Return the radius in which a real code usually has company.

    Args:
        codes: Codes of real images, (n, latent_dim).
        k: How many neighbours make company.
        share: Of the codes, so many have k others within the radius.

    Returns:
        The ``share`` quantile of the distance to the k-th nearest other code.
    """
    codes = np.float32(codes)
    squares = np.square(codes).sum(axis=1)
    kth = []
    for start in range(0, len(codes), 1000):  # 1,000 rows of 10,000 distances: 40 MB
        block = codes[start : start + 1000]
        squared = squares[start : start + 1000, None] + squares - 2 * block @ codes.T
        kth.append(np.partition(squared, k, axis=1)[:, k])  # the code itself is first
    return float(np.sqrt(np.quantile(np.maximum(np.concatenate(kth), 0), share)))
