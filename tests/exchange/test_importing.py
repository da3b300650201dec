"""From networks made elsewhere to model folders."""

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from ae import models
from ae.__main__ import main
from ae.exchange.importing import save
from ae.exchange.onnx_file import read
from ae.metrics import squared_error
from tests.exchange.files import NETWORKS, path_of, run_onnx, shares, spots

N = 120
# What the fixtures' encoders give.
VAES = ("dense", "upsampling", "keras")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imported")


@pytest.fixture(scope="module", params=NETWORKS)
def imported(request: pytest.FixtureRequest, shelf: Path) -> tuple[str, models.Autoencoder]:
    name = request.param
    images, low = spots(N, NETWORKS[name][0])
    folder = save(
        name,
        decoder=path_of(name, "decoder"),
        encoder=path_of(name, "encoder"),
        images=images,
        labels=np.where(low, "low", "high"),
        attributes={"low": low},
        shelf=shelf,
    )
    return name, models.open_folder(folder)


def test_networks_become_a_folder_like_those_of_our_own_training(
    imported: tuple[str, models.Autoencoder],
) -> None:
    name, model = imported
    shape, code = NETWORKS[name]
    assert model.image_shape == shape
    assert model.latent_dim == np.prod(code)
    assert model.card.kind == ("vae" if name in VAES else "autoencoder")
    assert model.card.class_names == ("high", "low")
    assert set(model.directions) == {"low"}
    assert set(model.card.evaluation) == {"test", "validation"}
    assert model.card.evaluation["test"]["n"] == len(model.codes) < N / 4
    assert model.card.evaluation["test"]["pca"]["mse"] > 0
    assert model.decoder_safetensors is not None
    if name in VAES:
        assert set(model.maps) == {"pca", "tsne"}
        assert model.card.evaluation["test"]["elbo"]["kl"] > 0


def test_a_folder_gives_what_the_networks_give(imported: tuple[str, models.Autoencoder]) -> None:
    name, model = imported
    images = shares(9, model.image_shape)
    if name == "keras":  # channels last, and from 0 to 1
        codes, _ = run_onnx(path_of(name, "encoder"), images)
        (pictures,) = run_onnx(path_of(name, "decoder"), codes)
        np.testing.assert_allclose(model.decode(codes), pictures, atol=1e-5)
    elif name == "dcgan":  # channels first, and from -1 to 1
        (codes,) = run_onnx(path_of(name, "encoder"), 2 * images.transpose(0, 3, 1, 2) - 1)
        (pictures,) = run_onnx(path_of(name, "decoder"), codes)
        codes, expected = codes[:, :, 0, 0], (pictures.transpose(0, 2, 3, 1) + 1) / 2
        np.testing.assert_allclose(model.decode(codes), expected, atol=1e-5)
    elif name == "grid":  # codes in a grid, counted channels last
        (codes,) = run_onnx(path_of(name, "encoder"), images.transpose(0, 3, 1, 2))
        codes = codes.transpose(0, 2, 1).reshape(9, -1)
    else:
        pytest.skip("one of each sort is enough")
    np.testing.assert_allclose(model.encode(images), codes, atol=1e-4)


def test_what_is_kept_is_measured_on_images_that_nothing_was_fitted_to(
    imported: tuple[str, models.Autoencoder],
) -> None:
    _, model = imported
    images, (_, low) = shares(N, model.image_shape), spots(N, model.image_shape)
    known = next(iter(model.known.values()))
    assert len(known.codes) + len(model.codes) < N  # and some to validate on
    codes = model.encode(images)
    place = np.abs(codes[:, None] - model.codes).sum(axis=2).argmin(axis=0)
    assert len(set(place.tolist())) == len(model.codes)
    np.testing.assert_array_equal(model.attributes["low"], low[place])
    tested = images[place]
    assert model.images is not None
    np.testing.assert_array_equal(model.images, tested)
    errors = squared_error(tested, model.reconstruct(tested))
    np.testing.assert_allclose(model.errors, errors, atol=1e-6)


