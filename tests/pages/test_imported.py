"""Pages of models that were made elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from ae.__main__ import main
from ae.exchange.importing import save
from ae.models import load
from ae.ui.sampling.plain import scale_of
from tests.exchange.files import NETWORKS, path_of, spots, strange_decoder
from tests.pages.apps import ROOT, but_thorough, component, open_page

PAGES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("pages/*/*.py"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the user's own: a VAE, a plain autoencoder and decoders alone."""
    home = tmp_path_factory.mktemp("home")
    for name in ("dense", "dcgan"):
        networks = {which: path_of(name, which) for which in ("encoder", "decoder")}
        images, low = spots(120, NETWORKS[name][0])
        save(name, **networks, images=images, attributes={"low": low}, shelf=home / "models")  # type: ignore[arg-type]
    for name, decoder in (("strange", strange_decoder()), ("grid", path_of("grid", "decoder"))):
        save(name, decoder=decoder, shelf=home / "models")
    return home


@pytest.fixture
def shelf(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AE_HOME", str(home))


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("title", but_thorough(["Dcgan"], ["Dense", "Dcgan"]))
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_where_imported_models_are(page: str, title: str) -> None:
    app = open_page(page, vae=title, model=title)
    assert not app.exception


@pytest.mark.usefixtures("shelf")
def test_home_says_which_models_were_not_trained_here() -> None:
    words = [text.value for text in open_page().markdown]
    assert any("own commands, except what was imported: Dcgan, Dense. " in each for each in words)


@pytest.mark.usefixtures("shelf")
def test_home_leads_to_decoders_alone_and_other_pages_say_what_they_lack() -> None:
    links = [link.proto.label for link in open_page().get("page_link")]
    assert {"Sample from Strange", "Sample from Grid"} <= {*links}
    app = open_page("pages/explore/latent_map.py", vae="Grid")
    assert "Grid: it lacks what this page shows" in app.warning[0].value


@pytest.mark.usefixtures("shelf")
def test_what_was_imported_is_not_evaluated_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "dense"]) == 1
    assert "dense was imported" in capsys.readouterr().err


@pytest.mark.usefixtures("shelf")
def test_a_decoder_alone_has_sliders_and_says_what_it_lacks() -> None:
    for title, digest in (("Strange", False), ("Grid", True)):
        app = open_page("pages/explore/sample.py", vae=title)
        data = component(app, "sliders")
        assert bool(data["decoder"]["digest"]) == digest
        assert len(data["sliders"]) == min(load(title.lower()).latent_dim, 8)
        assert "decoder alone" in app.markdown[0].value
        assert "python -m ae import" in app.markdown[0].value


@pytest.mark.usefixtures("shelf")
def test_sliders_of_a_plain_autoencoder_count_in_deviations_of_its_codes() -> None:
    app = open_page("pages/explore/sample.py", vae="Dcgan")
    data, (mean, std) = component(app, "sliders"), scale_of(load("dcgan"))
    assert "standard deviations of the codes" in app.markdown[0].value
    for slider in data["sliders"]:
        assert slider["scale"] == pytest.approx(std[slider["axis"]])
        assert slider["offset"] == pytest.approx(mean[slider["axis"]])
    np.testing.assert_allclose(data["start"], mean, atol=0.01)
    app = open_page("pages/explore/sample.py", vae="Dcgan", plain_start="Test image")
    app.number_input[0].set_value(3).run()
    found = component(app, "sliders")["start"]
    np.testing.assert_allclose(found, load("dcgan").codes[3], atol=0.01)
