from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ae.card import read_card
from ae.models import SHIPPED, load
from tests.pages.apps import open_page

CARDS = [read_card(path.parent) for path in sorted(SHIPPED.glob("*/card.json"))]
VAES = [card for card in CARDS if card.kind == "vae"]


def page(**query: str) -> AppTest:
    app = open_page("pages/explore/sample.py", **query)
    assert not app.exception
    return app


def component(app: AppTest, holding: str) -> dict[str, Any]:
    """What the component was given whose data hold this name."""
    assert not app.exception
    for found in app.get("bidi_component"):
        data = json.loads(found.proto.json or "{}")
        if holding in data:
            return dict(data)
    raise AssertionError(f"no component with {holding}")


@pytest.mark.parametrize("name", [card.name for card in VAES])
def test_every_variational_model_has_its_page(name: str) -> None:
    app = page(vae=load(name).card.title)
    assert len(component(app, "rows")["names"]) == 10
    headers = [header.value for header in app.header]
    assert ("The whole plane" in headers) == (load(name).latent_dim == 2)


def test_a_seed_decides_the_draws_and_is_in_the_link() -> None:
    first = component(page(draw="7"), "rows")["rows"]
    assert component(page(draw="7"), "rows")["rows"] == first
    app = page(draw="8")
    assert component(app, "rows")["rows"] != first
    next(b for b in app.button if b.label == "Draw again").click().run()
    assert app.number_input(key="draw").value == 9


def test_prior_mixture_and_temperature_differ() -> None:
    prior = component(page(), "rows")["rows"]
    fitted = component(page(drawn_from="A fitted mixture"), "rows")["rows"]
    cool = component(page(temperature="0.0"), "rows")["rows"]
    assert prior != fitted
    assert len(set(cool[0]["pictures"])) == 1
    assert cool != prior


def test_a_code_without_data_near_it_is_warned_of() -> None:
    far = "_".join(["4"] * 16)
    app = page(vae=load("fashion-vae-16").card.title, z=far)
    assert any("No test image has a code near" in str(w.value) for w in app.warning)


@pytest.mark.parametrize("z", ["", "nonsense", "1_2", "nan_" * 16, "9e99_" * 16])
def test_nonsense_in_the_link_gives_the_prior_mean(z: str) -> None:
    app = page(vae=load("fashion-vae-16").card.title, z=z)
    assert app.query_params["z"] == "_".join(["0"] * 16)


def test_start_buttons_move_the_code() -> None:
    app = page()
    before = app.query_params["z"]
    next(b for b in app.button if b.label == "Random draw").click().run()
    assert not app.exception
    moved = app.query_params["z"]
    assert moved != before
    next(b for b in app.button if b.label == "Prior mean").click().run()
    assert app.query_params["z"] == before


def test_the_posterior_of_an_image_is_shown() -> None:
    app = page(posterior_of="3")
    assert any("nats from the prior" in str(c.value) for c in app.caption)
