from __future__ import annotations

import numpy as np
import pytest

from ae.coding.baselines import BlockBaseline, CosineBaseline, cosines

RNG = np.random.default_rng(0)
SHAPE = (8, 8, 3)
# Pictures of the four lowest frequencies alone.
LOW = np.zeros((20, *SHAPE), np.float32)
LOW[:] = 0.5 + RNG.uniform(-0.2, 0.2, (20, 1, 1, 3)).astype(np.float32)
LOW[:, :4] += 0.1


def everything(numbers: int, frequencies: int = 8) -> CosineBaseline:
    """Every frequency is a component, the lowest first."""
    levels = np.eye(numbers, frequencies * frequencies * 3, dtype=np.int8) * 63
    mean = np.zeros((frequencies, frequencies, 3), np.float32)
    return CosineBaseline.of(mean, levels.reshape(-1, frequencies, frequencies, 3))


def test_all_cosines_give_pictures_back_and_the_first_their_mean_colour() -> None:
    whole = everything(192)
    np.testing.assert_allclose(whole.reconstruct(LOW), LOW, atol=1e-5)
    means = LOW.mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(
        whole.reconstruct(LOW, 3), np.broadcast_to(means, LOW.shape), atol=1e-5
    )


def test_fewer_frequencies_are_the_lowest() -> None:
    np.testing.assert_array_equal(cosines(LOW, 4), cosines(LOW, 8)[:, :4, :4])
    assert everything(48, 4).reconstruct(LOW).shape == LOW.shape


def test_components_in_whole_numbers_stay_what_they_are() -> None:
    levels = RNG.integers(-63, 64, (5, 4, 4, 3)).astype(np.int8)
    levels[:, 0, 0, 0] = 63
    baseline = CosineBaseline.of(np.ones((4, 4, 3), np.float32), levels)
    np.testing.assert_allclose(np.linalg.norm(baseline.components, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(baseline.levels, levels)


def test_blocks_are_rebuilt_each_by_itself() -> None:
    images = RNG.random((2, *SHAPE)).astype(np.float32)
    blocks = BlockBaseline(np.zeros(48, np.float32), np.eye(48, dtype=np.float32))
    np.testing.assert_array_equal(blocks.reconstruct(images), images)
    # Four blocks with three numbers each: their first pixel.
    kept = blocks.reconstruct(images, 12)
    np.testing.assert_array_equal(kept[:, ::4, ::4], images[:, ::4, ::4])
    assert np.count_nonzero(kept) == 2 * 12


@pytest.mark.parametrize(
    ("shape", "suits"), [((8, 8, 3), True), ((6, 8, 3), False), ((8, 8, 1), False)]
)
def test_blocks_suit_pictures_that_can_be_cut_into_them(
    shape: tuple[int, int, int], suits: bool
) -> None:
    blocks = BlockBaseline(np.zeros(48, np.float32), np.eye(48, dtype=np.float32))
    assert blocks.suits(shape) is suits
