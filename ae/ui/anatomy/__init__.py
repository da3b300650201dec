"""The drawn figure of an autoencoder, filled with live pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ae.images.sheets import data_url, png_bytes, to_uint8
from ae.ui.door.component import Component

_HTML = """
<div class="root">
  <div class="figure">
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
        <div class="bars" role="img"></div>
        <figcaption><b>z</b><span class="words numbers"></span></figcaption>
      </figure>
      <div class="funnel decoder">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <polygon points="0,26 100,0 100,100 0,74"></polygon></svg>
        <div class="label"><b>D</b><span class="words">decoder</span></div>
      </div>
      <figure class="end output">
        <img alt=""><figcaption><b>x̂</b><span class="words">reconstruction</span></figcaption>
      </figure>
    </div>
    <div class="loss">
      <div class="bracket"></div>
      <p class="sum"><b>Loss</b> between x and x̂: mean squared difference <b class="value"></b></p>
    </div>
  </div>
</div>
"""
_component = Component("anatomy", "anatomy/anatomy.js", ["anatomy/anatomy.css"], _HTML)


@dataclass(frozen=True)
class Passage:
    """One image on its way through an autoencoder."""

    name: str  # what the image is, for people who cannot see it
    image: NDArray[np.float32]  # (height, width, 1) in [0, 1]
    code: NDArray[np.float32]  # (latent_dim,), in standard deviations of the stored codes
    reconstruction: NDArray[np.float32]  # (height, width, 1) in [0, 1]
    mse: float  # mean squared error over pixels


def anatomy(passage: Passage, *, key: str) -> None:
    """Draw image, encoder, code, decoder, reconstruction, and the loss between them."""
    pixels = passage.image.size
    _component(
        key=key,
        data={
            "name": passage.name,
            "image": _picture(passage.image),
            "reconstruction": _picture(passage.reconstruction),
            "code": [round(float(value), 3) for value in passage.code],
            "pixels": f"{pixels} pixels",
            "numbers": f"{len(passage.code)} numbers",
            "loss": f"{passage.mse:.4f}",
        },
    )


def _picture(image: NDArray[np.float32]) -> str:
    return data_url(png_bytes(to_uint8(image[..., 0])))
