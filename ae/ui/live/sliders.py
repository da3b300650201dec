"""The sliders component: its typed door, and what it believes of the browser."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.ui.live.delivery import Decode
from ae.ui.live.engine import ENGINE, HERE, STAGE, javascript
from ae.ui.live.fallback import ON_SERVER, server_sliders, show_decoded
from ae.ui.live.ranges import Range
from ae.ui.live.turns import Kept, Values, mount, settle

_component = st.components.v2.component(
    "latent_sliders",
    css=(HERE / "live.css").read_text(encoding="utf-8"),
    js=javascript(*ENGINE, *STAGE, "sliders.js"),
)


@dataclass(frozen=True)
class Slider:
    """One coordinate of the code under the visitor's finger.

    The slider shows x in [minimum, maximum]; the coordinate is ``offset + scale * x``.

    Attributes:
        axis: Which coordinate, counted from 0.
        label: What it is called, with its unit.
        minimum: Lowest value shown.
        maximum: Highest value shown.
        step: Between neighbouring values shown.
        origin: The value shown after a reset.
        scale: Of the coordinate, per unit shown; not 0.
        offset: The coordinate where the slider shows 0.
        note: A few words behind the label.
    """

    axis: int
    label: str
    minimum: float = -3.0
    maximum: float = 3.0
    step: float = 0.05
    origin: float = 0.0
    scale: float = 1.0
    offset: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: If they are not finite or not in order.
        """
        if not math.isfinite(self.offset) or not math.isfinite(self.scale):
            raise ValueError(f"slider {self.label!r} has a number that is not finite")
        if self.scale == 0 or self.axis < 0:
            raise ValueError(
                f"slider {self.label!r} needs a scale other than 0 and an axis from 0, "
                f"got {self.scale}, {self.axis}"
            )
        _ = self.range  # which checks its own numbers

    @property
    def range(self) -> Range:
        """The values shown."""
        return Range(
            self.label, self.minimum, self.maximum, self.step, self.origin, self.note
        )

    def coordinate(self, shown: float) -> float:
        """Return the coordinate of a value shown."""
        return self.offset + self.scale * shown

    def shown(self, coordinate: float) -> float:
        """Return the value shown for a coordinate, cut off at the slider's ends."""
        return self.range.clip((coordinate - self.offset) / self.scale)


@dataclass(frozen=True)
class _Coordinates:
    """Sliders of a code's coordinates; the values that they set are the code."""

    sliders: tuple[Slider, ...]

    def __len__(self) -> int:
        return len(self.sliders)

    def within(self, values: Values, given: Values) -> Values:
        """Cut a code off at the sliders' ends; where there is none, take the given."""
        result = list(given)
        for slider in self.sliders:
            axis = slider.axis
            ends = (
                slider.coordinate(slider.minimum),
                slider.coordinate(slider.maximum),
            )
            # A given coordinate may lie outside, and stays there until it is moved.
            low, high = min(*ends, given[axis]), max(*ends, given[axis])
            result[axis] = min(max(values[axis], low), high)
        return tuple(result)

    def carried(self, values: Values, old: _Coordinates, given: Values) -> Values:
        """Return the code, which does not depend on the sliders."""
        return values


def latent_sliders(
    decoder: bytes | None,
    sliders: Sequence[Slider],
    z: Sequence[float] | NDArray[np.floating],
    *,
    key: str,
    alt: str,
    decode: Decode,
    picture_side: int = 336,
    linked: bool = False,
) -> Values:
    """Show the picture of a code beside sliders that move its coordinates.

    The picture follows every movement; the caller hears of the code once, when a
    slider is released. As long as ``z`` stays what it was, or is what was returned
    last, the visitor's movements go on; another ``z`` starts afresh from there. (Pass
    back what was returned, and a button can start from the same code twice.) The code
    outlives a visit to another page; it belongs to the key.

    Args:
        decoder: The content of ``decoder.safetensors``. Where it is None, or the
            browser cannot run it, the server decodes after each release instead.
        sliders: The coordinates that can be moved, each once. The others keep their
            value in ``z``.
        z: The code to start from, (latent_dim,). It may lie outside the sliders' range.
        key: Of the component, unique on the page.
        alt: What the picture shows, for people who cannot see it.
        decode: (n, latent_dim) to (n, height, width, channels) in [0, 1].
        picture_side: Of the picture on screen, in pixels; narrower where there is less
            room.
        linked: Whether ``z`` has just come with a link: then it holds, wherever the
            visitor has moved the sliders.

    Returns:
        The code, latent_dim finite numbers.

    Raises:
        ValueError: If ``z`` holds a number that is not finite, or a slider has no
            coordinate of its own.
    """
    given = tuple(float(value) for value in z)
    _check(sliders, given)
    shown = _Coordinates(tuple(sliders))
    kept = settle(key, decoder, shown, given, told=("z", "code"), linked=linked)
    if decoder is None or kept.failed:
        kept = _on_server(kept, decode, key=key, alt=alt, side=picture_side)
    else:
        data = {
            "z": kept.start,
            "sliders": [_plain(slider) for slider in sliders],
            "alt": alt,
            "side": picture_side,
        }
        mount(_component, decoder, kept, data, key=key, state="z")
    st.session_state[f"{key}-kept"] = kept
    return kept.values


def _check(sliders: Sequence[Slider], z: Values) -> None:
    if not all(math.isfinite(value) for value in z):
        raise ValueError("the code holds a number that is not finite")
    axes = [slider.axis for slider in sliders]
    if not axes:
        raise ValueError("there must be at least one slider")
    if len(set(axes)) != len(axes) or any(axis >= len(z) for axis in axes):
        raise ValueError(f"{len(z)} coordinates cannot have sliders for axes {axes}")


def _plain(slider: Slider) -> dict[str, Any]:
    return {
        **slider.range.plain(),
        "axis": int(slider.axis),
        "scale": float(slider.scale),
        "offset": float(slider.offset),
    }


def _on_server(
    kept: Kept[_Coordinates], decode: Decode, *, key: str, alt: str, side: int
) -> Kept[_Coordinates]:
    code = list(kept.start)
    sliders = kept.sliders.sliders
    shown = [slider.shown(code[slider.axis]) for slider in sliders]
    left, right = st.columns([side, 2 * side], gap="large")
    with right:
        ranges = [slider.range for slider in sliders]
        moved = server_sliders(ranges, shown, keys=kept.widget_keys(key))
    for slider, before, value in zip(sliders, shown, moved, strict=True):
        if value != before:
            code[slider.axis] = slider.coordinate(value)
    with left:
        show_decoded(decode(np.asarray([code], np.float32))[0], alt=alt, side=side)
        st.caption(ON_SERVER)
    return replace(kept, values=tuple(code))
