"""Beside a generated picture: what the data say about its code."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.data import DRAWN, drawn_faces, fashion_mnist, smiles
from ae.images.sheets import contact_sheet
from ae.latent.evidence import evidence
from ae.ui.caching import drawn_test_faces, test_images
from ae.ui.pictures import show_picture

_SHOWN = 5
_SIDE = 84  # of a picture on screen, in pixels


def show_evidence(
    autoencoder: Autoencoder, z: NDArray[np.float32], *, leave_out: Sequence[int] = ()
) -> None:
    """Show the nearest real images of a code, (latent_dim,), and warn where no data is near.

    Images that are no answer are left out, by number.
    """
    found = evidence(z, autoencoder.codes, autoencoder.radius, k=_SHOWN, leave_out=leave_out)
    n = len(autoencoder.codes)
    if found.n_within == 0:
        st.warning(
            "No test image has a code near this one: what you see is a guess.",
            icon=":material/explore_off:",
        )
    st.caption(
        f"**{found.n_within:,}** of {n:,} test codes lie within {autoencoder.radius:.2f} of it, "
        "where a real code nearly always has five. Its distance from zero is larger than that of "
        f"**{found.norm_percentile:.0f} %** of them."
    )
    names = [class_name(autoencoder, i) for i in found.nearest]
    pictures, what = known_images(autoencoder, found.nearest)
    show_picture(
        contact_sheet(pictures, columns=_SHOWN, gap=1, background=0),
        alt=f"Nearest test images: {', '.join(names)}",
        scale=enlargement(autoencoder, _SIDE),
    )
    st.caption(f"Nearest test images{what}: {', '.join(names)}.")


def subject_noun(autoencoder: Autoencoder) -> str:
    """Return what a model's pictures show, in one word."""
    if autoencoder.card.dataset in (*DRAWN, smiles.NAME):
        return "face"
    return "garment" if autoencoder.card.dataset == fashion_mnist.NAME else "picture"


def known_images(
    autoencoder: Autoencoder, indices: NDArray[np.int64]
) -> tuple[NDArray[np.float32], str]:
    """Return test images by number, or what a model makes of their codes.

    Args:
        autoencoder: Whose stored codes are those of the test images.
        indices: Of the images.

    Returns:
        (n, height, width, channels) in [0, 1], and words to say where they are no
        originals, else "".
    """
    real = originals(autoencoder)
    if real is None:
        rebuilt = autoencoder.decode(autoencoder.codes[indices])
        return rebuilt, " as the model rebuilds them (the originals are not here)"
    return real[indices], ""


Originals: TypeAlias = NDArray[np.float32] | drawn_faces.FacesOnDemand


def originals(autoencoder: Autoencoder) -> Originals | None:
    """Return the test images whose codes a model stores, in the same order.

    None where they are not on this machine, or are others than were encoded.

    Raises:
        ValueError: If a file is damaged.
        OSError: If a file cannot be read.
    """
    name = autoencoder.card.dataset
    real: Originals | None
    if name in DRAWN:
        real = drawn_test_faces(name)
    else:
        test = test_images(name)
        real = None if test is None else test.images
    shape = (len(autoencoder.codes), *autoencoder.image_shape)
    return real if real is not None and real.shape == shape else None


def of_many_kinds(autoencoder: Autoencoder, n: int) -> NDArray[np.int64]:
    """Return n test images, of different classes as far as there are so many."""
    _, first = np.unique(autoencoder.labels, return_index=True)
    rest = np.setdiff1d(np.arange(len(autoencoder.codes)), first)
    return np.concatenate([first, rest])[:n]


def class_name(autoencoder: Autoencoder, index: int | np.integer) -> str:
    """Return what a stored test image shows."""
    label, names = autoencoder.labels[index], autoencoder.card.class_names
    return names[label] if label < len(names) else "Image"


def enlargement(autoencoder: Autoencoder, side: int) -> int:
    """Return how large a pixel is drawn for a picture to come near a side in pixels."""
    return max(1, round(side / autoencoder.image_shape[1]))
