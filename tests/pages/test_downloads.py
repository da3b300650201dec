"""Pages without the test images: all there, one wording, and one button."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ae.data import Progress, fashion_mnist, smiles
from ae.shelf import places
from tests.data.test_smiles import photographs, zipped
from tests.pages.apps import component, open_page

FASHION = "The test images of Fashion-MNIST are not on this machine yet. Until then "
SMILES = "The test images of SMILEsmileD are not on this machine yet. Until then "
DRAWN = "this page shows garments drawn for it."
REBUILT = "this page shows them as the model rebuilds them."
PAGES = {
    "": FASHION + DRAWN,
    "pages/explore/reconstruct.py": FASHION + DRAWN,
    "pages/apply/denoise.py": FASHION + DRAWN,
    "pages/apply/anomalies.py": FASHION + DRAWN,
    "pages/build/checkup.py": FASHION + "blur, and where PCA is better, are not looked at.",
    "pages/build/compare.py": FASHION + DRAWN,
    "pages/build/compare.py?view=Rate-distortion lab": FASHION + DRAWN,
    "pages/explore/latent_map.py": FASHION + REBUILT,
    "pages/explore/latent_map.py?place=true": FASHION + REBUILT,
    "pages/explore/sample.py": FASHION + REBUILT,
    "pages/explore/arithmetic.py?vae=VAE with 16 numbers": FASHION + REBUILT,
    "pages/explore/arithmetic.py?vae=Photographs of faces": SMILES + REBUILT,
    "pages/explore/latent_map.py?vae=Photographs of faces": SMILES + REBUILT,
}


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AE_DATASETS", raising=False)


def page(address: str) -> AppTest:
    path, _, query = address.partition("?")
    app = open_page(path, **dict(parse_qsl(query)))
    assert not app.exception
    assert not app.error
    return app


def said(app: AppTest) -> list[str]:
    return [str(text.value) for text in app.markdown]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def click(app: AppTest, label: str) -> None:
    next(button for button in app.button if label in button.label).click().run()
    assert not app.exception


@pytest.mark.parametrize("address", PAGES)
def test_every_page_says_once_what_is_missing_and_offers_to_fetch_it(address: str) -> None:
    app, sentence = page(address), PAGES[address]
    assert said(app).count(sentence) == 1
    size = "27" if sentence.startswith(SMILES) else "4"
    offers = [label for label in labels(app) if "Download the test" in label]
    assert offers == [f"Download the test images ({size} MB)"]
    assert not any("python -m ae data" in text for text in said(app))


def test_drawn_pictures_and_the_projection_miss_nothing() -> None:
    for path in ("pages/explore/arithmetic.py", "pages/learn/projection.py"):
        assert not any("Download" in label for label in labels(page(path)))


def test_home_can_send_every_class_through() -> None:
    assert tuple(page("").pills(key="garment").options) == fashion_mnist.CLASS_NAMES


def test_drawn_garments_can_be_looked_at_closely() -> None:
    app = page("pages/apply/anomalies.py?normal=Trouser")
    drawn = component(app, "rows")
    assert len(drawn["names"]) == len(fashion_mnist.CLASS_NAMES)
    assert drawn["names"][-1] == "Trouser, drawn"
    scores = [float(caption) for caption in drawn["rows"][0]["captions"]]
    assert scores == sorted(scores, reverse=True)
    verdicts = [str(w.value) for w in app.warning]
    assert any(f"**{drawn['names'][0]}**: score" in text for text in verdicts)
    app = page("pages/apply/anomalies.py?normal=Bag")
    assert component(app, "rows")["names"][-1] == "Bag, drawn"


def test_what_was_fetched_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    test = zipped(photographs())

    def download(progress: Progress) -> None:
        progress(smiles.FILE_NAME, 0, None)
        progress(smiles.FILE_NAME, len(test), len(test))
        path = places.home() / "datasets" / smiles.NAME / smiles.FILE_NAME
        path.parent.mkdir(parents=True)
        path.write_bytes(test)

    monkeypatch.setattr(smiles, "download", download)
    st.cache_resource.clear()  # an earlier test may have read the real ones
    app = page("pages/explore/latent_map.py?vae=Photographs of faces")
    click(app, "Download")
    assert smiles.is_here()
    # These are others than the model's, which no download would change.
    assert not any("Download" in label for label in labels(app))
    sentence = f"The test images of this model cannot be shown, so {REBUILT}"
    assert sentence in [str(caption.value) for caption in app.caption]


def test_a_failed_download_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ae.data.fashion_mnist.SOURCES", ("http://127.0.0.1:9/",))
    app = page("pages/explore/reconstruct.py")
    click(app, "Download")
    assert [("could not be downloaded" in error.value) for error in app.error] == [True]
    assert not list(places.home().rglob("*.gz*"))
    assert "Try again" in labels(app)
