"""A cloud of points in three dimensions that is almost flat. Draws nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Cloud:
    """Points along a bent arc, and where on the arc each one lies."""

    points: NDArray[np.float64]  # (m, 3) float64, with mean zero
    angles: NDArray[np.float64]  # (m,) float64 in [-0.5, 3 pi / 2 - 0.5), radians along the arc
    centre: NDArray[np.float64]  # (3,) their mean before it was taken off


def generate_cloud(
    m: int, w1: float = 0.1, w2: float = 0.3, noise: float = 0.1, *, seed: int = 4
) -> Cloud:
    """Draw points on three quarters of an ellipse, tilted and roughened.

    The third coordinate is ``w1 * x1 + w2 * x2`` plus noise, so the cloud lies near
    a plane: two numbers nearly suffice to describe a point.

    Args:
        m: Number of points, at least 1.
        w1: Slope of the plane along the first coordinate.
        w2: Slope of the plane along the second coordinate.
        noise: Standard deviation of the noise across the plane; within the plane it
            is half of it. At least 0.
        seed: Seed of the legacy generator, so that 60 points with seed 4 are the
            ones of the notebook this project grew from.

    Returns:
        The cloud: points (m, 3), centred, and their angles (m,).

    Raises:
        ValueError: If ``m`` is below 1 or ``noise`` is negative.

    Source:
        A. Geron, Hands-On Machine Learning, 2nd edition, chapter 17 (the same data as chapter 8).
    """
    if m < 1:
        raise ValueError(f"m must be at least 1 point, got {m}")
    if noise < 0:
        raise ValueError(f"noise must be at least 0, got {noise}")
    # Only the legacy generator repeats the notebook's numbers; it is a private one.
    rng = np.random.RandomState(seed)
    angles = rng.rand(m) * 3 * np.pi / 2 - 0.5
    x1 = np.cos(angles) + np.sin(angles) / 2 + noise * rng.randn(m) / 2
    x2 = np.sin(angles) * 0.7 + noise * rng.randn(m) / 2
    x3 = x1 * w1 + x2 * w2 + noise * rng.randn(m)
    points = np.stack([x1, x2, x3], axis=1)  # (m, 3)
    centre = points.mean(axis=0)
    return Cloud(points - centre, angles, centre)


def new_points(
    cloud: Cloud, w1: float, w2: float, noise: float, *, seed: int
) -> NDArray[np.float64]:
    """Draw as many other points of the same kind, (m, 3), where the cloud's centre is 0."""
    other = generate_cloud(len(cloud.points), w1, w2, noise, seed=seed)
    return other.points + other.centre - cloud.centre
