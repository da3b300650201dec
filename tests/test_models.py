from __future__ import annotations

import copy
import gc
import io
import os
import pickle
import weakref
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from ae import models
from ae.data import Dataset, drawn_faces
from ae.graph import to_safetensors
from ae.graph.onnx_builder import to_onnx
from ae.models import evaluate, read_card
from ae.shelf import network
from ae.shelf.arrays import read_arrays
from ae.shelf.card import CARD, FORMAT_VERSION, ModelCard
from ae.shelf.model import Companions
from tests import face_toys, toys

FILES = (*models.Autoencoder.FILES, *models.Autoencoder.OPTIONAL[:1])


def refusal(name: str = "first") -> str:
    with pytest.raises(ValueError, match=f"Model folder '{name}': ") as caught:
        models.load(name)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_a_toy_encodes_and_decodes_as_its_weights_say(toy_shelf: Path) -> None:
    autoencoder = models.load("first")
    (_, encoder), (_, decoder) = toys.networks()
    images = np.random.default_rng(2).random((5, 4, 4, 1), dtype=np.float32)
    codes = images.reshape(5, 16) @ encoder["code/kernel"] + encoder["code/bias"]
    np.testing.assert_allclose(autoencoder.encode(images), codes, atol=1e-6)
    logits = codes @ decoder["intensities/kernel"] + decoder["intensities/bias"]
    expected = (1 / (1 + np.exp(-logits))).reshape(5, 4, 4, 1)
    np.testing.assert_allclose(autoencoder.decode(codes), expected, atol=1e-6)
    np.testing.assert_allclose(autoencoder.reconstruct(images), expected, atol=1e-5)


def test_many_images_that_all_cores_code_come_back_in_their_order(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = models.load("first")
    codes = np.random.default_rng(0).standard_normal((301, model.latent_dim)).astype(np.float32)
    whole = model.decode(codes)
    monkeypatch.setattr(model._decoder, "_batch", 4)
    with ThreadPoolExecutor(4) as visitors:
        for images in visitors.map(model.decode, [codes] * 8):
            np.testing.assert_allclose(images, whole, atol=1e-6)


def test_nobody_waits_for_threads_that_work_for_others(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = models.load("first")
    codes = np.zeros((9, model.latent_dim), np.float32)
    monkeypatch.setattr(model._decoder, "_batch", 2)
    done = Event()
    busy = [network._HELPERS.submit(done.wait, 60) for _ in range(network._MOST_HELP)]
    try:
        assert len(model.decode(codes[:1])) == 1
        assert len(model.decode(codes)) == 9
        assert not any(each.done() for each in busy)
    finally:
        done.set()


def test_a_batch_equals_its_images_one_by_one(toy_shelf: Path) -> None:
    autoencoder = models.load("first")
    codes = np.random.default_rng(3).normal(size=(600, 3)).astype(np.float32)
    one_by_one = np.concatenate([autoencoder.decode(z[None]) for z in codes])
    np.testing.assert_allclose(autoencoder.decode(codes), one_by_one, atol=1e-6)
    assert autoencoder.decode(codes[:0]).shape == (0, 4, 4, 1)


def test_many_threads_get_the_same_answers(toy_shelf: Path) -> None:
    def work(seed: int) -> bool:
        codes = np.random.default_rng(seed).normal(size=(50, 3)).astype(np.float32)
        autoencoder = models.load("first")
        return np.array_equal(autoencoder.decode(codes), autoencoder.decode(codes))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(64)))
        loaded = list(pool.map(lambda _: models.load("second"), range(16)))
    assert len({id(autoencoder) for autoencoder in loaded}) == 1


