from __future__ import annotations

import numpy as np
import pytest

from ae.training.maps import latent_maps

pytestmark = pytest.mark.slow
RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(3, dtype=np.uint8), 60)
CLUSTERS = (RNG.normal(0, 0.4, (180, 5)) + 6 * np.eye(5)[LABELS]).astype(np.float32)


def test_clusters_stay_clusters_and_the_shuffled_control_has_none() -> None:
    points, trust = latent_maps(CLUSTERS, LABELS)
    assert set(points) == {"pca", "tsne"}
    for name, numbers in trust.items():
        assert points[name].shape == (180, 2)
        assert numbers["knn_accuracy"] > 0.95
        assert numbers["control_knn_accuracy"] < 0.6
        assert numbers["trustworthiness"] > 0.8
        assert min(numbers["continuity"], numbers["control_continuity"]) > 0.8
        assert numbers["codes_knn_accuracy"] > 0.95
        assert numbers["largest_class"] == pytest.approx(1 / 3)
    assert trust["tsne"]["trustworthiness"] > trust["pca"]["trustworthiness"]


def test_two_numbers_are_shown_as_they_are() -> None:
    plane = CLUSTERS[:, :2]
    points, trust = latent_maps(plane, LABELS)
    np.testing.assert_array_equal(points["plane"], plane)
    assert trust["plane"]["trustworthiness"] == trust["plane"]["continuity"] == 1
    assert trust["plane"]["control_trustworthiness"] == 1
    assert trust["plane"]["codes_knn_accuracy"] == trust["plane"]["knn_accuracy"]


@pytest.mark.parametrize("n", [10, 19, 91, 95])
def test_few_codes_have_maps_too(n: int) -> None:
    points, trust = latent_maps(CLUSTERS[:: len(CLUSTERS) // n][:n], LABELS[:n])
    for name, numbers in trust.items():
        assert points[name].shape == (n, 2)
        assert np.isfinite(points[name]).all()
        assert all(0 <= number <= 1 for number in numbers.values())


def test_one_class_is_told_always_and_a_rare_one_does_no_harm() -> None:
    codes = CLUSTERS[:40]
    _, trust = latent_maps(codes, np.zeros(40, np.uint8))
    assert trust["tsne"]["knn_accuracy"] == 1
    rare = np.zeros(40, np.uint8)
    rare[7] = 1
    _, trust = latent_maps(codes, rare)
    assert trust["pca"]["knn_accuracy"] == pytest.approx(39 / 40)
    assert trust["pca"]["largest_class"] == 39 / 40
