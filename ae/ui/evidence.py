"""Beside a generated picture: what the data say about its code."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images import contact_sheet
from ae.latent.evidence import evidence
from ae.models import Autoencoder
from ae.ui.caching import test_images
from ae.ui.pictures import show_picture

_SHOWN = 5


def show_evidence(autoencoder: Autoencoder, z: NDArray[np.float32]) -> None:
    """Show the nearest real images of a code and warn where no data is near."""
    found = evidence(z, autoencoder.codes, autoencoder.radius, k=_SHOWN)
    n = len(autoencoder.codes)
    if found.n_within == 0:
        st.warning(
            "No test image has a code near this one: what you see is a guess.",
            icon=":material/explore_off:",
        )
    st.caption(
        f"**{found.n_within}** of {n:,} test codes lie within {autoencoder.radius:.2f} "
        f"of it, where a real code nearly always has five. Its distance from zero is "
        f"larger than that of **{found.norm_percentile:.0f} %** of them."
    )
    names = [autoencoder.card.class_names[autoencoder.labels[i]] for i in found.nearest]
    pictures, what = _pictures(autoencoder, found.nearest)
    show_picture(
        contact_sheet(pictures, columns=_SHOWN, gap=1, background=0),
        alt=f"Nearest test images: {', '.join(names)}",
        scale=3,
    )
    st.caption(f"Nearest test images{what}: {', '.join(names)}.")


def _pictures(
    autoencoder: Autoencoder, indices: NDArray[np.int64]
) -> tuple[NDArray[np.float32], str]:
    test = test_images()
    if test is None:
        rebuilt = autoencoder.decode(autoencoder.codes[indices])
        return rebuilt, " as the model rebuilds them (the originals are not here)"
    return test.images[indices], ""
