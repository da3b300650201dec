"""Move a code and see its picture; draw codes that no picture has."""

import streamlit as st

from ae.ui.evidence import show_evidence
from ae.ui.live_code import live_code
from ae.ui.sampling import (
    show_film_strips,
    show_generated,
    show_plane,
    show_posterior,
)
from ae.ui.shelf import of_garments, usable_models
from ae.ui.sources import IN_LINK

st.title("Sample", anchor=False)
st.markdown(
    "A variational autoencoder fills the space around zero with garments. Drag a "
    "slider: the picture follows. Every number counts in **prior sigmas**, so most "
    "garments lie between -2 and 2."
)
shelf = {
    name: model for name, model in of_garments(usable_models()).items() if model.is_vae
}
if not shelf:
    st.info(
        "There is no variational autoencoder on the shelf. "
        "Train one: `python -m ae train fashion-vae-16`."
    )
    st.stop()

name = st.segmented_control(
    "Model",
    list(shelf),
    default=next(iter(shelf)),
    required=True,
    format_func=lambda name: shelf[name].card.title,
    key="vae",
    **IN_LINK,
)
autoencoder = shelf[name]


@st.fragment
def explore() -> None:
    z = live_code(autoencoder)
    show_evidence(autoencoder, z)
    with st.expander("Film strips of all dimensions, from here"):
        show_film_strips(autoencoder, z)


@st.fragment
def generate() -> None:
    show_generated(autoencoder)


@st.fragment
def posterior() -> None:
    show_posterior(autoencoder)


explore()
if autoencoder.latent_dim == 2:
    st.header("The whole plane", anchor=False)
    show_plane(autoencoder)
st.header("Generate", anchor=False)
generate()
st.header("One image's posterior", anchor=False)
posterior()
