"""Every word of the pages in a sentence, with its number in a model."""

import streamlit as st

from ae.ui.glossary import show_glossary
from ae.ui.shelf import choose_model, usable_models

st.title("Glossary", anchor=False)
st.markdown(
    "Every word that the pages use, in a sentence. The numbers are those of one model, or, "
    "where it has none, of the first that has."
)
shelf = usable_models()
first = "fashion-vae-16" if "fashion-vae-16" in shelf else next(iter(shelf), None)
if first is None:
    show_glossary([])
else:
    show_glossary([choose_model(shelf, first, "words_of"), *shelf.values()])
