"""Measures of a reconstruction, each meant to stand beside its baseline.

Losses are in nats per image: summed over pixels, averaged over images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]

# Linear reconstructions leave [0, 1]; their cross-entropy is taken inside these bounds.
LINEAR_CLIP = 1e-3
# The clip of keras.losses.BinaryCrossentropy.
SIGMOID_CLIP = 1e-7


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


def rounded_accuracy(images: Images, reconstructions: Images) -> NDArray[np.float64]:
    """Return the share of pixels on the right side of one half, per image, (n,).

    Source: Geron, Hands-On Machine Learning, chapter 17. It flatters: black pictures
    alone score 0.68 on Fashion-MNIST.
    """
    right = np.round(images) == np.round(reconstructions)
    return right.mean(axis=(1, 2, 3))


@dataclass(frozen=True)
class Quality:
    """How well a set of images is reconstructed, averaged over the set.

    Attributes:
        mse: Mean squared error over pixels.
        psnr_db: Of that mean error, in dB.
        bce_nats: Binary cross-entropy, nats per image.
        bce_per_pixel: The same, nats per pixel.
        rounded_accuracy: Share of pixels on the right side of one half.
    """

    mse: float
    psnr_db: float
    bce_nats: float
    bce_per_pixel: float
    rounded_accuracy: float


def quality(
    images: Images, reconstructions: Images, *, clip: float = SIGMOID_CLIP
) -> Quality:
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
    mse = float(squared_error(images, reconstructions).mean())
    nats = float(cross_entropy(images, reconstructions, clip=clip).mean())
    return Quality(
        mse=mse,
        psnr_db=float(psnr(mse)),
        bce_nats=nats,
        bce_per_pixel=nats / images[0].size,
        rounded_accuracy=float(rounded_accuracy(images, reconstructions).mean()),
    )


@dataclass(frozen=True)
class LinearBaseline:
    """Principal components as the best linear autoencoder of a code size.

    Attributes:
        mean: (pixels,) mean training image.
        components: (latent_dim, pixels), orthonormal rows.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]

    def reconstruct(self, images: Images) -> Images:
        """Project images on the components' span; clipped to [0, 1]."""
        flat = images.reshape(len(images), -1) - self.mean
        projected = flat @ self.components.T @ self.components + self.mean
        return np.clip(projected, 0, 1).astype(np.float32).reshape(images.shape)
