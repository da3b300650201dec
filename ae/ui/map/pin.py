"""Pin and outline of a map: in the link, and what is known of the pinned code."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.latent.maps import neighbours
from ae.ui.evidence import class_name, show_evidence
from ae.ui.map.component import MAX_CORNERS, MapState, rounded
from ae.ui.map.controls import kl_of_images
from ae.ui.map.decoding import Decoding, read_index
from ae.ui.map.points import MapPoints, Place
from ae.ui.sampling.code import write_code

NEIGHBOURS = 10
NOTHING = MapState(pin=None, point=None, polygon=())
_ON_PLANE = 0.005  # prior sigmas, below what is shown


def write_pin(state: MapState) -> str:
    """Write a pin for a link: the image's number, or the place as in -1.25_0.5."""
    if state.point is not None:
        return str(state.point)
    return "" if state.pin is None else "_".join(f"{v:.6g}" for v in state.pin)


def read_pin(text: str, points: MapPoints) -> MapState:
    """Read a pin from a link; whatever is not one gives none.

    Args:
        text: As ``write_pin`` writes it.
        points: Of the map.
    """
    index = read_index(text, len(points.points))
    if index is not None:
        u, v = points.points[index].tolist()
        return MapState((u, v), index, ())
    try:
        u, v = (float(word) for word in text.split("_", 2))
    except ValueError:
        return NOTHING
    near = math.isfinite(u + v) and points.reaches((u, v))
    return MapState((u, v), None, ()) if near else NOTHING


def write_outline(polygon: Sequence[Place]) -> str:
    """Write an outline for a link: its corners' numbers joined by underscores."""
    return "_".join(f"{value:.4g}" for corner in polygon for value in corner)


def read_outline(text: str, points: MapPoints) -> tuple[Place, ...]:
    """Read an outline from a link; whatever is not one gives none.

    Args:
        text: As ``write_outline`` writes it.
        points: Of the map.
    """
    try:
        numbers = [float(word) for word in text.split("_", 2 * MAX_CORNERS)]
    except ValueError:
        return ()
    corners = list(zip(numbers[::2], numbers[1::2], strict=False))
    if len(numbers) % 2 or len(corners) < 3 or len(corners) > MAX_CORNERS:
        return ()
    sound = all(math.isfinite(u + v) and points.reaches((u, v)) for u, v in corners)
    return rounded(corners) if sound else ()


def show_pin(
    autoencoder: Autoencoder, kind: str, decoding: Decoding, state: MapState
) -> None:
    """Show what the data say about the pinned code, and where to go on with it.

    Args:
        autoencoder: Whose codes the map shows.
        kind: One of its ``maps``.
        decoding: From places on it to codes.
        state: Of the map; something must be pinned.
    """
    assert state.pin is not None
    z = decoding.codes(np.array([state.pin]))[0]
    if state.point is None:
        st.subheader("Pinned: a place between the images", anchor=False)
    else:
        _show_image(autoencoder, kind, state.point, z)
    show_evidence(autoencoder, z)
    st.page_link(
        "pages/explore/sample.py",
        label="Open this code on Sample",
        icon=":material/tune:",
        query_params={"vae": autoencoder.card.title, "z": write_code(tuple(z))},
    )


def _show_image(
    autoencoder: Autoencoder, kind: str, index: int, z: NDArray[np.float32]
) -> None:
    name = class_name(autoencoder, index)
    st.subheader(f"Pinned: test image {index}, {name}", anchor=False)
    true = neighbours(autoencoder.codes, index, k=NEIGHBOURS)
    here = neighbours(autoencoder.maps[kind], index, k=NEIGHBOURS)
    st.markdown(
        f"Squared error {autoencoder.errors[index]:.4f}, KL "
        f"{kl_of_images(autoencoder)[index]:.1f} nats. Lines lead to its neighbours: "
        f"of its {len(true)} nearest in latent space, **{np.isin(true, here).sum()}** "
        f"are among its {len(here)} nearest here."
    )
    off = float(np.linalg.norm(autoencoder.codes[index] - z))
    if off > _ON_PLANE:
        st.caption(
            f"Its own code lies {off:.2f} prior sigmas off the plane. The picture is "
            "that of the plane below it, not its reconstruction."
        )
