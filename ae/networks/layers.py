"""Layers that Keras lacks."""

from __future__ import annotations

from typing import Any

import keras
from keras import KerasTensor, ops


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
