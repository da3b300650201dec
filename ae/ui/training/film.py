"""The training as a film: the map, some pictures and a traversal, epoch by epoch."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.images.sheets import contact_sheet
from ae.latent.alignment import aligned_planes
from ae.training.jobs import Job
from ae.ui.door.component import Component
from ae.ui.pictures import picture_address

_HTML = """
<div class="root">
  <label class="spoken" for="epoch">Epoch</label>
  <div class="time">
    <button id="play" type="button">Play</button>
    <input id="epoch" type="range" min="0" step="0.01" value="0">
    <output id="now"></output>
  </div>
  <ul id="classes" class="classes" aria-label="Classes"></ul>
  <div class="scene">
    <canvas id="map" role="img" data-testid="film-map"></canvas>
    <div class="pictures">
      <p class="words">Held-out pictures</p><img id="originals" alt="Held-out pictures">
      <p class="words">as they come back</p><img id="rebuilt" alt="The same as they come back">
      <p class="words">along the axis on which codes differ most</p>
      <img id="traversal" alt="Pictures along the axis on which codes differ most">
    </div>
  </div>
</div>
"""
_film = Component("film", "training/film.js", ["training/film.css"], _HTML)


def show_film(job: Job, classes: Sequence[str]) -> None:
    """Show what was kept of a training under a slider, the last epoch at first.

    Args:
        job: The training.
        classes: What classes are called, in the order of their labels, as far as that is known.
    """
    epochs = job.frames()
    frames = [job.frame(epoch) for epoch in epochs]
    start = job.start()
    labels = [int(label) for label in start["labels"]]
    names = dict(enumerate(classes))
    planes = aligned_planes([frame["codes"] for frame in frames])
    st.subheader("How it learned", anchor=False)
    _film(
        key=f"film-{job.id}",
        data={
            "epochs": epochs,
            "points": [np.round(plane, 3).tolist() for plane in planes],
            "labels": labels,
            "classes": [
                {"label": label, "name": names.get(label, f"Class {label + 1}")}
                for label in sorted({*labels})
            ],
            "originals": _strip(start["originals"]),
            "rebuilt": [_strip(frame["rebuilt"]) for frame in frames],
            "traversal": [_strip(frame["traversal"]) for frame in frames],
        },
    )
    st.caption(
        "Each mark is a picture it learned from, on the plane of the codes' two principal "
        "components. Planes of earlier epochs are turned to lie nearest to the next one; between "
        "epochs the marks go on straight lines."
    )


def _strip(pictures: NDArray[np.uint8]) -> str:
    sheet = contact_sheet(np.float32(pictures) / 255, len(pictures), gap=1, background=128)
    return picture_address(sheet)
