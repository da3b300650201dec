"""Where a page's images come from: test images, uploads, the camera, a drawing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.data import Dataset, fashion_mnist
from ae.data.selection import at_random, extreme, parse_indices
from ae.images.preparation import Prepared, prepare
from ae.ui.caching import drawn_garments, test_images
from ae.ui.controls import choose_one, choose_seed
from ae.ui.crop import choose_crop
from ae.ui.door.link import IN_LINK
from ae.ui.door.uploads import (
    MOST,
    WHERE_IT_STAYS,
    Inlet,
    Upload,
    choose_picture,
    list_pictures,
    pictures,
    receive_pictures,
    uploader,
)
from ae.ui.draw import drawing_canvas
from ae.ui.evidence import subject_noun
from ae.ui.pictures import show_picture

SOURCES = ("Test images", "Upload", "Camera", "Draw")
PICKS = ("At random", "By class", "By number", "Worst", "Best")
OWN = ("Upload", "Camera")
SWAPS = {"When bright": None, "Yes": True, "No": False}
_IN_FRONT = "Hold a garment in front of a plain background"


@dataclass(frozen=True)
class Chosen:
    """The images a visitor chose."""

    images: NDArray[np.float32]  # (n, height, width, 1) in [0, 1], n at least 1
    names: tuple[str, ...]  # what each is called
    origin: str  # one sentence saying where they are from


def chosen_images(source: str, ranked_by: Autoencoder) -> Chosen | None:
    """Show the controls of a source and return what was chosen; None while nothing is.

    Images are best or worst by the error of the model that ranks them.
    """
    return _from_test_images(ranked_by) if source == SOURCES[0] else own_images(source)


def own_images(source: str, key: str = "") -> Chosen | None:
    """Return the visitor's own images, as ``chosen_images``: all but the first source.

    The key stands before those of the widgets, where they are on the page twice.
    """
    if source == "Draw":
        return _from_drawing()
    _bring(source, "garment", key=f"{key}own", many=True)
    return _prepared(list_pictures(key=f"{key}own"), key=key, folded=bool(key))


def _from_test_images(ranked_by: Autoencoder) -> Chosen | None:
    try:
        test = test_images()
    except (OSError, ValueError) as problem:
        st.error(str(problem))
        test = None
    if test is None:
        drawn = drawn_garments()
        return Chosen(drawn.images, drawn.class_names, "Garments drawn for this page.")
    try:
        indices = _pick(test, ranked_by)
    except ValueError as problem:
        st.warning(str(problem))
        return None
    assert test.labels is not None
    names = [f"{test.class_names[test.labels[i]]} {i}" for i in indices]
    return Chosen(
        test.images[indices],
        tuple(names),
        f"Test images of Fashion-MNIST: {len(indices)} of {len(test):,}, never seen in training.",
    )


def _pick(test: Dataset, ranked_by: Autoencoder) -> NDArray[np.int64]:
    assert test.labels is not None
    how = choose_one("Which ones", PICKS, "pick")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if how == "By number":
            text = st.text_input(
                "Numbers of the images",
                "0, 1, 2, 3",
                max_chars=120,
                key="index",
                width=300,
                **IN_LINK,
            )
            return parse_indices(text, len(test), MOST)
        label = None
        if how == "By class":
            name = st.selectbox("Class", test.class_names, key="class", width=160, **IN_LINK)
            label = test.class_names.index(name)
        count = st.slider("How many", 1, MOST, 8, key="count", width=130, **IN_LINK)
        if how in PICKS[3:]:
            st.caption(f"By the squared error of: {ranked_by.card.title}.", width="content")
            return extreme(ranked_by.errors, count, worst=how == "Worst")
        seed = choose_seed(
            "shuffle", "Others", label="Shuffle number", button={"icon": ":material/shuffle:"}
        )
        return at_random(test.labels, count, seed=seed, label=label)


def one_picture(
    model: Autoencoder, source: str, key: str, on_change: Callable[[], None] = lambda: None
) -> Chosen | None:
    """Ask for one picture of one's own and show how a model gets to see it.

    Garments are cut out and put on black as in Fashion-MNIST; of other pictures the visitor chooses
    a square. None while there is no picture; ``on_change`` is called when there is another, or
    another part of it.
    """
    _bring(source, subject_noun(model), key=key, on_new=on_change)
    upload = choose_picture(key=key, on_change=on_change)
    if upload is None:
        return None
    if model.card.dataset == fashion_mnist.NAME:
        own = {upload.name: upload}
        return _prepared(own, key=f"{key}-", folded=True, on_change=on_change)
    if subject_noun(model) == "face":
        st.caption(
            "Let the face fill the square from the hair to the chin, eyes level and a "
            "little above the middle."
        )
    image = choose_crop(upload.picture, model.image_shape, key, on_change)
    return Chosen(image[None], (upload.name,), "Your own, cut out as shown above.")


def _bring(
    source: str,
    what: str,
    *,
    key: str,
    many: bool = False,
    on_new: Callable[[], None] = lambda: None,
) -> None:
    """Draw the widget that brings pictures of one's own."""
    of_what = "" if what == "picture" else f" of a {what}"
    name, words = "Photo", _IN_FRONT if what != "face" else "Look straight ahead"
    inlet: Inlet = partial(st.camera_input, words)
    if source == "Upload":
        label = f"{'Pictures' if many else 'A picture'}{of_what}, PNG, JPEG, WebP, BMP "
        name, inlet = "", uploader(f"{label}or GIF, 10 MB at most", many=many)
    receive_pictures(inlet, source, key=key, name=name, on_new=on_new)
    if not pictures():
        st.caption(WHERE_IT_STAYS)


def _from_drawing() -> Chosen | None:
    st.caption("Draw a garment: white on black, as large as the frame.")
    pixels = drawing_canvas("drawing")
    if pixels is None:
        return None
    return Chosen(pixels[None, ..., None], ("Drawing",), "Your own drawing.")


def _prepared(
    uploads: Mapping[str, Upload],
    *,
    key: str = "",
    folded: bool = False,
    on_change: Callable[[], None] = lambda: None,
) -> Chosen | None:
    """Prepare pictures for the encoder and show how, step by step."""
    if not uploads:
        return None
    swap = choose_one(
        "Swap black and white",
        SWAPS,
        f"{key}swap",
        on_change=on_change,
        help="Fashion-MNIST shows bright garments on black. "
        "A bright background is swapped unless you decide otherwise.",
    )
    ready = {
        name: upload.made(swap, partial(prepare, invert=SWAPS[swap]))
        for name, upload in uploads.items()
    }
    with st.expander("How it was prepared") if folded else st.container():
        _show_preparation(ready, key)
    return Chosen(
        np.stack([prepared.image for prepared in ready.values()]),
        tuple(ready),
        "Your own, prepared for the model.",
    )


def _show_preparation(ready: dict[str, Prepared], key: str) -> None:
    name = next(iter(ready))
    if len(ready) > 1:
        name = st.selectbox("Show the preparation of", list(ready)) or name
    with st.container(horizontal=True, key=f"{key}preparation"):
        for number, step in enumerate(ready[name].steps, 1):
            with st.container(width=148, gap="small"):
                alt = f"{name} after step {number}, {step.name}"
                show_picture(step.image, alt=alt, scale=1, width=132)
                st.caption(f"**{number}. {step.name}.** {step.caption}")