@pytest.mark.parametrize("shape", [(4, 4, 1), (1, 4, 4), (1, 5, 4, 1), (1, 4, 4, 3)])
def test_images_of_another_shape_are_refused(toy_shelf: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected images of shape"):
        models.load("first").encode(np.zeros(shape, np.float32))


def test_an_unknown_name_lists_the_shelf(toy_shelf: Path) -> None:
    with pytest.raises(ValueError, match="no model 'third'; on the shelf: first, second"):
        models.load("third")
    with pytest.raises(ValueError, match="no model"):
        models.load("../first")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(toy_shelf: Path, name: str) -> None:
    (toy_shelf / "first" / name).unlink()
    assert f"{name} is missing" in refusal()
    assert [card.name for card in models.available()] == ["second"]
    assert len(models.survey()[1]) == 1


def test_weights_rest_until_a_network_is_run_and_are_still_those_of_the_card(
    toy_shelf: Path,
) -> None:
    model = models.load("first", models.Autoencoder)
    codes = np.zeros((2, model.latent_dim), np.float32)
    path = toy_shelf / "first" / "decoder.onnx"
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with pytest.raises(ValueError, match=r"decoder\.onnx is not the file its card describes"):
        model.decode(codes)
    assert "decoder.onnx is not the file its card describes" in refusal()
    path.write_bytes(data)
    first = model.decode(codes)
    path.unlink()  # once they are there the file is not needed
    np.testing.assert_array_equal(model.decode(codes), first)


def test_a_model_that_nobody_holds_is_let_go_at_once(toy_shelf: Path) -> None:
    """What is frozen is not collected, so it may hold no reference to itself."""
    model = weakref.ref(models.open_folder(toy_shelf / "first"))
    assert model() is None


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["truncated", "altered", "empty"])
def test_a_damaged_file_is_named(toy_shelf: Path, name: str, damage: str) -> None:
    path = toy_shelf / "first" / name
    data = path.read_bytes()
    middle = len(data) // 2
    altered = data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]
    path.write_bytes({"truncated": data[:middle], "altered": altered, "empty": b""}[damage])
    assert f"{name} is not the file its card describes" in refusal()
    assert models.load("second").latent_dim == 3


@pytest.mark.parametrize("name", FILES)
def test_nonsense_with_a_matching_card_is_refused(toy_shelf: Path, name: str) -> None:
    toys.replace_file(toy_shelf / "first", name, b"nonsense")
    assert name in refusal()


def test_a_newer_format_is_refused(toy_shelf: Path) -> None:
    toys.change_card(toy_shelf / "first", format_version=FORMAT_VERSION + 1)
    assert "is newer than" in refusal()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "incomplete"),
        ("{}", "incomplete"),
        ('{"format_version": 1}', "incomplete"),
        ("[" * 100_000, "incomplete|damaged"),
        ("9" * 10_000, "incomplete|damaged"),
        ('{"format_version": "[1](http://x)"}', "that is no number"),
    ],
)
def test_a_broken_card_is_refused(toy_shelf: Path, text: str, reason: str) -> None:
    (toy_shelf / "first" / CARD).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=reason):
        models.load("first")
    assert [card.name for card in models.available()] == ["second"]


@pytest.mark.parametrize(
    "changes",
    [
        {"latent_dim": -1},
        {"latent_dim": "3"},
        {"image_shape": [4, 4]},
        {"image_shape": [4, 4, 10**9]},
        {"title": 7},
        {"files": []},
        {"surprise": 1},
        {"name": "second"},
        {"kind": "diffusion"},
        {"kind": ["vae"]},
        {"image_shape": [float("inf"), 28, 1]},
        {"image_shape": 4},
        {"image_shape": ["4", 4, 1]},
        {"class_names": "abc"},
        {"class_names": [["a"]]},
        {"attributes": None},
        {"encoder_macs": "many"},
        {"format_version": None},
        {"kind": "vae"},
        {"evaluation": {}},
        {"evaluation": {"test": {"n": 6, "model": {"mse": "low"}}}},
        {"evaluation": {"test": []}},
        {"history": {"loss": [1.0], "val_loss": [1.0], "best_epoch": 5, "unit": ""}},
        {"history": {"loss": [1.0], "val_loss": [], "best_epoch": 0, "unit": ""}},
    ],
)
def test_a_card_that_makes_no_sense_is_refused(toy_shelf: Path, changes: dict[str, object]) -> None:
    toys.change_card(toy_shelf / "first", **changes)
    refusal()
    assert [card.name for card in models.available()] == ["second"]


