"""The map component: its typed door, and what it believes of the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images import to_uint8
from ae.latent.maps import Plane, interpolate
from ae.ui.live.delivery import Decode, declare, digest_of, new_turn
from ae.ui.live.engine import ENGINE, HERE, javascript
from ae.ui.map.points import Colouring, MapPoints, Mark, Place, text_of
from ae.ui.pictures import show_picture

MAX_CORNERS = 60
_MAX_NEIGHBOURS = 64  # more take longer than a frame allows
_SERVER_SCALE = 8
_PARTS = (
    *("delivery.js", "screen.js", "turns.js", "projector.js", "payload.js"),
    *("camera.js", "grid.js", "decoding.js", "palette.js", "points.js", "labels.js"),
    *(
        "overlay.js",
        "thumbnails.js",
        "preview.js",
        "legend.js",
        "lasso.js",
        "gestures.js",
    ),
    *("scene.js", "controls.js", "map.js"),
)
_component = st.components.v2.component(
    "latent_map",
    css=(HERE.parent / "map" / "map.css").read_text(encoding="utf-8"),
    js=javascript(*ENGINE, *_PARTS),
)


@dataclass(frozen=True)
class LocalInterpolation:
    """A place stands for the mean of the codes of the k nearest points of the map.

    Each weighs 1 / distance**2, as in ``ae.latent.maps.interpolate``.

    Attributes:
        k: How many points take part.
    """

    k: int = 8

    def __post_init__(self) -> None:
        """Check the count.

        Raises:
            ValueError: If k is not in [1, 64].
        """
        if not 1 <= self.k <= _MAX_NEIGHBOURS:
            raise ValueError(f"k must be in [1, {_MAX_NEIGHBOURS}], got {self.k}")


@dataclass(frozen=True)
class MapState:
    """What the visitor did on a map.

    Attributes:
        pin: Where they clicked last, (u, v).
        point: The index of the point on which the pin lies, if on any.
        polygon: Corners of the outline they drew, or none; rounded to what a link
            holds, so that it selects the same for whom it is shared with.
    """

    pin: Place | None
    point: int | None
    polygon: tuple[Place, ...]


@dataclass(frozen=True)
class _Kept:
    """What is known between two runs.

    Attributes:
        turn: Names a stretch in which the browser alone moves pin and outline.
        points: Digest of the points.
        given: The pin the caller gave.
        start: Pin and polygon at the turn's start.
        pin: As it stands.
        polygon: As it stands.
        has: Digests of what the browser has.
        failed: Digest of a decoder that the browser cannot run.
    """

    turn: str
    points: str
    given: Place | None
    start: tuple[Place | None, tuple[Place, ...]]
    pin: Place | None
    polygon: tuple[Place, ...] = ()
    has: frozenset[str] = frozenset()
    failed: str = ""


def latent_map(
    decoder: bytes | None,
    points: MapPoints,
    decoding: Plane | LocalInterpolation,
    *,
    key: str,
    alt: str,
    decode: Decode,
    colouring: Colouring | None = None,
    selected: NDArray[np.bool_] | None = None,
    lines: Sequence[tuple[int, int]] = (),
    marks: Sequence[Mark] = (),
    pin: Place | None = None,
    outline: Sequence[Place] | None = None,
) -> MapState:
    """Show a map of codes on which every place decodes under the pointer.

    The caller hears of a click, which pins a place, and of an outline, which selects
    points. As long as ``pin`` stays what it was, or is what was returned last, the
    visitor goes on; another ``pin`` moves it there. Pin and outline outlive a visit to
    another page; they belong to the key and to the points.

    Args:
        decoder: The content of ``decoder.safetensors``. Where it is None, or the
            browser cannot run it, pointing shows known images only, and the server
            decodes the pin.
        points: What lies on the map.
        decoding: How a place becomes a code.
        key: Of the component, unique on the page.
        alt: What the decoded picture shows, for people who cannot see it.
        decode: (n, latent_dim) to (n, height, width, channels) in [0, 1].
        colouring: Values to colour the points by, instead of their classes.
        selected: The points in question, (n,); the others are grey. All, if None.
        lines: Pairs of indices of points to join.
        marks: Other images, placed on the map.
        pin: Where it starts; a place far from all points counts as none.
        outline: Corners of an outline to show instead of the visitor's, which stays
            where this is None; one that leaves the map counts as none.

    Returns:
        Pin and outline, checked: finite, within reach of the map.

    Raises:
        ValueError: If an argument does not fit the points.
    """
    _check(points, decoding, selected, lines, marks, pin)
    digest = "" if decoder is None else digest_of(decoder)
    kept = _settle(key, points, pin, outline)
    live = digest != "" and kept.failed != digest
    with st.container(gap=None):
        _component(
            key=key,
            # What the browser said is not sent back.
            data={
                "turn": kept.turn,
                "start": _plain_start(kept),
                "decoder": digest if live else "",
                "points": points.digest,
                "images": points.images_digest,
                "latentDim": points.codes.shape[1],
                "classes": list(points.class_names),
                "decoding": _plain_decoding(decoding),
                "alt": alt,
                "colouring": colouring and colouring.plain(len(points.points)),
                "selected": _bits(selected),
                "lines": [[int(a), int(b)] for a, b in lines],
                "marks": [
                    {"label": m.label, "u": float(m.u), "v": float(m.v)} for m in marks
                ],
            },
            default={"view": None, "failed": None},
            on_view_change=declare,
            on_failed_change=declare,
        )
        # Bytes travel only alone, hence mounts of their own, last so that their going
        # moves nothing.
        _deliver(points.digest, points.packed_points, kept, f"{key}-points")
        if decoder is not None and live:
            _deliver(digest, lambda: decoder, kept, f"{key}-decoder")
        if points.images is not None:
            _deliver(points.images_digest, points.packed_images, kept, f"{key}-images")
    if not live:
        _show_pin(kept.pin, points, decoding, decode, alt)
    st.session_state[f"{key}-kept"] = kept
    point = None if kept.pin is None else points.point_at(kept.pin)
    return MapState(kept.pin, point, kept.polygon)


def _check(
    points: MapPoints,
    decoding: Plane | LocalInterpolation,
    selected: NDArray[np.bool_] | None,
    lines: Sequence[tuple[int, int]],
    marks: Sequence[Mark],
    pin: Place | None,
) -> None:
    n, latent_dim = points.codes.shape
    if isinstance(decoding, Plane) and decoding.axes.shape != (2, latent_dim):
        raise ValueError(
            f"a plane with axes {decoding.axes.shape} holds no codes of {latent_dim}"
        )
    if selected is not None and (selected.shape != (n,) or selected.dtype != bool):
        raise ValueError(f"the selection of {n} points has shape {selected.shape}")
    if not all(0 <= end < n for line in lines for end in line):
        raise ValueError(f"a line ends at none of the {n} points")
    places = [(mark.u, mark.v) for mark in marks] + ([] if pin is None else [pin])
    if not np.isfinite(np.array(places)).all():
        raise ValueError("a pin or mark holds a number that is not finite")


# Turns ---------------------------------------------------------------------------


def _settle(
    key: str,
    points: MapPoints,
    given: Place | None,
    outline: Sequence[Place] | None,
) -> _Kept:
    """Decide where pin and outline are: the caller's, or where the visitor has them."""
    drawn = None if outline is None else _places([list(c) for c in outline], points)
    if given is not None:
        given = (float(given[0]), float(given[1]))
        given = given if points.reaches(given) else None
    kept = st.session_state.get(f"{key}-kept")
    state = st.session_state.get(key)
    if not isinstance(kept, _Kept) or kept.points != points.digest:
        polygon = drawn or ()
        return _Kept(new_turn(), points.digest, given, (given, polygon), given, polygon)
    pin = kept.pin if given in (kept.given, kept.pin) else given
    polygon = kept.polygon if outline is None else drawn or ()
    if (pin, polygon) != (kept.pin, kept.polygon):
        start = (pin, polygon)
        kept = replace(kept, turn=new_turn(), start=start, pin=pin, polygon=polygon)
    kept = replace(kept, given=given)
    if isinstance(state, Mapping):
        return _listen(kept, state, points)
    # Back from another page: go on from where the pin is.
    start = (kept.pin, kept.polygon)
    return replace(kept, turn=new_turn(), start=start, has=frozenset())


