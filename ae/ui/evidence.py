"""Beside a generated picture: what the data say about its code."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.decoder import Decoder
from ae.coding.edits import spread
from ae.coding.judge import Judge
from ae.data import DRAWN, drawn_faces, fashion_mnist, smiles
from ae.images.sheets import contact_sheet
from ae.latent.maps import nearest
from ae.latent.support import RARE
from ae.metrics import squared_error
from ae.ui.caching import drawn_test_faces, test_images
from ae.ui.pictures import show_picture

_SHOWN = 5
SPREAD_OVER = 400  # test images at most: a second, once per process
_SIDE = 84  # of a picture on screen, in pixels
_FAR_ICON = ":material/explore_off:"


FAR = "This picture is far from anything this model has seen."
_REBUILT_BADLY = "The model reconstructs this picture badly"


def show_support(
    autoencoder: Autoencoder, z: NDArray[np.float32], original: NDArray[np.float32] | None = None
) -> bool:
    """Say in a sentence whether there is data behind a code; warn where there is none.

    Args:
        autoencoder: Knows where its codes lie, or nothing is said.
        z: (latent_dim,).
        original: The picture whose code it is, if any, to ask whether it is rebuilt well.

    Returns:
        Whether the picture can be trusted: it is neither far nor badly rebuilt.
    """
    calibration = autoencoder.calibration
    if calibration is None:
        return True
    p, n = autoencoder.support(z[None])[0], calibration.n
    if not calibration.can_tell:
        st.caption(
            f"Whether there is data behind it is not known: {of_held_out(p, n)} have a code as far "
            "from the training data, and so few cannot tell."
        )
        return True
    badly = 1.0
    if original is not None:
        error = squared_error(original[None], autoencoder.decode(z[None]))
        badly = float(calibration.p_values_of_errors(error)[0])
    if p < RARE:
        words = f"{FAR} {of_held_out(p, n).capitalize()} have a code as far from the training data."
        st.warning(words, icon=_FAR_ICON)
    if badly < RARE:
        st.warning(
            f"{FAR if p >= RARE else ''} {_REBUILT_BADLY}: {of_held_out(badly, n)} come "
            "back as wrong. What it says of the picture is not to be trusted.".strip(),
            icon=_FAR_ICON,
        )
    if p >= RARE and badly >= RARE:
        st.caption(
            f"There is data behind it: {of_held_out(p, n)} have a code as far from the "
            f"training data, or farther (p = {p:.2f})."
        )
    return p >= RARE and badly >= RARE


def say_how_many_are_far(autoencoder: Autoencoder, codes: NDArray[np.float32]) -> None:
    """Say how many of several decoded codes, (n, latent_dim), lie far from the data."""
    calibration = autoencoder.calibration
    if calibration is None:
        return
    if not calibration.can_tell:
        st.caption(
            f"How many of these {len(codes)} pictures have data behind them is not known: "
            f"{calibration.n} held-out images are too few to tell."
        )
        return
    far = int((autoencoder.support(codes) < RARE).sum())
    st.caption(
        f"{far} of these {len(codes)} pictures are far from anything this model has seen: of "
        f"{calibration.n:,} held-out images {RARE:.0%} have codes as far from the data."
    )


def warn_of_strangers(autoencoder: Autoencoder, images: NDArray[np.float32]) -> None:
    """Warn of pictures unlike those a model knows, (n, height, width, channels)."""
    calibration, title = autoencoder.calibration, autoencoder.card.title
    if calibration is None:
        return
    codes = autoencoder.encode(images)
    errors = squared_error(images, autoencoder.decode(codes))
    far = autoencoder.support(codes) < RARE
    badly = calibration.p_values_of_errors(errors) < RARE
    strange = int((far | badly).sum())
    if strange:
        which = (
            "This picture is" if len(images) == 1 else f"{strange} of {len(images)} pictures are"
        )
        st.warning(
            f"**{title}**: {which} far from anything this model has seen: the code of "
            f"{int(far.sum())} lies far from its data, {int(badly.sum())} come back worse than "
            f"19 in 20 of {calibration.n:,} held-out images.",
            icon=_FAR_ICON,
        )


def of_held_out(p: float, n: int) -> str:
    """Say a conformal p-value as a count of the held-out images that gave it."""
    count = round(p * (n + 1)) - 1
    return f"{'none' if count == 0 else f'{count:,}'} of {n:,} held-out images"


def show_evidence(
    autoencoder: Autoencoder,
    z: NDArray[np.float32],
    *,
    leave_out: Sequence[int] = (),
    original: NDArray[np.float32] | None = None,
) -> None:
    """Show the nearest real images of a code, (latent_dim,), and warn where no data is near.

    Args:
        autoencoder: Whose stored codes are compared.
        z: (latent_dim,).
        leave_out: Images that are no answer, by number.
        original: The picture whose code it is, if it is a visitor's.
    """
    show_support(autoencoder, z, original)
    found = nearest(z, autoencoder.codes, _SHOWN, leave_out=leave_out)
    names = [class_name(autoencoder, i) for i in found]
    pictures, what = known_images(autoencoder, found)
    show_picture(
        contact_sheet(pictures, columns=_SHOWN, gap=1, background=0),
        alt=f"Nearest test images: {', '.join(names)}",
        scale=enlargement(autoencoder, _SIDE),
    )
    st.caption(f"Test images with the nearest codes{what}: {', '.join(names)}.")


def subject_noun(autoencoder: Autoencoder) -> str:
    """Return what a model's pictures show, in one word."""
    if autoencoder.card.dataset in (*DRAWN, smiles.NAME):
        return "face"
    return "garment" if autoencoder.card.dataset == fashion_mnist.NAME else "picture"


