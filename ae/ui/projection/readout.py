"""The numbers above the figure."""

from math import isfinite

import streamlit as st

from ae.projection.planes import PcaComparison


def show_numbers(comparison: PcaComparison) -> None:
    """Show loss, floor, their ratio and the angle in a row."""
    away = comparison.angle_degrees
    with st.container(horizontal=True, gap="small"):
        for label, value, words in (
            (
                "Loss",
                _short(comparison.mse),
                "Mean squared error over points and coordinates, after the last epoch.",
            ),
            (
                "PCA's floor",
                _short(comparison.floor),
                "PCA's loss with two components. No linear autoencoder gets below it here; "
                "new points may lie closer to the plane than the cloud.",
            ),
            ("Loss / floor", _short(comparison.ratio), "1.00 is perfect."),
            (
                "Angle",
                f"{away:.1f}°" if isfinite(comparison.mse) else "n/a",
                "Between the decoder's plane and PCA's: 0° is the same plane.",
            ),
        ):
            st.metric(label, value, width=120, help=words)


def _short(value: float) -> str:
    if not isfinite(value):
        return "n/a"
    return f"{value:#.3g}" if abs(value) < 1000 else f"{value:.0e}"
