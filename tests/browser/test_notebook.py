"""What anywidget mounts in a notebook, in a page that stands for the notebook."""

import base64
import re
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect

from ae import models
from ae.coding.decoder import TOLERANCE
from ae.models import SHIPPED
from ae.ui.postcard.making import LIVE_STYLES, script_of, texts
from ae.ui.postcard.sliders import edit_data, moves_of, weights_of

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


def test_a_notebook_decodes_and_python_hears_of_it(page: Page) -> None:
    model = models.open_folder(SHIPPED / "smiles-vae")
    moves = moves_of(model)[:4]
    values: dict[str, Any] = {
        "data": {**edit_data(model, model.codes[0], moves), "revision": "1"},
        "styles": texts(*LIVE_STYLES, "notebook/notebook.css"),
    }
    weights = base64.b64encode(weights_of(model)).decode()
    page.set_content("<!doctype html><title>Notebook</title>")
    script = script_of("notebook/notebook.js")
    page.evaluate(HOST, {"script": script, "values": values, "weights": weights})
    image = page.get_by_test_id("live-image")
    expect(image).to_have_attribute("data-frame", re.compile("[1-9]"))
    page.get_by_role("slider", name="glasses").fill("1.5")
    expect(image).to_have_attribute("data-frame", "2")
    (told,) = page.evaluate("saved")
    assert told == {"revision": "1", "values": {"smiling": 1, "glasses": 1.5}}
    z = np.array([float(v) for v in (image.get_attribute("data-z") or "").split(",")], np.float32)
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
    expect(image).to_have_attribute("data-frame", "3")
    z = np.array([float(v) for v in (image.get_attribute("data-z") or "").split(",")], np.float32)
    np.testing.assert_allclose(z, model.codes[7], atol=1e-6)
    page.evaluate("close_()")
    expect(image).to_have_count(0)