def spread(op: str, called: str) -> bytes:
    """Return the dense encoder, which gives in place of its log-variance what is made of it."""
    model = onnx.load(path_of("dense", "encoder"))
    half = numpy_helper.from_array(np.float32(0.5), "half")
    model.graph.initializer.append(half)
    model.graph.node.append(helper.make_node("Mul", ["logvar", "half"], ["log_spread"]))
    model.graph.node.append(helper.make_node(op, ["log_spread"], [called]))
    model.graph.output[1].name = called
    return model.SerializeToString()


def test_a_standard_deviation_is_taken_for_what_it_is_or_refused(tmp_path: Path) -> None:
    shape, _ = NETWORKS["dense"]
    decoder, images = path_of("dense", "decoder").read_bytes(), spots(N, shape)[0]

    def kl(name: str, encoder: bytes) -> float:
        folder = save(name, encoder=encoder, decoder=decoder, images=images, shelf=tmp_path)
        found: float = models.read_card(folder).evaluation["test"]["elbo"]["kl"]
        return found

    as_it_is = kl("plain", path_of("dense", "encoder").read_bytes())
    assert kl("std", spread("Exp", "std")) == pytest.approx(as_it_is, rel=1e-5)
    with pytest.raises(ValueError, match="'std' is above 0 for every image"):
        kl("soft", spread("Softplus", "std"))


def test_logits_are_no_pixels(tmp_path: Path) -> None:
    shape, _ = NETWORKS["upsampling"]
    model = onnx.load(path_of("upsampling", "decoder"))
    times = numpy_helper.from_array(np.float32(300), "times")
    last = model.graph.output[0].name
    model.graph.initializer.append(times)
    model.graph.node.append(helper.make_node("Mul", [last, "times"], ["logits"]))
    model.graph.output[0].name = "logits"
    encoder, images = path_of("upsampling", "encoder").read_bytes(), spots(N, shape)[0]
    decoder = model.SerializeToString()
    with pytest.raises(ValueError, match="may be their logits"):
        save("logits", encoder=encoder, decoder=decoder, images=images, shelf=tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_linear_network_is_not_taken_for_one_that_gives_logits(tmp_path: Path) -> None:
    """What it makes of images from 0 to 255, which it is tried with, says nothing of it."""
    shape, n = (8, 8, 1), 64
    images = spots(N, shape)[0]
    rows = np.linalg.svd(images.reshape(N, n) / 255)[2][:4].astype(np.float32)

    def network(takes: list[int], weights: NDArray[np.float32], gives: list[int]) -> bytes:
        sizes = {"flat": np.array([-1, weights.shape[0]]), "whole": np.array([-1, *gives])}
        nodes = [
            helper.make_node("Reshape", ["in", "flat"], ["row"]),
            helper.make_node("MatMul", ["row", "weights"], ["made"]),
            helper.make_node("Reshape", ["made", "whole"], ["out"]),
        ]
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *size])
            for name, size in (("in", takes), ("out", gives))
        ]
        weighed = [numpy_helper.from_array(v, k) for k, v in {**sizes, "weights": weights}.items()]
        graph = helper.make_graph(nodes, "linear", ends[:1], ends[1:], weighed)
        opset = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()

    folder = save(
        "linear",
        encoder=network([1, 8, 8], np.ascontiguousarray(rows.T), [4]),
        decoder=network([4], rows, [1, 8, 8]),
        images=images,
        shelf=tmp_path,
    )
    measured = models.read_card(folder).evaluation["test"]
    assert measured["model"]["mse"] < 0.5 * measured["mean_image"]["mse"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"labels": ["a", None] * (N // 2)}, "all numbers or all texts"),
        ({"attributes": [1.0] * N}, "a mapping from each name"),
        ({"attributes": {"low": ["x"] * N}}, "attribute 'low' is not"),
    ],
)
def test_labels_and_attributes_that_are_none_are_one_sentence(
    more: dict[str, Any], words: str, tmp_path: Path
) -> None:
    shape, _ = NETWORKS["dense"]
    encoder, decoder = (path_of("dense", part).read_bytes() for part in ("encoder", "decoder"))
    given: dict[str, Any] = {"images": spots(N, shape)[0], "shelf": tmp_path, **more}
    with pytest.raises(ValueError, match=words):
        save("x", encoder=encoder, decoder=decoder, **given)


