"""Small pictures, enlarged crisply: one alone, or a table of many."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images.sheets import data_url, png_bytes
from ae.ui.door.component import Component
from ae.ui.door.files import address_of, file_of, is_offered, offer
from ae.ui.door.uploads import made_of_pictures, pictures

_HTML = '<div class="root" data-testid="picture-table"></div>'
_component = Component("pictures", "pictures/pictures.js", ["pictures/pictures.css"], _HTML)


def show_picture(
    picture: NDArray[np.uint8], *, alt: str, scale: int, width: int | str | None = None
) -> None:
    """Show one picture with every pixel as a square.

    Args:
        picture: (height, width) or (height, width, 3).
        alt: What it shows, for people who cannot see it.
        scale: Side of a pixel's square.
        width: On screen, in pixels or ``"stretch"``; as enlarged unless given.
    """
    st.image(
        picture_address(picture, scale),
        width=picture.shape[1] * scale if width is None else width,  # type: ignore[arg-type]
        alt=alt,
    )


def picture_address(picture: NDArray[np.uint8], scale: int = 1) -> str:
    """Return where the browser gets a picture, as of ``show_picture``."""
    digest, file = _png(picture, scale)
    # Fetched and kept by digest: a picture that is shown again is not sent again.
    return (address_of(digest) if is_offered(digest) else None) or data_url(file)


@dataclass(frozen=True)
class Row:
    """One row of pictures."""

    title: str  # what the row shows
    note: str  # a few words behind the title
    pictures: NDArray[np.uint8]  # (n, height, width) or (n, height, width, 1 or 3) uint8
    captions: Sequence[str] = ()  # below each picture, n of them, or none


def picture_table(names: Sequence[str], rows: Sequence[Row], *, key: str) -> int:
    """Show rows of pictures; a click on a picture chooses its column.

    Args:
        names: What each column shows, n of them, at least one.
        rows: The rows, each with n pictures.
        key: Of the component; ``st.session_state[key]["chosen"]`` is the column.

    Returns:
        The chosen column, in [0, n).
    """
    before = st.session_state.get(key)
    chosen = _column(before["chosen"] if before else 0, len(names))
    result = _component(key=key, data=_data(names, rows, chosen), states={"chosen": 0})
    return _column(result.chosen, len(names))


def picture_buttons(
    names: Sequence[str],
    rows: Sequence[Row],
    *,
    key: str,
    on_click: Callable[[int], None],
    chosen: int | None = None,
) -> None:
    """Show rows of pictures; a click on one is told, and marks nothing by itself.

    Args:
        names: What each column shows, n of them.
        rows: The rows, each with n pictures.
        key: Of the component.
        on_click: Called with the column of the picture that was clicked, in [0, n).
        chosen: The column that is marked, if any.
    """

    def clicked() -> None:
        # The value comes from the browser: anything may arrive.
        state = st.session_state.get(key)
        at = state.get("clicked") if isinstance(state, Mapping) else None
        if type(at) is int and 0 <= at < len(names):
            on_click(at)

    data = {**_data(names, rows, chosen), "buttons": True}
    _component(key=key, data=data, on={"clicked": clicked})


def _data(names: Sequence[str], rows: Sequence[Row], chosen: int | None) -> dict[str, Any]:
    return {
        "names": list(names),
        "chosen": chosen,
        "rows": [
            {
                "title": row.title,
                "note": row.note,
                "pictures": [data_url(_png(p)[1]) for p in row.pictures],
                "captions": list(row.captions),
            }
            for row in rows
        ],
    }


def _png(picture: NDArray[np.uint8], scale: int = 1) -> tuple[str, bytes]:
    """Return what names a picture, every pixel a square of a side, and its PNG file.

    The name is of what it shows, not of the file: pages show the same pictures again in
    each of their runs, and encoding one takes up to 70 ms.
    """
    shown = hashlib.sha256(f"{picture.shape} {scale} ".encode())
    shown.update(np.ascontiguousarray(picture).data)
    digest = shown.hexdigest()
    make = partial(png_bytes, picture, scale=scale)
    if pictures():  # of which this may be one, and goes with it
        return digest, made_of_pictures(digest, make, sort="png", most=256)
    known = file_of(digest)
    file = known.content if known else make()
    return offer(file, digest=digest, media_type="image/png"), file


def _column(value: object, columns: int) -> int:
    # The value comes from the browser: anything may arrive.
    return value if isinstance(value, int) and 0 <= value < columns else 0
