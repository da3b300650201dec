"""The linear autoencoder on the screen: one figure that plays its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.data.points import Cloud, generate_cloud
from ae.linear import (
    SETTLING_EPOCHS,
    Comparison,
    Floats,
    Plane,
    Training,
    compare_with_pca,
    decoder_plane,
    pca_plane,
    train,
)

Interval = tuple[float, float]
Domain = tuple[Interval, Interval]  # x, y as fractions of the plot area

# Blue and orange stay apart for every kind of colour blindness and on both themes.
DECODER_COLOUR = "#3f8fd2"
PCA_COLOUR = "#e8830c"
QUIET = "rgba(128, 132, 149, 0.9)"
GRID = "rgba(128, 132, 149, 0.25)"
SCENE_GRID = "#a3a8b4"  # WebGL draws half-transparent lines white
HEIGHT = 0.7  # of the scene, relative to its width: the clouds are flat
OUTLINE = "rgba(128, 132, 149, 0.8)"
# Viridis without its darkest and palest ends, which vanish on one of the themes.
ARC_COLOURS = ["#46509a", "#31688e", "#21918c", "#35b779", "#90d743", "#d3dc32"]
LANDMARKS = "ABCDE"
MAX_FRAMES = 64
MAX_LINES = 100  # more lines from point to reconstruction than this hide the points
# Frames whose loss is above this many variances would only zoom everything out.
SANE_LOSS = 5.0
_JUMP = {
    "frame": {"duration": 0, "redraw": True},
    "transition": {"duration": 0},
    "mode": "immediate",
}
START_CAMERA = {
    "eye": {"x": 0.84, "y": -1.36, "z": 0.74},
    "center": {"x": 0.0, "y": 0.0, "z": -0.09},
    "up": {"x": 0.0, "y": 0.0, "z": 1.0},
}


@dataclass(frozen=True)
class Projection:
    """A cloud, an autoencoder trained on it, and PCA's answer to the same question.

    Attributes:
        cloud: The points.
        training: The run of gradient descent.
        plane: PCA's plane.
        comparison: The last epoch beside PCA.
    """

    cloud: Cloud
    training: Training
    plane: Plane
    comparison: Comparison


@st.cache_data(max_entries=64, show_spinner=False)
def project(
    points: int,
    w1: float,
    w2: float,
    noise: float,
    cloud_seed: int,
    learning_rate: float,
    epochs: int,
    weights_seed: int,
) -> Projection:
    """Draw a cloud, train a linear autoencoder on it, and compare it with PCA.

    Args:
        points: Number of points.
        w1: Slope of the cloud's plane along x1.
        w2: Slope of the cloud's plane along x2.
        noise: Standard deviation of the noise across the plane.
        cloud_seed: Seed of the cloud.
        learning_rate: Step size of gradient descent.
        epochs: Passes over the cloud, in batches of 32.
        weights_seed: Seed of the initial weights and of the order of the points.

    Returns:
        The run. 500 points and 1,000 epochs take half a second, once.
    """
    cloud = generate_cloud(points, w1, w2, noise, seed=cloud_seed)
    training = train(
        cloud.points, learning_rate=learning_rate, epochs=epochs, seed=weights_seed
    )
    plane = pca_plane(cloud.points)
    comparison = compare_with_pca(training.final, cloud.points, plane)
    return Projection(cloud, training, plane, comparison)


def frame_epochs(last: int, limit: int = MAX_FRAMES) -> list[int]:
    """Choose the epochs to show, denser early, where most happens.

    Args:
        last: The last epoch, at least 0.
        limit: The most frames, at least 2.

    Returns:
        Increasing epochs from 0 to ``last``, all of them if they are few.
    """
    spaced = np.linspace(0, 1, limit) ** 2 * last
    return [int(epoch) for epoch in np.unique(np.round(spaced))]


def verdict(projection: Projection) -> str:
    """Say in words what the run came to, from its numbers.

    Args:
        projection: A run.

    Returns:
        One or two sentences.
    """
    training, comparison = projection.training, projection.comparison
    steps = training.epochs * training.steps_per_epoch
    run = f"{_count(training.epochs, 'epoch')} are {_count(steps, 'step')}"
    if training.diverged_at is not None:
        return (
            f"The loss exploded, so the run stopped at epoch {training.diverged_at}: "
            "each step overshot further than the one before. Choose a smaller learning "
            "rate, or try other initial weights."
        )
    if not np.isfinite(comparison.ratio):
        return f"{run}. The cloud is perfectly flat, so nothing need be lost at all."
    if comparison.ratio <= 1.01:
        away = comparison.angle_degrees
        same = "PCA's" if away <= 1 else f"{away:.1f}° from PCA's"
        return (
            f"{run}: the loss is within 1 % of the floor, and the decoder's plane is "
            f"{same}. Nobody told it about PCA; the loss alone led there."
        )
    best = int(np.argmin(training.mse))
    if best < training.epochs and training.mse[best] <= 1.01 * comparison.floor:
        return (
            f"{run}: the loss came within 1 % of the floor at epoch {best:,}, and is "
            f"now {comparison.ratio:.2f} times it. Each step sees at most 32 points; a "
            "large learning rate turns that into a jitter, a smaller one settles."
        )
    advice = (
        "“Train until it converges” takes more steps, and smaller ones."
        if training.epochs < SETTLING_EPOCHS
        else "The rest comes slowly; another learning rate may suit this cloud better."
    )
    return f"{run}: the loss is still {comparison.ratio:.2f} times the floor. {advice}"


def describe(projection: Projection) -> str:
    """Describe the figure in one sentence, for those who cannot see it.

    Args:
        projection: A run.

    Returns:
        The alternative text.
    """
    training, comparison = projection.training, projection.comparison
    if training.diverged_at is not None:
        end = f"the loss explodes and training stops at epoch {training.diverged_at}"
    else:
        end = (
            f"the loss falls from {training.mse[0]:.4f} to {comparison.mse:.4f} "
            f"(PCA floor {comparison.floor:.4f}) and the decoder's plane ends "
            f"{comparison.angle_degrees:.1f} degrees from PCA's"
        )
    return (
        f"A cloud of {len(projection.cloud.points)} points in three dimensions, its "
        f"two-number codes, and the loss over {training.epochs} epochs: {end}."
    )


def projection_figure(
    projection: Projection,
    *,
    narrow: bool = False,
    show_pca: bool = True,
    camera: dict[str, dict[str, float]] | None = None,
) -> dict[str, Any]:
    """Draw cloud, codes and loss in one figure whose frames are epochs.

    Playing happens in the browser and asks the server nothing. It opens on the last
    epoch, so the result is there before anybody presses play.

    Args:
        projection: A run.
        narrow: Stack the three parts, for a phone.
        show_pca: Outline PCA's plane.
        camera: How the scene is turned, in Plotly's words; None for the usual view.

    Returns:
        A Plotly figure as plain data, with at most 64 frames. Building graph objects
        from it would take longer than the training.
    """
    stage = _Stage(projection)
    styles = _moving_styles(stage)
    opening = _positions(stage, stage.opening)
    moving = [style | position for style, position in zip(styles, opening, strict=True)]
    return {
        "data": [*moving, *_still_traces(stage, show_pca)],
        "layout": _layout(stage, narrow, camera or START_CAMERA),
        "frames": [_frame(stage, epoch) for epoch in stage.epochs],
    }


class _Stage:
    """What stays put while the epochs go by: numbers, ranges and the frames' epochs."""

    def __init__(self, projection: Projection) -> None:
        self.cloud = projection.cloud
        self.points = projection.cloud.points
        self.training = projection.training
        self.plane = projection.plane
        mse = self.training.mse
        variance = float(np.var(self.points))
        # An exploding run may end in inf or nan, which no axis can show.
        self.last = int(np.flatnonzero(np.isfinite(mse))[-1])
        self.epochs = frame_epochs(self.last)
        sane = [e for e in self.epochs if mse[e] <= SANE_LOSS * variance] or [0]
        # After an explosion the last sane epoch: later ones have left the picture.
        self.opening = sane[-1]
        scores = (self.points - self.plane.mean) @ self.plane.basis.T
        self.half_sides = np.abs(scores).max(axis=0) * 1.05
        self.reach = float(np.linalg.norm(self.half_sides))
        codes = [self.training.at(e).encode(self.points) for e in sane]
        self.codes_reach = float(np.abs(codes).max()) * 1.12
        self.losses = mse[: self.last + 1]
        self.loss_range = self._loss_range(variance)

    def _loss_range(self, variance: float) -> tuple[float, float]:
        """Limits of the loss axis, as powers of ten."""
        lowest = max(min(self.losses.min(), self.plane.floor), 1e-9 * variance)
        return float(np.log10(lowest)) - 0.4, float(np.log10(self.losses.max())) + 0.25

    def landmarks(self) -> list[str]:
        """Letters for five points along the arc, nothing for the others."""
        letters = [""] * len(self.points)
        along = np.argsort(self.cloud.angles)
        picks = np.linspace(0, len(along) - 1, len(LANDMARKS)).round().astype(int)
        for letter, pick in zip(LANDMARKS, picks, strict=True):
            letters[along[pick]] = letter
        return letters


