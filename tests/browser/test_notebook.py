"""What anywidget mounts in a notebook: in a page that stands for it, and in JupyterLab."""

import base64
import json
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from ae import models
from ae.coding.decoder import TOLERANCE
from ae.models import SHIPPED
from ae.ui.postcard.making import LIVE_STYLES, script_of, texts
from ae.ui.postcard.sliders import edit_data, moves_of, weights_of
from tests.browser.live_page import box_in_all, until
from tests.serving import ROOT, running

# As https://anywidget.dev/en/afm describes a host.
HOST = """async ({ script, values, weights }) => {
  const bytes = Uint8Array.from(atob(weights), (c) => c.charCodeAt(0));
  const heard = {};
  window.saved = [];
  window.set = (name, value) => { values[name] = value; heard[`change:${name}`]?.(); };
  const model = {
    get: (name) => name === "weights" ? new DataView(bytes.buffer) : values[name],
    set: (name, value) => { values[name] = value; },
    save_changes: () => window.saved.push(structuredClone(values.amounts)),
    on: (name, listener) => { heard[name] = listener; },
    off: (name) => { delete heard[name]; },
  };
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  const el = document.body.appendChild(document.createElement("div"));
  window.close_ = await widget.render({ model, el });
}"""


def code_of(image: Locator) -> NDArray[np.float32]:
    return np.array((image.get_attribute("data-z") or "").split(","), np.float32)


def test_a_notebook_decodes_and_python_hears_of_it(page: Page) -> None:
    model = models.open_folder(SHIPPED / "smiles-vae")
    moves = moves_of(model)[:4]
    values: dict[str, Any] = {
        "data": {**edit_data(model, model.codes[0], moves), "revision": "1"},
        "styles": {"live": texts(*LIVE_STYLES, "notebook/notebook.css")},
        "map": {},
    }
    weights = base64.b64encode(weights_of(model)).decode()
    page.set_content("<!doctype html><title>Notebook</title>")
    script = script_of("notebook/notebook.js")
    page.evaluate(HOST, {"script": script, "values": values, "weights": weights})
    image = page.get_by_test_id("live-image")
    expect(image).to_have_attribute("data-frame", re.compile("[1-9]"))
    before = str(image.get_attribute("data-z"))
    page.get_by_role("slider", name="glasses").fill("1.5")
    expect(image).not_to_have_attribute("data-z", before)
    (told,) = page.evaluate("saved")
    assert told == {"revision": "1", "values": {"smiling": 1, "glasses": 1.5}}
    z = code_of(image)
    expected = model.codes[0] + sum(
        model.directions[name].strength * amount * model.directions[name].vector
        for name, amount in told["values"].items()
    )
    np.testing.assert_allclose(z, expected, atol=1e-4)
    shown = image.evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    difference = np.reshape(shown, (64, 64, 4))[..., :1] - 255 * model.decode(z[None])[0]
    assert np.abs(difference).max() <= 0.5 + 255 * TOLERANCE
    another = {**values["data"], "base": model.codes[7].tolist(), "revision": "2", "start": {}}
    page.evaluate("data => set('data', data)", another)
    until(page, lambda: np.allclose(code_of(image), model.codes[7], atol=1e-6))
    page.evaluate("close_()")
    expect(image).to_have_count(0)


CELLS = (
    "import json\nfrom ae.notebook import explore\n"
    "explorer = explore('smiles-vae', sliders=3)\nexplorer",
    "print(json.dumps([explorer.code.tolist(), len(explorer.selected), "
    "float(explorer.picture.mean())]))",
)


@pytest.mark.skipif(
    not (find_spec("jupyterlab") and find_spec("anywidget")),
    reason="not installed: jupyterlab and anywidget",
)
def test_jupyterlab_hears_of_sliders_pin_and_outline(page: Page, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "source": source, "metadata": {}, "outputs": []}
        | {"execution_count": None}
        for n, source in enumerate(CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    own = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    options = [
        "--no-browser",
        "--ServerApp.port={port}",
        "--IdentityProvider.token=",
        "--allow-root",
    ]
    command = ["jupyterlab", *options, f"--ServerApp.root_dir={tmp_path}"]
    model = models.open_folder(SHIPPED / "smiles-vae")
    with running(command, {**os.environ, **own}, root=ROOT, health="/api") as lab:
        page.goto(f"{lab.address}/lab/tree/n.ipynb?reset")
        page.locator(".jp-CodeCell .cm-content").first.click(timeout=120_000)
        page.keyboard.press("Shift+Enter")
        widget = page.locator(".jp-OutputArea-output")
        image = widget.get_by_test_id("live-image").first
        expect(image).to_have_attribute("data-frame", re.compile("[1-9]"), timeout=120_000)
        widget.get_by_role("slider", name="smiling").fill("1.5")
        surface = widget.get_by_role("application")
        surface.click(position={"x": 200, "y": 150})
        box_in_all(widget)
        expect(widget.first).to_contain_text("1,160 of 1,160 points selected")
        z = code_of(image)
        page.locator(".jp-CodeCell .cm-content").nth(1).click()
        page.keyboard.press("Shift+Enter")
        printed = page.locator(".jp-OutputArea-output pre").last
        expect(printed).to_contain_text("1160")
        code, selected, mean = json.loads(printed.inner_text())
    np.testing.assert_allclose(code, z, atol=1e-3)
    assert selected == len(model.codes)
    assert mean == pytest.approx(float(model.decode(np.float32(z)[None]).mean()), abs=1e-3)
    moved = model.directions["smiling"]
    unmoved = z - 1.5 * moved.strength * moved.vector
    assert np.linalg.norm(unmoved - model.codes[0]) > 1  # the pin is where it starts from