Measured = dict[str, Any]

# What a page would stumble over in the numbers of a card, by kind of model.
GAPS: dict[str, Callable[[Measured, Measured], object]] = {
    "vae: NaN": lambda test, _: test["model"].update(mse=float("nan")),
    "vae: infinite": lambda test, _: test["pca"].update(bce_nats=float("inf")),
    "vae: an integer above all floats": lambda test, _: test.update(n=10**400),
    "vae: no KL": lambda test, _: test["elbo"].pop("kl"),
    "vae: no reconstruction": lambda test, _: test["elbo"].pop("reconstruction"),
    "vae: a KL too few": lambda test, _: test["elbo"]["kl_per_dimension"].pop(),
    "vae: KL in a table": lambda test, _: test["elbo"].update(kl_per_dimension={}),
    "vae: no distances": lambda test, _: test.update(feature_distance={}),
    "vae: edits in a list": lambda test, _: test.update(edits=[]),
    "vae: an edit is a list": lambda test, _: test.update(edits={"hat": [1]}),
    "vae: flips without n": lambda test, _: test.update(
        edits={"hat": {"flips": {"still_seen": 0.1}}}
    ),
    "vae: perfect is a number": lambda test, _: test.update(edits={"hat": {"perfect": 1}}),
    "denoiser: settings in a list": lambda test, _: test.update(settings=[]),
    "denoiser: methods in a list": lambda test, _: test["settings"]["blur"].update(methods=[]),
    "denoiser: method is a list": lambda test, _: test["settings"]["blur"]["methods"].update(
        median=[]
    ),
    "anomaly: no seeds": lambda _, history: history.pop("auroc_by_seed"),
    "anomaly: not one seed": lambda _, history: history.update(auroc_by_seed={}),
    "anomaly: a class too few": lambda _, history: history["auroc_by_seed"]["0"].pop(),
    "anomaly: no mean": lambda test, _: test.pop("mean"),
    "anomaly: another class": lambda test, _: test["classes"].update(k={}),
}


def write_kind(kind: str, folder: Path) -> Path:
    if kind == "anomaly":
        return toys.write_toy_detector(folder)
    if kind == "denoiser":
        return toys.write_toy_denoiser(folder, (8, 8, 1))
    return toys.write_toy_vae(folder, (16, 16, 1))


@pytest.mark.parametrize("gap", GAPS)
def test_a_card_without_the_numbers_that_pages_read_is_refused(tmp_path: Path, gap: str) -> None:
    folder = write_kind(gap.split(":")[0], tmp_path / "toy")
    card = read_card(folder)
    evaluation, history = copy.deepcopy((card.evaluation, card.history))
    GAPS[gap](evaluation["test"], history)
    toys.change_card(folder, evaluation=evaluation, history=history)
    with pytest.raises(ValueError, match="lacks the numbers that were measured"):
        read_card(folder)


def test_a_card_needs_no_numbers_before_they_are_measured(tmp_path: Path) -> None:
    folder = toys.write_toy_vae(tmp_path / "toy", (16, 16, 1))
    toys.change_card(folder, evaluation={})
    models.open_folder(folder, measured=False)
    with pytest.raises(ValueError, match="lacks the numbers"):
        models.open_folder(folder)


def test_an_older_card_is_read_by_todays_names(tmp_path: Path) -> None:
    folder = toys.write_toy_vae(tmp_path / "toy", (16, 16, 1))
    evaluation = copy.deepcopy(read_card(folder).evaluation)
    distances = {"prior": 3.0, "fitted": 2.0, "training": 1.0, "n": 6}
    evaluation["test"]["feature_fid"] = distances
    toys.change_card(folder, evaluation=evaluation)
    measured = read_card(folder).evaluation["test"]
    assert measured["feature_distance"] == distances
    assert "feature_fid" not in measured


