"""The smallest autoencoder: three numbers to two and back, trained in plain NumPy.

Here, and only here, x is a point (m, 3) and the loss is the mean squared error over
points and coordinates. It runs in the web process, so it may not import Keras.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Measured, see ``train``: a seed whose classic run ends at the median of 1,000 seeds,
# a setting that settles on the floor, and a rate at which 30 of 30 seeds explode.
TYPICAL_SEED = 39
SETTLING_RATE = 0.5
SETTLING_EPOCHS = 1000
EXPLODING_RATE = 2.5
# A loss this many times the cloud's variance will not come back.
DIVERGED = 1e6


@dataclass(frozen=True)
class LinearAutoencoder:
    """Two dense layers without activations, 3 -> 2 -> 3: 17 parameters.

    Attributes:
        encoder_kernel: (3, 2).
        encoder_bias: (2,).
        decoder_kernel: (2, 3); its rows span the plane of all reconstructions.
        decoder_bias: (3,).
    """

    encoder_kernel: Floats
    encoder_bias: Floats
    decoder_kernel: Floats
    decoder_bias: Floats

    @classmethod
    def from_vector(cls, weights: Floats) -> LinearAutoencoder:
        """Read the 17 parameters from one array.

        Args:
            weights: (17,) encoder kernel, encoder bias, decoder kernel, decoder bias.

        Returns:
            An autoencoder whose arrays are views of ``weights``.

        Raises:
            ValueError: If ``weights`` does not have shape (17,).
        """
        if weights.shape != (17,):
            raise ValueError(f"weights must have shape (17,), got {weights.shape}")
        return cls(
            weights[:6].reshape(3, 2),
            weights[6:8],
            weights[8:14].reshape(2, 3),
            weights[14:],
        )

    @classmethod
    def glorot(cls, seed: int | np.random.Generator) -> LinearAutoencoder:
        """Draw initial weights as Keras does: Glorot uniform kernels, zero biases.

        Args:
            seed: A seed, or the generator to draw from.

        Returns:
            An untrained autoencoder.

        Source:
            Glorot & Bengio 2010, equation 16: uniform within
            sqrt(6 / (fan_in + fan_out)), here sqrt(6 / 5) for both kernels.
        """
        rng = np.random.default_rng(seed)
        limit = np.sqrt(6 / 5)
        return cls(
            rng.uniform(-limit, limit, (3, 2)),
            np.zeros(2),
            rng.uniform(-limit, limit, (2, 3)),
            np.zeros(3),
        )

    def to_vector(self) -> Floats:
        """Copy the parameters to one array (17,), the inverse of ``from_vector``."""
        return np.concatenate(
            [
                self.encoder_kernel.ravel(),
                self.encoder_bias,
                self.decoder_kernel.ravel(),
                self.decoder_bias,
            ]
        )

    def encode(self, points: Floats) -> Floats:
        """Map points (m, 3) to codes (m, 2)."""
        return points @ self.encoder_kernel + self.encoder_bias

    def decode(self, codes: Floats) -> Floats:
        """Map codes (m, 2) to points (m, 3), all on one plane."""
        return codes @ self.decoder_kernel + self.decoder_bias

    def reconstruct(self, points: Floats) -> Floats:
        """Map points (m, 3) to their reconstructions (m, 3)."""
        return self.decode(self.encode(points))

    def mse(self, points: Floats) -> float:
        """Average the squared error over points (m, 3) and coordinates."""
        return float(np.mean((self.reconstruct(points) - points) ** 2))


@dataclass(frozen=True)
class Training:
    """What a run of gradient descent did, epoch by epoch.

    Attributes:
        weights: (epochs + 1, 17) the parameters, index 0 before training.
        mse: (epochs + 1,) the loss over the whole cloud at the same moments.
        steps_per_epoch: Number of batches in an epoch.
        diverged_at: The epoch at which the run was stopped because the loss was no
            longer finite or above 1e6 times the variance; None if it never was.
    """

    weights: Floats
    mse: Floats
    steps_per_epoch: int
    diverged_at: int | None = None

    @property
    def epochs(self) -> int:
        """Number of epochs that ran."""
        return len(self.mse) - 1

    @property
    def final(self) -> LinearAutoencoder:
        """The autoencoder after the last epoch."""
        return self.at(self.epochs)

    def at(self, epoch: int) -> LinearAutoencoder:
        """Return the autoencoder as it was after ``epoch`` epochs."""
        return LinearAutoencoder.from_vector(self.weights[epoch])


@dataclass(frozen=True)
class Plane:
    """A plane in three dimensions.

    Attributes:
        mean: (3,) the point of the plane nearest to the cloud's mean.
        basis: (2, 3) orthonormal rows that span the plane's directions.
        floor: The mse of the cloud's orthogonal projection on the plane: no codes
            can do better on this plane.
    """

    mean: Floats
    basis: Floats
    floor: float


@dataclass(frozen=True)
class Comparison:
    """A trained autoencoder beside PCA.

    Attributes:
        mse: The loss over the cloud; nan or inf after a divergence.
        floor: The loss of PCA with two components.
        ratio: mse / floor, at least 1; nan if the floor is 0.
        angle_degrees: Angle between the decoder's plane and PCA's, 0 to 90; nan
            after a divergence to infinity.
    """

    mse: float
    floor: float
    ratio: float
    angle_degrees: float


def train(
    points: Floats,
    *,
    learning_rate: float = 1.5,
    epochs: int = 20,
    batch_size: int = 32,
    seed: int = TYPICAL_SEED,
    start: LinearAutoencoder | None = None,
    orders: ArrayLike | None = None,
) -> Training:
    """Train by plain stochastic gradient descent on the mean squared error.

    Measured on the notebook's cloud (60 points, seed 4, batches of 32, so 2 steps an
    epoch; floor 0.0033901):

    * rate 1.5, 20 epochs, 1,000 seeds: 932 end with a median mse of 0.0055 (0.0038 to
      0.0164 for the middle 90 %, 0.0034 to 0.0509 in all), the other 68 explode. The
      notebook ended at 0.0051.
    * rate 1.5, 300 or 1,000 epochs, 100 seeds: median 1.03 times the floor, up to
      1.36: batches of 32 differ, and steps this large turn that into a jitter that
      more epochs do not quieten.
    * rate 0.5, 1,000 epochs, 100 seeds: at most 1.01 times the floor (median 1.0008)
      and at most 0.5 degrees from PCA's plane (median 0.1).

    Args:
        points: (m, 3) the cloud.
        learning_rate: Step size, above 0.
        epochs: Passes over the cloud, at least 0.
        batch_size: Points per step; the last batch of an epoch takes what is left.
        seed: Seeds one generator that draws the initial weights, then the order of
            the points in each epoch.
        start: Initial weights to use instead of drawn ones.
        orders: (epochs, m) the order of the points in each epoch, instead of drawn
            ones.

    Returns:
        The run. It ends early, without an error, if the loss explodes.

    Raises:
        ValueError: If an argument is out of range.
    """
    _check(points, learning_rate, epochs, batch_size)
    rng = np.random.default_rng(seed)
    weights = (start or LinearAutoencoder.glorot(rng)).to_vector()
    autoencoder = LinearAutoencoder.from_vector(weights)  # views: follows the steps
    drawn = (rng.permutation(len(points)) for _ in repeat(None))
    order = chain(np.asarray(orders), drawn) if orders is not None else drawn
    limit = DIVERGED * (float(np.var(points)) or 1.0)
    path, losses = [weights.copy()], [autoencoder.mse(points)]
    diverged_at = None
    with np.errstate(all="ignore"):  # an explosion is a result here, not a fault
        for epoch in range(1, epochs + 1):
            _run_epoch(autoencoder, points[next(order)], learning_rate, batch_size)
            path.append(weights.copy())
            losses.append(autoencoder.mse(points))
            if not losses[-1] <= limit:
                diverged_at = epoch
                break
    steps = -(-len(points) // batch_size)
    return Training(np.array(path), np.array(losses), steps, diverged_at)


def pca_plane(points: Floats) -> Plane:
    """Fit the plane that loses least of the cloud: the first two components.

    With a linear decoder every reconstruction lies on a plane, and the best plane is
    PCA's; the loss of a linear autoencoder has no other minimum. Hence the floor is
    a floor, and gradient descent can reach it.

    Args:
        points: (m, 3), m at least 2.

    Returns:
        The plane through the cloud's mean, its basis sorted by variance.

    Source:
        Baldi & Hornik 1989, Neural networks and principal component analysis.
    """
    mean = points.mean(axis=0)
    basis = np.linalg.svd(points - mean)[2][:2]
    return Plane(mean, basis, _projection_mse(points, mean, basis))


def decoder_plane(autoencoder: LinearAutoencoder, points: Floats) -> Plane:
    """Find the plane that an autoencoder's reconstructions lie on.

    Args:
        autoencoder: With finite weights.
        points: (m, 3) the cloud, for the plane's mean and floor.

    Returns:
        The plane. If the decoder's rows are parallel, its second direction is one of
        many that contain all reconstructions.
    """
    basis = np.linalg.svd(autoencoder.decoder_kernel)[2][:2]
    offset = points.mean(axis=0) - autoencoder.decoder_bias
    mean = autoencoder.decoder_bias + offset @ basis.T @ basis
    return Plane(mean, basis, _projection_mse(points, mean, basis))


def plane_angle_degrees(a: Floats, b: Floats) -> float:
    """Measure the largest principal angle between two planes through the origin.

    Args:
        a: (2, 3) rows that span the first plane, of any length.
        b: (2, 3) rows that span the second plane.

    Returns:
        The angle in degrees, 0 to 90. 90 if the rows of one span only a line, which
        leaves a direction of the other plane out; nan if a value is not finite.

    Source:
        Bjorck & Golub 1973, Numerical methods for computing angles between linear
        subspaces. Cosine and sine together, because the arc cosine alone is accurate
        to 1e-8 radians only near 0.
    """
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("nan")
    first, second = _orthonormal(a), _orthonormal(b)
    if len(first) < 2 or len(second) < 2:
        return 90.0
    overlap = first @ second.T
    cosine = np.linalg.svd(overlap, compute_uv=False).min()
    sine = np.linalg.svd(first - overlap @ second, compute_uv=False).max()
    return float(np.degrees(np.arctan2(sine, cosine)))


def compare_with_pca(
    autoencoder: LinearAutoencoder, points: Floats, plane: Plane
) -> Comparison:
    """Say how far an autoencoder is from the best one.

    Args:
        autoencoder: Trained or not.
        points: (m, 3) the cloud.
        plane: ``pca_plane(points)``.

    Returns:
        Loss, floor, their ratio, and the angle between the planes.
    """
    with np.errstate(all="ignore"):
        mse = autoencoder.mse(points)
    # A perfectly flat cloud has a floor of rounding errors, and no useful ratio.
    flat = plane.floor <= 1e-20 * max(1.0, float(np.var(points)))
    return Comparison(
        mse,
        plane.floor,
        float("nan") if flat else mse / plane.floor,
        plane_angle_degrees(autoencoder.decoder_kernel, plane.basis),
    )


def codes_csv(points: Floats, autoencoder: LinearAutoencoder) -> str:
    """Write points, codes and reconstructions as comma-separated text.

    Args:
        points: (m, 3) the cloud.
        autoencoder: Gives codes and reconstructions.

    Returns:
        A header and m rows; points are numbered from 1.
    """
    with np.errstate(all="ignore"):
        codes = autoencoder.encode(points)
        table = np.hstack([points, codes, autoencoder.decode(codes)])  # (m, 8)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ["x1", "x2", "x3", "z1", "z2", "x1_hat", "x2_hat", "x3_hat"]
    writer.writerow(["point", *names])
    for number, row in enumerate(table, start=1):
        writer.writerow([number, *(f"{value:.8g}" for value in row)])
    return text.getvalue()


def loss_csv(training: Training) -> str:
    """Write the loss of every epoch as comma-separated text.

    Args:
        training: A run.

    Returns:
        A header and one row per epoch, epoch 0 first.
    """
    rows = (f"{epoch},{mse:.8g}" for epoch, mse in enumerate(training.mse))
    return "\n".join(["epoch,mse", *rows]) + "\n"


def _check(points: Floats, learning_rate: float, epochs: int, batch_size: int) -> None:
    if points.ndim != 2 or points.shape[1] != 3 or len(points) == 0:
        raise ValueError(f"points must have shape (m, 3), got {points.shape}")
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0, got {learning_rate}")
    if epochs < 0:
        raise ValueError(f"epochs must be at least 0, got {epochs}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")


def _run_epoch(
    autoencoder: LinearAutoencoder,
    shuffled: Floats,
    learning_rate: float,
    batch_size: int,
) -> None:
    """Move the autoencoder's arrays, in place, one step per batch."""
    for first in range(0, len(shuffled), batch_size):
        batch = shuffled[first : first + batch_size]
        codes = autoencoder.encode(batch)
        # d loss / d reconstruction, times the step size
        slope = (autoencoder.decode(codes) - batch) * (2 * learning_rate / batch.size)
        slope_of_codes = slope @ autoencoder.decoder_kernel.T
        autoencoder.decoder_kernel[...] -= codes.T @ slope
        autoencoder.decoder_bias[...] -= slope.sum(axis=0)
        autoencoder.encoder_kernel[...] -= batch.T @ slope_of_codes
        autoencoder.encoder_bias[...] -= slope_of_codes.sum(axis=0)


def _projection_mse(points: Floats, mean: Floats, basis: Floats) -> float:
    centred = points - mean
    return float(np.mean((centred - centred @ basis.T @ basis) ** 2))


def _orthonormal(rows: Floats) -> Floats:
    """Return an orthonormal basis of the row space, (rank, 3)."""
    _, lengths, directions = np.linalg.svd(rows, full_matrices=False)
    return directions[lengths > 1e-12 * max(lengths[0], 1e-300)]
