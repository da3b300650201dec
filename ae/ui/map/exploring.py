"""The map with everything that follows from its pin and its lasso."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images import to_uint8
from ae.latent.maps import Plane, inside, neighbours
from ae.ui.door.link import arrived, write_link
from ae.ui.door.record import begin
from ae.ui.evidence import Originals, originals
from ae.ui.live import Decoder
from ae.ui.map.component import LocalInterpolation, MapState, latent_map, map_state
from ae.ui.map.controls import TITLES
from ae.ui.map.decoding import Decoding, choose_decoding
from ae.ui.map.pin import (
    NEIGHBOURS,
    NOTHING,
    read_outline,
    read_pin,
    show_pin,
    write_outline,
    write_pin,
)
from ae.ui.map.placing import place_pictures
from ae.ui.map.points import Colouring, MapPoints
from ae.ui.map.selection import show_selection
from ae.ui.map.trust import in_brief

_KEPT = "latent-map-kept"
_PIN = "pin"
_OUTLINE = "lasso"


def explore_map(
    autoencoder: Autoencoder, kind: str, colouring: Colouring | None
) -> None:
    """Show a map that decodes under the pointer, and what pin and lasso found.

    Args:
        autoencoder: A VAE.
        kind: One of its ``maps``.
        colouring: Of the points; their class where it is None.
    """
    key, shown = f"map-{autoencoder.card.name}-{kind}", _map_points(autoencoder, kind)
    given = _linked(shown) or _carried(autoencoder, key, shown)
    if given is not None:
        begin(key, (given.pin, given.polygon))
    points, state = shown.points, map_state(key, shown)
    st.session_state[_KEPT] = key, autoencoder.card.dataset, state
    decoding = choose_decoding(autoencoder, kind, state.point)
    selected = inside(points, state.polygon) if state.polygon else None
    top, middle = st.container(), st.container()
    marks = place_pictures(autoencoder, decoding)
    with top:
        latent_map(
            Decoder.of(autoencoder),
            shown,
            _in_browser(decoding),
            key=key,
            alt=f"What is decoded at a place of the map: {TITLES[kind]}",
            colouring=colouring,
            selected=selected,
            lines=_lines(autoencoder, state.point),
            marks=marks,
        )
        st.caption(in_brief(autoencoder.card.maps[kind], kind))
    write_link(_PIN, write_pin(state))
    write_link(_OUTLINE, write_outline(state.polygon))
    with middle:
        if state.pin is not None:
            show_pin(autoencoder, kind, decoding, state)
        if selected is not None:
            # The Arithmetic page offers it as a group.
            chosen = np.flatnonzero(selected)
            st.session_state[f"map-selection-{autoencoder.card.name}"] = chosen
            show_selection(autoencoder, points, selected)


def _linked(points: MapPoints) -> MapState | None:
    """Return what a new link says is pinned and selected, if one has come."""
    pin, outline = arrived(_PIN), arrived(_OUTLINE)
    if not pin and not outline:
        return None
    return replace(read_pin(pin, points), polygon=read_outline(outline, points))


def _carried(autoencoder: Autoencoder, key: str, points: MapPoints) -> MapState | None:
    """Return what another map that was drawn before leaves pinned on this one."""
    dataset = autoencoder.card.dataset
    drawn, known, state = st.session_state.get(_KEPT, (key, dataset, NOTHING))
    if drawn == key:
        return None
    # An image has its place on every map of its data; a place between images has not.
    if known != dataset or state.point is None:
        return NOTHING
    return read_pin(str(state.point), points)


def _lines(autoencoder: Autoencoder, point: int | None) -> list[tuple[int, int]]:
    if point is None:
        return []
    near = neighbours(autoencoder.codes, point, k=NEIGHBOURS)
    return [(point, other) for other in near.tolist()]


def _in_browser(decoding: Decoding) -> Plane | LocalInterpolation:
    # The browser has points and codes already.
    return decoding if isinstance(decoding, Plane) else LocalInterpolation(decoding.k)


def _map_points(autoencoder: Autoencoder, kind: str) -> MapPoints:
    real = originals(autoencoder)
    return _points(
        autoencoder.card.files["codes.npz"], kind, real is not None, autoencoder, real
    )


@st.cache_resource(show_spinner="Getting a small picture for every dot", max_entries=8)
def _points(
    digest: str,
    kind: str,
    with_images: bool,
    _autoencoder: Autoencoder,
    _real: Originals | None,
) -> MapPoints:
    return MapPoints(
        points=_autoencoder.maps[kind],
        codes=_autoencoder.codes,
        labels=_autoencoder.labels,
        class_names=_autoencoder.card.class_names,
        images=None if _real is None else lambda: _thumbnails(_real),
    )


def _thumbnails(real: Originals) -> NDArray[np.uint8]:
    images = to_uint8(real[:])
    return images[..., 0] if images.shape[-1] == 1 else images
