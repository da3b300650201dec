"""A code under the visitor's finger: where it starts, its sliders, its link."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.latent.sampling import sample_prior
from ae.latent.traversal import by_kl
from ae.models import Autoencoder
from ae.ui.live import Slider, latent_sliders
from ae.ui.sampling import kl_by_dimension

FEW = 8
_REACH = 4.0
_PARAMETER = "z"


def live_code(autoencoder: Autoencoder) -> NDArray[np.float32]:
    """Show start buttons, live picture and sliders; return the code, (latent_dim,)."""
    name, latent_dim = autoencoder.card.name, autoencoder.latent_dim
    start_key = f"start-{name}"
    if start_key not in st.session_state:
        st.session_state[start_key] = parse_code(
            st.query_params.get(_PARAMETER, ""), latent_dim
        )
    _start_buttons(autoencoder, start_key)
    live, _ = by_kl(kl_by_dimension(autoencoder))
    if len(live) > FEW and not st.toggle(f"Show all {len(live)} dimensions", key="all"):
        live = live[:FEW]
    z = latent_sliders(
        autoencoder.decoder_safetensors,
        _sliders(autoencoder, live),
        st.session_state[start_key],
        key=f"live-{name}",
        alt="The picture decoded from the code that the sliders set",
        decode=autoencoder.decode,
    )
    # So that a start button starts afresh even where the last start was the same.
    st.session_state[start_key] = z
    st.query_params[_PARAMETER] = write_code(z)
    return np.array(z, np.float32)


def _sliders(autoencoder: Autoencoder, axes: list[int]) -> list[Slider]:
    kl = kl_by_dimension(autoencoder)
    return [
        Slider(
            axis,
            f"z{axis}",
            minimum=-_REACH,
            maximum=_REACH,
            note=f"{kl[axis]:.2f} nats",
        )
        for axis in axes
    ]


def _start_buttons(autoencoder: Autoencoder, start_key: str) -> None:
    def start(codes: NDArray[np.float32]) -> None:
        st.session_state[start_key] = tuple(np.float64(codes[0]).round(3).tolist())

    def random_draw() -> None:
        rng = np.random.default_rng()
        start(sample_prior(1, autoencoder.latent_dim, rng))

    def test_image() -> None:
        rng = np.random.default_rng()
        start(autoencoder.codes[rng.integers(len(autoencoder.codes), size=1)])

    def prior_mean() -> None:
        start(np.zeros((1, autoencoder.latent_dim), np.float32))

    with st.container(horizontal=True):
        st.button("Prior mean", on_click=prior_mean, icon=":material/adjust:")
        st.button("Random draw", on_click=random_draw, icon=":material/casino:")
        st.button("A test image's code", on_click=test_image, icon=":material/apparel:")


def write_code(z: tuple[float, ...]) -> str:
    """Write a code for a link: its numbers joined by underscores, as in 0_-1.25."""
    return "_".join(f"{value:.3g}" for value in z)


def parse_code(text: str, latent_dim: int) -> tuple[float, ...]:
    """Read a code from a link; whatever is not one gives the prior mean."""
    try:
        z = tuple(float(word) for word in text.split("_")[: latent_dim + 1])
    except ValueError:
        z = ()
    if len(z) != latent_dim or not all(math.isfinite(v) and abs(v) < 100 for v in z):
        return (0.0,) * latent_dim
    return z
