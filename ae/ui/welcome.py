"""Home's ways in: a smile to drag, what newcomers come for, and four applications."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.denoising.noise import Noise, with_noise
from ae.images.sheets import contact_sheet
from ae.ui.caching import decoded
from ae.ui.live import Decoder, Move, live_edit
from ae.ui.pictures import show_picture

_SAMPLE = "pages/explore/sample.py"
_SEED = 3
_NOISE = 0.2


@dataclass(frozen=True)
class Application:
    """One application: its words, its picture, and where it leads."""

    title: str  # the application
    words: str  # what it is, in a sentence or two
    images: NDArray[np.float32]  # (3, height, width, 1) in [0, 1], shown in a row
    alt: str  # the picture in words
    page: str  # the page it leads to
    label: str  # what the link says


def show_applications(shelf: Sequence[Autoencoder]) -> None:
    """Show the four applications with pictures decoded by models of the shelf, at least one.

    The first draws all but generation, which a variational one draws if there is one.
    """
    first = shelf[0]
    vae = next((model for model in shelf if model.is_vae), None)
    applications = (
        _reduction(first),
        _denoising(first),
        _generation(vae) if vae else _blending(first),
        _anomalies(first),
    )
    for column, application in zip(st.columns(4), applications, strict=True):
        with column, st.container(border=True, height="stretch"):
            _show(application)


@st.fragment
def live_smile(faces: Autoencoder, attribute: str) -> None:
    """Let an attribute, such as a smile, be added to one face; lead to its page."""
    direction = faces.direction(attribute)
    live_edit(
        Decoder.of(faces),
        faces.codes[int(faces.attributes[attribute].argmin())],
        [Move(attribute, direction.edit)],
        key=f"welcome-{faces.card.name}",
        alt=f"One face, decoded with {attribute} added to its code",
        compare=False,
        in_numbers=True,
    )


# What newcomers come for, where it is done, and the settings of that page.
_TASKS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("Add a smile", "add_reaction", "pages/explore/arithmetic.py", {}),
    ("Find what a detector misses", "flag", "pages/apply/anomalies.py", {"gallery": "Missed"}),
    ("See if a map can be trusted", "map", "pages/explore/latent_map.py", {}),
    ("Rebuild your own photograph", "upload", "pages/explore/reconstruct.py", {"source": "Upload"}),
    ("See what beta does", "tune", "pages/build/compare.py", {"view": "Rate-distortion lab"}),
    ("Take a lesson", "school", "pages/learn/lessons.py", {}),
)


def show_tasks() -> None:
    """Lead to what newcomers come for, in their words."""
    with st.container(horizontal=True, gap="small"):
        for label, icon, page, settings in _TASKS:
            st.page_link(
                page, label=label, icon=f":material/{icon}:", query_params=settings, width="content"
            )


def _show(application: Application) -> None:
    sheet = contact_sheet(application.images, columns=len(application.images), gap=1, background=0)
    show_picture(sheet, alt=application.alt, scale=4, width="stretch")
    st.markdown(f"**{application.title}**  \n{application.words}")
    st.page_link(application.page, label=application.label, icon=":material/arrow_forward:")


def _reduction(autoencoder: Autoencoder) -> Application:
    pixels = int(np.prod(autoencoder.image_shape))
    return Application(
        "Dimensionality reduction",
        f"{autoencoder.latent_dim} numbers stand for {pixels} pixels. "
        "See it happen from three dimensions to two.",
        decoded(autoencoder, autoencoder.codes[:3]),
        f"Three garments, each decoded from {autoencoder.latent_dim} numbers",
        "pages/learn/projection.py",
        "Project points",
    )


def _denoising(autoencoder: Autoencoder) -> Application:
    clean = decoded(autoencoder, autoencoder.codes[:1])
    noisy = with_noise(clean, Noise("gaussian", _NOISE, clip=True))
    return Application(
        "Denoising",
        "Not all noise fits through a bottleneck: clean, noisy, rebuilt. A plain filter does "
        "better, and a network that is trained for it better still.",
        np.concatenate([clean, noisy, autoencoder.reconstruct(noisy)]),
        "A garment, the same with noise, and what is rebuilt from the noisy one",
        "pages/apply/denoise.py",
        "Remove noise",
    )


def _generation(vae: Autoencoder) -> Application:
    codes = vae.sample(3, np.random.default_rng(_SEED), source="fitted")
    return Application(
        "Generation",
        "Decode codes that no picture gave: these three were drawn by lot.",
        decoded(vae, codes),
        "Three garments decoded from random codes",
        _SAMPLE,
        "Draw new garments",
    )


def _blending(autoencoder: Autoencoder) -> Application:
    first, last = autoencoder.codes[np.flatnonzero(autoencoder.labels == autoencoder.labels[0])[:2]]
    return Application(
        "Generation",
        "Decode a code no picture has: the middle one lies between its neighbours.",
        decoded(autoencoder, np.stack([first, (first + last) / 2, last])),
        "Two garments, and between them one decoded from the mean of their codes",
        _SAMPLE,
        "What it takes",
    )


def _anomalies(autoencoder: Autoencoder) -> Application:
    worst = np.argsort(autoencoder.errors)[::-1][:3]
    return Application(
        "Anomaly detection",
        "What a model rebuilds badly may be unlike what it knows. These three are its "
        "worst test images.",
        decoded(autoencoder, autoencoder.codes[worst]),
        "The three test images with the largest error, as rebuilt",
        "pages/apply/anomalies.py",
        "Find anomalies",
    )
