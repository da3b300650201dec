"""What plays the figure's epochs in the browser, and the numbers of the epoch in the picture."""

from math import isfinite
from typing import Any

from ae.projection.planes import compare_with_pca
from ae.ui.door.component import Component
from ae.ui.projection.run import Projection
from ae.ui.projection.stage import Stage

_component = Component(
    "playback", "projection/playback.js", ["controls.css", "projection/playback.css"]
)


def play(projection: Projection, chart: str, *, key: str, sketch: dict[str, Any]) -> None:
    """Show what plays the chart of a key, and the numbers of its epoch.

    Playing asks the server nothing. The sketch stands in the chart's place until it is drawn.
    """
    stage = Stage(projection)
    frames = []
    for epoch in stage.epochs:
        autoencoder, mse = stage.training.at(epoch), float(stage.training.mse[epoch])
        compared = compare_with_pca(autoencoder, stage.points, stage.plane, mse=mse)
        away = f"{compared.angle_degrees:.1f}°" if isfinite(compared.mse) else "n/a"
        numbers = [_short(compared.mse), _short(compared.ratio), away]
        frames.append({"epoch": epoch, "numbers": numbers})
    opening = stage.epochs.index(stage.opening)
    data = {
        "chart": chart,
        "frames": frames,
        "opening": opening,
        "floor": _short(stage.plane.floor),
        "sketch": sketch,
    }
    _component(key=key, data=data)


def button() -> dict[str, Any]:
    """Return the button of the figure that ``playback.js`` presses; nobody sees it.

    Pressed, it shows the frame that its first argument names. Plotly's own controls are out of
    reach of the keyboard.
    """
    at_once = {"frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    arguments = [["0"], at_once | {"mode": "immediate"}]
    return {
        "type": "buttons",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "top",
        "buttons": [{"label": "", "method": "animate", "args": arguments}],
    }


def _short(value: float) -> str:
    if not isfinite(value):
        return "n/a"
    return f"{value:#.3g}".rstrip(".") if abs(value) < 1000 else f"{value:.0e}"
