"""What any autoencoder says of whether a picture is like those it knows."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.detection.measures import USUAL_RATE
from ae.detection.scores import neighbour_distance, thumbnails
from ae.metrics import least_p_value, p_values, squared_error
from ae.ui.arithmetic.subject import choose_subject, show_image
from ae.ui.evidence import Originals, originals
from ae.ui.shelf import choose_autoencoder
from ae.ui.tables import show_table

_COMPARED = 500  # test images in each of two halves


def show_any_autoencoder() -> None:
    """Let a model and a picture be chosen; show how strange each measure finds it."""
    autoencoder = choose_autoencoder("fashion-vae-16")
    calibration, title = autoencoder.calibration, autoencoder.card.title
    if calibration is None:
        st.info(f"{title} does not say where its codes lie. Train or import it again.")
        return
    image = choose_subject(autoencoder, "strange")
    if image is None:
        return
    show_image(autoencoder, image)
    rows = {
        "How far the code lies from the data": (
            autoencoder.support(image.z_mean[None])[0],
            calibration.n,
        )
    }
    if image.original is not None:
        pictures = image.original[None]
        error = squared_error(pictures, autoencoder.decode(image.z_mean[None]))
        errors = calibration.p_values_of_errors(error)
        rows["Error of the reconstruction"] = errors[0], calibration.n
        real = originals(autoencoder)
        if real is not None:
            number = -1 if image.number is None else image.number
            reference, distances = _pixels(autoencoder.card.files["codes.npz"], number, real)
            own = neighbour_distance(thumbnails(pictures), reference)
            rows["Pixels, without training"] = p_values(own, distances)[0], len(distances)
    flagged = [
        "yes" if p <= USUAL_RATE else "no" if least_p_value(n) <= USUAL_RATE else "too few to tell"
        for p, n in rows.values()
    ]
    show_table(
        {
            "What is compared": list(rows),
            "p-value": [f"{p:.3f}" for p, _ in rows.values()],
            f"Flagged at {USUAL_RATE:.0%}": flagged,
            "Images compared with": [f"{n:,}" for _, n in rows.values()],
        }
    )
    st.caption(
        "A p-value is the share of images kept aside that are as strange: of pictures like those "
        f"it learned from, each line flags {USUAL_RATE:.0%} at most. Without training, the "
        "blurred pixels are compared with those of the nearest test images."
    )
    if "Pixels, without training" not in rows:
        st.caption("Where the test images are not on this machine, pixels are not compared.")


@st.cache_resource(show_spinner=False, max_entries=8)
def _pixels(
    codes: str, leave_out: int, _real: Originals
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return blurred test images but one, and how far others lie from these."""
    n = min(_real.shape[0], 2 * _COMPARED + 1)
    points = thumbnails(_real[np.setdiff1d(np.arange(n), [leave_out])])
    reference, others = points[::2], points[1::2]
    return reference, neighbour_distance(others, reference)
