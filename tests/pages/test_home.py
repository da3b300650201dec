from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ae import models
from ae.exchange.folder import pack
from ae.models import SHIPPED
from tests.pages.apps import component, open_page, tables, upload
from tests.test_architecture import PAGES
from tests.toys import change_card, copy_toy


def titles(app: AppTest) -> list[str]:
    """Return what stands in bold: titles of models, and others."""
    bold = (re.fullmatch(r"\*\*(.+)\*\*", str(text.value)) for text in app.markdown)
    return [found[1] for found in bold if found]


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.warning, *app.error]
    return "\n".join(str(part.value) for part in parts)


def test_home_shows_every_shipped_model_with_its_measured_numbers() -> None:
    app = open_page()
    assert not app.exception
    cards = models.available(models.Autoencoder)
    assert cards
    assert titles(app)[-len(cards) :] == [card.title for card in cards]
    assert not tables(app)  # which are drawn when they are asked for
    for card in cards:
        app.session_state[f"numbers-{card.name}"] = True
    app.run()
    for table, card in zip(tables(app), cards, strict=True):
        measured = card.evaluation["test"]["model"]["mse"]
        assert f"{measured:.5f}" in str(table)
    assert "Trained by this project's own commands. Every" in texts(app)
    # No digits below their standard errors, 54 and 0.8.
    assert "-ELBO -25,945 nats" in texts(app)
    assert "-ELBO 234.8 nats" in texts(app)
    pages = {link.proto.page for link in app.get("page_link")}
    assert pages
    assert pages <= {Path(page).stem for page in PAGES}


@pytest.mark.parametrize("data", ["here or absent", "absent"])
def test_the_figure_follows_the_garment(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if data == "absent":
        monkeypatch.delenv("AE_DATASETS", raising=False)
    app = open_page()
    assert not app.exception
    before = component(app, "reconstruction")
    pills = app.pills(key="garment")
    pills.set_value(pills.options[0]).run()
    assert not app.exception
    assert component(app, "reconstruction") != before


def test_every_door_and_every_task_leads_to_a_page() -> None:
    links = [link.proto for link in open_page().get("page_link")]
    pages = {Path(page).stem for page in PAGES}
    assert {link.page for link in links} <= pages
    tasks = {"Add a smile", "See what beta does", "Take a lesson"}
    doors = {"Project points", "Remove noise", "Draw new garments", "Find anomalies"}
    assert tasks | doors <= {link.label for link in links}


def test_a_damaged_model_and_one_for_other_pictures_do_not_hinder(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "SHIPPED", SHIPPED)
    (toy_shelf / "first" / "decoder.onnx").write_bytes(b"damaged")
    for path in ("", "pages/explore/reconstruct.py", "pages/explore/sample.py"):
        app = open_page(path)
        assert not app.exception
        assert "Model folder 'first': decoder.onnx" in texts(app)
    assert {"Toy", "Convolutional autoencoder"} <= set(titles(open_page()))


def test_cards_from_strangers_are_refused_one_by_one(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "SHIPPED", SHIPPED)
    changes: dict[str, dict[str, object]] = {
        "kind": {"kind": ["vae"]},
        "shape": {"image_shape": [float("inf"), 28, 1]},
        "settings": {"kind": "denoiser", "evaluation": {"test": {"settings": []}}},
        "words": {"title": "[Win](http://example.org)"},
    }
    for name, change in changes.items():
        change_card(copy_toy(toy_shelf / "second", toy_shelf / name), **change)
    app = open_page()
    assert not app.exception
    for name in changes:
        assert f"Model folder '{name}': " in texts(app)
    assert "example.org" not in texts(app)
    assert titles(app).count("Toy") == 2
    assert "Convolutional autoencoder" in titles(app)


def test_an_empty_shelf_says_how_to_fill_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(models, "SHIPPED", tmp_path)
    app = open_page()
    assert not app.exception
    assert "python -m ae train" in texts(app)


def test_a_packed_model_is_put_on_the_shelf_unless_visitors_may_not(
    toy_shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "SHIPPED", SHIPPED)
    packed = pack(models.load("second"))
    shutil.rmtree(toy_shelf / "second")
    app = upload(open_page(), "packed-model", ("second.zip", packed))
    assert not app.exception
    assert {"Toy", "Toy 2"} <= {*titles(app)}
    app = upload(app, "packed-model", ("second.zip", packed))
    assert "There is a model 'second' already" in texts(app)
    monkeypatch.setenv("AE_READONLY", "1")
    assert not open_page().file_uploader
