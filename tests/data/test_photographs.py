from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ae.data
from ae.data import photographs
from ae.data.photographs import BERKELEY, CROPS, IMAGENET
from ae.data.splits import SPLITS
from tests.data.test_smiles import Entry, zipped

FOLDERS = {"train": "train", "validation": "val", "test": "test"}


def photograph(seed: int, size: tuple[int, int] = (96, 80)) -> bytes:
    """A soft picture whose left third is red."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8))
    pixels = np.array(small.resize(size, Image.Resampling.BICUBIC))
    pixels[:, : size[0] // 3] = (255, 0, 0)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95)
    return out.getvalue()


def berkeley(n: int = 3) -> list[Entry]:
    return [
        Entry(f"BSDS500-master/BSDS500/data/images/{folder}/{start + at}.jpg", photograph(at))
        for start, folder in zip((100, 200, 300), FOLDERS.values(), strict=True)
        for at in range(n)
    ]


def imagenet(n: int = 2) -> list[Entry]:
    return [
        Entry(f"imagenet-sample-images-master/n0{at}_thing.JPEG", photograph(at, (64, 90)))
        for at in range(n)
    ]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AE_DATASETS", str(tmp_path))
    (tmp_path / BERKELEY).write_bytes(zipped(berkeley()))
    (tmp_path / IMAGENET).write_bytes(zipped(imagenet()))
    return tmp_path


def test_berkeleys_folders_are_the_splits_and_imagenet_is_for_training(given: Path) -> None:
    counts = {split: len(ae.data.load("photographs", split)) for split in SPLITS}
    assert counts == {"train": CROPS[64] * (3 + 2), "validation": 3, "test": 3}


def test_larger_squares_are_of_the_same_photographs(given: Path) -> None:
    small, large = (ae.data.load(name, "test").images for name in photographs.SIDES)
    assert large.shape == (3, 128, 128, 3)
    halved = large.reshape(3, 64, 2, 64, 2, 3).mean(axis=(2, 4))
    assert np.abs(halved - small).mean() < 0.01
    assert len(ae.data.load("photographs-128", "train")) == CROPS[128] * (3 + 2)


def test_held_out_photographs_give_the_square_in_their_middle(given: Path) -> None:
    found = ae.data.load("photographs", "test")
    assert found.images.shape == (3, 64, 64, 3)
    assert found.images.dtype == np.float32
    assert not found.images.flags.writeable
    with Image.open(io.BytesIO(photograph(0))) as picture:
        middle = picture.resize((64, 64), Image.Resampling.LANCZOS, (8, 0, 88, 80))
    np.testing.assert_array_equal(np.rint(found.images[0] * 255), np.asarray(middle))


def test_squares_to_learn_from_differ_and_are_the_same_in_every_run(given: Path) -> None:
    first, again = (ae.data.load("photographs", "train").images for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert len({each.tobytes() for each in first[: CROPS[64]]}) == CROPS[64]


def test_only_training_needs_the_second_file(given: Path) -> None:
    (given / IMAGENET).unlink()
    assert photographs.is_here("test")
    assert not photographs.is_here("train")
    assert len(photographs.load("validation")) == 3
    with pytest.raises(FileNotFoundError, match="`python -m ae data photographs`"):
        photographs.load("train")


def test_a_file_without_photographs_where_they_should_be_is_refused(given: Path) -> None:
    (given / BERKELEY).write_bytes(zipped(imagenet()))
    with pytest.raises(ValueError, match="has no photographs where they should be"):
        photographs.load("test")


def test_a_damaged_photograph_is_named(given: Path) -> None:
    (given / IMAGENET).write_bytes(
        zipped([*imagenet(), Entry("imagenet-sample-images-master/n9_x.JPEG", b"nothing")])
    )
    with pytest.raises(ValueError, match=r"n9_x\.JPEG', which is damaged or no picture"):
        photographs.load("train")


def test_the_real_photographs_are_counted(datasets_folder: Path) -> None:
    if not photographs.is_here("test"):
        pytest.skip(f"{BERKELEY} is not in {datasets_folder}")
    assert len(photographs.load("test")) == 200