@pytest.mark.parametrize("name", ["dcgan", "grid", "residual"])
def test_a_decoder_alone_becomes_a_folder(name: str, tmp_path: Path) -> None:
    said: list[str] = []
    decoder = path_of(name, "decoder").read_bytes()
    model = models.open_folder(save(name, decoder=decoder, shelf=tmp_path, say=said.append))
    assert isinstance(model, models.Decoder)
    assert not isinstance(model, models.Autoencoder)
    shape, code = NETWORKS[name]
    images = model.decode(np.zeros((3, int(np.prod(code))), np.float32))
    assert images.shape == (3, *shape)
    assert "Without an encoder" in " ".join(said)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("last", ["Tanh", "Clip"])
def test_a_dense_decoder_of_many_pixels_from_minus_one_to_one_is_live(
    last: str, layout: str, tmp_path: Path
) -> None:
    shape = [3, 32, 40] if layout == "nchw" else [32, 40, 3]
    rng, n = np.random.default_rng(0), math.prod(shape)
    constants = {
        "w": rng.normal(0, 0.5, (8, n)).astype(np.float32),
        "b": rng.normal(0, 0.5, n).astype(np.float32),
        "low": np.float32(-1),
        "high": np.float32(1),
        "shape": np.array([-1, *shape], np.int64),
    }
    limits = ["low", "high"] if last == "Clip" else []
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"]),
        helper.make_node(last, ["h", *limits], ["a"]),
        helper.make_node("Reshape", ["a", "shape"], ["y"]),
    ]
    weights = [numpy_helper.from_array(np.asarray(each), name) for name, each in constants.items()]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *sizes])
        for name, sizes in (("x", [8]), ("y", shape))
    ]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], weights)
    opsets = [helper.make_opsetid("", 17)]
    decoder = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    model = models.open_folder(save("x", decoder=decoder, shelf=tmp_path, value_range="-1,1"))
    assert model.decoder_digest
    assert model.image_shape == (32, 40, 3)
    codes = rng.normal(size=(4, 8)).astype(np.float32)
    (expected,) = run_onnx(decoder, codes)
    expected = expected.transpose(0, 2, 3, 1) if layout == "nchw" else expected
    np.testing.assert_allclose(model.decode(codes), (expected + 1) / 2, atol=1e-5)


def write_pictures(folder: Path, low: np.ndarray, images: np.ndarray) -> None:
    for number, (is_low, image) in enumerate(zip(low, images, strict=True)):
        path = folder / ("low" if is_low else "high") / "more" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(path)


def test_sub_folders_are_classes(tmp_path: Path) -> None:
    images, low = spots(N, (12, 10, 1))
    write_pictures(tmp_path / "pictures", low, images)
    (tmp_path / "pictures" / ".hidden").mkdir()
    (tmp_path / "pictures" / ".hidden" / "x.png").write_bytes(b"x")
    rows = [f"{'low' if each else 'high'}/more/{k}.png,{k}" for k, each in enumerate(low)]
    table = "\n".join(["file,number", *rows])
    (tmp_path / "pictures" / "attributes.csv").write_text(table, encoding="utf-8")
    networks = {which: path_of("dense", which) for which in ("encoder", "decoder")}
    given = {"images": tmp_path / "pictures", "shelf": tmp_path / "shelf"}
    model = models.open_folder(save("x", **networks, **given))  # type: ignore[arg-type]
    assert model.card.class_names == ("high", "low")
    numbers = model.attributes["number"].astype(int)
    assert 0 < len(numbers) < N / 4
    np.testing.assert_array_equal(model.labels, low[numbers])
    np.testing.assert_array_equal(model.images, shares(N, (12, 10, 1))[numbers])
    # One more folder around them all is no class.
    around = tmp_path / "around"
    write_pictures(around / "all", low, images)
    wrapped = models.open_folder(save("z", **networks, **given | {"images": around}))  # type: ignore[arg-type]
    assert wrapped.card.class_names == ("high", "low")
    with pytest.raises(ValueError, match="give a folder a table or sub-folders"):
        save("y", **networks, **given, labels=low)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"are a table; write it as attributes\.csv"):
        save("y", **networks, **given, attributes={"low": low})  # type: ignore[arg-type]
    Image.fromarray(images[0, ..., 0]).save(around / "beside.png")
    with pytest.raises(ValueError, match="pictures and folders with pictures"):
        save("y", **networks, **given | {"images": around})  # type: ignore[arg-type]
    (tmp_path / "pictures" / "low" / "damaged.png").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"damaged\.png: This file is not a PNG"):
        save("y", **networks, **given)  # type: ignore[arg-type]


