"""Codes made of known attributes, so that every direction is known in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LATENT_DIM = 6
RNG = np.random.default_rng(4)

# What each of three attributes adds to a code; neither orthogonal nor of one length.
AXES = RNG.standard_normal((3, LATENT_DIM)) * [[1.0], [2.0], [0.5]]
# A judge of attribute i reads i and nothing else: JUDGES @ AXES.T is the identity.
JUDGES = np.linalg.pinv(AXES).T


def codes_of(
    attributes: NDArray[np.floating], noise: NDArray[np.floating] | float = 0.0
) -> NDArray[np.float32]:
    """Return the codes of attributes (n, 3), (n, LATENT_DIM)."""
    return (attributes @ AXES + noise).astype(np.float32)


def every_combination(repeats: int = 1) -> NDArray[np.float64]:
    """Return the combinations of three attributes, (8 * repeats, 3) of 0 and 1."""
    grid = np.indices((2, 2, 2)).reshape(3, -1).T
    return np.repeat(grid, repeats, axis=0).astype(float)


def unit(vector: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the vector divided by its norm."""
    return vector / np.linalg.norm(vector)
