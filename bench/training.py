"""Training in the app: how fast, how soon there is a slider, and what a kill does.

``throughput`` trains the same network with a plain ``fit`` of Keras and as the app does, with
its validation, its notes and its pictures, in turns, and gives the ratio of the two. ``minutes``
takes a zip of 500 pictures of 64 by 64 pixels through the default settings, from the bytes of
the zip to a model that is on the shelf, opened and decoding. ``kills`` ends trainings at random
moments, with the server that started them, without it, or the server alone, and looks at the
shelf and at what is said each time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ae import models
from ae.data import Dataset
from ae.data.gathering import FROM_BROWSER, files_in_zip, prepare
from ae.shelf.places import home
from ae.training import jobs
from ae.training.recipes import Choices, Wanted, of_choices
from bench.table import Row
from tests.training.pictures import zip_of_faces, zip_of_shades

_PARTS = ("throughput", "minutes", "kills")
ROUNDS = 2  # in turns, so that what else the machine does meets both
PICTURES = 500
KILLS = 50
_LEAST = 1.0
_WHY = "Beside the fit the app notes every epoch, keeps pictures for the film and measures PCA."
MOST_S = 40.0  # from asking to the end of a small training, on a busy machine

# A server that asks for a training, and does nothing else.
_SERVER = """
import sys, time
from ae.training import jobs
from ae.training.recipes import Choices, Wanted
print(jobs.start(Wanted(sys.argv[1], Choices("vae", 2, 16, epochs=2), sys.argv[2], "Mine")))
sys.stdout.flush()
time.sleep(600)
"""


def main() -> None:
    """Measure what is asked for, and print it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("what", choices=(*_PARTS, "all"), nargs="?", default="all")
    options.add_argument("--kills", type=int, default=KILLS)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    measured: dict[str, Any] = {"load_before": os.getloadavg()[0], "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AE_HOME"] = folder
        parts = _PARTS if given.what == "all" else (given.what,)
        if "throughput" in parts:
            measured["throughput"] = throughput()
        if "minutes" in parts:
            measured["minutes"] = minutes()
        if "kills" in parts:
            measured["kills"] = kills(given.kills)
    print(json.dumps(measured, indent=None if given.json else 1))


def rows(*, quick: bool = False) -> list[Row]:
    """Return the line of the table; none where TensorFlow is not installed."""
    if find_spec("tensorflow") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AE_HOME"] = folder
        found = throughput(epochs=2 if quick else 20)
    here, beside = found["app_pictures_per_s"], found["plain_pictures_per_s"]
    return [Row("training", here, "pictures/s", beside, "plain fit", least=_LEAST, why=_WHY)]


