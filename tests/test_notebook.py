"""What Python makes of the sliders in a notebook; tests/browser/ has the notebook's side."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ae import models
from ae.latent.maps import fitted_plane
from ae.notebook import explore


@pytest.fixture
def toy(toy_shelf: Path) -> Any:
    return models.load("first")


def test_what_is_missing_is_one_sentence(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match="pip install anywidget"):
        explore(toy)


def test_code_and_picture_are_those_of_the_sliders(toy: Any) -> None:
    pytest.importorskip("anywidget")
    explorer = explore("first", np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(explorer.code, [1, 2, 3])
    data = explorer.widget.data
    said = {"z1": 0.5, "z2": -1e9, "z0": "a", "other": 7}
    explorer.widget.amounts = {"revision": data["revision"], "values": said}
    # A slider shows standard deviations of the codes, and ends four or more from 0.
    spread, lowest = toy.codes.std(axis=0), data["moves"][0]["minimum"]
    expected = [1, 2 + 0.5 * spread[1], 3 + lowest * spread[2]]
    np.testing.assert_allclose(explorer.code, expected, rtol=1e-6)
    np.testing.assert_array_equal(explorer.picture, toy.decode(explorer.code[None])[0])
    explorer.code = toy.codes[2]
    np.testing.assert_array_equal(explorer.code, toy.codes[2])
    explorer.widget.amounts = {"revision": data["revision"], "values": said}  # of before
    np.testing.assert_array_equal(explorer.code, toy.codes[2])
    with pytest.raises(ValueError, match="3 finite numbers"):
        explorer.code = np.array([1.0, np.nan, 2.0])
    np.testing.assert_array_equal(explorer.code, toy.codes[2])


def test_pin_and_outline_of_the_map_are_a_code_and_images() -> None:
    pytest.importorskip("anywidget")
    explorer = explore("fashion-vae-2")
    plane = explorer.model.maps["plane"]
    assert not len(explorer.selected)
    pin, corners = [0.5, -0.25], [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    told = {"revision": explorer.widget.data["revision"], "pin": pin, "polygon": corners}
    explorer.widget.amounts = {"revision": told["revision"], "values": {}}
    explorer.widget.marked = told
    (expected,) = fitted_plane(explorer.model.codes, plane).codes(np.array([pin]))
    np.testing.assert_allclose(explorer.code, expected, atol=1e-5)
    inside = ((plane > 0) & (plane < 1)).all(axis=1)
    np.testing.assert_array_equal(explorer.selected, np.flatnonzero(inside))
    explorer.widget.marked = {**told, "pin": [1e9, 0]}  # far outside the map
    assert not len(explorer.selected)
    explorer.widget.marked = told
    explorer.code = np.zeros(2)  # begins anew
    np.testing.assert_array_equal(explorer.code, [0, 0])
    assert not len(explorer.selected)


def test_a_map_that_a_model_lacks_is_named() -> None:
    pytest.importorskip("anywidget")
    with pytest.raises(ValueError, match="no map 'umap'; it has: plane"):
        explore("fashion-vae-2", map="umap")
    assert not explore("fashion-vae-2", map="").widget.map
