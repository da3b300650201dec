"""A sketch of the figure's scene, which stands in its place until Plotly has drawn it."""

from base64 import b64encode
from collections.abc import Mapping
from math import tan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

_FIELD_OF_VIEW = np.pi / 4  # Plotly's, from top to bottom
_POINTS = 150  # of a trace at most: it is sent beside the figure


def sketch(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Draw what a figure of Plotly's shows in three dimensions, from where it is seen.

    Args:
        figure: As of ``projection_figure``.

    Returns:
        The address of an SVG, its ``side`` and its ``top`` in pixels; its ``middle`` as a share of
        the figure's width without the margins, which are ``left`` and ``right`` in pixels.
    """
    layout = figure["layout"]
    margin, (bottom, top) = layout["margin"], layout["scene"]["domain"]["y"]
    inner = layout["height"] - margin["t"] - margin["b"]
    side = (top - bottom) * inner
    parts = [_drawn(trace, layout["scene"], side) for trace in figure["data"]]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side:.0f}" height="{side:.0f}" '
        f'viewBox="{-side / 2:.1f} {-side / 2:.1f} {side:.1f} {side:.1f}">{"".join(parts)}</svg>'
    )
    return {
        "address": f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}",
        "side": side,
        "top": margin["t"] + (1 - top) * inner,
        "middle": float(np.mean(layout["scene"]["domain"]["x"])),
        "left": margin["l"],
        "right": margin["r"],
    }


def _drawn(trace: Mapping[str, Any], scene: Mapping[str, Any], side: float) -> str:
    if not trace["type"].endswith("3d"):
        return ""
    places = np.stack([np.asarray(trace[axis], np.float64) for axis in "xyz"], axis=1)
    seen = _seen(places, scene) * side / 2
    there: NDArray[np.bool_] = np.isfinite(seen[:, 0])
    if trace["type"] == "mesh3d":
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in seen[there])
        return f'<polygon points="{path}" fill="{trace["color"]}" opacity="{trace["opacity"]}"/>'
    if trace["mode"] == "lines":
        pens = np.where(np.append(False, there[:-1]), "L", "M")
        path = " ".join(
            f"{pens[at]}{seen[at, 0]:.1f} {seen[at, 1]:.1f}" for at in there.nonzero()[0]
        )
        line = trace["line"]
        dashed = ' stroke-dasharray="8 6"' if "dash" in line else ""
        style = f'fill="none" stroke="{line["color"]}" stroke-width="{line["width"] / 2}"{dashed}'
        return f'<path d="{path}" {style}/>'
    marker, some = trace["marker"], there.nonzero()[0][:: 1 + len(seen) // _POINTS]
    radius = 0.9 * marker["size"]
    return "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"/>'
        for (x, y), colour in zip(seen[some], _colours(marker, some), strict=True)
    )


def _seen(places: NDArray[np.float64], scene: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return where places (n, 3) stand in a square from -1 to 1, y downwards, (n, 2).

    What lies behind the eye is nan.
    """
    camera, shape = scene["camera"], scene["aspectratio"]
    low, high = np.array([scene[f"{axis}axis"]["range"] for axis in "xyz"]).T
    sides, eye, centre, up = (
        np.array([given[axis] for axis in "xyz"])
        for given in (shape, camera["eye"], camera["center"], camera["up"])
    )
    inside = ((places - low) / (high - low) - 0.5) * sides
    with np.errstate(all="ignore"):  # of an eye in what it looks at nothing is seen
        ahead = (centre - eye) / np.linalg.norm(centre - eye)
        right = np.cross(ahead, up)
        right /= np.linalg.norm(right)
        axes = np.stack([right, -np.cross(right, ahead), ahead])
        across, down, depth = axes @ (inside - eye).T
        depth = np.where(depth > 0, depth, np.nan)
        return np.stack([across, down], axis=1) / (depth * tan(_FIELD_OF_VIEW / 2))[:, None]


def _colours(marker: Mapping[str, Any], some: NDArray[np.intp]) -> list[str]:
    """Return the colours of some of a trace's markers."""
    values = np.asarray(marker["color"], np.float64)
    shares = (values - values.min()) / (np.ptp(values) or 1.0)
    return list(sample_colorscale(marker["colorscale"], shares[some]))
