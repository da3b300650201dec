"""What decodes between the points of a map: a plane through the codes, or a guess."""

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.latent.maps import Decoding, Interpolation, decoding_of
from ae.ui.controls import choose_one
from ae.ui.door.link import Numbers
from ae.ui.door.record import begin, held

_MEAN, _IMAGE = "Through the data mean", "Through the pinned image"
_THROUGH = Numbers("through", (1, 1), (0, 1e9), digits=9)


def choose_decoding(autoencoder: Autoencoder, kind: str, pinned: int | None) -> Decoding:
    """Return how places on a model's map become codes, and say it in a sentence.

    A plane can be laid through the mean of the codes or through that of an image.
    """
    codes, decoding = autoencoder.codes, decoding_on(autoencoder, kind)
    if isinstance(decoding, Interpolation):
        _THROUGH.show(())
        st.caption(
            "t-SNE has no way back to codes. Between the dots you see a stated guess: "
            f"a mix of the codes of the {decoding.k} nearest dots, the nearer the more. "
            "On a dot it is the dot's own code." + _cost(autoencoder)
        )
        return decoding
    image = _choose_anchor(pinned, len(codes)) if autoencoder.latent_dim > 2 else None
    _THROUGH.show(() if image is None else (image,))
    st.caption(_in_words(autoencoder.latent_dim, image))
    return decoding if image is None else decoding.through(codes[image])


def decoding_on(autoencoder: Autoencoder, kind: str) -> Decoding:
    """Return how places on a model's map become codes."""
    return _decoding(autoencoder.card.files["codes.npz"], kind, autoencoder)


@st.cache_resource(show_spinner=False, max_entries=32)
def _decoding(digest: str, kind: str, _autoencoder: Autoencoder) -> Decoding:
    return decoding_of(kind, _autoencoder.codes, _autoencoder.maps[kind])


def _cost(autoencoder: Autoencoder) -> str:
    """Say what guessing costs, where it was measured."""
    measured = autoencoder.card.evaluation["test"].get("between_dots")
    if measured is None:
        return ""
    return (
        f" Guessing costs: a dot that is left out is rebuilt with a squared error of "
        f"{measured['guessed']:.4f} from its neighbours' codes, against {measured['own']:.4f} "
        "from its own."
    )


def _choose_anchor(pinned: int | None, n: int) -> int | None:
    """Let the plane go through the pinned image, or the last that was pinned."""
    choice = choose_one(
        "Plane",
        (_MEAN, _IMAGE),
        "plane",
        help="Through the mean it lies nearest to all codes together. Through an image "
        "it shows that image's own reconstruction at its place.",
    )
    if choice == _MEAN:
        return None
    _THROUGH.follow(_THROUGH.name)
    if pinned is not None:
        begin(_THROUGH.name, (pinned,))
    (anchor,) = held(_THROUGH.name) or (None,)
    anchor = int(anchor) if anchor is not None and anchor < n else None
    if anchor is None:
        st.caption("Click on a dot to lay the plane through its code.")
    return anchor


def _in_words(latent_dim: int, anchor: int | None) -> str:
    if latent_dim == 2:
        return "This latent space has two dimensions: every place is a code, exactly."
    if anchor is not None:
        return (
            "Every place is a code on a plane, exactly: the one shifted to go through "
            f"the code of test image {anchor}."
        )
    return (
        "Every place is a code on a plane, exactly: the one through the data mean on "
        "which codes differ most."
    )
