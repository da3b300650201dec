"""A linear autoencoder finds the plane that PCA finds."""

import streamlit as st

from ae.projection.linear import codes_csv, loss_csv
from ae.ui.controls import download
from ae.ui.door.link import IN_LINK
from ae.ui.figures import unchecked
from ae.ui.glossary import explained
from ae.ui.projection.controls import cloud_settings, preset_buttons, training_settings
from ae.ui.projection.figure import projection_figure
from ae.ui.projection.playback import play
from ae.ui.projection.run import project
from ae.ui.projection.sketch import sketch
from ae.ui.projection.words import describe, verdict
from ae.ui.viewport import is_narrow, known_camera, watch_camera

WHY_PCA = r"""
Without activations the decoder can only reach the points of one plane,
$\hat{x} = z D + c$, whatever the encoder does. So training is a search for the plane
on which the cloud's shadow loses least:

$$\text{mse} = \frac{1}{3m} \sum_{i=1}^{m} \lVert x_i - \hat{x}_i \rVert^2$$

PCA computes exactly this plane: it keeps the two axes along which the cloud is
widest. The loss has no other minimum (Baldi and Hornik, 1989): every other point where
it is flat, such as the plane through two other principal axes, is a **saddle**, from
which some way leads down. So a patient descent ends there, though it may linger near a
saddle. The codes may still differ from PCA's: any rotation or stretch of $z$ that the
decoder undoes costs nothing.
"""

with st.container(gap=None):
    narrow = is_narrow()
    st.title("Projection", anchor=False)
st.markdown(
    "Three numbers become two, and three again. Watch a linear autoencoder find "
    "**PCA's plane**, the best there is for squared error."
)
explained("linear", "PCA", "squared error", "epoch", "learning rate")
preset_buttons()

figure_column, controls = st.columns([3, 1], gap="medium")

with controls:
    st.markdown("**Training**")
    training = training_settings()
    show_pca = st.toggle("Show PCA's plane", True, key="pca_plane", **IN_LINK)
    st.markdown("**Cloud**")
    cloud = cloud_settings()

run = project(*cloud, *training)

with figure_column:
    if run.training.diverged_at is None:
        st.caption(verdict(run))
    else:
        st.warning(verdict(run), icon=":material/bolt:")
    figure = projection_figure(run, narrow=narrow, show_pca=show_pca, camera=known_camera("camera"))
    play(run, "projection_figure", key="playback", sketch=sketch(figure))
    st.plotly_chart(
        unchecked(figure),
        key="projection_figure",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=describe(run),
    )
    with st.container(horizontal=True):
        download(
            "Download points and codes",
            lambda: codes_csv(run.cloud.points, run.training.final),
            "points-and-codes.csv",
        )
        download(
            "Download the loss curve", lambda: loss_csv(run.training, run.validation), "loss.csv"
        )
    with st.expander("Why PCA?", icon=":material/help:"):
        st.markdown(WHY_PCA)
    watch_camera("projection_figure", key="camera")
