"""How several models learned, in one chart for each unit of their losses."""

from collections.abc import Sequence

import streamlit as st

from ae.shelf.card import ModelCard
from ae.ui.figures import BLUE, GREEN, GREY, ORANGE, Figure, epochs_figure, losses


def show_overlaid_curves(cards: Sequence[ModelCard]) -> None:
    """Show the training and validation losses of at most four models."""
    units: dict[str, list[ModelCard]] = {}
    for card in cards:
        if card.history:
            units.setdefault(card.history["unit"], []).append(card)
    for unit, alike in units.items():
        titles = ", ".join(card.title for card in alike)
        st.plotly_chart(
            _overlaid(tuple(f"{card.name} {card.files}" for card in alike), unit, alike),
            key=f"overlaid-{unit}",
            alt=f"Validation loss by epoch, {unit}: {titles}",
        )
    unknown = [card.title for card in cards if not card.history]
    if unknown:
        st.caption(f"Made elsewhere, and how is not known here: {', '.join(unknown)}.")
    if units:
        st.caption(
            "Validation loss solid, training loss dotted, a diamond where the kept weights are "
            "from. A variational model's loss holds its KL too, so only models of one kind "
            "compare; what reading a hint's labels cost is left out."
        )


@st.cache_resource(show_spinner=False, max_entries=32)
def _overlaid(models: tuple[str, ...], unit: str, _cards: Sequence[ModelCard]) -> Figure:
    figure = epochs_figure(unit)
    for card, colour in zip(_cards, (BLUE, ORANGE, GREEN, GREY), strict=False):
        history = losses(card)
        best = int(history["best_epoch"])
        epochs = list(range(1, len(history["loss"]) + 1))
        for key, dash in (("loss", "dot"), ("val_loss", "solid")):
            figure.add_scatter(
                x=epochs,
                y=history[key],
                name=card.title,
                showlegend=dash == "solid",
                line={"color": colour, "dash": dash},
                mode="lines",
            )
        figure.add_scatter(
            x=[best + 1],
            y=[history["val_loss"][best]],
            name=f"{card.title}, kept",
            showlegend=False,
            mode="markers",
            marker={"color": colour, "size": 11, "symbol": "diamond"},
        )
    return figure
