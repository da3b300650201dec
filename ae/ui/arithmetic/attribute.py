"""Add attributes to a picture, and see what else that changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from ae.coding.autoencoder import Autoencoder
from ae.latent.directions import STEPS, Direction
from ae.latent.edits import added
from ae.ui.arithmetic.classes import choose_classes
from ae.ui.arithmetic.edits import known_amounts
from ae.ui.arithmetic.learning import DirectionFinder, choose_finder, lockable
from ae.ui.arithmetic.moved import show_moved
from ae.ui.arithmetic.quality import (
    show_bias,
    show_cosines,
    show_disentanglement,
    show_others_taught,
    show_quality,
    show_what_is_lost,
)
from ae.ui.arithmetic.subject import choose_subject
from ae.ui.controls import choose_seed
from ae.ui.door.link import IN_LINK, Numbers
from ae.ui.door.record import begin, touched_last
from ae.ui.evidence import show_support
from ae.ui.glossary import explained
from ae.ui.live import Decoder, Move, live_edit
from ae.ui.one_image import OneImage
from ae.ui.postcard.offering import offer_postcard
from ae.ui.walk import FRAMES, offer_walk

FEW = 3
OTHERS = 8
_FEWEST = 20  # pictures with an attribute, for a share of them to mean anything
_SUBJECT = "face"


@dataclass(frozen=True)
class _Task:
    """What shall be added to pictures."""

    finder: DirectionFinder  # directions are learned from it
    names: Sequence[str]  # its attributes
    example: int  # a test image that lacks the first of them
    becomes: str | None  # the class that pictures shall become, where there are classes


@st.fragment
def show_attributes(autoencoder: Autoencoder) -> None:
    """Slide attributes of a picture; see it live, what else moved, and on others.

    Args:
        autoencoder: A VAE; one without attributes moves from class to class.
    """
    # What changes how tall the sliders are stands above them, and so stays where it is.
    top, settings, place, under, below = (st.container() for _ in range(5))
    with settings:
        row = st.container(horizontal=True, vertical_alignment="center")
    with top:
        task = _choose_task(autoencoder, row)
        subject = (
            None if task is None else choose_subject(autoencoder, _SUBJECT, default=task.example)
        )
    if task is None or subject is None:
        return
    names, finder = task.names, task.finder
    key, count = f"edit-{autoencoder.card.name}", len(names)
    link = Numbers("edit", (count, count), (-STEPS, STEPS))
    first = finder.direction(names[0])
    amounts = known_amounts(link, key, names, first=_to_median(finder, first, subject.z_mean))
    with row:
        lock = _choose_locks(names)
        shown = _choose_shown(names, amounts)
        asked = next((name for name in shown if amounts[name]), shown[0])
        others, visible = _choose_others(finder, asked, subject.z_mean, under)
    with below:
        directions = {n: finder.direction(n, lockable(finder, n, lock)) for n in shown}
    free = {name: finder.direction(name) for name in shown}
    with place:
        moved = live_edit(
            Decoder.of(autoencoder),
            subject.z_mean,
            [Move.along(direction) for direction in directions.values()],
            key=key,
            alt=f"{subject.name} with attributes added",
            also=others if visible else None,
        )
    amounts |= dict(zip(shown, moved, strict=True))
    link.show(amounts.values())
    codes = np.concatenate([subject.z_mean[None], others])
    with below:
        _say_locks(lock, amounts)
        with st.container(horizontal=True):
            _offer_median(finder, directions[asked], subject.z_mean, key, amounts)
            _offer_walks(autoencoder, subject.z_mean, key, directions, amounts)
        show_what_is_lost(autoencoder, lock)
        offer_postcard(autoencoder, subject.z_mean)
        _show_consequences(autoencoder, task, subject, codes, amounts, free, directions)


def _offer_walks(
    autoencoder: Autoencoder,
    z: NDArray[np.float32],
    key: str,
    directions: dict[str, Direction],
    amounts: dict[str, float],
) -> None:
    """Offer GIFs of the edit and of the slider touched last, the others where they stand."""
    edits = {name: direction.edit for name, direction in directions.items()}
    last = touched_last(key, list(directions))
    rest = {name: amounts[name] * (name != last) for name in directions}
    step = added([*edits.values()], [amounts[name] for name in edits])
    base = z + added([*edits.values()], [*rest.values()])
    way = np.linspace(-1, 1, FRAMES, dtype=np.float32)
    if step.any():
        offer_walk(autoencoder, "The edit as GIF", lambda: z + way[:, None] * step, "edit")
    offer_walk(
        autoencoder,
        f"{last} from end to end as GIF",
        lambda: np.float32(base + edits[last].at(way * STEPS)),
        "traversal",
    )


def _show_consequences(
    autoencoder: Autoencoder,
    task: _Task,
    subject: OneImage,
    codes: NDArray[np.float32],
    amounts: dict[str, float],
    free: dict[str, Direction],
    directions: dict[str, Direction],
) -> None:
    asked = [name for name in directions if amounts[name]]
    show_quality(autoencoder, [directions[name] for name in asked or directions])
    explained("AUROC", "effect size", "p-value", "judge", "spread", of=[autoencoder])
    show_what_is_lost(autoencoder, asked)
    if len(asked) == 1:
        show_others_taught(autoencoder, asked[0])
    moved = [amounts[name] for name in directions]
    step, freely = (
        added([direction.edit for direction in found.values()], moved)
        for found in (directions, free)
    )
    for name in asked:
        _show_place(task.finder, directions[name], codes[0] + step)
    trusted = subject.trusted and show_support(autoencoder, codes[0] + step)
    show_moved(
        autoencoder,
        codes,
        step,
        trusted=trusted,
        asked=asked,
        becomes=task.becomes,
        freely=None if np.array_equal(step, freely) else freely,
    )
    if autoencoder.known:
        show_bias(autoencoder, task.finder, (asked or list(directions))[0])
        show_cosines(task.finder)
        show_disentanglement(autoencoder)


# How far it goes ---------------------------------------------------------------------


def _to_median(finder: DirectionFinder, direction: Direction, z: NDArray[np.float32]) -> float:
    """Return the amount that brings a code to the median of images with the attribute."""
    (amount,) = direction.amount_to(float(np.median(finder.places(direction))), z[None])
    return float(np.clip(amount, -STEPS, STEPS).round(2))


def _offer_median(
    finder: DirectionFinder,
    direction: Direction,
    z: NDArray[np.float32],
    key: str,
    amounts: dict[str, float],
) -> None:
    name, amount = direction.name, _to_median(finder, direction, z)
    ends = ("without it", "with it")
    if finder.end is not None:
        ends = ("of the one class", "of the other")
    elif finder.halves(name):
        ends = ("of the lowest third", "of the highest third")

    def take() -> None:
        begin(key, amounts | {name: amount})

    st.button(
        f"To the median of {finder.having(name)}",
        on_click=take,
        icon=":material/align_center:",
        help=f"1 on a slider is the distance from the average picture {ends[0]} to the average "
        f"picture {ends[1]}. From here {amount:+.2f} leads to where the middle one of the latter "
        "lies.",
    )


def _show_place(finder: DirectionFinder, direction: Direction, z: NDArray[np.float32]) -> None:
    """Say where a code lies along a direction, among pictures with the attribute."""
    having = finder.places(direction)
    if len(having) < _FEWEST:
        st.markdown(
            f"There {'is' if len(having) == 1 else 'are'} only {len(having)} of the "
            f"{finder.having(direction.name)}: too few to say how far the result goes."
        )
        return
    below = np.searchsorted(having, float(z @ direction.vector)) / len(having)
    words = f"Along its direction the result lies beyond **{below:.0%}** of the {len(having):,} "
    words += finder.having(direction.name)
    if finder.halves(direction.name):
        words += ", the highest third"
    st.markdown(words + (": more of it than nearly all of them." if below > 0.95 else "."))


# What shall be added ---------------------------------------------------------------


def _choose_task(autoencoder: Autoencoder, settings: DeltaGenerator) -> _Task | None:
    if not autoencoder.known:
        classes = choose_classes(autoencoder, _SUBJECT, settings)
        if classes is None:
            return None
        name = classes.name
        return _Task(classes.finder, [name], classes.example, classes.end)
    with settings:
        finder = choose_finder(autoencoder)
    names = list(autoencoder.attributes)
    return _Task(finder, names, int(finder.without(names[0])[0]), None)


def _choose_locks(names: Sequence[str]) -> list[str]:
    if len(names) < 2:
        return []
    with st.popover("Keep unchanged", icon=":material/lock:"):
        return st.pills(
            "Keep average unchanged",
            names,
            selection_mode="multi",
            key="keep",
            help="The direction is learned anew so that these stay: a mean difference from "
            "images alike in them, a normal by taking out what moves their linear scores.",
            **IN_LINK,
        )


def _say_locks(lock: Sequence[str], amounts: dict[str, float]) -> None:
    """Say what is kept unchanged, and of what is moved why it is not."""
    kept = [name for name in lock if not amounts[name]]
    if kept:
        st.caption(f"Kept unchanged on average: {', '.join(kept)}.")
    for name in lock:
        if amounts[name]:
            st.caption(
                f"{name.capitalize()} is what you move: its own slider cannot keep it unchanged, "
                "the others do."
            )


def _choose_shown(names: Sequence[str], amounts: dict[str, float]) -> list[str]:
    if len(names) <= FEW:
        return list(names)
    every = st.toggle(f"All {len(names)} attributes", key="every", **IN_LINK)
    return [n for i, n in enumerate(names) if every or i < FEW or amounts[n]]


def _choose_others(
    finder: DirectionFinder, name: str, but: NDArray[np.float32], under: DeltaGenerator
) -> tuple[NDArray[np.float32], bool]:
    """Draw a few held-out images without an attribute, but not one's own code, (latent_dim,).

    Returns:
        Their codes, and whether the visitor wants to see them.
    """
    seed = st.session_state.get("others", 0)
    visible = st.toggle(f"Apply to {OTHERS} others", key="apply", **IN_LINK)
    if visible:
        with under.container(horizontal=True):
            seed = choose_seed(
                "others", "Other eight", label="Seed of the others", label_visibility="collapsed"
            )
    rows, rng = finder.without(name), np.random.default_rng(int(seed))
    rows = rows[(finder.held_out.codes[rows] != but).any(axis=1)]
    chosen = rng.choice(rows, min(OTHERS, len(rows)), replace=False)
    return finder.held_out.codes[chosen], visible
