"""Noise on pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def with_noise(
    images: NDArray[np.float32], sigma: float, *, seed: int = 0
) -> NDArray[np.float32]:
    """Return images with Gaussian noise added, clipped to [0, 1] as a camera would.

    Args:
        images: In [0, 1], any shape.
        sigma: Standard deviation of the noise; 0 gives back ``images`` themselves.
        seed: Same seed, same noise.
    """
    if sigma == 0:
        return images
    noise = np.random.default_rng(seed).normal(0, sigma, images.shape)
    return np.clip(images + noise, 0, 1).astype(np.float32)
