"""Charts, and those of a model's training."""

import base64
from collections.abc import Mapping, Sequence
from functools import lru_cache
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
    """Return an empty chart of a layout, with so many pixels above it and few around it.

    It is what ``unchecked`` returns. Properties are called as in Plotly's own figures.
    """
    margin = {"l": 10, "r": 10, "t": top, "b": 10}
    return unchecked({"data": [], "layout": {"margin": margin, **_nested(layout)}})


def unchecked(content: dict[str, Any]) -> Figure:
    """Return a Plotly figure that ``st.plotly_chart`` takes as it is.

    Plotly's own classes check every property: 20 ms for a chart of three lines, and with 64 frames
    half of a page run. The content may hold NumPy arrays.
    """
    return _drawing()(content)


@lru_cache(maxsize=1)
def _drawing() -> Any:
    from plotly.basedatatypes import BaseFigure

    class Drawing(BaseFigure):  # type: ignore[misc] # Plotly ships no types
        """What Plotly's figure class can do, as far as this project draws with it."""

        def __init__(self, content: dict[str, Any]) -> None:
            """Skip the checks."""
            self._content: dict[str, Any] = _packed(content)

        def to_dict(self) -> dict[str, Any]:
            return self._content

        def add_scatter(self, **trace: Any) -> Figure:
            return self._add("scatter", trace)

        def add_bar(self, **trace: Any) -> Figure:
            return self._add("bar", trace)

        def add_heatmap(self, **trace: Any) -> Figure:
            return self._add("heatmap", trace)

        def add_vline(self, *, x: float, line: dict[str, Any]) -> Figure:
            ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain"}
            return self._put("shapes", {"type": "line", **ends, "line": line})

        def add_hline(self, *, y: float, line: dict[str, Any], annotation_text: str) -> Figure:
            across = {"xref": "x domain", "xanchor": "right", "yanchor": "bottom"}
            note = {"text": annotation_text, "x": 1, "y": y, "showarrow": False, **across}
            self._put("annotations", note)
            ends = {"x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y}
            return self._put("shapes", {"type": "line", **ends, "line": line})

        def add_hrect(self, y0: float, y1: float, **look: Any) -> Figure:
            ends = {"x0": 0, "x1": 1, "xref": "x domain", "y0": y0, "y1": y1}
            return self._put("shapes", {"type": "rect", **ends, **_nested(look)})

        def _add(self, kind: str, trace: dict[str, Any]) -> Figure:
            self._content["data"].append(_packed({"type": kind, **trace}))
            return self

        def _put(self, what: str, part: dict[str, Any]) -> Figure:
            self._content["layout"].setdefault(what, []).append(_packed(part))
            return self

    return Drawing


def _nested(properties: dict[str, Any]) -> dict[str, Any]:
    """Write ``yaxis_title="Loss"`` as plotly.js reads it."""
    found: dict[str, Any] = {}
    for name, value in properties.items():
        whole, _, part = name.partition("_")
        if part:
            value = {part: value}
        if isinstance(value, dict):
            value = found.get(whole, {}) | _nested(value)
        elif whole == "title":
            value = {"text": value}
        found[whole] = value
    return found


def _packed(value: Any) -> Any:
    """Write arrays as plotly.js packs them, in a fifth of the text of lists."""
    if isinstance(value, dict):
        return {name: _packed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_packed(each) for each in value]
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind == "f":
        kind = f"f{value.dtype.itemsize}"
        content = np.ascontiguousarray(value, f"<{kind}").tobytes()
        return {"dtype": kind, "bdata": base64.b64encode(content).decode("ascii")}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


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
    return learning_curves(history, history["unit"], int(history["best_epoch"]), pca)


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
