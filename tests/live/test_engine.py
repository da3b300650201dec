"""The browser's decoder engine against ONNX Runtime and Keras."""

from __future__ import annotations

from math import erf
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from ae import models
from ae.graph import ACTIVATIONS, OPERATIONS, Layer, LayerGraph, from_safetensors, to_safetensors
from ae.graph.layers import Shape
from ae.graph.onnx_builder import to_onnx
from tests.live.node import Case, run
from tests.toys import random_weights

WINDOW = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "same"}


def decoder(activation: str, channels: int = 3) -> LayerGraph:
    """A small decoder with the layers that decoders are made of."""
    slope = {"negative_slope": 0.2} if activation == "leaky_relu" else {}
    up = {"kernel_size": [4, 4], "strides": [2, 2], "padding": "same"}

    def layer(name: str, op: str, source: str, **attributes: object) -> Layer:
        return Layer(name, op, (source,), activation, {**attributes, **slope})

    return LayerGraph(
        (5,),
        (
            layer("mix", "Dense", "input", units=3 * 4 * 7),
            Layer("grid", "Reshape", ("mix",), attributes={"shape": [3, 4, 7]}),
            layer("widen", "Conv2D", "grid", filters=9, **WINDOW),
            layer("up", "Conv2DTranspose", "widen", filters=6, **up),
            layer("act", "Activation", "up"),
            layer("fold", "Conv2D", "act", filters=4 * channels, **WINDOW),
            layer("unfold", "DepthToSpace", "fold", block_size=2),
            Layer("image", "Activation", ("unfold",), "sigmoid"),
        ),
        ("image",),
    )


def case(graph: LayerGraph, seed: int, **options: int) -> Case:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(4, *graph.input_shape)).astype(np.float32)
    weights = random_weights(graph, rng)
    return Case(to_safetensors(graph, weights), inputs, **options)


def by_onnx(content: bytes, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(content)
    return np.asarray(session.run(None, {"input": inputs})[0])


def test_small_decoders_agree_with_onnx(tmp_path: Path) -> None:
    graphs = [decoder(activation) for activation in ACTIVATIONS]
    cases = [case(graph, seed) for seed, graph in enumerate(graphs)]
    for graph, made, result in zip(graphs, cases, run(tmp_path, cases), strict=True):
        assert made.inputs is not None
        assert result["macs"] == graph.macs()
        assert result["shape"] == list(graph.shapes()["image"])
        _, weights = from_safetensors(made.content)
        expected = by_onnx(to_onnx(graph, weights, ("y",)), made.inputs)
        np.testing.assert_allclose(result["outputs"], expected, atol=1e-5, rtol=0)


def test_every_shipped_decoder_agrees_with_onnx(tmp_path: Path) -> None:
    folders = [path.parent for path in models.SHIPPED.glob("*/decoder.safetensors")]
    assert folders
    cases, expected = [], []
    for folder in folders:
        with np.load(folder / "codes.npz") as stored:
            known = stored["codes"]
        spread = np.random.default_rng(1).normal(size=(8, known.shape[1]))
        codes = np.float32(known.mean(axis=0) + spread * known.std(axis=0))
        cases.append(Case((folder / "decoder.safetensors").read_bytes(), codes))
        expected.append(by_onnx((folder / "decoder.onnx").read_bytes(), codes))
    for result, images in zip(run(tmp_path, cases), expected, strict=True):
        np.testing.assert_allclose(result["outputs"], images, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_every_operation_and_activation_agrees_with_keras(tmp_path: Path) -> None:
    from keras import layers

    from ae.training.export import read_network
    from tests.training.test_export import IMAGES, NETWORKS, build

    def activated(name: str) -> object:
        return build(lambda x: layers.Activation(name)(layers.Conv2D(2, 1, activation=name)(x)))

    networks = [build(body) for body in NETWORKS.values()]
    networks += [activated(name) for name in ACTIVATIONS]
    cases, expected, operations = [], [], set()
    rng = np.random.default_rng(1)
    for network in networks:
        network.set_weights([rng.random(w.shape) * 0.5 for w in network.get_weights()])
        graph, weights = read_network(network)
        operations |= {layer.op for layer in graph.layers}
        cases.append(Case(to_safetensors(graph, weights), IMAGES))
        expected.append(np.asarray(network(IMAGES, training=False)))
    assert operations == set(OPERATIONS)
    for result, values in zip(run(tmp_path, cases), expected, strict=True):
        scale = max(1.0, float(np.abs(values).max()))
        found = result["outputs"] / scale
        np.testing.assert_allclose(found, values / scale, atol=1e-6, rtol=0)


def test_gelu_is_exact_over_its_whole_range(tmp_path: Path) -> None:
    x = np.linspace(-8, 8, 4001, dtype=np.float32)
    shape: Shape = (len(x),)
    graph = LayerGraph(shape, (Layer("y", "Activation", ("input",), "gelu"),), ("y",))
    (result,) = run(tmp_path, [Case(to_safetensors(graph, {}), x[None])])
    expected = [v / 2 * (1 + erf(v / 2**0.5)) for v in x.astype(float)]
    np.testing.assert_allclose(result["outputs"][0], expected, atol=1e-8, rtol=1e-7)


def test_a_frame_leaves_nothing_behind(tmp_path: Path) -> None:
    shipped = models.SHIPPED.glob("*/decoder.safetensors")
    smallest = min(shipped, key=lambda path: path.stat().st_size)
    cases = [case(decoder(name), 0, frames=1000) for name in ("gelu", "selu", "swish")]
    cases.append(Case(smallest.read_bytes(), frames=1000))
    for result in run(tmp_path, cases):
        assert result["pictures"] == 1, "the same array every time"
        # One number per frame would be 12 kB already.
        assert result["heap"] < 8000, result
