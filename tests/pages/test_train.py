"""The page that trains, in all its states; no process is started."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ae import models
from ae.data import collection
from ae.data.gathering import files_in_zip, prepare
from ae.exchange.folder import add, pack, retitle
from ae.images.sheets import png_bytes
from ae.shelf.places import home
from ae.training import jobs
from ae.training.jobs import State
from ae.training.recipes import Choices, Wanted
from tests.pages.apps import component, open_page, tables, upload
from tests.toys import write_toy_vae
from tests.training.pictures import zip_of_shades, zipped

PAGE = "pages/build/train.py"


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What processes would have been started with."""
    found: list[tuple[str, ...]] = []

    class Ended:
        def poll(self) -> int | None:
            return None

    def launch(*arguments: str, log: Any = subprocess.DEVNULL) -> Ended:
        found.append(arguments)
        return Ended()

    monkeypatch.setattr("ae.training.jobs._launch", launch)
    monkeypatch.setattr("ae.training.jobs.can_train", lambda: True)
    monkeypatch.setattr("ae.ui.training.mine.can_train", lambda: True)
    monkeypatch.setattr("ae.training.jobs._estimating", {})
    return found


def labels(app: Any) -> list[str]:
    return [button.label for button in app.button]


def captions(app: Any) -> str:
    return "\n".join(str(caption.value) for caption in app.caption)


def asked_for(state: State | None = None, **changes: Any) -> jobs.Job:
    """A training in a state, without a process."""
    wanted = Wanted("pictures:0123456789abcdef", Choices(), "mine", "Mine")
    job = jobs.read(jobs.start(replace(wanted, **changes)))
    if state is not None:
        jobs.note(job.folder, state)
    return job


def row_of(app: Any, name: str) -> Any:
    """The row of a model of one's own."""
    return next(part for part in app.main if f"own-{name}" in getattr(part.proto, "id", ""))


def write_film(folder: Path, labels: Sequence[int] = ()) -> None:
    """Write what a training of two epochs keeps of ten pictures."""
    rng = np.random.default_rng(0)
    frames = folder / "frames"
    frames.mkdir(exist_ok=True)
    pictures = rng.integers(0, 255, (8, 16, 16, 3), np.uint8)
    np.savez(frames / "start.npz", originals=pictures, pca=pictures, labels=np.array(labels))
    for epoch in (1, 2):
        codes = rng.normal(size=(10, 4))
        file = frames / f"{epoch:05}.npz"
        np.savez(file, codes=codes, rebuilt=pictures, traversal=pictures[:7])


def test_one_click_trains_what_was_uploaded(launched: list[tuple[str, ...]]) -> None:
    app = open_page(PAGE)
    assert "Train" not in labels(app)
    upload(app, "training-pictures", ("shades.zip", zip_of_shades()))
    assert not app.exception
    assert "**60 pictures** can be used" in "".join(str(m.value) for m in app.markdown)
    assert tables(app) == [{"Class": ["bright", "dark"], "Pictures": ["30", "30"]}]
    assert launched[-1][0] == "--estimate"
    next(button for button in app.button if button.label == "Train").click().run()
    assert not app.exception
    (job,) = jobs.every()
    assert job.wanted.choices == Choices(width=384)
    assert (job.wanted.name, job.wanted.title) == ("my-pictures", "My pictures")
    assert launched[-1] == (str(job.folder),)
    assert app.query_params["job"] == job.id
    assert "Stop and discard" in labels(app)


def test_several_files_are_one_set_and_what_was_wrong_is_said() -> None:
    app = open_page(PAGE)
    upload(app, "training-pictures", ("a.png", b"no"), ("b.zip", b"no"))
    assert "not both" in str(app.error[0].value)
    upload(app, "training-pictures", ("a.png", b"no"), ("b.png", b"no"))
    assert "None of the 2 files" in str(app.error[0].value)
    upload(app, "training-pictures", ("b.zip", zipped({"a.txt": b"x"})))
    assert "There are no pictures" in str(app.error[0].value)
    # Of two folders, as a camera numbers them.
    greys = [png_bytes(np.full((16, 16), grey, np.uint8)) for grey in range(60)]
    upload(app, "training-pictures", *((f"{at % 30}.png", grey) for at, grey in enumerate(greys)))
    assert "**60 pictures** can be used" in "".join(str(m.value) for m in app.markdown)


def test_files_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ae.ui.training.pictures._MOST_MB", 1)
    app = open_page(PAGE)
    upload(app, "training-pictures", *((f"{at}.png", bytes(600_000)) for at in range(2)))
    assert "larger than 1 MB together" in str(app.error[0].value)
    assert not app.exception


