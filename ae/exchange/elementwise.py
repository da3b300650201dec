"""Functions of one number, found again among the activations that the engine knows.

ONNX writes an activation in pieces, and each exporter in others. Whatever the pieces,
together they are a function of one number, so it is recognised by its values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.exchange.constants import Attributes

Numbers = NDArray[np.float64]
Function = Callable[[Numbers], Numbers]

# Where functions are compared, and by how much they may differ there. Between the
# points lie no kinks that matter: they are found where slopes change.
_GRIDS = np.linspace(-512, 512, 2049), np.linspace(-16, 16, 2049)
_SAME = 2e-6
_MOST_KINKS = 4

_SELU = 1.67326319217681884765625, 1.05070102214813232421875

_erf = np.vectorize(math.erf, otypes=[np.float64])


@dataclass(frozen=True, eq=False)
class Steps:
    """Operators on one number, one after the other: a function of it.

    Attributes:
        last: What is done last.
        of: To the results of which steps; None for the number itself.
    """

    last: Callable[..., Numbers]
    of: tuple[Steps | None, ...] = (None,)

    def __call__(self, x: Numbers) -> Numbers:
        """Return the function's values."""
        known: dict[Steps | None, Numbers] = {None: x}
        for step in self.all():
            known[step] = step.last(*(known[before] for before in step.of))
        return known[self]

    def all(self) -> list[Steps]:
        """Return all steps, each once, this one last."""
        found: dict[Steps, None] = {}

        def visit(step: Steps) -> None:
            for before in step.of:
                if before is not None and before not in found:
                    visit(before)
            found[step] = None

        visit(self)
        return list(found)

    def after(self, cut: Steps) -> Steps | None:
        """Return what is done to the result of a step, or None if that is not all."""
        now: dict[Steps | None, Steps | None] = {cut: None}
        for step in self.all():
            if step is cut:
                continue
            if any(before not in now for before in step.of):
                # It needs the number itself, which only counts if it is of use later.
                continue
            now[step] = Steps(step.last, tuple(now[before] for before in step.of))
        return now.get(self)


@dataclass(frozen=True)
class Term:
    """``after * activation(scale * x + shift)``."""

    activation: str
    scale: float = 1.0
    shift: float = 0.0
    after: float = 1.0
    slope: float | None = None  # of "leaky_relu"


@dataclass(frozen=True)
class Sum:
    """``constant + slope * x`` and terms."""

    constant: float
    slope: float
    terms: tuple[Term, ...] = ()


def _sigmoid(x: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-x))


def _elu(x: Numbers, alpha: float) -> Numbers:
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


def _selu(x: Numbers, alpha: float, gamma: float) -> Numbers:
    return gamma * _elu(x, alpha)


def _gelu(x: Numbers, approximate: str) -> Numbers:
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * (1 + _erf(x / math.sqrt(2))) / 2


def function_of(op: str, attributes: Attributes) -> Function | None:
    """Return what an ONNX operator does to a number, or None for one of another sort.

    Source: the defaults are those of https://onnx.ai/onnx/operators.
    """

    def given(name: str, default: Any) -> Any:
        return attributes.get(name, default)

    functions: dict[str, Callable[[], Function]] = {
        "Abs": lambda: np.abs,
        "Celu": lambda: lambda x: given("alpha", 1.0) * _elu(x / given("alpha", 1.0), 1.0),
        "Elu": lambda: lambda x: _elu(x, given("alpha", 1.0)),
        "Erf": lambda: _erf,
        "Exp": lambda: np.exp,
        "Gelu": lambda: lambda x: _gelu(x, given("approximate", "none")),
        "HardSigmoid": lambda: (
            lambda x: np.clip(given("alpha", 0.2) * x + given("beta", 0.5), 0, 1)
        ),
        "HardSwish": lambda: lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
        "Identity": lambda: lambda x: x,
        "LeakyRelu": lambda: lambda x: np.where(x < 0, given("alpha", 0.01) * x, x),
        "Log": lambda: np.log,
        "Mish": lambda: lambda x: x * np.tanh(np.logaddexp(0, x)),
        "Neg": lambda: np.negative,
        "Reciprocal": lambda: lambda x: 1 / x,
        "Relu": lambda: lambda x: np.maximum(x, 0),
        "Selu": lambda: lambda x: _selu(x, given("alpha", _SELU[0]), given("gamma", _SELU[1])),
        "Sigmoid": lambda: _sigmoid,
        "Softplus": lambda: lambda x: np.logaddexp(0, x),
        "Softsign": lambda: lambda x: x / (1 + np.abs(x)),
        "Sqrt": lambda: np.sqrt,
        "Swish": lambda: lambda x: x * _sigmoid(given("alpha", 1.0) * x),
        "Tanh": lambda: np.tanh,
        "ThresholdedRelu": lambda: lambda x: np.where(x > given("alpha", 1.0), x, 0),
    }
    made = functions.get(op)
    return None if made is None else made()


def recognised(function: Function) -> Sum | None:
    """Return a function in terms of activations, or None if it cannot be written so."""
    with np.errstate(all="ignore"):
        values = [np.float64(function(x)) for x in _GRIDS]
        if not all(np.isfinite(y).all() for y in values):
            return None
        for guess in (_straight, _bent, _curved, _sigmoidal, _swish):
            for x, y in zip(_GRIDS, values, strict=True):
                found = guess(x, y)
                if found is not None and all(map(partial(_same, found), _GRIDS, values)):
                    return found
    return None


