"""Walks through latent space: one coordinate at a time, and over a plane."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.float32]

# A dimension whose mean KL is below this carries no information worth a slider: it
# tells images apart by less than a hundredth of a nat.
DEAD_KL = 0.01


def traverse(z: Codes, axis: int, values: Sequence[float] | NDArray[np.float32]) -> Codes:
    """Change one coordinate of a code and hold the rest.

    Args:
        z: (latent_dim,).
        axis: The coordinate, in [0, latent_dim).
        values: What it becomes, one after the other.

    Returns:
        (len(values), latent_dim) float32.
    """
    codes = np.repeat(np.float32(z)[None], len(values), axis=0)
    codes[:, axis] = values
    return codes


def lattice(side: int, reach: float) -> Codes:
    """Lay a square grid over the plane of two codes.

    Args:
        side: Points per side, at least 2.
        reach: The grid goes from -reach to reach.

    Returns:
        (side * side, 2), row by row from the top: z0 grows to the right, z1 upwards.
    """
    along = np.linspace(-reach, reach, side, dtype=np.float32)
    z0, z1 = np.meshgrid(along, along[::-1])
    return np.stack([z0.ravel(), z1.ravel()], axis=1)


def by_kl(kl: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Split dimensions into live ones, most informative first, and dead ones.

    Args:
        kl: Mean KL of each dimension in nats, (latent_dim,).

    Returns:
        The live dimensions by falling KL, and the dead ones in order.
    """
    order = np.argsort(-kl, kind="stable")
    live = [int(axis) for axis in order if kl[axis] >= DEAD_KL]
    return live, sorted(int(axis) for axis in order if kl[axis] < DEAD_KL)
