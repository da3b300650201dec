"""Pictures of the visitor's choice on the map."""

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import to_uint8
from ae.latent.maps import Decoding, Interpolation
from ae.ui.controls import choose_one
from ae.ui.door.link import IN_LINK
from ae.ui.evidence import show_evidence
from ae.ui.map.points import Mark
from ae.ui.pictures import Row, picture_table
from ae.ui.shelf import of_garments
from ae.ui.sources import OWN, SOURCES, Chosen, chosen_images, one_picture


def place_pictures(autoencoder: Autoencoder, decoding: Decoding) -> list[Mark]:
    """Let pictures be chosen; show what the model makes of them, and return their places."""
    if not st.toggle("Place pictures on this map", key="place", **IN_LINK):
        return []
    chosen = _chosen(autoencoder)
    if chosen is None:
        return []
    codes = autoencoder.encode(chosen.images)
    rebuilt = autoencoder.decode(codes)
    at = picture_table(
        chosen.names,
        [
            Row("Picture", "", to_uint8(chosen.images), chosen.names),
            Row("Rebuilt", "from its posterior mean", to_uint8(rebuilt)),
        ],
        key="placed",
    )
    st.caption(f"{chosen.origin} {_how(decoding, len(codes))}")
    st.markdown(f"**{chosen.names[at]}** and what is near it in latent space:")
    show_evidence(autoencoder, codes[at], original=chosen.images[at])
    places = decoding.places(codes).tolist()
    return [Mark(name, u, v) for name, (u, v) in zip(chosen.names, places, strict=True)]


def _chosen(autoencoder: Autoencoder) -> Chosen | None:
    if not of_garments({autoencoder.card.name: autoencoder}):
        source = st.segmented_control(
            "Picture from", OWN, default=OWN[0], required=True, key="placed_own"
        )
        return one_picture(autoencoder, source, "placed")
    source = choose_one("Pictures from", SOURCES, "placed_from")
    return chosen_images(source, autoencoder)


def _how(decoding: Decoding, n: int) -> str:
    which = "It" if n == 1 else "Each"
    if isinstance(decoding, Interpolation):
        return (
            f"{which} is placed by a stated guess, for t-SNE cannot place new codes: a "
            f"mix of the places of its {decoding.k} nearest codes, the nearer the more."
        )
    return f"{which} is placed exactly: its code is projected onto the plane."
