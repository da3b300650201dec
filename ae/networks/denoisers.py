"""Networks from noisy images to clean ones."""

from collections.abc import Callable
from functools import partial

import keras
from keras import KerasTensor, layers

from ae.networks.layers import DepthToSpace, Shape, conv, divided, up

_conv = partial(conv, activation="relu")


def unet(image_shape: Shape, *, half: int = 48, quarter: int = 96) -> keras.Model:
    """Build a small U-Net that estimates what must be added to a noisy image.

    It works at half and quarter size, where looking far costs little: strided convolutions go down,
    and what comes up is added to what went down, so detail need not fit through a bottleneck. It is
    told neither the kind of noise nor its level. The result is linear: clip it to [0, 1].

    Args:
        image_shape: (height, width, channels), sides divisible by 4.
        half: Channels at half size.
        quarter: Channels at quarter size.

    Source: Ronneberger et al. 2015, arXiv 1505.04597, with the residual blocks of Lim
    et al. 2017, arXiv 1707.02921; that a blind denoiser should estimate the noise:
    Zhang et al. 2016, arXiv 1608.03981, and at half size: 2017, arXiv 1710.04026.

    Raises:
        ValueError: If the picture's sides are not divisible by 4.
    """
    divided(image_shape, 4)
    x = keras.Input(image_shape, name="noisy")
    at_14 = _conv(half, "down_14", kernel=4, strides=2)(x)
    at_14 = _block(at_14, half, "down_block_14")
    h = _conv(quarter, "down_7", strides=2)(at_14)
    h = _block(h, quarter, "block_7")
    h = up(half, "up_14", kernel=2, activation="relu")(h)
    h = layers.Add(name="skip_14")([h, at_14])
    h = _block(h, half, "up_block_14")
    h = _conv(4 * image_shape[2], "correction_14", activation="linear")(h)
    # In full precision even where the rest of the network is computed in half.
    correction = DepthToSpace(2, dtype="float32", name="correction")(h)
    clean = layers.Add(dtype="float32", name="clean")([x, correction])
    return keras.Model(x, clean, name="denoiser")


def _block(h: KerasTensor, filters: int, name: str) -> KerasTensor:
    change = _conv(filters, f"{name}_1")(h)
    change = _conv(filters, f"{name}_2", activation="linear")(change)
    return layers.Add(name=name)([h, change])


NETWORKS: dict[str, Callable[..., keras.Model]] = {"unet": unet}
