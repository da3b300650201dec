"""Pin and outline of a map: in the link, and what is known of the pinned code."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.latent.maps import Decoding, neighbours
from ae.ui.door.link import Numbers
from ae.ui.evidence import class_name, show_evidence
from ae.ui.map.component import MAX_CORNERS, MapState, rounded
from ae.ui.map.controls import kl_of_images
from ae.ui.map.points import MapPoints, Place
from ae.ui.sampling.code import code_link
from ae.ui.shelf import has_sliders

NEIGHBOURS = 10
PIN = Numbers("pin", (1, 2), (-1e9, 1e9), digits=6)
OUTLINE = Numbers("lasso", (6, 2 * MAX_CORNERS), (-1e9, 1e9), digits=4)
_ON_PLANE = 0.005  # of codes, below what is shown


def pin_numbers(state: MapState) -> Sequence[float]:
    """Return what a link holds of a pin: its image's number, or else its place."""
    return (state.pin or ()) if state.point is None else (state.point,)


def pin_of(numbers: Sequence[float], points: MapPoints) -> Place | None:
    """Return the place that numbers of ``pin_numbers`` mean, if it is one of the map."""
    match [*numbers]:
        case [index] if index in range(len(points.points)):
            u, v = points.points[int(index)].tolist()
            return u, v
        case [u, v] if points.reaches((u, v)):
            return u, v
    return None


def outline_of(numbers: Sequence[float], points: MapPoints) -> tuple[Place, ...]:
    """Return the outline with these coordinates, u and v in turn; none where it leaves the map."""
    corners = list(zip(numbers[::2], numbers[1::2], strict=False))
    sound = len(numbers) % 2 == 0 and all(map(points.reaches, corners))
    return rounded(corners) if sound else ()


def show_pin(autoencoder: Autoencoder, kind: str, decoding: Decoding, state: MapState) -> None:
    """Show what the data say about the pinned code, and where to go on with it."""
    assert state.pin is not None
    z = decoding.codes(np.array([state.pin]))[0]
    if state.point is None:
        st.header("Pinned: a place between the images", anchor=False)
    else:
        _show_image(autoencoder, kind, state.point, z)
    show_evidence(autoencoder, z)
    if has_sliders(autoencoder):
        st.page_link(
            "pages/explore/sample.py",
            label="Open this code on Sample",
            icon=":material/tune:",
            query_params={"vae": autoencoder.card.title, "z": code_link(len(z)).text(z)},
        )


def _show_image(autoencoder: Autoencoder, kind: str, index: int, z: NDArray[np.float32]) -> None:
    name = class_name(autoencoder, index)
    st.header(f"Pinned: test image {index}, {name}", anchor=False)
    true = neighbours(autoencoder.codes, index, k=NEIGHBOURS)
    here = neighbours(autoencoder.maps[kind], index, k=NEIGHBOURS)
    kl, unit = "", ""
    if autoencoder.is_vae:
        kl, unit = f", KL {kl_of_images(autoencoder)[index]:.1f} nats", " prior sigmas"
    st.markdown(
        f"Squared error {autoencoder.errors[index]:.4f}{kl}. Lines lead to its neighbours: of its "
        f"{len(true)} nearest in latent space, **{np.isin(true, here).sum()}** are among its "
        f"{len(here)} nearest here."
    )
    off = float(np.linalg.norm(autoencoder.codes[index] - z))
    if off > _ON_PLANE:
        st.caption(
            f"Its own code lies {off:.2f}{unit} off the plane. The picture is that of the plane "
            "below it, not its reconstruction."
        )
