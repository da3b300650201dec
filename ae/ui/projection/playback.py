"""The figure's play and pause buttons and its slider, which run in the browser."""

from typing import Any

import numpy as np

from ae.ui.projection.stage import DECODER_COLOUR, GRID, QUIET, Stage

_JUMP = {
    "frame": {"duration": 0, "redraw": True},
    "transition": {"duration": 0},
    "mode": "immediate",
}


def buttons(stage: Stage, narrow: bool) -> list[dict[str, Any]]:
    """Lay out play and pause, above the figure."""
    # About five seconds in all, whatever the number of frames.
    duration = int(np.clip(5000 / len(stage.epochs), 60, 250))
    play = {
        "frame": {"duration": duration, "redraw": True},
        "transition": {"duration": 0},
        "fromcurrent": True,
        "mode": "immediate",
    }
    button = {
        "type": "buttons",
        "showactive": False,
        "xanchor": "left",
        "y": 1,
        "yanchor": "bottom",
        "pad": {"b": 84 if narrow else 30, "l": 2, "t": 0, "r": 0},
        # Plotly's hover colour is nearly white on every theme: dark words on pale.
        "bgcolor": "#cfe3f8",
        "bordercolor": DECODER_COLOUR,
        "font": {"color": "#12395c", "size": 15},
    }
    return [
        button
        | {"x": 0}
        | {"buttons": [{"label": "▶  Play", "method": "animate", "args": [None, play]}]},
        button
        | {"x": 0.26 if narrow else 0.13, "bgcolor": "#f0f5fa", "bordercolor": QUIET}
        | {"buttons": [{"label": "❚❚  Pause", "method": "animate", "args": [[None], _JUMP]}]},
    ]


def epoch_slider(stage: Stage, narrow: bool) -> dict[str, Any]:
    """Lay out the slider with a step for every frame."""
    return {
        "active": stage.epochs.index(stage.opening),
        "x": 0 if narrow else 0.3,
        "len": 1 if narrow else 0.7,
        "y": 1,
        "yanchor": "bottom",
        "pad": {"b": 22, "t": 0, "l": 8, "r": 8},
        "currentvalue": {"prefix": "Epoch ", "xanchor": "left", "offset": 6},
        "bgcolor": GRID,
        "activebgcolor": DECODER_COLOUR,
        "bordercolor": QUIET,
        "tickcolor": QUIET,
        "ticklen": 3,
        "minorticklen": 0,
        "transition": {"duration": 0},
        "steps": [
            {"label": str(epoch), "method": "animate", "args": [[str(epoch)], _JUMP]}
            for epoch in stage.epochs
        ],
    }
