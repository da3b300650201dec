from math import erf, pi, sqrt
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import ae.data
from ae.__main__ import main
from ae.data import drawn_faces, face_drawing
from ae.data.drawn_faces import ATTRIBUTES, CORRELATIONS, attributes_of, draw

Picture = NDArray[np.uint8]

BY_NAME = {a.name: a for a in ATTRIBUTES}
PLAIN: dict[str, float] = {
    "smile": 0.2,
    "mouth opening": 0.3,
    "eye opening": 0.7,
    "gaze": 0.0,
    "brow angle": 0.0,
    "face width": 0.5,
    "skin tone": 0.3,
    "hair length": 0.2,
    "hair colour": 0.3,
    "glasses": 0.0,
    "beard": 0.0,
    "hat": 0.0,
    "head tilt": 0.0,
    "background": 0.5,
}
# Regions of PLAIN: rows and columns.
EYES = slice(24, 32), slice(17, 47)
BROWS = slice(17, 24), slice(17, 47)
MOUTH = slice(37, 49), slice(22, 42)
FACE = slice(26, 45), slice(24, 40)
FOREHEAD = slice(18, 21), slice(28, 36)
BOTTOM = slice(60, 64), slice(0, 64)
CORNER = slice(0, 8), slice(0, 8)
CHANGES = {
    "smile": [MOUTH],
    "mouth opening": [MOUTH],
    "eye opening": [EYES],
    "gaze": [EYES],
    "brow angle": [BROWS],
    "face width": [EYES, BROWS],
    "skin tone": [FACE, FOREHEAD],
    "hair length": [],
    "hair colour": [BROWS],
    "glasses": [EYES],
    "beard": [MOUTH],
    "hat": [],
    "head tilt": [EYES, BROWS, MOUTH],
    "background": [CORNER, BOTTOM],
}
LEAVES = {
    "smile": [EYES, BROWS, FOREHEAD, BOTTOM, CORNER],
    "mouth opening": [EYES, BROWS, FOREHEAD, BOTTOM, CORNER],
    "eye opening": [MOUTH, FOREHEAD, BOTTOM, CORNER],
    "gaze": [BROWS, MOUTH, FOREHEAD, BOTTOM, CORNER],
    "brow angle": [MOUTH, FACE, BOTTOM, CORNER],
    "face width": [BOTTOM, CORNER],
    "skin tone": [BOTTOM, CORNER],
    "hair length": [FACE, CORNER],
    "hair colour": [FACE, MOUTH, BOTTOM, CORNER],
    "glasses": [MOUTH, FOREHEAD, BOTTOM, CORNER],
    "beard": [EYES, BROWS, FOREHEAD, BOTTOM, CORNER],
    "hat": [EYES, MOUTH, BOTTOM, CORNER],
    "head tilt": [BOTTOM, CORNER],
    "background": [FACE],
}


def face(**changes: float) -> Picture:
    """PLAIN with changes; underscores stand for spaces."""
    return draw(PLAIN | {k.replace("_", " "): v for k, v in changes.items()})


def changed(a: Picture, b: Picture) -> NDArray[np.bool_]:
    return (a != b).any(axis=-1)


def test_the_known_regions_name_every_attribute() -> None:
    assert set(BY_NAME) == set(PLAIN) == set(CHANGES) == set(LEAVES)


@pytest.mark.parametrize("name", BY_NAME)
def test_an_attribute_changes_its_own_region_and_leaves_the_others(name: str) -> None:
    low, high = BY_NAME[name].lowest, BY_NAME[name].highest
    difference = changed(draw(PLAIN | {name: low}), draw(PLAIN | {name: high}))
    assert difference.mean() > 0.01
    for region in CHANGES[name]:
        assert difference[region].mean() > 0.1
    for region in LEAVES[name]:
        assert not difference[region].any()


CHANGES_STEADILY = [a.name for a in ATTRIBUTES if a.kind == "continuous"]
CHANGES_STEADILY.remove("background")  # passes through all hues


