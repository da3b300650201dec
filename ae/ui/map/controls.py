"""What the map shows: which map of the codes, and what colours its points."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.metrics import kl_divergence
from ae.ui.controls import choose_one
from ae.ui.map.points import Colouring

TITLES = {"pca": "PCA", "tsne": "t-SNE", "plane": "The plane itself"}
_CLASS, _ERROR, _KL, _STRETCH = "Class", "Squared error", "KL", "Stretch"


def choose_map(autoencoder: Autoencoder) -> str:
    """Show which maps a model's codes have; return the name of one."""
    kinds = [kind for kind in TITLES if kind in autoencoder.maps]
    if not kinds:
        st.info(f"{autoencoder.card.title} has no map. Train it again to get one.")
        st.stop()
    return choose_one("Map", kinds, "map", format_func=TITLES.__getitem__)


def choose_colouring(autoencoder: Autoencoder) -> Colouring | None:
    """Show what can colour the points; return their values, None for the class."""
    words = "The squared error of the reconstruction is a mean over pixels."
    options = [_CLASS, _ERROR]
    if autoencoder.is_vae:
        options.append(_KL)
        words += " The KL from an image's posterior to the prior is in nats."
    if autoencoder.stretch is not None:
        options.append(_STRETCH)
        words += (
            " Stretch is how far the decoder pulls pictures apart around a code: where it is "
            "large, a small step changes the picture a lot."
        )
    chosen = choose_one("Colour by", options, "colour", help=words)
    if chosen == _ERROR:
        return Colouring("Squared error", autoencoder.errors)
    if chosen == _STRETCH and autoencoder.stretch is not None:
        return Colouring("Stretch", autoencoder.stretch)
    return Colouring("KL, nats", kl_of_images(autoencoder)) if chosen == _KL else None


def kl_of_images(autoencoder: Autoencoder) -> NDArray[np.float32]:
    """Return the KL of every stored image's posterior to the prior in nats, (n,)."""
    kl = kl_divergence(autoencoder.codes, autoencoder.z_log_var)
    return np.float32(kl.sum(axis=1))
