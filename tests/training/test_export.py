"""Every layer type: Keras against the ONNX network built from its layer graph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest

from ae.graph import ACTIVATIONS, OPERATIONS, from_safetensors, to_safetensors
from ae.graph.onnx_builder import to_onnx
from tests.conftest import NO_TENSORFLOW

pytest.importorskip("tensorflow", reason=NO_TENSORFLOW)

import keras

pytestmark = pytest.mark.slow
layers = keras.layers


def parallel(x: object) -> object:
    left = layers.Conv2D(3, 3, padding="same", name="left")(x)
    right = layers.Conv2D(3, 1, activation="relu", name="right")(x)
    return layers.Add(name="sum")([left, right])


def joined(x: object) -> object:
    down = layers.MaxPooling2D(2, name="down")(x)
    up = layers.UpSampling2D(2, name="up")(down)
    return layers.Concatenate(name="skip")([x, up])


def normalised(x: object) -> object:
    for number, layer in enumerate(
        (
            layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="a"),
            layers.Conv2DTranspose(5, 4, 2, padding="same", name="b"),
            layers.Conv2D(3, 1, name="c"),
        )
    ):
        x = layers.BatchNormalization(name=f"norm_{number}")(layer(x))
        x = layers.LeakyReLU(0.1, name=f"act_{number}")(x)
    return x


def dense(x: object) -> object:
    x = layers.Flatten(name="flat")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Dense(12, activation="selu", name="dense")(x)
    x = layers.GaussianNoise(0.5, name="noise")(x)
    return layers.Reshape((2, 3, 2), name="picture")(x)


def depth_to_space(x: object) -> object:
    from ae.networks.layers import DepthToSpace

    return DepthToSpace(2, name="unfold")(layers.Conv2D(12, 3, name="fold")(x))


NETWORKS: dict[str, Callable[[object], object]] = {
    "conv same stride 2": lambda x: layers.Conv2D(3, 3, 2, padding="same")(x),
    "conv same stride 2 even": lambda x: layers.Conv2D(3, 4, 2, padding="same")(x),
    "conv valid": lambda x: layers.Conv2D(3, (3, 2), (2, 1))(x),
    "transposed 3": lambda x: layers.Conv2DTranspose(3, 3, 2, padding="same")(x),
    "transposed 4": lambda x: layers.Conv2DTranspose(3, 4, 2, padding="same")(x),
    "transposed 5": lambda x: layers.Conv2DTranspose(3, (5, 2), (3, 2), padding="same")(x),
    "transposed stride 1": lambda x: layers.Conv2DTranspose(3, 3, padding="same")(x),
    "nearest": lambda x: layers.UpSampling2D((2, 3))(x),
    "bilinear": lambda x: layers.UpSampling2D(2, interpolation="bilinear")(x),
    "max pooling": lambda x: layers.MaxPooling2D(3, 2, padding="same")(x),
    "average pooling": lambda x: layers.AveragePooling2D(3, 2, padding="same")(x),
    "average pooling valid": lambda x: layers.AveragePooling2D(2)(x),
    "global pooling": lambda x: layers.GlobalAveragePooling2D()(x),
    "group norm": lambda x: layers.GroupNormalization(1)(x),
    "instance norm": lambda x: layers.GroupNormalization(-1)(x),
    "layer norm": lambda x: layers.LayerNormalization()(x),
    "add": parallel,
    "concatenate": joined,
    "batch normalisation": normalised,
    "dense": dense,
    "depth to space": depth_to_space,
}
IMAGES = np.random.default_rng(0).normal(size=(3, 8, 6, 3)).astype(np.float32)


def check(network: keras.Model) -> set[str]:
    """Hold ONNX to Keras; return the operations that were checked."""
    from ae.training.export import read_network

    rng = np.random.default_rng(1)
    network.set_weights([rng.random(w.shape) * 0.5 for w in network.get_weights()])
    graph, weights = from_safetensors(to_safetensors(*read_network(network)))
    session = onnxruntime.InferenceSession(to_onnx(graph, weights, ("y",)))
    expected = np.asarray(network(IMAGES, training=False))
    found = session.run(None, {"input": IMAGES})[0]
    assert graph.shapes()[graph.outputs[0]] == expected.shape[1:]
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-6)
    return {layer.op for layer in graph.layers}


def build(body: Callable[[object], object]) -> keras.Model:
    x = keras.Input((8, 6, 3))
    return keras.Model(x, body(x))


@pytest.mark.parametrize("name", NETWORKS)
def test_onnx_agrees_with_keras(name: str) -> None:
    check(build(NETWORKS[name]))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_agree_with_keras(activation: str) -> None:
    def body(x: object) -> object:
        h = layers.Conv2D(2, 1, activation=activation)(x)
        return layers.Activation(activation)(h)

    check(build(body))


def test_every_operation_of_the_graph_is_checked() -> None:
    checked = {"Activation"}
    for body in NETWORKS.values():
        checked |= check(build(body))
    assert checked == set(OPERATIONS)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.Lambda(lambda x: x),
        lambda: layers.Conv2D(3, 3, dilation_rate=2),
        lambda: layers.Conv2D(3, 3, groups=3),
        lambda: layers.BatchNormalization(),
        lambda: layers.Activation("mish"),
        lambda: layers.Concatenate(axis=1),
    ],
)
def test_layers_without_counterpart_are_named(layer: Callable[[], object]) -> None:
    from ae.training.export import read_network

    def body(x: object) -> object:
        made = layer()
        pair = [x, x] if isinstance(made, layers.Concatenate) else x
        return made(pair)  # type: ignore[operator]

    network = build(body)
    with pytest.raises(ValueError, match=network.layers[-1].name):
        read_network(network)