@pytest.mark.parametrize("name", CHANGES_STEADILY)
def test_a_larger_change_of_an_attribute_changes_the_picture_more(name: str) -> None:
    low, high = BY_NAME[name].lowest, BY_NAME[name].highest
    first, *others = (
        draw(PLAIN | {name: float(value)}).astype(float) for value in np.linspace(low, high, 5)
    )
    distances = [float(np.abs(other - first).mean()) for other in others]
    assert distances[0] > 0
    assert distances == sorted(distances)


def mouth_row(picture: Picture, left: int, right: int) -> float:
    """Where a closed mouth lies in some columns of a large picture."""
    rows = np.arange(132, 200)
    darkness = np.maximum(0, 130.0 - picture[rows, left:right, 1]).sum(axis=1)
    return float(darkness @ rows / darkness.sum())


def test_the_mouth_bends_up_with_the_smile() -> None:
    bends = []
    for smile in np.linspace(-1, 0.25, 11):
        values = PLAIN | {"smile": float(smile), "mouth opening": 0}
        picture = draw(values, side=256)
        corners = mouth_row(picture, 108, 114), mouth_row(picture, 142, 148)
        bends.append(mouth_row(picture, 124, 132) - np.mean(corners))
    assert np.diff(bends).min() > 0.3  # pixels, of 256
    assert bends[0] < -8
    assert bends[-1] > 1


def test_teeth_show_in_a_grin_and_not_in_a_frown() -> None:
    white = [
        int((face(smile=smile, mouth_opening=0.5)[MOUTH] > 235).all(axis=-1).sum())
        for smile in (-1, 0, 0.5, 1)
    ]
    assert white[:2] == [0, 0]
    assert 0 < white[2] < white[3]


def test_the_whites_of_the_eyes_move_against_the_gaze() -> None:
    columns = np.arange(64)
    places = []
    for gaze in (-1, 0, 1):
        white = face(gaze=gaze, eye_opening=1)[EYES].min(axis=-1) > 200
        places.append(float(white.sum(axis=0) @ columns[EYES[1]] / white.sum()))
    assert places == sorted(places, reverse=True)
    assert places[1] == pytest.approx(31.5, abs=1)


def test_skin_darkens_evenly_over_its_whole_range() -> None:
    tones = np.linspace(0, 1, 9)
    below_the_nose = 37, 32
    lightness = [lightness_of(face(skin_tone=float(tone))[below_the_nose]) for tone in tones]
    steps = -np.diff(lightness)
    assert lightness[0] > 88
    assert lightness[-1] < 36
    assert steps.min() > 0.5 * steps.mean()
    assert steps.max() < 1.6 * steps.mean()


def lightness_of(colour: NDArray[np.uint8]) -> float:
    """CIE L*, 0 to 100, of an sRGB colour."""
    c = colour / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    y = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    return float(116 * np.cbrt(y) - 16)


@pytest.mark.parametrize("name", ["smile", "glasses"])
def test_faces_are_drawn_anew_with_more_of_one_attribute(name: str) -> None:
    known = drawn_faces.attributes_of(12, seed=5)
    images = drawn_faces.with_more(known, name)
    assert images.shape == (12, 64, 64, 3)
    for i, image in enumerate(images):
        face = {each: float(values[i]) for each, values in known.items()}
        # Two thirds of a smile's range of 2; whoever has glasses keeps them.
        face[name] = 1.0 if name == "glasses" else min(face[name] + 4 / 3, 1.0)
        expected = drawn_faces.draw(face)
        np.testing.assert_allclose(image * 255, expected, atol=1e-3)


