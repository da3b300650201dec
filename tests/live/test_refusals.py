"""Damaged and hostile networks: the browser's engine says one sentence, or runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ae.graph import to_safetensors
from tests.live.node import Case, run
from tests.live.test_engine import decoder
from tests.toys import random_weights

GRAPH = decoder("gelu")
CONTENT = to_safetensors(GRAPH, random_weights(GRAPH, np.random.default_rng(0)))
HEADER_BYTES = int.from_bytes(CONTENT[:8], "little")
HEADER = json.loads(CONTENT[8 : 8 + HEADER_BYTES])
BUFFERS = CONTENT[8 + HEADER_BYTES :]
Fields = dict[str, object]
Change = Callable[[dict[str, Any]], object]


def built(header: object, buffers: bytes = BUFFERS) -> bytes:
    text = header if isinstance(header, str) else json.dumps(header)
    raw = text.encode()
    return len(raw).to_bytes(8, "little") + raw + buffers


def with_header(change: Change) -> bytes:
    header = json.loads(json.dumps(HEADER))
    change(header)
    return built(header)


def with_graph(change: Change) -> bytes:
    graph = json.loads(HEADER["__metadata__"]["layer_graph"])
    change(graph)
    return with_graph_text(json.dumps(graph))


def with_graph_text(text: str) -> bytes:
    return with_header(lambda h: h["__metadata__"].update(layer_graph=text))


def layer(at: int, **fields: object) -> bytes:
    return with_graph(lambda g: g["layers"][at].update(fields))


def attributes(at: int, **fields: object) -> bytes:
    return with_graph(lambda g: g["layers"][at]["attributes"].update(fields))


def tensor(name: str, **fields: object) -> bytes:
    return with_header(lambda h: h[name].update(fields))


def weight(value: float) -> bytes:
    return built(HEADER, np.float32(value).tobytes() + BUFFERS[4:])


LAYER: Fields = {"inputs": ["input"], "activation": "linear", "attributes": {}}


def alone(layers: list[Fields], shape: list[int]) -> bytes:
    """A network of layers without weights."""
    filled = [{**LAYER, "name": f"l{n}", **made} for n, made in enumerate(layers)]
    graph = {"version": 1, "input_shape": shape, "layers": filled}
    graph["outputs"] = [filled[-1]["name"]]
    return built({"__metadata__": {"layer_graph": json.dumps(graph)}}, b"")


MIX = "mix/kernel"
BEGIN, END = HEADER[MIX]["data_offsets"]
TWICE = json.dumps(HEADER).replace('"mix/bias"', f'"{MIX}"')
COPY = json.dumps({MIX: HEADER[MIX]})[1:-1]
WINDOW = {"pool_size": [64, 64], "strides": [1, 1], "padding": "same"}
POOL: Fields = {"op": "MaxPooling2D", "attributes": WINDOW}
LARGER = {"size": [64, 64], "interpolation": "nearest"}
BIG: Fields = {"op": "UpSampling2D", "attributes": LARGER}
SUM: Fields = {"op": "Add", "inputs": ["input"] * 10_000}
COPY_OF_ALL: Fields = {"op": "Activation", "activation": "relu"}
DEEP = "[" * 100_000 + "]" * 100_000

REFUSED: Mapping[str, bytes] = {
    "nothing": b"",
    "seven bytes": CONTENT[:7],
    "only a length": CONTENT[:8],
    "no buffers": CONTENT[: 8 + HEADER_BYTES],
    "one byte short": CONTENT[:-1],
    "one byte long": CONTENT + b"\0",
    "length 0": bytes(8) + CONTENT[8:],
    "length beyond the file": (1 << 19).to_bytes(8, "little") + CONTENT[8:],
    "length of 16 exabytes": b"\xff" * 8 + CONTENT[8:],
    "length with a high half": (HEADER_BYTES + (1 << 32)).to_bytes(8, "little") + CONTENT[8:],
    "header larger than 1 MB": built(json.dumps(HEADER) + " " * (1 << 20)),
    "header not JSON": built("{"),
    "header a list": built("[]"),
    "header null": built("null"),
    "header deep": built(DEEP),
    "header not UTF-8": CONTENT[:8] + b"\xff" * HEADER_BYTES + BUFFERS,
    "header a byte order mark": built("\ufeff" + json.dumps(HEADER)),
    "no metadata": with_header(lambda h: h.pop("__metadata__")),
    "no graph": with_header(lambda h: h.update(__metadata__={})),
    "graph not a text": with_header(lambda h: h.update(__metadata__={"layer_graph": 1})),
    "graph deep": with_graph_text(DEEP),
    "graph a number": with_graph_text("1"),
    "graph null": with_graph_text("null"),
    "graph empty": with_graph_text(""),
    "a newer version": with_graph(lambda g: g.update(version=2)),
    "no version": with_graph(lambda g: g.pop("version")),
    "no layers": with_graph(lambda g: g.pop("layers")),
    "layers null": with_graph(lambda g: g.update(layers=[None])),
    "501 layers": with_graph(lambda g: g.update(layers=g["layers"] * 63)),
    "no outputs": with_graph(lambda g: g.update(outputs=[])),
    "output unknown": with_graph(lambda g: g.update(outputs=["nobody"])),
    "output a list": with_graph(lambda g: g.update(outputs=[["image"]])),
    "input of none": with_graph(lambda g: g.update(input_shape=[0])),
    "input of half": with_graph(lambda g: g.update(input_shape=[2.5])),
    "input huge": with_graph(lambda g: g.update(input_shape=[1 << 40])),
    "input deep": with_graph(lambda g: g.update(input_shape=json.loads(DEEP[99_500:-99_500]))),
    "operation unknown": layer(0, op="Lambda"),
    "operation inherited": layer(0, op="constructor"),
    "operation a prototype": layer(0, op="__proto__"),
    "operation a number": layer(0, op=1),
    "activation unknown": layer(0, activation="mish"),
    "activation inherited": layer(0, activation="toString"),
    "slope missing": layer(0, activation="leaky_relu"),
    "slope infinite": layer(
        0, activation="leaky_relu", attributes={"units": 84, "negative_slope": 1e999}
    ),
    "name twice": layer(1, name="mix"),
    "name empty": layer(0, name=""),
    "name of the input": layer(0, name="input"),
    "name long": layer(0, op="\n\0\u2028" * 10_000),
    "fed by itself": layer(2, inputs=["widen"]),
    "fed by what comes later": layer(2, inputs=["up"]),
    "fed by nobody": layer(2, inputs=[]),
    "fed by two": layer(2, inputs=["grid", "grid"]),
    "fed by a number": layer(2, inputs=[1]),
    "attributes a list": layer(0, attributes=[]),
    "attributes inherited": layer(0, attributes={"__proto__": {"units": 84}}),
    "units missing": layer(0, attributes={}),
    "units negative": attributes(0, units=-84),
    "units a text": attributes(0, units="84"),
    "units huge": attributes(0, units=1 << 50),
    "units another": attributes(0, units=85),
    "reshape does not fit": attributes(1, shape=[3, 4, 8]),
    "reshape to two": attributes(1, shape=[12, 7]),
    "reshape by negatives": attributes(1, shape=[-3, -4, 7]),
    "kernel too large": attributes(2, kernel_size=[65, 65]),
    "kernel another": attributes(2, kernel_size=[3, 5]),
    "kernel of one side": attributes(2, kernel_size=[3]),
    "strides none": attributes(2, strides=[0, 0]),
    "padding unknown": attributes(2, padding="causal"),
    "valid without room": attributes(2, padding="valid", kernel_size=[9, 9]),
    "transposed valid": attributes(3, padding="valid"),
    "transposed with gaps": attributes(3, strides=[5, 5]),
    "blocks do not fit": attributes(6, block_size=5),
    "a tensor missing": with_header(lambda h: h.pop("mix/bias")),
    "a tensor too many": with_header(
        lambda h: h.update(more={**h[MIX], "data_offsets": [0, 0], "shape": [0]})
    ),
    "a tensor renamed": with_header(lambda h: h.update(other=h.pop(MIX))),
    "a tensor twice, apart": built(TWICE),
    "a tensor twice, the same": built("{" + COPY + ", " + json.dumps(HEADER)[1:]),
    "a tensor null": with_header(lambda h: h.update({MIX: None})),
    "half precision": tensor(MIX, dtype="F16"),
    "doubles": tensor(MIX, dtype="F64"),
    "no dtype": tensor(MIX, dtype=None),
    "shape turned": tensor(MIX, shape=HEADER[MIX]["shape"][::-1]),
    "shape of another size": tensor(MIX, shape=[1]),
    "shape huge": tensor(MIX, shape=[1 << 30, 1 << 30]),
    "shape negative": tensor(MIX, shape=[-5, -84]),
    "shape deep": tensor(MIX, shape=[[[]]]),
    "offsets beyond the end": tensor(MIX, data_offsets=[len(BUFFERS), len(BUFFERS) * 2]),
    "offsets negative": tensor(MIX, data_offsets=[BEGIN - END, 0]),
    "offsets backwards": tensor(MIX, data_offsets=[END, BEGIN]),
    "offsets overlapping": tensor(MIX, data_offsets=[BEGIN - 4, END - 4]),
    "offsets in halves": tensor(MIX, data_offsets=[BEGIN + 0.5, END + 0.5]),
    "offsets as texts": tensor(MIX, data_offsets=[str(BEGIN), str(END)]),
    "offsets three": tensor(MIX, data_offsets=[BEGIN, END, END]),
    "offsets missing": tensor(MIX, data_offsets=None),
    "a weight NaN": weight(np.nan),
    "a weight infinite": weight(-np.inf),
    "values too large": alone([BIG], [64, 64, 1]),
    "a file of 65 MB": bytes(65 << 20),
}
# What Python's readers leave to those who run it: it would take too long in a browser.
TOO_MUCH: Mapping[str, bytes] = {
    "windows": alone([POOL] * 20, [256, 256, 16]),
    "sums": alone([SUM], [512, 512, 4]),
    "values": alone([COPY_OF_ALL] * 20, [1024, 1024, 1]),
}


def mutations(rng: np.random.Generator) -> Iterator[bytes]:
    """Bits turned and bytes replaced in length and header, cuts, bytes put in."""
    head = 8 + HEADER_BYTES
    for _ in range(300):
        content = bytearray(CONTENT)
        for at in rng.integers(0, head, rng.integers(1, 4)):
            content[at] ^= 1 << int(rng.integers(8))
        yield bytes(content)
    for _ in range(200):
        content = bytearray(CONTENT)
        at = int(rng.integers(8, head))
        content[at] = int(rng.choice(np.frombuffer(b'0123456789-.eE{}[]",:\\ ', "u1")))
        yield bytes(content)
    for cut in rng.integers(0, len(CONTENT), 50):
        yield CONTENT[:cut]
    for at in rng.integers(8, head, 50):
        yield CONTENT[:at] + rng.bytes(4) + CONTENT[at:]


def check(result: Mapping[str, Any]) -> None:
    assert result["error"] == "NetworkError", result
    message = result["message"]
    assert 10 < len(message) < 200, message
    assert message.isprintable(), message


def test_what_does_not_fit_is_refused_in_one_sentence(tmp_path: Path) -> None:
    named = {**REFUSED, **TOO_MUCH}
    results = run(tmp_path, [Case(content) for content in named.values()])
    for name, result in zip(named, results, strict=True):
        assert "error" in result, f"{name}: accepted"
        check(result)


@pytest.mark.parametrize("seed", range(2))
def test_damage_is_refused_or_harmless(tmp_path: Path, seed: int) -> None:
    cases = [Case(content) for content in mutations(np.random.default_rng(seed))]
    results = run(tmp_path, cases)
    for result in results:
        if "error" in result:
            check(result)
    refused = sum("error" in result for result in results)
    assert 300 < refused < len(cases), "neither all nor nothing"


def test_an_untouched_network_runs_whatever_its_header_looks_like(tmp_path: Path) -> None:
    def shuffled() -> dict[str, object]:
        return {name: HEADER[name] for name in reversed(HEADER)}

    texts = [json.dumps(HEADER, indent=n) for n in range(4)]
    texts += [json.dumps(shuffled()), json.dumps(HEADER) + " " * 3]
    for result in run(tmp_path, [Case(built(text)) for text in texts]):
        assert result["shape"] == [12, 16, 3]
