"""Trainings that go on by themselves; in most tests a small stand-in does not really train."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ae.data.gathering import files_in_zip, prepare
from ae.shelf.places import home
from ae.training import jobs
from ae.training.jobs import State
from ae.training.recipes import Choices, Wanted
from tests.training.pictures import zip_of_shades

WANTED = Wanted("pictures:0123456789abcdef", Choices("stacked", 2), "mine", "Mine")
# Does what the process of a training does, without one.
STAND_IN = """
import sys, time
from pathlib import Path
from ae.training import jobs
from ae.training.jobs import State
folder = Path(sys.argv[1])
try:
    with jobs.turn(folder):
        jobs.note(folder, State("training", epoch=1, epochs=9))
        while not (asked := jobs.asked_to_stop(folder)) and not (folder / "go").exists():
            time.sleep(0.01)
        phase = "cancelled" if asked == jobs.DISCARD else "done"
        jobs.note(folder, State(phase))
except jobs.Discarded:
    jobs.note(folder, State("cancelled"))
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes of trainings, in the order in which they were asked for."""
    processes: list[subprocess.Popen[bytes]] = []

    def launch(*arguments: str, log: Any = None) -> subprocess.Popen[bytes]:
        processes.append(subprocess.Popen([sys.executable, "-c", STAND_IN, *arguments]))
        return processes[-1]

    monkeypatch.setattr("ae.training.jobs._launch", launch)
    monkeypatch.setattr("ae.training.jobs.can_train", lambda: True)
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def until(holds: Callable[[], bool]) -> None:
    for _ in range(1200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def phase(name: str) -> str:
    return jobs.read(name).state.phase


def ask(name: str) -> str:
    return jobs.start(replace(WANTED, name=name))


def test_one_trains_and_the_others_wait_in_their_order(
    started: list[subprocess.Popen[bytes]],
) -> None:
    first, second, third = ask("first"), ask("second"), ask("third")
    until(lambda: phase(first) == "training")
    assert (phase(second), phase(third)) == ("waiting", "waiting")
    assert [jobs.place(jobs.read(name)) for name in (first, second, third)] == [0, 1, 2]
    (jobs.read(first).folder / "go").touch()
    until(lambda: phase(second) == "training")
    assert (phase(first), phase(third)) == ("done", "waiting")
    jobs.cancel(third, keep=False)
    until(lambda: phase(third) == "cancelled")
    jobs.cancel(second, keep=True)
    until(lambda: phase(second) == "done")
    assert [job.wanted.name for job in jobs.every()] == ["third", "second", "first"]


def test_a_training_whose_process_was_killed_is_called_lost_and_the_next_begins(
    started: list[subprocess.Popen[bytes]],
) -> None:
    first, second = ask("first"), ask("second")
    until(lambda: phase(first) == "training")
    started[0].kill()
    until(lambda: phase(first) == "lost")
    assert "process of this training is gone" in jobs.read(first).state.message
    until(lambda: phase(second) == "training")
    started[1].kill()
    until(lambda: phase(second) == "lost")
    jobs.remove(first)
    with pytest.raises(ValueError, match="not known here any more"):
        jobs.read(first)


def test_one_that_never_began_is_called_lost_after_a_while(
    started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ae.training.jobs._launch", lambda *a, log: None)
    name = ask("first")
    assert phase(name) == "waiting"
    monkeypatch.setattr("ae.training.jobs._START_S", 0.0)
    assert phase(name) == "lost"


def test_one_killed_just_after_its_model_was_put_on_the_shelf_is_done(
    started: list[subprocess.Popen[bytes]],
) -> None:
    name = ask("first")
    until(lambda: phase(name) == "training")
    started[0].kill()
    started[0].wait()
    jobs.note(jobs.read(name).folder, State("placing"))
    assert phase(name) == "lost"
    (home() / "models" / "first").mkdir(parents=True)
    assert phase(name) == "done"


def test_trainings_beyond_the_queue_and_names_in_use_are_refused(
    started: list[subprocess.Popen[bytes]],
) -> None:
    names = [ask(f"model-{number}") for number in range(jobs.MOST_WAITING + 1)]
    with pytest.raises(ValueError, match="5 trainings wait already"):
        ask("one-more")
    jobs.cancel(names[-1], keep=False)
    until(lambda: jobs.read(names[-1]).is_over)
    with pytest.raises(ValueError, match="There is a model 'model-0' already"):
        ask("model-0")
    with pytest.raises(ValueError, match="There is a model 'fashion-conv' already"):
        ask("fashion-conv")
    assert jobs.free_name("Model: 0") == "model-0-2"
    assert jobs.free_name("ÄÖ") == "model"
    assert jobs.free_title("Mine") == "Mine 2"
    with pytest.raises(ValueError, match="goes on"):
        jobs.remove(names[0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "../x"}, "no name of a model"),
        ({"title": "[x](//y)"}, "title must be plain words"),
        ({"choices": Choices(latent=1)}, "size of the code must be from 2 to 128"),
        ({"choices": Choices(epochs=10**6)}, "number of epochs must be from 0 to 1000"),
        ({"choices": Choices(beta=float("nan"))}, "weight beta must be"),
        ({"choices": Choices("other")}, "recipe must be one of vae"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_process_starts(
    changes: dict[str, Any], words: str, started: list[subprocess.Popen[bytes]]
) -> None:
    with pytest.raises(ValueError, match=words):
        jobs.start(replace(WANTED, **changes))
    assert not started


@pytest.mark.parametrize("name", ["", "..", "../../etc", "0" * 16, "x" * 16])
def test_another_id_is_one_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="not known here any more"):
        jobs.read(name)


def test_damaged_folders_of_trainings_harm_nobody(started: list[subprocess.Popen[bytes]]) -> None:
    name = ask("first")
    until(lambda: phase(name) == "training")
    for number, content in enumerate([b"", b"{}", b"[1]", b'{"wanted": 3, "asked": 1}']):
        folder = home() / "jobs" / f"{number:016}"
        folder.mkdir()
        (folder / "request.json").write_bytes(content)
    assert [job.id for job in jobs.every()] == [name]
    (jobs.read(name).folder / "state.json").write_text("{", encoding="utf-8")
    assert phase(name) == "waiting"


def test_what_waits_for_tensorflow_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ae.training.jobs.can_train", lambda: False)
    with pytest.raises(ValueError, match=r"^Training waits for TensorFlow"):
        jobs.start(WANTED)


# The real process ------------------------------------------------------------------


def on_shelf() -> list[str]:
    shelf = home() / "models"
    return sorted(each.name for each in shelf.iterdir()) if shelf.is_dir() else []


@pytest.mark.slow
def test_a_training_in_a_process_of_its_own_gives_a_model() -> None:
    from ae import models

    found = prepare(files_in_zip(zip_of_shades()))
    name = jobs.start(Wanted(found.dataset, Choices("vae", 2, 16, epochs=3), "mine", "Mine"))
    until(lambda: jobs.read(name).is_over)
    job = jobs.read(name)
    assert (job.state.phase, job.state.message) == ("done", "")
    assert len(job.state.history["val_loss"]) == 3
    assert job.frames() == [1, 2, 3]
    assert job.frame(3)["codes"].shape == (40, 2)
    assert len(job.start()["labels"]) == 40
    assert job.frame(3)["traversal"].shape == (7, 16, 16, 1)
    model = models.load("mine", models.Autoencoder)
    assert model.card.class_names == ("bright", "dark")
    assert model.images is not None
    assert on_shelf() == ["mine"]
    assert not (job.folder / "shelf").exists()


@pytest.mark.slow
@pytest.mark.parametrize("keep", [True, False])
def test_cancelling_keeps_the_best_so_far_or_nothing(keep: bool) -> None:
    found = prepare(files_in_zip(zip_of_shades()))
    choices = Choices("stacked", 2, 16, epochs=1000)
    name = jobs.start(Wanted(found.dataset, choices, "mine", "Mine", film=False))
    kept = jobs.read(name).folder / "frames"
    until(lambda: len(list(kept.glob("[0-9]*.npz"))) > 1)
    jobs.cancel(name, keep=keep)
    until(lambda: jobs.read(name).is_over)
    state = jobs.read(name).state
    assert state.phase == ("done" if keep else "cancelled")
    assert ("best so far was kept" if keep else "nothing was kept") in state.message
    assert on_shelf() == (["mine"] if keep else [])
    # No film was asked for: only the last pictures are left.
    assert len(list(kept.glob("[0-9]*.npz"))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("when", ["loading", "training", "measuring"])
def test_a_kill_at_any_moment_leaves_the_shelf_as_it_was(when: str) -> None:
    found = prepare(files_in_zip(zip_of_shades()))
    epochs = 1000 if when == "training" else 2
    name = jobs.start(Wanted(found.dataset, Choices("vae", 2, 16, epochs=epochs), "mine", "Mine"))
    until(lambda: phase(name) == when)
    for process in jobs._launched:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert phase(name) == "lost"
    assert on_shelf() == []


@pytest.mark.slow
@pytest.mark.parametrize("both", [False, True])
def test_a_training_outlives_its_server_and_is_called_lost_where_both_were_killed(
    both: bool,
) -> None:
    server = """
