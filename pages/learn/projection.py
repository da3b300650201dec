"""A linear autoencoder finds the plane that PCA finds."""

from math import isfinite
from typing import Any

import streamlit as st

from ae.linear import (
    EXPLODING_RATE,
    SETTLING_EPOCHS,
    SETTLING_RATE,
    TYPICAL_SEED,
    codes_csv,
    loss_csv,
)
from ae.ui.projection_figure import describe, project, projection_figure, verdict
from ae.ui.viewport import is_narrow, known_camera, watch_camera

EPOCHS = [1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000]
CLOUD = {"cloud_points": 60, "cloud_noise": 0.1, "cloud_seed": 4}
SLOPES = {"cloud_w1": 0.1, "cloud_w2": 0.3}
CLASSIC = {"linear_rate": 1.5, "linear_epochs": 20, "linear_seed": TYPICAL_SEED}
SETTLED = {"linear_rate": SETTLING_RATE, "linear_epochs": SETTLING_EPOCHS}
TOO_FAST = {"linear_rate": EXPLODING_RATE, "linear_epochs": 20}
# label, icon, settings, help
PRESETS = [
    (
        "The classic run: 20 epochs",
        ":material/school:",
        CLASSIC,
        "The setting of the textbook and the notebook: it stops too early.",
    ),
    (
        "Train until it converges",
        ":material/flag:",
        SETTLED,
        f"Learning rate {SETTLING_RATE}, {SETTLING_EPOCHS:,} epochs.",
    ),
    (
        "Too fast: watch it diverge",
        ":material/bolt:",
        TOO_FAST,
        f"Learning rate {EXPLODING_RATE}: every step overshoots.",
    ),
    ("Reset", ":material/restart_alt:", CLOUD | SLOPES | CLASSIC, "As it all began."),
]
LAST_SEED = 9999
IN_LINK: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
WHY_PCA = r"""
Without activations the decoder can only reach the points of one plane,
$\hat{x} = z D + c$, whatever the encoder does. So training is a search for the plane
on which the cloud's shadow loses least:

$$\text{mse} = \frac{1}{3m} \sum_{i=1}^{m} \lVert x_i - \hat{x}_i \rVert^2$$

PCA computes exactly this plane: it keeps the two directions in which the cloud is
widest. The loss has no other minimum (Baldi and Hornik, 1989), so a patient descent
ends there. The codes may still differ from PCA's: any rotation or stretch of $z$ that
the decoder undoes costs nothing.
"""


def choose(settings: dict[str, float]) -> None:
    st.session_state.update(settings)


def redraw_weights() -> None:
    st.session_state.linear_seed = (st.session_state.linear_seed + 1) % (LAST_SEED + 1)


def number(value: float) -> str:
    if not isfinite(value):
        return "n/a"
    return f"{value:#.3g}" if abs(value) < 1000 else f"{value:.0e}"


with st.container(gap=None):
    narrow = is_narrow()
    st.title("Projection")
st.markdown(
    "Three numbers become two, and three again. Watch a linear autoencoder find "
    "**PCA's plane**, the best there is."
)

with st.container(horizontal=True):
    for label, icon, settings, words in PRESETS:
        st.button(
            label,
            on_click=choose,
            args=(settings,),
            icon=icon,
            help=words,
            type="primary" if settings is SETTLED else "secondary",
        )

figure_column, controls = st.columns([3, 1], gap="medium")

with controls:
    st.markdown("**Training**")
    epochs = st.select_slider("Epochs", EPOCHS, 20, key="linear_epochs", **IN_LINK)
    rate = st.slider("Learning rate", 0.1, 3.0, 1.5, 0.1, key="linear_rate", **IN_LINK)
    seed = st.number_input(
        "Initial weights", 0, LAST_SEED, TYPICAL_SEED, key="linear_seed", **IN_LINK
    )
    st.button("New initial weights", on_click=redraw_weights, icon=":material/casino:")
    show_pca = st.toggle("Show PCA's plane", True, key="pca_plane", **IN_LINK)
    st.markdown("**Cloud**")
    points = st.slider("Points", 20, 500, 60, 10, key="cloud_points", **IN_LINK)
    noise = st.slider("Noise", 0.01, 0.5, 0.1, 0.01, key="cloud_noise", **IN_LINK)
    w1 = st.slider("Slope along x1", -1.0, 1.0, 0.1, 0.1, key="cloud_w1", **IN_LINK)
    w2 = st.slider("Slope along x2", -1.0, 1.0, 0.3, 0.1, key="cloud_w2", **IN_LINK)
    cloud_seed = st.number_input(
        "Cloud number", 0, LAST_SEED, 4, key="cloud_seed", **IN_LINK
    )

run = project(points, w1, w2, noise, cloud_seed, rate, epochs, seed)
numbers = run.comparison

with figure_column:
    with st.container(horizontal=True, gap="small"):
        for label, value, words in (
            (
                "Loss",
                number(numbers.mse),
                "Mean squared error over points and coordinates, after the last epoch.",
            ),
            (
                "PCA's floor",
                number(numbers.floor),
                "PCA's loss with two components. No linear autoencoder gets below it.",
            ),
            ("Loss / floor", number(numbers.ratio), "1.00 is perfect."),
            (
                "Angle",
                f"{numbers.angle_degrees:.1f}°" if isfinite(numbers.mse) else "n/a",
                "Between the decoder's plane and PCA's: 0° is the same plane.",
            ),
        ):
            st.metric(label, value, width=120, help=words)
    if run.training.diverged_at is None:
        st.caption(verdict(run))
    else:
        st.warning(verdict(run), icon=":material/bolt:")
    st.plotly_chart(
        projection_figure(
            run, narrow=narrow, show_pca=show_pca, camera=known_camera("camera")
        ),
        key="projection_figure",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=describe(run),
    )
    with st.container(horizontal=True):
        for label, table, name in (
            (
                "Download points and codes",
                codes_csv(run.cloud.points, run.training.final),
                "points-and-codes.csv",
            ),
            ("Download the loss curve", loss_csv(run.training), "loss.csv"),
        ):
            st.download_button(
                label,
                table,
                name,
                "text/csv",
                on_click="ignore",
                icon=":material/download:",
            )
    with st.expander("Why PCA?", icon=":material/help:"):
        st.markdown(WHY_PCA)
    watch_camera("projection_figure", key="camera")
