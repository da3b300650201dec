"""Amounts of attributes, as they were set, and what was measured of them."""

from collections.abc import Sequence
from typing import Any

from ae.coding.autoencoder import Autoencoder
from ae.ui.door.link import Numbers
from ae.ui.door.record import begin, held


def known_amounts(
    link: Numbers, key: str, names: Sequence[str], first: float = 1.0
) -> dict[str, float]:
    """Return how much is added of what, as a link has just said or it was set last.

    Between other names the sliders stay where they are.

    Args:
        link: Of as many numbers as there are names.
        key: Of the record that holds the amounts.
        names: Of what is added.
        first: The amount of the first name at first; that of the others is 0.
    """
    link.follow(key, lambda values: dict(zip(names, values, strict=True)))
    kept = held(key) or {}
    if list(kept) != list(names):
        values = [*kept.values()]
        if len(values) != len(names):
            values = [first] + [0.0] * (len(names) - 1)
        kept = dict(zip(names, values, strict=True))
        begin(key, kept)
    return dict(kept)


def measured(autoencoder: Autoencoder, name: str) -> dict[str, Any]:
    """Return what was measured of an attribute's edits on test images, if anything.

    It is what ``ae.coding.edits.measure_edits`` returned of it.
    """
    edits = autoencoder.card.evaluation.get("test", {}).get("edits", {})
    return dict(edits.get(name, {}))
