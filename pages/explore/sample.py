"""Move a code and see its picture; draw codes that no picture has."""

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.ui.downloads import offer_originals
from ae.ui.evidence import show_evidence, show_support
from ae.ui.glossary import explained
from ae.ui.postcard.offering import offer_postcard
from ae.ui.sampling.bounds import show_bounds
from ae.ui.sampling.code import far_from_prior, live_code, shown_axes
from ae.ui.sampling.drawing import (
    kl_by_dimension,
    offer_strips,
    offer_traversal,
    show_film_strips,
    show_generated,
    show_plane,
)
from ae.ui.sampling.plain import (
    in_words,
    live_plain_code,
    offer_plain_traversal,
    show_plain_draws,
    show_plain_plane,
    show_plain_strips,
)
from ae.ui.sampling.posterior import show_posterior
from ae.ui.shelf import choose_decoder

st.title("Sample", anchor=False)
top = st.container()
chosen = choose_decoder("fashion-vae-16")
if not (isinstance(chosen, Autoencoder) and chosen.is_vae):
    top.markdown(in_words(chosen))

    @st.fragment
    def explore_plain() -> None:
        z = live_plain_code(chosen)
        if isinstance(chosen, Autoencoder):
            show_support(chosen, z)
        offer_plain_traversal(chosen, z)
        offer_strips(lambda: show_plain_strips(chosen, z))

    explore_plain()
    if chosen.latent_dim == 2:
        st.header("The whole plane", anchor=False)
        show_plain_plane(chosen)
    st.header("Generate", anchor=False)
    show_plain_draws(chosen)
    st.stop()

top.markdown(
    "A variational autoencoder fills the space around zero with pictures. Drag a "
    "slider: the picture follows. Every number counts in **prior sigmas**: training "
    "aims at codes between -2 and 2."
)
autoencoder = chosen
words = ("variational", "prior", "standard deviation", "KL", "nats", "dead dimension")
explained(*words, of=[autoencoder])
if far_from_prior(autoencoder):
    st.caption(
        "The codes of this model do not fill that space: most draws from it are far from "
        "anything the model has seen. So it starts from a test image here and draws from a "
        "mixture that was fitted to its codes; the prior is one click away."
    )
kl = kl_by_dimension(autoencoder)
offer_originals(autoencoder)


@st.fragment
def explore() -> None:
    z = live_code(autoencoder, kl)
    show_evidence(autoencoder, z)
    offer_postcard(autoencoder, z)
    offer_traversal(autoencoder, z, shown_axes(kl))
    offer_strips(lambda: show_film_strips(autoencoder, z, kl))


explore()
if autoencoder.latent_dim == 2:
    st.header("The whole plane", anchor=False)
    show_plane(autoencoder)
st.header("Generate", anchor=False)
explained("ELBO", "cross-entropy", "squared error", "PCA", of=[autoencoder])
show_bounds(autoencoder)
explained("mixture", "feature distance", "held-out", "p-value", of=[autoencoder])
show_generated(autoencoder)
st.header("One picture's posterior", anchor=False)
st.caption(
    "The encoder gives no single code but a distribution of codes: a mean, and how "
    "sure it is of it in every dimension."
)
explained("posterior", of=[autoencoder])
show_posterior(autoencoder, kl)