def test_a_model_of_the_same_name_gives_way_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["import", "mine", "--shelf", str(tmp_path), "--title"]
    decoder = ["--decoder", str(path_of("dense", "decoder"))]
    assert main([*command, "First", *decoder]) == 0
    assert main([*command, "Second", *decoder]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("There is a model 'mine' already; nothing was changed. Give another")
    assert models.open_folder(tmp_path / "mine").card.title == "First"
    assert main([*command, "Third", *decoder, "--replace"]) == 0
    assert models.open_folder(tmp_path / "mine").card.title == "Third"


def test_what_was_found_out_is_said_and_can_be_overruled(tmp_path: Path) -> None:
    said: list[str] = []
    path = path_of("dcgan", "decoder")
    found = models.open_folder(save("found", decoder=path, shelf=tmp_path, say=said.append))
    assert "Pictures: 16 x 16, colour, channels first; codes: 5 numbers." in said
    assert "Black and white are -1 and 1 (found)." in said
    told = save("told", decoder=path, shelf=tmp_path, value_range="0,1", say=said.append)
    codes = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    full = 2 * found.decode(codes) - 1
    expected = np.clip(full, 0, 1)
    np.testing.assert_allclose(models.open_folder(told).decode(codes), expected, atol=1e-5)


def test_a_range_that_no_activation_tells_is_the_one_that_rebuilds_best(tmp_path: Path) -> None:
    """Two matrices that undo each other, behind a clip that shows only 0 to 1."""
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(64, 64)))[0].astype(np.float32)

    def linear(takes: list[int], shape: list[int], matrix: np.ndarray) -> onnx.ModelProto:
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *sizes])
            for name, sizes in (("x", takes), ("y", shape))
        ]
        constants = {
            "flat": np.array([-1, 64], np.int64),
            "matrix": matrix,
            "shape": np.array([-1, *shape], np.int64),
            "low": np.float32(0 if takes == [1, 8, 8] else -9),
            "high": np.float32(1 if takes == [1, 8, 8] else 9),
        }
        nodes = [
            helper.make_node("Clip", ["x", "low", "high"], ["c"]),
            helper.make_node("Reshape", ["c", "flat"], ["a"]),
            helper.make_node("MatMul", ["a", "matrix"], ["b"]),
            helper.make_node("Reshape", ["b", "shape"], ["y"]),
        ]
        weights = [
            numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
        ]
        graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], weights)
        opsets = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    size = np.float32(0.5)
    networks = linear([1, 8, 8], [64], axes / size), linear([64], [1, 8, 8], size * axes.T)
    rng = np.random.default_rng(0)
    dark = np.where(rng.random((700, 8, 8)) < 0.5, 0, 255).astype(np.uint8)
    said: list[str] = []
    encoder, decoder = networks
    folder = save(
        "linear", encoder=encoder, decoder=decoder, images=dark, shelf=tmp_path, say=said.append
    )
    assert "Black and white are -1 and 1 (found)." in said
    assert "Images are rebuilt best with black and white as 0 and 1." in said
    assert models.open_folder(folder).card.evaluation["test"]["model"]["mse"] < 1e-6


