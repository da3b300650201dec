from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ae.graph import Layer, LayerGraph, from_safetensors, to_safetensors
from tests.toys import networks, random_weights


def graph_of(*layers: Layer, shape: tuple[int, ...] = (8, 6, 4)) -> LayerGraph:
    return LayerGraph(shape, layers, (layers[-1].name,))


def conv(**changes: Any) -> Layer:
    attributes = {
        "filters": 5,
        "kernel_size": [3, 3],
        "strides": [2, 2],
        "padding": "same",
        **changes,
    }
    return Layer("conv", "Conv2D", ("input",), "relu", attributes)


def test_shapes_and_cost_of_a_convolution() -> None:
    graph = graph_of(conv())
    assert graph.shapes()["conv"] == (4, 3, 5)
    assert graph.weight_shapes() == {"conv/kernel": (3, 3, 4, 5), "conv/bias": (5,)}
    assert graph.macs() == 4 * 3 * 5 * 3 * 3 * 4
    assert graph_of(conv(padding="valid")).shapes()["conv"] == (3, 2, 5)


def test_json_gives_the_same_graph_back() -> None:
    graph = graph_of(conv(), Layer("flat", "Flatten", ("conv",)))
    again = LayerGraph.from_json(graph.to_json())
    assert again.to_json() == graph.to_json()
    assert again.shapes() == graph.shapes()


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Layer("x", "Lambda", ("input",)), "unknown operation"),
        (Layer("x", "Flatten", ("input",), "sin"), "unknown activation"),
        (Layer("x", "Flatten", ("input",), "leaky_relu"), "negative_slope"),
        (
            Layer("x", "Flatten", ("input",), "leaky_relu", {"negative_slope": float("inf")}),
            "negative_slope",
        ),
        (Layer("x", "Flatten", ("nowhere",)), "fed by"),
        (Layer("x", "Flatten", ()), "fed by"),
        (Layer("x", "Flatten", ("input", "input")), "one input"),
        (Layer("input", "Flatten", ("input",)), "two layers"),
        (Layer("x", "Dense", ("input",), attributes={"units": 3}), "needs features"),
        (conv(filters=-1), "filters"),
        (conv(filters=True), "filters"),
        (conv(filters=1 << 30), "filters"),
        (conv(strides=[0, 1]), "strides"),
        (conv(strides=[1, 1, 1]), "strides"),
        (conv(kernel_size=[9, 9], padding="valid"), "shape"),
        (conv(padding="reflect"), "padding"),
        (Layer("x", "Reshape", ("input",), attributes={"shape": [5, 5, 5]}), "reshape"),
        (Layer("x", "Reshape", ("input",), attributes={"shape": [-1]}), "reshape"),
        (Layer("x", "DepthToSpace", ("input",), attributes={"block_size": 3}), "cannot be split"),
        (conv(filters=1 << 20), "would have shape"),
        (
            Layer(
                "x",
                "UpSampling2D",
                ("input",),
                attributes={"size": [2, 2], "interpolation": "lanczos"},
            ),
            "interpolation",
        ),
    ],
)
def test_what_does_not_fit_is_refused(layer: Layer, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        graph_of(layer).shapes()


def test_an_unknown_output_is_refused() -> None:
    with pytest.raises(ValueError, match="no output"):
        LayerGraph((4,), (), ("z",)).shapes()
    with pytest.raises(ValueError, match="no output"):
        LayerGraph((4,), (), ()).shapes()


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        '{"version":1}',
        '{"version":1,"input_shape":3,"layers":[],"outputs":[]}',
        '{"version":1,"input_shape":[3],"layers":[[]],"outputs":["input"]}',
        '{"version":99}',
        '{"version":1,"input_shape":[0],"layers":[],"outputs":["input"]}',
        '{"version":1,"input_shape":[2.5],"layers":[],"outputs":["input"]}',
    ],
)
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="graph"):
        LayerGraph.from_json(text)


def test_safetensors_give_the_same_network_back_and_the_same_bytes() -> None:
    _, (graph, weights) = networks()
    data = to_safetensors(graph, weights)
    again, weights_again = from_safetensors(data)
    assert to_safetensors(again, weights_again) == data
    for name, values in weights.items():
        np.testing.assert_array_equal(weights_again[name], values)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.pop("image/bias", None) or w.pop("intensities/bias"), "missing"),
        (lambda w: w.update(extra=np.zeros(1, np.float32)), "not in the layer graph"),
        (lambda w: w.update({"intensities/bias": np.zeros(3, np.float32)}), "expected"),
        (lambda w: w.update({"intensities/bias": np.zeros(16)}), "expected float32"),
        (lambda w: w["intensities/bias"].fill(np.inf), "not finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused(change: Any, words: str) -> None:
    _, (graph, weights) = networks()
    change(weights)
    with pytest.raises(ValueError, match=words):
        to_safetensors(graph, weights)


def damaged_files() -> list[bytes]:
    _, (graph, weights) = networks()
    data = to_safetensors(graph, weights)
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    far = json.loads(json.dumps(header))
    far["intensities/bias"]["data_offsets"] = [0, 1 << 40]
    bare = {k: v for k, v in header.items() if k != "__metadata__"}

    def with_header(fields: object) -> bytes:
        text = json.dumps(fields).encode()
        return len(text).to_bytes(8, "little") + text + data[8 + size :]

    with_deep_header = (200_000).to_bytes(8, "little") + b"[" * 200_000

    return [
        b"",
        b"\xff" * 100,
        data[:20],
        data[:-4],
        data + b"0000",
        (1 << 60).to_bytes(8, "little") + data[8:],
        with_header(far),
        with_header(bare),
        with_header([]),
        with_deep_header,
        with_header({"__metadata__": {"layer_graph": 3}}),
        data[:8] + b"\x80" * size + data[8 + size :],
    ]


@pytest.mark.parametrize("number", range(12))
def test_damaged_safetensors_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match=r"file|graph|weight"):
        from_safetensors(damaged_files()[number])


def test_weights_of_the_right_shapes_are_taken() -> None:
    graph = graph_of(conv())
    weights = random_weights(graph, np.random.default_rng(0))
    assert from_safetensors(to_safetensors(graph, weights))[0].outputs == ("conv",)