def _frame(stage: _Stage, epoch: int) -> dict[str, Any]:
    moved = _positions(stage, epoch)
    return {"name": str(epoch), "data": moved, "traces": list(range(len(moved)))}


def _positions(stage: _Stage, epoch: int) -> list[dict[str, Any]]:
    """Place the moving traces, in the order of ``_moving_styles``."""
    autoencoder = stage.training.at(epoch)
    codes = autoencoder.encode(stage.points)
    far = 100 * stage.reach  # beyond every axis, and still a small number
    reconstructions = np.clip(autoencoder.decode(codes), -far, far)
    corners = _corners(decoder_plane(autoencoder, stage.points), stage)
    lines = np.full((min(len(codes), MAX_LINES), 3, 3), np.nan)  # nan: pen up
    lines[:, 0] = stage.points[: len(lines)]
    lines[:, 1] = reconstructions[: len(lines)]
    mse = stage.training.mse[epoch]
    return [
        {"type": "mesh3d"} | _xyz(corners[:4]),
        {"type": "scatter3d"} | _xyz(corners),
        {"type": "scatter3d"} | _xyz(lines.reshape(-1, 3)),
        {"type": "scatter3d"} | _xyz(reconstructions),
        {"type": "scatter", "x": _small(codes[:, 0]), "y": _small(codes[:, 1])},
        {
            "type": "scatter",
            "x": [epoch],
            "y": [float(mse)],
        },
        {"type": "scatter", "text": [f"epoch {epoch:,}: {mse:.3g}"]},
    ]


