"""Measures of a reconstruction, each meant to stand beside its baseline.

Losses are in nats per image: summed over pixels, averaged over images.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]

# Linear reconstructions leave [0, 1]; their cross-entropy is taken inside these bounds.
LINEAR_CLIP = 1e-3
# The clip of keras.losses.BinaryCrossentropy.
SIGMOID_CLIP = 1e-7
MOST_DB = 100.0  # keeps a mean of PSNRs finite
# Side of the windows of the structural similarity.
_WINDOW = 7


def squared_error(images: Images, reconstructions: Images) -> NDArray[np.float64]:
    """Return the mean squared error of each image over its pixels, (n,).

    Args:
        images: (n, height, width, channels) in [0, 1].
        reconstructions: Same shape.
    """
    difference = np.float64(images) - reconstructions
    return np.square(difference).mean(axis=(1, 2, 3))


def psnr(mse: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the peak signal-to-noise ratio in dB for pixels in [0, 1].

    A perfect reconstruction has no noise; it gives infinity.
    """
    with np.errstate(divide="ignore"):
        return -10 * np.log10(np.asarray(mse, np.float64))


def ssim(images: Images, reconstructions: Images) -> NDArray[np.float64]:
    """Return the structural similarity of each image, 1 for equal ones, (n,).

    Means, variances and covariances are taken in uniform windows of 7x7 pixels that
    lie inside the picture.

    Args:
        images: (n, height, width, channels) in [0, 1], sides at least 7.
        reconstructions: Same shape.

    Source: Wang et al. 2004, IEEE Trans. Image Processing 13(4), equation 13.
    """
    x, y = np.float64(images), np.float64(reconstructions)
    mean_x, mean_y = _window_means(x), _window_means(y)
    sample = _WINDOW**2 / (_WINDOW**2 - 1)  # unbiased variances
    var_x = sample * (_window_means(x * x) - mean_x**2)
    var_y = sample * (_window_means(y * y) - mean_y**2)
    cov = sample * (_window_means(x * y) - mean_x * mean_y)
    c1, c2 = 0.01**2, 0.03**2
    likeness = (2 * mean_x * mean_y + c1) * (2 * cov + c2)
    likeness /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    return likeness.mean(axis=(1, 2, 3))


def _window_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over every window inside a picture, from sums over all before."""
    sums = np.pad(values, ((0, 0), (1, 0), (1, 0), (0, 0))).cumsum(1).cumsum(2)
    sums = sums[:, _WINDOW:] - sums[:, :-_WINDOW]
    return (sums[:, :, _WINDOW:] - sums[:, :, :-_WINDOW]) / _WINDOW**2


def cross_entropy(
    images: Images, reconstructions: Images, *, clip: float = SIGMOID_CLIP
) -> NDArray[np.float64]:
    """Return the binary cross-entropy of each image, nats summed over pixels, (n,).

    Args:
        images: (n, height, width, channels) in [0, 1].
        reconstructions: Same shape, clipped to [clip, 1 - clip] first.
        clip: Distance from 0 and 1 that is kept.
    """
    x = np.float64(images)
    x_hat = np.clip(np.float64(reconstructions), clip, 1 - clip)
    nats = -x * np.log(x_hat) - (1 - x) * np.log1p(-x_hat)
    return nats.sum(axis=(1, 2, 3))


def gaussian_nats(images: Images, reconstructions: Images, variance: float) -> NDArray[np.float64]:
    """Return the negative log-density of each image, nats summed over pixels, (n,).

    Pixels are Gaussian around their reconstruction. Unlike a cross-entropy, a density's
    nats may be below zero.

    Args:
        images: (n, height, width, channels) in [0, 1].
        reconstructions: Same shape.
        variance: Of a pixel, above 0: the mean squared error on training images.

    Source: Rybkin et al. 2021, sigma-VAE, arXiv 2006.13202, equation 6.
    """
    squares = squared_error(images, reconstructions)
    nats = 0.5 * (np.log(2 * np.pi * variance) + squares / variance)
    return nats * images[0].size


def entropy_floor(images: Images) -> NDArray[np.float64]:
    """Return the least cross-entropy any reconstruction can have, nats, (n,).

    A grey pixel x costs -x log x - (1 - x) log(1 - x) even if reproduced exactly.
    """
    return cross_entropy(images, images)


def kl_divergence(
    z_mean: NDArray[np.float32], z_log_var: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return KL(N(z_mean, exp(z_log_var)) || N(0, 1)) in nats, same shape.

    Args:
        z_mean: (n, latent_dim).
        z_log_var: (n, latent_dim).

    Source: Kingma and Welling 2013, arXiv 1312.6114, appendix B.
    """
    mean, log_var = np.float64(z_mean), np.float64(z_log_var)
    return 0.5 * (np.exp(log_var) + np.square(mean) - 1 - log_var)