def _listen(kept: _Kept, state: Mapping[str, Any], points: MapPoints) -> _Kept:
    # All values come from the browser: anything may arrive.
    failed, view = state.get("failed"), state.get("view")
    if isinstance(failed, Mapping):
        kept = replace(kept, failed="".join(_digests([failed.get("digest")])))
    if not isinstance(view, Mapping) or view.get("turn") != kept.turn:
        return kept
    pin, corners = view.get("pin"), view.get("polygon")
    pins = _places([pin], points) if pin is not None else ()
    polygon = _places(corners, points)
    if pins is None or polygon is None:
        return kept
    has = _digests(view.get("has"))
    return replace(
        kept, pin=pins[0] if pins else None, polygon=rounded(polygon), has=has
    )


def rounded(polygon: Sequence[Place]) -> tuple[Place, ...]:
    """Round corners to four digits: a tenth of a pixel, and short in a link."""
    return tuple((float(f"{u:.4g}"), float(f"{v:.4g}")) for u, v in polygon)


def _places(value: object, points: MapPoints) -> tuple[Place, ...] | None:
    if not isinstance(value, list) or len(value) > MAX_CORNERS:
        return None
    if not all(_is_place(pair) and points.reaches(pair) for pair in value):
        return None
    return tuple((float(u), float(v)) for u, v in value)


