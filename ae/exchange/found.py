"""What can be found out about networks that somebody else made, by looking and by running."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from ae.exchange.layering import Order, channels_last
from ae.exchange.onnx_file import RANDOM, brief, session_of, sizes, source_of, with_results
from ae.exchange.translate import End, needed
from ae.graph.layers import Shape

Floats = NDArray[np.float32]
RANGES = {"0,1": (0.0, 1.0), "-1,1": (-1.0, 1.0), "0,255": (0.0, 255.0)}
LAYOUTS = ("nchw", "nhwc")
SIDES = range(8, 257)
_MOST_CODE = 4096
_LOG_VAR = re.compile(r"log_?_?(var|sigma|std)|lv$|logvar", re.IGNORECASE)
_MEAN = re.compile(r"mean|(^|[^a-z])mu($|[^a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Raw:
    """A network as it came, and how to run it.

    Attributes:
        model: The network.
        what: What it is called in messages.
        takes: Shape of one of its inputs, without the batch.
    """

    model: onnx.ModelProto
    what: str
    takes: Shape

    @property
    def source(self) -> str:
        """Name of its input."""
        return source_of(self.model, self.what).name

    @property
    def results(self) -> list[str]:
        """Names of its outputs."""
        return [output.name for output in self.model.graph.output]

    def runner(self, names: list[str]) -> Runner:
        """Return what runs it for some of its values.

        Raises:
            ValueError: If ONNX Runtime does not take it.
        """
        data = with_results(self.model, names).SerializeToString()
        fixed = sizes(source_of(self.model, self.what))[:1] == [1]
        return Runner(session_of(data, self.what), self.what, self.takes, fixed)


@dataclass(frozen=True)
class Runner:
    """A session, fed as the network was made to be.

    Attributes:
        session: Of ONNX Runtime.
        what: What the network is called in messages.
        takes: Shape of one input.
        one_by_one: Whether it takes a single input at once.
    """

    session: Any
    what: str
    takes: Shape
    one_by_one: bool

    def __call__(self, inputs: Floats) -> list[Floats]:
        """Return the values for inputs, (n, *takes) in the network's own order.

        Raises:
            ValueError: If the network does not run, or gives what is no batch.
        """
        name = self.session.get_inputs()[0].name
        step = 1 if self.one_by_one else 32
        inputs = np.ascontiguousarray(inputs, np.float32)
        try:
            parts = [
                self.session.run(None, {name: inputs[start : start + step]})
                for start in range(0, len(inputs), step)
            ]
            results = [np.concatenate(values) for values in zip(*parts, strict=True)]
        # As in ``session_of``; values that are no arrays among them.
        except Exception as problem:
            raise ValueError(f"{self.what} could not be run: {brief(problem)}") from problem
        if any(len(values) != len(inputs) for values in results):
            raise ValueError(f"{self.what} does not give one result for each input.")
        return results


@dataclass(frozen=True)
class Picture:
    """How a network has its pictures.

    Attributes:
        shape: (height, width, channels).
        layout: One of ``LAYOUTS``.
        takes: Shape of one, as the network has it.
    """

    shape: tuple[int, int, int]
    layout: str
    takes: Shape

    @property
    def order(self) -> Order:
        """As in ``End``."""
        height, width, channels = self.shape
        if self.layout == "nchw":
            return channels_last(channels, height, width)
        return np.arange(math.prod(self.shape)).reshape(self.shape)

    def end(self, name: str, limits: tuple[float, float], *, given: bool, clip: bool) -> End:
        """Return this as an end of a network whose pixels lie within limits.

        Args:
            name: Of the network's value.
            limits: What it has for black and for white.
            given: Whether the network takes it, or else gives it.
            clip: Whether what it gives is cut off at black and white.
        """
        low, high = limits
        scale, shift = (high - low, low) if given else (1 / (high - low), -low / (high - low))
        return End(name, (1, *self.takes), self.order, scale, shift, clip)


def picture_of(shape: Shape, layout: str | None, known: Shape | None, what: str) -> Picture:
    """Find out how a network has its pictures.

    Args:
        shape: Of one of them.
        layout: One of ``LAYOUTS`` where it was said.
        known: (height, width, channels) where that is known.
        what: What the network is called in messages.

    Raises:
        ValueError: If these are no pictures that can be imported.
    """
    height = width = channels = 0
    if len(shape) == 3:
        guess = "nchw" if shape[0] in (1, 3) else "nhwc"
        layout = layout or guess
        channels, height, width = shape if layout == "nchw" else (shape[2], *shape[:2])
    elif len(shape) == 2:
        (height, width), channels, layout = shape, 1, "nhwc"
    elif len(shape) == 1 and known is not None and math.prod(known) == shape[0]:
        height, width, channels = known
        layout = layout or "nchw"
    elif len(shape) == 1:
        layout = layout or "nchw"
        channels = 1 if math.isqrt(shape[0]) ** 2 == shape[0] else 3
        height = width = math.isqrt(shape[0] // channels)
    if (
        channels not in (1, 3)
        or height not in SIDES
        or width not in SIDES
        or height * width * channels != math.prod(shape)
    ):
        raise ValueError(
            f"{what} has pictures of shape {shape}; they must be grey or in colour, "
            f"{SIDES.start} to {SIDES.stop - 1} pixels a side, and in the order "
            f"{layout or 'nchw or nhwc'}."
        )
    assert layout is not None
    return Picture((height, width, channels), layout, shape)


def code_order(shape: Shape, layout: str) -> Order:
    """Return in which order the numbers of a code are counted, (latent_dim,).

    A small grid is counted channels last, as everything here.
    """
    if layout == "nchw" and len(shape) in (2, 3):
        return channels_last(shape[0], *(1, *shape[1:])[-2:]).ravel()
    return np.arange(math.prod(shape))


def check_code(shape: Shape, what: str) -> None:
    """Refuse what is no shape of a code.

    Raises:
        ValueError: If it is too large or has too many axes.
    """
    if not 1 <= len(shape) <= 3 or not 0 < math.prod(shape) <= _MOST_CODE:
        raise ValueError(
            f"{what} has codes of shape {shape}; a code is 1 to {_MOST_CODE:,} numbers, "
            "alone or in a small grid."
        )


@dataclass(frozen=True)
class Posterior:
    """Which of an encoder's values hold a code.

    Attributes:
        mean: Name of the code, or of its mean.
        log_var: Name of what tells its log-variance, or None.
        times: What that is multiplied with to be the log-variance.
        words: How it was found out.
    """

    mean: str
    log_var: str | None
    times: float
    words: str


def posterior_of(encoder: Raw, size: int, shapes: dict[str, Shape]) -> Posterior:
    """Find out which of an encoder's values hold the code.

    Args:
        encoder: The network.
        size: How many numbers a code has.
        shapes: Of its outputs, by name.

    Raises:
        ValueError: If none does.
    """
    fit = [name for name in encoder.results if math.prod(shapes[name]) == size]
    if not fit:
        told = ", ".join(f"{name} {shapes[name]}" for name in encoder.results)
        raise ValueError(
            f"The encoder gives {told}, and nothing of it has the {size} numbers that the "
            "decoder takes."
        )
    steady = [name for name in fit if not _random_nodes(encoder.model.graph, name)]
    if not steady:
        return _inside(encoder, fit[0])
    log_var = next((name for name in steady if _LOG_VAR.search(name)), None)
    rest = [name for name in steady if name != log_var]
    mean = next((name for name in rest if _MEAN.search(name)), rest[0] if rest else steady[0])
    if log_var is None and len(steady) == 2 and len(encoder.results) > 1:
        log_var = next(name for name in steady if name != mean)
    if log_var is None or log_var == mean:
        return Posterior(mean, None, 1.0, f"The code is the output {mean!r}.")
    # A standard deviation's logarithm is half of a variance's.
    times = 2.0 if re.search("sigma|std", log_var, re.IGNORECASE) else 1.0
    words = f"The mean is the output {mean!r}, the log-variance the output {log_var!r}."
    node = makers(encoder.model.graph).get(log_var)
    if node is not None and node.op_type == "Exp" and not re.search("log", log_var, re.IGNORECASE):
        words = f"The mean is the output {mean!r}, and {log_var!r} comes of the log-variance."
        times = 1.0 if re.search("var", log_var, re.IGNORECASE) else 2.0
        log_var = node.input[0]
    return Posterior(mean, log_var, times, words)


def makers(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    """Return the node that makes each value, by the value's name."""
    return {name: node for node in graph.node for name in node.output}


