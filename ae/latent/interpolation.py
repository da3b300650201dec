"""Paths and grids between codes, without a decoder."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.float32]
Positions: TypeAlias = Sequence[float] | NDArray[np.floating]

# Two codes with a smaller sine of the angle between them span no plane to turn in:
# below it the rounding of float32 would choose the plane.
_SMALLEST_SINE = 1e-6


def lerp(a: Codes, b: Codes, t: Positions) -> Codes:
    """Walk the straight line from one code to another.

    Args:
        a: (latent_dim,), reached exactly at t = 0.
        b: (latent_dim,), reached exactly at t = 1.
        t: (k,) positions; outside [0, 1] the walk goes on beyond the ends.

    Returns:
        (k, latent_dim) float32.
    """
    along = np.asarray(t, np.float64)[:, None]
    return ((1 - along) * a + along * b).astype(np.float32)


def slerp(a: Codes, b: Codes, t: Positions) -> Codes:
    """Turn from one code to another while the norm goes linearly from |a| to |b|.

    Straight lines pass nearer to the origin than codes drawn from the prior lie; this
    path does not. Beyond the ends it goes on turning, and the norm stops at 0.

    Codes that are parallel, opposite or zero span no plane to turn in and give the
    straight line; between opposite codes it leads through the origin.

    Args:
        a: (latent_dim,), reached exactly at t = 0.
        b: (latent_dim,), reached exactly at t = 1.
        t: (k,) positions; may lie outside [0, 1].

    Returns:
        (k, latent_dim) float32.

    Source:
        White 2016, arXiv 1609.04468, for codes of one norm. He mixes codes of
        different norms by the same weights; here the norm is linear.
    """
    start, end = np.float64(a), np.float64(b)
    norms = np.linalg.norm(start), np.linalg.norm(end)
    if min(norms) == 0:
        return lerp(a, b, t)
    start, end = start / norms[0], end / norms[1]
    # Unlike the arc cosine of the dot product, exact for small angles too.
    angle = 2 * np.arctan2(np.linalg.norm(start - end), np.linalg.norm(start + end))
    if np.sin(angle) < _SMALLEST_SINE:
        return lerp(a, b, t)
    along = np.asarray(t, np.float64)[:, None]
    turned = np.sin((1 - along) * angle) * start + np.sin(along * angle) * end
    norm = np.maximum((1 - along) * norms[0] + along * norms[1], 0)
    return (norm * turned / np.sin(angle)).astype(np.float32)


def four_corners(a: Codes, b: Codes, c: Codes, d: Codes, side: int) -> Codes:
    """Fill a square between four codes, linearly along rows and columns.

    Args:
        a: (latent_dim,), top left.
        b: (latent_dim,), top right.
        c: (latent_dim,), bottom left.
        d: (latent_dim,), bottom right.
        side: Codes per side, at least 2.

    Returns:
        (side * side, latent_dim) float32, row by row from the top.
    """
    steps = np.linspace(0, 1, side)
    weights = np.stack([1 - steps, steps])  # (2, side)
    corners = np.array([[a, b], [c, d]], np.float64)  # (2, 2, latent_dim)
    grid = np.einsum("ir,jc,ijd->rcd", weights, weights, corners)
    return grid.reshape(side * side, -1).astype(np.float32)