def _is_place(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    # A bool is an int, and an int may be too large for a float.
    return all(type(x) in (int, float) and abs(x) < 1e30 for x in value)


def _digests(value: object) -> frozenset[str]:
    texts = value if isinstance(value, list) and len(value) <= 3 else []
    return frozenset(t for t in texts if isinstance(t, str) and len(t) == 64)


# In the browser ------------------------------------------------------------------


def _deliver(digest: str, content: Callable[[], bytes], kept: _Kept, name: str) -> None:
    if digest not in kept.has:
        _component(key=name, data=bytes.fromhex(digest) + content(), height=1)


def _plain_start(kept: _Kept) -> dict[str, Any]:
    pin, polygon = kept.start
    return {"pin": pin and list(pin), "polygon": [list(corner) for corner in polygon]}


def _plain_decoding(decoding: Plane | LocalInterpolation) -> dict[str, Any]:
    if isinstance(decoding, LocalInterpolation):
        return {"kind": "local", "k": int(decoding.k)}
    offset, axes = np.float64(decoding.offset), np.float64(decoding.axes)
    return {"kind": "plane", "offset": offset.tolist(), "axes": axes.tolist()}


def _bits(selected: NDArray[np.bool_] | None) -> str | None:
    return None if selected is None else text_of(np.packbits(selected).tobytes())


# On the server -------------------------------------------------------------------


def _show_pin(
    pin: Place | None,
    points: MapPoints,
    decoding: Plane | LocalInterpolation,
    decode: Decode,
    alt: str,
) -> None:
    st.caption(
        "This decoder runs on the server: pointing shows known images, and a click "
        "decodes the place."
    )
    if pin is None:
        return
    image = to_uint8(decode(_code_at(pin, points, decoding)[None])[0])
    picture = image[..., 0] if image.shape[-1] == 1 else image
    show_picture(picture, alt=alt, scale=_SERVER_SCALE)


def _code_at(
    place: Place, points: MapPoints, decoding: Plane | LocalInterpolation
) -> NDArray[np.float32]:
    if isinstance(decoding, LocalInterpolation):
        return interpolate(place, points.points, points.codes, k=decoding.k)
    return decoding.codes(np.array([place]))[0]