@pytest.mark.parametrize("sign", "[]()<>`*_#!|\\$\n\x00\u202e\ud800")
def test_a_title_is_plain_words(toy_shelf: Path, sign: str) -> None:
    toys.change_card(toy_shelf / "first", title=f"a{sign}b")
    assert "its title must be plain words" in refusal()


@pytest.mark.parametrize("title", ["", " ", "a" * 61, "www.example.org", "http://a"])
def test_a_title_is_short_and_no_address(toy_shelf: Path, title: str) -> None:
    toys.change_card(toy_shelf / "first", title=title)
    assert "its title must be plain words" in refusal()


@pytest.mark.parametrize(
    "summary",
    [
        "[here](http://example.org)",
        "![](http://example.org/a.png)",
        "<img src=x>",
        "See https://example.org.",
        "Mail me@example.org.",
        ":red[Danger]",
        "two\nlines",
        "a" * 301,
    ],
)
def test_a_summary_has_no_links_and_pictures(toy_shelf: Path, summary: str) -> None:
    toys.change_card(toy_shelf / "first", summary=summary)
    assert "its summary must be plain words" in refusal()
    plain = "Looks (twice) at 28 by 28 pixels: 784-100-30, 50 % done!"
    toys.change_card(toy_shelf / "second", summary=plain)
    assert models.load("second").card.summary == plain


@pytest.mark.parametrize(
    "name", ["[here](a)", "![](http://example.org/a.png)", "<img src=x>", "a@b", "", "a" * 81]
)
@pytest.mark.parametrize("field", ["class_names", "attributes"])
def test_classes_and_attributes_are_plain_words(toy_shelf: Path, field: str, name: str) -> None:
    toys.change_card(toy_shelf / "first", **{field: [name]})
    assert "names of classes and attributes must be plain words" in refusal()


def test_networks_of_another_shape_are_refused(toy_shelf: Path) -> None:
    toys.change_card(toy_shelf / "first", latent_dim=4)
    assert "its card says" in refusal()
    _, (graph, weights) = toys.networks()
    swapped = to_onnx(graph, weights, ("image",))
    toys.replace_file(toy_shelf / "second", "encoder.onnx", swapped)
    assert "encoder.onnx maps" in refusal("second")


@pytest.mark.parametrize(
    "arrays",
    [
        {"codes": np.zeros((6, 2), np.float32)},
        {"codes": np.full((6, 3), np.nan, np.float32)},
        {"codes": np.full((6, 3), "a")},
        {"codes": np.zeros((6, 3), np.complex64)},
        {"codes": np.zeros((6, 3), bool)},
        {"codes": np.zeros((6, 3), "datetime64[s]")},
        {"codes": np.zeros((6, 3), [("a", "f4")])},
        {"codes": np.array(1.0)},
        {
            "codes": np.zeros((0, 3), np.float32),
            "labels": np.zeros(0, np.uint8),
            "mse": np.zeros(0, np.float32),
        },
        {"labels": np.zeros(5, np.uint8)},
        {"labels": np.zeros(6, np.float32)},
        {"labels": np.full(6, -20)},
        {"mse": np.zeros((6, 1), np.float32)},
    ],
)
def test_codes_that_do_not_fit_are_refused(toy_shelf: Path, arrays: dict[str, np.ndarray]) -> None:
    whole: dict[str, np.ndarray] = {
        "codes": np.zeros((6, 3), np.float32),
        "labels": np.zeros(6, np.uint8),
        "mse": np.zeros(6, np.float32),
    }
    toys.replace_file(toy_shelf / "first", "codes.npz", toys.npz(**{**whole, **arrays}))
    assert "does not fit" in refusal()


def archive(name: str, content: bytes, compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        file.writestr(name, content)
    return buffer.getvalue()


def npy_of_shape(shape: str) -> bytes:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}\n"
    size = len(header).to_bytes(2, "little")
    return b"\x93NUMPY\x01\x00" + size + header.encode() + bytes(16)


