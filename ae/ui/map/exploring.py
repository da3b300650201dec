"""The map with everything that follows from its pin and its lasso."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import to_uint8
from ae.latent.maps import Decoding, Plane, inside, neighbours
from ae.latent.support import RARE
from ae.ui.door.link import newly_brought
from ae.ui.door.record import begin, held
from ae.ui.evidence import Originals, originals
from ae.ui.live import Decoder
from ae.ui.map.component import latent_map, map_state
from ae.ui.map.controls import TITLES
from ae.ui.map.decoding import choose_decoding
from ae.ui.map.pin import NEIGHBOURS, OUTLINE, PIN, outline_of, pin_numbers, pin_of, show_pin
from ae.ui.map.placing import place_pictures
from ae.ui.map.points import Colouring, MapPoints
from ae.ui.map.selection import show_selection
from ae.ui.map.trust import in_brief

_KEPT = "latent-map-kept"
_SIDE = 32  # places in a row at which it is asked how far the data lie


@st.fragment
def explore_map(autoencoder: Autoencoder, kind: str, colouring: Colouring | None) -> None:
    """Show a map that decodes under the pointer, and what pin and lasso found."""
    key, shown = f"map-{autoencoder.card.name}-{kind}", _map_points(autoencoder, kind)
    _follow(autoencoder, key, shown)
    points, state = shown.points, map_state(key, shown)
    st.session_state[_KEPT] = key, autoencoder.card.dataset, state.point
    selected = inside(points, state.polygon) if state.polygon else None
    top, middle = st.container(), st.container()
    decoding = choose_decoding(autoencoder, kind, state.point)
    marks = place_pictures(autoencoder, decoding)
    with top:
        latent_map(
            Decoder.of(autoencoder),
            shown,
            decoding,
            key=key,
            alt=f"What is decoded at a place of the map: {TITLES[kind]}",
            colouring=colouring,
            selected=selected,
            lines=_lines(autoencoder, state.point),
            marks=marks,
            far=_far(autoencoder, kind, shown, decoding),
        )
        st.caption(in_brief(autoencoder.card.maps[kind], kind))
    PIN.show(pin_numbers(state))
    OUTLINE.show(value for corner in state.polygon for value in corner)
    with middle:
        if state.pin is not None:
            show_pin(autoencoder, kind, decoding, state)
        if selected is not None:
            # The Arithmetic page offers it as a group.
            chosen = np.flatnonzero(selected)
            st.session_state[f"map-selection-{autoencoder.card.name}"] = chosen
            show_selection(autoencoder, points, selected)


def _far(
    autoencoder: Autoencoder, kind: str, shown: MapPoints, decoding: Decoding
) -> NDArray[np.bool_] | None:
    """Return where on a map codes lie far from the data, on its lattice."""
    if autoencoder.calibration is None:
        return None
    flat = (decoding.offset, decoding.axes) if isinstance(decoding, Plane) else ()
    where = b"".join(part.tobytes() for part in flat)
    return _far_of(autoencoder.card.files["codes.npz"], kind, where, autoencoder, shown, decoding)


# Guessing the codes of 1,024 places from 10,000 dots takes half a second.
@st.cache_resource(show_spinner="Looking where there is data", max_entries=32)
def _far_of(
    digest: str,
    kind: str,
    where: bytes,
    _autoencoder: Autoencoder,
    _shown: MapPoints,
    _decoding: Decoding,
) -> NDArray[np.bool_]:
    codes = _decoding.codes(_shown.lattice(_SIDE))
    return (_autoencoder.support(codes) < RARE).reshape(_SIDE, _SIDE)


def _follow(autoencoder: Autoencoder, key: str, points: MapPoints) -> None:
    """Pin and select what a link says, or what another map that was drawn leaves."""
    pin, polygon = held(key) or (None, ())
    dataset = autoencoder.card.dataset
    drawn, known, point = st.session_state.get(_KEPT, (key, dataset, None))
    linked = newly_brought(key, PIN, OUTLINE)
    if drawn != key:
        # An image has its place on every map of its data; a place between has not.
        on_both = known == dataset and point is not None
        pin, polygon = pin_of((point,) if on_both else (), points), ()
    if linked[0] is not None:
        pin = pin_of(linked[0], points)
    if linked[1] is not None:
        polygon = outline_of(linked[1], points)
    if drawn != key or linked != [None, None]:
        begin(key, (pin, polygon))


def _lines(autoencoder: Autoencoder, point: int | None) -> list[tuple[int, int]]:
    if point is None:
        return []
    near = neighbours(autoencoder.codes, point, k=NEIGHBOURS)
    return [(point, other) for other in near.tolist()]


def _map_points(autoencoder: Autoencoder, kind: str) -> MapPoints:
    real = originals(autoencoder)
    return _points(autoencoder.card.files["codes.npz"], kind, real is not None, autoencoder, real)


@st.cache_resource(show_spinner="Getting a small picture for every dot", max_entries=8)
def _points(
    digest: str, kind: str, with_images: bool, _autoencoder: Autoencoder, _real: Originals | None
) -> MapPoints:
    images = None if _real is None else lambda: _thumbnails(_real)
    return MapPoints.of(_autoencoder, kind, images=images)


def _thumbnails(real: Originals) -> NDArray[np.uint8]:
    images = to_uint8(real) if isinstance(real, np.ndarray) else real.pixels(slice(None))
    return images[..., 0] if images.shape[-1] == 1 else images