def class_cross_entropy(
    logits: NDArray[np.floating], labels: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return -log softmax(logits)[label] of each image in nats, (n,).

    Args:
        logits: (n, classes).
        labels: (n,) class indices.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(np.float64(shifted)).sum(axis=1))
    return total - shifted[np.arange(len(labels)), labels]


def explained_variance(values: NDArray[np.floating], readings: NDArray[np.floating]) -> float:
    """Return R squared: 1 - mean squared error / variance, 0 for reading the mean.

    Args:
        values: What is true, (n,), not all alike.
        readings: What was read, (n,).
    """
    error = np.square(np.float64(values) - readings).mean()
    return float(1 - error / np.var(values, dtype=np.float64))


def frechet_distance(features_a: NDArray[np.floating], features_b: NDArray[np.floating]) -> float:
    """Return the squared Fréchet distance of the Gaussians fitted to two sets.

    |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)), with the covariances A and B. The
    trace of the root is taken of the symmetric A^(1/2) B A^(1/2), which has the same
    eigenvalues.

    Args:
        features_a: (n, features), n at least 2.
        features_b: (m, features), m at least 2.

    Source: Dowson and Landau 1982, Journal of Multivariate Analysis 12, 450-455.
    """
    a, b = np.float64(features_a), np.float64(features_b)
    covariance_a = np.atleast_2d(np.cov(a, rowvar=False))
    covariance_b = np.atleast_2d(np.cov(b, rowvar=False))
    root_a = _symmetric_root(covariance_a)
    squares = np.linalg.eigvalsh(root_a @ covariance_b @ root_a)
    mixed = np.sqrt(squares.clip(min=0)).sum()
    means = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    return float(means + np.trace(covariance_a) + np.trace(covariance_b) - 2 * mixed)


def _symmetric_root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    # Rounding leaves zeros a little below zero.
    return (vectors * np.sqrt(values.clip(min=0))) @ vectors.T


def rounded_accuracy(images: Images, reconstructions: Images) -> NDArray[np.float64]:
    """Return the share of pixels on the right side of one half, per image, (n,).

    Source: Geron, Hands-On Machine Learning, chapter 17. It flatters: black pictures
    alone score 0.68 on Fashion-MNIST.
    """
    right = np.round(images) == np.round(reconstructions)
    return right.mean(axis=(1, 2, 3))


@dataclass(frozen=True)
class Quality:
    """How well a set of images is reconstructed, averaged over the set."""

    mse: float  # mean squared error over pixels
    psnr_db: float  # mean over images, in dB; a perfect copy counts as ``MOST_DB``
    bce_nats: float  # binary cross-entropy, nats per image
    bce_per_pixel: float  # the same, nats per pixel
    rounded_accuracy: float  # share of pixels on the right side of one half


def quality(images: Images, reconstructions: Images, *, clip: float = SIGMOID_CLIP) -> Quality:
    """Measure reconstructions against the images they should equal.

    Args:
        images: (n, height, width, channels) in [0, 1].
        reconstructions: Same shape.
        clip: See ``cross_entropy``.

    Raises:
        ValueError: If there is no image, or the shapes differ.
    """
    if images.shape != reconstructions.shape or not len(images):
        raise ValueError(f"shapes {images.shape} and {reconstructions.shape}")
    errors = squared_error(images, reconstructions)
    nats = float(cross_entropy(images, reconstructions, clip=clip).mean())
    return Quality(
        mse=float(errors.mean()),
        psnr_db=float(np.minimum(psnr(errors), MOST_DB).mean()),
        bce_nats=nats,
        bce_per_pixel=nats / images[0].size,
        rounded_accuracy=float(rounded_accuracy(images, reconstructions).mean()),
    )


@dataclass(frozen=True)
class LinearBaseline:
    """Principal components as the best linear autoencoder of a code size."""

    mean: NDArray[np.float32]  # (pixels,) mean training image
    components: NDArray[np.float32]  # (latent_dim, pixels), orthonormal rows

    def mean_image(self, shape: tuple[int, ...]) -> Images:
        """Return the mean training image, of that shape."""
        return self.mean.reshape(shape)

    def encode(self, images: Images) -> NDArray[np.float32]:
        """Return the codes of images, (n, latent_dim)."""
        return (images.reshape(len(images), -1) - self.mean) @ self.components.T

    def decode(self, codes: NDArray[np.float32], shape: tuple[int, ...]) -> Images:
        """Return the images of codes, (n, *shape), clipped to [0, 1].

        Codes may have fewer numbers than there are components: the first.
        """
        pixels = np.clip(codes @ self.components[: codes.shape[1]] + self.mean, 0, 1)
        return pixels.astype(np.float32).reshape(len(codes), *shape)

    def reconstruct(self, images: Images, size: int | None = None) -> Images:
        """Project images on the span of so many components, or all; clipped to [0, 1]."""
        return self.decode(self.encode(images)[:, :size], images.shape[1:])