def deflated() -> bytes:
    return archive("codes.npy", npy_of_shape("(4,)") * 40, zipfile.ZIP_DEFLATED)


def with_torn_deflate() -> bytes:
    data = bytearray(deflated())
    start = 30 + len("codes.npy")
    data[start : start + 8] = b"\xff" * 8
    return bytes(data)


def with_compression(method: int) -> bytes:
    data = bytearray(deflated())
    directory = data.index(b"PK\x01\x02")
    data[8:10] = data[directory + 10 : directory + 12] = method.to_bytes(2, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        archive("codes.txt", b"words"),
        archive("codes.npy", b"words"),
        archive("codes.npy", npy_of_shape("(10000000000000,)")),
        archive("codes.npy", npy_of_shape("(-1,)")),
        archive("codes.npy", npy_of_shape("(" * 3000)),
        with_torn_deflate(),
        with_compression(99),
        b"",
        npy_of_shape("(4,)"),
    ],
    ids=["text", "no array", "huge", "negative", "deep", "torn", "99", "empty", "bare"],
)
def test_arrays_that_cannot_be_unpacked_are_one_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^codes\.npz is damaged$"):
        read_arrays(data, "codes.npz")


def test_arrays_that_unpack_to_too_much_are_refused() -> None:
    bomb = archive("codes.npy", bytes(257 << 20), zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    with pytest.raises(ValueError, match="unpacks to more than is allowed"):
        read_arrays(bomb, "codes.npz")


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [0.0, 0.0]])
def test_a_mixture_without_shares_is_refused(tmp_path: Path, weights: list[float]) -> None:
    folder = toys.write_toy_vae(tmp_path / "toy", (16, 16, 1))
    arrays = stored(folder / "codes.npz")
    arrays["sampler_weights"] = np.array(weights, np.float32)
    for name in ("sampler_means", "sampler_factors"):
        arrays[name] = np.repeat(arrays[name], 2, axis=0)
    toys.replace_file(folder, "codes.npz", toys.npz(**arrays))
    with pytest.raises(ValueError, match="holds no shares"):
        models.open_folder(folder)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("normal.npz", {"codes_4": np.array(1.0)}),
        ("normal.npz", {"codes_4": np.full((8, 3), "a")}),
        ("scores.npz", {"labels": np.array(1)}),
        ("scores.npz", {"labels": np.zeros(20, np.float32)}),
        ("scores.npz", {"labels": np.zeros(20, np.uint8)}),
        ("scores.npz", {"detector_held_out": np.array(1.0)}),
    ],
)
def test_a_detectors_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, name: str, changes: dict[str, np.ndarray]
) -> None:
    folder = toys.write_toy_detector(tmp_path / "toy")
    toys.replace_file(folder, name, toys.npz(**{**stored(folder / name), **changes}))
    with pytest.raises(ValueError, match=r"does not fit|lacks images of a class"):
        models.open_folder(folder)


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ({"spares_upper_half": ["hat"]}, ""),
        ({"spares_upper_half": True}, "spare"),
        ({"spares_upper_half": ["wig"]}, "spare"),
        ({"spares_upper_half": [["hat"]]}, "spare"),
        ({}, "spare"),
    ],
)
def test_what_a_recipe_says_of_directions_is_checked(
    tmp_path: Path, recipe: dict[str, object], reason: str
) -> None:
    folder = face_toys.write_toy_faces(tmp_path / "faces")
    arrays = stored(folder / "codes.npz")
    disturbance = np.eye(3, dtype=np.float32)
    content = toys.npz(**arrays, disturbance=disturbance)
    toys.replace_file(folder, "codes.npz", content)
    toys.change_card(folder, recipe=recipe)
    if reason:
        with pytest.raises(ValueError, match=reason):
            models.open_folder(folder)
        return
    known = models.open_folder(folder).known["toy"]
    assert list(known.spared) == ["hat"]


