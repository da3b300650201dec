"""The shipped architectures: pairs of a functional encoder and decoder.

Every layer is named, because weights are stored under these names.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import KerasTensor, layers

from ae.networks.layers import DepthToSpace

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
    small = _quarter(image_shape, grid)
    x = keras.Input(image_shape, name="image")
    h = _features(x, channels, grid, units)
    code = layers.Dense(latent_dim, name="code")(h)
    decoder = _decoder(image_shape, latent_dim, channels, small, units)
    return keras.Model(x, code, name="encoder"), decoder


def variational(
    image_shape: Shape,
    latent_dim: int,
    *,
    channels: tuple[int, int, int] = (16, 32, 64),
    grid: int = 32,
    units: int = 384,
) -> Pair:
    """Build encoder and decoder of a convolutional VAE, like ``convolutional``.

    The encoder has two results, the posterior's ``z_mean`` and ``z_log_var``.

    Source: Kingma and Welling 2013, arXiv 1312.6114.
    """
    small = _quarter(image_shape, grid)
    x = keras.Input(image_shape, name="image")
    h = _features(x, channels, grid, units)
    heads = [
        layers.Dense(latent_dim, name="z_mean")(h),
        # Starting at zero starts every posterior at unit variance, where KL is small.
        layers.Dense(latent_dim, kernel_initializer="zeros", name="z_log_var")(h),
    ]
    decoder = _decoder(image_shape, latent_dim, channels, small, units)
    return keras.Model(x, heads, name="encoder"), decoder


def portrait(
    image_shape: Shape,
    latent_dim: int,
    *,
    channels: tuple[int, int, int] = (24, 36, 64),
    grid: int = 32,
    units: int = 384,
) -> Pair:
    """Build encoder and decoder of a VAE for larger pictures: 64, 32, 16, 8, code.

    Beside the convolutions a linear path leads from pixels to ``z_mean`` and from the
    code to pixels: what PCA can do is learned in an epoch, and the convolutions add
    what no linear map can. The last step to full size unfolds channels into pixels,
    which costs a fifth of a transposed convolution.

    Args:
        image_shape: (height, width, channels), sides divisible by 8.
        latent_dim: Coordinates of the code.
        channels: At half, quarter and eighth size.
        grid: Channels of the eighth-size grid beside the dense layers.
        units: Width of the dense layers.

    Raises:
        ValueError: If the picture's sides are not divisible by 8.
    """
    height, width, colours = image_shape
    if height % 8 or width % 8:
        raise ValueError(f"sides must be divisible by 8, got {height} x {width}")
    half, quarter, eighth = channels
    x = keras.Input(image_shape, name="image")
    h = _conv(half, "down_32", kernel=4, strides=2)(x)
    h = _conv(quarter, "down_16", kernel=4, strides=2)(h)
    h = _conv(eighth, "down_8", kernel=4, strides=2)(h)
    h = _conv(grid, "narrow_8")(h)
    h = layers.Flatten(name="features")(h)
    h = layers.Dense(units, activation="gelu", name="mix_encoder")(h)
    straight = layers.Dense(latent_dim, name="straight_encoder")(
        layers.Flatten(name="pixels")(x)
    )
    bent = layers.Dense(latent_dim, name="bent_encoder")(h)
    heads = [
        layers.Add(name="z_mean")([straight, bent]),
        layers.Dense(latent_dim, kernel_initializer="zeros", name="z_log_var")(h),
    ]

    z = keras.Input((latent_dim,), name="z")
    h = layers.Dense(units, activation="gelu", name="mix_decoder")(z)
    small = (height // 8, width // 8, grid)
    h = layers.Dense(small[0] * small[1] * grid, activation="gelu", name="spread")(h)
    h = layers.Reshape(small, name="grid")(h)
    h = _conv(eighth, "widen_8")(h)
    h = _up(quarter, "up_16")(h)
    h = _conv(quarter, "refine_16")(h)
    h = _up(half, "up_32")(h)
    h = layers.Conv2D(4 * colours, 3, padding="same", name="fine")(h)
    h = DepthToSpace(2, name="unfold")(h)
    flat = layers.Dense(height * width * colours, name="straight_decoder")(z)
    h = layers.Add(name="sum")([h, layers.Reshape(image_shape, name="straight")(flat)])
    image = layers.Activation("sigmoid", name="reconstruction")(h)
    return keras.Model(x, heads, name="encoder"), keras.Model(z, image, name="decoder")


def _quarter(image_shape: Shape, grid: int) -> Shape:
    height, width, _ = image_shape
    if height % 4 or width % 4:
        raise ValueError(f"sides must be divisible by 4, got {height} x {width}")
    return height // 4, width // 4, grid


def _features(
    x: KerasTensor, channels: tuple[int, int, int], grid: int, units: int
) -> KerasTensor:
    _, half, quarter = channels
    h = _conv(half, "down_14", kernel=4, strides=2)(x)
    h = _conv(quarter, "down_7", kernel=4, strides=2)(h)
    h = _conv(grid, "narrow_7")(h)
    h = layers.Flatten(name="features")(h)
    return layers.Dense(units, activation="gelu", name="mix_encoder")(h)


def _decoder(
    image_shape: Shape,
    latent_dim: int,
    channels: tuple[int, int, int],
    small: Shape,
    units: int,
) -> keras.Model:
    full, half, quarter = channels
    z = keras.Input((latent_dim,), name="z")
    h = layers.Dense(units, activation="gelu", name="mix_decoder")(z)
    spread = small[0] * small[1] * small[2]
    h = layers.Dense(spread, activation="gelu", name="spread")(h)
    h = layers.Reshape(small, name="grid")(h)
    h = _conv(quarter, "widen_7")(h)
    h = _up(half, "up_14")(h)
    h = _conv(half, "refine_14")(h)
    h = _up(full, "up_28")(h)
    image = layers.Conv2D(
        image_shape[2], 3, padding="same", activation="sigmoid", name="reconstruction"
    )(h)
    return keras.Model(z, image, name="decoder")


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
    "variational": variational,
    "portrait": portrait,
}
