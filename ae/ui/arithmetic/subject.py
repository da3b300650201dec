"""The picture that is worked on: a test image, an upload or a photo."""

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import contact_sheet
from ae.ui.controls import choose_one
from ae.ui.evidence import enlargement, subject_noun
from ae.ui.one_image import OneImage, numbered_image, own_image
from ae.ui.pictures import show_picture
from ae.ui.sources import OWN

SOURCES = ("Test", *OWN)
_SIDE = 128


def in_words(autoencoder: Autoencoder) -> str:
    """Return what adding codes does, in words for a model's pictures."""
    noun, name = subject_noun(autoencoder), next(iter(autoencoder.attributes), None)
    what, result = "leads from one class to another", "of the other class"
    if autoencoder.known and name:
        what, result = f"is what *{name}* adds to codes", f"with *{name}*"
    return (
        f"If *z* is the code of a {noun} and *s* {what}, *z* + *s* is the code of a {noun} much "
        f"like it, {result}. Add it, and see what else it changed."
    )


def choose_subject(autoencoder: Autoencoder, key: str, *, default: int = 0) -> OneImage | None:
    """Let a picture be chosen, by key in the link too; None while an upload is awaited.

    A link does not hold a picture of one's own: a test image stands in.
    """
    noun, name = subject_noun(autoencoder), f"{key}_from"

    def choose() -> None:
        st.session_state[f"{name}-chosen"] = True

    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = choose_one(noun.capitalize(), SOURCES, name, on_change=choose)
        if source == SOURCES[0]:
            return numbered_image(autoencoder, key, default=default)
    own = own_image(autoencoder, source, key)
    if own is not None or f"{name}-chosen" in st.session_state:
        return own
    st.info(
        f"This link was made from somebody's own {noun}, which no link holds: here a test {noun} "
        "stands in. Bring one of your own, or choose another."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return numbered_image(autoencoder, key, default=default)


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
