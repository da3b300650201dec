from __future__ import annotations

import errno
import io
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ae.data
from ae.__main__ import main
from ae.data import smiles
from ae.data.splits import SPLITS, split_of
from ae.shelf import places
from tests.data.server import Reply, Server, own_files

NEGATIVES = "SMILEsmileD-master/SMILEs/negatives/negatives7"
POSITIVES = "SMILEsmileD-master/SMILEs/positives/positives7"
FILE = smiles.FILE_NAME


@dataclass(frozen=True)
class Entry:
    name: str
    content: bytes
    method: int = zipfile.ZIP_STORED


def picture(
    seed: int = 0, size: tuple[int, int] = (64, 64), mode: str = "L", kind: str = "JPEG"
) -> bytes:
    width, height = size
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(out, kind)
    return out.getvalue()


def photographs(n: int = 60) -> list[Entry]:
    """``n`` not smiling (1.jpg, ...) and as many smiling (1001.jpg, ...)."""
    return [
        Entry(f"{folder}/{start + i}.jpg", picture(start + i))
        for folder, start in ((NEGATIVES, 1), (POSITIVES, 1001))
        for i in range(n)
    ]


def zipped(entries: Iterable[Entry]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are twice in one archive
        for entry in entries:
            archive.writestr(zipfile.ZipInfo(entry.name), entry.content, entry.method)
    return out.getvalue()


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the zip file is looked for first; it is not there yet."""
    monkeypatch.setenv("AE_DATASETS", str(tmp_path))
    return tmp_path / FILE


def refusal(given: Path, content: bytes) -> str:
    """Every split refuses the file with the same sentence, which this returns."""
    given.write_bytes(content)
    said = set()
    for split in SPLITS:
        with pytest.raises(ValueError, match=r"\S") as caught:
            smiles.load(split)
        said.add(str(caught.value))
    (sentence,) = said
    assert sentence.startswith(f"{given} ")
    assert sentence.endswith("; delete it and run `python -m ae data smiles` to download it again.")
    assert "\n" not in sentence
    return sentence


@pytest.mark.thorough
def test_the_real_photographs_are_64_by_64_and_split_by_name(datasets_folder: Path) -> None:
    if not smiles.is_here():
        pytest.skip(f"{FILE} is not in {datasets_folder}")
    total = np.zeros(2, int)
    shares = {}
    for split in SPLITS:
        data = ae.data.load("smiles", split)
        assert data.images.shape == (len(data), 64, 64, 1)
        assert data.labels is not None
        counts = np.bincount(data.labels, minlength=2)
        shares[split] = counts[1] / counts.sum()
        total += counts
    with zipfile.ZipFile(datasets_folder / FILE) as archive:
        names = [n for n in archive.namelist() if n.endswith(".jpg")]
    assert total.tolist() == [
        sum("negatives7" in n for n in names),
        sum("positives7" in n for n in names),
    ]
    assert max(shares.values()) - min(shares.values()) < 0.05


def test_labels_follow_the_folders_and_images_the_names(given: Path) -> None:
    given.write_bytes(zipped(reversed(photographs())))
    by_name = {int(Path(e.name).stem): e.content for e in photographs()}
    n = 0
    for split in SPLITS:
        data = smiles.load(split)
        numbers = sorted(
            (i for i in by_name if split_of(f"{i}.jpg") == split), key=lambda i: f"{i}.jpg"
        )
        assert data.labels is not None
        assert data.labels.tolist() == [int(i > 1000) for i in numbers]
        grey = [np.asarray(Image.open(io.BytesIO(by_name[i]))) for i in numbers]
        np.testing.assert_array_equal(np.rint(data.images[..., 0] * 255), np.stack(grey))
        n += len(data)
    assert n == len(by_name)


def test_a_split_says_what_is_in_it_and_is_read_only(given: Path) -> None:
    given.write_bytes(zipped(photographs()))
    data = smiles.load("test")
    assert (data.name, data.split) == ("smiles", "test")
    assert data.class_names == ("Not smiling", "Smiling")
    assert data.labels is not None
    smiling = data.attributes["smiling"]
    np.testing.assert_array_equal(smiling, data.labels)
    assert data.images.dtype == smiling.dtype == np.float32
    assert data.labels.dtype == np.uint8
    assert not any(a.flags.writeable for a in (data.images, data.labels, smiling))


def test_glasses_are_known_of_photographs_that_were_looked_at(
    given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given.write_bytes(zipped(photographs()))
    monkeypatch.setattr(smiles, "labelled_glasses", dict)
    assert list(smiles.load("train").attributes) == ["smiling"]
    known = {f"{i}.jpg": i % 2 == 0 for i in range(30)}
    monkeypatch.setattr(smiles, "labelled_glasses", lambda: known)
    data = smiles.load("train")
    glasses = data.attributes["glasses"]
    assert glasses.dtype == np.float32
    assert not glasses.flags.writeable
    names = sorted(Path(e.name).name for e in photographs())
    names = [name for name in names if split_of(name) == "train"]
    expected = [float(known[n]) if n in known else np.nan for n in names]
    np.testing.assert_array_equal(glasses, expected)


def test_the_labels_of_glasses_can_be_read_and_name_no_file_twice() -> None:
    known = smiles.labelled_glasses()
    lines = smiles.GLASSES_FILE.read_text(encoding="utf-8").splitlines()
    assert len(known) == len(lines) - 1
    assert {line.rpartition(",")[2] for line in lines[1:]} == {"0", "1"}
    assert all(name.endswith(".jpg") for name in known)


def test_a_part_of_the_photographs_keeps_its_splits(given: Path) -> None:
    given.write_bytes(zipped(photographs()))
    whole = smiles.load("train").images
    given.write_bytes(zipped(photographs()[::2]))
    part = {image.tobytes() for image in smiles.load("train").images}
    assert part < {image.tobytes() for image in whole}


def test_what_is_no_photograph_is_left_alone(given: Path) -> None:
    others = [
        Entry("SMILEsmileD-master/README", b"smile"),
        Entry(f"{NEGATIVES}/negatives.zip", b"PK"),
        Entry(f"{NEGATIVES}/Thumbs.db", b"\0" * 90_000),
        Entry(f"{NEGATIVES}/", b""),
        Entry(f"{NEGATIVES}/deeper/1.jpg", b"no picture"),
        Entry("SMILEsmileD-master/SMILEs/positives/positives6/1.jpg", b"no picture"),
    ]
    given.write_bytes(zipped([*photographs(20), *others]))
    assert sum(len(smiles.load(split)) for split in SPLITS) == 40


@pytest.mark.parametrize(
    "name",
    [
        "/etc/1.jpg",
        "SMILEsmileD-master/../../1.jpg",
        f"{NEGATIVES}/..",
        "SMILEsmileD-master\\..\\1.jpg",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(given: Path, name: str) -> None:
    entries = [*photographs(2), Entry(name, picture())]
    sentence = refusal(given, zipped(entries))
    assert f"holds {name!r}, a name that leads elsewhere" in sentence
    assert [path.name for path in given.parent.iterdir()] == [FILE]


def test_a_name_that_is_there_twice_is_refused(given: Path) -> None:
    entries = [*photographs(2), Entry(f"{NEGATIVES}/1.jpg", picture())]
    assert f"holds '{NEGATIVES}/1.jpg' twice" in refusal(given, zipped(entries))


def test_a_long_name_is_cut_in_the_sentence(given: Path) -> None:
    name = f"/{'<b>' * 1000}\n.jpg"
    sentence = refusal(given, zipped([*photographs(2), Entry(name, b"")]))
    assert len(sentence) < 400 + len(str(given))


def one_bad(name: str, content: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip file of sound photographs, and one more."""
    return zipped([*photographs(2), Entry(f"{NEGATIVES}/{name}", content, method)])


BEYOND = {
    "more than 65,536 bytes": one_bad("9.jpg", bytes(65_537)),
    "packed more than 20 times smaller": one_bad("9.jpg", bytes(60_000), zipfile.ZIP_DEFLATED),
    "encrypted or packed in a rare way": one_bad("9.jpg", picture(), zipfile.ZIP_BZIP2),
}


@pytest.mark.parametrize("words", BEYOND)
def test_a_file_beyond_the_limits_is_refused_before_it_is_unpacked(
    given: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.delattr(zipfile.ZipFile, "open")
    sentence = refusal(given, BEYOND[words])
    assert f"'{NEGATIVES}/9.jpg'" in sentence
    assert words in sentence


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("photographs", "holds more than 3 photographs"),
        ("total", "unpacks to more than 3 bytes"),
        ("packed", "is larger than 3 bytes"),
    ],
)
def test_many_photographs_together_have_limits_too(
    given: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    content = zipped(photographs(2))
    monkeypatch.setattr(smiles, "LIMITS", replace(smiles.LIMITS, **{limit: 3}))
    monkeypatch.delattr(zipfile.ZipFile, "open")
    assert words in refusal(given, content)


def test_an_encrypted_photograph_is_refused(given: Path) -> None:
    content = bytearray(zipped(photographs(1)))
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the first entry's flags
    assert "encrypted" in refusal(given, bytes(content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>not a picture", "which is damaged or no picture"),
        (b"", "which is damaged or no picture"),
        (picture()[:200], "which is damaged or no picture"),
        (picture(size=(64, 63)), "which is 64 by 63 grey pixels instead of 64 by 64"),
        (picture(mode="RGB"), "which is 64 by 64 colour pixels instead of 64 by 64"),
        (picture(size=(9000, 1), kind="PNG"), "which is 9000 by 1 grey pixels"),
    ],
    ids=["a page", "empty", "truncated", "size", "colour", "wide"],
)
def test_a_file_that_is_no_such_photograph_is_named(
    given: Path, content: bytes, words: str
) -> None:
    name = {split_of(f"{i}.jpg"): f"{i}.jpg" for i in range(10, 60)}["test"]
    given.write_bytes(one_bad(name, content))
    with pytest.raises(ValueError, match=r"instead|damaged") as caught:
        smiles.load("test")
    assert f"holds '{NEGATIVES}/{name}', {words}" in str(caught.value)


@pytest.mark.parametrize("keep", [0, 10, 3000, -1])
def test_a_damaged_archive_is_refused(given: Path, keep: int) -> None:
    content = zipped(photographs(2))[:keep]
    assert "cannot be opened as a zip file" in refusal(given, content)


def test_bytes_changed_in_the_archive_are_noticed(given: Path) -> None:
    content = bytearray(zipped(photographs()))
    for start in range(1000, len(content) - 20_000, 5000):
        content[start] ^= 1
    given.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        smiles.load("train")


def test_an_archive_of_something_else_is_refused(given: Path) -> None:
    content = zipped([Entry("other-main/1.jpg", picture())])
    assert "has no photographs in SMILEs/negatives" in refusal(given, content)


def test_without_the_file_the_way_out_is_said(given: Path) -> None:
    assert not smiles.is_here()
    with pytest.raises(FileNotFoundError) as caught:
        ae.data.load("smiles", "train")
    assert str(caught.value) == (
        "The photographs of smiles are not on this machine; run "
        "`python -m ae data smiles` once with a network, or set AE_DATASETS to the "
        "folder that has them."
    )
    with pytest.raises(ValueError, match="one of train, validation, test"):
        smiles.load("dev")


@pytest.fixture
def mirror(server: Server, given: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Server, str]:
    """A server that has the file, and the file's address there."""
    server.replies[f"/first/{FILE}"] = Reply(zipped(photographs()))
    address = f"{server.sources[0]}{FILE}"
    monkeypatch.setattr(smiles, "SOURCES", (address,))
    return server, address


def test_load_downloads_once_when_asked_to(mirror: tuple[Server, str]) -> None:
    seen: list[tuple[str, int, int | None]] = []
    for split in SPLITS:
        data = ae.data.load(
            "smiles", split, download=True, progress=lambda *report: seen.append(report)
        )
        assert len(data) > 0
    server, _ = mirror
    assert server.asked == [f"/first/{FILE}"]
    size = len(server.replies[f"/first/{FILE}"].body)
    assert (seen[0], seen[-1]) == ((FILE, 0, size), (FILE, size, size))
    assert own_files() == [FILE]
    assert (places.home() / "datasets" / "smiles" / FILE).is_file()


def test_a_server_that_states_no_length_is_counted_to_the_end(mirror: tuple[Server, str]) -> None:
    server, _ = mirror
    body = server.replies[f"/first/{FILE}"].body
    server.replies[f"/first/{FILE}"] = Reply(body, announced=-1)
    seen: list[tuple[int, int | None]] = []
    smiles.download(lambda name, done, total: seen.append((done, total)))
    assert seen[0] == (0, None)
    assert seen[-1] == (len(body), len(body))


@pytest.mark.usefixtures("mirror")
def test_the_command_says_how_many_there_are_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "smiles"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [Path(entry.name) for entry in photographs()]
    for line, split in zip(lines, SPLITS, strict=True):
        folders = [n.parts[2] for n in names if split_of(n.name) == split]
        assert line == (
            f"smiles {split}: {len(folders)} images (Not smiling "
            f"{folders.count('negatives')}, Smiling {folders.count('positives')})"
        )


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=404), "127.0.0.1 answered 404"),
        (Reply(b"<html>Please log in"), "sent a file that is damaged"),
        (Reply(one_bad("9.jpg", b"")), "sent a file that holds"),
        (Reply(one_bad("../9.jpg", b"")), "a name that leads elsewhere"),
        (Reply(bytes(2_000_000)), "sent more than 1,000,000 bytes"),
    ],
    ids=["missing", "a page", "no picture", "hostile", "too long"],
)
def test_a_failed_download_says_why_and_leaves_nothing(
    mirror: tuple[Server, str], monkeypatch: pytest.MonkeyPatch, reply: Reply, words: str
) -> None:
    monkeypatch.setattr(smiles, "LIMITS", replace(smiles.LIMITS, packed=1_000_000))
    server, address = mirror
    server.replies[f"/first/{FILE}"] = reply
    with pytest.raises(ConnectionError, match=words):
        smiles.download(sources=[address])
    assert own_files() == []


def test_a_damaged_file_of_our_own_is_replaced(mirror: tuple[Server, str]) -> None:
    own = places.home() / "datasets" / "smiles" / FILE
    own.parent.mkdir(parents=True)
    own.write_bytes(b"half a file")
    smiles.download()
    assert len(smiles.load("train")) > 0


def test_a_damaged_file_of_the_user_is_left_alone(mirror: tuple[Server, str], given: Path) -> None:
    given.write_bytes(b"half a file")
    with pytest.raises(ValueError, match="cannot be opened"):
        smiles.download()
    assert given.read_bytes() == b"half a file"
    assert (mirror[0].asked, own_files()) == ([], [])


def test_a_full_disk_keeps_nothing(
    mirror: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(src: Path, dst: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="the disk is full; free 60 MB"):
        smiles.download()
    assert own_files() == []
