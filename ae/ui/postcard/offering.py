"""The button on pages with a live picture that gives the model as one file."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.ui.controls import download
from ae.ui.postcard.making import postcard


def offer_postcard(
    autoencoder: Autoencoder, code: NDArray[np.floating] | None = None, kind: str | None = None
) -> None:
    """Offer a model as one HTML file; the arguments are ``postcard``'s."""
    if not autoencoder.decoder_safetensors:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        download(
            "Take it with you",
            lambda: postcard(autoencoder, code, kind=kind),
            f"{autoencoder.card.name}.html",
        )
        st.caption(
            "One file with these sliders and the map, which still decodes as you drag: "
            "it opens by a double click, without this app and without a network."
        )
