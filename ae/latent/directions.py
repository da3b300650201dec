"""An attribute's direction with its step and its quality, as it is kept and shared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ae.latent.edits import Edit
from ae.latent.groups import Codes, Floats, Labels, effect_size, has_attribute
from ae.metrics import auroc

MAX_JSON_BYTES = 200_000
MAX_NAME = 60
STEPS = 3.0  # distances between the groups that an edit goes along a direction, either way
_LARGEST = 1e9
_MAX_STRENGTH = 1000.0  # no code lies so far from another


@dataclass(frozen=True)
class Direction:
    """A direction along which an attribute grows, and how well it tells it."""

    name: str  # the attribute
    vector: Codes  # (latent_dim,) float32 of norm 1
    # One step along it: from the average code without the attribute to the average code with it
    # (``ae.latent.groups.strength``).
    strength: float
    auroc: float  # how well codes @ vector ranks held-out codes, 0.5 is chance
    effect_size: float  # Cohen's d of the same projections
    # Held-out codes with the attribute; 0 of a direction that was not measured, whose auroc is
    # then 0.5 and effect size 0.
    n_positive: int
    n_negative: int  # held-out codes without it

    @property
    def is_measured(self) -> bool:
        """Whether its quality was measured."""
        return self.n_positive > 0

    @property
    def auroc_error(self) -> float:
        """Standard error of ``auroc``; of a direction that was not measured 0.5.

        Source: Hanley and McNeil 1982, Radiology 143, 29-36.
        """
        if not self.is_measured:
            return 0.5
        a, m, n = self.auroc, self.n_positive, self.n_negative
        variance = a * (1 - a) + (m - 1) * (a / (2 - a) - a * a)
        variance += (n - 1) * (2 * a * a / (1 + a) - a * a)
        return float(np.sqrt(max(variance, 0) / (m * n)))

    @property
    def edit(self) -> Edit:
        """What is added to a code at each amount, in distances between the groups."""
        return Edit.along(self.strength * np.float64(self.vector), -STEPS, STEPS)

    def amount_to(self, place: float, codes: Codes) -> Floats:
        """Return how many steps lead codes to a place along the direction, (n,).

        Args:
            place: The projection ``z @ vector`` to reach.
            codes: (n, latent_dim).
        """
        return (place - np.float64(codes) @ self.vector) / self.strength

    def to_json(self) -> str:
        """Write the direction as readable JSON."""
        fields = {**asdict(self), "vector": self.vector.tolist()}
        return json.dumps(fields, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, latent_dim: int) -> Direction:
        """Read and check a direction that someone brings.

        Args:
            text: What ``to_json`` wrote.
            latent_dim: Coordinates of the codes it shall move.

        Raises:
            ValueError: One sentence that says why it cannot be used.
        """
        if len(text) > MAX_JSON_BYTES:
            raise ValueError(
                f"The file is larger than {MAX_JSON_BYTES // 1000} kB, so it is no direction."
            )
        try:
            direction = _from_fields(json.loads(text))
        except (KeyError, TypeError, ValueError, RecursionError) as problem:
            raise ValueError("The file is no direction saved by this app.") from problem
        if len(direction.vector) != latent_dim:
            raise ValueError(
                f"The direction has {len(direction.vector)} coordinates, "
                f"but codes of this model have {latent_dim}."
            )
        if not _makes_sense(direction):
            raise ValueError("The direction holds values that make no sense.")
        return direction


def measure(name: str, vector: Floats, strength: float, codes: Codes, labels: Labels) -> Direction:
    """Measure a direction on codes that did not help to find it.

    Args:
        name: The attribute.
        vector: (latent_dim,) of norm 1.
        strength: As in ``Direction``, from the codes that gave the vector.
        codes: Held-out codes, (n, latent_dim).
        labels: Theirs, (n,).

    Raises:
        ValueError: If one of the groups is empty, or nothing varies within them.
    """
    has = has_attribute(labels)
    scores = np.float64(codes) @ vector
    return Direction(
        name,
        vector.astype(np.float32),
        strength,
        auroc(scores, has),
        effect_size(scores, has),
        n_positive=int(has.sum()),
        n_negative=int((~has).sum()),
    )


def unmeasured(name: str, vector: Floats, strength: float) -> Direction:
    """Make a direction of codes too few to measure it."""
    return Direction(name, vector.astype(np.float32), strength, 0.5, 0.0, 0, 0)


def cosines(vectors: Sequence[Floats] | Floats) -> Floats:
    """Return the cosine of the angle between each two vectors.

    Args:
        vectors: (k, latent_dim), none of them 0.

    Returns:
        (k, k) in [-1, 1].
    """
    rows = np.array(vectors, np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.clip(rows @ rows.T, -1, 1)


def equation(a: Codes, b: Codes, c: Codes) -> Codes:
    """Return a - b + c: what is to c as a is to b.

    Args:
        a: (latent_dim,) or (n, latent_dim), like the others.
        b: Taken away.
        c: Added.

    Source:
        Analogies of images: White 2016, arXiv 1609.04468.
    """
    return (np.float64(a) - b + c).astype(np.float32)


def _from_fields(fields: dict[str, Any]) -> Direction:
    if not isinstance(fields["name"], str):
        raise ValueError("the name is no text")
    return Direction(
        name=fields["name"],
        vector=np.array([_number(value) for value in fields["vector"]], np.float32),
        strength=_number(fields["strength"]),
        auroc=_number(fields["auroc"]),
        effect_size=_number(fields["effect_size"]),
        n_positive=int(_number(fields["n_positive"])),
        n_negative=int(_number(fields["n_negative"])),
    )


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) <= _LARGEST:  # nan is not
        raise ValueError("no number, or one that makes no sense")
    return float(value)


def _makes_sense(direction: Direction) -> bool:
    return (
        0 < len(direction.name) <= MAX_NAME
        and direction.name.isprintable()
        and abs(np.linalg.norm(np.float64(direction.vector)) - 1) < 1e-3
        and 0 < direction.strength <= _MAX_STRENGTH
        and 0 <= direction.auroc <= 1
        and _counts_make_sense(direction)
    )


def _counts_make_sense(direction: Direction) -> bool:
    counts = direction.n_positive, direction.n_negative
    if counts == (0, 0):
        return (direction.auroc, direction.effect_size) == (0.5, 0)
    return min(counts) > 0
