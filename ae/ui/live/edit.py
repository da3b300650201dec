"""The editor component: sliders that each add a direction or a curve to a code."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.ui.door.component import Component
from ae.ui.door.record import Record, number, settled
from ae.ui.live.decoder import Decoder
from ae.ui.live.difference import FULL, RAMP
from ae.ui.live.moves import Move

_DECIMALS = 7
Amounts = Mapping[str, float]

_component = Component("live_edit", "live/edit.js", ["live/live.css", "live/edit.css"])


def live_edit(
    decoder: Decoder,
    base: NDArray[np.floating],
    moves: Sequence[Move],
    *,
    key: str,
    alt: str,
    amounts: Amounts | None = None,
    compare: bool = True,
    also: NDArray[np.floating] | None = None,
    in_numbers: bool = False,
    picture_side: int = 256,
) -> tuple[float, ...]:
    """Show a code before and after moves that sliders add to it.

    The pictures follow every movement; the caller hears of the amounts once, when a
    slider is released. ``ae.ui.door.record.begin(key, amounts)`` sets them. They
    outlive another base, other curves and a visit to another page, and those of a move
    outlive another set of moves; they belong to the key.

    Args:
        decoder: Of the codes.
        base: The code before, (latent_dim,).
        moves: What can be added to it, by sliders of different labels.
        key: Of the component, unique on the page.
        alt: What the picture shows, for people who cannot see it.
        amounts: Shown values by label where none were set yet; the moves' origins,
            unless given. They are cut off at the sliders' ends.
        compare: Whether the picture before and the difference stand beside it.
        also: Other codes, (m, latent_dim), drawn small before and after the same moves.
        in_numbers: Whether the code, what is added and their sum stand beside it.
        picture_side: Of each picture on screen, in pixels; narrower where there is less
            room.

    Returns:
        The shown amounts, one finite number for each move. The code after is
        ``ae.latent.edits.edited`` by the moves' edits.

    Raises:
        ValueError: If a number is not finite, sizes differ, or labels do not.
    """
    others = np.zeros((0, len(base)), np.float32) if also is None else also
    _check(base, moves, others, amounts or {})
    ranges = {move.label: move.range for move in moves}

    def read(values: object, before: Record[Amounts]) -> Amounts | None:
        if not isinstance(values, Mapping):
            return None
        found = dict(before.value)
        for label, of in ranges.items():
            amount = number(values.get(label, of.origin))
            if amount is None:
                return None
            found[label] = of.clip(amount)
        return found

    record = settled(key, amounts or {}, read)
    _component(
        key=key,
        data={
            "revision": record.revision,
            "start": _cut(record.start, moves),
            **plain(decoder, base, moves, others, alt, compare=compare, side=picture_side),
            "sum": in_numbers,
        },
        states={"moved": None},
    )
    return tuple(_cut(record.value, moves).values())


def plain(
    decoder: Decoder,
    base: NDArray[np.floating],
    moves: Sequence[Move],
    others: NDArray[np.floating],
    alt: str,
    *,
    compare: bool,
    side: int,
) -> dict[str, Any]:
    """Return what edit.js takes, but for the amounts; the arguments are ``live_edit``'s."""
    return {
        "decoder": decoder.plain(),
        "moves": [move.range.plain() for move in moves],
        "curves": [_plain(move.edit.curve) for move in moves],
        "base": _plain(base),
        "also": _plain(others),
        "compare": compare,
        "sum": False,
        "ramp": RAMP.tolist(),
        "full": FULL,
        "alt": alt,
        "side": side,
    }


def _cut(amounts: Amounts, moves: Sequence[Move]) -> dict[str, float]:
    """Return an amount of each move, cut off at its slider's ends."""
    return {
        move.label: float(move.range.clip(amounts.get(move.label, move.origin))) for move in moves
    }


def _check(
    base: NDArray[np.floating],
    moves: Sequence[Move],
    others: NDArray[np.floating],
    amounts: Amounts,
) -> None:
    if not moves:
        raise ValueError("there must be at least one move")
    labels = [move.label for move in moves]
    if len(set(labels)) != len(labels):
        raise ValueError(f"two moves have the same label: {labels}")
    curves = [move.edit.curve for move in moves]
    if any(np.shape(x)[-1:] != np.shape(base) for x in (*curves, others)):
        raise ValueError(f"a move or another code does not fit {len(base)} coordinates")
    for numbers in (base, others, list(amounts.values())):
        if not np.isfinite(numbers).all():
            raise ValueError("a code or an amount is not finite")


def _plain(numbers: NDArray[np.floating]) -> Any:
    # A float32 written in full would take twice as many digits, and none the better.
    return np.float64(numbers).round(_DECIMALS).tolist()
