"""A code under the visitor's finger: where it starts, its sliders, its link."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.decoder import Decoder as Network
from ae.coding.diagnosis import tells_of_draws
from ae.latent.sampling import sample_prior
from ae.latent.traversal import DEAD_KL, by_kl
from ae.ui.controls import choose_one, choose_seed
from ae.ui.door.link import Numbers
from ae.ui.door.record import begin, forget
from ae.ui.door.uploads import pictures
from ae.ui.live import Decoder, Slider, latent_sliders
from ae.ui.one_image import numbered_image, own_image
from ae.ui.sources import OWN

STARTS = ("Prior mean", "Random", "Test image", *OWN)
FEW = 8
_REACH = 4.0
# Codes that reach further than this are no draws from the prior, whose do 1.96.
_FAR = 2.5
_MOST = 1e6  # of a number in a link
_CHOSEN = "start-chosen"  # whether the visitor chose where to start, not a link
_IN_LINK = (
    "**A link to this page holds the code of your picture**: whoever opens it sees what is on the "
    "right, as the sliders change it, and never what is on the left."
)

Code = tuple[float, ...]


def live_code(autoencoder: Autoencoder, kl: NDArray[np.float64]) -> NDArray[np.float32]:
    """Show a choice of starts, the live picture and its sliders; return the code.

    The mean KL of each dimension is in nats; it and the code are (latent_dim,).
    """
    key, link = live_key(autoencoder), code_link(autoencoder.latent_dim)
    start = _choose_start(autoencoder, key)
    link.follow(key)
    z = latent_sliders(
        Decoder.of(autoencoder),
        _sliders(kl, _choose_axes(kl), max(_REACH, np.ceil(autoencoder.usual_reach))),
        start,
        key=key,
        alt="The picture decoded from the code that the sliders set",
    )
    link.show(z)
    return np.array(z, np.float32)


def code_link(latent_dim: int) -> Numbers:
    """Return what writes and reads a model's code in the address of the page."""
    return Numbers("z", (latent_dim, latent_dim), (-_MOST, _MOST))


def start_at(autoencoder: Autoencoder, z: NDArray[np.float32]) -> None:
    """Let the sliders of a model start at a code, (latent_dim,), in the next run."""
    begin(live_key(autoencoder), as_in_link(z))


def live_key(autoencoder: Network) -> str:
    """Return the key of a model's sliders."""
    return f"live-{autoencoder.card.name}"


def as_in_link(z: NDArray[np.float32]) -> Code:
    """Round a code to what a link holds, so that a shared picture is the same."""
    link = code_link(len(z))
    return link.read(link.text(z)) or (0.0,) * len(z)


# Starts --------------------------------------------------------------------------


def _choose_start(autoencoder: Autoencoder, key: str) -> Code:
    """Show the ways to start; while an upload is awaited, the prior mean is one."""
    again = partial(forget, key)
    # A model whose codes lie elsewhere has nothing to show where its prior is.
    far = far_from_prior(autoencoder)
    name = "start_far" if far else "start"

    def start_elsewhere() -> None:
        st.session_state[_CHOSEN] = True
        # While a picture is awaited, the code stays as it is.
        if st.session_state[name] not in OWN or pictures():
            again()

    how = choose_one(
        "Start from",
        STARTS,
        name,
        first="Test image" if far else "Prior mean",
        on_change=start_elsewhere,
    )
    z = np.zeros(autoencoder.latent_dim, np.float32)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        if how == "Random":
            seed = choose_seed("start_seed", "Draw again", on_change=again)
            z = sample_prior(1, len(z), np.random.default_rng(seed))[0]
        elif how == "Test image":
            z = numbered_image(autoencoder, "start_image", on_change=again).z_mean
    own = own_image(autoencoder, how, "start", again, in_link=_IN_LINK) if how in OWN else None
    if own is not None:
        z = own.z_mean
    elif how in OWN and _CHOSEN not in st.session_state:
        st.info(
            "This link was made from somebody's own picture. It holds the code that the sliders "
            "show, not the picture."
        )
    row.button(
        "Back to the start",
        icon=":material/undo:",
        on_click=again,
        disabled=how in OWN and own is None,
    )
    return as_in_link(z)


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
    chosen = choose_one("Sliders", choices, "axes")
    if dead:
        names = ", ".join(f"z{axis}" for axis in dead)
        st.caption(
            f"**Dead dimensions**: {names}. They carry under {DEAD_KL:g} nats, and "
            "moving them changes next to nothing."
        )
    return choices.get(chosen, live)


def shown_axes(kl: NDArray[np.float64]) -> list[int]:
    """Return the live dimensions, most informative first; if all are dead, those."""
    live, dead = by_kl(kl)
    return live or dead


def far_from_prior(autoencoder: Autoencoder) -> bool:
    """Return whether most draws from a model's prior were measured to lie far from its codes."""
    support = autoencoder.card.evaluation["test"].get("support")
    if support is None:
        return autoencoder.usual_reach > _FAR
    return support["prior"] > 0.5 and tells_of_draws(autoencoder)


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
