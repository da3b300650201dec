"""The layers that networks here are made of; one of them Keras lacks."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers, ops

Shape = tuple[int, int, int]


def divided(image_shape: Shape, by: int) -> tuple[int, int]:
    """Return a picture's height and width, so many times smaller.

    Raises:
        ValueError: If one of its sides cannot be divided.
    """
    height, width, _ = image_shape
    if height % by or width % by:
        raise ValueError(f"sides must be divisible by {by}, got {height} x {width}")
    return height // by, width // by


def conv(
    filters: int, name: str, *, kernel: int = 3, strides: int = 1, activation: str = "gelu"
) -> Callable[[KerasTensor], KerasTensor]:
    """Return a convolution that keeps the picture's size, or divides it by strides."""
    return layers.Conv2D(filters, kernel, strides, padding="same", activation=activation, name=name)


def up(
    filters: int, name: str, *, kernel: int = 4, activation: str = "gelu"
) -> Callable[[KerasTensor], KerasTensor]:
    """Return a transposed convolution that doubles the picture's size."""
    return layers.Conv2DTranspose(
        filters, kernel, 2, padding="same", activation=activation, name=name
    )


@keras.saving.register_keras_serializable("ae")
class DepthToSpace(keras.layers.Layer):
    """Unfolds channels into pixels: (h, w, b*b*c) to (h*b, w*b, c).

    Source: sub-pixel convolution, Shi et al. 2016, arXiv 1609.05158.
    """

    def __init__(self, block_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block_size = block_size

    def call(self, x: KerasTensor) -> KerasTensor:
        """Unfold one batch."""
        block = self.block_size
        _, height, width, channels = x.shape
        channels //= block * block
        x = ops.reshape(x, (-1, height, width, block, block, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, height * block, width * block, channels))

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {**super().get_config(), "block_size": self.block_size}


@keras.saving.register_keras_serializable("ae")
class NestedDropout(keras.layers.Layer):
    """Keeps the first numbers of every place of a code and sets the others to 0.

    In training each code is drawn how many it keeps; otherwise the rows of a batch take
    turns, so that what is measured is the mean over all sizes. How a code lies is in
    ``ae.latent.nested``.

    Source: Rippel, Gelbart and Adams 2014, arXiv 1402.0915.
    """

    def __init__(
        self, each: int, sizes: tuple[int, ...], shares: tuple[float, ...], **kwargs: Any
    ) -> None:
        """Take in the numbers of a place, how many of them may be kept, and how often."""
        super().__init__(**kwargs)
        self.each, self.sizes, self.shares = each, tuple(sizes), tuple(shares)
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, z: KerasTensor, training: bool = False) -> KerasTensor:
        """Shorten one batch of codes."""
        n = ops.shape(z)[0]
        if training:
            logits = ops.log(ops.convert_to_tensor([self.shares], "float32"))
            at = keras.random.categorical(logits, n, seed=self.seeds)[0]
        else:
            at = ops.arange(n) % len(self.sizes)
        kept = ops.take(ops.convert_to_tensor(self.sizes), at)[:, None]
        place = np.arange(z.shape[1]) % self.each
        return ops.where(ops.convert_to_tensor(place, kept.dtype) < kept, z, ops.zeros_like(z))

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        parts = {"each": self.each, "sizes": self.sizes, "shares": self.shares}
        return {**super().get_config(), **parts}
