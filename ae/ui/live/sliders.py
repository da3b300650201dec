"""The sliders component: its typed door, and what it believes of the browser."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images import to_uint8
from ae.ui.live.engine import ENGINE, HERE, javascript
from ae.ui.pictures import show_picture

Code = tuple[float, ...]
Decode = Callable[[NDArray[np.float32]], NDArray[np.float32]]

_component = st.components.v2.component(
    "latent_sliders",
    css=(HERE / "sliders.css").read_text(encoding="utf-8"),
    js=javascript(*ENGINE, "delivery.js", "screen.js", "strip.js", "sliders.js"),
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
        shown = (self.minimum, self.maximum, self.step, self.origin)
        if not all(math.isfinite(v) for v in (*shown, self.scale, self.offset)):
            raise ValueError(f"slider {self.label!r} has a number that is not finite")
        in_order = self.minimum <= self.origin <= self.maximum
        if self.minimum >= self.maximum or not in_order:
            raise ValueError(
                f"slider {self.label!r} must have minimum <= origin <= maximum, got "
                f"{self.minimum}, {self.origin}, {self.maximum}"
            )
        if self.step <= 0 or self.scale == 0 or self.axis < 0:
            raise ValueError(
                f"slider {self.label!r} needs a positive step, a scale other than 0 "
                f"and an axis from 0, got {self.step}, {self.scale}, {self.axis}"
            )

    def coordinate(self, shown: float) -> float:
        """Return the coordinate of a value shown."""
        return self.offset + self.scale * shown

    def shown(self, coordinate: float) -> float:
        """Return the value shown for a coordinate, cut off at the slider's ends."""
        value = (coordinate - self.offset) / self.scale
        return min(max(value, self.minimum), self.maximum)


@dataclass(frozen=True)
class _Kept:
    """What is known between two runs.

    Attributes:
        turn: Names a stretch in which the browser alone moves the code.
        digest: Of the decoder.
        sliders: As given.
        given: The code the caller gave.
        start: The code at the turn's start.
        z: The code as it stands.
        heard: Whether the browser has moved the code, so must have the decoder.
        failed: Whether the browser cannot run this decoder.
    """

    turn: str
    digest: str
    sliders: tuple[Slider, ...]
    given: Code
    start: Code
    z: Code
    heard: bool = False
    failed: bool = False


def latent_sliders(
    decoder: bytes | None,
    sliders: Sequence[Slider],
    z: Sequence[float] | NDArray[np.floating],
    *,
    key: str,
    alt: str,
    decode: Decode,
    picture_side: int = 336,
) -> Code:
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

    Returns:
        The code, latent_dim finite numbers.

    Raises:
        ValueError: If ``z`` holds a number that is not finite, or a slider has no
            coordinate of its own.
    """
    given = tuple(float(value) for value in z)
    _check(sliders, given)
    digest = "" if decoder is None else _digest(decoder)
    kept = _settle(key, digest, tuple(sliders), given)
    if decoder is None or kept.failed:
        kept = _on_server(kept, decode, key=key, alt=alt, side=picture_side)
    else:
        _mount(decoder, kept, key=key, alt=alt, side=picture_side)
    st.session_state[f"{key}-kept"] = kept
    return kept.z


def _check(sliders: Sequence[Slider], z: Code) -> None:
    if not all(math.isfinite(value) for value in z):
        raise ValueError("the code holds a number that is not finite")
    axes = [slider.axis for slider in sliders]
    if not axes:
        raise ValueError("there must be at least one slider")
    if len(set(axes)) != len(axes) or any(axis >= len(z) for axis in axes):
        raise ValueError(f"{len(z)} coordinates cannot have sliders for axes {axes}")


@lru_cache(maxsize=16)
def _digest(decoder: bytes) -> str:
    return hashlib.sha256(decoder).hexdigest()


# Turns ---------------------------------------------------------------------------


def _settle(key: str, digest: str, sliders: tuple[Slider, ...], given: Code) -> _Kept:
    """Decide what the code is: the caller's, or where the visitor has moved it."""
    kept = st.session_state.get(f"{key}-kept")
    state = st.session_state.get(key)
    if not isinstance(kept, _Kept) or kept.digest != digest:
        return _Kept(_new_turn(), digest, sliders, given, start=given, z=given)
    if given not in (kept.given, kept.z):
        kept = replace(kept, turn=_new_turn(), start=given, z=given)
    kept = replace(kept, given=given)
    mounted = isinstance(state, Mapping)
    if isinstance(state, Mapping):
        kept = _listen(kept, state)
    widget = _widget_key(key, kept, kept.sliders[0])
    gone = not mounted and widget not in st.session_state
    if gone or kept.sliders != sliders:
        # Back from another page, or other sliders: go on from where the code is.
        z = _within(kept.z, sliders, given)
        kept = replace(kept, turn=_new_turn(), sliders=sliders, start=z, z=z)
    return replace(kept, heard=kept.heard and mounted)