@pytest.mark.parametrize("design", ["conv", "stacked", "denoising", "linear"])
def test_every_recipe_can_be_chosen_for_a_data_set(design: str) -> None:
    app = open_page(PAGE, learn="A data set", design=design.capitalize())
    app.segmented_control(key="design").set_value(design).run()
    assert not app.exception
    if design != "linear":
        app.toggle(key="film").set_value(False).run()
    next(button for button in app.button if button.label == "Train").click().run()
    (job,) = jobs.every()
    assert job.wanted.film == (design == "linear")
    assert (job.wanted.dataset, job.wanted.choices.design) == ("fashion-mnist", design)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "Waits to begin"),
        (State("loading"), "Reads the pictures"),
        (State("loading", "x.gz, 3 MB so far"), "Reads the pictures: x.gz, 3 MB so far"),
        (
            State("training", epoch=3, epochs=9, step=30, steps=90, seconds_left=240.0),
            "Trains: epoch 4 of 9, about 4 minutes left",
        ),
        (State("measuring", epoch=9, epochs=9), "Measures what it learned"),
    ],
)
def test_a_training_that_goes_on_is_shown_by_its_link(
    state: State | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ae.training.jobs._lives", lambda folder: True)
    history = {"loss": [3.0], "val_loss": [2.0]}
    job = asked_for(state and replace(state, history=history, best_epoch=0, pca=1.0))
    app = open_page(PAGE, job=job.id)
    assert not app.exception
    progress = app.get("progress")[0].proto
    assert words in progress.text
    next(button for button in app.button if button.label == "Stop and discard").click().run()
    assert jobs.asked_to_stop(job.folder) == jobs.DISCARD
    assert "Stops after the step" in app.get("progress")[0].proto.text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State("failed", "The disk is full."), "The disk is full."),
        (State("cancelled", "Cancelled; nothing was kept."), "nothing was kept"),
        (State("training"), "process of this training is gone"),
    ],
)
def test_one_that_came_to_nothing_says_why_and_can_be_started_again(
    state: State, words: str
) -> None:
    job = asked_for(state)
    app = open_page(PAGE, job=job.id)
    assert not app.exception
    told = [str(each.value) for each in (*app.error, *app.info, *app.warning)]
    assert any(words in each for each in told)
    next(button for button in app.button if button.label == "Start it again").click().run()
    assert app.query_params["job"] != job.id
    assert jobs.every()[0].wanted == job.wanted
    next(button for button in app.button if button.label == "Train another").click().run()
    assert "job" not in app.query_params
    assert not app.exception


def test_what_is_done_is_on_the_shelf_with_its_film() -> None:
    job = asked_for(State("done", epoch=2, epochs=2))
    write_toy_vae(home() / "models" / "mine", (16, 16, 3))
    write_film(job.folder)
    app = open_page(PAGE, job=job.id)
    assert not app.exception, app.exception
    film = component(app, "epochs")
    assert film["epochs"] == [1, 2]
    assert np.shape(film["points"]) == (2, 10, 2)
    assert film["classes"] == []
    assert "Delete" in labels(app)


