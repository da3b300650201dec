from __future__ import annotations

from urllib.parse import urlencode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae.images.drawings import drawing_in_link, encode_drawing
from ae.lessons import LESSONS, Choice
from ae.ui.lessons.showing import DRAWING
from tests.door.saying import record_of, say
from tests.pages.apps import open_page

PAGE = "pages/learn/lessons.py"
FIRST = LESSONS["A bottleneck forces choices"]


def seen(app: AppTest) -> list[str]:
    assert not app.exception
    return [metric.value for metric in app.metric]


def buttons(app: AppTest, label: str) -> list[object]:
    return [button for button in app.button if button.label == label]


def test_the_answer_is_hidden_until_it_is_guessed_and_then_in_the_link() -> None:
    app = open_page(PAGE)
    assert seen(app) == []
    app.slider[0].set_value(40.0).run()
    assert seen(app) == []
    assert "guess1" not in app.query_params
    app.button[0].click().run()
    assert seen(app)[0] == "40 %"
    assert app.query_params["guess1"] in ("40", ["40"])
    assert buttons(app, "Next step")


def test_a_link_with_guesses_opens_on_their_answers() -> None:
    app = open_page(PAGE, lesson="Put to work", step="3", guess3="10")
    assert seen(app)[0] == "10 %"
    app = open_page(PAGE, lesson="Put to work", step="3", guess3="1e9")
    assert seen(app) == []


def test_guesses_of_one_lesson_are_none_of_another() -> None:
    app = open_page(PAGE, guess1="40")
    assert seen(app)
    app.segmented_control(key="lesson").set_value("Deeper is sharper").run()
    assert seen(app) == []
    assert "guess1" not in app.query_params
    app.segmented_control(key="lesson").set_value(FIRST.title).run()
    assert seen(app)[0] == "40 %"


@pytest.mark.parametrize("title", LESSONS)
def test_every_step_shows_its_answer_without_data_files(
    title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AE_DATASETS", raising=False)
    guesses = {
        f"guess{at}": 0 if isinstance(step.guess, Choice) else step.guess.high
        for at, step in enumerate(LESSONS[title].steps, 1)
    }
    app = open_page(PAGE, lesson=title, **{name: f"{guess:g}" for name, guess in guesses.items()})
    for at, step in enumerate(LESSONS[title].steps, 1):
        app.segmented_control(key="step").set_value(at).run()
        assert seen(app)[0] == step.guess.text(guesses[f"guess{at}"])
        assert app.get("bidi_component") or app.get("plotly_chart") or app.get("page_link")


def test_the_guesses_of_a_class_are_laid_over_one_another() -> None:
    app = open_page(PAGE, guess1="40")
    links = ["http://x/lessons?guess1=30", "http://x/lessons?guess1=60", "nonsense"]
    app.text_area[0].set_value("\n".join(links)).run()
    captions = " ".join(caption.value for caption in app.caption)
    assert "1 of 3 lines hold no guess of this step." in captions
    assert "2 guesses, the middle one 60 %" in captions
    assert len(app.get("plotly_chart")) == 1


def test_a_drawing_is_compared_with_what_is_decoded_and_stands_in_the_link() -> None:
    walking = LESSONS["A space one can walk in"]
    number = next(at for at, step in enumerate(walking.steps, 1) if step.drawn)
    app = open_page(PAGE, lesson=walking.title, step=str(number))
    image = np.zeros((28, 28))
    image[4:24, 8:20] = 0.4
    say(app, DRAWING, encode_drawing(0.5 * image))
    assert {*app.query_params} == {"lesson", "step"}, "not before it is a guess"
    # The last stroke and the click may come in one run, which shows the canvas no more.
    moved = {"revision": record_of(app, DRAWING).revision, "values": encode_drawing(image)}
    app.session_state[DRAWING] = {"moved": moved}
    next(button for button in app.button if button.label == "See the answer").click().run()
    assert not app.exception
    assert any("of your drawing" in caption.value for caption in app.caption)
    settings = {
        name: text if isinstance(text, str) else text[0] for name, text in app.query_params.items()
    }
    assert {*settings} == {"lesson", "step", f"guess{number}", f"drawing{number}"}
    assert settings[f"drawing{number}"] == drawing_in_link(image)
    another = open_page(PAGE, **settings)
    assert any("of your drawing" in caption.value for caption in another.caption)
    next(button for button in another.button if button.label == "Guess again").click().run()
    assert {*another.query_params} == {"lesson", "step"}
    settings[f"drawing{number}"] = "%" * 262
    hostile = open_page(PAGE, **settings)
    assert not hostile.exception
    assert not any("of your drawing" in caption.value for caption in hostile.caption)


def test_the_drawings_of_a_class_are_laid_over_one_another() -> None:
    walking = LESSONS["A space one can walk in"]
    number = next(at for at, step in enumerate(walking.steps, 1) if step.drawn)
    settings = {"lesson": walking.title, "step": str(number), f"guess{number}": "2"}
    app = open_page(PAGE, **settings)
    links = [
        f"http://x/lessons?{urlencode(settings | {f'drawing{number}': drawing_in_link(image)})}"
        for image in (np.eye(28), np.eye(28)[::-1])
    ]
    app.text_area[0].set_value("\n".join([*links, links[0][:-9]])).run()
    assert not app.exception
    assert any("The mean of 2 drawings" in caption.value for caption in app.caption)