def test_a_picture_can_be_drawn_anew_at_any_size() -> None:
    large = draw(PLAIN, side=256)
    assert large.shape == (256, 256, 3)
    reduced = large.reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.abs(reduced - draw(PLAIN)).mean() < 2
    edges = np.abs(np.diff(large.astype(int), axis=1)).max()
    assert edges > 150  # crisp, not a small picture enlarged
    assert draw(PLAIN, side=8).shape == (8, 8, 3)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"smile": 1.5}, "smile must be -1 to 1"),
        ({"smile": float("nan")}, "smile must be"),
        ({"hat": 0.5}, "hat must be 0 or 1"),
        ({"wings": 1.0}, "wings"),
    ],
)
def test_impossible_faces_are_refused(change: dict[str, float], part: str) -> None:
    with pytest.raises(ValueError, match=part):
        draw(PLAIN | change)


def test_incomplete_faces_and_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="gaze"):
        draw({name: value for name, value in PLAIN.items() if name != "gaze"})
    with pytest.raises(ValueError, match="side"):
        draw(PLAIN, side=4096)


def test_every_value_lies_in_its_range_and_all_are_equally_likely() -> None:
    n = 4000
    values = attributes_of(n, seed=5)
    assert tuple(values) == tuple(BY_NAME)
    for a in ATTRIBUTES:
        column = values[a.name]
        assert column.shape == (n,)
        assert column.dtype == np.float32
        if a.kind == "binary":
            assert set(column.tolist()) == {0.0, 1.0}
            assert column.mean() == pytest.approx(a.share, abs=4 * 0.5 / sqrt(n))
        else:
            assert a.lowest <= column.min() <= column.max() <= a.highest
            tenths = np.histogram(column, 10, (a.lowest, a.highest))[0]
            assert np.abs(tenths - n / 10).max() < 5 * sqrt(n / 10)


def test_the_same_seed_gives_the_same_faces_and_fewer_are_the_first() -> None:
    for biased in (False, True):
        many, few = attributes_of(20, 7, biased), attributes_of(5, 7, biased)
        other = attributes_of(20, 8, biased)
        for name in BY_NAME:
            np.testing.assert_array_equal(many[name][:5], few[name])
        assert not np.array_equal(many["smile"], other["smile"])


def correlations(biased: bool, n: int) -> NDArray[np.float64]:
    values = attributes_of(n, 11, biased)
    return np.corrcoef(np.stack([values[name] for name in BY_NAME]))


def test_attributes_are_independent_unless_asked() -> None:
    n = 20_000
    between = correlations(False, n)[np.triu_indices(len(ATTRIBUTES), 1)]
    assert np.abs(between).max() < 4.5 / sqrt(n)


def standard(values: NDArray[Any], a: drawn_faces.Attribute) -> NDArray[np.float64]:
    """What an attribute is at normal scores, up to its unit."""
    ranks = np.array([(1 + erf(v / sqrt(2))) / 2 for v in values.ravel()])
    ranks = ranks.reshape(values.shape)
    return (ranks > 1 - a.share).astype(float) if a.kind == "binary" else ranks


def expected_correlation(c: drawn_faces.Correlation) -> float:
    """The correlation of values, by adding up the normal density on a grid."""
    grid = np.linspace(-6, 6, 301)
    x, noise = np.meshgrid(grid, grid, indexing="ij")
    weight = np.exp(-(x**2 + noise**2) / 2)
    weight /= weight.sum()
    a = standard(x, BY_NAME[c.leader])
    b = standard(c.strength * x + sqrt(1 - c.strength**2) * noise, BY_NAME[c.follower])
    mean_a, mean_b = (weight * a).sum(), (weight * b).sum()
    covariance = (weight * (a - mean_a) * (b - mean_b)).sum()
    spread = (weight * (a - mean_a) ** 2).sum() * (weight * (b - mean_b) ** 2).sum()
    return float(covariance / sqrt(spread))


