"""The drawn figure of an autoencoder, alive: its code can be dragged, and the output follows."""

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import data_url, png_bytes, to_uint8
from ae.metrics import squared_error
from ae.ui.door.component import Component
from ae.ui.live import Decoder

_HTML = """
<div class="root">
  <div class="figure">
    <p class="problem" role="alert" hidden></p>
    <div class="stage">
      <figure class="end input">
        <img alt=""><figcaption><b>x</b><span class="words"></span></figcaption>
      </figure>
      <div class="funnel encoder">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <polygon points="0,0 100,26 100,74 0,100"></polygon></svg>
        <div class="label"><b>E</b><span class="words">encoder</span></div>
      </div>
      <figure class="code">
        <div class="bars" role="group"></div>
        <figcaption><b>z</b><span class="words numbers"></span></figcaption>
      </figure>
      <div class="funnel decoder">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <polygon points="0,26 100,0 100,100 0,74"></polygon></svg>
        <div class="label"><b>D</b><span class="words">decoder</span></div>
      </div>
      <figure class="end output">
        <img alt=""><canvas hidden role="img" data-testid="anatomy-output"></canvas>
        <figcaption><b>x̂</b><span class="words">reconstruction</span></figcaption>
      </figure>
    </div>
    <div class="loss">
      <div class="bracket"></div>
      <p class="sum"><b>Loss</b> between x and x̂: mean squared difference <b class="value"></b>
        <button type="button" disabled>Back to E(x)</button></p>
    </div>
  </div>
</div>
"""
_component = Component("anatomy", "anatomy/anatomy.js", ["anatomy/anatomy.css"], _HTML)


def anatomy(autoencoder: Autoencoder, image: NDArray[np.float32], name: str, *, key: str) -> None:
    """Draw image, encoder, code, decoder, reconstruction, and the loss between them.

    The bars of the code can be dragged. The browser decodes every frame; nothing is sent.

    Args:
        autoencoder: What the image is sent through.
        image: (height, width, 1) in [0, 1].
        name: What the image is, for people who cannot see it.
        key: Of the component, unique on the page.
    """
    code = autoencoder.encode(image[None])
    rebuilt = autoencoder.decode(code)
    mean, std = autoencoder.code_statistics
    _component(
        key=key,
        data={
            "name": name,
            "image": _picture(image),
            "pixels": to_uint8(image).ravel().tolist(),
            "reconstruction": _picture(rebuilt[0]),
            "loss": float(squared_error(image[None], rebuilt)[0]),
            "decoder": Decoder.of(autoencoder).plain(),
            "code": _rounded(autoencoder.standardised(code)[0]),
            "mean": _rounded(mean),
            "std": _rounded(std),
        },
    )


def _rounded(numbers: NDArray[np.floating]) -> list[float]:
    return [round(float(value), 5) for value in numbers]


def _picture(image: NDArray[np.float32]) -> str:
    return data_url(png_bytes(to_uint8(image[..., 0])))