def roc_curve(
    normal: NDArray[np.floating], other: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return false-alarm and detection rates as a threshold falls past every score.

    Args:
        normal: Scores of normal images, (n,), at least one.
        other: Scores of other images, (m,), at least one; higher is less normal.

    Returns:
        Shares of ``normal`` and of ``other`` at or above the threshold, both rising
        from 0 to 1, one point for each score that occurs and one before them.
    """
    values, at = np.unique(np.concatenate([normal, other]), return_inverse=True)
    rates = []
    for part in (at[: len(normal)], at[len(normal) :]):
        counts = np.bincount(part, minlength=len(values))[::-1]
        rates.append(np.concatenate([[0.0], np.cumsum(counts) / len(part)]))
    return rates[0], rates[1]


def error_rates(
    normal: NDArray[np.floating], other: NDArray[np.floating], threshold: float
) -> tuple[float, float]:
    """Return the shares of false alarms and of misses when scores above are flagged.

    Args:
        normal: Scores of normal images, (n,), at least one.
        other: Scores of other images, (m,), at least one.
        threshold: A score is flagged if it is larger.
    """
    return float(np.mean(normal > threshold)), float(np.mean(other <= threshold))


def auroc_difference(
    first: NDArray[np.floating], second: NDArray[np.floating], labels: NDArray[Any]
) -> tuple[float, NDArray[np.float64]]:
    """Return by how much the first scores' AUROC is above the second's on the same images.

    Args:
        first: (n,); ties count one half.
        second: Likewise.
        labels: (n,), at least two images with the attribute and two without.

    Returns:
        The difference, and what each image adds to its error, (n,): the root of the sum of their
        squares is the standard error, also of a mean of differences on the same images, of which
        the additions are averaged before.

    Source: DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44, 837-845, equations 2 to 8.
    """
    has = np.asarray(labels) > 0.5
    placed = _placements(first, has) - _placements(second, has)
    added = np.empty(len(placed))
    for group in (has, ~has):
        n = int(group.sum())
        added[group] = (placed[group] - placed[group].mean()) / np.sqrt(n * (n - 1))
    return float(placed[has].mean()), added


def _placements(scores: NDArray[np.floating], has: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of the other group that each image is on the right side of, (n,)."""
    placed = np.empty(len(scores))
    for group in (has, ~has):
        others = np.sort(scores[~group])
        below = np.searchsorted(others, scores[group], "left")
        not_above = np.searchsorted(others, scores[group], "right")
        placed[group] = (below + not_above) / (2 * len(others))
    placed[~has] = 1 - placed[~has]
    return placed


def auroc(scores: NDArray[np.floating], labels: NDArray[Any]) -> float:
    """Return the chance that an image with the attribute scores above one without.

    Args:
        scores: (n,); ties count one half.
        labels: (n,).

    Raises:
        ValueError: If a group is empty.

    Source:
        The Mann-Whitney statistic: Hanley and McNeil 1982, Radiology 143, 29-36.
    """
    has = np.asarray(labels) > 0.5
    if has.all() or not has.any():
        raise ValueError("both groups need at least one image")
    _, value, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[value]
    n1, n0 = int(has.sum()), int((~has).sum())
    return float((ranks[has].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def least_p_value(n: int) -> float:
    """Return the smallest p-value that n others can give, as of ``p_values``."""
    return 1 / (n + 1)


def p_values(scores: NDArray[np.floating], held_out: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return conformal p-values, (1 + held-out scores that are as high) / (n + 1), (m,) in (0, 1].

    Of what comes from where the held-out came, the chance of p <= a is at most a, over the
    drawing of both.

    Args:
        scores: (m,); the higher, the stranger.
        held_out: Of what nothing else was learned from, (n,).

    Source: Bates et al. 2023, Testing for outliers with conformal p-values, arXiv 2104.08279,
        equation 2.
    """
    as_high = len(held_out) - np.searchsorted(np.sort(held_out), scores)
    return np.asarray((1 + as_high) / (len(held_out) + 1), np.float64)


def squared_distances(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the squared Euclidean distances of every two rows, (n, m).

    Args:
        a: (n, dimensions).
        b: (m, dimensions).
    """
    sums = np.square(a).sum(axis=1, dtype=np.float64)[:, None] + np.square(b).sum(axis=1)
    return np.maximum(sums - 2 * (a @ b.T), 0)


def in_nats(value: float) -> str:
    """Write a bound, or a part of one, with no digits below its standard error.

    That is tenths at least of bounds of hundreds of nats, and tens of those of thousands.
    """
    return f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def share_interval(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share that was counted in n cases, in [0, 1].

    Source: Wilson 1927, Journal of the American Statistical Association 22, 209-212.
    """
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float(middle - half), float(middle + half)


def largest_difference(found: NDArray[Any], expected: NDArray[Any]) -> float:
    """Return how far results, not none, are off at most, as a share of the largest expected.

    Where that is below 1, it is the difference itself.
    """
    return float(np.abs(found - expected).max() / max(1.0, float(np.abs(expected).max())))
