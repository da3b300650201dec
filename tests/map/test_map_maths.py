"""The map's maths in the browser against NumPy, and payloads that it refuses."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ae.latent.maps import Plane, interpolate
from ae.ui.map.points import MapPoints, packed_images
from tests.live.node import in_node

RNG = np.random.default_rng(0)
N, LATENT_DIM = 700, 5
# Two clusters far apart, some points on the same place, some in a row.
PLACES = np.float32(
    np.concatenate(
        [
            RNG.normal(0, 1, (300, 2)),
            RNG.normal([40, -7], 0.2, (300, 2)),
            np.repeat([[5.0, 5.0]], 40, axis=0),
            np.stack([np.arange(60.0), np.full(60, 3.0)], axis=1),
        ]
    )
)
CODES = np.float32(RNG.normal(size=(N, LATENT_DIM)))
IMAGES = np.uint8(RNG.integers(256, size=(N, 4, 6, 3)))
LABELS = np.uint8(np.arange(N) >= 300)
POINTS = MapPoints(PLACES, CODES, LABELS, ("left", "right"))
# On points, between them, and far outside.
QUERIES = np.concatenate(
    [PLACES[::37], RNG.normal([20, 0], [30, 10], (60, 2)), [[1e4, -3e4], [-500, 2]]]
)


def ask(
    folder: Path,
    cases: Sequence[Mapping[str, Any]],
    payloads: Sequence[bytes] = (POINTS.packed_points(),),
) -> list[Any]:
    for number, content in enumerate(payloads):
        (folder / f"{number}.bytes").write_bytes(content)
    (folder / "cases.json").write_text(json.dumps(cases), "utf-8")
    results: list[Any] = in_node(folder, Path(__file__).parent / "run_map.js")
    return results


def squared(places: NDArray[np.float32], at: NDArray[np.float64]) -> Any:
    return np.square(np.float64(places) - at).sum(axis=1)


# Points --------------------------------------------------------------------------


def test_points_and_images_arrive_as_they_were_packed(tmp_path: Path) -> None:
    payloads = [POINTS.packed_points(), packed_images(IMAGES, N)]
    cases = [{"kind": "points", "payload": 0}, {"kind": "images", "payload": 1}]
    points, images = ask(tmp_path, cases, payloads)
    assert (points["n"], points["latentDim"]) == (N, LATENT_DIM)
    np.testing.assert_array_equal(np.reshape(points["points"], (N, 2)), PLACES)
    np.testing.assert_array_equal(np.reshape(points["codes"], CODES.shape), CODES)
    np.testing.assert_array_equal(points["labels"], LABELS)
    assert images["shape"] == [4, 6, 3]
    assert images["pixels"] == IMAGES[-1].ravel().tolist()


@pytest.mark.parametrize("k", [1, 8, N, N + 5])
def test_the_grid_finds_the_nearest_points(tmp_path: Path, k: int) -> None:
    case = {"kind": "nearest", "payload": 0, "k": k, "places": QUERIES.tolist()}
    (found,) = ask(tmp_path, [case])
    for query, indices in zip(QUERIES, found, strict=True):
        distances = squared(PLACES, query)
        expected = np.sort(distances)[: min(k, N)]
        np.testing.assert_allclose(distances[indices], expected, rtol=1e-12)
        assert len(set(indices)) == len(indices)
        ties = np.flatnonzero(distances == distances.min())
        assert indices[0] == ties[0], "the lowest of equally near ones"


@pytest.mark.parametrize(
    "places",
    [[[2, 3]], [[2, 3]] * 7, [[0, 0], [0, 5], [0, 9]], [[1e-30, 0], [1e30, 0]]],
    ids=["one", "all in one place", "in a line", "far apart"],
)
def test_grids_of_odd_points_find_the_nearest(tmp_path: Path, places: list[list[float]]) -> None:
    n = len(places)
    points = MapPoints(
        np.array(places, np.float32), np.zeros((n, 1), np.float32), np.zeros(n, np.uint8), ("a",)
    )
    cases = [
        {"kind": "nearest", "payload": 0, "k": 1, "places": [*places, [7.0, -1.0]]},
        {"kind": "names", "payload": 0, "classes": 1},
    ]
    nearest, names = ask(tmp_path, cases, [points.packed_points()])
    assert nearest[:n] == [[places.index(place)] for place in places]
    assert nearest[n] == [int(squared(points.points, np.array([7, -1])).argmin())]
    assert len(names) == 1


def test_points_in_view_are_listed_until_there_are_too_many(tmp_path: Path) -> None:
    bounds = {"u0": 10, "v0": 2, "u1": 30, "v1": 4}
    cases = [{"kind": "within", "payload": 0, "bounds": bounds, "most": most} for most in (80, 20)]
    found, none = ask(tmp_path, cases)
    assert sorted(found) == [640 + u for u in range(10, 31)]
    assert none is None


# Decoding ------------------------------------------------------------------------


def test_a_plane_decodes_as_in_numpy(tmp_path: Path) -> None:
    offset, axes = RNG.normal(size=LATENT_DIM), RNG.normal(size=(2, LATENT_DIM))
    plane = Plane(offset, axes)
    spec = {"kind": "plane", "offset": offset.tolist(), "axes": axes.tolist()}
    places = RNG.normal(0, 3, (50, 2))
    case = {"kind": "codes", "payload": 0, "decoding": spec, "places": places.tolist()}
    (found,) = ask(tmp_path, [case])
    np.testing.assert_allclose(found, plane.codes(places), atol=1e-5)


@pytest.mark.parametrize("k", [1, 8])
def test_local_interpolation_decodes_as_in_numpy(tmp_path: Path, k: int) -> None:
    # Not in the line, where the k-th and the next are equally near.
    queries = QUERIES[QUERIES[:, 1] != 3]
    spec = {"kind": "local", "k": k}
    case = {"kind": "codes", "payload": 0, "decoding": spec, "places": queries.tolist()}
    (found,) = ask(tmp_path, [case])
    expected = [interpolate(query, PLACES, CODES, k=k) for query in queries]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_on_a_point_local_interpolation_gives_its_own_code(tmp_path: Path) -> None:
    chosen = [0, 3, 299, 310, 599]
    case = {
        "kind": "codes",
        "payload": 0,
        "decoding": {"kind": "local", "k": 8},
        "places": PLACES[chosen].tolist(),
    }
    (found,) = ask(tmp_path, [case])
    # Neighbours at a thousandth of the extent still weigh a little.
    np.testing.assert_allclose(found, CODES[chosen], atol=1e-3)


# Camera --------------------------------------------------------------------------

BOUNDS = {"u0": -3, "v0": 10, "u1": 5, "v1": 12}


def look(folder: Path, at: list[float], steps: list[list[Any]]) -> Any:
    case = {"kind": "camera", "bounds": BOUNDS, "size": [800, 400], "at": at}
    return ask(folder, [{**case, "steps": steps}])[0]


def test_the_whole_map_is_in_view_upright_and_in_proportion(tmp_path: Path) -> None:
    (x0, y0), (x1, y1) = look(tmp_path, [0, 0], [])["corners"]
    assert 0 < x0 < x1 < 800
    assert 0 < y1 < y0 < 400, "v points upwards"
    assert (x1 - x0) / 8 == pytest.approx((y0 - y1) / 2)
    assert (x0 + x1, y0 + y1) == pytest.approx((800, 400))


def test_zooming_keeps_what_is_under_the_pointer(tmp_path: Path) -> None:
    steps = [["zoomAt", 300, 250, factor] for factor in (1.7, 3, 0.5, 1e6, 0.9)]
    seen = look(tmp_path, [300, 250], steps)
    for step in seen["seen"]:
        assert step["after"] == pytest.approx(step["before"], abs=1e-9)
    assert seen["seen"][3]["zoom"] == 300
    assert seen["back"] == pytest.approx([300, 250], abs=1e-6)


def test_panning_moves_with_the_pointer_and_never_loses_the_data(tmp_path: Path) -> None:
    steps: list[list[Any]] = [["zoomAt", 400, 200, 4], ["panBy", 60, -20]]
    seen = look(tmp_path, [400, 200], steps)
    scale = (seen["corners"][1][0] - seen["corners"][0][0]) / 8
    before, after = seen["seen"][1]["before"], seen["seen"][1]["after"]
    assert after[0] - before[0] == pytest.approx(-60 / scale)
    assert after[1] - before[1] == pytest.approx(-20 / scale)
    far = look(tmp_path, [400, 200], [["panBy", -1e9, 1e9]])
    assert far["seen"][0]["after"] == pytest.approx([5, 12]), "a corner stays in view"


# Outlines and names --------------------------------------------------------------


def test_outlines_have_few_corners_and_slips_have_none(tmp_path: Path) -> None:
    turns = np.linspace(0, 2 * np.pi, 20_000)
    circle = np.stack([900 * np.cos(turns), 900 * np.sin(turns)], axis=1)
    cases = [
        {"kind": "outline", "shape": "lasso", "path": circle.tolist()},
        {"kind": "outline", "shape": "box", "path": [[1, 2], [5, 5], [30, 20]]},
        {"kind": "outline", "shape": "lasso", "path": [[1, 2], [3, 2], [2, 4]]},
        {"kind": "outline", "shape": "box", "path": [[1, 2]]},
    ]
    lasso, box, slip, click = ask(tmp_path, cases)
    assert 20 <= len(lasso) <= 60
    radii = np.linalg.norm(lasso, axis=1)
    np.testing.assert_allclose(radii, 900, rtol=1e-9)
    assert box == [[1, 2], [30, 2], [30, 20], [1, 20]]
    assert slip == click == []


def test_names_stand_where_their_classes_are_densest(tmp_path: Path) -> None:
    (names,) = ask(tmp_path, [{"kind": "names", "payload": 0, "classes": 2}])
    places = {name["label"]: (name["u"], name["v"]) for name in names}
    assert places[0] == pytest.approx((0, 0), abs=0.5)
    assert places[1] == pytest.approx((40, -7), abs=0.5)


def test_names_never_overlap_and_the_last_gives_way(tmp_path: Path) -> None:
    names = [{"name": "n", "x": 100, "y": 50, "width": 40} for _ in range(30)]
    taken = [{"x": 100, "y": 50, "width": 10}]
    (placed,) = ask(tmp_path, [{"kind": "spread", "names": names, "taken": taken}])
    heights = sorted([50, *(name["y"] for name in placed)])
    assert len(heights) == 3, "one above and one below what is taken"
    assert min(np.diff(heights)) >= 15


# Refusals ------------------------------------------------------------------------

WHOLE = POINTS.packed_points()
PICTURES = packed_images(IMAGES, N)
LATE_NAN = WHOLE[:12] + struct.pack("<f", float("nan")) + WHOLE[16:]
DAMAGED = {
    "nothing": b"",
    "a name alone": WHOLE[:4],
    "a header cut off": WHOLE[:11],
    "one byte short": WHOLE[:-1],
    "one byte long": WHOLE + b"\0",
    "no points": b"MAPP" + struct.pack("<2I", 0, 5),
    "no code": b"MAPP" + struct.pack("<2I", 5, 0) + bytes(45),
    "too many points": b"MAPP" + struct.pack("<2I", 1 << 31, 5) + WHOLE[12:],
    "sizes that overflow": b"MAPP" + struct.pack("<2I", 1 << 20, 4097),
    "a number that is none": LATE_NAN,
    "another name": b"MAPX" + WHOLE[4:],
    "images": PICTURES,
}
DAMAGED_IMAGES = {
    "nothing": b"",
    "points": WHOLE,
    "images one byte short": PICTURES[:-1],
    "images one byte long": PICTURES + b"\0",
    "no images": b"MAPI" + struct.pack("<4I", 0, 2, 2, 1),
    "images of two channels": b"MAPI" + struct.pack("<4I", 1, 2, 2, 2) + bytes(8),
    "images of no height": b"MAPI" + struct.pack("<4I", 1, 0, 2, 1),
    "images too wide": b"MAPI" + struct.pack("<4I", 1, 1, 1 << 20, 1) + bytes(1 << 20),
}


@pytest.mark.parametrize(("kind", "damaged"), [("points", DAMAGED), ("images", DAMAGED_IMAGES)])
def test_damaged_files_are_refused_in_a_sentence(
    tmp_path: Path, kind: str, damaged: Mapping[str, bytes]
) -> None:
    cases = [{"kind": kind, "payload": number} for number in range(len(damaged))]
    results = ask(tmp_path, cases, list(damaged.values()))
    for name, result in zip(damaged, results, strict=True):
        assert "error" in result, name
        assert 10 < len(result["error"]) < 200, name
