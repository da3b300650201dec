"""What the encoder says of one picture: a mean, a spread, and samples of both."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import contact_sheet
from ae.latent.sampling import sample_posterior
from ae.latent.traversal import DEAD_KL
from ae.metrics import kl_divergence
from ae.ui.controls import choose_one, choose_seed
from ae.ui.evidence import enlargement
from ae.ui.figures import BLUE, GREY, Figure, new_figure
from ae.ui.one_image import OneImage, numbered_image, own_image
from ae.ui.pictures import show_picture
from ae.ui.sampling.code import shown_axes, start_at
from ae.ui.sampling.loss import show_loss
from ae.ui.sources import OWN

PICTURES = ("Test image", *OWN)
CODES = ("Mean", "Sample")
_SAMPLES = 8
_LARGE, _SMALL = 196, 84  # sides of pictures on screen, in pixels
_MOST_AXES = 16


@st.fragment
def show_posterior(autoencoder: Autoencoder, kl: NDArray[np.float64]) -> None:
    """Show one picture's posterior: its mean, its spread, and samples of it."""
    picture = _choose_picture(autoencoder)
    if picture is None:
        return
    assert picture.z_log_var is not None
    which, seed = _choose_code()
    samples = sample_posterior(
        np.repeat(picture.z_mean[None], _SAMPLES, axis=0),
        np.repeat(picture.z_log_var[None], _SAMPLES, axis=0),
        np.random.default_rng(seed),
    )
    z = picture.z_mean if which == "Mean" else samples[0]
    left, right = st.columns(2, gap="large")
    with left:
        _show_large(autoencoder, picture, z, which)
        if st.button("Use as start", key="start_at_code", icon=":material/north:"):
            start_at(autoencoder, z)
            st.rerun()
    with right:
        _show_spread(picture, shown_axes(kl)[:_MOST_AXES])
        if kl.max() < DEAD_KL:
            st.caption("Every dimension of this model is dead: no picture decides one.")
        if picture.original is not None:
            show_loss(autoencoder, picture.original, picture.z_mean, picture.z_log_var)
    show_picture(
        contact_sheet(autoencoder.decode(samples), columns=_SAMPLES, gap=1, background=0),
        alt=f"{_SAMPLES} samples of the posterior of {picture.name}, decoded",
        scale=enlargement(autoencoder, _SMALL),
    )
    st.caption(f"{_SAMPLES} samples: where they differ, the encoder is unsure.")


def _choose_picture(autoencoder: Autoencoder) -> OneImage | None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = choose_one("Picture", PICTURES, "posterior_from")
        if source == "Test image":
            return numbered_image(autoencoder, "posterior_of")
    return own_image(
        autoencoder,
        source,
        "posterior",
        in_link="A link to this page never holds your picture, but its code once it is a start.",
    )


def _choose_code() -> tuple[str, int]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = choose_one(
            "Code",
            CODES,
            "posterior_code",
            help="Wherever this app encodes a picture, it takes the mean.",
        )
        seed = choose_seed("posterior_draw", "Resample", on_change=_see_samples)
    return which, seed


def _see_samples() -> None:
    st.session_state["posterior_code"] = "Sample"


def _show_large(
    autoencoder: Autoencoder, picture: OneImage, z: NDArray[np.float32], which: str
) -> None:
    images = autoencoder.decode(z[None])
    names = [f"{which}, decoded"]
    if picture.original is not None:
        images = np.concatenate([picture.original[None], images])
        names = ["Original", *names]
    show_picture(
        contact_sheet(images, columns=2, gap=1, background=0),
        alt=f"{picture.name}: {', '.join(names)}",
        scale=enlargement(autoencoder, _LARGE),
    )
    assert picture.z_log_var is not None
    nats = kl_divergence(picture.z_mean, picture.z_log_var).sum()
    st.caption(
        f"**{picture.name}**: {' | '.join(names)}. Its posterior is {nats:.1f} nats from the prior."
    )


def _show_spread(picture: OneImage, axes: list[int]) -> None:
    assert picture.z_log_var is not None
    sigma = np.exp(0.5 * picture.z_log_var[axes])
    st.plotly_chart(
        spread_chart(picture.z_mean[axes], sigma, axes),
        config={"displayModeBar": False},
        alt=f"Posterior mean and spread of {picture.name} in each dimension",
    )
    st.caption(
        f"Dots are means, bars one posterior sigma ({sigma.min():.2f} to "
        f"{sigma.max():.2f}) each way; the band is one prior sigma. A short bar: the "
        "picture decides this number. A bar like the band: it says nothing."
    )


def spread_chart(
    z_mean: NDArray[np.float32], sigma: NDArray[np.float32], axes: list[int]
) -> Figure:
    """Draw a posterior's mean and sigma, both (n,), in n dimensions beside the prior's."""
    figure = new_figure(
        yaxis_title="Prior sigmas",
        xaxis_fixedrange=True,
        yaxis_fixedrange=True,
        height=240,
        showlegend=False,
    )
    figure.add_hrect(-1, 1, fillcolor=GREY, opacity=0.25, line_width=0)
    figure.add_scatter(
        x=[f"z{axis}" for axis in axes],
        y=z_mean.tolist(),
        error_y={"array": sigma.tolist(), "color": BLUE, "thickness": 3, "width": 4},
        mode="markers",
        marker={"color": BLUE, "size": 9},
        hovertemplate="%{x}: %{y:.2f} ± %{error_y.array:.2f}<extra></extra>",
    )
    return figure
