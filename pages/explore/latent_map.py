"""A map of the latent space that decodes wherever one points."""

import streamlit as st

from ae.ui.downloads import offer_originals
from ae.ui.glossary import explained
from ae.ui.map.controls import choose_colouring, choose_map
from ae.ui.map.exploring import explore_map
from ae.ui.map.trust import show_trust
from ae.ui.postcard.offering import offer_postcard
from ae.ui.shelf import choose_autoencoder

st.title("Latent map", anchor=False)
autoencoder = choose_autoencoder("fashion-vae-16")
with st.container(horizontal=True):
    kind = choose_map(autoencoder)
    colouring = choose_colouring(autoencoder)
code = "the posterior mean of its code" if autoencoder.is_vae else "its code"
st.markdown(
    f"Each of the **{len(autoencoder.codes):,}** dots is a test image, placed by {code}. "
    "Point anywhere, between the dots too: the decoder "
    "draws what is there. Click to pin it."
)
explained("posterior", "PCA", "t-SNE", "squared error", model=autoencoder)
offer_originals(autoencoder)
explore_map(autoencoder, kind, colouring)
offer_postcard(autoencoder, kind=kind)
st.header("How far to trust this map", anchor=False)
show_trust(autoencoder.card.maps[kind], kind)
explained("trustworthiness", "continuity", model=autoencoder)
