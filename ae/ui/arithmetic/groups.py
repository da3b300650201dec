"""Two groups of test images, put together by clicks, by label or from the map."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import contact_sheet, to_uint8
from ae.latent.attributes import is_yes_or_no
from ae.ui.controls import choose_one
from ae.ui.door.component import Component
from ae.ui.door.link import IN_LINK, Numbers, newly_brought
from ae.ui.door.record import Record, begin, held, settled
from ae.ui.evidence import class_name, enlargement, known_images
from ae.ui.pictures import picture_address, show_picture

Indices = NDArray[np.int64]
Groups = dict[str, tuple[int, ...]]
MOST_CLICKED = 60
_LINKS = {
    letter: Numbers(f"group_{letter.lower()}", (0, MOST_CLICKED), (0, 1e9), digits=9, lenient=True)
    for letter in "AB"
}
_NONE: Groups = {"A": (), "B": ()}
_PER_SHEET = 36
_SHOWN = 12
_SIDE = 40
_component = Component(
    "picture_groups", "arithmetic/clicking.js", ["controls.css", "arithmetic/clicking.css"]
)


def choose_groups(autoencoder: Autoencoder) -> tuple[Indices, Indices]:
    """Let two groups of test images be put together; return their numbers."""
    places = dict(zip("AB", st.columns(2), strict=True))
    chosen = {letter: _choose_by(autoencoder, letter, place) for letter, place in places.items()}
    # Nothing above the pictures to click changes with a click, so that none moves under it.
    clicked = _clicked(autoencoder, shown=any(group is None for group in chosen.values()))
    groups = {
        letter: np.array(clicked[letter], np.int64) if group is None else group
        for letter, group in chosen.items()
    }
    for (letter, group), place in zip(groups.items(), st.columns(2), strict=True):
        with place:
            _show_group(autoencoder, letter, group)
    return groups["A"], groups["B"]


def _choose_by(autoencoder: Autoencoder, letter: str, place: DeltaGenerator) -> Indices | None:
    """Return a group that needs no clicks, or None."""
    by, selected = ["Clicks", "Label"], selection_of(autoencoder)
    if len(selected):
        by.append("Selection on the map")
    with place:
        how = choose_one(f"Group {letter} by", by, f"{letter.lower()}_by")
        if how == "Label":
            return _labelled(autoencoder, letter)
    return selected if how == by[-1] and len(selected) else None


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
    known = autoencoder.described
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


def _clicked(autoencoder: Autoencoder, *, shown: bool) -> Groups:
    """Return the groups that were clicked or that a link brought; show a sheet to click."""
    key, n = f"clicked-{autoencoder.card.name}", len(autoencoder.codes)
    linked = zip(_LINKS, newly_brought(key, *_LINKS.values()), strict=True)
    groups: Groups = held(key) or _NONE
    new = {c: _known([*map(int, brought)], n) for c, brought in linked if brought is not None}
    if new:
        groups = begin(key, groups | new).value
    if shown:
        groups = _sheet(autoencoder, key)
    for letter, link in _LINKS.items():
        link.show(groups[letter])
    return groups


def _sheet(autoencoder: Autoencoder, key: str) -> Groups:
    n = len(autoencoder.codes)

    def read(values: object, _: Record[Groups]) -> Groups | None:
        if not isinstance(values, Mapping):
            return None
        return {letter: _known(values.get(letter), n) for letter in "AB"}

    sheets = -(-n // _PER_SHEET)
    if st.session_state.get("sheet", 1) > sheets:
        st.session_state["sheet"] = sheets
    page = int(st.number_input("Sheet", 1, sheets, 1, key="sheet", width=130))
    indices = np.arange((page - 1) * _PER_SHEET, min(page * _PER_SHEET, n))
    pictures, _ = known_images(autoencoder, indices)
    record = settled(key, _NONE, read)
    _component(
        key=key,
        data={
            "revision": record.revision,
            "start": {letter: list(group) for letter, group in record.start.items()},
            "most": MOST_CLICKED,
            "pictures": [
                {
                    "number": int(i),
                    "name": f"{class_name(autoencoder, i)} {i}",
                    "address": picture_address(picture),
                }
                for i, picture in zip(indices, to_uint8(pictures), strict=True)
            ],
        },
        states={"moved": None},
    )
    st.caption("A second click takes a picture out again.")
    return record.value


def _known(numbers: object, n: int) -> tuple[int, ...]:
    """Return what is a test image's number of a list that may hold anything, each once."""
    if not isinstance(numbers, list):
        return ()
    known = [number for number in numbers if type(number) is int and 0 <= number < n]
    return tuple(dict.fromkeys(known))[-MOST_CLICKED:]