def broken(change: Callable[[onnx.ModelProto], None]) -> bytes:
    model = onnx.load(path_of("dense", "decoder"))
    change(model)
    return bytes(model.SerializeToString())


def elsewhere(model: onnx.ModelProto) -> None:
    weights = model.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../secret")


def own_domain(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "com.example"


def looped(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("body", model.graph))


def wide_open(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "d"


def two_inputs(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("b", TensorProto.FLOAT, ["n", 3]))


def other_size(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 7


def no_picture(model: onnx.ModelProto) -> None:
    shape = numpy_helper.from_array(np.array([-1, 60, 2], np.int64), "flat")
    model.graph.initializer.append(shape)
    model.graph.node.append(
        helper.make_node("Reshape", [model.graph.output[0].name, "flat"], ["y"])
    )
    model.graph.output[0].name = "y"
    del model.graph.output[0].type.tensor_type.shape.dim[:]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (elsewhere, "weights in another file"),
        (own_domain, "operators of its own"),
        (looped, "loops or branches"),
        (wide_open, "leaves open how many numbers"),
        (two_inputs, "must have one input"),
        (other_size, "could not be run|not a network that ONNX Runtime runs"),
        (no_picture, "they must be grey or in colour"),
    ],
)
def test_what_cannot_be_imported_is_said(
    change: Callable[[onnx.ModelProto], None], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=words):
        save("x", decoder=broken(change), shelf=tmp_path, say=lambda words: None)
    assert not list(tmp_path.iterdir())


def test_weights_beside_a_file_are_read_and_no_others(tmp_path: Path) -> None:
    model = onnx.load(path_of("dense", "decoder"))
    path = tmp_path / "decoder.onnx"
    onnx.save(model, path, save_as_external_data=True, location="weights", size_threshold=0)
    assert read(path, "It").graph.initializer[0].raw_data
    (tmp_path / "weights").rename(tmp_path / "moved")
    (tmp_path / "weights").symlink_to(tmp_path / "moved")
    with pytest.raises(ValueError, match="not beside it"):
        read(path, "It")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": np.zeros((20, 9, 9))}, "the networks take"),
        ({"images": np.full((20, 12, 10), np.nan)}, "not finite"),
        ({"images": np.full((20, 12, 10), "a")}, "not an array of numbers"),
        ({"labels": [1, 2]}, "labels of shape"),
        ({"attributes": {"low": [1.0]}}, "is not 20 numbers"),
        ({"layout": "nhcw"}, "nchw or nhwc"),
        ({"title": "<b>"}, "plain words"),
    ],
)
def test_what_does_not_fit_the_networks_is_said(
    changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    given: dict[str, object] = {"images": np.zeros((20, 12, 10))} | changes
    networks = {which: path_of("dense", which) for which in ("encoder", "decoder")}
    with pytest.raises(ValueError, match=words):
        save("x", **networks, **given, shelf=tmp_path, say=lambda words: None)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


@pytest.mark.thorough
def test_the_command_imports_and_the_older_model_stays_if_it_cannot(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", spots(N, (12, 10, 1))[0])
    images = tmp_path / "images.npy"
    options = ["--encoder", path_of("dense", "encoder"), "--images", images, "--replace"]

    def run(decoder: Path) -> subprocess.CompletedProcess[str]:
        command = ["-m", "ae", "import", "mine", "--decoder", decoder, "--shelf", tmp_path / "s"]
        return subprocess.run(
            [sys.executable, *map(str, [*command, *options])], capture_output=True, text=True
        )

    done = run(path_of("dense", "decoder"))
    assert done.returncode == 0, done.stderr
    assert "log-variance the output 'logvar'" in done.stderr
    assert "mean_image" in done.stdout
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"x" * 100)
    failed = run(damaged)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("The decoder is not an ONNX")
    assert models.open_folder(tmp_path / "s" / "mine").card.kind == "vae"
