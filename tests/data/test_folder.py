from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ae.data
from ae.data import folder
from ae.data.folder import load_folder
from ae.data.splits import SPLITS, split_of
from ae.images.uploads import MAX_UPLOAD_BYTES

NAMES = sorted(f"{i}.png" for i in range(40))


def plain(path: Path, colour: tuple[int, ...], size: tuple[int, int] = (9, 9)) -> None:
    Image.new("RGB" if len(colour) == 3 else "RGBA", size, colour).save(path)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Forty red images, each of a brightness of its own."""
    for i in range(40):
        plain(tmp_path / f"{i}.png", (6 * i, 0, 0))
    return tmp_path


def write_table(images: Path, header: str, row: str) -> Path:
    """A table with one row for each image; ``{i}`` in ``row`` is its number."""
    lines = [f"{name},{row.format(i=int(Path(name).stem))}" for name in NAMES]
    path = images / "attributes.csv"
    path.write_text("\n".join([f"file,{header}", *lines]), encoding="utf-8")
    return path


def chosen(split: str) -> list[int]:
    return [int(Path(name).stem) for name in NAMES if split_of(name) == split]


def test_every_image_is_in_the_split_of_its_name(images: Path) -> None:
    for split in SPLITS:
        data = ae.data.load(f"folder:{images}", split)
        assert (data.name, data.split) == (f"folder:{images}", split)
        assert data.images.shape == (len(chosen(split)), 64, 64, 3)
        assert data.images.dtype == np.float32
        assert not data.images.flags.writeable
        red = np.rint(data.images[:, 0, 0, 0] * 255).astype(int)
        assert red.tolist() == [6 * i for i in chosen(split)]
        assert data.labels is None
        assert (data.class_names, data.attributes) == ((), {})


def test_the_middle_square_is_kept(tmp_path: Path) -> None:
    for name in NAMES:
        wide = np.zeros((20, 60, 3), np.uint8)
        wide[:, 20:40] = 255
        turned = wide if int(name[:-4]) % 2 else wide.transpose(1, 0, 2)
        Image.fromarray(turned).save(tmp_path / name)
    images = load_folder(tmp_path, "train", side=20).images
    assert images.shape[1:] == (20, 20, 3)
    assert images.min() == 1.0


def test_grey_has_one_channel_and_the_side_that_was_asked_for(images: Path) -> None:
    data = load_folder(images, "train", side=8, colour=False)
    red = np.array(chosen("train")) * 6 / 255
    assert data.images.shape == (len(red), 8, 8, 1)
    # ITU-R 601-2 gives red a weight of 0.299; one grey level is 1 / 255.
    np.testing.assert_allclose(data.images[:, 0, 0, 0], 0.299 * red, atol=1 / 255)


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    for name in NAMES:
        plain(tmp_path / name, (255, 0, 0, 0))
    assert load_folder(tmp_path).images.min() == 1.0


def test_other_files_are_left_out(images: Path) -> None:
    (images / "notes.txt").write_text("no image")
    (images / "._1.png").write_bytes(b"no image")
    (images / "more.png").mkdir()
    n = sum(len(load_folder(images, split, side=8)) for split in SPLITS)
    assert n == len(NAMES)


def test_attributes_follow_their_images(images: Path) -> None:
    path = write_table(images, "Age, Odd ,Young", "{i}.5,1,0")
    rows = path.read_text().splitlines()
    path.write_text("\n".join([rows[0], *reversed(rows[1:]), ""]), encoding="utf-8-sig")
    for split in SPLITS:
        data = load_folder(images, split, side=8)
        assert list(data.attributes) == ["Age", "Odd", "Young"]
        assert data.attributes["Age"].tolist() == [i + 0.5 for i in chosen(split)]
        assert data.attributes["Age"].dtype == np.float32
        assert not data.attributes["Age"].flags.writeable
        assert data.labels is None  # no column holds both 0 and 1


@pytest.mark.parametrize(("low", "high"), [("0", "1"), ("-1", "1"), ("0.0", " 1.0")])
def test_the_first_column_of_two_values_gives_the_labels(images: Path, low: str, high: str) -> None:
    path = write_table(images, "Age,Smiling,Hat", "{i},yes,1")
    text = path.read_text()
    for i in range(40):
        text = text.replace(f",{i},yes", f",{i},{high if i % 3 else low}")
    path.write_text(text)
    data = load_folder(images, "train", side=8)
    smiling = [int(i % 3 > 0) for i in chosen("train")]
    assert data.class_names == ("No Smiling", "Smiling")
    assert data.labels is not None
    assert data.labels.dtype == np.uint8
    assert not data.labels.flags.writeable
    assert data.labels.tolist() == smiling
    assert data.attributes["Smiling"].tolist() == smiling


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("7.png,7", "7.png,", "has no value in the row of '7.png', column 'Age'"),
        ("7.png,7,1", "7.png,7", "has no value in the row of '7.png', column 'Hat'"),
        ("7.png,7", "7.png,?", "has '?' instead of a number in the row of '7.png'"),
        ("7.png,7", "7.png,nan", "has 'nan' instead of a number"),
        ("7.png,7", "7.png,1e39", "has '1e39' instead of a number"),
        ("7.png,7,1", "7.png,7,1,1", "has too many values in the row of '7.png'"),
        ("7.png,7", "x.png,7", "a row for 'x.png', and there is no such image"),
        ("8.png,8", "7.png,8", "a row for '7.png' twice"),
        ("39.png,39,1\n", "", "has no row for '39.png'"),
        ("file,Age", "file,Hat", "has two columns 'Hat'"),
        ("file,Age", "file, ", "needs a name for every column"),
        ("file,Age", "file,![](http://a/b.png)", "must be plain words"),
        ("file,Age,Hat", "file", "needs a name for every column"),
        ("file,Age", "file," + 200 * "a,", "needs a name for every column"),
    ],
)
def test_a_table_that_does_not_fit_is_explained(
    images: Path, old: str, new: str, words: str
) -> None:
    path = write_table(images, "Age,Hat", "{i},1")
    text = path.read_text()
    start = text.index(f"\n{old}") + 1 if text.find(f"\n{old}") >= 0 else 0
    path.write_text(text[:start] + text[start:].replace(old, new, 1))
    with pytest.raises(ValueError, match=r"\S") as caught:
        load_folder(images)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\0\0", b"file,a\n" + b"x" * 200_000])
def test_what_is_no_table_is_refused(images: Path, content: bytes) -> None:
    (images / "attributes.csv").write_bytes(content)
    with pytest.raises(ValueError, match="not a table of comma-separated text"):
        load_folder(images)


def test_too_many_columns_are_refused(images: Path) -> None:
    header = ",".join(f"a{k}" for k in range(201))
    write_table(images, header, "1")
    with pytest.raises(ValueError, match=r"201 columns of attributes.*limit is 200"):
        load_folder(images)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MAX_IMAGES", "40 images and the limit is 3"),
        ("MAX_MEMORY", "need 0.0 GiB of memory"),
        ("MAX_TABLE_BYTES", "csv is larger than 3 bytes"),
    ],
)
def test_the_limits_are_kept_before_an_image_is_read(
    images: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    write_table(images, "Age", "{i}")
    monkeypatch.setattr(folder, limit, 3)
    monkeypatch.delattr(folder, "read_upload")
    with pytest.raises(ValueError, match=words):
        load_folder(images)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<svg>", "not a PNG, JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged"),
        (bytes(MAX_UPLOAD_BYTES + 1), "the limit is"),
    ],
    ids=["empty", "no image", "damaged", "large"],
)
def test_an_image_that_cannot_be_used_is_named(images: Path, content: bytes, words: str) -> None:
    name = f"{chosen('test')[0]}.png"
    (images / name).write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        load_folder(images)
    assert str(caught.value).startswith(f"{images / name}: ")


def test_an_image_of_too_many_pixels_is_refused(images: Path) -> None:
    name = f"{chosen('test')[0]}.png"
    Image.new("1", (6000, 6000)).save(images / name)
    with pytest.raises(ValueError, match="6000 by 6000 pixels and the limit"):
        load_folder(images)


def test_a_file_that_may_not_be_read_is_named(
    images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root, who may run this, may read everything.
    def refuse(*args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OSError, match=r"png cannot be read \(Permission denied\)"):
        load_folder(images)


def test_a_folder_without_images_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere"):
        ae.data.load(f"folder:{tmp_path / 'nowhere'}")
    with pytest.raises(ValueError, match=r"has no images; it needs \.png"):
        ae.data.load(f"folder:{tmp_path}")
    plain(tmp_path / "3.png", (0, 0, 0))
    empty = next(split for split in SPLITS if split != split_of("3.png"))
    with pytest.raises(ValueError, match=f"the 1 in .* falls into the {empty} split"):
        load_folder(tmp_path, empty)


def test_only_known_splits_and_sides_are_loaded(images: Path) -> None:
    with pytest.raises(ValueError, match="one of train, validation, test"):
        load_folder(images, "dev")
    for side in (7, 257):
        with pytest.raises(ValueError, match="8 to 256 pixels"):
            load_folder(images, side=side)
