"""The guesses of a class, laid over one another: read from links, which may hold anything."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images.drawings import drawing_of_link
from ae.images.sheets import to_uint8
from ae.lessons import LESSONS, Answer, Choice, Lesson, Quantity
from ae.ui.door.link import Numbers
from ae.ui.draw import DrawingLink
from ae.ui.figures import BLUE, GREY, ORANGE, Figure, new_figure
from ae.ui.pictures import show_picture

MOST_LINKS = 60
_MOST_LETTERS = 1000  # of a link
_MOST_FIELDS = 20  # of its query
_ENLARGED = 6  # side of a drawing's pixel on screen


def drawing_link(number: int) -> DrawingLink:
    """Return what writes and reads in the address what is drawn in a step, counted from 1."""
    return DrawingLink(f"drawing{number}")


def lay_over(lesson: Lesson, number: int, link: Numbers, answer: Answer, own: float) -> None:
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
        texts = (_parameter(line, lesson, drawing_link(number).name) for line in lines[:MOST_LINKS])
        drawings = [drawing for text in texts if (drawing := drawing_of_link(text)) is not None]
        if drawings:
            _show_drawings(drawings)


def guess_in(text: str, lesson: Lesson, number: int, link: Numbers) -> float | None:
    """Return the guess of a step in a link, or None where there is none that makes sense."""
    values = link.read(_parameter(text, lesson, link.name))
    guess = lesson.steps[number - 1].guess
    return values[0] if values and guess.allows(values[0]) else None


def _parameter(text: str, lesson: Lesson, name: str) -> str:
    """Return a parameter of a link to a lesson; "" where the link is none or lacks it."""
    if len(text) > _MOST_LETTERS:
        return ""
    try:
        fields = parse_qs(urlsplit(text.strip()).query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return ""
    # The address leaves the first lesson out.
    if fields.get("lesson", [next(iter(LESSONS))])[0] != lesson.title:
        return ""
    return fields.get(name, [""])[0]


def _show_drawings(drawings: Sequence[NDArray[np.float32]]) -> None:
    """Show the mean of drawings, in which what all drew is bright."""
    mean = to_uint8(np.mean(drawings, axis=0))
    words = f"The mean of {len(drawings)} drawing{'s' if len(drawings) > 1 else ''}"
    show_picture(mean, alt=words, scale=_ENLARGED)
    st.caption(f"{words}: what all of them have is bright.")


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
