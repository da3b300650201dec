"""Add and subtract codes: a smile, a direction of one's own, an equation, a path."""

import streamlit as st

from ae.ui.arithmetic import (
    show_attributes,
    show_corners,
    show_equation,
    show_own_direction,
    show_path,
)
from ae.ui.controls import choose_one
from ae.ui.downloads import offer_originals
from ae.ui.shelf import choose_vae

MODES = ("Attribute", "Your own direction", "Equation", "Path")

st.title("Arithmetic", anchor=False)
st.markdown(
    "If *z* is the code of a face, *z* + *s* is the same face, smiling. Add it, and "
    "see what else it changed."
)
autoencoder = choose_vae("faces-vae")
offer_originals(autoencoder)
mode = choose_one("Mode", MODES, "mode")


@st.fragment
def attribute() -> None:
    show_attributes(autoencoder)


@st.fragment
def own() -> None:
    show_own_direction(autoencoder)


@st.fragment
def equation() -> None:
    show_equation(autoencoder)


@st.fragment
def path() -> None:
    show_path(autoencoder)


@st.fragment
def corners() -> None:
    show_corners(autoencoder)


if mode == "Attribute":
    attribute()
elif mode == "Your own direction":
    own()
elif mode == "Equation":
    equation()
else:
    path()
    st.header("Between four", anchor=False)
    corners()
