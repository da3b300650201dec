"""Taking a lesson: guesses, answers, and links that hold both."""

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode, urlsplit

import streamlit as st

from ae.lessons import LESSONS, Answer, Lesson, Quantity, Step
from ae.ui.caching import loaded
from ae.ui.controls import choose_one
from ae.ui.door.link import Numbers
from ae.ui.door.record import begin, forget, held
from ae.ui.draw import canvas_text, drawing_canvas
from ae.ui.glossary import explained, words_in
from ae.ui.lessons.overlay import drawing_link, lay_over
from ae.ui.lessons.showing import DRAWING, SHOWN
from ae.ui.shelf import usable_models

_LESSON, _STEP = "lesson", "step"


@dataclass(frozen=True)
class Place:
    """A step of a lesson, and where its guess is kept."""

    lesson: Lesson
    number: int  # counted from 1

    @property
    def step(self) -> Step:
        """The step."""
        return self.lesson.steps[self.number - 1]

    @property
    def link(self) -> Numbers:
        """What writes and reads its guess in the address."""
        return guess_link(self.number)

    @property
    def drawn(self) -> str:
        """The drawing that belongs to its guess, as the canvas' text; "" for none."""
        return canvas_text(DRAWING) if self.step.drawn and self.guessed is not None else ""

    @property
    def key(self) -> str:
        """The key of its guess's record."""
        return f"guess-{self.lesson.title}-{self.number}"

    @property
    def guessed(self) -> float | None:
        """The guess, while one was made."""
        guess = held(self.key)
        return guess if guess is not None and self.step.guess.allows(guess) else None


def guess_link(number: int) -> Numbers:
    """Return what writes and reads the guess of a step, counted from 1."""
    return Numbers(f"guess{number}", (1, 1), (-1e6, 1e6), digits=4)


def take_lesson() -> None:
    """Let a lesson be chosen and taken step by step."""

    def begin_lesson() -> None:
        st.session_state[_STEP] = 1

    title = choose_one("Lesson", LESSONS, _LESSON, on_change=begin_lesson)
    lesson = LESSONS[title]
    st.markdown(lesson.words)
    places = [Place(lesson, number) for number in range(1, len(lesson.steps) + 1)]
    for place in places:
        place.link.follow(place.key, lambda values: values[0])
        guess = place.guessed
        place.link.show(() if guess is None else (guess,))
        link = drawing_link(place.number)
        if place.step.drawn and (drawing := link.brought()):
            begin(DRAWING, drawing)
        link.show(place.drawn)
    # Another lesson may have had more steps.
    for number in range(len(places) + 1, max(len(each.steps) for each in LESSONS.values()) + 1):
        guess_link(number).show(())
        drawing_link(number).show("")
    if st.session_state.get(_STEP, 1) not in range(1, len(places) + 1):
        st.session_state[_STEP] = 1
    number = choose_one("Step", range(1, len(places) + 1), _STEP)
    done = sum(place.guessed is not None for place in places)
    st.caption(f"{done} of {len(places)} guessed.")
    _take(places[number - 1])
    if number < len(places):
        st.button(
            "Next step",
            icon=":material/arrow_forward:",
            on_click=partial(st.session_state.__setitem__, _STEP, number + 1),
        )
    _hand_out(places, number)


def _take(place: Place) -> None:
    step, shelf = place.step, usable_models()
    at_hand = [shelf[step.model]] if step.model in shelf else []
    at_hand += shelf.values()
    st.header(f"{place.number}. Predict", anchor=False)
    guess = place.guessed
    try:
        question = step.asked(loaded)
        answer = None if guess is None else step.answer(loaded)
    except ValueError as problem:
        st.info(f"{problem} This step needs that model.")
        return
    st.markdown(question)
    if guess is None or answer is None:
        explained(*words_in(f"{place.lesson.words} {question}"), of=at_hand)
        _ask(place)
        return
    st.header("Then see", anchor=False)
    _compare(step, guess, answer)
    st.markdown(answer.words)
    explained(*words_in(f"{place.lesson.words} {question} {answer.words}"), of=at_hand)
    st.button(
        "Guess again", icon=":material/undo:", type="tertiary", on_click=partial(forget, place.key)
    )
    SHOWN[step.name]()
    lay_over(place.lesson, place.number, place.link, answer, guess)


def _ask(place: Place) -> None:
    guess, key = place.step.guess, f"asked-{place.key}"
    if place.step.drawn:
        drawing_canvas(DRAWING, height=240)
        st.caption("Once you see the answer, the link holds your drawing in four greys.")
    if isinstance(guess, Quantity):
        value: float | None = st.slider(
            "Your guess",
            float(guess.low),
            float(guess.high),
            (guess.low + guess.high) / 2,
            float(guess.step),
            key=key,
            format=f"%.{0 if float(guess.step).is_integer() else 1}f{guess.unit}".replace(
                " %", " %%"
            ),
        )
    else:
        chosen = st.pills("Your guess", guess.options, key=key)
        value = None if chosen is None else float(guess.options.index(chosen))

    def commit() -> None:
        begin(place.key, value)

    st.button("See the answer", type="primary", disabled=value is None, on_click=commit)


def _compare(step: Step, guess: float, answer: Answer) -> None:
    with st.container(horizontal=True):
        st.metric("Your guess", step.guess.text(guess), border=True, width=280)
        st.metric("The answer", step.guess.text(answer.value), border=True, width=280)


def _hand_out(places: list[Place], number: int) -> None:
    """Show links to this step: for a class, and with one's own guesses for the teacher."""
    with st.expander("Links: hand this step out, or hand your guesses in"):
        settings = {_LESSON: places[0].lesson.title, _STEP: str(number)}
        st.caption("To hand out: the lesson opens here, with nothing guessed yet.")
        st.code(_address(settings), language=None)
        guesses = {
            place.link.name: place.link.text([place.guessed])
            for place in places
            if place.guessed is not None
        }
        for place in places:
            link = drawing_link(place.number)
            if text := link.text(place.drawn):
                guesses[link.name] = text
        if guesses:
            st.caption(
                "To hand in: your guesses are in it, and nothing else. Nothing is sent anywhere."
            )
            st.code(_address(settings | guesses), language=None)


def _address(settings: dict[str, str]) -> str:
    page = urlsplit(st.context.url or "")
    return page._replace(query=urlencode(settings), fragment="").geturl()