def _new_turn() -> str:
    return secrets.token_hex(8)


def _listen(kept: _Kept, state: Mapping[str, Any]) -> _Kept:
    # Both values come from the browser: anything may arrive.
    failed, moved = state.get("failed"), state.get("z")
    if isinstance(failed, Mapping) and failed.get("digest") == kept.digest:
        kept = replace(kept, failed=True)
    if not isinstance(moved, Mapping) or moved.get("turn") != kept.turn:
        return kept
    code = _numbers(moved.get("code"), len(kept.z))
    if code is None:
        return kept
    return replace(kept, z=_within(code, kept.sliders, kept.given), heard=True)


def _numbers(value: object, n: int) -> Code | None:
    if not isinstance(value, list) or len(value) != n:
        return None
    # A bool is an int, and an int may be too large for a float.
    if not all(type(v) in (int, float) and abs(v) < 1e30 for v in value):
        return None
    return tuple(float(v) for v in value)


def _within(code: Code, sliders: tuple[Slider, ...], given: Code) -> Code:
    """Cut a code off at its sliders' ends; where there is no slider, take the given."""
    result = list(given)
    for slider in sliders:
        axis = slider.axis
        ends = (slider.coordinate(slider.minimum), slider.coordinate(slider.maximum))
        # A given coordinate may lie outside, and stays there until it is moved.
        low, high = min(*ends, given[axis]), max(*ends, given[axis])
        result[axis] = min(max(code[axis], low), high)
    return tuple(result)


# In the browser ------------------------------------------------------------------


def _mount(decoder: bytes, kept: _Kept, *, key: str, alt: str, side: int) -> None:
    with st.container(gap=None):
        # The data stay the same within a turn: Streamlit then sends a short reference,
        # and the script is not started again in the middle of a drag.
        _component(
            key=key,
            data={
                "digest": kept.digest,
                "turn": kept.turn,
                "z": kept.start,
                "sliders": [_plain(slider) for slider in kept.sliders],
                "alt": alt,
                "side": side,
            },
            default={"z": None, "failed": None},
            on_z_change=_declare,
            on_failed_change=_declare,
        )
        if not kept.heard:
            # Bytes travel only alone, hence a mount of their own, last so that its
            # going moves nothing. Hashing them in every run would cost milliseconds.
            _component(
                key=f"{key}-decoder",
                data=bytes.fromhex(kept.digest) + decoder,
                height=1,
            )


def _plain(slider: Slider) -> dict[str, Any]:
    decimals = -int(Decimal(str(float(slider.step))).normalize().as_tuple().exponent)
    # Numbers of NumPy's own would turn the whole data into a text.
    numbers = ("minimum", "maximum", "step", "origin", "scale", "offset")
    return {
        "axis": int(slider.axis),
        "label": slider.label,
        "note": slider.note,
        "decimals": min(max(decimals, 0), 6),
        **{name: float(getattr(slider, name)) for name in numbers},
    }


def _declare() -> None:
    """Ask for a rerun and nothing else."""


# On the server -------------------------------------------------------------------


def _on_server(kept: _Kept, decode: Decode, *, key: str, alt: str, side: int) -> _Kept:
    code = list(kept.start)
    left, right = st.columns([side, 2 * side], gap="large")
    with right:
        for slider in kept.sliders:
            before = slider.shown(code[slider.axis])
            value = st.slider(
                slider.label,
                float(slider.minimum),
                float(slider.maximum),
                float(before),
                float(slider.step),
                # Another turn starts from other values, hence with other widgets.
                key=_widget_key(key, kept, slider),
                help=slider.note or None,
            )
            if value != before:
                code[slider.axis] = slider.coordinate(value)
    with left:
        image = to_uint8(decode(np.asarray([code], np.float32))[0])
        picture = image[..., 0] if image.shape[-1] == 1 else image
        scale = max(side // picture.shape[1], 1)
        show_picture(picture, alt=alt, scale=scale)
        st.caption(
            "This decoder runs on the server, so the picture changes when a slider is "
            "released."
        )
    return replace(kept, z=tuple(code))


def _widget_key(key: str, kept: _Kept, slider: Slider) -> str:
    return f"{key}-{kept.turn}-{slider.axis}"
