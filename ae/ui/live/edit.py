"""The editor component: sliders that each add a direction or a curve to a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images import contact_sheet
from ae.ui.live.delivery import Decode
from ae.ui.live.difference import FULL, RAMP, difference_picture
from ae.ui.live.engine import ENGINE, HERE, STAGE, javascript
from ae.ui.live.fallback import ON_SERVER, server_sliders, show_decoded
from ae.ui.live.moves import Move, edited
from ae.ui.live.ranges import Range
from ae.ui.live.turns import Kept, Values, mount, settle
from ae.ui.pictures import show_picture

_DECIMALS = 7
_SMALL = 64  # pixels, of another code's picture on the server's sheet

_component = st.components.v2.component(
    "live_edit",
    css="\n".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("live.css", "edit.css")
    ),
    js=javascript(
        *(*ENGINE, *STAGE, "tables.js", "difference.js", "also.js", "edit.js")
    ),
)


@dataclass(frozen=True)
class _Ranges:
    """What the moves' sliders show; the values that they set are the amounts."""

    ranges: tuple[Range, ...]

    def __len__(self) -> int:
        return len(self.ranges)

    @property
    def origins(self) -> Values:
        return tuple(float(of.origin) for of in self.ranges)

    def within(self, values: Values, given: Values) -> Values:
        """Cut amounts off at the sliders' ends."""
        pairs = zip(self.ranges, values, strict=True)
        return tuple(float(of.clip(value)) for of, value in pairs)

    def carried(self, values: Values, old: _Ranges, given: Values) -> Values:
        """Keep the amounts of moves that are in both sets."""
        labels = (of.label for of in old.ranges)
        before = dict(zip(labels, values, strict=True))
        return tuple(
            before.get(of.label, start)
            for of, start in zip(self.ranges, given, strict=True)
        )


def live_edit(
    decoder: bytes | None,
    base: NDArray[np.floating],
    moves: Sequence[Move],
    *,
    key: str,
    alt: str,
    decode: Decode,
    amounts: Sequence[float] | None = None,
    compare: bool = True,
    also: NDArray[np.floating] | None = None,
    picture_side: int = 256,
    linked: bool = False,
) -> Values:
    """Show a code before and after moves that sliders add to it.

    The pictures follow every movement; the caller hears of the amounts once, when a
    slider is released. As long as ``amounts`` stay what they were, or are what was
    returned last, the visitor's movements go on; others start afresh from there. The
    amounts outlive another base, other tables and a visit to another page, and those of
    a move outlive another set of moves if its label is still there; they belong to the
    key.

    Args:
        decoder: The content of ``decoder.safetensors``. Where it is None, or the
            browser cannot run it, the server decodes after each release instead.
        base: The code before, (latent_dim,).
        moves: What can be added to it, by sliders of different labels.
        key: Of the component, unique on the page.
        alt: What the picture shows, for people who cannot see it.
        decode: (n, latent_dim) to (n, height, width, channels) in [0, 1].
        amounts: Shown values to start from, one for each move; the moves' origins,
            unless given. They are cut off at the sliders' ends.
        compare: Whether the picture before and the difference stand beside it.
        also: Other codes, (m, latent_dim), drawn small before and after the same moves.
        picture_side: Of each picture on screen, in pixels; narrower where there is less
            room.
        linked: Whether ``amounts`` have just come with a link: then they hold, wherever
            the visitor has moved the sliders.

    Returns:
        The shown amounts, one finite number for each move. The code after is
        ``edited(base, moves, amounts)``.

    Raises:
        ValueError: If a number is not finite, sizes differ, or labels do not.
    """
    others = np.zeros((0, len(base)), np.float32) if also is None else also
    _check(base, moves, others, amounts)
    sliders = _Ranges(tuple(move.range for move in moves))
    given = _given(key, sliders, amounts)
    kept = settle(
        key, decoder, sliders, given, told=("moved", "amounts"), linked=linked
    )
    if decoder is None or kept.failed:
        kept = _on_server(
            kept,
            base,
            moves,
            others,
            decode,
            key=key,
            alt=alt,
            compare=compare,
            side=picture_side,
        )
    else:
        data = {
            "amounts": kept.start,
            "moves": [move.range.plain() for move in moves],
            "tables": [_plain(move.table) for move in moves],
            "base": _plain(base),
            "also": _plain(others),
            "compare": compare,
            "ramp": RAMP.tolist(),
            "full": FULL,
            "alt": alt,
            "side": picture_side,
        }
        mount(_component, decoder, kept, data, key=key, state="moved")
    st.session_state[f"{key}-kept"] = kept
    return kept.values


