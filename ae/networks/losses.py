"""Reconstruction losses, one number per image: summed over pixels."""

import math
from collections.abc import Callable

import keras
from keras import KerasTensor, ops

Loss = Callable[[KerasTensor, KerasTensor], KerasTensor]

_PIXELS = (1, 2, 3)
# The clip of keras.losses.BinaryCrossentropy, so that numbers compare.
_EPSILON = 1e-7
_FLOOR = 1e-4  # below this mean squared error nothing is gained


def binary_cross_entropy(x: KerasTensor, x_hat: KerasTensor) -> KerasTensor:
    """Return the cross-entropy of grey pixels, nats per image, (n,).

    Args:
        x: Images in [0, 1], (n, height, width, channels).
        x_hat: Their reconstructions, same shape.
    """
    x_hat = ops.clip(x_hat, _EPSILON, 1 - _EPSILON)
    nats = -x * ops.log(x_hat) - (1 - x) * ops.log(1 - x_hat)
    return ops.sum(nats, axis=_PIXELS)


def squared_error(x: KerasTensor, x_hat: KerasTensor) -> KerasTensor:
    """Return the squared error summed over pixels, (n,); twice the nats at sigma 1."""
    return ops.sum(ops.square(x - x_hat), axis=_PIXELS)


def gaussian(x: KerasTensor, x_hat: KerasTensor) -> KerasTensor:
    """Return the negative log-density of images, nats per image, (n,).

    Pixels are Gaussian around their reconstruction, with the one spread that suits the
    batch best: its own root mean squared error. Training thereby finds the balance of
    sharpness and KL by itself.

    Source: Rybkin et al. 2021, sigma-VAE, arXiv 2006.13202, equation 6.
    """
    squares = ops.sum(ops.square(x - x_hat), axis=_PIXELS)
    pixels = x_hat.shape[1] * x_hat.shape[2] * x_hat.shape[3]
    variance = ops.mean(squares) / pixels + _EPSILON
    return 0.5 * (pixels * ops.log(2 * math.pi * variance) + squares / variance)


def error_db(x: KerasTensor, estimate: KerasTensor) -> KerasTensor:
    """Return the mean squared error of each image in dB, (n,): minus its PSNR.

    Every image counts alike, however noisy it was. An estimate beyond 0 or 1 is no
    error where the pixel is 0 or 1, since it is clipped when read.

    Args:
        x: Clean images in [0, 1], (n, height, width, channels).
        estimate: Same shape, not clipped.
    """
    error = estimate - x
    error = ops.where(x <= 0, ops.relu(error), error)
    error = ops.where(x >= 1, -ops.relu(-error), error)
    mse = ops.mean(ops.square(error), axis=(1, 2, 3))
    return 10 * ops.log(mse + _FLOOR) / math.log(10)


LOSSES: dict[str, Loss] = {
    "binary_cross_entropy": keras.saving.register_keras_serializable("ae")(binary_cross_entropy),
    "error_db": keras.saving.register_keras_serializable("ae")(error_db),
    "gaussian": keras.saving.register_keras_serializable("ae")(gaussian),
    "squared_error": keras.saving.register_keras_serializable("ae")(squared_error),
}