def _random_nodes(graph: onnx.GraphProto, name: str) -> list[onnx.NodeProto]:
    return [node for node in needed(graph, [name]) if node.op_type in RANDOM]


def _inside(encoder: Raw, sampled: str) -> Posterior:
    """Find mean and log-variance inside an encoder that only gives ``mean + std * noise``."""
    graph = encoder.model.graph
    maker = makers(graph)
    drawn: dict[str, bool] = {}
    for node in graph.node:
        noisy = node.op_type in RANDOM or any(drawn.get(name) for name in node.input)
        drawn |= dict.fromkeys(node.output, noisy)

    def parted(name: str, op: str) -> tuple[str, str] | None:
        """Return a node's noisy input and its other one."""
        node = maker.get(name)
        while node is not None and node.op_type in ("Identity", "Cast", "Reshape", "Flatten"):
            node = maker.get(node.input[0])
        if node is None or node.op_type != op or len(node.input) != 2:
            return None
        noisy = [name for name in node.input if drawn.get(name)]
        steady = [name for name in node.input if not drawn.get(name)]
        return (noisy[0], steady[0]) if len(noisy) == len(steady) == 1 else None

    total = parted(sampled, "Add")
    if total is None:
        raise ValueError(
            f"The encoder's only result {sampled!r} is another each time; let it give the "
            "mean, or name the value that holds it (--mean)."
        )
    mean, product = total[1], parted(total[0], "Mul")
    spread = None if product is None else maker.get(product[1])
    words = f"The encoder draws its code; its mean is the inner value {mean!r}"
    if spread is not None and spread.op_type == "Exp":
        return Posterior(mean, spread.input[0], 2.0, f"{words}, and its spread was found too.")
    return Posterior(mean, None, 1.0, f"{words}; its spread was not found.")


def range_of(pixels: Floats) -> str:
    """Return which of ``RANGES`` pixels that a decoder gave are likely to lie in."""
    low, high = (float(q) for q in np.quantile(pixels, (0.001, 0.999)))
    if high > 2:
        return "0,255"
    return "-1,1" if low < -0.1 else "0,1"
