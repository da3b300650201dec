"""The map component: pin and outline on a map, and what is believed of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.latent.maps import Decoding, Interpolation, Plane
from ae.ui.door.component import Component
from ae.ui.door.record import Record, number, settled
from ae.ui.live.decoder import Decoder
from ae.ui.map.points import Colouring, MapPoints, Mark, Place, text_of

MAX_CORNERS = 60
_component = Component("latent_map", "map/map.js", ["map/map.css"])


@dataclass(frozen=True)
class MapState:
    """What the visitor did on a map."""

    pin: Place | None  # where they clicked last, (u, v)
    point: int | None  # the index of the point on which the pin lies, if on any
    # Corners of the outline they drew, or none; rounded to what a link holds, so that it selects
    # the same for whom it is shared with.
    polygon: tuple[Place, ...]


# Pin and outline, as the control holds them.
Held = tuple[Place | None, tuple[Place, ...]]


def latent_map(
    decoder: Decoder,
    points: MapPoints,
    decoding: Decoding,
    *,
    key: str,
    alt: str,
    colouring: Colouring | None = None,
    selected: NDArray[np.bool_] | None = None,
    lines: Sequence[tuple[int, int]] = (),
    marks: Sequence[Mark] = (),
    far: NDArray[np.bool_] | None = None,
) -> None:
    """Show a map of codes on which every place decodes under the pointer.

    A click pins a place, an outline selects points. ``map_state`` says what there is,
    and ``ae.ui.door.record.begin(key, (pin, polygon))`` sets it. Both outlive a visit
    to another page; they belong to the key.

    Args:
        decoder: Of the points' codes.
        points: What lies on the map.
        decoding: How a place becomes a code.
        key: Of the component, unique on the page.
        alt: What the decoded picture shows, for people who cannot see it.
        colouring: Values to colour the points by, instead of their classes.
        selected: The points in question, (n,); the others are grey. All, if None.
        lines: Pairs of indices of points to join.
        marks: Other images, placed on the map.
        far: Whether the code of each of ``MapPoints.lattice`` lies far from the data, (side,
            side); None where nobody knows.

    Raises:
        ValueError: If an argument does not fit the points.
    """
    _check(points, decoding, selected, lines, marks)
    record = _settled(key, points)
    pin, polygon = record.start
    _component(
        key=key,
        data={
            "revision": record.revision,
            "start": {"pin": pin and list(pin), "polygon": [list(c) for c in polygon]},
            **plain(decoder, points, decoding, alt),
            "colouring": colouring and colouring.plain(len(points.points)),
            "selected": None if selected is None else text_of(np.packbits(selected).tobytes()),
            "lines": [[int(a), int(b)] for a, b in lines],
            "far": None if far is None else _plain_far(points, far),
            "marks": [{"label": m.label, "u": float(m.u), "v": float(m.v)} for m in marks],
        },
        states={"moved": None},
    )


def map_state(key: str, points: MapPoints) -> MapState:
    """Return what the visitor did on a map, before or after it is drawn.

    Places out of reach of its points count as none.
    """
    pin, polygon = _settled(key, points).value
    if pin is not None and not points.reaches(pin):
        pin = None
    if not all(map(points.reaches, polygon)):
        polygon = ()
    return MapState(pin, None if pin is None else points.point_at(pin), polygon)


def _check(
    points: MapPoints,
    decoding: Decoding,
    selected: NDArray[np.bool_] | None,
    lines: Sequence[tuple[int, int]],
    marks: Sequence[Mark],
) -> None:
    n, latent_dim = points.codes.shape
    if isinstance(decoding, Plane) and decoding.axes.shape != (2, latent_dim):
        raise ValueError(f"a plane with axes {decoding.axes.shape} holds no codes of {latent_dim}")
    if selected is not None and (selected.shape != (n,) or selected.dtype != bool):
        raise ValueError(f"the selection of {n} points has shape {selected.shape}")
    if not all(0 <= end < n for line in lines for end in line):
        raise ValueError(f"a line ends at none of the {n} points")
    if not np.isfinite([(mark.u, mark.v) for mark in marks]).all():
        raise ValueError("a mark holds a number that is not finite")


# From the browser ----------------------------------------------------------------


def _settled(key: str, points: MapPoints) -> Record[Held]:
    nothing: Held = (None, ())
    return settled(key, nothing, lambda values, _: read_values(values, points))


def read_values(values: object, points: MapPoints) -> Held | None:
    """Return the pin and the outline that a browser tells, or None of what is none."""
    if not isinstance(values, Mapping):
        return None
    pin = values.get("pin")
    pins = _places([pin], points) if pin is not None else ()
    polygon = _places(values.get("polygon"), points)
    if pins is None or polygon is None:
        return None
    return pins[0] if pins else None, rounded(polygon)


def rounded(polygon: Sequence[Place]) -> tuple[Place, ...]:
    """Round corners to four digits: a tenth of a pixel, and short in a link."""
    return tuple((float(f"{u:.4g}"), float(f"{v:.4g}")) for u, v in polygon)


def _places(value: object, points: MapPoints) -> tuple[Place, ...] | None:
    if not isinstance(value, list) or len(value) > MAX_CORNERS:
        return None
    places = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            return None
        u, v = map(number, pair)
        if u is None or v is None or not points.reaches((u, v)):
            return None
        places.append((u, v))
    return tuple(places)


# To the browser ------------------------------------------------------------------


def plain(decoder: Decoder, points: MapPoints, decoding: Decoding, alt: str) -> dict[str, Any]:
    """Return what map.js needs of a map that nobody has touched."""
    return {
        "decoder": decoder.plain(),
        **points.offered(),
        "classes": list(points.class_names),
        "decoding": _plain_decoding(decoding),
        "alt": alt,
    }


def _plain_far(points: MapPoints, far: NDArray[np.bool_]) -> dict[str, Any]:
    low, step = points.lattice_from(len(far))
    bits = text_of(np.packbits(far).tobytes())
    return {"bits": bits, "side": len(far), "low": list(low), "step": step}


def _plain_decoding(decoding: Decoding) -> dict[str, Any]:
    if isinstance(decoding, Interpolation):
        return {"kind": "local", "k": int(decoding.k)}
    offset, axes = np.float64(decoding.offset), np.float64(decoding.axes)
    return {"kind": "plane", "offset": offset.tolist(), "axes": axes.tolist()}
