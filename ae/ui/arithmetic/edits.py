"""Amounts of attributes: in the link, and on a slider."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ae.coding.autoencoder import Autoencoder
from ae.latent.directions import STEPS, Direction
from ae.ui.live import Move


def write_amounts(amounts: Mapping[str, float]) -> str:
    """Write amounts for a link, in their order, as in 1_0_-0.5."""
    return "_".join(f"{amount:.3g}" for amount in amounts.values())


def parse_amounts(text: str, names: Sequence[str]) -> dict[str, float]:
    """Read amounts from a link; whatever is none gives 1 of the first attribute."""
    try:
        amounts = [float(word) for word in text.split("_")[: len(names) + 1]]
    except ValueError:
        amounts = []
    in_range = all(math.isfinite(a) and abs(a) <= STEPS for a in amounts)
    if len(amounts) != len(names) or not in_range:
        amounts = [1.0] + [0.0] * (len(names) - 1)
    return dict(zip(names, amounts, strict=True))


def measured(autoencoder: Autoencoder, name: str) -> dict[str, Any]:
    """Return what was measured of an attribute's edits on test images, if anything.

    It is what ``ae.coding.edits.measure_edits`` returned of it.
    """
    edits = autoencoder.card.evaluation.get("test", {}).get("edits", {})
    return dict(edits.get(name, {}))


def move(direction: Direction) -> Move:
    """Make a slider that adds an attribute, 1 for a default step."""
    return Move(direction.name, direction.edit, note=quality_in_brief(direction))


def quality_in_brief(direction: Direction) -> str:
    """Say how well a direction tells held-out images, in a few words."""
    return f"AUROC {direction.auroc:.2f}" if direction.is_judged else "not judged"