def _moving_styles(stage: _Stage) -> list[dict[str, Any]]:
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
        untouched
        | {
            "name": "what is lost",
            "mode": "lines",
            "line": {"color": QUIET, "width": 2},
        },
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
            "hovertemplate": "point %{customdata}<br>z1 %{x:.2f}, z2 %{y:.2f}"
            "<extra></extra>",
            "showlegend": False,
        },
        on_loss
        | {
            "mode": "markers",
            "marker": {"color": DECODER_COLOUR, "size": 11},
            "cliponaxis": False,
        },
        # A falling curve leaves the upper right free, an exploding one the upper left.
        on_loss
        | {
            "mode": "text",
            "x": [stage.last if calm else 0],
            "y": [10 ** stage.loss_range[1]],
            "textposition": "bottom left" if calm else "bottom right",
        },
    ]


def _still_traces(stage: _Stage, show_pca: bool) -> list[dict[str, Any]]:
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
    pca = {
        "type": "scatter3d",
        "name": "PCA's plane",
        "mode": "lines",
        # A little larger, so that it frames the decoder's plane once they agree.
        **_xyz(_corners(stage.plane, stage, scale=1.06)),
        "line": {"color": PCA_COLOUR, "width": 5, "dash": "dash"},
        "hoverinfo": "skip",
    }
    return [cloud, curve, *([pca] if show_pca else [])]


