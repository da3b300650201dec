"""Where the figure's parts stand: scene, axes, the floor's line and notes."""

from typing import Any

import numpy as np

from ae.ui.projection.playback import button
from ae.ui.projection.stage import GRID, PCA_COLOUR, Stage

Interval = tuple[float, float]
Domain = tuple[Interval, Interval]  # x, y as fractions of the plot area
SCENE_GRID = "#a3a8b4"  # WebGL draws half-transparent lines white
HEIGHT = 0.7  # of the scene, relative to its width: the clouds are flat


def layout(stage: Stage, narrow: bool, camera: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Place scene, codes and loss side by side, or one below the other for a phone."""
    scene: Domain
    codes: Domain
    loss: Domain
    if narrow:
        scene, codes, loss = (
            ((0, 1), (0.67, 1)),
            ((0.13, 1), (0.3, 0.57)),
            ((0.13, 1), (0.0, 0.2)),
        )
    else:
        scene, codes, loss = (
            ((0, 0.58), (0, 1)),
            ((0.67, 1), (0.54, 0.95)),
            ((0.67, 1), (0.11, 0.37)),
        )
    return {
        "height": 1060 if narrow else 480,
        "margin": {"l": 0, "r": 14, "t": 30 if narrow else 28, "b": 42},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "scene": _scene(stage, scene, camera),
        "xaxis": _axis(codes[0], "z1", stage.codes_reach) | {"anchor": "y"},
        "yaxis": _axis(codes[1], "z2", stage.codes_reach) | {"anchor": "x"},
        "xaxis2": _axis(loss[0], "epoch")
        | {"anchor": "y2", "range": [-0.03 * stage.last - 0.1, stage.last * 1.03 + 0.1]},
        "yaxis2": _axis(loss[1], "mse")
        | {"anchor": "x2", "type": "log", "range": list(stage.loss_range)}
        | _powers_of_ten(*stage.loss_range),
        "shapes": [_floor_line(stage)],
        "annotations": _annotations(stage, codes, loss),
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 0.67 if narrow else 0,
            "yanchor": "top",
            "bgcolor": "rgba(0,0,0,0)",
            "itemsizing": "constant",
        },
        "updatemenus": [button()],
    }


def _scene(stage: Stage, domain: Domain, camera: dict[str, dict[str, float]]) -> dict[str, Any]:
    axis = {
        "range": [-stage.reach, stage.reach],
        "showbackground": False,
        "gridcolor": SCENE_GRID,
        "linecolor": SCENE_GRID,
        "zeroline": False,
        "nticks": 5,
    }
    return {
        "domain": {"x": list(domain[0]), "y": list(domain[1])},
        "aspectmode": "manual",
        "aspectratio": {"x": 1, "y": 1, "z": HEIGHT},
        "camera": camera,
        "uirevision": "camera",
        "dragmode": "turntable",
        "xaxis": axis | {"title": {"text": "x1"}},
        "yaxis": axis | {"title": {"text": "x2"}},
        "zaxis": axis
        | {"title": {"text": "x3"}}
        | {"range": [-HEIGHT * stage.reach, HEIGHT * stage.reach], "nticks": 4},
    }


def _axis(domain: Interval, title: str, reach: float | None = None) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "domain": list(domain),
        "title": {"text": title, "standoff": 4},
        "gridcolor": GRID,
        "zeroline": False,
    }
    return axis if reach is None else axis | {"range": [-reach, reach]}


def _powers_of_ten(bottom: float, top: float) -> dict[str, Any]:
    exponents = range(int(np.ceil(bottom)), int(np.floor(top)) + 1)
    shown = exponents[:: 1 + len(exponents) // 6]
    return {
        "tickvals": [10.0**exponent for exponent in shown],
        "ticktext": [
            f"{10.0**exponent:g}" if -4 <= exponent <= 3 else f"10<sup>{exponent}</sup>"
            for exponent in shown
        ],
    }


def _floor_line(stage: Stage) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "x2 domain",
        "x0": 0,
        "x1": 1,
        "yref": "y2",
        "y0": stage.plane.floor,
        "y1": stage.plane.floor,
        "line": {"color": PCA_COLOUR, "width": 2, "dash": "dash"},
    }


def _annotations(stage: Stage, codes: Domain, loss: Domain) -> list[dict[str, Any]]:
    title = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    notes: list[dict[str, Any]] = [
        title | {"x": codes[0][0], "y": codes[1][1], "text": "<b>Codes</b>"},
        title | {"x": loss[0][0], "y": loss[1][1], "text": "<b>Loss</b>, dotted: new points"},
        {
            "xref": "x2 domain",
            "x": 1,
            "xanchor": "right",
            "yref": "y2",
            "y": float(np.log10(max(stage.plane.floor, 1e-300))),
            "yanchor": "top",
            "text": f"PCA's floor {stage.plane.floor:.3g}",
            "font": {"color": PCA_COLOUR},
        },
    ]
    if stage.training.diverged_at is not None:
        notes.append(
            {
                "xref": "x2 domain",
                "x": 0.02,
                "xanchor": "left",
                "yref": "y2 domain",
                "y": 0.82,
                "yanchor": "top",
                "text": f"stopped at epoch {stage.training.diverged_at}",
            }
        )
    return [note | {"showarrow": False} for note in notes]
