"""Two groups of test images, put together by clicks, by label or from the map."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import contact_sheet, to_uint8
from ae.latent.attributes import AttributeCodes, is_yes_or_no
from ae.ui.controls import choose_one
from ae.ui.door.link import IN_LINK, Link
from ae.ui.door.record import begin, held
from ae.ui.evidence import class_name, enlargement, known_images
from ae.ui.pictures import Row, picture_buttons, show_picture

Indices = NDArray[np.int64]
Groups = dict[str, tuple[int, ...]]
MOST_CLICKED = 60
_LINKS = {
    letter: Link(f"group_{letter.lower()}", (0, MOST_CLICKED), (0, 1e9), digits=9, lenient=True)
    for letter in "AB"
}
_PER_SHEET = 36
_SHOWN = 12
_SIDE = 40


def choose_groups(autoencoder: Autoencoder) -> tuple[Indices, Indices]:
    """Let two groups of test images be put together; return their numbers."""
    clicks = _Clicks(autoencoder)
    left, right = st.columns(2)
    with left:
        a = _choose_group(autoencoder, clicks, "A")
    with right:
        b = _choose_group(autoencoder, clicks, "B")
    if "Clicks" in (st.session_state["a_by"], st.session_state["b_by"]):
        clicks.show()
    clicks.write()
    return a, b


def _choose_group(autoencoder: Autoencoder, clicks: _Clicks, letter: str) -> Indices:
    by = ["Clicks", "Label"]
    selected = selection_of(autoencoder)
    if len(selected):
        by.append("Selection on the map")
    how = choose_one(f"Group {letter} by", by, f"{letter.lower()}_by")
    if how == "Label":
        group = _labelled(autoencoder, letter)
    else:
        group = selected if how == by[-1] and len(selected) else clicks.of(letter)
    _show_group(autoencoder, letter, group)
    return group


def selection_of(autoencoder: Autoencoder) -> Indices:
    """Return the test images selected on the Latent map page, by number."""
    kept = st.session_state.get(f"map-selection-{autoencoder.card.name}", ())
    indices = np.asarray(kept, np.int64)
    return indices[(indices >= 0) & (indices < len(autoencoder.codes))]


def _show_group(autoencoder: Autoencoder, letter: str, group: Indices) -> None:
    n = len(group)
    if not n:
        st.caption(f"Group {letter} is empty.")
        return
    pictures, _ = known_images(autoencoder, group[:_SHOWN])
    show_picture(
        contact_sheet(pictures, columns=len(pictures), gap=1, background=0),
        alt=f"Group {letter}: {len(pictures)} of {n:,} test images",
        scale=enlargement(autoencoder, _SIDE),
        width=len(pictures) * _SIDE,
    )
    st.caption(f"Group {letter}: {n:,} test image{'s' if n > 1 else ''}.")


# By label --------------------------------------------------------------------------


def _labelled(autoencoder: Autoencoder, letter: str) -> Indices:
    groups = labelled_groups(autoencoder)
    name = st.selectbox(
        f"Label of group {letter}",
        list(groups),
        index=min("AB".index(letter), len(groups) - 1),
        key=f"{letter.lower()}_label",
        label_visibility="collapsed",
        **IN_LINK,
    )
    return groups[name]


def labelled_groups(autoencoder: Autoencoder) -> Mapping[str, Indices]:
    """Return groups of test images by what is known of them."""
    groups = {
        name: np.flatnonzero(autoencoder.labels == label)
        for label, name in enumerate(autoencoder.card.class_names)
    }
    known = AttributeCodes(autoencoder.codes, autoencoder.attributes)
    for name, values in known.values.items():
        ends = ("without", "with")
        if not is_yes_or_no(values):
            ends = ("lowest third", "highest third")
        try:
            kept, labels = known.groups(name)
        except ValueError:  # too many images share one value
            continue
        rows, high = np.flatnonzero(kept), np.asarray(labels) > 0.5
        for end, group in zip(ends, (rows[~high], rows[high]), strict=True):
            groups[f"{name}: {end}"] = group
    return {name: group for name, group in groups.items() if len(group)}


# By clicks -------------------------------------------------------------------------


class _Clicks:
    """Test images that were clicked, by group, in the session and in the link."""

    def __init__(self, autoencoder: Autoencoder) -> None:
        self._autoencoder = autoencoder
        self._key = f"clicked-{autoencoder.card.name}"
        self._groups: Groups = held(self._key) or {"A": (), "B": ()}
        for letter, link in _LINKS.items():
            linked = link.brought()
            if linked is not None:
                numbers = dict.fromkeys(map(int, linked))
                known = [n for n in numbers if n < len(autoencoder.codes)]
                self._keep(self._groups | {letter: tuple(known)})

    def of(self, letter: str) -> Indices:
        return np.array(self._groups[letter], np.int64)

    def write(self) -> None:
        for letter, link in _LINKS.items():
            link.show(self._groups[letter])

    def show(self) -> None:
        """Show a sheet of test images to click."""
        n = len(self._autoencoder.codes)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            letter = st.segmented_control(
                "A click adds to", ("A", "B"), default="A", required=True, key="adds_to"
            )
            sheets = -(-n // _PER_SHEET)
            if st.session_state.get("sheet", 1) > sheets:
                st.session_state["sheet"] = sheets
            page = st.number_input("Sheet", 1, sheets, 1, key="sheet", width=130)
            st.button("Empty both", icon=":material/delete:", on_click=self._empty)
        start = (int(page) - 1) * _PER_SHEET
        indices = np.arange(start, min(start + _PER_SHEET, n))
        pictures, _ = known_images(self._autoencoder, indices)
        picture_buttons(
            [f"{class_name(self._autoencoder, i)} {i}" for i in indices],
            [Row("", "", to_uint8(pictures))],
            key="gallery",
            on_click=lambda at: self._toggle(str(letter), int(indices[at])),
            marks=[self._mark(int(i)) for i in indices],
        )
        st.caption("A second click takes a picture out again.")

    def _mark(self, index: int) -> str:
        return next((c for c, group in self._groups.items() if index in group), "")

    def _toggle(self, letter: str, index: int) -> None:
        before = self._mark(index)
        groups = {c: tuple(i for i in group if i != index) for c, group in self._groups.items()}
        if before != letter:
            groups[letter] = (*groups[letter], index)[-MOST_CLICKED:]
        self._keep(groups)

    def _empty(self) -> None:
        self._keep({"A": (), "B": ()})

    def _keep(self, groups: Groups) -> None:
        self._groups = groups
        begin(self._key, groups)
