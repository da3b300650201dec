"""What every visitor shares: loaded models and the test images, once per process."""

from __future__ import annotations

import gc
from typing import TypeVar

import streamlit as st

from ae import data, models
from ae.data import Dataset, sketches
from ae.data.fashion_mnist import is_here
from ae.models import Autoencoder, Model

_M = TypeVar("_M", bound=Model)


@st.cache_resource(show_spinner=False, max_entries=32)
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


@st.cache_resource(show_spinner=False, max_entries=1)
def _test_images() -> Dataset:
    return data.load("fashion-mnist", "test")


def test_images() -> Dataset | None:
    """Return Fashion-MNIST's test split, or None where it is not on this machine.

    Raises:
        ValueError: If a file is damaged.
        OSError: If a file cannot be read.
    """
    return _test_images() if is_here("test") else None


@st.cache_resource(show_spinner=False, max_entries=1)
def drawn_garments() -> Dataset:
    """Return the garments drawn by this project, which need no download."""
    images, names = sketches.load()
    return Dataset("sketches", "drawn", images, None, tuple(names))
