"""Add and subtract codes: a smile, a direction of one's own, an equation, a path."""

import streamlit as st

from ae.data import caveat
from ae.ui.arithmetic.attribute import show_attributes
from ae.ui.arithmetic.corners import show_corners
from ae.ui.arithmetic.equation import show_equation
from ae.ui.arithmetic.own import show_own_direction
from ae.ui.arithmetic.path import show_path
from ae.ui.arithmetic.subject import in_words
from ae.ui.controls import choose_one
from ae.ui.downloads import offer_originals
from ae.ui.glossary import explained
from ae.ui.shelf import choose_editable

MODES = {
    "Attribute": show_attributes,
    "Your own direction": show_own_direction,
    "Equation": show_equation,
    "Path": show_path,
}

st.title("Arithmetic", anchor=False)
lead = st.container()
autoencoder = choose_editable("faces-vae")
lead.markdown(in_words(autoencoder))
explained("direction", "linear", "held-out", of=[autoencoder])
offer_originals(autoencoder)
if caveat(autoencoder.card.dataset):
    st.caption(caveat(autoencoder.card.dataset))
mode = choose_one("Mode", MODES, "mode")
MODES[mode](autoencoder)
if mode == "Path":
    st.header("Between four", anchor=False)
    show_corners(autoencoder)
