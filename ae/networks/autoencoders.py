"""The shipped architectures: pairs of a functional encoder and decoder.

Every layer is named, because weights are stored under these names.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers

from ae.networks.layers import DepthToSpace, Shape, conv, divided, up

Pair = tuple[keras.Model, keras.Model]


def linear(image_shape: Shape, latent_dim: int) -> Pair:
    """Build a linear autoencoder, of which PCA is the best; pixels are clipped to [0, 1].

    Its layers are ``code`` and ``pixels``. Two of one pixel's size clip: ``from_1`` makes
    max(0, 1 - x) of what is not below 0, and ``reconstruction`` 1 - x of that.
    """
    x = keras.Input(image_shape, name="image")
    code = layers.Dense(latent_dim, name="code")(layers.Flatten(name="flat")(x))
    z = keras.Input((latent_dim,), name="z")
    pixels = image_shape[0] * image_shape[1] * image_shape[2]
    h = layers.Reshape(image_shape, name="picture")(
        layers.Dense(pixels, activation="relu", name="pixels")(z)
    )
    h = layers.Conv2D(image_shape[2], 1, activation="relu", name="from_1")(h)
    image = layers.Conv2D(image_shape[2], 1, name="reconstruction")(h)
    return keras.Model(x, code, name="encoder"), keras.Model(z, image, name="decoder")


def stacked(image_shape: Shape, latent_dim: int, *, hidden: tuple[int, ...] = (100,)) -> Pair:
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
    return layers.Dense(units, activation="selu", kernel_initializer="lecun_normal", name=name)


def dense(image_shape: Shape, latent_dim: int, *, hidden: tuple[int, ...] = (512, 256)) -> Pair:
    """Build a stacked autoencoder whose code is linear: dense layers, relu, sigmoid at the end."""
    return _dense_around(
        lambda h: layers.Dense(latent_dim, name="code")(h), image_shape, latent_dim, hidden
    )


def dense_variational(
    image_shape: Shape, latent_dim: int, *, hidden: tuple[int, ...] = (512, 256)
) -> Pair:
    """Build encoder and decoder of a VAE of the layers of ``dense``."""
    return _dense_around(
        lambda h: [layers.Dense(latent_dim, name="z_mean")(h), _log_var(latent_dim)(h)],
        image_shape,
        latent_dim,
        hidden,
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

    Strided convolutions halve the picture twice; a wide dense layer then mixes all places, because
    what 32 numbers can say of a garment is hardly ever local. The decoder mirrors this.

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

    def code(h: KerasTensor) -> KerasTensor:
        return layers.Dense(latent_dim, name="code")(h)

    return _around(code, image_shape, latent_dim, channels, grid, units)


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

    def posterior(h: KerasTensor) -> list[KerasTensor]:
        z_mean = layers.Dense(latent_dim, name="z_mean")(h)
        return [z_mean, _log_var(latent_dim)(h)]

    return _around(posterior, image_shape, latent_dim, channels, grid, units)


def portrait(
    image_shape: Shape,
    latent_dim: int,
    *,
    channels: tuple[int, int, int] = (24, 36, 64),
    grid: int = 32,
    units: int = 384,
    posterior: bool = True,
) -> Pair:
    """Build encoder and decoder for larger pictures: 64, 32, 16, 8, code; of a VAE by default.

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
        posterior: Whether the encoder gives ``z_mean`` and ``z_log_var``, or else a ``code``.

    Raises:
        ValueError: If the picture's sides are not divisible by 8.
    """
    height, width, colours = image_shape
    small = (*divided(image_shape, 8), grid)
    half, quarter, eighth = channels
    x = keras.Input(image_shape, name="image")
    h = conv(half, "down_32", kernel=4, strides=2)(x)
    h = conv(quarter, "down_16", kernel=4, strides=2)(h)
    h = conv(eighth, "down_8", kernel=4, strides=2)(h)
    h = conv(grid, "narrow_8")(h)
    h = layers.Flatten(name="features")(h)
    h = layers.Dense(units, activation="gelu", name="mix_encoder")(h)
    straight = layers.Dense(latent_dim, name="straight_encoder")(layers.Flatten(name="pixels")(x))
    bent = layers.Dense(latent_dim, name="bent_encoder")(h)
    code = layers.Add(name="z_mean" if posterior else "code")([straight, bent])
    heads = [code, _log_var(latent_dim)(h)] if posterior else code

    z = keras.Input((latent_dim,), name="z")
    h = layers.Dense(units, activation="gelu", name="mix_decoder")(z)
    h = layers.Dense(small[0] * small[1] * grid, activation="gelu", name="spread")(h)
    h = layers.Reshape(small, name="grid")(h)
    h = conv(eighth, "widen_8")(h)
    h = up(quarter, "up_16")(h)
    h = conv(quarter, "refine_16")(h)
    h = up(half, "up_32")(h)
    h = conv(4 * colours, "fine", activation="linear")(h)
    h = DepthToSpace(2, name="unfold")(h)
    flat = layers.Dense(height * width * colours, name="straight_decoder")(z)
    h = layers.Add(name="sum")([h, layers.Reshape(image_shape, name="straight")(flat)])
    image = layers.Activation("sigmoid", name="reconstruction")(h)
    return keras.Model(x, heads, name="encoder"), keras.Model(z, image, name="decoder")


def nested(
    image_shape: Shape,
    latent_dim: int,
    *,
    places: int = 4,
    down: tuple[int, int, int] = (32, 64, 96),
    back: tuple[int, int, int] = (112, 64, 32),
) -> Pair:
    """Build an autoencoder of pictures whose code is a grid: so many numbers for each place.

    A code holds all numbers of a place, then those of the next, and the decoder is to do with
    the first of every place. Beside the convolutions a linear path leads from the pixels of a
    place to its numbers and back: training begins there, at PCA on blocks
    (``ae.training.beginnings``), and the convolutions add what neighbours and no linear map can
    tell.

    Args:
        image_shape: (height, width, channels), sides 16 times ``places``.
        latent_dim: Coordinates of the code, so many for each place.
        places: Along each side of the grid.
        down: Channels at a quarter, an eighth and a sixteenth of the size.
        back: Channels at a sixteenth, an eighth and a quarter of the size.

    Raises:
        ValueError: If the sides or the code do not suit the places.
    """
    each, colours = latent_dim // places**2, image_shape[2]
    if divided(image_shape, 16) != (places, places) or each * places**2 != latent_dim:
        raise ValueError(f"pictures {image_shape} with {latent_dim} numbers do not suit {places}")
    x = keras.Input(image_shape, name="image")
    h = conv(down[0], "down_16", kernel=8, strides=4)(x)
    h = conv(down[1], "down_8", kernel=4, strides=2)(h)
    h = _residual(h, "refine_8")
    h = conv(down[2], "down_4", kernel=4, strides=2)(h)
    bent = _begun_at_zero(each, "bent_encoder")(h)
    straight = layers.Conv2D(each, 16, 16, name="straight_encoder")(x)
    code = layers.Flatten(name="code")(layers.Add(name="places")([straight, bent]))

    z = keras.Input((latent_dim,), name="z")
    grid = layers.Reshape((places, places, each), name="grid")(z)
    h = conv(back[0], "widen_4")(grid)
    h = _residual(h, "refine_more_4")
    h = up(back[1], "up_8")(h)
    h = _residual(h, "refine_more_8")
    h = up(back[2], "up_16")(h)
    bent = DepthToSpace(4, name="unfold")(_begun_at_zero(16 * colours, "fine")(h))
    straight = layers.Conv2D(256 * colours, 1, name="straight_decoder")(grid)
    straight = DepthToSpace(16, name="straight")(straight)
    image = _clipped(layers.Add(name="sum")([bent, straight]))
    return keras.Model(x, code, name="encoder"), keras.Model(z, image, name="decoder")


def _residual(h: KerasTensor, name: str) -> KerasTensor:
    change = _begun_at_zero(h.shape[-1], f"{name}_2")(conv(h.shape[-1], f"{name}_1")(h))
    return layers.Add(name=name)([h, change])


def _begun_at_zero(filters: int, name: str) -> keras.layers.Conv2D:
    return layers.Conv2D(filters, 3, padding="same", kernel_initializer="zeros", name=name)


def _clipped(h: KerasTensor) -> KerasTensor:
    """Clip pixels to [0, 1] as ``linear`` does, with weights that stay what they are."""
    h, colours = layers.Activation("relu", name="from_0")(h), h.shape[-1]
    for name, activation in (("from_1", "relu"), ("reconstruction", "linear")):
        turned = layers.Conv2D(colours, 1, activation=activation, trainable=False, name=name)
        h = turned(h)
        turned.set_weights([-np.eye(colours)[None, None], np.ones(colours)])
    return h


def _log_var(latent_dim: int) -> keras.layers.Dense:
    # Starting at zero starts every posterior at unit variance, where KL is small.
    return layers.Dense(latent_dim, kernel_initializer="zeros", name="z_log_var")


def _dense_around(
    heads: Callable[[KerasTensor], Any],
    image_shape: Shape,
    latent_dim: int,
    hidden: tuple[int, ...],
) -> Pair:
    x = keras.Input(image_shape, name="image")
    h = layers.Flatten(name="pixels")(x)
    for number, units in enumerate(hidden, 1):
        h = layers.Dense(units, activation="relu", name=f"encoder_{number}")(h)
    encoder = keras.Model(x, heads(h), name="encoder")

    z = h = keras.Input((latent_dim,), name="z")
    for number, units in enumerate(reversed(hidden), 1):
        h = layers.Dense(units, activation="relu", name=f"decoder_{number}")(h)
    pixels = image_shape[0] * image_shape[1] * image_shape[2]
    h = layers.Dense(pixels, activation="sigmoid", name="intensities")(h)
    image = layers.Reshape(image_shape, name="reconstruction")(h)
    return encoder, keras.Model(z, image, name="decoder")


def _around(
    heads: Callable[[KerasTensor], Any],
    image_shape: Shape,
    latent_dim: int,
    channels: tuple[int, int, int],
    grid: int,
    units: int,
) -> Pair:
    """Build an encoder that ends in given heads, and the decoder that mirrors it."""
    full, half, quarter = channels
    small = (*divided(image_shape, 4), grid)
    x = keras.Input(image_shape, name="image")
    h = conv(half, "down_14", kernel=4, strides=2)(x)
    h = conv(quarter, "down_7", kernel=4, strides=2)(h)
    h = conv(grid, "narrow_7")(h)
    h = layers.Flatten(name="features")(h)
    h = layers.Dense(units, activation="gelu", name="mix_encoder")(h)
    encoder = keras.Model(x, heads(h), name="encoder")

    z = keras.Input((latent_dim,), name="z")
    h = layers.Dense(units, activation="gelu", name="mix_decoder")(z)
    spread = small[0] * small[1] * small[2]
    h = layers.Dense(spread, activation="gelu", name="spread")(h)
    h = layers.Reshape(small, name="grid")(h)
    h = conv(quarter, "widen_7")(h)
    h = up(half, "up_14")(h)
    h = conv(half, "refine_14")(h)
    h = up(full, "up_28")(h)
    image = conv(image_shape[2], "reconstruction", activation="sigmoid")(h)
    return encoder, keras.Model(z, image, name="decoder")


LINEAR = "linear"  # whose best weights are known
NESTED = "nested"  # which begins as PCA on blocks
NETWORKS: dict[str, Callable[..., Pair]] = {
    LINEAR: linear,
    "stacked": stacked,
    "dense": dense,
    "dense_variational": dense_variational,
    "convolutional": convolutional,
    "variational": variational,
    "portrait": portrait,
    "portrait-plain": partial(portrait, posterior=False),
    NESTED: nested,
}
