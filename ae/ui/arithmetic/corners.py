"""A square of pictures between four corners."""

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import contact_sheet, png_bytes
from ae.latent.interpolation import four_corners
from ae.ui.arithmetic.subject import choose_subject
from ae.ui.controls import download
from ae.ui.evidence import enlargement, of_many_kinds, say_how_many_are_far
from ae.ui.pictures import show_picture

_CORNERS = ("Top left", "Top right", "Bottom left", "Bottom right")
_BETWEEN = 7
_SIDE = 72


@st.fragment
def show_corners(autoencoder: Autoencoder) -> None:
    """Let four pictures be chosen, and fill the square between them."""
    chosen = []
    defaults = of_many_kinds(autoencoder, len(_CORNERS)).tolist()
    places = [*st.columns(2), *st.columns(2)]
    for place, name, default in zip(places, _CORNERS, defaults, strict=True):
        with place, st.container(border=True):
            st.markdown(f"**{name}**")
            key = name.lower().replace(" ", "_")
            image = choose_subject(autoencoder, key, default=default)
            if image is not None:
                chosen.append(image)
    if len(chosen) < len(_CORNERS):
        return
    a, b, c, d = (image.z_mean for image in chosen)
    codes = four_corners(a, b, c, d, _BETWEEN)
    sheet = contact_sheet(autoencoder.decode(codes), columns=_BETWEEN, gap=0)
    scale = enlargement(autoencoder, _SIDE)
    names = ", ".join(image.name for image in chosen)
    show_picture(sheet, alt=f"{_BETWEEN} by {_BETWEEN} pictures between {names}", scale=scale)
    say_how_many_are_far(autoencoder, codes)
    download("The square as PNG", lambda: png_bytes(sheet, scale=scale), "square.png")
