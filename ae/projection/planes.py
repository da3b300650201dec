"""Planes in three dimensions: PCA's, a decoder's, and the angle between them.

NumPy only. A linear autoencoder is as good as PCA when its plane is PCA's.
"""

from dataclasses import dataclass

import numpy as np

from ae.projection.linear import Floats, LinearAutoencoder


@dataclass(frozen=True)
class ProjectionPlane:
    """A plane in three dimensions."""

    mean: Floats  # (3,) the point of the plane nearest to the cloud's mean
    basis: Floats  # (2, 3) orthonormal rows that span the plane's directions
    # The mse of the cloud's orthogonal projection on the plane: no codes can do better on this
    # plane.
    floor: float


@dataclass(frozen=True)
class PcaComparison:
    """A trained autoencoder beside PCA."""

    mse: float  # the loss over the cloud; nan or inf after a divergence
    floor: float  # the loss of PCA with two components
    ratio: float  # mse / floor, at least 1; nan if the floor is 0
    # Angle between the decoder's plane and PCA's, 0 to 90; nan after a divergence to infinity.
    angle_degrees: float


def pca_plane(points: Floats) -> ProjectionPlane:
    """Fit the plane that loses least of a cloud (m, 3), m at least 2: its first two components.

    With a linear decoder every reconstruction lies on a plane, and the best plane is PCA's; the
    loss of a linear autoencoder has no other minimum. Hence the floor is a floor, and gradient
    descent can reach it.

    Source:
        Baldi & Hornik 1989, Neural networks and principal component analysis.
    """
    mean = points.mean(axis=0)
    basis = np.linalg.svd(points - mean)[2][:2]
    return ProjectionPlane(mean, basis, _projection_mse(points, mean, basis))


def decoder_plane(autoencoder: LinearAutoencoder, points: Floats) -> ProjectionPlane:
    """Find the plane of an autoencoder's reconstructions, its mean and floor those of a cloud.

    Of many autoencoders it is many planes, whose arrays have the same first dimensions. If a
    decoder's rows are parallel, its second direction is one of many that contain all
    reconstructions.
    """
    basis = np.linalg.svd(autoencoder.decoder_kernel)[2][..., :2, :]
    offset = (points.mean(axis=0) - autoencoder.decoder_bias)[..., None, :]
    mean = autoencoder.decoder_bias + (offset @ basis.swapaxes(-2, -1) @ basis)[..., 0, :]
    return ProjectionPlane(mean, basis, _projection_mse(points, mean, basis))


def plane_angle_degrees(a: Floats, b: Floats) -> float:
    """Measure the largest principal angle between two planes through the origin.

    Args:
        a: (2, 3) rows that span the first plane, of any length.
        b: (2, 3) rows that span the second plane.

    Returns:
        The angle in degrees, 0 to 90. 90 if the rows of one span only a line, which
        leaves a direction of the other plane out; nan if a value is not finite.

    Source:
        Bjorck & Golub 1973, Numerical methods for computing angles between linear subspaces. Cosine
        and sine together, because the arc cosine alone is accurate to 1e-8 radians only near 0.
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
    autoencoder: LinearAutoencoder,
    points: Floats,
    plane: ProjectionPlane,
    *,
    mse: float | None = None,
) -> PcaComparison:
    """Say how far an autoencoder, trained or not, is from the best one: ``pca_plane(points)``.

    Its loss over the points is taken as given, or computed.
    """
    with np.errstate(all="ignore"):
        mse = float(autoencoder.mse(points)) if mse is None else mse
    # A perfectly flat cloud has a floor of rounding errors, and no useful ratio.
    flat = plane.floor <= 1e-20 * max(1.0, float(np.var(points)))
    return PcaComparison(
        mse,
        plane.floor,
        float("nan") if flat else mse / plane.floor,
        plane_angle_degrees(autoencoder.decoder_kernel, plane.basis),
    )


def _projection_mse(points: Floats, mean: Floats, basis: Floats) -> float:
    centred = points - mean[..., None, :]
    within = centred @ basis.swapaxes(-2, -1) @ basis
    return np.square(centred - within).mean(axis=(-2, -1))


def _orthonormal(rows: Floats) -> Floats:
    """Return an orthonormal basis of the row space, (rank, 3)."""
    _, lengths, directions = np.linalg.svd(rows, full_matrices=False)
    return directions[lengths > 1e-12 * max(lengths[0], 1e-300)]
