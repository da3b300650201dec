"""Reconstruction losses, one number per image: summed over pixels."""

from __future__ import annotations

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


LOSSES: dict[str, Loss] = {
    "binary_cross_entropy": keras.saving.register_keras_serializable("ae")(
        binary_cross_entropy
    ),
    "squared_error": keras.saving.register_keras_serializable("ae")(squared_error),
}
