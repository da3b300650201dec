"""The buttons that give a model as one file: a page that still decodes, or its folder."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.exchange.folder import pack
from ae.ui.controls import download
from ae.ui.postcard.making import postcard


def offer_postcard(
    autoencoder: Autoencoder, code: NDArray[np.floating] | None = None, kind: str | None = None
) -> None:
    """Offer a model as one HTML file; the arguments are ``postcard``'s."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if _offer(autoencoder, code, kind):
            st.caption(
                f"One file with the sliders and the map of {autoencoder.card.title}, which still "
                "decodes as you drag: it opens by a double click, without this app and without a "
                "network."
            )


def offer_model(autoencoder: Autoencoder) -> None:
    """Offer a model as one HTML file, and its folder."""
    _offer(autoencoder, None, None)
    download("Take the model folder", lambda: pack(autoencoder), f"{autoencoder.card.name}.zip")


def _offer(autoencoder: Autoencoder, code: NDArray[np.floating] | None, kind: str | None) -> bool:
    """Offer the file where a browser can run the decoder, and return whether one can."""
    if not autoencoder.decoder_digest:
        return False
    download(
        "Take it with you",
        lambda: postcard(autoencoder, code, kind=kind),
        f"{autoencoder.card.name}.html",
    )
    return True