import sys, time
from ae.training import jobs
from ae.training.recipes import Choices, Wanted
name = jobs.start(Wanted(sys.argv[1], Choices("vae", 2, 16, epochs=2), "mine", "Mine"))
print(name, jobs._launched[0].pid, flush=True)
time.sleep(600)
"""
    dataset = prepare(files_in_zip(zip_of_shades())).dataset
    command = [sys.executable, "-c", server, dataset]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name, pid = process.stdout.readline().split()
        process.kill()
    if both:
        os.kill(int(pid), signal.SIGKILL)
    until(lambda: jobs.read(name).is_over)
    assert phase(name) == ("lost" if both else "done")
    assert on_shelf() == ([] if both else ["mine"])


@pytest.mark.slow
def test_pictures_that_are_gone_are_said() -> None:
    name = jobs.start(replace(WANTED, name="mine"))
    until(lambda: jobs.read(name).is_over)
    state = jobs.read(name).state
    assert (state.phase, on_shelf()) == ("failed", [])
    assert "not on this machine any more" in state.message


@pytest.mark.slow
def test_what_a_training_takes_is_found_out_by_a_process() -> None:
    wanted = replace(WANTED, choices=Choices("conv", 4, 16))
    until(lambda: jobs.estimate(wanted, (16, 16, 1), 100) is not None)
    found = jobs.estimate(wanted, (16, 16, 1), 100)
    assert found is not None
    assert found.parameters > 1000
    assert 0 < found.decoder_macs < 1e6
    assert found.seconds > 0
    json.dumps(found.seconds)
