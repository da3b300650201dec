"""How far a training is, and what came of it."""

from contextlib import suppress

import numpy as np
import streamlit as st

from ae import models
from ae.data import OWN, collection
from ae.data.collection import Collection
from ae.images.sheets import contact_sheet
from ae.training import jobs
from ae.training.jobs import Job
from ae.ui.door.component import Component
from ae.ui.figures import learning_curves
from ae.ui.glossary import explained
from ae.ui.pictures import show_picture
from ae.ui.shelf import usable_models
from ae.ui.training.choices import JOB, in_words, offer_start
from ae.ui.training.film import show_film
from ae.ui.training.mine import show_own_model

_CURVES = """
<p class="legend"><span class="dotted">Training</span><span>Validation</span></p>
<svg role="img"></svg>
"""
_curves = Component("curves", "training/curves.js", ["training/curves.css"], _CURVES)
_POLL_S = 1.0
_SIDE = 64  # of a picture on screen, in pixels, at least
_PHASES = {
    "waiting": "Waits",
    "loading": "Reads the pictures",
    "training": "Trains",
    "measuring": "Measures what it learned and writes it down",
    "placing": "Puts the model on the shelf",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "lost": "Lost",
}


def show_training(name: str) -> None:
    """Show a training by its ID: while it goes on, how far it is; then what came of it."""
    try:
        job = jobs.read(name)
    except ValueError as problem:
        st.warning(str(problem))
        return
    st.header(_title(job), anchor=False)
    if job.is_over:
        _show_end(job)
        return

    def follow() -> None:
        now = jobs.read(name)
        # What the list below says of it has changed.
        if now.is_over or job.state.phase == "waiting" != now.state.phase:
            st.rerun()
        _show_progress(now)

    st.fragment(follow, run_every=_POLL_S)()
    st.caption(
        "It goes on by itself: leave this page, close the browser, and come back by this page's "
        "address or by the list below."
    )


def _title(job: Job) -> str:
    """Return what a training's model is called by now."""
    done, name = job.state.phase == "done", job.wanted.name
    titles = (card.title for card in models.available() if done and card.name == name)
    return next(titles, job.wanted.title)


def _own_pictures(job: Job) -> Collection | None:
    """Return the visitor's own pictures that a training is of, while they are kept."""
    with suppress(ValueError):
        return collection.find(job.wanted.dataset.removeprefix(OWN))
    return None


def _show_progress(job: Job) -> None:
    state = job.state
    words, share = _PHASES[state.phase], state.step / state.steps if state.steps else 0.0
    if state.phase == "waiting":
        before = jobs.place(job)
        words += f" for {before} other{'s' if before > 1 else ''}" if before else " to begin"
    if state.message:
        words += f": {state.message}"
    if state.phase == "training":
        words += f": epoch {min(state.epoch + 1, state.epochs)} of {state.epochs}"
        if state.step:
            words += f", about {in_words(state.seconds_left)} left"
    stopping = jobs.asked_to_stop(job.folder)
    if stopping:
        words = "Stops after the step that it is in"
    st.progress(min(share, 1.0), words)
    with st.container(horizontal=True):
        for keep, label, icon in (
            (True, "Stop and keep the best so far", "save"),
            (False, "Stop and discard", "delete"),
        ):
            st.button(
                label,
                key=f"stop-{keep}",
                icon=f":material/{icon}:",
                disabled=bool(stopping) or (keep and not state.epoch),
                on_click=jobs.cancel,
                args=(job.id,),
                kwargs={"keep": keep},
            )
    _show_curves(job)
    _show_rebuilt(job)


def _show_curves(job: Job) -> None:
    """Show losses by epoch; while it goes on drawn in place, for Plotly begins anew each time."""
    state = job.state
    if not state.history:
        return
    explained("epoch", "PCA", "KL", "nats", "held-out")
    part = "reconstruction_loss" if "val_kl_loss" in state.history else "loss"
    words, alt = "PCA with as many numbers", "Loss by epoch, beside that of PCA"
    if job.is_over:
        pca = (words, state.pca) if state.pca is not None else None
        figure = learning_curves(state.history, state.unit, state.best_epoch, pca, part)
        st.plotly_chart(figure, key="learning", alt=alt)
    else:
        training, validation = state.history[part], state.history[f"val_{part}"]
        shown = {"epochs": state.epochs, "best": state.best_epoch, "pca": state.pca}
        lines = {"training": training, "validation": validation, "baseline": words, "alt": alt}
        _curves(key="curves", data={**shown, **lines})
        st.caption(f"Loss, {state.unit}.")
    if "val_kl_loss" in state.history:
        kls = state.history["val_kl_loss"]
        kl, when = kls[-1], f"after epoch {len(kls)}"
        if state.phase == "done":
            kl = kls[state.best_epoch]
            when = "at the kept epoch, before its codes were put on the prior's scale"
        st.caption(
            f"The loss of reconstructions, of one sample of each posterior; the KL, {kl:.1f} nats "
            f"{when}, comes on top. Less is better, and below PCA's line it has learned more than "
            "straight lines can say."
        )
    if own := _own_pictures(job):
        start, end = own.splits["validation"]
        which = "Validation rests" if state.pca is None else "Validation and PCA's line rest"
        st.caption(f"{which} on {end - start:,} held-out pictures.")


def _show_rebuilt(job: Job) -> None:
    frames = job.frames()
    if not frames:
        return
    start, newest = job.start(), job.frame(frames[-1])
    st.caption(f"Held-out pictures, as they come back after epoch {frames[-1]}, and by PCA.")
    originals = start["originals"]
    pictures = np.float32(np.concatenate([originals, newest["rebuilt"], start["pca"]])) / 255
    show_picture(
        contact_sheet(pictures, len(originals), background=128),
        alt="Held-out pictures, rebuilt, and by PCA",
        scale=max(1, _SIDE // originals.shape[1]),
        width="stretch",
    )


def _show_end(job: Job) -> None:
    state, own = job.state, _own_pictures(job)
    classes = tuple(sorted(own.classes)) if own else ()
    if state.phase == "done":
        model = usable_models().get(job.wanted.name)
        if model is None:
            st.info(f"Its model is not on the shelf any more. {state.message}".strip())
        else:
            st.success(f"It is on the shelf. {state.message}".strip())
            show_own_model(model)
            classes = model.card.class_names
    else:
        icon = {"cancelled": st.info, "lost": st.warning}.get(state.phase, st.error)
        icon(state.message)
        if state.phase != "cancelled":
            st.caption(f"What its process said is in `jobs/{job.id}/log.txt` of `AE_HOME`.")
        offer_start(job.wanted, "Start it again", icon="replay")
    _show_curves(job)
    if len(job.frames()) > 1:
        show_film(job, classes)
    else:
        _show_rebuilt(job)


def list_trainings(shown: str) -> None:
    """Show all trainings that are known of, each with its link and what can be done with it."""
    every = jobs.every()
    if not every:
        return
    st.header("Trainings", anchor=False)
    for job in every:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                "pages/build/train.py",
                label=_title(job),
                icon=":material/visibility:" if job.id == shown else ":material/model_training:",
                query_params={JOB.name: job.id},
            )
            # What it does by now is said above, every second.
            rests = job.is_over or job.state.phase == "waiting"
            st.caption(_PHASES[job.state.phase] if rests else "Goes on", width="content")
            if job.is_over:
                st.button(
                    "Forget",
                    key=f"forget-{job.id}",
                    type="tertiary",
                    icon=":material/close:",
                    on_click=jobs.remove,
                    args=(job.id,),
                    help="Deletes what is known of how it went. Its model stays.",
                )
