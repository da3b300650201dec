"""Reconstruction losses, one number per image: summed over pixels."""

import math
from collections.abc import Callable

import keras
from keras import KerasTensor, ops

Loss = Callable[[KerasTensor, KerasTensor], KerasTensor]

_PIXELS = (1, 2, 3)
# The clip of keras.losses.BinaryCrossentropy, so that numbers compare.
_EPSILON = 1e-7


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


LOSSES: dict[str, Loss] = {
    "binary_cross_entropy": keras.saving.register_keras_serializable("ae")(binary_cross_entropy),
    "gaussian": keras.saving.register_keras_serializable("ae")(gaussian),
    "squared_error": keras.saving.register_keras_serializable("ae")(squared_error),
}