def test_the_film_names_the_classes_that_it_colours() -> None:
    own = prepare(files_in_zip(zip_of_shades()))
    job = asked_for(State("cancelled"), dataset=own.dataset)
    write_film(job.folder, labels=[1, 0] * 5)
    film = component(open_page(PAGE, job=job.id), "epochs")
    names = ["bright", "dark"]
    assert film["classes"] == [{"label": at, "name": name} for at, name in enumerate(names)]
    # Of pictures that are kept no more, the model knows, and nobody without it.
    collection.forget(own.digest)
    write_toy_vae(home() / "models" / "mine", (16, 16, 3))
    write_film(job.folder, labels=[5, 2] * 5)
    for state, names in ((State("done"), ["c", "f"]), (State("lost"), ["Class 3", "Class 6"])):
        jobs.note(job.folder, state)
        film = component(open_page(PAGE, job=job.id), "epochs")
        assert [each["name"] for each in film["classes"]] == names


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("done", "the KL, 4.2 nats at the kept epoch, before its codes were put on"),
        ("training", "the KL, 9.0 nats after epoch 3, comes on top"),
    ],
)
def test_the_kl_is_that_of_the_kept_epoch_and_losses_say_of_how_many_pictures(
    phase: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ae.training.jobs._lives", lambda folder: phase == "training")
    own = prepare(files_in_zip(zip_of_shades()))
    losses = ("loss", "val_loss", "reconstruction_loss", "val_reconstruction_loss", "val_kl_loss")
    history = {name: [5.0, 4.2, 9.0] for name in losses}
    state = State(phase, epoch=3, epochs=9, best_epoch=1, history=history, unit="nats", pca=6.0)
    app = open_page(PAGE, job=asked_for(state, dataset=own.dataset).id)
    assert not app.exception
    assert words in captions(app)
    start, end = own.splits["validation"]
    assert f"Validation and PCA's line rest on {end - start} held-out pictures." in captions(app)


def test_the_list_says_of_each_training_what_is_said_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ae.training.jobs._lives", lambda folder: True)
    asked_for(State("training", epochs=9))
    waits = asked_for(name="next", title="Next")
    app = open_page(PAGE, job=waits.id)
    assert app.get("progress")[0].proto.text == "Waits for 1 other"
    assert [str(caption.value) for caption in app.caption][-2:] == ["Waits", "Goes on"]


def test_a_training_has_the_title_that_its_model_has_until_this_is_deleted() -> None:
    job = asked_for(State("done", "Epoch 3 was kept."))
    write_toy_vae(home() / "models" / "mine", (16, 16, 3))
    retitle(home() / "models" / "mine", "Better")
    app = open_page(PAGE, job=job.id)
    assert app.success[0].value == "It is on the shelf. Epoch 3 was kept."
    assert app.header[0].value == "Better"
    assert "Better" in [link.proto.label for link in app.get("page_link")]
    app.button(key="delete-mine").click().run()
    assert not app.success
    assert app.info[0].value == "Its model is not on the shelf any more. Epoch 3 was kept."
    assert "deleted" not in captions(app)
    assert app.header[0].value == "Mine"


def test_a_model_is_renamed_deleted_and_brought_back() -> None:
    write_toy_vae(home() / "models" / "mine", (16, 16, 3))
    app = open_page(PAGE)
    app.text_input[0].set_value("Better")
    next(button for button in app.button if button.label == "Rename").click().run()
    assert models.load("mine").card.title == "Better"
    app.button(key="delete-mine").click().run()
    assert "mine" not in [card.name for card in models.available()]
    app.button(key="undo-mine").click().run()
    assert models.load("mine").card.title == "Better"
    assert not app.exception


def test_a_refused_title_is_said_in_its_own_row_and_one_that_is_taken_closes_it() -> None:
    for name in ("first", "second"):
        write_toy_vae(home() / "models" / name, (16, 16, 3))
    app = open_page(PAGE)
    app.session_state["renaming-second"] = True
    for wanted, words in (("Second <b>", "must be plain words"), ("First", "called 'First'")):
        row_of(app, "second").text_input[0].set_value(wanted)
        row_of(app, "second").button[0].click().run()
        (problem,) = row_of(app, "second").error
        assert words in str(problem.value)
        assert len(app.error) == 1
        assert row_of(app, "second").text_input[0].value == wanted
        assert app.session_state["renaming-second"]
    row_of(app, "second").text_input[0].set_value("Better")
    row_of(app, "second").button[0].click().run()
    assert not app.error
    assert not app.session_state["renaming-second"]
    assert [models.load(name).card.title for name in ("first", "second")] == ["First", "Better"]


def test_a_deleted_model_that_was_brought_back_by_its_file_cannot_be_undone() -> None:
    write_toy_vae(home() / "models" / "mine", (16, 16, 3))
    packed = pack(models.load("mine"))
    app = open_page(PAGE)
    app.button(key="delete-mine").click().run()
    assert "Undo" in labels(app)
    add(packed, home() / "models")
    app.run()
    assert "Undo" not in labels(app)
    assert "Deleted" not in captions(app)
    assert (home() / "deleted" / "mine").is_dir()
    # Else the older one can be had.
    shutil.rmtree(home() / "models" / "mine")
    assert "Undo" in labels(app.run())


def test_where_visitors_may_only_look_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    job = asked_for()
    write_toy_vae(home() / "models" / "mine", (16, 16, 3))
    monkeypatch.setenv("AE_READONLY", "1")
    app = open_page(PAGE, job=job.id)
    assert "for looking only" in str(app.info[0].value)
    assert labels(app) == []
    assert not app.file_uploader


def test_without_tensorflow_the_page_says_what_training_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ae.ui.training.mine.can_train", lambda: False)
    app = open_page(PAGE)
    assert str(app.info[0].value) == jobs.WAITS
    assert "Train" not in labels(app)


@pytest.mark.parametrize("name", ["", "x", "../../etc", "0" * 16])
def test_a_link_to_no_training_is_one_sentence(name: str) -> None:
    app = open_page(PAGE, job=name)
    assert not app.exception
    assert [str(w.value)[:13] for w in app.warning] == (["This training"] if name else [])


def test_pictures_that_are_forgotten_are_gone() -> None:
    app = open_page(PAGE)
    upload(app, "training-pictures", ("shades.zip", zip_of_shades()))
    next(button for button in app.button if button.label == "Forget them").click().run()
    assert not app.exception
    assert "Train" not in labels(app)
    shutil.rmtree(home() / "pictures")
    assert not open_page(PAGE).exception


def test_a_link_to_two_trainings_shows_one() -> None:
    app = open_page(PAGE, job=["a", "b"])
    assert not app.exception
