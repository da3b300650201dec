"""Two to four models on the same pictures: reconstructions, numbers, maps and curves."""

from collections.abc import Sequence

import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.data import NAMES
from ae.ui.comparing.curves import show_overlaid_curves
from ae.ui.comparing.maps import show_maps
from ae.ui.comparing.table import Cell, number, sortable_table
from ae.ui.comparison import compared, show_comparison
from ae.ui.controls import choose_one
from ae.ui.downloads import offer_garments, offer_originals
from ae.ui.evidence import warn_of_strangers
from ae.ui.glossary import explained
from ae.ui.live.decoder import Decoder
from ae.ui.shelf import Shelf, choose_models, of_garments, pictures_of, usable_models
from ae.ui.sources import OWN, SOURCES, Chosen, as_seen_by, bring_pictures, chosen_images

MOST = 4
_FIRST = ("fashion-stacked", "fashion-conv")
_COLUMNS = (
    "Model",
    "Numbers",
    "Squared error",
    "PSNR, dB",
    "Cross-entropy, nats",
    "n",
    "Split",
    "Weights",
    "Ms per frame, here",
)


def show_models() -> None:
    """Let models be chosen and show what each makes of the same pictures."""
    shelf = usable_models()
    first = [name for name in _FIRST if name in shelf] or list(shelf)[:2]
    models = choose_models(shelf, first, "models")
    models = comparable(models) if models else []
    if len(models) < 2:
        st.info(what_to_choose(models, shelf))
        return
    explained(
        *("stacked", "convolutional", "variational", "squared error", "PSNR", "cross-entropy"),
        *("nats", "PCA", "KL", "held-out", "t-SNE", "epoch"),
        of=models,
    )
    show_numbers(models)
    st.header("On the same pictures", anchor=False)
    source, chosen = _chosen(models[0])
    if chosen is not None:
        st.caption(chosen.origin)
        for model in models:
            # Of a model's own test images one in twenty is called far by chance.
            if source != SOURCES[0] or model.card.dataset != models[0].card.dataset:
                warn_of_strangers(model, chosen.images)
        found = compared(models, chosen.images, chosen.images, chosen.names)
        show_comparison(found, chosen.images)
    st.header("Their maps", anchor=False)
    show_maps(models)
    st.header("How they learned", anchor=False)
    show_overlaid_curves([model.card for model in models])


def what_to_choose(models: Sequence[Autoencoder], shelf: Shelf) -> str:
    """Return what to do where there are too few models, of one named which others suit it."""
    if not models:
        return "Choose two models or more of pictures of the same size."
    first = models[0]
    others = [
        model.card.title
        for model in shelf.values()
        if model is not first and model.image_shape == first.image_shape
    ]
    if not others:
        return f"No other model on the shelf reads pictures of {_size(first)}. Train another."
    names = ", ".join(others)
    return f"Choose two models or more. These read pictures of {_size(first)} too: {names}."


def comparable(models: Sequence[Autoencoder]) -> list[Autoencoder]:
    """Return those that read pictures of the first one's shape, four at most; name the others."""
    same = [model for model in models if model.image_shape == models[0].image_shape]
    others = [model for model in models if model.image_shape != models[0].image_shape]
    if others:
        names = ", ".join(model.card.title for model in others)
        st.caption(
            f"Left out: {names}. A comparison needs the same pictures, and those of "
            f"{models[0].card.title} are {_size(models[0])}."
        )
    if len(same) > MOST:
        st.caption(f"The first {MOST} are compared.")
    return same[:MOST]


def _size(model: Autoencoder) -> str:
    height, width, channels = model.image_shape
    return f"{height} x {width}, in {'colour' if channels == 3 else 'grey'}"


def _chosen(first: Autoencoder) -> tuple[str, Chosen | None]:
    """Return where the pictures that all models get are from, and these; None while none are."""
    garments = bool(of_garments({"": first}))
    source = choose_one("Pictures from", SOURCES if garments else SOURCES[:-1], "source")
    if source in OWN:
        return source, as_seen_by(first, bring_pictures(source))
    if source == SOURCES[0]:
        offer_garments() if garments else offer_originals(first)
    return source, chosen_images(source, first)


def show_numbers(models: Sequence[Autoencoder]) -> None:
    """Show a table of the models and PCA with as many numbers, to be sorted."""
    rows = [_row(model, "model") for model in models]
    linear = {(model.card.dataset, model.latent_dim): model for model in models}
    rows += [_row(model, "pca") for model in linear.values()]
    sortable_table(_COLUMNS, rows, key="compared-numbers")
    st.caption(
        "Mean over the test images of each model's own data. The time of a frame is that of "
        "the decoder in your browser, on your machine, just now, in the quickest of several turns; "
        "a dash is what your browser does not run."
    )


def _row(model: Autoencoder, who: str) -> list[Cell]:
    card, test = model.card, model.card.evaluation["test"]
    own = who == "model"
    return [
        Cell(card.title if own else f"PCA, {card.latent_dim} components"),
        number(card.latent_dim),
        number(test[who]["mse"], ".5f"),
        number(test[who]["psnr_db"], ".2f"),
        number(test[who]["bce_nats"], ".1f"),
        number(test["n"], ","),
        Cell(f"test, {card.dataset if card.dataset in NAMES else pictures_of(model)}"),
        number(card.parameters if own else None, ","),
        Cell("\u2013", timed=Decoder.of(model) if own else None),
    ]
