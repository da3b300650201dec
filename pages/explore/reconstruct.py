"""Send pictures through the models and see what comes back."""

import streamlit as st

from ae.denoising.noise import Noise, with_noise
from ae.ui.comparison import compared, show_comparison
from ae.ui.controls import choose_one
from ae.ui.door.link import IN_LINK
from ae.ui.downloads import offer_garments, offer_originals
from ae.ui.evidence import warn_of_strangers
from ae.ui.glossary import explained
from ae.ui.postcard.offering import offer_postcard
from ae.ui.reconstruction import (
    choose_pictures_of,
    choose_size,
    chosen_column,
    say_why,
    show_training,
)
from ae.ui.shelf import by_pictures, choose_models, models_key, of_garments, usable_models
from ae.ui.sources import OWN, SOURCES, as_seen_by, bring_pictures, chosen_images

st.title("Reconstruct", anchor=False)
st.markdown(
    "Send pictures through a bottleneck and see what comes back. What is lost is what "
    "the model has no numbers for."
)
shelf = usable_models()
if not shelf:
    st.error("There is no model on the shelf. Train one: `python -m ae train fashion-conv`.")
    st.stop()

source = choose_one("Pictures from", SOURCES, "source")
own = bring_pictures(source) if source in OWN else {}
groups = by_pictures(shelf)
if source == SOURCES[-1]:
    groups = {kind: group for kind, group in groups.items() if of_garments(group)} or groups
kind = choose_pictures_of(groups, own)
lead = next(iter(groups[kind].values()))
with st.container(horizontal=True):
    models = choose_models(groups[kind], list(groups[kind])[:2], models_key(lead))
    met_noise = any(model.card.recipe.get("noise") for model in models)
    noise = st.slider(
        "Noise added first, sigma",
        0.0,
        0.5,
        0.0,
        0.05,
        key="noise",
        help="Standard deviation, where black is 0 and white is 1. "
        + ("" if met_noise else "These models never met noise in training."),
        **IN_LINK,
        width=220,
    )
explained(
    *("stacked", "convolutional", "variational", "standard deviation", "held-out"),
    *("squared error", "PSNR", "PCA", "cross-entropy", "nats"),
    of=models,
)
if not models:
    st.info("Choose at least one model.")
    st.stop()
if source == SOURCES[0]:
    offer_garments() if of_garments(groups[kind]) else offer_originals(lead)
chosen = as_seen_by(models[0], own) if source in OWN else chosen_images(source, models[0])
if chosen is not None:
    st.caption(chosen.origin)
    if source in OWN:
        say_why(models[0], chosen.images)
    if source != SOURCES[0]:
        for model in models:
            warn_of_strangers(model, chosen.images)
    received = with_noise(chosen.images, Noise("gaussian", noise, clip=True))
    at = chosen_column(chosen.names)
    size = choose_size(models, chosen.images[at], received[at], chosen.names[at])
    show_comparison(compared(models, chosen.images, received, chosen.names, size), received)
    offer_postcard(models[0], models[0].encode(received[at : at + 1])[0])

st.header("How they were trained", anchor=False)
for model in models:
    with st.expander(model.card.title):
        show_training(model.card)
