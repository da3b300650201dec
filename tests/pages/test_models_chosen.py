"""The model chosen on one page is the model on the next, where that can use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ae.models import load
from tests.pages.apps import open_page
from tests.toys import write_toy_vae

HOME, RECONSTRUCT, SAMPLE = (
    "pages/learn/home.py",
    "pages/explore/reconstruct.py",
    "pages/explore/sample.py",
)
TWO, SIXTEEN = "fashion-vae-2", "fashion-vae-16"


def go(app: AppTest, page: str) -> None:
    app.query_params.clear()  # as by the links of the navigation
    app.switch_page(page).run()


def vae(app: AppTest) -> Any:
    assert not app.exception
    return app.selectbox(key="vae").value


def models(app: AppTest) -> list[str]:
    value: Any = app.pills(key="models").value
    return list(value)


def test_who_never_chose_sees_what_each_page_shows_first() -> None:
    app = open_page(SAMPLE)
    assert vae(app) == SIXTEEN
    go(app, "pages/explore/arithmetic.py")
    assert vae(app) == "faces-vae"
    go(app, "pages/explore/latent_map.py")
    assert vae(app) == TWO  # whose codes are a plane
    go(app, RECONSTRUCT)
    names = models(app)
    assert len(names) == 2
    assert TWO not in names


@pytest.mark.parametrize(
    ("page", "query"), [(SAMPLE, {"vae": "[Gone](x)"}), (RECONSTRUCT, {"models": "[Gone](x)"})]
)
def test_a_link_to_a_model_that_is_not_here_says_so(page: str, query: dict[str, str]) -> None:
    app = open_page(page, **query)
    assert not app.exception
    assert ["not to be had here, Gone (x):" in str(warning.value) for warning in app.warning] == [
        True
    ]
    assert not open_page(page, vae="Drawn faces").warning


@pytest.mark.thorough
def test_a_choice_goes_along_from_page_to_page() -> None:
    app = open_page(SAMPLE)
    app.selectbox(key="vae").set_value(TWO).run()
    go(app, HOME)
    assert app.selectbox(key="model").value == TWO
    go(app, "pages/explore/arithmetic.py")
    assert vae(app) == TWO
    go(app, RECONSTRUCT)
    names = models(app)
    assert names[0] == TWO
    assert load(TWO).card.title in app.query_params["models"]
    names.append(SIXTEEN)
    app.pills(key="models").set_value(names).run()
    assert models(app) == names
    go(app, "pages/explore/latent_map.py")
    assert vae(app) == SIXTEEN
    for name in (TWO, "faces-vae"):
        app.selectbox(key="vae").set_value(name).run()
        assert vae(app) == name
        go(app, "pages/learn/projection.py")
        go(app, "pages/explore/latent_map.py")
        assert vae(app) == name


def test_a_page_that_cannot_use_the_choice_keeps_its_own_and_the_choice() -> None:
    app = open_page(SAMPLE)
    app.selectbox(key="vae").set_value("faces-vae").run()
    go(app, HOME)
    first = app.selectbox(key="model").value
    assert first != "faces-vae"
    go(app, "pages/explore/latent_map.py")
    assert vae(app) == "faces-vae"


def test_models_of_other_pictures_are_left_behind() -> None:
    app = open_page("pages/build/compare.py")
    faces = ["smiles-vae", "smiles-vae-unhinted"]
    app.pills(key="models").set_value(["fashion-conv", *faces]).run()
    go(app, RECONSTRUCT)
    assert not app.exception
    assert not set(models(app)) & set(faces)
    go(app, "pages/build/compare.py")
    app.pills(key="models").set_value(faces).run()
    go(app, RECONSTRUCT)
    assert not app.exception
    assert len(models(app)) == 2


def test_a_model_of_one_s_own_that_a_link_brought_goes_along(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_toy_vae(tmp_path / "models" / "portraits", (16, 16, 3))
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    app = open_page(SAMPLE, vae="Portraits")
    assert vae(app) == "portraits"
    go(app, "pages/explore/latent_map.py")
    assert vae(app) == "portraits"


def test_a_link_to_one_of_a_family_keeps_it_in_the_address() -> None:
    app = open_page("pages/explore/arithmetic.py", vae="Photographs of faces, by PCA")
    assert "Photographs of faces" in app.query_params["vae"]
    assert "By PCA" in app.query_params["taught-smiles-vae"]
