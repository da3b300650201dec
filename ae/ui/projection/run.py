"""One run: a cloud, a linear autoencoder trained on it, and PCA's plane; cached."""

from dataclasses import dataclass

import streamlit as st

from ae.projection.linear import Floats, Training, losses_on, train
from ae.projection.planes import PcaComparison, ProjectionPlane, compare_with_pca, pca_plane
from ae.projection.points import Cloud, generate_cloud, new_points


@dataclass(frozen=True)
class Projection:
    """A cloud, an autoencoder trained on it, and PCA's answer to the same question."""

    cloud: Cloud
    training: Training  # the run of gradient descent
    validation: Floats  # (epochs + 1,) its loss over as many other points of the same kind
    plane: ProjectionPlane  # PCA's plane
    comparison: PcaComparison  # the last epoch beside PCA


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

    Arguments as ``generate_cloud`` and ``train`` take them, which say what they are.
    """
    cloud = generate_cloud(points, w1, w2, noise, seed=cloud_seed)
    training = train(cloud.points, learning_rate=learning_rate, epochs=epochs, seed=weights_seed)
    others = new_points(cloud, w1, w2, noise, seed=cloud_seed + 1)
    plane = pca_plane(cloud.points)
    comparison = compare_with_pca(training.final, cloud.points, plane)
    return Projection(cloud, training, losses_on(others, training.weights), plane, comparison)
