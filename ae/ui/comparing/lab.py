"""The rate-distortion lab: two sliders under the finger over what a sweep measured."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from ae.coding.rate_distortion import (
    BETAS,
    KINDS,
    NUMBERS,
    SHOWN,
    SIZES,
    VARIATIONAL,
    Point,
    Sweep,
    load,
    where,
)
from ae.data import fashion_mnist
from ae.images.sheets import contact_sheet, png_bytes
from ae.ui.caching import drawn_garments, test_images
from ae.ui.comparing.table import Cell, number, sortable_table
from ae.ui.controls import download
from ae.ui.door.component import Component
from ae.ui.door.files import offer
from ae.ui.door.link import Numbers
from ae.ui.door.record import settled
from ae.ui.downloads import offer_garments

TITLES = {
    "pca": "PCA",
    "stacked": "Stacked",
    "convolutional": "Convolutional",
    VARIATIONAL: "Variational",
}
_KEY = "lab"
_component = Component("lab", "comparing/lab.js", ["controls.css", "comparing/lab.css"])
_LINK = Numbers("lab", (2, 2), (min(BETAS), max(SIZES)))
_Setting = tuple[int, float]  # size of the code, beta
_FIRST: _Setting = (16, 1.0)


def show_lab() -> None:
    """Show what size of code and beta do to garments, and every number that was measured."""
    folder = where()
    if folder is None:
        st.info("Nothing was swept yet. Run `python -m ae sweep`.")
        return
    try:
        sweep = _swept(folder, (folder / NUMBERS).stat().st_mtime_ns)
        pictures = _pictures(sweep)
    except (OSError, ValueError) as problem:
        st.error(str(problem))
        return
    offer_garments()
    _LINK.follow(_KEY, _nearest)
    record = settled(_KEY, _FIRST, lambda values, _: _read(values))
    _component(
        key=_KEY,
        data={
            "revision": record.revision,
            "start": [SIZES.index(record.start[0]), BETAS.index(record.start[1])],
            "sizes": list(SIZES),
            "betas": list(BETAS),
            "kinds": [[kind, TITLES[kind]] for kind in KINDS],
            "points": [_plain(sweep, row) for row in range(len(sweep.points))],
            **pictures,
        },
        states={"moved": None},
    )
    _LINK.show(record.value)
    st.caption(
        f"Measured on {sweep.n:,} {sweep.split} images of Fashion-MNIST: the squared error per "
        "pixel, of variational ones at the posterior mean; rate and distortion in nats per image, "
        "of one posterior sample. Small networks, trained briefly: each starts where its neighbour "
        "in size or beta ended, and the table says how often it then saw the training images."
    )
    _show_numbers(sweep)


@st.cache_resource(show_spinner=False, max_entries=1)
def _swept(folder: Path, written_ns: int) -> Sweep:
    return load(folder)


def _read(values: object) -> _Setting | None:
    """Read the steps of both sliders, as the browser says them: anything may arrive."""
    if not isinstance(values, list) or [type(each) for each in values] != [int, int]:
        return None
    size, beta = values
    known = 0 <= size < len(SIZES) and 0 <= beta < len(BETAS)
    return (SIZES[size], BETAS[beta]) if known else None


def _nearest(values: tuple[float, ...]) -> _Setting:
    """Return what was swept next to the size and beta that a link names."""
    size, beta = values
    return (
        min(SIZES, key=lambda each: abs(math.log(each / size))),
        min(BETAS, key=lambda each: abs(math.log(each / beta))),
    )


def _plain(sweep: Sweep, row: int) -> dict[str, Any]:
    point = sweep.points[row]
    return {
        "kind": point.kind,
        "size": point.size,
        "beta": point.beta,
        "mse": point.mse,
        "rate": point.rate,
        "nats": point.reconstruction,
        "active": point.active_units,
        "worse": sweep.worse_than_pca(point),
        "row": row,
    }


def _pictures(sweep: Sweep) -> dict[str, Any]:
    """Let the browser fetch one picture that holds all: a row for each point, then the originals.

    Where the test images are not here, the garments drawn by this project stand in for them.
    """
    test = test_images(sweep.dataset)
    if test is None:
        drawn = drawn_garments()
        originals, names = drawn.images[:SHOWN], drawn.class_names[:SHOWN]
    else:
        assert test.labels is not None
        originals = test.images[list(sweep.shown)]
        names = tuple(fashion_mnist.CLASS_NAMES[label] for label in test.labels[list(sweep.shown)])
    sheet = _sheet(sweep.digest, test is None, sweep, originals)
    digest = offer(sheet, media_type="image/png")
    return {"pictures": digest, "names": list(names), "columns": SHOWN}


@st.cache_resource(show_spinner=False, max_entries=2)
def _sheet(digest: str, drawn: bool, _sweep: Sweep, _originals: np.ndarray) -> bytes:
    """Return the sheet's file: in each row as many reconstructions as draws from the prior."""
    parts = np.split(np.float32(_sweep.pictures) / 255, 3, axis=1)
    rows = np.concatenate([parts[1 if drawn else 0], parts[2]], axis=1)[..., None]
    blank = np.zeros_like(_originals)
    every = np.concatenate([rows.reshape(-1, *rows.shape[2:]), _originals, blank])
    return png_bytes(contact_sheet(every, columns=2 * SHOWN, gap=0))


def _show_numbers(sweep: Sweep) -> None:
    with st.expander("All numbers"):
        sortable_table(
            (
                "Autoencoder",
                "Numbers",
                "Beta",
                "Squared error",
                "PSNR, dB",
                "Rate, nats",
                "Distortion, nats",
                "In use",
                "Weights",
                "Epochs",
            ),
            [_cells(point, sweep) for point in sweep.points],
            key="lab-numbers",
        )
        names = list(vars(sweep.points[0]))
        lines = [
            ",".join("" if v is None else str(v) for v in vars(p).values()) for p in sweep.points
        ]
        download("Numbers as CSV", "\n".join([",".join(names), *lines]) + "\n", "sweep.csv")


def _cells(point: Point, sweep: Sweep) -> list[Cell]:
    worse = "PCA is better" if sweep.worse_than_pca(point) else ""
    return [
        Cell(TITLES[point.kind]),
        number(point.size),
        number(point.beta, "g"),
        number(point.mse, ".5f", note=worse),
        number(point.psnr_db, ".2f"),
        number(point.rate, ".2f"),
        number(point.reconstruction, ".1f"),
        number(point.active_units),
        number(point.parameters, ","),
        number(point.epochs, "g"),
    ]
