"""A comparison of reconstructions on screen: pictures, numbers, downloads."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.comparison import Comparison, Entry, compare
from ae.images.sheets import heat_map, labelled_sheet, png_bytes, to_uint8
from ae.ui.caching import kept
from ae.ui.controls import download
from ae.ui.door.link import IN_LINK
from ae.ui.pictures import Row, picture_table, show_picture
from ae.ui.tables import show_table

_LARGE = 160  # about the side of a picture, in pixels: five in a row beside the sidebar
_FULL = 0.5  # the difference that gets the full colour of an error map


def compared(
    models: Sequence[Autoencoder],
    images: NDArray[np.float32],
    received: NDArray[np.float32],
    names: Sequence[str],
    size: int | None = None,
) -> Comparison:
    """Return ``compare``, which is the same in every run of a page until something is set."""

    def make() -> Comparison:
        return replace(compare(models, images, received, names, size), images=images[:0].copy())

    of = "compared", [(model.card.title, model.card.files) for model in models], size, names
    content = images if received is images else np.concatenate([images, received])
    # With these very images, which tells whether noise was added.
    return replace(kept(of, content, make, large=True), images=images)


def show_comparison(comparison: Comparison, received: NDArray[np.float32]) -> None:
    """Show all pictures, the chosen one large with its numbers, and the downloads.

    One image alone needs no table: it is shown large at once.

    Args:
        comparison: What is shown.
        received: What the encoders were given, of the shape of the images.
    """
    errors = st.toggle(
        "Show the errors",
        key="errors",
        help="Orange where the reconstruction is too bright, blue where it is too dark, black "
        "where it is right; half the way from black to white gets the full colour.",
        **IN_LINK,
    )
    chosen = 0
    if len(comparison.names) > 1:
        rows = _all_rows(comparison, received, errors)
        chosen = picture_table(comparison.names, rows, key="chosen")
    st.header(f"Closer: {comparison.names[chosen]}", anchor=False)
    _look_closer(comparison, received, chosen, errors)
    _downloads(comparison)


def _all_rows(comparison: Comparison, received: NDArray[np.float32], errors: bool) -> list[Row]:
    rows = [Row("Original", "", _shown(comparison.images), comparison.names)]
    if received is not comparison.images:
        rows.append(Row("With noise", "what is encoded", _shown(received)))
    for entry in comparison.entries:
        rows += _rows(comparison, entry, errors)
    return rows


def _rows(comparison: Comparison, entry: Entry, errors: bool) -> list[Row]:
    note = (
        f"{entry.latent_dim:,} numbers, mean squared error {entry.mse.mean():.4f}, "
        f"PSNR {entry.psnr_db.mean():.1f} dB"
    )
    values = [f"{value:.4f}" for value in entry.mse]
    rebuilt = Row(entry.title, note, _shown(entry.reconstructions), values)
    if not errors:
        return [rebuilt]
    maps = np.stack([_error_map(comparison, entry, at) for at in range(len(values))])
    return [rebuilt, Row("Its errors", "", maps)]


def _shown(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return pictures as they are drawn: grey ones without a channel."""
    levels = to_uint8(images)
    return levels[..., 0] if levels.shape[-1] == 1 else levels


def _error_map(comparison: Comparison, entry: Entry, at: int) -> NDArray[np.uint8]:
    difference = entry.reconstructions[at] - comparison.images[at]
    return heat_map(difference.mean(axis=-1), full=_FULL)


def _look_closer(
    comparison: Comparison, received: NDArray[np.float32], at: int, errors: bool
) -> None:
    name = comparison.names[at]
    with st.container(horizontal=True, vertical_alignment="top"):  # titles may take two lines
        original = _shown(comparison.images[at])
        given = [] if received is comparison.images else [_shown(received[at])]
        _large("Original", name, original, *given, below="with noise")
        for entry in comparison.entries:
            rebuilt = _shown(entry.reconstructions[at])
            maps = [_error_map(comparison, entry, at)] if errors else []
            _large(entry.title, name, rebuilt, *maps, below="its errors")
    floor = float(comparison.floor_nats[at])
    entries = comparison.entries
    show_table(
        {
            "Reconstruction by": [entry.title for entry in entries],
            "Numbers": [f"{entry.latent_dim:,}" for entry in entries],
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
    scale = max(round(_LARGE / pictures[0].shape[1]), 1)
    with st.container(width=scale * pictures[0].shape[1], gap="small"):
        for picture, what in zip(pictures, ("", f", {below}"), strict=False):
            show_picture(picture, alt=f"{title}{what}: {name}", scale=scale)
        # Below, where a second line moves no picture.
        st.caption(title)


def _downloads(comparison: Comparison) -> None:
    def sheet() -> bytes:
        rows = [(entry.title, entry.reconstructions) for entry in comparison.entries]
        return png_bytes(labelled_sheet([("Original", comparison.images), *rows]))

    with st.container(horizontal=True):
        download("Numbers as CSV", comparison.to_csv, "reconstructions.csv")
        download("Pictures as PNG", sheet, "reconstructions.png")
