"""A model folder in one file: whole when it comes out, and refused when it is anything else."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ae import models
from ae.__main__ import main
from ae.exchange.folder import add, pack, retitle
from ae.shelf.card import CARD


@pytest.fixture
def packed(toy_shelf: Path) -> bytes:
    retitle(toy_shelf / "first", "First toy")
    return pack(models.load("first"))


def changed(packed: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    """Return a packed model whose files, by path, were changed in passing."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return result.getvalue()


def test_what_is_packed_is_the_same_model_elsewhere(
    packed: bytes, toy_shelf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, other = tmp_path / "first.zip", tmp_path / "other"
    file.write_bytes(packed)
    assert main(["shelf", "add", str(file), "--shelf", str(other), "--replace"]) == 0
    assert [path.name for path in other.iterdir()] == ["first"]
    assert (other / "first" / "decoder.safetensors").is_file()
    for path in (toy_shelf / "first").iterdir():
        assert (other / "first" / path.name).read_bytes() == path.read_bytes()
    assert pack(models.open_folder(other / "first")) == packed
    assert main(["shelf", "add", str(file)]) == 1
    assert "There is a model 'first' already" in capsys.readouterr().err


def test_a_title_that_another_model_has_is_numbered(packed: bytes, toy_shelf: Path) -> None:
    shutil.rmtree(toy_shelf / "first")
    retitle(toy_shelf / "second", "First toy")
    assert add(packed, toy_shelf).title == models.load("first").card.title == "First toy 2"


REFUSED: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "two folders": (lambda files: files.update({"other/x": b""}), "no zip of a model folder"),
    "a way out": (lambda files: files.update({"first/../x": b""}), "no zip of a model folder"),
    "a script": (lambda files: files.update({"first/run.py": b"print()"}), "nothing else"),
    "a missing file": (lambda files: files.pop("first/codes.npz"), "nothing else"),
    "no card": (lambda files: files.pop("first/card.json"), "card.json is missing, .*; zip"),
    "a longer card": (lambda files: files.update({"first/card.json": bytes(2 << 20)}), "too large"),
    "another network": (
        lambda files: files.update({"first/decoder.onnx": files["first/encoder.onnx"]}),
        "decoder.onnx is not the file its card describes",
    ),
    "another name": (
        lambda files: files.update(
            {"first/card.json": files["first/card.json"].replace(b'"first"', b'"../../x"', 1)}
        ),
        "its name must be lower-case letters",
    ),
    "too much": (lambda files: files.update({"first/bomb": bytes(300 << 20)}), "no zip of a model"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_model_is_refused_and_leaves_nothing(
    packed: bytes, what: str, tmp_path: Path
) -> None:
    change, words = REFUSED[what]
    other = tmp_path / "other"
    with pytest.raises(ValueError, match=words):
        add(changed(packed, change), other, replace=True)
    assert not other.exists() or not list(other.iterdir())


def test_damaged_bytes_are_refused(packed: bytes, tmp_path: Path) -> None:
    cut, garbled = packed[:-30], bytearray(packed)
    garbled[len(packed) // 3] ^= 255
    encrypted = bytearray(packed)
    encrypted[packed.index(b"PK\1\2") + 8] |= 1
    for data in (b"", b"PK", cut, bytes(garbled), bytes(encrypted), bytes(65 << 20)):
        with pytest.raises(ValueError, match=r"^(The file is damaged|A packed model|This is no)"):
            add(data, tmp_path / "other", replace=True)


def test_a_link_in_the_zip_is_only_its_text(packed: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for name, content in files.items():
            link = zipfile.ZipInfo(name)
            link.external_attr = 0o120777 << 16
            archive.writestr(link, b"/etc/passwd" if name.endswith(CARD) else content)
    with pytest.raises(ValueError, match=r"card\.json is damaged"):
        add(result.getvalue(), tmp_path / "other", replace=True)
