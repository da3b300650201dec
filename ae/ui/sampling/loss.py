"""What a variational autoencoder's loss is: rebuilding and KL, as bars of one picture."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.measures import loss_of
from ae.ui.glossary import explained


def show_loss(
    autoencoder: Autoencoder,
    original: NDArray[np.float32],
    z_mean: NDArray[np.float32],
    z_log_var: NDArray[np.float32],
) -> None:
    """Show both parts of one picture's loss as bars, in nats.

    Args:
        autoencoder: A variational one.
        original: The picture, (height, width, channels) in [0, 1].
        z_mean: Of its posterior, (latent_dim,).
        z_log_var: Of its posterior, (latent_dim,).
    """
    rebuild, kl = loss_of(autoencoder, original, z_mean, z_log_var)
    beta = autoencoder.card.recipe.get("beta") or 1.0
    total = rebuild + beta * kl
    times = "" if beta == 1 else f"{beta:g} times "
    if autoencoder.card.history:
        said = f"**Its loss: {total:,.1f} nats**, rebuild plus beta ({beta:g}) times KL"
    else:
        said = f"**Its bound: {total:,.1f} nats**, rebuild plus KL; its own loss is not known here"
    st.markdown(said)
    st.progress(rebuild / total, text=f"Rebuild {rebuild:,.1f}: how wrong the picture is")
    st.progress(beta * kl / total, text=f"KL {times}{kl:,.1f}: the price of its code")
    if autoencoder.card.evaluation["test"]["elbo"].get("variance"):
        st.caption(
            "Rebuilding is squared error over twice a pixel's variance; the bound above adds the "
            "constant of a Gaussian density, which no picture changes."
        )
    explained("beta", of=[autoencoder])