def _check(
    base: NDArray[np.floating],
    moves: Sequence[Move],
    others: NDArray[np.floating],
    amounts: Sequence[float] | None,
) -> None:
    if not moves:
        raise ValueError("there must be at least one move")
    labels = [move.label for move in moves]
    if len(set(labels)) != len(labels):
        raise ValueError(f"two moves have the same label: {labels}")
    tables = [move.table for move in moves]
    if any(np.shape(x)[-1:] != np.shape(base) for x in (*tables, others)):
        raise ValueError(f"a move or another code does not fit {len(base)} coordinates")
    if amounts is not None and len(amounts) != len(moves):
        raise ValueError(f"{len(moves)} moves cannot have {len(amounts)} amounts")
    for numbers in (base, others, () if amounts is None else amounts):
        if not np.isfinite(numbers).all():
            raise ValueError("a code or an amount is not finite")


def _given(key: str, sliders: _Ranges, amounts: Sequence[float] | None) -> Values:
    if amounts is not None:
        return sliders.within(tuple(amounts), sliders.origins)
    kept = st.session_state.get(f"{key}-kept")
    if not isinstance(kept, Kept):
        return sliders.origins
    # Without an opinion of the caller's, whatever it was before.
    return sliders.carried(kept.given, kept.sliders, sliders.origins)


def _plain(numbers: NDArray[np.floating]) -> Any:
    # A float32 written in full would take twice as many digits, and none the better.
    return np.float64(numbers).round(_DECIMALS).tolist()


# On the server -------------------------------------------------------------------


def _on_server(
    kept: Kept[_Ranges],
    base: NDArray[np.floating],
    moves: Sequence[Move],
    others: NDArray[np.floating],
    decode: Decode,
    *,
    key: str,
    alt: str,
    compare: bool,
    side: int,
) -> Kept[_Ranges]:
    above = st.container()
    keys = kept.widget_keys(key)
    shown = server_sliders(kept.sliders.ranges, kept.start, keys=keys)
    codes = np.vstack([base, *others]).astype(np.float32)
    before, after = decode(codes), decode(edited(codes, moves, shown))
    with above:
        _show_pictures(before[0], after[0], alt=alt, compare=compare, side=side)
        st.caption(ON_SERVER)
    _show_others(before[1:], after[1:])
    return replace(kept, values=tuple(shown))


def _show_pictures(
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    *,
    alt: str,
    compare: bool,
    side: int,
) -> None:
    titled = [("After", after, f"After: {alt}")]
    if compare:
        changed = "Where the picture became darker or lighter"
        titled.insert(0, ("Before", before, f"Before: {alt}"))
        coloured = difference_picture(before, after)
        titled.append(("Difference: blue darker, orange lighter", coloured, changed))
    with st.container(horizontal=True):
        for title, image, words in titled:
            with st.container(width="content"):
                show_decoded(image, alt=words, side=side)
                st.caption(title)


def _show_others(before: NDArray[np.float32], after: NDArray[np.float32]) -> None:
    if len(before) == 0:
        return
    words = "The same moves on others: before above, after below"
    sheet = contact_sheet(np.concatenate([before, after]), columns=len(before))
    st.caption(words)
    show_picture(sheet, alt=words, scale=max(_SMALL // before.shape[2], 1))
