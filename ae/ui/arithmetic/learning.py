"""What directions are learned from, how, and how good they turn out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.data import drawn_faces
from ae.latent.attributes import METHODS, AttributeCodes, find_direction, is_yes_or_no
from ae.latent.directions import Direction
from ae.ui.caching import kept
from ae.ui.controls import choose_one
from ae.ui.door.link import IN_LINK

IN_WORDS = {
    "Mean difference": "From the average code without to the average code with.",
    "Balanced": "The mean difference after attributes that go together were made "
    "equally frequent in both groups.",
    "Whitened": "What tells the groups apart best, given how the codes spread: the "
    "normal of linear discriminant analysis.",
    "Logistic": "The normal of the boundary that a logistic regression draws.",
}
_SOURCES = {drawn_faces.NAME: "Independent faces", drawn_faces.BIASED_NAME: "Biased faces"}


@dataclass(frozen=True)
class DirectionFinder:
    """Finds directions in codes, and measures them on others."""

    key: str  # names the codes, for the cache
    known: AttributeCodes  # they are learned from these
    held_out: AttributeCodes  # they are measured on these
    method: str  # one of ``METHODS``
    # Between classes, the one that pictures become; codes to learn from are then of test images.
    end: str | None = None

    @classmethod
    def of(cls, autoencoder: Autoencoder, source: str, method: str) -> DirectionFinder:
        """Return what finds a model's directions in one of its data sets of known codes."""
        return cls(
            f"{autoencoder.card.files['codes.npz']} {source}",
            autoencoder.known[source],
            autoencoder.described,
            method,
        )

    def direction(self, name: str, lock: Sequence[str] = ()) -> Direction:
        """Return an attribute's direction that leaves what is locked alone.

        Raises:
            ValueError: As ``find_direction``.
        """
        others = tuple(sorted(set(lock) - {name}))
        return _find(self.key, self.method, name, others, self)

    def places(self, direction: Direction) -> np.ndarray:
        """Return where images with an attribute that taught its direction lie along it, ascending.

        They are (n,) projections of their codes.
        """
        of = "places", self.key, direction.name
        return kept(of, direction.vector, lambda: self.known.along(direction)[1])

    def halves(self, name: str) -> bool:
        """Whether an attribute is continuous: known of all, more of it or less."""
        return not is_yes_or_no(self.known.values[name])

    def having(self, name: str) -> str:
        """Return what the pictures are that have an attribute and taught its direction."""
        if self.end is not None:
            return f"test pictures of {self.end} that taught it"
        if self.halves(name):
            return f"training pictures with most {name}"
        return f"training pictures with {name}"

    def without(self, name: str) -> np.ndarray:
        """Return which held-out codes clearly lack an attribute, indices."""
        kept, labels = self.held_out.groups(name)
        return np.flatnonzero(kept)[np.asarray(labels) < 0.5]


@st.cache_resource(show_spinner=False, max_entries=1024)
def _find(
    key: str, method: str, name: str, lock: tuple[str, ...], _finder: DirectionFinder
) -> Direction:
    return find_direction(_finder.known, _finder.held_out, name, method=method, lock=lock)


def choose_finder(autoencoder: Autoencoder) -> DirectionFinder:
    """Let it be chosen what a model's directions are learned from, and how."""
    with st.popover("How directions are found", icon=":material/explore:"):
        source = next(iter(autoencoder.known))
        if len(autoencoder.known) > 1:
            source = choose_one(
                "Learned from",
                autoencoder.known,
                "learned_from",
                format_func=lambda name: _SOURCES.get(name, name),
                help="In biased faces some attributes go together, as in most "
                "collections of photographs.",
            )
        method = choose_method()
        for words in _adjustments(autoencoder.known[source]):
            st.caption(words)
    return DirectionFinder.of(autoencoder, source, method)


def _adjustments(known: AttributeCodes) -> list[str]:
    words = []
    if known.spared:
        words.append(
            f"The mean difference of {' and '.join(known.spared)} is also turned away "
            "from what changes the upper half of the picture."
        )
    return words


def choose_method() -> str:
    """Let it be chosen how directions are found; say what that means."""
    return st.radio(
        "Direction by",
        METHODS,
        captions=[IN_WORDS[name] for name in METHODS],
        key="method",
        **IN_LINK,
    )


def lockable(finder: DirectionFinder, name: str, lock: Sequence[str]) -> tuple[str, ...]:
    """Return what of ``lock`` can be kept unchanged; warn of what cannot."""
    kept: tuple[str, ...] = ()
    for other in lock:
        try:
            finder.direction(name, (*kept, other))
        except ValueError as problem:
            st.warning(
                f"{other.capitalize()} cannot be kept while {name} changes: {problem}. "
                "This lock is ignored."
            )
        else:
            kept = (*kept, other)
    return kept
