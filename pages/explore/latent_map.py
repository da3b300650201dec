"""A map of the latent space that decodes wherever one points."""

import streamlit as st

from ae.ui.downloads import offer_originals
from ae.ui.glossary import explained
from ae.ui.map.controls import choose_colouring, choose_map
from ae.ui.map.exploring import explore_map
from ae.ui.map.trust import show_trust
from ae.ui.postcard.offering import offer_postcard
from ae.ui.shelf import choose_autoencoder
from ae.ui.tables import as_text

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Latent map", anchor=False, width="content")
    # Folded, so that the map is what the page shows.
    with st.popover("Model, map, colours", icon=":material/tune:"):
        # Where the plane itself is the code, pointing is exact.
        autoencoder = choose_autoencoder("fashion-vae-16", lambda found: "plane" in found.maps)
        kind = choose_map(autoencoder)
        colouring = choose_colouring(autoencoder)
code = "the posterior mean of its code" if autoencoder.is_vae else "its code"
st.markdown(
    f"**{as_text(autoencoder.card.title)}**: each of the {len(autoencoder.codes):,} dots is a "
    f"test image, placed by {code}. Point anywhere, between the dots too: the decoder draws what "
    "is there. Click to pin it."
)
offer_originals(autoencoder)
explore_map(autoencoder, kind, colouring)
explained("variational", "posterior", "PCA", "t-SNE", "squared error", of=[autoencoder])
offer_postcard(autoencoder, kind=kind)
st.header("How far to trust this map", anchor=False)
show_trust(autoencoder.card.maps[kind], kind)
explained("trustworthiness", "continuity", of=[autoencoder])