def test_attributes_may_be_partly_known_but_are_numbers(tmp_path: Path) -> None:
    folder = face_toys.write_toy_faces(tmp_path / "faces")
    arrays = stored(folder / "codes.npz")
    for unknown in (np.nan, np.inf):
        table = arrays["attributes"].copy()
        table[3, 1] = unknown
        content = toys.npz(**{**arrays, "attributes": table})
        toys.replace_file(folder, "codes.npz", content)
        if np.isnan(unknown):
            glasses = models.open_folder(folder).attributes["glasses"]
            assert np.flatnonzero(np.isnan(glasses)).tolist() == [3]
        else:
            with pytest.raises(ValueError, match="'attributes' is missing or does not"):
                models.open_folder(folder)


def stored(file: Path) -> dict[str, np.ndarray]:
    with np.load(file) as arrays:
        return {name: arrays[name] for name in arrays.files}


def test_pickles_are_never_read(toy_shelf: Path) -> None:
    marker = toy_shelf / "ran"

    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {marker}",)

    toys.replace_file(toy_shelf / "first", "codes.npz", pickle.dumps(Harm()))
    refusal()
    objects = np.array([Harm()], dtype=object)
    np.savez(toy_shelf / "objects.npz", codes=objects)
    harmful = (toy_shelf / "objects.npz").read_bytes()
    toys.replace_file(toy_shelf / "second", "codes.npz", harmful)
    refusal("second")
    assert not marker.exists()


@pytest.mark.parametrize("name", [CARD, *FILES])
def test_links_are_refused(toy_shelf: Path, tmp_path: Path, name: str) -> None:
    path = toy_shelf / "first" / name
    outside = tmp_path / "outside"
    path.rename(outside)
    path.symlink_to(outside)
    assert f"{name} is a link" in refusal()


def test_a_linked_folder_is_refused(toy_shelf: Path, tmp_path: Path) -> None:
    (toy_shelf / "first").rename(tmp_path / "elsewhere")
    (toy_shelf / "first").symlink_to(tmp_path / "elsewhere")
    assert "must not be a link" in refusal()
    assert [card.name for card in models.available()] == ["second"]


def test_a_folder_with_a_hostile_name_is_refused(toy_shelf: Path) -> None:
    (toy_shelf / "first").rename(toy_shelf / "**bold** <b>")
    cards, refusals = models.survey()
    assert [card.name for card in cards] == ["second"]
    assert "its name must be" in refusals[0].reason
    assert "*" not in refusals[0].reason