def throughput(rounds: int = ROUNDS, epochs: int | None = None) -> dict[str, float]:
    """Return pictures a second of a plain fit and of the app's at default settings."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    from ae.training.contents import linear_baseline
    from ae.training.fit import compiled_network, fit
    from ae.training.follow import Follow

    rng = np.random.default_rng(0)
    images = rng.random((PICTURES, 64, 64, 3), np.float32)
    train = Dataset("noise", "train", images[100:], None)
    validation = Dataset("noise", "validation", images[:50], None)
    wanted = Wanted("noise", Choices(), "mine", "Mine")
    recipe = of_choices(wanted, (64, 64, 3), len(train))
    recipe = replace(recipe, epochs=epochs or recipe.epochs)
    recipe = replace(recipe, patience=recipe.epochs)  # both to the end
    baseline = linear_baseline(train, recipe.latent_dim)
    seconds: dict[str, list[float]] = {"plain": [], "app": []}
    work: dict[str, list[float]] = {"plain": [], "app": []}
    for _ in range(rounds + 1):
        start, busy = time.perf_counter(), time.process_time()
        keras.utils.set_random_seed(recipe.seed)
        network = compiled_network(recipe, (64, 64, 3))[2]
        network.fit(
            train.images,
            train.images,
            batch_size=recipe.batch_size,
            epochs=recipe.epochs,
            validation_data=(validation.images, validation.images),
            verbose=0,
        )
        seconds["plain"].append(time.perf_counter() - start)
        work["plain"].append(time.process_time() - busy)
        folder = Path(tempfile.mkdtemp(dir=home()))
        follow = Follow(folder)
        with Path(os.devnull).open("w", encoding="utf-8") as screen:
            start, busy = time.perf_counter(), time.process_time()
            fit(recipe, train, validation, baseline=baseline, screen=screen, watch=follow.begin)
            seconds["app"].append(time.perf_counter() - start)
            work["app"].append(time.process_time() - busy)
    for each in (*seconds.values(), *work.values()):
        del each[0]  # which TensorFlow takes to get ready
    seen = len(train) * recipe.epochs
    ratios = [p / a for p, a in zip(seconds["plain"], seconds["app"], strict=True)]
    return {
        "plain_pictures_per_s": seen / statistics.median(seconds["plain"]),
        "app_pictures_per_s": seen / statistics.median(seconds["app"]),
        "ratio": statistics.median(ratios),
        "least_ratio": min(ratios),
        # Of processor time, which other programs on the machine change less.
        "work_ratio": sum(work["plain"]) / sum(work["app"]),
        "rounds": rounds,
    }


def minutes() -> dict[str, float]:
    """Return seconds from the bytes of a zip to a picture that a new model decodes."""
    content = zip_of_faces(PICTURES)
    start = time.perf_counter()
    found = prepare(files_in_zip(content), FROM_BROWSER)
    read = time.perf_counter() - start
    name = jobs.start(Wanted(found.dataset, Choices(), "mine", "Mine"))
    began = 0.0
    while not (job := jobs.read(name)).is_over:
        if job.state.phase == "training" and not began:
            began = time.perf_counter() - start
        time.sleep(0.2)
    if job.state.phase != "done":
        raise SystemExit(f"It did not end well: {job.state.message}")
    model = models.load("mine", models.Autoencoder)
    model.decode(model.codes[:1])
    test = model.card.evaluation["test"]
    return {
        "pictures": found.n,
        "reading_s": read,
        "until_first_step_s": began,
        "until_live_s": time.perf_counter() - start,
        "epochs": job.state.epoch,
        "decoder_macs": model.card.decoder_macs,
        "psnr_db": test["model"]["psnr_db"],
        "pca_psnr_db": test["pca"]["psnr_db"],
    }


def kills(n: int) -> dict[str, Any]:
    """End trainings, their server, or both, n times; return what was found."""
    rng = random.Random(0)
    dataset = prepare(files_in_zip(zip_of_shades())).dataset
    seen: dict[str, int] = {}
    for number in range(n):
        who = ("job", "server", "both")[number % 3]
        name = f"mine-{number}"
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, dataset, name], stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        job = jobs.read(server.stdout.readline().strip())
        time.sleep(rng.uniform(0, MOST_S / 2))
        phase = jobs.read(job.id).state.phase
        if who in ("server", "both"):
            server.kill()
        if who in ("job", "both"):
            for pid in _processes(job.folder):
                os.kill(pid, signal.SIGKILL)
        server.kill()
        server.wait()
        server.stdout.close()
        end = time.perf_counter() + 4 * MOST_S
        while not (after := jobs.read(job.id)).is_over and time.perf_counter() < end:
            time.sleep(0.2)
        _check(name, who, after)
        key = f"{who}: {phase} -> {after.state.phase}"
        seen[key] = seen.get(key, 0) + 1
        jobs.remove(job.id)
    return {"n": n, "seen": dict(sorted(seen.items()))}


def _check(name: str, who: str, after: jobs.Job) -> None:
    cards, refusals = models.survey()
    there = name in [card.name for card in cards]
    assert not refusals, refusals
    assert after.is_over, f"{name} never ended"
    assert there == (after.state.phase == "done"), (name, after.state)
    if who == "server":
        assert there, after.state
    if not there:
        assert after.state.message.endswith("."), after.state
    else:
        models.load(name)


def _processes(folder: Path) -> list[int]:
    """Return the processes that were started for a training."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"ae.training.work" in words and str(folder).encode() in words:
            found.append(int(path.parent.name))
    return found


if __name__ == "__main__":
    main()
