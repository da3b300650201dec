"""What every visitor shares: loaded models and the test images, once per process."""

import gc
import hashlib
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae import data, models
from ae.coding.autoencoder import Autoencoder
from ae.coding.decoder import Decoder
from ae.data import Dataset, drawn_faces, fashion_mnist, photographs, sketches, smiles
from ae.shelf.model import Images, Model
from ae.ui.door.uploads import made_of_pictures, pictures

_M = TypeVar("_M", bound=Model)
_R = TypeVar("_R")


@lru_cache(maxsize=32)  # asked for each model of the shelf in each run of a page
def _frozen(name: str, format_version: int) -> None:
    # Full collections walk every live object: 60 ms without this, under 1 ms with it.
    gc.collect()
    gc.freeze()


def loaded(name: str, kind: type[_M]) -> _M:
    """Return a model of the shelf that must be of a kind, such as ``Denoiser``.

    Raises:
        ValueError: As ``ae.models.load``.
    """
    model = models.load(name, kind)
    _frozen(name, model.card.format_version)
    return model


def model(name: str) -> Autoencoder:
    """Return an autoencoder of the shelf.

    Raises:
        ValueError: As ``ae.models.load``.
    """
    return loaded(name, Autoencoder)


def kept(of: object, content: NDArray[Any], make: Callable[[], _R], *, large: bool = False) -> _R:
    """Return what is made of an array, which is the same in every run of a page.

    Every visitor shares it; of one who has brought pictures it may be made of these, and goes with
    them.

    Args:
        of: Names, written out, what is made and all else it is made of: models by digest.
        content: The array.
        make: Makes it; nobody may change what it gives.
        large: Whether that may be more than a megabyte. Of twelve photographs it is seven.
    """
    told = str(of), np.ascontiguousarray(content).tobytes()
    if pictures():
        digest = hashlib.sha256(told[1]).digest()
        sort, most = ("large", 2) if large else ("small", 48)
        return made_of_pictures((told[0], digest), make, sort=sort, most=most)
    result: _R = (_kept_large if large else _kept)(*told, make)
    return result


@st.cache_resource(show_spinner=False, max_entries=96)
def _kept(of: str, content: bytes, _make: Callable[[], Any]) -> Any:
    return _make()


@st.cache_resource(show_spinner=False, max_entries=8)
def _kept_large(of: str, content: bytes, _make: Callable[[], Any]) -> Any:
    return _make()


def decoded(autoencoder: Decoder, codes: NDArray[np.float32]) -> Images:
    """Return decoded codes of a page that shows the same ones in every run."""

    def decode() -> Images:
        images = autoencoder.decode(np.asarray(codes, np.float32))
        images.setflags(write=False)
        return images

    of = "decoded", autoencoder.card.files["decoder.onnx"]
    large = len(codes) * math.prod(autoencoder.image_shape) * 4 > 1 << 20
    return kept(of, codes, decode, large=large)


@st.cache_resource(show_spinner=False, max_entries=4)
def _test_images(name: str) -> Dataset:
    return data.load(name, "test")


def test_images(name: str = fashion_mnist.NAME) -> Dataset | None:  # noqa: PT028
    """Return a data set's test split, or None where it is not on this machine.

    Of drawn faces there are ``drawn_test_faces`` instead, which need not all be drawn.
    A folder of the visitor's own counts as not there: it may have changed.

    Raises:
        ValueError: If a file is damaged.
        OSError: If a file cannot be read.
    """
    return _test_images(name) if is_here(name) else None


@st.cache_resource(show_spinner=False, max_entries=2)
def drawn_test_faces(name: str) -> drawn_faces.FacesOnDemand:
    """Return the test faces of one of ``ae.data.DRAWN``, the sets that this project draws."""
    return drawn_faces.FacesOnDemand("test", biased=name == drawn_faces.BIASED_NAME)


def is_here(name: str) -> bool:
    """Return whether a data set that can be downloaded is on this machine."""
    if name in photographs.SIDES:
        return photographs.is_here("test")
    if name == fashion_mnist.NAME:
        return fashion_mnist.is_here("test")
    return name == smiles.NAME and smiles.is_here()


@st.cache_resource(show_spinner=False, max_entries=1)
def drawn_garments() -> Dataset:
    """Return the garments drawn by this project, which need no download."""
    images, names = sketches.load()
    return Dataset("sketches", "drawn", images, None, tuple(names))
