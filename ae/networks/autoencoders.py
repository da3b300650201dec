"""The shipped architectures: pairs of a functional encoder and decoder.

Every layer is named, because weights are stored under these names.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import KerasTensor, layers

Shape = tuple[int, int, int]
Pair = tuple[keras.Model, keras.Model]


def stacked(
    image_shape: Shape, latent_dim: int, *, hidden: tuple[int, ...] = (100,)
) -> Pair:
    """Build the classic stacked autoencoder: dense layers, selu, sigmoid at the end.

    Source: Geron, Hands-On Machine Learning, chapter 17 (784-100-30-100-784).
    """
    pixels = image_shape[0] * image_shape[1] * image_shape[2]
    x = keras.Input(image_shape, name="image")
    h = layers.Flatten(name="pixels")(x)
    for number, units in enumerate(hidden, 1):
        h = _selu(units, f"encoder_{number}")(h)
    # The code is selu too, as in the source; only the pixels are not.
    code = _selu(latent_dim, "code")(h)

    z = keras.Input((latent_dim,), name="z")
    h = z
    for number, units in enumerate(reversed(hidden), 1):
        h = _selu(units, f"decoder_{number}")(h)
    h = layers.Dense(pixels, activation="sigmoid", name="intensities")(h)
    image = layers.Reshape(image_shape, name="reconstruction")(h)
    return keras.Model(x, code, name="encoder"), keras.Model(z, image, name="decoder")


def _selu(units: int, name: str) -> keras.layers.Dense:
    return layers.Dense(
        units, activation="selu", kernel_initializer="lecun_normal", name=name
    )


def convolutional(
    image_shape: Shape,
    latent_dim: int,
    *,
    channels: tuple[int, int, int] = (16, 48, 64),
    grid: int = 32,
    units: int = 512,
) -> Pair:
    """Build the convolutional autoencoder for 28x28 pictures: 28, 14, 7, code, back.

    Strided convolutions halve the picture twice; a wide dense layer then mixes all
    places, because what 32 numbers can say of a garment is hardly ever local. The
    decoder mirrors this.

    Args:
        image_shape: (height, width, channels), sides divisible by 4.
        latent_dim: Coordinates of the code.
        channels: At full, half and quarter size.
        grid: Channels of the quarter-size grid beside the dense layers; few, since
            nearly all weights sit there.
        units: Width of the dense layers.

    Raises:
        ValueError: If the picture's sides are not divisible by 4.
    """
    height, width, colours = image_shape
    if height % 4 or width % 4:
        raise ValueError(f"sides must be divisible by 4, got {height} x {width}")
    full, half, quarter = channels
    small = (height // 4, width // 4, grid)
    x = keras.Input(image_shape, name="image")
    h = _conv(half, "down_14", kernel=4, strides=2)(x)
    h = _conv(quarter, "down_7", kernel=4, strides=2)(h)
    h = _conv(grid, "narrow_7")(h)
    h = layers.Flatten(name="features")(h)
    h = layers.Dense(units, activation="gelu", name="mix_encoder")(h)
    code = layers.Dense(latent_dim, name="code")(h)

    z = keras.Input((latent_dim,), name="z")
    h = layers.Dense(units, activation="gelu", name="mix_decoder")(z)
    h = layers.Dense(small[0] * small[1] * grid, activation="gelu", name="spread")(h)
    h = layers.Reshape(small, name="grid")(h)
    h = _conv(quarter, "widen_7")(h)
    h = _up(half, "up_14")(h)
    h = _conv(half, "refine_14")(h)
    h = _up(full, "up_28")(h)
    image = layers.Conv2D(
        colours, 3, padding="same", activation="sigmoid", name="reconstruction"
    )(h)
    return keras.Model(x, code, name="encoder"), keras.Model(z, image, name="decoder")


def _conv(
    filters: int, name: str, *, kernel: int = 3, strides: int = 1
) -> Callable[[KerasTensor], KerasTensor]:
    return layers.Conv2D(
        filters, kernel, strides, padding="same", activation="gelu", name=name
    )


def _up(filters: int, name: str) -> Callable[[KerasTensor], KerasTensor]:
    return layers.Conv2DTranspose(
        filters, 4, 2, padding="same", activation="gelu", name=name
    )


NETWORKS: dict[str, Callable[..., Pair]] = {
    "stacked": stacked,
    "convolutional": convolutional,
}
