"""No page uses a word of the glossary that it does not explain."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from ae import models
from ae.coding.autoencoder import Autoencoder
from ae.ui.glossary import ALIASES, GLOSSARY, ON_THE_WAY
from ae.ui.miniatures import Miniature
from tests.pages.apps import open_page
from tests.test_architecture import PAGES
from tests.toys import change_card, write_toy_vae

# Parts of pages that are there on request.
ASKED_FOR = [
    ("pages/explore/arithmetic.py", {"mode": "Your own direction"}),
    ("pages/explore/arithmetic.py", {"mode": "Equation"}),
    ("pages/explore/arithmetic.py", {"mode": "Path"}),
    ("pages/explore/latent_map.py", {"map": "t-SNE"}),
    ("pages/build/compare.py", {"view": "Rate-distortion lab"}),
]


def visible(block: Any) -> Iterator[str]:
    """Yield the words of a page, but not what the glossary says of them."""
    for part in getattr(block, "children", {}).values():
        proto = getattr(part, "proto", None)
        fields = (proto, getattr(proto, "popover", None), getattr(proto, "expandable", None))
        texts = (getattr(f, name, "") for f in fields for name in ("body", "label", "caption"))
        yield from (text for text in texts if isinstance(text, str))
        yield from visible(part)


def offered(app: AppTest) -> set[str]:
    assert not app.exception
    given = [json.loads(found.proto.json)[0] for found in app.get("bidi_component")]
    return {word["term"] for data in given if "meaning" in str(data) for word in data["words"]}


@pytest.mark.parametrize(("path", "query"), [*((page, {}) for page in PAGES), *ASKED_FOR])
def test_a_page_explains_every_word_of_the_glossary_that_it_uses(
    path: str, query: dict[str, str]
) -> None:
    app = open_page(path, **query)
    assert not app.exception
    if path.endswith("glossary.py"):
        return  # which explains them all
    used = [word.term for word in GLOSSARY.values() if any(map(word.stands_in, visible(app.main)))]
    assert set(used) <= offered(app) | set(ON_THE_WAY)


@pytest.mark.parametrize("link", [{}, {"garment": "Pullover"}])
def test_a_word_that_is_looked_for_leads_to_its_page(link: dict[str, str]) -> None:
    assert {*ALIASES.values(), *(word.page for word in GLOSSARY.values())} <= set(PAGES)
    home = open_page(**link)
    box = home.selectbox(key="looked-for")
    assert {"linear", "stacked", "variational", "smile vector"} <= set(box.options)
    found = box.set_value("smile vector").run()
    assert not found.exception
    assert found.title[0].value == "Arithmetic"


def test_a_word_that_is_best_seen_on_this_page_leads_here_once() -> None:
    home = open_page()
    app = home.selectbox(key="looked-for").set_value("bottleneck").run()
    assert not app.exception
    assert app.title[0].value == home.title[0].value
    assert app.selectbox(key="looked-for").value is None


def test_numbers_beside_words_are_the_cards() -> None:
    told: set[str] = set()
    for card in models.available(Autoencoder):
        model = models.load(card.name)
        told |= {term for term, word in GLOSSARY.items() if word.number(model)}
        error = GLOSSARY["squared error"].number(model) or ""
        assert error.startswith(f"{card.evaluation['test']['model']['mse']:.4f} on ")
    assert {"prior", "posterior", "KL", "nats", "ELBO", "AUROC", "effect size", "beta"} <= told


@pytest.mark.parametrize(
    ("distance", "told"),
    [
        (None, None),
        (
            {"prior": 3.0, "fitted": 2.0, "training": 1.0, "n": 6},
            "draws from its prior 3.0, training images 1.0.",
        ),
    ],
)
def test_numbers_that_a_card_lacks_are_not_told(
    tmp_path: Path, distance: dict[str, float] | None, told: str | None
) -> None:
    folder = write_toy_vae(tmp_path / "toy", (16, 16, 1))
    evaluation = copy.deepcopy(models.read_card(folder).evaluation)
    evaluation["test"]["feature_distance"] = distance
    change_card(folder, evaluation=evaluation, recipe={"beta": "many"})
    model = models.open_folder(folder)
    found = {term: word.number(model) for term, word in GLOSSARY.items()}
    assert found["feature distance"] == told
    assert found["beta"] is None


def test_charts_beside_words_are_drawn_from_the_model() -> None:
    drawn: set[str] = set()
    for card in models.available(Autoencoder):
        model = models.load(card.name)
        charts = {term: word.chart(model) for term, word in GLOSSARY.items()}
        for term, chart in charts.items():
            if chart is not None:
                drawn.add(term)
                assert "nan" not in chart.svg
                assert chart.words
        if model.is_vae:
            # The posterior of a picture is narrower than the prior.
            prior, posterior = (places_filled(path) for path in areas(charts["posterior"]))
            assert 0 < posterior < prior
    assert {"prior", "posterior", "KL", "dead dimension", "AUROC", "trustworthiness"} <= drawn


def areas(chart: Miniature | None) -> list[list[float]]:
    """Return how high each area of a chart stands above its lowest, at every place."""
    assert chart is not None
    lines = [line.get("d", "") for line in ElementTree.fromstring(chart.svg)]
    heights = [[float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", line)] for line in lines]
    return [[max(ys) - y for y in ys] for ys in heights]


def places_filled(heights: list[float]) -> int:
    return sum(height > max(heights) / 2 for height in heights)


def test_home_explains_what_is_met_everywhere() -> None:
    assert set(ON_THE_WAY) <= offered(open_page())