def _same(found: Sum, x: Numbers, y: Numbers) -> bool:
    return bool(np.abs(_value(found, x) - y).max() <= _SAME * max(1.0, np.abs(y).max() / 16))


_ACTIVATIONS: dict[str, Function] = {
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: _elu(x, 1.0),
    "selu": lambda x: _selu(x, *_SELU),
    "gelu": lambda x: _gelu(x, "none"),
    "sigmoid": _sigmoid,
    "softplus": lambda x: np.logaddexp(0, x),
    "swish": lambda x: x * _sigmoid(x),
    "tanh": np.tanh,
}


def _value(found: Sum, at: Numbers) -> Numbers:
    total = found.constant + found.slope * at
    for term in found.terms:
        x = term.scale * at + term.shift
        if term.slope is not None:
            total = total + term.after * np.where(x < 0, term.slope * x, x)
        else:
            total = total + term.after * _ACTIVATIONS[term.activation](x)
    return total


def _straight(x: Numbers, y: Numbers) -> Sum:
    slope = float((y[-1] - y[0]) / (x[-1] - x[0]))
    return Sum(float(y[len(y) // 2]), slope)


def _bent(x: Numbers, y: Numbers) -> Sum | None:
    """A function of straight pieces: a sum of ReLUs, or one leaky ReLU."""
    slopes = np.diff(y) / np.diff(x)
    changes = np.flatnonzero(np.abs(np.diff(slopes)) > 1e-6)
    if not len(changes):
        return None
    # A kink between two points changes the slope twice in a row.
    pieces = np.split(changes, np.flatnonzero(np.diff(changes) > 1) + 1)
    if len(pieces) > _MOST_KINKS or max(map(len, pieces)) > 2:
        return None
    terms, first = [], float(slopes[0])
    for piece in pieces:
        left, right = int(piece[0]), int(piece[-1]) + 1
        before, after = float(slopes[left]), float(slopes[right])
        # The two lines meet there.
        kink = (y[right] - after * x[right] - y[left] + before * x[left]) / (before - after)
        terms.append((float(kink), after - before))
    if len(terms) == 1 and first and first + terms[0][1]:
        kink, after = terms[0][0], first + terms[0][1]
        at = float(y[0] + first * (kink - x[0]))
        slope = _tidy(first / after)
        return Sum(_tidy(at), 0, (Term("leaky_relu", 1.0, _tidy(-kink), _tidy(after), slope),))
    made = tuple(Term("relu", 1.0, _tidy(-kink), _tidy(change)) for kink, change in terms)
    return Sum(_tidy(float(y[0] - first * x[0])), _tidy(first), made)


def _curved(x: Numbers, y: Numbers) -> Sum | None:
    """A mix of ELU and ReLU, as ELU and SELU of any constants are, GELU, or softplus."""
    for names in (
        ("sigmoid",),
        ("tanh",),
        ("elu",),
        ("selu",),
        ("gelu",),
        ("softplus",),
        ("elu", "relu"),
    ):
        table = np.stack([np.ones_like(x), *(_ACTIVATIONS[name](x) for name in names)], 1)
        constant, *shares = np.linalg.lstsq(table, y)[0].tolist()
        if np.abs(table @ [constant, *shares] - y).max() <= _SAME:
            terms = zip(names, shares, strict=True)
            return Sum(_tidy(constant), 0, tuple(Term(n, after=_tidy(s)) for n, s in terms))
    return None


def _sigmoidal(x: Numbers, y: Numbers) -> Sum | None:
    """``low + (high - low) * sigmoid(a * x + b)``: tanh is one, too."""
    low, high = float(y[0]), float(y[-1])
    share = (y - low) / (high - low) if high != low else y
    fit = _logit_line(x, share)
    if fit is None:
        return None
    # The ends are only near the limits: they are solved for, given the curve.
    curve = _sigmoid(fit[0] * x + fit[1])
    table = np.stack([np.ones_like(x), curve], 1)
    constant, after = np.linalg.lstsq(table, y)[0].tolist()
    return Sum(_tidy(constant), 0, (Term("sigmoid", *fit, _tidy(after)),))


def _swish(x: Numbers, y: Numbers) -> Sum | None:
    """``x * sigmoid(a * x)``."""
    away = x != 0
    share = np.full_like(y, 0.5)
    share[away] = y[away] / x[away]
    fit = _logit_line(x, share)
    if fit is None or not fit[0]:
        return None
    return Sum(0, 0, (Term("swish", fit[0], 0.0, 1 / fit[0]),))


def _logit_line(x: Numbers, share: Numbers) -> tuple[float, float] | None:
    """Return a and b where the share is sigmoid(a * x + b), from its middle part."""
    middle = (share > 0.02) & (share < 0.98)
    if middle.sum() < 3:
        return None
    logit = np.log(share[middle] / (1 - share[middle]))
    a, b = np.polyfit(x[middle], logit, 1)
    return _tidy(float(a)), _tidy(float(b))


def _tidy(value: float) -> float:
    """Return a number without the last digits that only computing gave it."""
    return round(value, 9) + 0.0
