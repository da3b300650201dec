"""The picture that is worked on: a test image, an upload or a photo."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.data import drawn_faces, fashion_mnist, smiles
from ae.images import contact_sheet, prepare, read_upload
from ae.models import Autoencoder
from ae.ui.crop import choose_crop
from ae.ui.evidence import enlargement
from ae.ui.one_image import OneImage, numbered_image
from ae.ui.pictures import show_picture

SOURCES = ("Test image", "Upload", "Camera")
_SIDE = 128


def thing(autoencoder: Autoencoder) -> str:
    """Return what a model's pictures show, in one word."""
    faces = (drawn_faces.NAME, drawn_faces.BIASED_NAME, smiles.NAME)
    return "face" if autoencoder.card.dataset in faces else "picture"


def choose_subject(
    autoencoder: Autoencoder, key: str, *, default: int = 0
) -> OneImage | None:
    """Let a picture be chosen; None while an upload is awaited.

    Args:
        autoencoder: A VAE.
        key: Of the test image's number, in the link too.
        default: The test image at first.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.segmented_control(
            thing(autoencoder).capitalize(),
            SOURCES,
            default=SOURCES[0],
            required=True,
            key=f"{key}_from",
        )
        if source == SOURCES[0]:
            return numbered_image(autoencoder, key, default=default)
    data = _uploaded(autoencoder, key) if source == "Upload" else _photo(key)
    return None if data is None else _own(autoencoder, data, key)


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


def _uploaded(autoencoder: Autoencoder, key: str) -> bytes | None:
    file = st.file_uploader(
        f"A photograph of a {thing(autoencoder)}, 10 MB at most",
        type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
        key=f"{key}-file",
    )
    if file is None:
        st.caption("It stays on the machine this app runs on and is not stored.")
        return None
    return bytes(file.getvalue())


def _photo(key: str) -> bytes | None:
    photo = st.camera_input("Look straight ahead", key=f"{key}-camera")
    return None if photo is None else bytes(photo.getvalue())


def _own(autoencoder: Autoencoder, data: bytes, key: str) -> OneImage | None:
    try:
        picture = read_upload(data)
    except ValueError as problem:
        st.error(str(problem))
        return None
    if autoencoder.card.dataset == fashion_mnist.NAME:
        image = prepare(picture).image
    else:
        image = choose_crop(picture, autoencoder.image_shape, key)
    z_mean, z_log_var = autoencoder.posterior(image[None])
    _show_what_is_known(autoencoder, image, z_mean)
    return OneImage("Your picture", image, z_mean[0], z_log_var[0])


def _show_what_is_known(
    autoencoder: Autoencoder, image: NDArray[np.float32], z_mean: NDArray[np.float32]
) -> None:
    pair = np.concatenate([image[None], autoencoder.decode(z_mean)])
    show_picture(
        contact_sheet(pair, columns=2),
        alt="What the model gets, and what it can say about it",
        scale=enlargement(autoencoder, _SIDE),
    )
    words = "Left what the model gets, right what it can say about it."
    if autoencoder.card.dataset in (drawn_faces.NAME, drawn_faces.BIASED_NAME):
        words += (
            " It has only ever seen drawn faces: of a photograph it makes nonsense."
        )
    st.caption(f"{words} The link to this page does not hold your picture.")
