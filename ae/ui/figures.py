"""Charts, and those of a model's training."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.models import class_of
from ae.shelf.card import ModelCard

# Okabe and Ito's palette: told apart with every kind of colour vision.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#8A8A8A"
Figure: TypeAlias = Any  # Plotly ships no types, and takes long to import


def new_figure(*, top: int = 10, **layout: Any) -> Figure:
    """Return an empty chart of a layout, with so many pixels above it and few around it."""
    import plotly.graph_objects as go

    margin = {"l": 10, "r": 10, "t": top, "b": 10}
    return go.Figure(layout={"margin": margin, **layout})  # to update it takes three times as long


def unchecked(content: dict[str, Any]) -> Figure:
    """Return a Plotly figure that ``st.plotly_chart`` takes as it is.

    It would build graph objects from a dictionary only to check them: with 64 frames half of a page
    run. The content may hold NumPy arrays of float32 or float64.
    """
    from plotly.basedatatypes import BaseFigure

    class Unchecked(BaseFigure):  # type: ignore[misc] # Plotly ships no types
        def __init__(self) -> None:
            """Skip the checks."""

        def to_dict(self) -> dict[str, Any]:
            return written

    written = _packed(content)
    return Unchecked()


def _packed(value: Any) -> Any:
    """Write arrays as plotly.js packs them, in a fifth of the text of lists."""
    if isinstance(value, dict):
        return {name: _packed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_packed(each) for each in value]
    if isinstance(value, np.ndarray):
        kind = f"f{value.dtype.itemsize}"
        content = np.ascontiguousarray(value, f"<{kind}").tobytes()
        return {"dtype": kind, "bdata": base64.b64encode(content).decode("ascii")}
    return value


def show_learning_curves(card: ModelCard) -> None:
    """Show training and validation loss by epoch, with the epoch that was kept.

    A plain autoencoder's losses stand beside PCA's.
    """
    st.plotly_chart(
        _learning_curves(f"{card.name} {card.files}", card),
        key=f"curves-{card.name}",
        alt=f"Training and validation loss of {card.title} by epoch",
    )


@st.cache_resource(show_spinner=False, max_entries=32)
def _learning_curves(model: str, _card: ModelCard) -> Figure:
    kind, history = class_of(_card), losses(_card)
    # A VAE's loss holds its KL, which PCA has not.
    compares = issubclass(kind, Autoencoder) and not kind.is_vae
    pca = (f"PCA, {_card.latent_dim} components", pca_loss(_card)) if compares else None
    figure = learning_curves(history, history["unit"], int(history["best_epoch"]), pca)
    return unchecked(figure.to_dict())


def losses(card: ModelCard) -> dict[str, Any]:
    """Return a card's history; of a model with a hint without what reading labels cost.

    So models that were told labels compare with those that were not.
    """
    history = card.history
    if not card.recipe.get("hint") or "val_kl_loss" not in history:
        return dict(history)
    beta = card.recipe["beta"]
    free = {
        f"{split}loss": [
            rebuilding + beta * kl
            for rebuilding, kl in zip(
                history[f"{split}reconstruction_loss"], history[f"{split}kl_loss"], strict=False
            )
        ]
        for split in ("", "val_")
    }
    return history | free


def epochs_figure(unit: str) -> Figure:
    """Return an empty chart of losses in a unit by epoch."""
    return new_figure(
        top=40,
        xaxis_title="Epoch",
        yaxis_title=f"Loss, {unit}",
        legend={"orientation": "h", "y": 1.15},
        height=320,
        hovermode="x unified",
    )


def learning_curves(
    history: Mapping[str, Sequence[float]],
    unit: str,
    best: int,
    baseline: tuple[str, float] | None = None,
    part: str = "loss",
) -> Figure:
    """Draw training and validation loss by epoch.

    Args:
        history: As of a model's card; empty before the first epoch is over.
        unit: Of the losses.
        best: The epoch that is kept, from 0; -1 where there is none yet.
        baseline: What a line is called, and its loss.
        part: Which loss, ``"loss"`` or one of its terms.
    """
    epochs = list(range(1, len(history.get(part, ())) + 1))
    figure = epochs_figure(unit)
    for name, key, colour, dash in (
        ("Training", part, BLUE, "dot"),
        ("Validation", f"val_{part}", ORANGE, "solid"),
    ):
        figure.add_scatter(
            x=epochs, y=list(history.get(key, ())), name=name, line={"color": colour, "dash": dash}
        )
    if best >= 0:
        figure.add_scatter(
            x=[best + 1],
            y=[history[f"val_{part}"][best]],
            name=f"Kept: epoch {best + 1}",
            mode="markers",
            marker={"color": ORANGE, "size": 11, "symbol": "diamond"},
        )
    if baseline is not None:
        words, loss = baseline
        line = {"color": GREY, "dash": "dash"}
        figure.add_hline(y=loss, line=line, annotation_text=words)
    return figure


def pca_loss(card: ModelCard) -> float:
    """Return PCA's validation loss in the unit of the card's history."""
    pca = card.evaluation["validation"]["pca"]
    height, width, channels = card.image_shape
    if card.history["unit"] == "nats per image":
        return float(pca["bce_nats"])
    return float(pca["mse"]) * height * width * channels
