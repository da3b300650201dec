import errno
import gzip
import hashlib
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ae.data
from ae.data import fashion_mnist
from ae.data.fashion_mnist import IdxFile
from ae.data.splits import SPLITS
from ae.shelf import places
from tests.data.server import Reply, Server, own_files

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


def idx(values: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    shape = values.shape
    return struct.pack(f">I{len(shape)}I", 0x800 + len(shape), *shape) + (values.tobytes())


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A Fashion-MNIST of 12 training and 200 test images; its compressed files."""
    monkeypatch.delenv("AE_DATASETS", raising=False)
    monkeypatch.setattr(fashion_mnist, "N_VALIDATION", 4)
    rng = np.random.default_rng(0)
    files: dict[str, bytes] = {}

    def small(file: IdxFile, n: int) -> IdxFile:
        shape = (n, *file.shape[1:])
        content = idx(rng.integers(0, 10, shape, dtype=np.uint8))
        files[file.name] = gzip.compress(content, mtime=0)
        return replace(file, shape=shape, sha256=hashlib.sha256(content).hexdigest())

    (a, b), (c, d) = fashion_mnist.FILES["train"], fashion_mnist.FILES["test"]
    table = {"train": (small(a, 12), small(b, 12)), "test": (small(c, 200), small(d, 200))}
    monkeypatch.setattr(fashion_mnist, "FILES", table)
    return files


@pytest.fixture
def mirrors(server: Server, packed: dict[str, bytes]) -> Server:
    """A server whose two mirrors have every file intact."""
    for mirror in ("first", "second"):
        for name, content in packed.items():
            server.replies[f"/{mirror}/{name}"] = Reply(content)
    return server


def own_folder() -> Path:
    return places.home() / "datasets" / "fashion-mnist"


def put(folder: Path, files: dict[str, bytes], *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or files:
        (folder / name).write_bytes(files[name])
    return folder


@pytest.mark.parametrize(
    ("split", "per_class"), [("train", 5500), ("validation", 500), ("test", 1000)]
)
def test_the_real_splits_have_their_known_sizes(
    datasets_folder: Path, split: str, per_class: int
) -> None:
    data = ae.data.load("fashion-mnist", split=split)
    n = 10 * per_class
    assert (data.name, data.split, len(data)) == ("fashion-mnist", split, n)
    assert data.images.shape == (n, 28, 28, 1)
    assert data.images.dtype == np.float32
    assert (data.images.min(), data.images.max()) == (0.0, 1.0)
    assert data.labels is not None
    assert data.labels.shape == (n,)
    assert data.labels.dtype == np.uint8
    counts = np.bincount(data.labels)
    assert len(counts) == len(data.class_names) == 10
    if split == "test":
        assert set(counts) == {1000}
    else:  # not drawn class by class, so near the share only
        assert np.abs(counts / per_class - 1).max() < 0.12


def test_the_shared_fixture_is_the_test_split(fashion_mnist_test: ae.data.Dataset) -> None:
    assert len(fashion_mnist_test) == 10_000


def test_arrays_are_read_only(packed: dict[str, bytes]) -> None:
    put(own_folder(), packed)
    for split in SPLITS:
        data = fashion_mnist.load(split)
        assert data.labels is not None
        assert not data.images.flags.writeable
        assert not data.labels.flags.writeable


def test_pixels_are_grey_levels_over_255(packed: dict[str, bytes]) -> None:
    put(own_folder(), packed)
    grey = np.frombuffer(gzip.decompress(packed[IMAGES]), np.uint8, offset=16)
    images = fashion_mnist.load("test").images
    np.testing.assert_array_equal(np.rint(images.ravel() * 255), grey)


def test_validation_is_the_end_of_the_training_file(packed: dict[str, bytes]) -> None:
    put(own_folder(), packed)
    train, validation = map(fashion_mnist.load, ("train", "validation"))
    assert train.labels is not None
    assert validation.labels is not None
    assert (len(train), len(validation)) == (8, 4)
    both = np.concatenate([train.labels, validation.labels])
    content = gzip.decompress(packed["train-labels-idx1-ubyte.gz"])
    assert both.tobytes() == content[8:]


@pytest.mark.parametrize("below", ["fashion-mnist", "."])
def test_the_test_split_needs_its_two_files_alone(
    packed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    put(tmp_path / below, packed, IMAGES, LABELS)
    monkeypatch.setenv("AE_DATASETS", str(tmp_path))
    assert fashion_mnist.is_here("test")
    assert len(fashion_mnist.load("test")) == 200
    assert not fashion_mnist.is_here("validation")


def test_the_named_folder_comes_before_the_own_one(
    packed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own_folder(), dict.fromkeys(packed, b"damaged"))
    monkeypatch.setenv("AE_DATASETS", str(put(tmp_path / "given", packed)))
    assert len(fashion_mnist.load("test")) == 200


def test_missing_files_are_named_and_the_way_out_is_said(packed: dict[str, bytes]) -> None:
    put(own_folder(), packed, LABELS)
    assert not fashion_mnist.is_here("test")
    with pytest.raises(FileNotFoundError) as caught:
        ae.data.load("fashion-mnist")
    assert str(caught.value) == (
        "Fashion-MNIST's test images are not on this machine; run "
        "`python -m ae data fashion-mnist` once with a network, or set AE_DATASETS "
        "to the folder that has them."
    )


def test_unknown_names_and_splits_list_the_known_ones() -> None:
    with pytest.raises(ValueError, match="must be one of fashion-mnist"):
        ae.data.load("mnist")
    for call in (fashion_mnist.load, fashion_mnist.is_here, fashion_mnist.download):
        with pytest.raises(ValueError, match=r"one of train, validation, test, got"):
            call("dev")


def altered(content: bytes) -> bytes:
    return gzip.compress(content[:-1] + bytes([content[-1] ^ 1]))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: gzip.compress(content)[:-50],
    "altered": altered,
    "decompressed": lambda content: gzip.compress(content)[:30] + bytes(500),
    "does not hold": lambda content: gzip.compress(b"\0\0\x08\x02" + content[4:]),
    "longer": lambda content: gzip.compress(content + bytes(1)),
    "shorter": lambda content: gzip.compress(content[:-1]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_and_left_alone(
    packed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    bad = DAMAGES[damage](gzip.decompress(packed[IMAGES]))
    put(tmp_path, packed | {IMAGES: bad})
    monkeypatch.setenv("AE_DATASETS", str(tmp_path))
    for call in (fashion_mnist.load, fashion_mnist.download):
        with pytest.raises(ValueError, match=damage) as caught:
            call("test")
        assert str(caught.value).startswith(str(tmp_path / IMAGES))
        assert "delete it and run `python -m ae data fashion-mnist`" in str(caught.value)
    assert (tmp_path / IMAGES).read_bytes() == bad
    assert own_files() == []


def test_a_gzip_bomb_is_not_unpacked(
    packed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.decompress(packed[IMAGES]) + bytes(100_000_000)
    put(own_folder(), packed | {IMAGES: gzip.compress(bomb, 1)})
    asked: list[int] = []
    read = gzip.GzipFile.read

    def spy(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        asked.append(-1 if size is None else size)
        return read(self, size)

    monkeypatch.setattr(gzip.GzipFile, "read", spy)
    with pytest.raises(ValueError, match="longer"):
        fashion_mnist.load("test")
    assert asked == [16 + 200 * 28 * 28 + 1]


def test_a_file_that_cannot_be_read_is_named(
    packed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own_folder(), packed)

    def refuse(*args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OSError, match=r"gz cannot be read \(Permission denied\)"):
        fashion_mnist.load("test")


def test_a_download_reports_progress_to_the_end(mirrors: Server, packed: dict[str, bytes]) -> None:
    seen: list[tuple[str, int, int | None]] = []
    fashion_mnist.download("test", lambda *report: seen.append(report), sources=mirrors.sources)
    for name in (IMAGES, LABELS):
        reports = [report[1:] for report in seen if report[0] == name]
        size = len(packed[name])
        assert reports[0] == (0, size)
        assert reports[-1] == (size, size)
        assert reports == sorted(reports)
    assert own_files() == [IMAGES, LABELS]
    assert mirrors.asked == [f"/first/{IMAGES}", f"/first/{LABELS}"]
    assert len(fashion_mnist.load("test")) == 200


def test_what_is_here_is_not_downloaded_again(mirrors: Server, packed: dict[str, bytes]) -> None:
    put(own_folder(), packed, LABELS)
    fashion_mnist.download("test", sources=mirrors.sources)
    fashion_mnist.download("test", sources=mirrors.sources)
    assert mirrors.asked == [f"/first/{IMAGES}"]


def test_load_downloads_when_asked_to(mirrors: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion_mnist, "SOURCES", mirrors.sources)
    seen: list[str] = []
    data = ae.data.load(
        "fashion-mnist", download=True, progress=lambda name, received, total: seen.append(name)
    )
    assert len(data) == 200
    assert set(seen) == {IMAGES, LABELS}


def test_a_damaged_file_of_our_own_is_replaced(mirrors: Server, packed: dict[str, bytes]) -> None:
    put(own_folder(), packed | {IMAGES: packed[IMAGES][:100]})
    with pytest.raises(ValueError, match="truncated"):
        fashion_mnist.load("test")
    fashion_mnist.download("test", sources=mirrors.sources)
    assert mirrors.asked == [f"/first/{IMAGES}"]
    assert (own_folder() / IMAGES).read_bytes() == packed[IMAGES]


def bad_replies(good: bytes) -> dict[str, tuple[Reply, str]]:
    content = gzip.decompress(good)
    return {
        "not found": (Reply(status=404), "127.0.0.1 answered 404"),
        "server error": (Reply(status=500), "127.0.0.1 answered 500"),
        "dropped": (
            Reply(good[: len(good) // 2], announced=len(good)),
            f"stopped after {len(good) // 2:,} of {len(good):,} bytes|dropped the connection",
        ),
        "dropped, length unknown": (
            Reply(good[: len(good) // 2], announced=-1),
            "sent a file that is truncated",
        ),
        "altered": (Reply(altered(content)), "sent a file that has been altered"),
        "a page": (Reply(b"<html>Please log in"), "cannot be decompressed"),
        "bomb": (
            Reply(gzip.compress(content + bytes(10_000_000), 1)),
            "sent a file that is longer",
        ),
        "too long": (Reply(bytes(300_000)), "sent more than 200,000 bytes"),
        "elsewhere": (
            Reply(status=302, location="http://localhost:{port}/second/" + IMAGES),
            "redirected to an address that is not https",
        ),
    }


KINDS = list(bad_replies(gzip.compress(bytes(1))))


@pytest.fixture(params=KINDS)
def bad_mirror(
    request: pytest.FixtureRequest,
    mirrors: Server,
    packed: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """What the first mirror's failure is called; the second mirror is fine."""
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setattr(fashion_mnist, "MAX_DOWNLOAD", 200_000)
    reply, words = bad_replies(packed[IMAGES])[request.param]
    location = reply.location.format(port=mirrors.server_port)
    mirrors.replies[f"/first/{IMAGES}"] = replace(reply, location=location)
    return words


def test_a_failed_download_says_why_and_leaves_nothing(mirrors: Server, bad_mirror: str) -> None:
    with pytest.raises(ConnectionError, match=bad_mirror) as caught:
        fashion_mnist.download("test", sources=mirrors.sources[:1])
    assert str(caught.value).startswith(f"{IMAGES} could not be downloaded (127.0.0.1 ")
    assert "check the network and try again, or set AE_DATASETS" in str(caught.value)
    assert own_files() == []


@pytest.mark.usefixtures("bad_mirror")
def test_the_second_source_helps_when_the_first_fails(mirrors: Server) -> None:
    fashion_mnist.download("test", sources=mirrors.sources)
    assert f"/second/{IMAGES}" in mirrors.asked
    assert own_files() == [IMAGES, LABELS]
    assert fashion_mnist.load("test").split == "test"


@pytest.mark.usefixtures("packed")
def test_no_network_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1 could not be reached"):
        fashion_mnist.download("test", sources=[f"http://127.0.0.1:{port}/"])
    assert own_files() == []


@pytest.mark.usefixtures("packed")
def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ae.data.download.TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(ConnectionError, match="stopped answering"):
            fashion_mnist.download("test", sources=[source])
    assert own_files() == []


@pytest.mark.parametrize("source", ["http://example.org/", "file:///tmp/", "ftp://a/"])
def test_only_https_is_a_source(source: str) -> None:
    with pytest.raises(ValueError, match="https"):
        fashion_mnist.download("test", sources=[source])


def test_a_cancelled_download_keeps_nothing_of_the_file(mirrors: Server) -> None:
    def cancel(name: str, received: int, total: int | None) -> None:
        if received:
            raise InterruptedError(name)

    with pytest.raises(InterruptedError, match=IMAGES):
        fashion_mnist.download("test", cancel, sources=mirrors.sources)
    assert mirrors.asked == [f"/first/{IMAGES}"]
    assert own_files() == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full; free 40 MB"),
        (errno.EROFS, "AE_HOME to a folder that can be written"),
    ],
)
def test_a_disk_that_takes_half_a_file_keeps_none_of_it(
    mirrors: Server, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    write_bytes = Path.write_bytes

    def half(self: Path, content: bytes) -> int:
        write_bytes(self, content[: len(content) // 2])
        raise OSError(code, "no")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match=words):
        fashion_mnist.download("test", sources=mirrors.sources)
    assert own_files() == []


def test_a_folder_that_cannot_be_made_is_said_before_the_download(
    mirrors: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AE_HOME", str(tmp_path / "file"))
    with pytest.raises(OSError, match="set AE_HOME to a folder that can be written"):
        fashion_mnist.download("test", sources=mirrors.sources)
    assert mirrors.asked == []
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_without_permission_is_said_before_the_download(
    mirrors: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Asked of os.access because root, who may run this, may write everywhere.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(OSError, match=r"no permission.*set AE_HOME"):
        fashion_mnist.download("test", sources=mirrors.sources)
    assert mirrors.asked == []


def test_two_downloads_at_once_agree(mirrors: Server) -> None:
    together = threading.Barrier(2)

    def meet(name: str, received: int, total: int | None) -> None:
        if name == IMAGES and received == total:
            together.wait(timeout=30)

    def fetch() -> None:
        fashion_mnist.download("test", meet, sources=mirrors.sources)

    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(fetch), pool.submit(fetch)]:
            job.result()
    assert mirrors.asked.count(f"/first/{IMAGES}") == 2
    assert own_files() == [IMAGES, LABELS]
    assert len(fashion_mnist.load("test")) == 200


def test_a_full_disk_leaves_the_file_of_before(
    mirrors: Server, packed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own_folder(), packed | {IMAGES: b"damaged"})

    def full(src: Path, dst: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="the disk is full"):
        fashion_mnist.download("test", sources=mirrors.sources)
    assert own_files() == [IMAGES, LABELS, *sorted(set(packed) - {IMAGES, LABELS})]
    assert (own_folder() / IMAGES).read_bytes() == b"damaged"


def test_tests_reach_no_other_machine() -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match="tried to reach"):
        outside.connect(("192.0.2.1", 80))