def test_a_folder_that_must_not_be_read_is_refused(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Permissions would not stop a test that runs as root.
    def is_file(path: Path) -> bool:
        if path.parent.name == "first":
            raise PermissionError(13, "Permission denied")
        return real(path)

    real = Path.is_file
    monkeypatch.setattr(Path, "is_file", is_file)
    assert "Permission denied" in refusal()
    assert [card.name for card in models.available()] == ["second"]


def test_a_judge_that_is_refused_is_passed_over(toy_shelf: Path) -> None:
    model = models.load("second")
    toys.write_toy_judge(toy_shelf / "a-judge")
    (toy_shelf / "a-judge" / "judge.onnx").write_bytes(b"damaged")
    assert models.companion(model, models.Judge) is None
    toys.write_toy_judge(toy_shelf / "b-judge")
    judge = models.companion(model, models.Judge)
    assert judge is not None
    assert judge.card.name == "b-judge"


class Weather(models.Model):
    """A kind that nothing else in the app has heard of."""

    FILES = ("sky.txt",)
    sky: str

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        yield from super().numbers(card)
        yield card.evaluation["test"]["clouds"]

    def _open(self, files: dict[str, bytes]) -> None:
        self.sky = files["sky.txt"].decode()


def measure_weather(model: Weather, data: Dataset, companion: Companions) -> dict[str, Any]:
    beside = companion(models.Autoencoder)
    return {"n": len(data), "sky": model.sky, "beside": beside and beside.card.name}


def test_another_kind_of_model_is_a_row_of_the_table(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = toy_shelf / "first"
    (folder / "sky.txt").write_bytes(b"")
    toys.change_card(folder, kind="weather")
    assert "does not know its kind" in refusal()
    kind = models.Kind(Weather, measure_weather, "tests.test_models:measure_weather")
    monkeypatch.setitem(models.KINDS, "weather", kind)
    assert "lacks the numbers" in refusal()
    toys.change_card(folder, evaluation={"test": {"n": 6, "clouds": 3}})
    toys.replace_file(folder, "sky.txt", b"blue")
    assert models.load("first", Weather).sky == "blue"
    assert [card.name for card in models.available(Weather)] == ["first"]
    assert [card.name for card in models.available(models.Autoencoder)] == ["second"]
    with pytest.raises(ValueError, match="is no autoencoder"):
        models.load("first", models.Autoencoder)
    images = np.zeros((2, *toys.SHAPE), np.float32)
    measured = evaluate(models.load("first"), Dataset("toy", "test", images, None))
    assert measured == {"test": {"n": 2, "sky": "blue", "beside": "second"}}


@pytest.mark.parametrize("kind", models.KINDS)
def test_the_table_names_a_trainer_that_is_there(kind: str) -> None:
    if kind == "decoder":  # which is only ever imported
        return
    module, name = models.KINDS[kind].trainer.split(":")
    path = Path(__file__).parent.parent / f"{module.replace('.', '/')}.py"
    assert f"\ndef {name}(" in path.read_text(encoding="utf-8")


def test_a_damaged_own_model_does_not_hide_the_shipped_one(
    toy_shelf: Path, toy_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    toys.copy_toy(toy_model, tmp_path / "shipped" / "first")
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "shipped")
    (toy_shelf / "first" / CARD).unlink()
    assert models.load("first").latent_dim == 3
    assert {card.name for card in models.available()} == {"first", "second"}


def test_a_retrained_model_replaces_the_loaded_one(toy_shelf: Path) -> None:
    before = models.load("first")
    toys.change_card(toy_shelf / "first", title="Retrained")
    os.utime(toy_shelf / "first" / CARD, ns=(1, 1))
    assert models.load("first").card.title == "Retrained"
    assert before.card.title == "Toy"
    gone = weakref.ref(before)
    del before
    gc.collect()
    assert gone() is None, "the older model is still held"


@pytest.mark.parametrize("name", ["intensities/kernel", "intensities/bias"])
@pytest.mark.parametrize("change", [0.01, float("1e30")])
def test_weights_for_the_browser_that_decode_something_else_are_refused(
    toy_shelf: Path, name: str, change: float
) -> None:
    _, (graph, weights) = toys.networks()
    weights[name].flat[5] += change
    toys.replace_file(toy_shelf / "first", "decoder.safetensors", to_safetensors(graph, weights))
    assert "decoder.safetensors and decoder.onnx do not agree" in refusal()


def test_a_decoder_of_other_codes_or_pictures_is_refused(toy_shelf: Path) -> None:
    (encoder, weights), _ = toys.networks()
    other = to_safetensors(encoder, weights)
    toys.replace_file(toy_shelf / "first", "decoder.safetensors", other)
    assert "decoder.safetensors is no decoder" in refusal()
    _, (graph, weights) = toys.networks((4, 2, 2))
    other = to_safetensors(graph, weights)
    toys.replace_file(toy_shelf / "second", "decoder.safetensors", other)
    assert "decoder.safetensors and decoder.onnx do not agree" in refusal("second")


def test_the_browser_gets_the_weights_that_the_server_uses(toy_shelf: Path) -> None:
    _, (graph, weights) = toys.networks()
    assert models.load("first").decoder_safetensors == to_safetensors(graph, weights)


def test_what_is_far_was_calibrated_on_validation_images() -> None:
    model, held_out = models.load("faces-vae"), drawn_faces.load("validation").images
    assert model.calibration is not None
    scores = np.sort(model.calibration.score(model.encode(held_out)))
    np.testing.assert_allclose(model.calibration.scores, scores, rtol=1e-3, atol=1e-2)
