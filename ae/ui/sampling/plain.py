"""Codes of what has no posterior: a plain autoencoder, or a decoder alone."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.decoder import Decoder as Network
from ae.images.sheets import contact_sheet, labelled_sheet
from ae.latent.sampling import sample_prior
from ae.latent.traversal import traverse
from ae.ui.controls import choose_one, choose_seed
from ae.ui.door.record import forget
from ae.ui.evidence import enlargement, say_how_many_are_far
from ae.ui.live import Decoder, Slider, latent_sliders
from ae.ui.one_image import numbered_image
from ae.ui.pictures import show_picture
from ae.ui.sampling.code import FEW, as_in_link, code_link, live_key
from ae.ui.sampling.drawing import offer_traversal, show_plane

_REACH, _DRAWS, _SIDE, _MOST_STRIPS = 4.0, 10, 84, 16
_STRIP = np.linspace(-3, 3, 9, dtype=np.float32)
_STARTS = ("Mean", "Random", "Test image")

Scale = tuple[NDArray[np.float32], NDArray[np.float32]]


def scale_of(network: Network) -> Scale:
    """Return the mean and the standard deviation that each number of a code counts in.

    Those of the stored codes; of a decoder alone, whose codes nobody knows, 0 and 1.
    """
    if not isinstance(network, Autoencoder):
        zeros = np.zeros(network.latent_dim, np.float32)
        return zeros, zeros + 1
    return network.code_statistics


def in_words(network: Network) -> str:
    """Return what a model's sliders count in, and what would bring the rest of the page."""
    if isinstance(network, Autoencoder):
        return (
            "This autoencoder has no prior to draw from and no posterior. Drag a slider: the "
            "picture follows. Every number counts in **standard deviations of the codes of "
            "its test images**; a variational one would bring the rest of this page."
        )
    return (
        "This is a decoder alone. Drag a slider: the picture follows. Every number counts in "
        "ones, for nobody knows its codes; its encoder and images, given to "
        "`python -m ae import`, would bring maps, errors and comparisons."
    )


def live_plain_code(network: Network) -> NDArray[np.float32]:
    """Show the live picture and its sliders; return the code, (latent_dim,)."""
    key, link = live_key(network), code_link(network.latent_dim)
    mean, std = scale_of(network)
    again = partial(forget, key)
    start = mean
    with st.container(horizontal=True, vertical_alignment="bottom"):
        starts = _STARTS if isinstance(network, Autoencoder) else _STARTS[:2]
        how = choose_one("Start from", starts, "plain_start", on_change=again)
        if how == "Random":
            seed = choose_seed("plain_seed", "Draw again", on_change=again)
            start = _drawn(network, 1, seed)[0]
        elif isinstance(network, Autoencoder) and how == "Test image":
            start = numbered_image(network, "plain_image", on_change=again).z_mean
        st.button("Back to the start", icon=":material/undo:", on_click=again)
    axes = _axes(std)
    if len(axes) > FEW:
        few, every = f"The {FEW} that vary most", f"All {len(axes)}"
        axes = axes[:FEW] if choose_one("Sliders", (few, every), "plain_axes") == few else axes
    link.follow(key)
    sliders = [
        Slider(axis, f"z{axis}", -_REACH, _REACH, scale=float(std[axis]), offset=float(mean[axis]))
        for axis in axes
    ]
    z = latent_sliders(
        Decoder.of(network),
        sliders,
        as_in_link(start),
        key=key,
        alt="The picture decoded from the code that the sliders set",
    )
    link.show(z)
    return np.array(z, np.float32)


def offer_plain_traversal(network: Network, z: NDArray[np.float32]) -> None:
    """Offer what the slider touched last does to a code, as a GIF."""
    mean, std = scale_of(network)
    offer_traversal(network, z, _axes(std), mean, std)


def _axes(std: NDArray[np.float32]) -> list[int]:
    """Return the dimensions that vary, most first; all where none does."""
    order = [int(axis) for axis in np.argsort(-std, kind="stable") if std[axis] > 0]
    return order or list(range(len(std)))


def _drawn(network: Network, n: int, seed: int) -> NDArray[np.float32]:
    mean, std = scale_of(network)
    drawn = sample_prior(n, network.latent_dim, np.random.default_rng(seed))
    return mean + np.float32(std * drawn)


def show_plain_strips(network: Network, z: NDArray[np.float32]) -> None:
    """Show what the dimensions do from a code, from -3 to 3 in what they count in."""
    mean, std = scale_of(network)
    axes = _axes(std)[:_MOST_STRIPS]
    codes = [traverse(z, axis, mean[axis] + std[axis] * _STRIP) for axis in axes]
    strips = np.split(network.decode(np.concatenate(codes)), len(axes))
    rows = [(f"z{axis}", strip) for axis, strip in zip(axes, strips, strict=True)]
    show_picture(
        labelled_sheet(rows, scale=enlargement(network, _SIDE)),
        alt=f"Film strips of {len(axes)} dimensions",
        scale=1,
        width="stretch",
    )


def show_plain_plane(network: Network) -> None:
    """Show the decoded lattice of a two-dimensional latent space."""
    known = isinstance(network, Autoencoder)
    unit = "standard deviations of the codes" if known else "in what the decoder takes"
    show_plane(network, *scale_of(network), unit)


def show_plain_draws(network: Network) -> None:
    """Draw codes from a bell around the mean, each number alone, and show their pictures."""
    seed = choose_seed("plain_draw", "Draw again", label="Draw number")
    codes = _drawn(network, _DRAWS, seed)
    show_picture(
        contact_sheet(network.decode(codes), columns=5, gap=1, background=0),
        alt=f"{_DRAWS} pictures of drawn codes",
        scale=enlargement(network, _SIDE),
    )
    st.caption(
        f"{_DRAWS} codes, every number drawn by itself from a bell of the width that it counts "
        "in. Nothing says that a real picture has such a code."
    )
    if isinstance(network, Autoencoder):
        say_how_many_are_far(network, codes)
