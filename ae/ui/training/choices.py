"""How to learn: one click suffices, and every choice is explained in a sentence."""

from typing import Any

import streamlit as st

from ae.training import jobs
from ae.training.recipes import (
    BETAS,
    DESIGNS,
    LATENTS,
    MOST_EPOCHS,
    NOISES,
    WIDTHS,
    Choices,
    Wanted,
    of_choices,
)
from ae.ui.controls import choose_one, choose_seed
from ae.ui.door.link import IN_LINK, Word
from ae.ui.glossary import explained
from ae.ui.training.pictures import Learned

JOB = Word("job")  # the training that is shown
# Of a decoder: up to which the picture follows the finger, and up to which the browser, as
# ae/ui/live/engine.js says, decodes beside the page; see docs/training.md.
_LIVE_MACS, _BROWSERS_MACS = 100_000_000, 1 << 28
_POLL_S = 1.0
_BEGINS_S = 20  # until the first step, and from the last one to the shelf


def choose_how(learned: Learned) -> Wanted:
    """Ask for recipe and choices; what is not touched is a good start."""
    design = choose_one("Recipe", DESIGNS, "design", format_func=lambda name: DESIGNS[name].title)
    st.caption(DESIGNS[design].why)
    with st.expander("More choices"):
        explained("epoch", "beta", "PCA")
        choices = _choose(design, learned)
        film = design == "linear" or st.toggle(
            "Keep it as a film",
            value=True,
            key="film",
            help="Pictures of some epochs, through which a slider can go afterwards.",
            **IN_LINK,
        )
    title = st.text_input(
        "Call the model", learned.title, max_chars=60, key=f"title-{learned.dataset}", width=320
    )
    title = jobs.free_title(title.strip())
    return Wanted(learned.dataset, choices, jobs.free_name(title), title, film)


def _choose(design: str, learned: Learned) -> Choices:
    latent = st.slider(
        "Size of the code",
        LATENTS.start,
        min(LATENTS.stop - 1, learned.n),
        min(16, learned.n),
        key="latent",
        help="How many numbers stand for a picture.",
        **IN_LINK,
    )
    st.caption("Fewer numbers: each slider does more. More numbers: pictures come back sharper.")
    given = Choices(design, latent)
    if design == "linear":
        return given
    own = of_choices(Wanted(learned.dataset, given, "x", "x"), learned.image_shape, learned.n)
    columns = st.columns(2)
    with columns[0]:
        width = st.number_input(
            "Width",
            WIDTHS.start,
            WIDTHS.stop - 1,
            DESIGNS[design].width,
            step=16,
            key=f"width-{design}",
            **IN_LINK,
        )
        st.caption("Of the hidden layers: wider learns more, takes longer and needs more memory.")
        epochs = st.number_input(
            "Epochs", 0, MOST_EPOCHS, 0, key="epochs", help="Passes over all pictures.", **IN_LINK
        )
        st.caption(
            f"0 takes as many as so many pictures are likely to need, here {own.epochs}. It stops "
            "by itself when held-out pictures no longer come back better."
        )
    with columns[1]:
        beta, noise = given.beta, given.noise
        if design == "vae":
            beta = st.number_input("Beta", *BETAS, given.beta, step=0.25, key="beta", **IN_LINK)
            st.caption("More: smoother codes to draw from. Less: pictures come back sharper.")
        if design == "denoising":
            noise = st.slider("Noise", *NOISES, given.noise, key="noise", **IN_LINK)
            st.caption("Standard deviation of what is added to pixels between 0 and 1.")
        seed = choose_seed("train_seed", "Another seed")
        st.caption("Another seed is another start: the same recipe ends a little elsewhere.")
    return Choices(design, latent, int(width), beta, int(epochs), noise, seed)


def show_estimate(wanted: Wanted, learned: Learned) -> None:
    """Say how large the network is, how long it takes here, and whether it will run live."""
    try:
        recipe = of_choices(wanted, learned.image_shape, learned.n)
        pending = jobs.estimate(wanted, learned.image_shape, learned.n) is None
    except ValueError as problem:
        st.warning(str(problem))
        return

    def say() -> None:
        try:
            found = jobs.estimate(wanted, learned.image_shape, learned.n)
        except ValueError as problem:
            st.caption(str(problem))
            return
        if found is None:
            st.caption("A few steps are timed on this machine…")
            return
        live = "too many for the browser: the server will draw it"
        if found.decoder_macs <= _LIVE_MACS:
            live = "its picture will follow the sliders in the browser"
        elif found.decoder_macs <= _BROWSERS_MACS:
            live = "the browser will draw it, somewhat behind the finger"
        st.caption(
            f"{found.parameters:,} weights, {recipe.epochs:,} epochs at most: about "
            f"{in_words(found.seconds + _BEGINS_S)} on this machine. "
            f"{found.decoder_macs / 1e6:.1f} million multiply-adds for a picture: {live}."
        )
        if pending:
            st.rerun()  # without asking every second

    st.fragment(say, run_every=_POLL_S if pending else None)()


def offer_start(wanted: Wanted, label: str, *, icon: str, **more: Any) -> None:
    """Offer to begin a training, which is then shown; ``more`` is as ``st.button`` takes it."""
    # No callback: that would know what was asked for before what was typed last.
    if st.button(label, icon=f":material/{icon}:", **more):
        try:
            JOB.show(jobs.start(wanted))
        except (ValueError, OSError) as problem:
            st.error(str(problem))
        else:
            st.rerun()


def in_words(seconds: float) -> str:
    """Say a time as somebody would who has to wait for it."""
    if seconds < 90:
        return f"{max(10, round(seconds, -1)):.0f} seconds"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
