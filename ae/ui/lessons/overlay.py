"""The guesses of a class, laid over one another: read from links, which may hold anything."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import streamlit as st

from ae.lessons import LESSONS, Answer, Choice, Lesson, Quantity
from ae.ui.door.link import Link
from ae.ui.figures import BLUE, GREY, ORANGE, Figure, new_figure

MOST_LINKS = 60
_MOST_LETTERS = 500  # of a link
_MOST_FIELDS = 20  # of its query


def lay_over(lesson: Lesson, number: int, link: Link, answer: Answer, own: float) -> None:
    """Let links be pasted, and show their guesses of a step beside the answer and one's own."""
    with st.expander("A class's guesses over one another"):
        text = st.text_area(
            f"Links handed in, one a line, {MOST_LINKS} at most",
            max_chars=MOST_LINKS * (_MOST_LETTERS + 1),
            key=f"links-{lesson.title}",
            persist_state="session",
            placeholder="https://…/lessons?lesson=…&guess1=40",
        )
        lines = [line for line in (text or "").splitlines() if line.strip()]
        found = [guess_in(line, lesson, number, link) for line in lines[:MOST_LINKS]]
        guesses = [guess for guess in found if guess is not None]
        if not lines:
            return
        if len(guesses) < len(lines):
            st.caption(
                f"{len(lines) - len(guesses)} of {len(lines)} lines hold no guess of this step."
            )
        if guesses:
            _show(lesson, number, guesses, answer, own)


def guess_in(text: str, lesson: Lesson, number: int, link: Link) -> float | None:
    """Return the guess of a step in a link, or None where there is none that makes sense."""
    if len(text) > _MOST_LETTERS:
        return None
    try:
        fields = parse_qs(urlsplit(text.strip()).query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    # The address leaves the first lesson out.
    if fields.get("lesson", [next(iter(LESSONS))])[0] != lesson.title:
        return None
    values = link.read(fields.get(link.name, [""])[0])
    guess = lesson.steps[number - 1].guess
    return values[0] if values and guess.allows(values[0]) else None


def _show(
    lesson: Lesson, number: int, guesses: Sequence[float], answer: Answer, own: float
) -> None:
    guess = lesson.steps[number - 1].guess
    middle = sorted(guesses)[len(guesses) // 2]
    if isinstance(guess, Quantity):
        words = f"{len(guesses)} guesses, the middle one {guess.text(middle)}; "
        words += f"the answer is {guess.text(answer.value)}."
        figure = _line(guess, guesses, answer, own)
    else:
        right = sum(each == answer.value for each in guesses)
        words = f"{right} of {len(guesses)} guessed {guess.text(answer.value)}, which is right."
        figure = _counts(guess, guesses, answer)
    st.plotly_chart(figure, key="overlay", config={"displayModeBar": False}, alt=words)
    st.caption(words)


def _line(guess: Quantity, guesses: Sequence[float], answer: Answer, own: float) -> Figure:
    """Draw each guess as a dot, those that are equal above one another."""
    heights = [guesses[:at].count(each) for at, each in enumerate(list(guesses))]
    figure = new_figure(
        xaxis={"range": [guess.low, guess.high], "title": guess.unit.strip()},
        yaxis={"visible": False, "range": [-1, max(heights) + 1.5]},
        height=200,
        legend={"orientation": "h", "y": 1.15},
    )
    figure.add_vline(x=answer.value, line={"color": ORANGE, "width": 3})
    dots = {"color": BLUE, "size": 13, "opacity": 0.7}
    figure.add_scatter(x=list(guesses), y=heights, mode="markers", marker=dots, name="The class")
    mine = {"color": GREY, "size": 15, "symbol": "diamond"}
    figure.add_scatter(x=[own], y=[-0.6], mode="markers", marker=mine, name="You")
    figure.add_scatter(
        x=[None], y=[None], mode="lines", line={"color": ORANGE, "width": 3}, name="The answer"
    )
    return figure


def _counts(guess: Choice, guesses: Sequence[float], answer: Answer) -> Figure:
    counts = [sum(each == at for each in guesses) for at in range(len(guess.options))]
    colours = [ORANGE if at == answer.value else BLUE for at in range(len(guess.options))]
    figure = new_figure(height=200, yaxis={"title": "Guesses", "dtick": 1})
    return figure.add_bar(x=list(guess.options), y=counts, marker={"color": colours})
