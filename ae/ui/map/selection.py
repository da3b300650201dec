"""The images inside a lasso: how many of which class, how they look, as a file."""

import csv
import io

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import contact_sheet
from ae.ui.controls import download
from ae.ui.evidence import class_name, enlargement, known_images
from ae.ui.pictures import show_picture

_SHOWN, _COLUMNS = 40, 10
_SIDE = 56  # of a picture on screen, in pixels


def show_selection(
    autoencoder: Autoencoder, points: NDArray[np.float32], selected: NDArray[np.bool_]
) -> None:
    """Show what a lasso holds: of points at (n, 2) those that are selected, (n,)."""
    indices = np.flatnonzero(selected)
    st.header(f"Selected: {len(indices):,} of {len(points):,}", anchor=False)
    if not len(indices):
        st.caption("No image lies inside. Draw around some dots.")
        return
    names = autoencoder.card.class_names
    counts = np.bincount(autoencoder.labels[indices], minlength=len(names))
    order = [label for label in np.argsort(-counts, kind="stable") if counts[label]]
    st.markdown(" · ".join(f"{names[label]} **{counts[label]:,}**" for label in order))
    inside, overall = autoencoder.errors[indices].mean(), autoencoder.errors.mean()
    st.markdown(f"Mean squared error **{inside:.4f}**, over all test images {overall:.4f}.")
    shown = indices[:_SHOWN]
    pictures, what = known_images(autoencoder, shown)
    show_picture(
        contact_sheet(pictures, columns=_COLUMNS, gap=1, background=0),
        alt=f"{len(shown)} of the selected images",
        scale=enlargement(autoencoder, _SIDE),
    )
    st.caption(f"The first {len(shown)} of {len(indices):,} by number{what}.")
    download("Selection as CSV", lambda: to_csv(autoencoder, points, indices), "selection.csv")


def to_csv(
    autoencoder: Autoencoder, points: NDArray[np.float32], indices: NDArray[np.int64]
) -> str:
    """Write one line per image: number, class, place on the map, error and code."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    axes = [f"z{axis}" for axis in range(autoencoder.latent_dim)]
    lines.writerow(["image", "class", "u", "v", "mse", *axes])
    for index in indices.tolist():
        values = (*points[index], autoencoder.errors[index], *autoencoder.codes[index])
        name = class_name(autoencoder, index)
        lines.writerow([index, name, *(f"{value:.6g}" for value in values)])
    return text.getvalue()
