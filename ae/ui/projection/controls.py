"""What a visitor of the projection page can set, and the presets that set it."""

from typing import Any

import streamlit as st

from ae.projection.linear import EXPLODING_RATE, NOTEBOOK_SEED, SETTLING_EPOCHS, SETTLING_RATE
from ae.ui.controls import LAST_SEED
from ae.ui.door.link import IN_LINK

EPOCHS = [1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000]
# By widget key; what the page opens with, too.
CLOUD: dict[str, Any] = {
    "cloud_points": 60,
    "cloud_noise": 0.1,
    "cloud_w1": 0.1,
    "cloud_w2": 0.3,
    "cloud_seed": 4,
}
CLASSIC: dict[str, Any] = {"linear_rate": 1.5, "linear_epochs": 20, "linear_seed": NOTEBOOK_SEED}
SETTLED = {"linear_rate": SETTLING_RATE, "linear_epochs": SETTLING_EPOCHS}
TOO_FAST = {"linear_rate": EXPLODING_RATE, "linear_epochs": 20}
# label, icon, settings, help
PRESETS: list[tuple[str, str, dict[str, Any], str]] = [
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
    ("Reset", ":material/restart_alt:", CLOUD | CLASSIC, "As it all began."),
]


def preset_buttons() -> None:
    """Show the presets in a row."""
    with st.container(horizontal=True):
        for label, icon, settings, words in PRESETS:
            st.button(
                label,
                on_click=_choose,
                args=(settings,),
                icon=icon,
                help=words,
                type="primary" if settings is SETTLED else "secondary",
            )


def training_settings() -> tuple[float, int, int]:
    """Show the controls of the training.

    Returns:
        Learning rate, epochs and the seed of the initial weights, in the order in
        which ``project`` takes them.
    """
    epochs = st.select_slider("Epochs", EPOCHS, **_opening("linear_epochs"))
    rate = st.slider("Learning rate", 0.1, 3.0, step=0.1, **_opening("linear_rate"))
    seed = _seed_input("Initial weights", "linear_seed")
    st.button("New initial weights", on_click=_redraw, icon=":material/casino:")
    return rate, epochs, seed


def cloud_settings() -> tuple[int, float, float, float, int]:
    """Show the controls of the cloud.

    Returns:
        Points, both slopes, noise and the cloud's seed, in the order in which
        ``project`` takes them.
    """
    points = st.slider("Points", 20, 500, step=10, **_opening("cloud_points"))
    noise = st.slider("Noise", 0.01, 0.5, step=0.01, **_opening("cloud_noise"))
    w1 = st.slider("Slope along x1", -1.0, 1.0, step=0.1, **_opening("cloud_w1"))
    w2 = st.slider("Slope along x2", -1.0, 1.0, step=0.1, **_opening("cloud_w2"))
    return points, w1, w2, noise, _seed_input("Cloud number", "cloud_seed")


def _seed_input(label: str, key: str) -> int:
    return int(st.number_input(label, 0, LAST_SEED, **_opening(key)))


def _opening(key: str) -> dict[str, Any]:
    # A default, although presets write these keys too and Streamlit logs a remark
    # about that: links leave defaults out, and without one the default is the least.
    return {"value": (CLOUD | CLASSIC)[key], "key": key} | IN_LINK


def _choose(settings: dict[str, Any]) -> None:
    st.session_state.update(settings)


def _redraw() -> None:
    st.session_state.linear_seed = (st.session_state.linear_seed + 1) % (LAST_SEED + 1)
