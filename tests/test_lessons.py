"""Lessons as data: every answer is worked out by shipped models, without data files."""

from __future__ import annotations

import math

import pytest

from ae import models
from ae.coding.autoencoder import Autoencoder
from ae.lessons import LESSONS, Lesson, Quantity, Step
from ae.ui.lessons.overlay import guess_in
from ae.ui.lessons.showing import SHOWN
from ae.ui.lessons.taking import guess_link

STEPS = [(lesson, step) for lesson in LESSONS.values() for step in lesson.steps]
BOTTLENECK = LESSONS["A bottleneck forces choices"]


@pytest.mark.parametrize(("lesson", "step"), STEPS, ids=[step.name for _, step in STEPS])
def test_the_answer_of_a_step_can_be_guessed_and_says_where_it_comes_from(
    lesson: Lesson, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AE_DATASETS", raising=False)
    answer = step.answer(models.load)
    assert math.isfinite(answer.value)
    assert step.guess.allows(answer.value)
    assert any(letter.isdigit() for letter in answer.words)
    # It is not given away before it is guessed.
    assert step.guess.text(answer.value) not in (lesson.words if lesson.steps[0] is step else "")


def test_a_question_tells_the_sizes_of_its_model() -> None:
    telling = [step for _, step in STEPS if step.model]
    assert all("{" not in step.asked(models.load) for _, step in STEPS)
    assert not [step for _, step in STEPS if "{" in step.question and step not in telling]
    for step in telling:
        model = models.load(step.model, Autoencoder)
        assert f"{model.latent_dim} numbers" in step.asked(models.load)
        if step.name == "used":
            assert isinstance(step.guess, Quantity)
            assert step.guess.high == model.latent_dim


def test_there_are_five_lessons_of_a_few_steps_and_each_step_shows_something() -> None:
    assert len(LESSONS) == 5
    assert all(4 <= len(lesson.steps) <= 6 for lesson in LESSONS.values())
    names = [step.name for _, step in STEPS]
    assert len(set(names)) == len(names)
    assert set(SHOWN) == set(names)


def test_an_answer_follows_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    step = BOTTLENECK.steps[0]
    before = step.answer(models.load).value
    card = models.load("fashion-conv").card
    monkeypatch.setitem(card.evaluation["test"]["pca"], "mse", 0.0)
    assert step.answer(models.load).value == 100 != before


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("http://localhost:8501/lessons?guess1=40", 40),
        ("http://x/lessons?lesson=A+bottleneck+forces+choices&guess1=7&step=3", 7),
        ("?guess1=40", 40),
        ("http://x/lessons?lesson=Deeper+is+sharper&guess1=7", None),
        ("http://x/lessons?guess2=7", None),
        ("?guess1=101", None),
        ("?guess1=nan", None),
        ("?guess1=<b>1</b>", None),
        ("http://[::1/lessons?guess1=40", None),
        ("?" + "&".join(f"a{at}=1" for at in range(30)) + "&guess1=40", None),
        ("?guess1=40" + " " * 1000, None),
        ("", None),
    ],
)
def test_a_guess_is_read_from_a_link_that_may_hold_anything(text: str, guess: float | None) -> None:
    assert guess_in(text, BOTTLENECK, 1, guess_link(1)) == guess


def test_a_choice_is_read_only_if_it_is_one() -> None:
    number = len(BOTTLENECK.steps)
    assert not isinstance(BOTTLENECK.steps[-1].guess, Quantity)
    for text, guess in (("3", 3), ("4", None), ("0.5", None), ("-1", None)):
        found = guess_in(f"?guess{number}={text}", BOTTLENECK, number, guess_link(number))
        assert found == guess
