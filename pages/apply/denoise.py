"""Spoil pictures and see how well a network and plain filters clean them."""

import streamlit as st

from ae.ui.controls import choose_one
from ae.ui.denoising import chosen_noise, denoiser_and_bottleneck, show_curve, show_trial, tried
from ae.ui.downloads import offer_garments
from ae.ui.figures import show_learning_curves
from ae.ui.glossary import explained
from ae.ui.sources import SOURCES, chosen_images

st.title("Denoise", anchor=False)
st.markdown(
    "Spoil a picture and let a network clean it. It is told neither the kind of noise "
    "nor how much there is; the plain filters beside it are tuned to both."
)
denoiser, bottleneck = denoiser_and_bottleneck()
noise = chosen_noise()
source = choose_one("Pictures from", SOURCES, "source")
if source == SOURCES[0]:
    offer_garments()
chosen = chosen_images(source, bottleneck)
if chosen is not None:
    st.caption(chosen.origin)
    trial = tried(denoiser, bottleneck, chosen.images, noise)
    show_trial(denoiser, bottleneck, trial, chosen.names)
    explained("PSNR", "SSIM", "linear", "PCA", "standard deviation", of=[bottleneck])
show_curve(denoiser, bottleneck, noise)
explained("convolutional", of=[bottleneck])

card = denoiser.card
with st.expander("How the denoiser was trained"):
    show_learning_curves(card)
    explained("epoch")
    st.caption(
        f"{card.parameters:,} weights, {len(card.history['loss'])} epochs, noise of "
        "every kind and level drawn afresh for every picture. Train it again with "
        f"`python -m ae train {card.name}`."
    )
