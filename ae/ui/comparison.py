"""A comparison of reconstructions on screen: pictures, numbers, downloads."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.comparison import Comparison, Entry
from ae.images.sheets import heat_map, labelled_sheet, png_bytes, to_uint8
from ae.ui.controls import download
from ae.ui.pictures import Row, picture_table, show_picture
from ae.ui.tables import show_table

_LARGE = 5  # 28 pixels become 140: five in a row beside the sidebar
_FULL = 0.5  # the difference that gets the full colour of an error map


def show_comparison(comparison: Comparison, received: NDArray[np.float32]) -> None:
    """Show all pictures, the chosen one large with its numbers, and the downloads.

    One image alone needs no table: it is shown large at once. What the encoders were given,
    ``received``, has the shape of the images.
    """
    chosen = 0
    if len(comparison.names) > 1:
        rows = _all_rows(comparison, received)
        chosen = picture_table(comparison.names, rows, key="chosen")
    st.caption(
        "Error maps: orange where the reconstruction is too bright, blue where it is too dark, "
        "black where it is right; half the way from black to white gets the full colour."
    )
    _look_closer(comparison, received, chosen)
    _downloads(comparison)


def _all_rows(comparison: Comparison, received: NDArray[np.float32]) -> list[Row]:
    rows = [Row("Original", "", to_uint8(comparison.images[..., 0]), comparison.names)]
    if received is not comparison.images:
        rows.append(Row("With noise", "what is encoded", to_uint8(received[..., 0])))
    for entry in comparison.entries:
        rows += _rows(comparison, entry)
    return rows


def _rows(comparison: Comparison, entry: Entry) -> tuple[Row, Row]:
    rebuilt = to_uint8(entry.reconstructions[..., 0])
    note = (
        f"{entry.latent_dim} numbers, mean squared error {entry.mse.mean():.4f}, "
        f"PSNR {entry.psnr_db.mean():.1f} dB"
    )
    errors = [f"{value:.4f}" for value in entry.mse]
    maps = np.stack([_error_map(comparison, entry, at) for at in range(len(errors))])
    return (Row(entry.title, note, rebuilt), Row("Its errors", "", maps, errors))


def _error_map(comparison: Comparison, entry: Entry, at: int) -> NDArray[np.uint8]:
    difference = entry.reconstructions[at, ..., 0] - comparison.images[at, ..., 0]
    return heat_map(difference, full=_FULL)


def _look_closer(comparison: Comparison, received: NDArray[np.float32], at: int) -> None:
    name = comparison.names[at]
    st.header(f"Closer: {name}", anchor=False)
    with st.container(horizontal=True):
        original = to_uint8(comparison.images[at, ..., 0])
        given = [] if received is comparison.images else [to_uint8(received[at, ..., 0])]
        _large("Original", name, original, *given, below="with noise")
        for entry in comparison.entries:
            rebuilt = to_uint8(entry.reconstructions[at, ..., 0])
            errors = _error_map(comparison, entry, at)
            _large(entry.title, name, rebuilt, errors, below="its errors")
    floor = float(comparison.floor_nats[at])
    entries = comparison.entries
    show_table(
        {
            "Reconstruction by": [entry.title for entry in entries],
            "Numbers": [str(entry.latent_dim) for entry in entries],
            "Squared error": [f"{entry.mse[at]:.5f}" for entry in entries],
            "PSNR, dB": [f"{entry.psnr_db[at]:.2f}" for entry in entries],
            "Cross-entropy, nats": [f"{entry.bce_nats[at]:.1f}" for entry in entries],
            "Above the floor": [f"{e.bce_nats[at] - floor:.1f}" for e in entries],
        }
    )
    st.caption(
        f"Cross-entropy cannot fall below {floor:.1f} nats for this image: grey pixels "
        "cost their own entropy even when rebuilt exactly, which makes it no normalised "
        "likelihood (continuous Bernoulli, arXiv 1907.06845). PCA is clipped to "
        "[0.001, 0.999] for it."
    )


def _large(title: str, name: str, *pictures: NDArray[np.uint8], below: str) -> None:
    with st.container(width=28 * _LARGE, gap="small"):
        st.caption(title)
        for picture, what in zip(pictures, ("", f", {below}"), strict=False):
            show_picture(picture, alt=f"{title}{what}: {name}", scale=_LARGE)


def _downloads(comparison: Comparison) -> None:
    sheet = labelled_sheet(
        [("Original", comparison.images)]
        + [(entry.title, entry.reconstructions) for entry in comparison.entries]
    )
    with st.container(horizontal=True):
        download("Numbers as CSV", comparison.to_csv(), "reconstructions.csv")
        download("Pictures as PNG", png_bytes(sheet), "reconstructions.png")
