"""Where a page's images come from: test images, uploads, the camera, a drawing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.data import fashion_mnist
from ae.data.selection import at_random, extreme, parse_indices
from ae.images.preparation import Prepared, prepare
from ae.images.uploads import MAX_OTHER_PIXELS, MAX_UPLOAD_BYTES, MAX_UPLOAD_PIXELS
from ae.ui.caching import drawn_garments, test_images
from ae.ui.controls import choose_one, choose_seed
from ae.ui.crop import choose_crop, cut_out
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
from ae.ui.evidence import class_name, known_images, subject_noun
from ae.ui.pictures import show_picture

SOURCES = ("Test images", "Upload", "Camera", "Draw")
PICKS = ("At random", "By class", "By number", "Worst", "Best")
OWN = ("Upload", "Camera")
SWAPS = {"When bright": None, "Yes": True, "No": False}
_IN_FRONT = "Hold a garment in front of a plain background"


@dataclass(frozen=True)
class Chosen:
    """The images a visitor chose."""

    images: NDArray[np.float32]  # (n, height, width, channels) in [0, 1], n at least 1
    names: tuple[str, ...]  # what each is called
    origin: str  # one sentence saying where they are from


def chosen_images(source: str, model: Autoencoder) -> Chosen | None:
    """Show the controls of a source and return what was chosen; None while nothing is.

    Test images are the model's, and best or worst by its error.
    """
    return _from_test_images(model) if source == SOURCES[0] else own_images(source)


def own_images(source: str, key: str = "") -> Chosen | None:
    """Return the visitor's own images of garments: all but the first source.

    The key stands before those of the widgets, where they are on the page twice.
    """
    if source == "Draw":
        return _from_drawing()
    _bring(source, "garment", key=f"{key}own", many=True)
    return _prepared(list_pictures(key=f"{key}own"), key=key, folded=bool(key))


def bring_pictures(source: str) -> dict[str, Upload]:
    """Let pictures of anything be brought, show which there are, and return them by name."""
    _bring(source, "picture", key="own", many=True)
    return list_pictures(key="own")


def as_seen_by(model: Autoencoder, uploads: Mapping[str, Upload]) -> Chosen | None:
    """Return pictures as a model gets them, which can be seen and changed; None without any.

    Garments are cut out and put on black; of other pictures the visitor chooses a square.
    """
    if not uploads:
        return None
    if model.card.dataset == fashion_mnist.NAME:
        return _prepared(uploads, folded=True)
    with st.expander("The square that was cut out"):
        name = next(iter(uploads))
        if len(uploads) > 1:
            name = st.selectbox("Of", list(uploads), key="square-of") or name
        seen_as_face = subject_noun(model) == "face"
        choose_crop(uploads[name].picture, model.image_shape, "own", face=seen_as_face)
    images = [
        cut_out(upload.picture, model.image_shape, face=seen_as_face) for upload in uploads.values()
    ]
    return Chosen(np.stack(images), tuple(uploads), "Your own, a square of each.")


def first_seen_by(model: Autoencoder, uploads: Mapping[str, Upload]) -> NDArray[np.float32]:
    """Return pictures as a model gets them before anybody changes anything, at least one."""
    if model.card.dataset == fashion_mnist.NAME:
        unchanged = next(iter(SWAPS))
        return np.stack([each.made(unchanged, prepare).image for each in uploads.values()])
    face = subject_noun(model) == "face"
    return np.stack(
        [cut_out(upload.picture, model.image_shape, face=face) for upload in uploads.values()]
    )


def _from_test_images(model: Autoencoder) -> Chosen | None:
    if model.card.dataset == fashion_mnist.NAME and not _garments_are_here():
        drawn = drawn_garments()
        return Chosen(drawn.images, drawn.class_names, "Garments drawn for this page.")
    try:
        indices = _pick(model)
    except ValueError as problem:
        st.warning(str(problem))
        return None
    images, what = known_images(model, indices)
    n = len(model.codes)
    return Chosen(
        images,
        tuple(f"{class_name(model, i)} {i}" for i in indices),
        f"Test images{what}: {len(indices)} of {n:,}, never seen in training.",
    )


def _garments_are_here() -> bool:
    try:
        return test_images() is not None
    except (OSError, ValueError) as problem:
        st.error(str(problem))
        return False


def _pick(model: Autoencoder) -> NDArray[np.int64]:
    n, classes = len(model.codes), model.card.class_names
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
            return parse_indices(text, n, MOST)
        label = None
        if how == "By class":
            name = st.selectbox("Class", classes, key="class", width=160, **IN_LINK)
            label = classes.index(name)
        count = st.slider("How many", 1, MOST, 8, key="count", width=130, **IN_LINK)
        if how in PICKS[3:]:
            st.caption(f"By the squared error of: {model.card.title}.", width="content")
            return extreme(model.errors, count, worst=how == "Worst")
        seed = choose_seed(
            "shuffle", "Others", label="Shuffle number", button={"icon": ":material/shuffle:"}
        )
        return at_random(model.labels, count, seed=seed, label=label)


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
            "Let the face fill the square from the brows to the chin, eyes level. Where one was "
            "found, the square begins around it."
        )
    face = subject_noun(model) == "face"
    image = choose_crop(upload.picture, model.image_shape, key, on_change, face=face)
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
    # Asked for a width, the camera starts anew once the page knows its own, and a click in between
    # takes nothing.
    inlet: Inlet = partial(st.camera_input, words, resolution="720p")
    if source == "Upload":
        label = f"{'Pictures' if many else 'A picture'}{of_what}, PNG, JPEG, WebP, BMP "
        most = MAX_UPLOAD_BYTES >> 20
        label += f"or GIF, {most} MB and {MAX_OTHER_PIXELS // 10**6} megapixels at most, of a "
        label += f"JPEG {MAX_UPLOAD_PIXELS // 10**6}"
        name, inlet = "", uploader(label, many=many, most_mb=most)
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
