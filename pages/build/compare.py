"""Models beside each other, and what size of code and beta do."""

import streamlit as st

from ae.ui.comparing.lab import show_lab
from ae.ui.comparing.models import show_models
from ae.ui.controls import choose_one
from ae.ui.glossary import explained
from ae.ui.shelf import usable_models

_MODELS, _LAB = "Models", "Rate-distortion lab"

st.title("Compare", anchor=False)
view = choose_one("View", (_MODELS, _LAB), "view")
if view == _LAB:
    st.markdown(
        "How many numbers does a garment need, and what does beta do? Move the sliders: everything "
        "was measured before and is here, so the pictures follow your finger."
    )
    words = ("beta", "distortion", "KL", "nats", "variational", "posterior", "squared error")
    explained(*words, of=[*usable_models().values()])
    show_lab()
else:
    st.markdown(
        "Which model is better, at what? Two to four models get the same pictures, and stand "
        "beside what needs no training."
    )
    show_models()
