"""The small network behind one normal class: it restores pictures and names changes."""

import keras
from keras import layers

from ae.networks.layers import Shape, conv, divided, up


def detector(
    image_shape: Shape,
    latent_dim: int,
    transformations: int,
    *,
    channels: tuple[int, int, int] = (16, 32, 48),
    grid: int = 12,
    shades: int = 16,
) -> keras.Model:
    """Build an autoencoder with a second task for its encoder.

    Given a turned, mirrored, shifted and noisy copy of a normal picture, it restores
    the picture and says how the copy was changed. Of the code, the first task uses the
    coordinates of shades, the second those of shapes.

    Args:
        image_shape: (height, width, channels), sides divisible by 4.
        latent_dim: Coordinates of the code, of shades and of shapes together.
        transformations: How many ways of changing a picture there are to tell apart.
        channels: Of the three convolutions.
        grid: Channels of the decoder's quarter-size grid.
        shades: How many of the coordinates restore the picture.

    Returns:
        From an image to the ``code`` (latent_dim,), the ``restored`` image and the
        ``turn``, a logit for each transformation.

    Raises:
        ValueError: If the picture's sides are not divisible by 4.

    Source: telling transformations apart as a task for normal pictures alone, Golan and
        El-Yaniv 2018, arXiv 1805.10917.
    """
    small = (*divided(image_shape, 4), grid)
    x = h = keras.Input(image_shape, name="image")
    kernels = zip(channels, (4, 3, 3), strict=True)
    for number, (filters, kernel) in enumerate(kernels, 1):
        h = conv(filters, f"down_{number}", kernel=kernel, strides=2)(h)
    h = layers.Flatten(name="features")(h)
    to_restore = layers.Dense(shades, name="shades")(h)
    to_tell = layers.Dense(latent_dim - shades, activation="gelu", name="shapes")(h)
    code = layers.Concatenate(name="code")([to_restore, to_tell])
    turn = layers.Dense(transformations, name="turn")(to_tell)

    h = layers.Dense(small[0] * small[1] * grid, activation="gelu", name="spread")(to_restore)
    h = layers.Reshape(small, name="grid")(h)
    h = up(16, "up_1")(h)
    restored = up(image_shape[2], "restored", activation="sigmoid")(h)
    return keras.Model(x, [code, restored, turn], name="detector")
