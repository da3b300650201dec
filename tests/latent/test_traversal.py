from __future__ import annotations

import numpy as np

from ae.latent.traversal import by_kl, lattice, traverse


def test_traverse_changes_one_coordinate() -> None:
    z = np.array([1.0, 2.0, 3.0], np.float32)
    codes = traverse(z, 1, [-1, 0, 1])
    assert codes[:, 1].tolist() == [-1, 0, 1]
    assert (codes[:, [0, 2]] == [1, 3]).all()
    assert z.tolist() == [1, 2, 3]


def test_a_lattice_reads_like_a_map() -> None:
    grid = lattice(3, 2.0).reshape(3, 3, 2)
    assert grid[0, 0].tolist() == [-2, 2]
    assert grid[0, 2].tolist() == [2, 2]
    assert grid[2, 0].tolist() == [-2, -2]
    assert grid[1, 1].tolist() == [0, 0]


def test_dimensions_are_sorted_by_kl_and_dead_ones_set_apart() -> None:
    live, dead = by_kl(np.array([0.5, 0.001, 2.0, 0.0, 1.0]))
    assert live == [2, 4, 0]
    assert dead == [1, 3]
