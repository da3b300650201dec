import numpy as np
import pytest
from sklearn.decomposition import PCA

from ae.projection.linear import train
from ae.projection.planes import compare_with_pca, decoder_plane, pca_plane, plane_angle_degrees
from ae.projection.points import generate_cloud

POINTS = generate_cloud(60).points
PLANE = pca_plane(POINTS)


def test_the_floor_is_what_pca_loses() -> None:
    pca = PCA(2).fit(POINTS)
    lost = np.mean((pca.inverse_transform(pca.transform(POINTS)) - POINTS) ** 2)
    assert PLANE.floor == pytest.approx(lost)
    assert PLANE.floor == pytest.approx(0.0033901, abs=5e-8)
    assert plane_angle_degrees(PLANE.basis, pca.components_) < 1e-6


def test_angles_between_known_planes() -> None:
    flat = np.array([[1.0, 0, 0], [0, 1, 0]])
    for degrees in (0.0, 1e-6, 1.0, 45.0, 90.0):
        turn = np.radians(degrees)
        tilted = np.array([[3.0, 0, 0], [5, 2 * np.cos(turn), 2 * np.sin(turn)]])
        assert plane_angle_degrees(flat, tilted) == pytest.approx(degrees, abs=1e-9)
        assert plane_angle_degrees(tilted, flat) == pytest.approx(degrees, abs=1e-9)


def test_angles_of_broken_planes() -> None:
    flat = np.array([[1.0, 0, 0], [0, 1, 0]])
    line = np.array([[1.0, 0, 0], [2, 0, 0]])
    assert plane_angle_degrees(line, flat) == 90
    assert plane_angle_degrees(np.zeros((2, 3)), flat) == 90
    assert np.isnan(plane_angle_degrees(np.full((2, 3), np.inf), flat))


def test_reconstructions_lie_on_the_decoders_plane() -> None:
    autoencoder = train(POINTS).final
    plane = decoder_plane(autoencoder, POINTS)
    centred = autoencoder.reconstruct(POINTS) - plane.mean
    np.testing.assert_allclose(centred @ plane.basis.T @ plane.basis, centred)
    np.testing.assert_allclose(plane.basis @ plane.basis.T, np.eye(2), atol=1e-12)
    assert PLANE.floor <= plane.floor <= autoencoder.mse(POINTS)


def test_a_flat_cloud_has_no_ratio() -> None:
    flat = generate_cloud(60, noise=0).points
    comparison = compare_with_pca(train(flat).final, flat, pca_plane(flat))
    assert np.isnan(comparison.ratio)
    assert comparison.floor < 1e-20
