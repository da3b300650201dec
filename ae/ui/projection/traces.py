"""What the figure draws: the traces that move from epoch to epoch, and the rest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.projection.linear import Floats
from ae.projection.planes import ProjectionPlane, decoder_plane
from ae.ui.projection.stage import DECODER_COLOUR, PCA_COLOUR, QUIET, Stage

OUTLINE = "rgba(128, 132, 149, 0.8)"
# Viridis without its darkest and palest ends, which vanish on one of the themes.
ARC_COLOURS = ["#46509a", "#31688e", "#21918c", "#35b779", "#90d743", "#d3dc32"]
MAX_LINES = 100  # more lines from point to reconstruction than this hide the points


def positions(stage: Stage) -> list[list[dict[str, Any]]]:
    """Place the moving traces at each epoch of a frame, in the order of ``moving_styles``."""
    n, autoencoders = len(stage.epochs), stage.training.at(stage.epochs)
    codes = autoencoders.encode(stage.points)
    far = 100 * stage.reach  # beyond every axis, and still a small number
    reconstructions = np.clip(autoencoders.decode(codes), -far, far)
    corners = _corners(decoder_plane(autoencoders, stage.points), stage)
    lines = np.full((n, min(len(stage.points), MAX_LINES), 3, 3), np.nan)  # nan: pen up
    lines[:, :, 0] = stage.points[: lines.shape[1]]
    lines[:, :, 1] = reconstructions[:, : lines.shape[1]]
    planes, edges, lost, rebuilt = (
        _xyz(places)
        for places in (corners[:, :4], corners, lines.reshape(n, -1, 3), reconstructions)
    )
    across, up = _small(codes[..., 0]), _small(codes[..., 1])
    placed = []
    for at, epoch in enumerate(stage.epochs):
        mse = float(stage.training.mse[epoch])
        solid = [
            {axis: values[at] for axis, values in part.items()}
            for part in (planes, edges, lost, rebuilt)
        ]
        placed.append(
            [
                {"type": "mesh3d"} | solid[0],
                *({"type": "scatter3d"} | part for part in solid[1:]),
                {"type": "scatter", "x": across[at], "y": up[at]},
                {"type": "scatter", "x": [epoch], "y": [mse]},
                {"type": "scatter", "text": [f"epoch {epoch:,}: {mse:.3g}"]},
            ]
        )
    return placed


def moving_styles(stage: Stage) -> list[dict[str, Any]]:
    """Style the moving traces: plane, its edge, what is lost, and so on to the loss."""
    untouched: dict[str, Any] = {"hoverinfo": "skip"}
    on_loss = untouched | {"xaxis": "x2", "yaxis": "y2", "showlegend": False}
    calm = stage.training.diverged_at is None
    return [
        {
            "name": "decoder's plane",
            "i": [0, 0],
            "j": [1, 2],
            "k": [2, 3],
            "color": DECODER_COLOUR,
            "opacity": 0.28,
            "flatshading": True,
            "hoverinfo": "skip",
            "showlegend": True,
            "legendgroup": "decoder",
        },
        untouched
        | {
            "mode": "lines",
            "line": {"color": DECODER_COLOUR, "width": 4},
            "showlegend": False,
            "legendgroup": "decoder",
        },
        untouched | {"name": "what is lost", "mode": "lines", "line": {"color": QUIET, "width": 2}},
        untouched
        | {
            "name": "reconstructions",
            "mode": "markers",
            "marker": _arc_marker(stage, 2.5) | {"symbol": "diamond"},
        },
        {
            "mode": "markers+text",
            "marker": _arc_marker(stage, 8),
            "text": stage.landmarks(),
            "textposition": "top center",
            "customdata": _numbers(stage),
            "hovertemplate": "point %{customdata}<br>z1 %{x:.2f}, z2 %{y:.2f}<extra></extra>",
            "showlegend": False,
        },
        on_loss
        | {"mode": "markers", "marker": {"color": DECODER_COLOUR, "size": 11}, "cliponaxis": False},
        # A falling curve leaves the upper right free, an exploding one the upper left.
        on_loss
        | {
            "mode": "text",
            "x": [stage.last if calm else 0],
            "y": [10 ** stage.loss_range[1]],
            "textposition": "bottom left" if calm else "bottom right",
        },
    ]


def still_traces(stage: Stage, show_pca: bool) -> list[dict[str, Any]]:
    """Draw the points, both loss curves and, if wanted, the outline of PCA's plane."""
    cloud = {
        "type": "scatter3d",
        "name": "points",
        "mode": "markers+text",
        "marker": _arc_marker(stage, 4.5),
        "text": stage.landmarks(),
        "textposition": "top center",
        "customdata": _numbers(stage),
        "hovertemplate": "point %{customdata}<br>x1 %{x:.2f}, x2 %{y:.2f}, "
        "x3 %{z:.2f}<extra></extra>",
    } | _xyz(stage.points)
    curve = {
        "type": "scatter",
        "mode": "lines",
        "line": {"color": DECODER_COLOUR, "width": 2},
        "x": list(range(len(stage.losses))),
        "y": _small(stage.losses),
        "xaxis": "x2",
        "yaxis": "y2",
        "hovertemplate": "epoch %{x}<br>mse %{y:.3g}<extra></extra>",
        "showlegend": False,
    }
    validation = curve | {
        "line": {"color": QUIET, "width": 2, "dash": "dot"},
        "y": _small(stage.validation),
        "hovertemplate": "epoch %{x}<br>mse %{y:.3g} on new points<extra></extra>",
    }
    pca = {
        "type": "scatter3d",
        "name": "PCA's plane",
        "mode": "lines",
        # A little larger, so that it frames the decoder's plane once they agree.
        **_xyz(_corners(stage.plane, stage, scale=1.06)),
        "line": {"color": PCA_COLOUR, "width": 5, "dash": "dash"},
        "hoverinfo": "skip",
    }
    return [cloud, validation, curve, *([pca] if show_pca else [])]


def _arc_marker(stage: Stage, size: float) -> dict[str, Any]:
    return {
        "size": size if len(stage.points) <= 150 else 0.65 * size,
        "color": _small(stage.cloud.angles),
        "colorscale": [[k / (len(ARC_COLOURS) - 1), c] for k, c in enumerate(ARC_COLOURS)],
        "line": {"color": OUTLINE, "width": 1},
    }


def _numbers(stage: Stage) -> list[int]:
    return list(range(1, len(stage.points) + 1))


def _corners(plane: ProjectionPlane, stage: Stage, scale: float = 1.0) -> Floats:
    """Corners of a rectangle in the plane, (..., 5, 3), the first one again at the end.

    Its sides point as nearly as they can along PCA's, so that it turns smoothly from frame to frame
    and ends as PCA's own rectangle (orthogonal Procrustes problem, Schonemann 1966).
    """
    left, _, right = np.linalg.svd(stage.plane.basis @ plane.basis.swapaxes(-2, -1))
    sides = left @ right @ plane.basis * stage.half_sides[:, None] * scale
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
    middle = np.clip(plane.mean, -stage.reach, stage.reach)[..., None, :]
    return middle + signs @ sides


def _xyz(points: Floats) -> dict[str, NDArray[np.float32]]:
    return {axis: _small(points[..., k]) for k, axis in enumerate("xyz")}


def _small(values: Floats) -> NDArray[np.float32]:
    """Halve what travels to the browser; 1e38 and more is off every axis anyway."""
    return np.clip(values, -1e38, 1e38).astype(np.float32)
