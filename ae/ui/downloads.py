"""What is missing on this machine, in one wording, and one button that fetches it."""

import streamlit as st

from ae import data
from ae.coding.autoencoder import Autoencoder
from ae.data import fashion_mnist, photographs, smiles
from ae.ui.caching import is_here
from ae.ui.evidence import originals

# The name of each data set that can be fetched, and the megabytes that it takes.
_FETCHED = {
    fashion_mnist.NAME: ("Fashion-MNIST", 4),
    smiles.NAME: ("SMILEsmileD", 27),
    **dict.fromkeys(photographs.SIDES, ("BSDS500", 70)),
}


def offer_garments() -> None:
    """Say where Fashion-MNIST's test images are missing, and offer to fetch them."""
    if not is_here(fashion_mnist.NAME):
        offer_download(fashion_mnist.NAME, "this page shows garments drawn for it")


def offer_originals(
    autoencoder: Autoencoder, meanwhile: str = "this page shows them as the model rebuilds them"
) -> None:
    """Say where a model's test images are missing, and offer to fetch them.

    Ends the page where they are damaged; ``meanwhile`` is as ``offer_download`` takes it.
    """
    try:
        real = originals(autoencoder)
    except (OSError, ValueError) as problem:
        st.error(str(problem))
        st.stop()
    if real is None:
        offer_download(autoencoder.card.dataset, meanwhile)


def offer_download(dataset: str, meanwhile: str) -> None:
    """Say that test images are missing, and fetch them when asked.

    What cannot be fetched gets a sentence and no button. What the page does without them is said in
    words that continue "Until then".
    """
    if dataset not in _FETCHED or is_here(dataset):
        # A folder of one's own, other images than the model saw, or damaged ones.
        st.caption(f"The test images of this model cannot be shown, so {meanwhile}.")
        return
    name, megabytes = _FETCHED[dataset]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"The test images of {name} are not on this machine yet. Until then {meanwhile}."
        )
        place = st.empty()
        asked = place.button(
            f"Download the test images ({megabytes} MB)", icon=":material/download:"
        )
        if asked:
            _fetch(dataset, place)


def _fetch(dataset: str, place: st.delta_generator.DeltaGenerator) -> None:
    bar = place.progress(0.0, "Connecting", width=260)

    def show(name: str, done: int, total: int | None) -> None:
        share = min(done / total, 1.0) if total else 0.0
        bar.progress(share, f"{name}: {done / 1e6:.1f} MB", width=260)

    cancel = st.empty()
    cancel.button("Cancel")  # any click ends this run, and the download with it
    try:
        data.load(dataset, "test", download=True, progress=show)
    except (OSError, ValueError) as problem:
        place.error(str(problem))
        cancel.button("Try again", icon=":material/refresh:")
    else:
        st.rerun()
