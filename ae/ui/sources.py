"""Where a page's images come from: test images, uploads, the camera, a drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ae.coding.autoencoder import Autoencoder
from ae.data import Dataset, fashion_mnist
from ae.data.selection import at_random, extreme, parse_indices
from ae.images import Prepared, prepare, read_upload
from ae.ui.caching import drawn_garments, test_images
from ae.ui.crop import choose_crop
from ae.ui.door.link import IN_LINK
from ae.ui.door.uploads import made_once
from ae.ui.downloads import DRAWN_INSTEAD, offer_download
from ae.ui.draw import drawing_canvas
from ae.ui.evidence import subject_noun
from ae.ui.pictures import show_picture

MOST = 12
SOURCES = ("Test images", "Upload", "Camera", "Draw")
PICKS = ("At random", "By class", "By number", "Worst", "Best")
FILE_TYPES = ("png", "jpg", "jpeg", "webp", "bmp", "gif")
OWN = ("Upload", "Camera")
SWAPS = {"When bright": None, "Yes": True, "No": False}
YOURS = "Your picture"  # the name of one's only one
_IN_FRONT = "Hold a garment in front of a plain background"
_LARGEST = 2048  # pixels along an upload that is kept in memory


@dataclass(frozen=True)
class Chosen:
    """The images a visitor chose.

    Attributes:
        images: (n, height, width, 1) in [0, 1], n at least 1.
        names: What each is called.
        origin: One sentence saying where they are from.
    """

    images: NDArray[np.float32]
    names: tuple[str, ...]
    origin: str


def chosen_images(source: str, ranked_by: Autoencoder) -> Chosen | None:
    """Show the controls of a source and return what was chosen with them.

    Args:
        source: One of ``SOURCES``.
        ranked_by: The model by whose error images are best or worst.

    Returns:
        The images, or None while there are none to show.
    """
    return _from_test_images(ranked_by) if source == SOURCES[0] else own_images(source)


def own_images(source: str) -> Chosen | None:
    """Return the visitor's own images, as ``chosen_images``: all but the first source.

    Args:
        source: One of ``SOURCES[1:]``.
    """
    if source == "Upload":
        return _from_uploads()
    return _from_camera() if source == "Camera" else _from_drawing()


def _from_test_images(ranked_by: Autoencoder) -> Chosen | None:
    try:
        test = test_images()
    except (OSError, ValueError) as problem:
        st.error(str(problem))
        test = None
    if test is None:
        offer_download(fashion_mnist.NAME, DRAWN_INSTEAD)
        drawn = drawn_garments()
        return Chosen(drawn.images, drawn.class_names, "Garments drawn for this page.")
    try:
        indices = _pick(test, ranked_by)
    except ValueError as problem:
        st.warning(str(problem))
        return None
    return _test_choice(test, indices)


def _test_choice(test: Dataset, indices: NDArray[np.int64]) -> Chosen:
    assert test.labels is not None
    names = [f"{test.class_names[test.labels[i]]} {i}" for i in indices]
    return Chosen(
        test.images[indices],
        tuple(names),
        f"Test images of Fashion-MNIST: {len(indices)} of {len(test):,}, "
        "never seen in training.",
    )


def _pick(test: Dataset, ranked_by: Autoencoder) -> NDArray[np.int64]:
    assert test.labels is not None
    how = st.segmented_control(
        "Which ones",
        PICKS,
        default=PICKS[0],
        required=True,
        key="pick",
        **IN_LINK,
    )
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
        label = _class(test) if how == "By class" else None
        count = st.slider("How many", 1, MOST, 8, key="count", width=130, **IN_LINK)
        if how in PICKS[3:]:
            st.caption(
                f"By the squared error of: {ranked_by.card.title}.", width="content"
            )
            return extreme(ranked_by.errors, count, worst=how == "Worst")
        seed = st.number_input(
            "Shuffle number", 0, 9999, 0, key="shuffle", width=120, **IN_LINK
        )
        st.button("Others", icon=":material/shuffle:", on_click=_next_shuffle)
        return at_random(test.labels, count, seed=int(seed), label=label)


def _class(test: Dataset) -> int:
    name = st.selectbox(
        "Class",
        test.class_names,
        key="class",
        width=160,
        **IN_LINK,
    )
    return test.class_names.index(name)


def _next_shuffle() -> None:
    st.session_state["shuffle"] = (int(st.session_state["shuffle"]) + 1) % 10_000


def _from_uploads() -> Chosen | None:
    files = st.file_uploader(
        "Pictures of a garment, PNG, JPEG, WebP, BMP or GIF, 10 MB each",
        type=FILE_TYPES,
        accept_multiple_files=True,
        key="files",
    )
    if not files:
        st.caption("They stay on the machine this app runs on and are not stored.")
    if len(files) > MOST:
        st.warning(f"The first {MOST} of {len(files)} pictures are shown.")
    return _prepared({f"Upload {i}": f for i, f in enumerate(files[:MOST], 1)})


def one_picture(
    model: Autoencoder,
    source: str,
    key: str,
    on_change: Callable[[], None] | None = None,
) -> Chosen | None:
    """Ask for one picture of one's own and show how a model gets to see it.

    Args:
        model: Of garments, which are cut out and put on black as in Fashion-MNIST;
            of other pictures the visitor chooses a square.
        source: One of ``OWN``.
        key: Of the widgets, unique on the page.
        on_change: Called when there is another picture, or another part of it.

    Returns:
        The picture, or None while there is none.
    """
    one = _one_upload if source == "Upload" else _one_photo
    file = one(model, key, on_change)
    given = {} if file is None else {YOURS: file}
    if model.card.dataset == fashion_mnist.NAME:
        return _prepared(given, key=f"{key}-", folded=True)
    read = made_once(given, f"{key}-picture", _read)
    if not read:
        return None
    if subject_noun(model) == "face":
        st.caption(
            "Let the face fill the square from the hair to the chin, eyes level and a "
            "little above the middle."
        )
    image = choose_crop(read[YOURS], model.image_shape, key, on_change)
    return Chosen(image[None], (YOURS,), "Your own, cut out as shown above.")


def _one_upload(
    model: Autoencoder, key: str, on_change: Callable[[], None] | None
) -> UploadedFile | None:
    what = subject_noun(model)
    of_what = "" if what == "picture" else f" of a {what}"
    file = st.file_uploader(
        f"A picture{of_what}, PNG, JPEG, WebP, BMP or GIF, 10 MB at most",
        type=FILE_TYPES,
        key=f"{key}-file",
        on_change=on_change,
    )
    if file is None:
        st.caption("It stays on the machine this app runs on and is not stored.")
    return file


def _one_photo(
    model: Autoencoder, key: str, on_change: Callable[[], None] | None
) -> UploadedFile | None:
    words = "Look straight ahead" if subject_noun(model) == "face" else _IN_FRONT
    return st.camera_input(words, key=f"{key}-camera", on_change=on_change)


def _read(data: bytes) -> Image.Image:
    picture = read_upload(data)
    # So that at most 17 MB stay in memory, whatever was uploaded.
    picture.thumbnail((_LARGEST, _LARGEST))
    return picture


def _from_camera() -> Chosen | None:
    photo = st.camera_input(_IN_FRONT)
    return _prepared({"Photo": photo} if photo else {})


def _from_drawing() -> Chosen | None:
    st.caption("Draw a garment: white on black, as large as the frame.")
    pixels = drawing_canvas("drawing")
    if pixels is None:
        return None
    return Chosen(pixels[None, ..., None], ("Drawing",), "Your own drawing.")


def _prepared(
    uploads: Mapping[str, UploadedFile], *, key: str = "", folded: bool = False
) -> Chosen | None:
    """Prepare pictures for the encoder and show how, step by step."""
    swap = _choose_swap(key) if uploads else "When bright"
    ready = made_once(
        uploads,
        f"{key}prepared",
        lambda data: prepare(read_upload(data), invert=SWAPS[swap]),
        variant=swap,
    )
    if not ready:
        return None
    with st.expander("How it was prepared") if folded else st.container():
        _show_preparation(ready, key)
    return Chosen(
        np.stack([prepared.image for prepared in ready.values()]),
        tuple(ready),
        "Your own, prepared for the model.",
    )


def _choose_swap(key: str) -> str:
    return st.segmented_control(
        "Swap black and white",
        list(SWAPS),
        default="When bright",
        required=True,
        key=f"{key}swap",
        help="Fashion-MNIST shows bright garments on black. "
        "A bright background is swapped unless you decide otherwise.",
        **IN_LINK,
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
