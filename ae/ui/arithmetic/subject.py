"""The picture that is worked on: a test image, an upload or a photo."""

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import contact_sheet
from ae.ui.evidence import enlargement, subject_noun
from ae.ui.one_image import OneImage, numbered_image, own_image
from ae.ui.pictures import show_picture
from ae.ui.sources import OWN

SOURCES = ("Test", *OWN)
_SIDE = 128


def choose_subject(autoencoder: Autoencoder, key: str, *, default: int = 0) -> OneImage | None:
    """Let a picture be chosen, by key in the link too; None while an upload is awaited."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.segmented_control(
            subject_noun(autoencoder).capitalize(),
            SOURCES,
            default=SOURCES[0],
            required=True,
            key=f"{key}_from",
        )
        if source == SOURCES[0]:
            return numbered_image(autoencoder, key, default=default)
    return own_image(autoencoder, source, key)


def show_image(autoencoder: Autoencoder, image: OneImage) -> None:
    """Show a picture, or where its original is not here what the model rebuilds."""
    original = image.original
    if original is None:
        original = autoencoder.decode(image.z_mean[None])[0]
    show_picture(
        contact_sheet(original[None], columns=1),
        alt=image.name,
        scale=enlargement(autoencoder, _SIDE),
    )
    st.caption(image.name)
