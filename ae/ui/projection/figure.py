"""One figure that plays the training of a linear autoencoder."""

from typing import Any

from ae.ui.projection.layout import layout
from ae.ui.projection.run import Projection
from ae.ui.projection.stage import Stage
from ae.ui.projection.traces import moving_styles, positions, still_traces

START_CAMERA = {
    "eye": {"x": 1.06, "y": -1.95, "z": 1.0},
    "center": {"x": -0.04, "y": 0.0, "z": -0.09},
    "up": {"x": 0.0, "y": 0.0, "z": 1.0},
}


def projection_figure(
    projection: Projection,
    *,
    narrow: bool = False,
    show_pca: bool = True,
    camera: dict[str, dict[str, float]] | None = None,
) -> dict[str, Any]:
    """Draw cloud, codes and loss in one figure whose frames are epochs.

    Playing happens in the browser and asks the server nothing. It opens on the last epoch, so the
    result is there before anybody presses play. Narrow stacks the three parts, for a phone.

    Returns:
        A Plotly figure as plain data, with at most 64 frames. Building graph objects
        from it would take longer than the training.
    """
    stage = Stage(projection)
    styles = moving_styles(stage)
    placed = positions(stage)
    opening = placed[stage.epochs.index(stage.opening)]
    moving = [style | position for style, position in zip(styles, opening, strict=True)]
    return {
        "data": [*moving, *still_traces(stage, show_pca)],
        "layout": layout(stage, narrow, camera or START_CAMERA),
        "frames": [
            {"name": str(epoch), "data": moved, "traces": list(range(len(moved)))}
            for epoch, moved in zip(stage.epochs, placed, strict=True)
        ],
    }
