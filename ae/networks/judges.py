"""Small classifiers of pictures: what they see last is their features."""

import keras
from keras import KerasTensor, layers

from ae.networks.layers import Shape


def judge_network(
    image_shape: Shape,
    n_features: int,
    n_readings: int,
    *,
    channels: tuple[int, ...] = (24, 48, 64),
    dropout: float = 0.3,
) -> keras.Model:
    """Build a network from images to features and, one layer on, readings.

    Each of its convolutions is followed by a maximum over 2 by 2 places.

    Args:
        image_shape: (height, width, channels).
        n_features: Width of the last hidden layer.
        n_readings: Logits of classes, or values of attributes.
        channels: Of the convolutions, one after the other.
        dropout: Share of what the convolutions see that is hidden in training.

    Returns:
        A network with the results ``features`` and ``readings``.
    """
    x = keras.Input(image_shape, name="image")
    h = x
    for number, filters in enumerate(channels, 1):
        h = _block(h, filters, number)
    h = layers.Flatten(name="places")(h)
    h = layers.Dropout(dropout, name="dropout")(h)
    features = layers.Dense(n_features, activation="gelu", name="features")(h)
    readings = layers.Dense(n_readings, name="readings")(features)
    return keras.Model(x, [features, readings], name="judge")


def _block(x: KerasTensor, filters: int, number: int) -> KerasTensor:
    h = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv_{number}")
    norm = layers.BatchNormalization(momentum=0.9, name=f"norm_{number}")
    relu = layers.Activation("relu", name=f"relu_{number}")
    return layers.MaxPooling2D(2, name=f"pool_{number}")(relu(norm(h(x))))
