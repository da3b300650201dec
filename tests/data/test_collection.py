"""Pictures of one's own, as strangers send them."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ae.data
from ae.data import collection
from ae.data.gathering import Limits, files_in_folder, files_in_zip, prepare
from ae.data.splits import SPLITS
from ae.images.sheets import png_bytes
from ae.shelf.places import home
from tests.training.pictures import zipped

RNG = np.random.default_rng(0)


def picture(side: int = 32, *, grey: bool = False) -> bytes:
    pixels = RNG.integers(0, 255, (side, side, 1 if grey else 3), np.uint8)
    return png_bytes(pixels)


def some(n: int = 60, folder: str = "", **how: object) -> dict[str, bytes]:
    return {f"{folder}{number:03}.png": picture(**how) for number in range(n)}  # type: ignore[arg-type]


def test_folders_are_classes_and_what_cannot_be_used_is_named() -> None:
    files = {**some(40, "my set/cats/"), **some(30, "my set/dogs_2/")}
    files["my set/cats/broken.png"] = b"\x89PNG\r\n\x1a\nno"
    files["my set/cats/copy.png"] = files["my set/cats/000.png"]
    files["my set/dogs_2/tiny.png"] = picture(9)
    files["__MACOSX/my set/._x.png"] = files["my set/notes.txt"] = b"x"
    found = prepare(files_in_zip(zipped(files)))
    assert found.classes == {"cats": 40, "dogs 2": 30}
    assert (found.n, found.side, found.colour, found.sizes) == (70, 32, True, (9, 32))
    assert found.named == {
        "unreadable": ["cats/broken.png"],
        "too small": ["dogs_2/tiny.png"],
        "twice": ["cats/copy.png"],
        "of a kind that is not read": ["my set/notes.txt"],
    }
    splits = [ae.data.load(found.dataset, split) for split in SPLITS]
    assert [len(split) for split in splits] == [50, 10, 10]
    assert all(split.class_names == ("cats", "dogs 2") for split in splits)
    assert collection.kept() == [found]
    assert prepare(files_in_zip(zipped(files))) == found
    collection.forget(found.digest)
    assert collection.kept() == []
    with pytest.raises(ValueError, match="not on this machine"):
        ae.data.load(found.dataset)


def test_labels_attributes_and_pixels_stay_together() -> None:
    files, rows = {}, ["file,bright,level"]
    for number in range(60):
        level = 4 * number
        pixels = np.full((16, 16), level, np.uint8)
        pixels[0] = number
        files[f"{'ab'[number % 2]}/{number}.png"] = png_bytes(pixels)
        rows.append(f"{number}.png,{int(number >= 30)},{level}")
    files["attributes.csv"] = "\n".join(rows).encode()
    files["a/again.png"] = files["a/0.png"]
    files["attributes.csv"] += b"\nagain.png,0,0"
    found = prepare(files_in_zip(zipped(files)))
    assert (found.n, found.colour, found.image_shape) == (60, False, (16, 16, 1))
    for split in SPLITS:
        data = ae.data.load(found.dataset, split)
        shown = np.rint(data.images[:, 8, 8, 0] * 255)
        np.testing.assert_array_equal(shown, data.attributes["level"])
        np.testing.assert_array_equal(data.attributes["bright"], shown >= 120)
        np.testing.assert_array_equal(data.labels, shown / 4 % 2)


def test_without_folders_the_first_yes_or_no_column_gives_classes() -> None:
    files = some(50)
    rows = [f"{name},{number % 2}" for number, name in enumerate(files)]
    table = "\n".join(["file,odd", *rows]).encode()
    found = prepare(files_in_zip(zipped({**files, "attributes.csv": table})))
    assert ae.data.load(found.dataset).class_names == ("No odd", "odd")


def test_a_folder_is_read_as_a_zip_is(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for name, content in some(55, "one/").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "one" / "link.png").symlink_to("/etc/hostname")
    assert prepare(files_in_folder(folder)).n == 55
    with pytest.raises(FileNotFoundError, match="no folder"):
        files_in_folder(folder / "nothing")


def bomb() -> bytes:
    """A zip whose entries each unpack to a picture of 24 million pixels."""
    large = io.BytesIO()
    Image.new("L", (6000, 4000)).save(large, "PNG")
    tail = RNG.bytes
    return zipped({f"{n}.png": large.getvalue() + tail(4) for n in range(60)})


def encrypted() -> bytes:
    content = bytearray(zipped(some(60)))
    for at in range(len(content) - 4):
        if content[at : at + 4] == b"PK\x01\x02":
            content[at + 8] |= 1
    return bytes(content)


def hidden_directory() -> bytes:
    content = zipped(some(2))
    at = content.rfind(b"PK\5\6")
    locator = b"PK\6\7" + struct.pack("<IQI", 0, 0, 1)
    return content[:at] + locator + content[at:]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"no zip", "damaged, or of a rare kind"),
        (lambda: zipped(some(60))[:-30], "damaged, or of a rare kind"),
        (hidden_directory, "damaged, or of a rare kind"),
        (lambda: zipped({}), "There are no pictures"),
        (lambda: zipped(some(20)), "Only 20 pictures can be used, and a training needs 50"),
        (lambda: zipped(dict.fromkeys(some(60), picture())), "Only 1 picture can .*59 twice"),
        (lambda: zipped({"a.png": b"no"}), "The file is no picture that can be read"),
        (encrypted, "locked with a password"),
        (bomb, "more than 200 million pixels"),
        (lambda: zipped(some(101)), "101 pictures and the limit is 100"),
        (lambda: zipped({f"{n}/x.png": picture() for n in range(101)}), "limit is 100"),
        (lambda: zipped({**some(60), "attributes.csv": b"file,a\n000.png,x"}), "attributes.csv"),
        (lambda: zipped({**some(60), "attributes.csv": b"file;a\n000.png;1"}), "must have commas"),
    ],
    ids=[
        "text",
        "cut short",
        "second directory",
        "empty",
        "few",
        "all the same",
        "no picture",
        "encrypted",
        "bomb",
        "too many",
        "too many classes",
        "no table",
        "semicolons",
    ],
)
def test_a_hostile_zip_is_one_sentence_and_leaves_nothing(
    content: Callable[[], bytes], words: str
) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        prepare(files_in_zip(content()), Limits(100, 200_000_000))
    assert "\n" not in str(refused.value)
    assert "/tmp" not in str(refused.value)
    folder = home() / "pictures"
    assert not folder.exists() or not list(folder.iterdir())


def test_names_of_folders_are_plain_words() -> None:
    files = {**some(30, "<b>[x](//y)</b>/"), **some(30, "x_y/"), **some(9, "../up/")}
    found = prepare(files_in_zip(zipped(files)))
    assert set("<>[]/*") & set("".join(found.classes)) == set()
    assert (found.n, found.classes["x y"]) == (60, 30)