def known_images(
    autoencoder: Autoencoder, indices: NDArray[np.int64]
) -> tuple[NDArray[np.float32], str]:
    """Return test images by number, or what a model makes of their codes.

    Args:
        autoencoder: Whose stored codes are those of the test images.
        indices: Of the images.

    Returns:
        (n, height, width, channels) in [0, 1], and words to say where they are no
        originals, else "".
    """
    real = originals(autoencoder)
    if real is None:
        rebuilt = autoencoder.decode(autoencoder.codes[indices])
        return rebuilt, " as the model rebuilds them (the originals are not here)"
    return real[indices], ""


Originals: TypeAlias = NDArray[np.float32] | drawn_faces.FacesOnDemand


def originals(autoencoder: Autoencoder) -> Originals | None:
    """Return the test images whose codes a model stores, in the same order.

    None where they are not on this machine, or are others than were encoded.

    Raises:
        ValueError: If a file is damaged.
        OSError: If a file cannot be read.
    """
    name = autoencoder.card.dataset
    if autoencoder.images is not None:
        return autoencoder.images
    real: Originals | None
    if name in DRAWN:
        real = drawn_test_faces(name)
    else:
        test = test_images(name)
        real = None if test is None else test.images
    shape = (len(autoencoder.codes), *autoencoder.image_shape)
    return real if real is not None and real.shape == shape else None


def of_many_kinds(autoencoder: Autoencoder, n: int) -> NDArray[np.int64]:
    """Return n test images, of different classes as far as there are so many."""
    _, first = np.unique(autoencoder.labels, return_index=True)
    few = np.arange(min(n + len(first), len(autoencoder.codes)))  # enough, whatever is in first
    return np.concatenate([first, np.setdiff1d(few, first)])[:n]


def class_name(autoencoder: Autoencoder, index: int | np.integer) -> str:
    """Return what a stored test image shows."""
    label, names = autoencoder.labels[index], autoencoder.card.class_names
    return names[label] if label < len(names) else "Image"


def enlargement(autoencoder: Decoder, side: int) -> int:
    """Return how large a pixel is drawn for a picture to come near a side in pixels."""
    return max(1, round(side / autoencoder.image_shape[1]))


def spreads_of(autoencoder: Autoencoder, judge: Judge) -> NDArray[np.float64]:
    """Return ``ae.coding.edits.spread`` over ``SPREAD_OVER`` test images, once per process."""
    files = autoencoder.card.files["codes.npz"], judge.card.files["judge.onnx"]
    return _spreads(*files, autoencoder, judge)


@st.cache_resource(show_spinner="Measuring spreads", max_entries=8)
def _spreads(
    codes: str, network: str, _autoencoder: Autoencoder, _judge: Judge
) -> NDArray[np.float64]:
    return spread(_autoencoder, _judge, n=SPREAD_OVER)