def test_biased_faces_have_the_documented_correlations_and_no_others() -> None:
    n = 20_000
    found = correlations(True, n)
    place = {name: i for i, name in enumerate(BY_NAME)}
    for c in CORRELATIONS:
        i, j = place[c.leader], place[c.follower]
        expected = expected_correlation(c)
        assert found[i, j] == pytest.approx(expected, abs=0.03), c
        assert abs(expected) > 0.4
        if "binary" not in (BY_NAME[c.leader].kind, BY_NAME[c.follower].kind):
            closed_form = 6 / pi * np.arcsin(c.strength / 2)
            assert expected == pytest.approx(closed_form, abs=0.005)
    tied = {frozenset((c.leader, c.follower)) for c in CORRELATIONS}
    tied.add(frozenset(("mouth opening", "brow angle")))  # both follow the smile
    for i, a in enumerate(BY_NAME):
        for b in list(BY_NAME)[i + 1 :]:
            if frozenset((a, b)) not in tied:
                assert abs(found[place[a], place[b]]) < 4.5 / sqrt(n)


def test_each_attribute_alone_is_as_common_in_biased_faces() -> None:
    plain, biased = attributes_of(5000, 3), attributes_of(5000, 3, biased=True)
    for name in BY_NAME:
        spread = float(plain[name].std())
        assert biased[name].mean() == pytest.approx(plain[name].mean(), abs=spread / 15)
        assert biased[name].std() == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("biased", [False, True])
def test_a_split_holds_the_pictures_of_its_attributes(biased: bool) -> None:
    data = drawn_faces.load("validation", biased=biased, n=12)
    assert data.name == ("drawn-faces-biased" if biased else "drawn-faces")
    assert (data.split, data.images.shape) == ("validation", (12, 64, 64, 3))
    assert data.images.dtype == np.float32
    assert data.labels is not None
    for i, image in enumerate(data.images):
        values = {name: float(column[i]) for name, column in data.attributes.items()}
        np.testing.assert_array_equal(np.rint(image * 255), draw(values))
        assert data.class_names[data.labels[i]] == (
            "Smiling" if values["smile"] > 0 else "Frowning"
        )
    for array in (data.images, data.labels, *data.attributes.values()):
        assert not array.flags.writeable  # type: ignore[attr-defined]


def test_no_face_is_in_two_splits() -> None:
    splits = []
    for split, n in drawn_faces.SIZES.items():
        values = attributes_of(n, drawn_faces.SEEDS[split])
        splits.append(set(map(tuple, np.stack(list(values.values()), 1).tolist())))
        assert len(splits[-1]) == n
    assert len(set.union(*splits)) == sum(drawn_faces.SIZES.values())


def test_the_data_sets_load_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(drawn_faces.SIZES, "test", 3)
    for name in ae.data.DRAWN:
        data = ae.data.load(name, download=True)
        assert (data.name, data.split, len(data)) == (name, "test", 3)
        assert set(data.attributes) == set(BY_NAME)


@pytest.mark.parametrize("biased", [False, True])
def test_faces_on_demand_are_those_of_the_split_each_drawn_once(
    biased: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(drawn_faces.SIZES, "test", 12)
    everything = drawn_faces.load("test", biased=biased).images
    drawn: list[float] = []

    def draw_face(attributes: dict[str, float]) -> Picture:
        drawn.append(attributes["smile"])
        return face_drawing.draw_face(attributes)

    monkeypatch.setattr(drawn_faces, "draw_face", draw_face)
    faces = drawn_faces.FacesOnDemand("test", biased=biased)
    assert faces.shape == everything.shape
    assert not drawn
    for rows in (3, np.int64(5), np.array([5, 3, 7, 7]), np.array([], int), slice(2, 6)):
        np.testing.assert_array_equal(faces[rows], everything[rows])
    assert len(drawn) == 5  # 2 to 5, and 7
    faces[3][:] = 0  # a copy
    np.testing.assert_array_equal(faces[:], everything)
    assert len(drawn) == len(set(drawn)) == 12


def test_unknown_splits_and_too_many_faces_are_refused() -> None:
    with pytest.raises(ValueError, match="split must be one of"):
        drawn_faces.load("exam")
    with pytest.raises(ValueError, match="n must be 0 to 1000"):
        drawn_faces.load("validation", n=1001)


def test_there_is_nothing_to_download(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "drawn-faces"]) == 0
    assert "drawn" in (printed := capsys.readouterr().out)
    assert "nothing to download" in printed
