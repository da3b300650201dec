"""Pictures that no image gave: drawn from prior, mixture, posterior and plane."""

from __future__ import annotations

import csv
import io

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images import contact_sheet, gif_bytes, labelled_sheet, png_bytes, to_uint8
from ae.latent.sampling import sample_posterior
from ae.latent.traversal import by_kl, lattice, traverse
from ae.metrics import kl_divergence
from ae.models import Autoencoder
from ae.ui.caching import test_images
from ae.ui.evidence import show_evidence
from ae.ui.pictures import Row, picture_table, show_picture
from ae.ui.sources import IN_LINK

SOURCES = {"The prior": "prior", "A fitted mixture": "fitted"}
_LAST_SEED = 9999
_DRAWS = 10
_STRIP = np.linspace(-3, 3, 9, dtype=np.float32)


def kl_by_dimension(autoencoder: Autoencoder) -> NDArray[np.float64]:
    """Return the mean KL of each dimension on test images, nats, (latent_dim,)."""
    measured = autoencoder.card.evaluation["test"]["elbo"]
    return np.array(measured["kl_per_dimension"])


def show_generated(autoencoder: Autoencoder) -> None:
    """Draw codes, decode them, and show the evidence for the one that is chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.segmented_control(
            "Draw codes from",
            list(SOURCES),
            default="The prior",
            required=True,
            key="drawn_from",
            help="The prior is what training aimed at; the mixture was fitted to where "
            "the codes of training images really are.",
            **IN_LINK,
        )
        temperature = st.slider(
            "Temperature",
            0.0,
            1.5,
            1.0,
            0.1,
            key="temperature",
            help="Below 1 stays nearer to the usual, above 1 goes further out.",
            width=160,
            **IN_LINK,
        )
        seed = st.number_input(
            "Seed", 0, _LAST_SEED, 0, key="draw", width=130, **IN_LINK
        )
        st.button("Draw again", icon=":material/casino:", on_click=_next_draw)
    rng = np.random.default_rng(int(seed))
    codes = autoencoder.sample(
        _DRAWS, rng, source=SOURCES[source], temperature=float(temperature)
    )
    images = autoencoder.decode(codes)
    names = [f"Draw {number}" for number in range(1, _DRAWS + 1)]
    chosen = picture_table(
        names, [Row("Generated", "", to_uint8(images[..., 0]))], key="generated"
    )
    st.markdown(f"**{names[chosen]}**: is there data behind it?")
    show_evidence(autoencoder, codes[chosen])
    _downloads(images, codes)


def _next_draw() -> None:
    st.session_state["draw"] = (int(st.session_state["draw"]) + 1) % (_LAST_SEED + 1)


def _downloads(images: NDArray[np.float32], codes: NDArray[np.float32]) -> None:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([f"z{axis}" for axis in range(codes.shape[1])])
    lines.writerows([[f"{value:.6g}" for value in code] for code in codes])
    with st.container(horizontal=True):
        st.download_button(
            "Pictures as PNG",
            png_bytes(contact_sheet(images, columns=5), scale=4),
            "generated.png",
            "image/png",
            icon=":material/image:",
            on_click="ignore",
        )
        st.download_button(
            "Codes as CSV",
            text.getvalue(),
            "codes.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
        )


def show_posterior(autoencoder: Autoencoder) -> None:
    """Show one test image's posterior: its mean, its spread, and samples of it."""
    n = len(autoencoder.codes)
    at = int(
        st.number_input(
            "Test image", 0, n - 1, 0, key="posterior_of", width=160, **IN_LINK
        )
    )
    z_mean, z_log_var = autoencoder.codes[[at]], autoencoder.z_log_var[[at]]
    samples = sample_posterior(
        np.repeat(z_mean, 7, axis=0),
        np.repeat(z_log_var, 7, axis=0),
        np.random.default_rng(at),
    )
    codes = np.concatenate([z_mean, samples])
    images, names = autoencoder.decode(codes), ["Mean", *["Sample"] * 7]
    test = test_images()
    if test is not None:
        images, names = (
            np.concatenate([test.images[[at]], images]),
            ["Original", *names],
        )
    label = autoencoder.card.class_names[autoencoder.labels[at]]
    show_picture(
        contact_sheet(images, columns=len(images), gap=1, background=0),
        alt=f"{label} {at}: {', '.join(names)}",
        scale=3,
        width="stretch",
    )
    kl = kl_divergence(z_mean, z_log_var).sum()
    sigma = np.exp(0.5 * z_log_var)
    st.caption(
        f"{label} {at}: {', '.join(dict.fromkeys(names)).lower()}s. The posterior is "
        f"{kl:.1f} nats from the prior; its spread is {sigma.min():.2f} to "
        f"{sigma.max():.2f} prior sigmas by dimension. This app encodes the mean."
    )


def show_film_strips(autoencoder: Autoencoder, z: NDArray[np.float32]) -> None:
    """Show what every live dimension does, from -3 to 3 prior sigmas, most KL first."""
    kl = kl_by_dimension(autoencoder)
    live, dead = by_kl(kl)
    codes = np.concatenate([traverse(z, axis, _STRIP) for axis in live])
    strips = autoencoder.decode(codes).reshape(len(live), len(_STRIP), 28, 28, 1)
    rows = [
        (f"z{axis}  {kl[axis]:.2f} nats", strip)
        for axis, strip in zip(live, strips, strict=True)
    ]
    show_picture(
        labelled_sheet(rows, scale=2),
        alt=f"Film strips of {len(live)} dimensions, most informative first",
        scale=1,
        width="stretch",
    )
    if dead:
        names = ", ".join(f"z{axis}" for axis in dead)
        st.caption(f"Dead dimensions, which change nothing: {names}.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axis = st.selectbox(
            "Walk along",
            live,
            format_func=lambda axis: f"z{axis}",
            key=f"walk-{autoencoder.card.name}",
            width=140,
        )
        axis = live[0] if axis is None else axis
        walk = traverse(z, axis, np.linspace(-3, 3, 31, dtype=np.float32))
        st.download_button(
            "As GIF",
            gif_bytes(autoencoder.decode(walk), scale=6),
            f"walk-z{axis}.gif",
            "image/gif",
            icon=":material/animation:",
            on_click="ignore",
        )


def show_plane(autoencoder: Autoencoder) -> None:
    """Show the decoded lattice of a two-dimensional latent space."""
    side, reach = 15, 3.0
    images = autoencoder.decode(lattice(side, reach))
    show_picture(
        contact_sheet(images, columns=side, gap=0),
        alt=f"The plane from -{reach:g} to {reach:g} prior sigmas, decoded",
        scale=2,
        width="stretch",
    )
    st.caption(
        f"{side} by {side} codes from -{reach:g} to {reach:g} prior sigmas: z0 grows "
        "to the right, z1 upwards."
    )
