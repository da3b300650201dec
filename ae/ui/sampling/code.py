"""A code under the visitor's finger: where it starts, its sliders, its link."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.latent.sampling import sample_prior
from ae.latent.traversal import DEAD_KL, by_kl
from ae.ui.door.link import arrived, write_link
from ae.ui.door.record import begin
from ae.ui.live import Decoder, Slider, latent_sliders
from ae.ui.one_image import numbered_image, own_image
from ae.ui.sources import IN_LINK, OWN

STARTS = ("Prior mean", "Random", "Test image", *OWN)
FEW = 8
_REACH = 4.0
# Codes that reach further than this are no draws from the prior, whose do 1.96.
_FAR = 2.5
_LAST_SEED = 9999
_PARAMETER = "z"

Code = tuple[float, ...]


def live_code(autoencoder: Autoencoder, kl: NDArray[np.float64]) -> NDArray[np.float32]:
    """Show a choice of starts, the live picture and its sliders; return the code.

    Args:
        autoencoder: A VAE.
        kl: Mean KL of each dimension in nats, (latent_dim,).

    Returns:
        (latent_dim,).
    """
    name, latent_dim = autoencoder.card.name, autoencoder.latent_dim
    key, start_key = _key(autoencoder), f"start-{name}"
    linked = arrived(_PARAMETER)
    start = _choose_start(autoencoder, start_key)
    if linked:
        begin(key, parse_code(linked, latent_dim))
    elif start is not None and start != st.session_state.get(start_key):
        begin(key, start)
    st.session_state[start_key] = start
    z = latent_sliders(
        Decoder.of(autoencoder),
        _sliders(kl, _choose_axes(kl), max(_REACH, np.ceil(autoencoder.usual_reach))),
        (0.0,) * latent_dim,
        key=key,
        alt="The picture decoded from the code that the sliders set",
    )
    write_link(_PARAMETER, write_code(z))
    return np.array(z, np.float32)


def start_at(autoencoder: Autoencoder, z: NDArray[np.float32]) -> None:
    """Let the sliders of a model start at a code, (latent_dim,), in the next run."""
    begin(_key(autoencoder), _as_in_link(z))


def _key(autoencoder: Autoencoder) -> str:
    return f"live-{autoencoder.card.name}"


# Starts --------------------------------------------------------------------------


def _choose_start(autoencoder: Autoencoder, start_key: str) -> Code | None:
    """Show the ways to start; None while an upload is awaited."""

    def again() -> None:
        st.session_state.pop(start_key, None)

    # A model whose codes lie elsewhere has nothing to show where its prior is.
    far = far_from_prior(autoencoder)
    how = st.segmented_control(
        "Start from",
        STARTS,
        default="Test image" if far else "Prior mean",
        required=True,
        key="start_far" if far else "start",
        **IN_LINK,
    )
    z = np.zeros(autoencoder.latent_dim, np.float32)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        if how == "Random":
            z = _random_draw(autoencoder.latent_dim)
        elif how == "Test image":
            z = numbered_image(autoencoder, "start_image").z_mean
    own = own_image(autoencoder, how, "start") if how in OWN else None
    if own is not None:
        z = own.z_mean
    awaited = how in OWN and own is None
    row.button(
        "Back to the start",
        icon=":material/undo:",
        on_click=again,
        disabled=awaited,
    )
    return None if awaited else _as_in_link(z)


def _random_draw(latent_dim: int) -> NDArray[np.float32]:
    seed = st.number_input(
        "Seed", 0, _LAST_SEED, 0, key="start_seed", width=130, **IN_LINK
    )
    st.button("Draw again", key="start_draw", icon=":material/casino:", on_click=_next)
    rng = np.random.default_rng(int(seed))
    return sample_prior(1, latent_dim, rng)[0]


def _next() -> None:
    seed = int(st.session_state["start_seed"])
    st.session_state["start_seed"] = (seed + 1) % (_LAST_SEED + 1)


# Sliders -------------------------------------------------------------------------


def _choose_axes(kl: NDArray[np.float64]) -> list[int]:
    """Let it be chosen which dimensions have sliders; name those that are dead."""
    live, dead = by_kl(kl)
    if not live:
        st.caption(
            f"**Every dimension is dead**: none of the {len(dead)} carries {DEAD_KL:g} "
            "nats, so moving them changes next to nothing. This model ignores its "
            "codes; train it again with less weight on the KL."
        )
        return dead
    choices = {f"The {FEW} strongest": live[:FEW]} if len(live) > FEW else {}
    choices[f"All {len(live)} live"] = live
    if dead:
        choices[f"With {len(dead)} dead"] = [*live, *dead]
    if len(choices) == 1:
        return live
    chosen = st.segmented_control(
        "Sliders", list(choices), default=next(iter(choices)), required=True, key="axes"
    )
    if dead:
        names = ", ".join(f"z{axis}" for axis in dead)
        st.caption(
            f"**Dead dimensions**: {names}. They carry under {DEAD_KL:g} nats, and "
            "moving them changes next to nothing."
        )
    return choices.get(chosen, live)


def shown_axes(kl: NDArray[np.float64]) -> list[int]:
    """Return the live dimensions, most informative first; if all are dead, those.

    Args:
        kl: Mean KL of each dimension in nats, (latent_dim,).
    """
    live, dead = by_kl(kl)
    return live or dead


def far_from_prior(autoencoder: Autoencoder) -> bool:
    """Return whether the codes of a model lie where its prior has next to nothing."""
    return autoencoder.usual_reach > _FAR


def _sliders(kl: NDArray[np.float64], axes: list[int], reach: float) -> list[Slider]:
    return [
        Slider(
            axis,
            f"z{axis}",
            minimum=-reach,
            maximum=reach,
            note="dead" if kl[axis] < DEAD_KL else f"{kl[axis]:.2f} nats",
        )
        for axis in axes
    ]


# The link ------------------------------------------------------------------------


def write_code(z: Code) -> str:
    """Write a code for a link: its numbers joined by underscores, as in 0_-1.25."""
    return "_".join(f"{value:.3g}" for value in z)


def parse_code(text: str, latent_dim: int) -> Code:
    """Read a code from a link; whatever is not one gives the prior mean."""
    try:
        z = tuple(float(word) for word in text.split("_")[: latent_dim + 1])
    except ValueError:
        z = ()
    if len(z) != latent_dim or not all(math.isfinite(v) and abs(v) < 100 for v in z):
        return (0.0,) * latent_dim
    return z


def _as_in_link(z: NDArray[np.float32]) -> Code:
    """Round a code to what a link holds, so that a shared picture is the same."""
    return parse_code(write_code(tuple(z)), len(z))
