"""One run: a cloud, a linear autoencoder trained on it, and PCA's plane; cached."""

from dataclasses import dataclass

import streamlit as st

from ae.projection.linear import Training, train
from ae.projection.planes import PcaComparison, ProjectionPlane, compare_with_pca, pca_plane
from ae.projection.points import Cloud, generate_cloud


@dataclass(frozen=True)
class Projection:
    """A cloud, an autoencoder trained on it, and PCA's answer to the same question."""

    cloud: Cloud
    training: Training  # the run of gradient descent
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
    training = train(cloud.points, learning_rate=learning_rate, epochs=epochs, seed=weights_seed)
    plane = pca_plane(cloud.points)
    comparison = compare_with_pca(training.final, cloud.points, plane)
    return Projection(cloud, training, plane, comparison)
