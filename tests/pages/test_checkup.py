from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ae.coding.diagnosis import diagnose
from ae.models import Autoencoder, available, load
from ae.ui import checkup
from tests.pages.apps import but_thorough, open_page


def shown(app: AppTest) -> str:
    return "\n".join(str(each.value).replace("\\", "") for each in app.markdown)


@pytest.mark.parametrize(
    "name", but_thorough(["fashion-vae-2"], [card.name for card in available(Autoencoder)])
)
def test_every_autoencoder_is_examined_and_its_worst_findings_come_first(name: str) -> None:
    model = load(name)
    app = open_page("pages/build/checkup.py", vae=model.card.title)
    assert not app.exception
    words = shown(app)
    places: dict[str, list[int]] = {"bad": [], "good": []}
    for each in diagnose(model):
        assert each.what in words
        if each.what not in ("Blur", "Where PCA is better", "Better than PCA"):  # need images
            places.setdefault(each.grade, []).append(words.index(f"**{each.what}**"))
    assert max(places["bad"], default=0) < min(places["good"])


def test_without_the_images_it_says_what_it_did_not_look_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkup, "originals", lambda autoencoder: None)
    words = shown(open_page("pages/build/checkup.py", vae="Photographs of faces"))
    assert "not on this machine" in words
    assert "Of 10 things" in words
