import base64
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from ae.projection.linear import NOTEBOOK_SEED
from ae.ui.projection.figure import projection_figure
from ae.ui.projection.run import project
from ae.ui.projection.sketch import sketch
from ae.ui.projection.stage import MAX_FRAMES, frame_epochs
from ae.ui.projection.words import describe, verdict
from tests.pages.apps import component

Settings = tuple[int, float, float, float, int, float, int, int]
PAGE = Path(__file__).parents[2] / "pages" / "learn" / "projection.py"
CLASSIC = (60, 0.1, 0.3, 0.1, 4, 1.5, 20, NOTEBOOK_SEED)
EXPLODED = (60, 0.1, 0.3, 0.1, 4, 2.5, 20, NOTEBOOK_SEED)


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(PAGE), default_timeout=30)


def metric(page: AppTest, label: str) -> str:
    """Return a number of the frame on which the figure opens."""
    data = component(page, "frames")
    names = ("Loss", "Loss / floor", "Angle")
    numbers = dict(zip(names, data["frames"][data["opening"]]["numbers"], strict=True))
    return str({**numbers, "PCA's floor": data["floor"]}[label])


def click(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()


def captions(page: AppTest) -> str:
    return " ".join(caption.value for caption in page.caption)


def test_it_opens_on_the_classic_run(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert metric(page, "PCA's floor") == "0.00339"
    assert metric(page, "Loss") == "0.00511"
    assert metric(page, "Loss / floor") == "1.51"
    assert metric(page, "Angle") == "1.7°"
    assert "40 steps" in captions(page)
    assert len(page.get("plotly_chart")) == 1
    assert not page.warning


def test_training_until_it_converges_reaches_pca(page: AppTest) -> None:
    page.run()
    click(page, "Train until it converges")
    assert not page.exception
    assert float(metric(page, "Loss / floor")) <= 1.01
    assert float(metric(page, "Angle").rstrip("°")) <= 1
    assert "within 1 %" in captions(page)


def test_too_fast_warns_and_the_classic_run_recovers(page: AppTest) -> None:
    page.run()
    click(page, "Too fast: watch it diverge")
    assert not page.exception
    assert "smaller learning rate" in page.warning[0].value
    frames = component(page, "frames")["frames"]
    shown = component(page, "frames")["opening"]
    assert shown < len(frames) - 1
    assert float(frames[shown]["numbers"][0]) < 1 < float(frames[-1]["numbers"][0])
    click(page, "The classic run: 20 epochs")
    assert not page.warning
    assert metric(page, "Loss") == "0.00511"


def test_reset_brings_back_cloud_and_training(page: AppTest) -> None:
    page.run()
    page.slider(key="cloud_noise").set_value(0.4)
    page.select_slider(key="linear_epochs").set_value(100).run()
    assert metric(page, "PCA's floor") != "0.00339"
    click(page, "Reset")
    assert metric(page, "Loss") == "0.00511"


def test_new_initial_weights_change_the_run_but_not_the_floor(page: AppTest) -> None:
    page.run()
    click(page, "New initial weights")
    assert page.number_input(key="linear_seed").value == NOTEBOOK_SEED + 1
    assert metric(page, "PCA's floor") == "0.00339"
    assert metric(page, "Loss") != "0.00511"


def test_the_last_seed_is_followed_by_the_first(page: AppTest) -> None:
    page.run()
    page.number_input(key="linear_seed").set_value(9999).run()
    click(page, "New initial weights")
    assert page.number_input(key="linear_seed").value == 0


@pytest.mark.parametrize("garbage", ["99999", "-3", "nan", "", "a"])
def test_garbage_in_the_link_does_not_crash(page: AppTest, garbage: str) -> None:
    keys = "linear_rate linear_epochs linear_seed pca_plane cloud_points cloud_noise "
    keys += "cloud_w1 cloud_w2 cloud_seed unknown"
    for key in keys.split():
        page.query_params[key] = garbage
    page.run()
    assert not page.exception
    assert metric(page, "PCA's floor")


def test_a_link_restores_the_run(page: AppTest) -> None:
    page.query_params["linear_epochs"] = "100"
    page.query_params["cloud_points"] = "200"
    page.run()
    assert page.select_slider(key="linear_epochs").value == 100
    assert "100 epochs are 700 steps" in captions(page)


def test_a_phone_and_a_turned_chart_still_draw(page: AppTest) -> None:
    point = {"x": 1.0, "y": 1.0, "z": 1.0}
    page.session_state["viewport"] = {"narrow": True}
    page.session_state["camera"] = {"camera": {"eye": point, "center": point, "up": point}}
    page.run()
    assert not page.exception
    assert "1060" in page.get("plotly_chart")[0].proto.spec


@pytest.mark.parametrize("nonsense", [3, "x", {}, {"eye": 1}, {"eye": {"x": "a"}}])
def test_a_nonsense_camera_is_ignored(page: AppTest, nonsense: object) -> None:
    page.session_state["camera"] = {"camera": nonsense}
    page.run()
    assert not page.exception


@pytest.mark.parametrize("last", [0, 1, 5, 20, 63, 64, 300, 1000])
def test_frames_are_few_and_denser_early(last: int) -> None:
    epochs = frame_epochs(last)
    assert epochs[0] == 0
    assert epochs[-1] == last
    assert len(epochs) <= MAX_FRAMES
    gaps = np.diff(epochs)
    assert (gaps > 0).all()
    if last <= 20:
        assert epochs == list(range(last + 1))
    elif last >= 300:
        assert gaps[0] < gaps[-1]


@pytest.mark.parametrize(
    "settings",
    [
        CLASSIC,
        EXPLODED,
        (60, 0.1, 0.3, 0.1, 4, 3.0, 20, 1),
        (20, -1.0, 1.0, 0.5, 0, 0.1, 1, 0),
        (500, 1.0, 1.0, 0.01, 9999, 1.5, 1000, 9999),
        (60, 0.0, 0.0, 0.0, 4, 0.5, 300, 0),
        (60, 0.1, 0.3, 0.1, 4, 1e300, 20, 0),
    ],
)
@pytest.mark.parametrize("narrow", [False, True])
def test_every_figure_is_valid_and_finite(settings: Settings, narrow: bool) -> None:
    run = project(*settings)
    drawn = projection_figure(run, narrow=narrow)
    figure = go.Figure(**drawn)  # validates every property
    assert [frame.name for frame in figure.frames] == [
        str(epoch) for epoch in frame_epochs(int(figure.frames[-1].name))
    ]
    assert np.isfinite(figure.layout.yaxis.range).all()
    assert np.isfinite(figure.layout.yaxis2.range).all()
    assert np.isfinite(figure.layout.scene.xaxis.range).all()
    for frame in drawn["frames"]:
        assert frame["traces"] == list(range(7))
        for trace in frame["data"]:
            assert not np.isinf(np.asarray(trace.get("x", []), dtype=float)).any()
    assert verdict(run).endswith(".")
    assert describe(run).endswith(".")


def test_it_opens_on_the_last_epoch_and_ends_on_pcas_plane() -> None:
    settled = project(60, 0.1, 0.3, 0.1, 4, 0.5, 1000, NOTEBOOK_SEED)
    figure = projection_figure(settled)
    assert int(figure["data"][5]["x"][0]) == 1000
    learned = corners(figure, 1)
    best = corners(figure, -1) / 1.06
    np.testing.assert_allclose(learned, best, atol=0.03)


def test_the_loss_over_new_points_is_drawn_beside_that_over_the_cloud() -> None:
    run = project(*CLASSIC)
    curves = [t for t in projection_figure(run)["data"] if t.get("line", {}).get("dash") == "dot"]
    assert curves[0]["y"] == pytest.approx(run.validation, rel=1e-3)
    assert run.validation[-1] > run.comparison.floor
    assert f"ends at {run.validation[-1]:.4f}" in describe(run)


def test_pcas_plane_can_be_hidden() -> None:
    run = project(*CLASSIC)
    names = [t.get("name") for t in projection_figure(run, show_pca=False)["data"]]
    assert "PCA's plane" not in names


def test_words_tell_settling_from_jitter_and_from_stopping_early() -> None:
    def words(rate: float, epochs: int) -> str:
        return verdict(project(60, 0.1, 0.3, 0.1, 4, rate, epochs, NOTEBOOK_SEED))

    assert "still 1.51 times" in words(1.5, 20)
    assert "jitter" in words(1.5, 300)
    assert "within 1 %" in words(0.5, 1000)
    assert "slowly" in words(0.01, 1000)


def corners(figure: dict[str, Any], trace: int) -> NDArray[np.float64]:
    return np.stack([figure["data"][trace][axis] for axis in "xyz"], axis=1)


@pytest.mark.parametrize("settings", [CLASSIC, EXPLODED])
def test_the_sketch_shows_what_the_scene_does(settings: Settings) -> None:
    figure = projection_figure(project(*settings))
    drawn = sketch(figure)
    kind, _, content = drawn["address"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    svg = ElementTree.fromstring(base64.b64decode(content))
    tags = [element.tag.rpartition("}")[2] for element in svg]
    in_scene = [trace for trace in figure["data"] if trace["type"].endswith("3d")]
    lines = [trace for trace in in_scene if trace.get("mode") == "lines"]
    assert tags.count("polygon") == 1
    assert tags.count("path") == len(lines)
    assert tags.count("circle") <= 2 * settings[0]
    assert "nan" not in base64.b64decode(content).decode()


def test_the_sketch_is_seen_from_where_the_scene_is() -> None:
    """In the middle of the picture is what the camera looks at; what is higher is above it."""
    figure = projection_figure(project(*CLASSIC))
    scene = figure["layout"]["scene"]
    high = float(scene["zaxis"]["range"][1])
    target = dict.fromkeys("xyz", 0.0)
    camera = {"eye": {"x": 0.0, "y": -2.0, "z": 0.0}, "center": target, "up": target | {"z": 1.0}}
    points = {"x": [0.0, 0.0, high], "y": [0.0, 0.0, 0.0], "z": [0.0, high, 0.0]}
    marker = {"size": 1, "color": [0, 1, 2], "colorscale": [[0, "#000000"], [1, "#ffffff"]]}
    trace = {"type": "scatter3d", "mode": "markers", "marker": marker} | points
    layout = figure["layout"] | {"scene": scene | {"camera": camera}}
    drawn = sketch({"data": [trace], "layout": layout})
    svg = ElementTree.fromstring(base64.b64decode(drawn["address"].partition(",")[2]))
    middle, above, right = ([float(each.get(at, "")) for at in ("cx", "cy")] for each in svg)
    assert middle == [0, 0]
    # The scene is .7 high, and Plotly sees 45 degrees from two units away.
    far = drawn["side"] / 2 * 0.35 / (2 * np.tan(np.pi / 8))
    np.testing.assert_allclose(above, [0, -far], atol=0.1)
    np.testing.assert_allclose(right, [far, 0], atol=0.1)
