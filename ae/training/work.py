"""The process of a training that was asked for, see ``ae.training.jobs``."""

import json
import os
import shutil
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ae.data import Progress
from ae.training import jobs
from ae.training.jobs import Discarded, State
from ae.training.recipes import Choices, Wanted

_NOTE_S = 1.0
_NICENESS = 10  # visitors of the app come first


def main(arguments: list[str]) -> None:
    """Do what was asked for, and write down how it went."""
    _make_modest()
    if arguments[0] == "--estimate":
        _estimate(Path(arguments[1]))
        return
    folder = Path(arguments[0])
    try:
        with jobs.turn(folder) as wanted:
            state = _train(folder, wanted)
            # Before the next one's turn, and before this one counts as gone.
            jobs.note(folder, state)
    except Discarded:
        jobs.note(folder, State("cancelled", "Cancelled before it began."))


def _make_modest() -> None:
    """Leave the processor to visitors who ask for it."""
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(_NICENESS)
    cores = os.cpu_count() or 1
    threads = str(cores if cores <= 2 else cores - 1)
    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def _train(folder: Path, wanted: Wanted) -> State:
    """Train, and return how it ended."""
    latest = State("loading")
    jobs.note(folder, latest)
    shelf = folder / "shelf"
    follow = None
    try:
        from ae.training.follow import Follow
        from ae.training.train import train_wanted

        follow = Follow(folder)
        made = train_wanted(
            wanted, shelf, screen=sys.stdout, progress=_fetching(folder), watch=follow.begin
        )
        latest = follow.state
        if jobs.asked_to_stop(folder) == jobs.DISCARD:
            raise Discarded
        jobs.note(folder, replace(latest, phase="placing"))
        jobs.put_on_shelf(folder, made)
        return replace(latest, phase="done", message=follow.ended)
    except (Discarded, KeyboardInterrupt):
        latest = follow.state if follow else latest
        return replace(latest, phase="cancelled", message="Cancelled; nothing was kept.")
    # Whatever went wrong, the visitor is told.
    except Exception as problem:
        traceback.print_exc(file=sys.stdout)
        latest = follow.state if follow else latest
        known = isinstance(problem, ValueError | OSError)
        words = str(problem) if known else "It failed for a reason that the log names."
        if isinstance(problem, MemoryError) or "Resource" in type(problem).__name__:
            words = "The memory of this machine does not suffice; choose a smaller width."
        return replace(latest, phase="failed", message=words.splitlines()[0][:400])
    finally:
        shutil.rmtree(shelf, ignore_errors=True)
        if not wanted.film:
            jobs.drop_film(folder)


def _fetching(folder: Path) -> Progress:
    """Return what writes down how much of the data was fetched, now and then."""
    noted = 0.0

    def note(name: str, done: int, total: int | None) -> None:
        nonlocal noted
        if time.monotonic() - noted > _NOTE_S:
            noted = time.monotonic()
            if jobs.asked_to_stop(folder):
                raise Discarded
            jobs.note(folder, State("loading", f"{name}, {done / 1e6:.0f} MB so far"))

    return note


def _estimate(file: Path) -> None:
    asked: dict[str, Any] = json.loads(file.with_suffix(".ask").read_text(encoding="utf-8"))
    from ae.training.follow import time_steps

    wanted = Wanted("pictures", Choices(**asked["choices"]), "estimate", "Estimate")
    found = time_steps(wanted, tuple(asked["image_shape"]), asked["n"])
    part = file.with_suffix(".part")
    part.write_text(json.dumps(found), encoding="utf-8")
    os.replace(part, file)


if __name__ == "__main__":
    main(sys.argv[1:])
