"""The sliders component: a code under the finger, and what is believed of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.ui.door.component import Component
from ae.ui.door.record import Record, number, settled
from ae.ui.live.decoder import Decoder
from ae.ui.live.ranges import Range

Values = tuple[float, ...]

_component = Component("latent_sliders", "live/sliders.js", ["live/live.css"])


@dataclass(frozen=True)
class Slider:
    """One coordinate of the code under the visitor's finger.

    The slider shows x in [minimum, maximum]; the coordinate is ``offset + scale * x``.
    """

    axis: int  # which coordinate, counted from 0
    label: str  # what it is called, with its unit
    minimum: float = -3.0  # lowest value shown
    maximum: float = 3.0  # highest value shown
    step: float = 0.05  # between neighbouring values shown
    origin: float = 0.0  # the value shown after a reset
    scale: float = 1.0  # of the coordinate, per unit shown; not 0
    offset: float = 0.0  # the coordinate where the slider shows 0
    note: str = ""  # a few words behind the label

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
        return Range(self.label, self.minimum, self.maximum, self.step, self.origin, self.note)

    def coordinate(self, shown: float) -> float:
        """Return the coordinate of a value shown."""
        return self.offset + self.scale * shown


def latent_sliders(
    decoder: Decoder,
    sliders: Sequence[Slider],
    start: Sequence[float] | NDArray[np.floating],
    *,
    key: str,
    alt: str,
    picture_side: int = 336,
) -> Values:
    """Show the picture of a code beside sliders that move its coordinates.

    The picture follows every movement; the caller hears of the code once, when a
    slider is released. ``ae.ui.door.record.begin(key, code)`` sets it. The code
    outlives a visit to another page; it belongs to the key.

    Args:
        decoder: Of the code.
        sliders: The coordinates that can be moved, each once.
        start: The code where none was set yet, (latent_dim,).
        key: Of the component, unique on the page.
        alt: What the picture shows, for people who cannot see it.
        picture_side: Of the picture on screen, in pixels; narrower where there is less
            room.

    Returns:
        The code, latent_dim finite numbers.

    Raises:
        ValueError: If the start holds a number that is not finite, or a slider has no
            coordinate of its own.
    """
    default = tuple(float(value) for value in start)
    _check(sliders, default)

    def read(values: object, before: Record[Values]) -> Values | None:
        return _read_code(values, before, sliders)

    record = settled(key, default, read)
    _component(
        key=key,
        data={
            "revision": record.revision,
            "start": list(record.start),
            "decoder": decoder.plain(),
            "sliders": [_plain(slider) for slider in sliders],
            "alt": alt,
            "side": picture_side,
        },
        states={"moved": None},
    )
    return record.value


def _read_code(values: object, before: Record[Values], sliders: Sequence[Slider]) -> Values | None:
    """Read a code that the browser sent, cut off at the sliders' ends."""
    if not isinstance(values, list) or len(values) != len(before.start):
        return None
    numbers = [number(value) for value in values]
    if None in numbers:
        return None
    result = list(before.value)
    for slider in sliders:
        axis = slider.axis
        ends = slider.coordinate(slider.minimum), slider.coordinate(slider.maximum)
        # A coordinate may start outside, and stays there until it is moved.
        low, high = min(*ends, before.start[axis]), max(*ends, before.start[axis])
        result[axis] = min(max(numbers[axis] or 0.0, low), high)
    return tuple(result)


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
