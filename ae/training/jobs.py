"""Trainings that go on by themselves: each a folder, and a process of its own. No Keras here.

``AE_HOME/jobs/ID`` holds ``request.json`` (what was asked for), ``state.json`` (how far it
is, always replaced as a whole), ``log.txt`` and ``frames`` (pictures of the training as it
went). The process belongs to no server: it lives on when that ends, and holds a lock on its
folder while it lives, so that nobody has to trust a number of a process. One trains at a
time, by another lock, and the others wait in the order in which they were asked for. A
model is made in the folder and moved to the shelf when all is well.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae import models
from ae.shelf.aside import built_aside, check_room
from ae.shelf.card import check_named
from ae.shelf.places import home
from ae.training.recipes import Choices, Wanted, check_choices

WAITS = (
    "Training waits for TensorFlow, which is not installed here: version 2.22 will be the "
    "first for Python 3.14, so until then train with Python 3.10 to 3.13."
)
MOST_WAITING = 5  # trainings, beside the one that goes on
MOST_KEPT = 40  # trainings that are over
OVER = ("done", "failed", "cancelled", "lost")
KEEP, DISCARD = "keep", "discard"
LOST = (
    "The process of this training is gone: it was ended from outside, or the machine was "
    "switched off. Nothing came of it, and nothing else was harmed. Start it again."
)
_MOST_ESTIMATES = 1000  # files
_START_S = 60.0  # in which a process is sure to have begun
_POLL_S = 0.5
_ID = re.compile(r"[0-9a-f]{16}")
_ROOT = Path(__file__).resolve().parents[2]
_REQUEST, _STATE, _STOP, _ALIVE = "request.json", "state.json", "stop", "alive"


@dataclass(frozen=True)
class State:
    """How far a training is."""

    # "waiting", "loading", "training", "measuring", "placing" or one of ``OVER``.
    phase: str = "waiting"
    message: str = ""  # for the visitor, where there is more to say than the phase does
    epoch: int = 0  # that is over
    epochs: int = 0  # at most
    step: int = 0  # of all epochs together
    steps: int = 0
    seconds_left: float = 0.0  # of the epochs, as it looked when this was written
    best_epoch: int = -1  # from 0
    history: dict[str, list[float]] = field(default_factory=dict)  # as of a model's card
    unit: str = ""  # of the losses
    pca: float | None = None  # loss of PCA on the validation pictures


@dataclass(frozen=True)
class Job:
    """A training that was asked for."""

    id: str
    folder: Path
    wanted: Wanted
    asked: int  # when, in nanoseconds
    state: State

    @property
    def is_over(self) -> bool:
        """Whether nothing will come any more."""
        return self.state.phase in OVER

    def frames(self) -> list[int]:
        """Return the epochs of which pictures were kept, in order; the last where no film is."""
        epochs = [int(path.stem) for path in _frames(self.folder)]
        return epochs if self.wanted.film else epochs[-1:]

    def start(self) -> dict[str, NDArray[Any]]:
        """Return the pictures that are rebuilt as ``originals``, and as ``pca`` does."""
        return _arrays(self.folder / "frames" / "start.npz")

    def frame(self, epoch: int) -> dict[str, NDArray[Any]]:
        """Return the pictures that were kept after an epoch, see ``ae.training.follow``."""
        return _arrays(self.folder / "frames" / f"{epoch:05}.npz")


def drop_film(folder: Path) -> None:
    """Keep only the last pictures of a training that has ended."""
    for earlier in _frames(folder)[:-1]:
        with suppress(OSError):  # on Windows, while a page reads it
            earlier.unlink()


def _frames(folder: Path) -> list[Path]:
    return sorted((folder / "frames").glob("[0-9]*.npz"))


def _arrays(file: Path) -> dict[str, NDArray[Any]]:
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def can_train() -> bool:
    """Whether TensorFlow is installed; it is not imported."""
    with suppress(ValueError):  # of a module that was taken out
        return find_spec("tensorflow") is not None
    return False


# Asked from anywhere -----------------------------------------------------------------


def start(wanted: Wanted) -> str:
    """Ask for a training; return its ID.

    Raises:
        ValueError: One sentence that says why it cannot be.
        OSError: If it cannot be written.
    """
    if not can_train():
        raise ValueError(WAITS)
    check_named(wanted.name, wanted.title)
    check_choices(wanted.choices)
    folder = _jobs()
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "starting", wait=True):
        found = every()
        if sum(not job.is_over for job in found) > MOST_WAITING:
            raise ValueError(f"{MOST_WAITING} trainings wait already; let one end first.")
        check_room(_shelf())
        if wanted.name in _taken(found):
            raise ValueError(f"There is a model {wanted.name!r} already; choose another name.")
        for job in [job for job in found if job.is_over][MOST_KEPT - 1 :]:
            remove(job.id)
        name = secrets.token_hex(8)
        with built_aside(folder, name) as made:
            request = {"wanted": asdict(wanted), "asked": time.time_ns()}
            _write(made / _REQUEST, request)
    with (folder / name / "log.txt").open("ab") as log:
        _launch(str(folder / name), log=log)
    return name


def free_title(title: str) -> str:
    """Return a title that no model and no training has, for links name models by it."""
    return models.free_title(title, beside={j.wanted.title for j in every() if not j.is_over})


def free_name(title: str) -> str:
    """Return a name for a model of that title that no other model and no training has."""
    letters = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50] or "model"
    taken = _taken(every())
    numbered = (f"{letters}-{number}" for number in range(2, len(taken) + 3))
    return letters if letters not in taken else next(n for n in numbered if n not in taken)


def _taken(jobs: list[Job]) -> set[str]:
    shelves = (shelf for shelf in models.shelves() if shelf.is_dir())
    on_shelf = {folder.name for shelf in shelves for folder in shelf.iterdir()}
    return on_shelf | {job.wanted.name for job in jobs if not job.is_over}


def every() -> list[Job]:
    """Return all trainings that are known of, the newest first."""
    found = []
    if _jobs().is_dir():
        for folder in _jobs().iterdir():
            with suppress(ValueError):
                found.append(read(folder.name))
    return sorted(found, key=lambda job: (job.asked, job.id), reverse=True)


def read(name: str) -> Job:
    """Return a training by its ID.

    Raises:
        ValueError: If there is none.
    """
    folder = _jobs() / name
    try:
        if not _ID.fullmatch(name):
            raise ValueError("no ID")
        request = json.loads((folder / _REQUEST).read_text(encoding="utf-8"))
        choices = Choices(**request["wanted"].pop("choices"))
        wanted, asked = Wanted(choices=choices, **request["wanted"]), int(request["asked"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ValueError("This training is not known here any more; start another.") from problem
    return Job(name, folder, wanted, asked, _state(folder, wanted, asked))


def _state(folder: Path, wanted: Wanted, asked: int) -> State:
    state = _written(folder)
    if state is not None and state.phase in OVER:
        return state
    if _lives(folder):
        return state or State()
    # It may have ended since.
    state = _written(folder)
    if state is None and time.time_ns() - asked < _START_S * 1e9:
        return State()
    if state is not None and state.phase in OVER:
        return state
    if state is not None and state.phase == "placing" and (_shelf() / wanted.name).is_dir():
        return replace(state, phase="done")
    return replace(state or State(), phase="lost", message=LOST)


def _written(folder: Path) -> State | None:
    try:
        return State(**json.loads((folder / _STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def place(job: Job) -> int:
    """Return how many trainings come before one that waits."""
    return sum(not each.is_over and (each.asked, each.id) < (job.asked, job.id) for each in every())


def cancel(name: str, *, keep: bool) -> None:
    """Ask a training to stop, and to keep the best so far or nothing."""
    _write_text(read(name).folder / _STOP, KEEP if keep else DISCARD)


def remove(name: str) -> None:
    """Delete what is known of a training that is over; a model stays where it is.

    Raises:
        ValueError: If it goes on.
    """
    job = read(name)
    if not job.is_over:
        raise ValueError("This training goes on; cancel it first.")
    shutil.rmtree(job.folder)


# Estimates ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """What a training will take on this machine."""

    parameters: int  # weights of encoder and decoder
    decoder_macs: int  # multiply-adds for a picture
    steps: int  # in all
    seconds: float  # for all of them, of a few timed ones


_estimating: dict[str, "subprocess.Popen[bytes]"] = {}


def estimate(wanted: Wanted, image_shape: tuple[int, int, int], n: int) -> Estimate | None:
    """Return what a training will take; None while a process finds out.

    Args:
        wanted: What is trained; only what changes the network or its steps counts.
        image_shape: (height, width, channels).
        n: Pictures to learn from.

    Raises:
        ValueError: If it could not be found out.
    """
    asked = {"choices": asdict(wanted.choices), "image_shape": image_shape, "n": n}
    key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]
    folder = _jobs() / "estimates"
    file = folder / f"{key}.json"
    with suppress(OSError, ValueError, TypeError):
        found = Estimate(**json.loads(file.read_text(encoding="utf-8")))
        _estimating.pop(key, None)
        return found
    process = _estimating.get(key)
    if process is not None and process.poll() is not None:
        raise ValueError("What it will take could not be found out.")
    if any(each.poll() is None for each in _estimating.values()):
        return None
    if folder.is_dir() and len([*folder.iterdir()]) > _MOST_ESTIMATES:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    _write(file.with_suffix(".ask"), asked)
    _estimating[key] = _launch("--estimate", str(file))
    return None


# The process itself ------------------------------------------------------------------


class Discarded(Exception):
    """The training was cancelled, and nothing of it is to be kept."""


def asked_to_stop(folder: Path) -> str:
    """Return ``KEEP`` or ``DISCARD`` where a training was asked to stop, else ""."""
    try:
        return (folder / _STOP).read_text(encoding="utf-8")
    except OSError:
        return ""


def note(folder: Path, state: State) -> None:
    """Write down how far a training is."""
    _write(folder / _STATE, asdict(state))


@contextmanager
def turn(folder: Path) -> Iterator[Wanted]:
    """Give what was asked for when it is this training's turn.

    Raises:
        Discarded: If it was cancelled meanwhile.
    """
    with locked(folder / _ALIVE, wait=True):
        note(folder, State())
        while True:
            if asked_to_stop(folder):
                raise Discarded
            job = read(folder.name)
            if place(job) == 0:
                with locked(_jobs() / "training", wait=False) as mine:
                    if mine:
                        yield job.wanted
                        return
            time.sleep(_POLL_S)


def put_on_shelf(folder: Path, made: Path) -> None:
    """Move a model folder to the shelf: by one rename, and in nobody's place.

    Raises:
        OSError: If it cannot be, or there is one of its name by now.
    """
    _shelf().mkdir(parents=True, exist_ok=True)
    target = _shelf() / made.name
    if target.exists():
        raise FileExistsError(f"There is a model {made.name!r} by now; nothing was changed.")
    os.rename(made, target)


def _launch(*arguments: str, log: Any = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    """Start a process of the training half that lives on when this one ends."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        apart = {"creationflags": flags | subprocess.CREATE_NEW_PROCESS_GROUP}
    process = subprocess.Popen(
        [sys.executable, "-m", "ae.training.work", *arguments],
        cwd=_ROOT,
        # Which the web process sets for itself, see ``ae.ui.start``.
        env={name: text for name, text in os.environ.items() if name != "OPENBLAS_NUM_THREADS"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        **apart,
    )
    # Who is not asked whether it has ended stays as a zombie.
    _launched[:] = [each for each in _launched if each.poll() is None] + [process]
    return process


_launched: "list[subprocess.Popen[bytes]]" = []


def _jobs() -> Path:
    return home() / "jobs"


def _shelf() -> Path:
    return home() / "models"


def _write(path: Path, content: Any) -> None:
    _write_text(path, json.dumps(content))


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    part.write_text(text, encoding="utf-8")
    for attempt in range(20):
        try:
            os.replace(part, path)
            return
        except PermissionError:  # of Windows, while somebody reads
            if attempt == 19:
                raise
            time.sleep(0.05)


# Locks -------------------------------------------------------------------------------


@contextmanager
def locked(path: Path, *, wait: bool, shared: bool = False) -> Iterator[bool]:
    """Hold a lock that the system takes back when this process ends, however it ends.

    Args:
        path: A file that stands for it.
        wait: Whether to wait for it, or to give False where another holds it.
        shared: Whether others may hold it in the same way.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield _lock(handle, wait, shared)
    finally:
        os.close(handle)


def _lives(folder: Path) -> bool:
    path = folder / _ALIVE
    if not path.exists():
        return False
    with locked(path, wait=False, shared=True) as free:
        return not free


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int, wait: bool, shared: bool) -> bool:
        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not wait:
                    return False
                time.sleep(0.1)

else:
    import fcntl

    def _lock(handle: int, wait: bool, shared: bool) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
