"""What may be wrong with a model, and what to try."""

import streamlit as st

from ae.ui.checkup import show_findings
from ae.ui.downloads import offer_originals
from ae.ui.glossary import explained
from ae.ui.postcard.offering import offer_postcard
from ae.ui.shelf import choose_autoencoder

st.title("Check-up", anchor=False)
st.markdown(
    "What commonly goes wrong with autoencoders, looked for in one of them: what was measured, "
    "how bad it is, and what to try. `python -m ae doctor` prints the same."
)
autoencoder = choose_autoencoder("fashion-vae-16")
offer_originals(autoencoder, "blur, and where PCA is better, are not looked at")
explained("variational", "squared error", "PCA", "prior", "KL", "nats", "beta", of=[autoencoder])
explained("mixture", "trustworthiness", of=[autoencoder])
show_findings(autoencoder)
offer_postcard(autoencoder)