def _arc_marker(stage: _Stage, size: float) -> dict[str, Any]:
    return {
        "size": size if len(stage.points) <= 150 else 0.65 * size,
        "color": _small(stage.cloud.angles),
        "colorscale": [
            [k / (len(ARC_COLOURS) - 1), c] for k, c in enumerate(ARC_COLOURS)
        ],
        "line": {"color": OUTLINE, "width": 1},
    }


def _numbers(stage: _Stage) -> list[int]:
    return list(range(1, len(stage.points) + 1))


def _corners(plane: Plane, stage: _Stage, scale: float = 1.0) -> Floats:
    """Corners of a rectangle in the plane, (5, 3), the first one again at the end.

    Its sides point as nearly as they can along PCA's, so that it turns smoothly from
    frame to frame and ends as PCA's own rectangle (orthogonal Procrustes problem,
    Schonemann 1966).
    """
    left, _, right = np.linalg.svd(stage.plane.basis @ plane.basis.T)
    sides = left @ right @ plane.basis * stage.half_sides[:, None] * scale
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
    return np.clip(plane.mean, -stage.reach, stage.reach) + signs @ sides


def _xyz(points: Floats) -> dict[str, NDArray[np.float32]]:
    return {axis: _small(points[:, k]) for k, axis in enumerate("xyz")}


def _small(values: Floats) -> NDArray[np.float32]:
    """Halve what travels to the browser; 1e38 and more is off every axis anyway."""
    return np.clip(values, -1e38, 1e38).astype(np.float32)


def _layout(
    stage: _Stage, narrow: bool, camera: dict[str, dict[str, float]]
) -> dict[str, Any]:
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
        "height": 1160 if narrow else 530,
        "margin": {"l": 0, "r": 14, "t": 130 if narrow else 78, "b": 42},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "scene": _scene(stage, scene, camera),
        "xaxis": _axis(codes[0], "z1", stage.codes_reach) | {"anchor": "y"},
        "yaxis": _axis(codes[1], "z2", stage.codes_reach) | {"anchor": "x"},
        "xaxis2": _axis(loss[0], "epoch")
        | {
            "anchor": "y2",
            "range": [-0.03 * stage.last - 0.1, stage.last * 1.03 + 0.1],
        },
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
        "updatemenus": _buttons(stage, narrow),
        "sliders": [_slider(stage, narrow)],
    }


def _scene(
    stage: _Stage, domain: Domain, camera: dict[str, dict[str, float]]
) -> dict[str, Any]:
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


def _floor_line(stage: _Stage) -> dict[str, Any]:
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


def _annotations(stage: _Stage, codes: Domain, loss: Domain) -> list[dict[str, Any]]:
    title = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    notes: list[dict[str, Any]] = [
        title | {"x": codes[0][0], "y": codes[1][1], "text": "<b>Codes</b>"},
        title | {"x": loss[0][0], "y": loss[1][1], "text": "<b>Loss</b>"},
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


def _buttons(stage: _Stage, narrow: bool) -> list[dict[str, Any]]:
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
        | {
            "buttons": [{"label": "▶  Play", "method": "animate", "args": [None, play]}]
        },
        button
        | {"x": 0.26 if narrow else 0.13, "bgcolor": "#f0f5fa", "bordercolor": QUIET}
        | {
            "buttons": [
                {"label": "❚❚  Pause", "method": "animate", "args": [[None], _JUMP]}
            ]
        },
    ]


def _slider(stage: _Stage, narrow: bool) -> dict[str, Any]:
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


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
