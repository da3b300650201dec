"""The way from one picture to another, by several ways, and what lies along it."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.images.sheets import to_uint8
from ae.latent.edits import Edit
from ae.latent.geometry import NODES, geodesic, picture_length
from ae.latent.interpolation import along_neighbours, lerp, slerp, walk
from ae.latent.maps import nearest
from ae.latent.support import RARE, Support
from ae.ui.arithmetic.edits import known_amounts
from ae.ui.arithmetic.subject import choose_subject, show_image
from ae.ui.caching import decoded
from ae.ui.controls import choose_one
from ae.ui.door.link import Numbers
from ae.ui.door.record import begin
from ae.ui.evidence import class_name, known_images
from ae.ui.figures import BLUE, GREEN, GREY, ORANGE, Figure, new_figure
from ae.ui.live import Decoder, Move, live_edit
from ae.ui.one_image import OneImage
from ae.ui.pictures import Row, picture_buttons
from ae.ui.walk import FRAMES, offer_walk

Codes = NDArray[np.float32]
Way = Callable[[Codes, Codes, NDArray[np.floating]], Codes]
_EVEN: dict[str, Way] = {"Straight (lerp)": lerp, "Turning (slerp)": slerp}
_DATA = "Along the data (neighbours)"
_LEAST = "Least change (geodesic)"
BEYOND = 0.25
_STEP = 0.005
_TABLE = np.linspace(-BEYOND, 1 + BEYOND, 61)
_STOPS = np.append(np.linspace(0, 1, 9), 1 + BEYOND)
_LINK = Numbers("t", (1, 1), (-BEYOND, 1 + BEYOND))
_ALONG = "Along the way"
_ENDS = {"From": "path_from", "To": "path_to"}


@st.fragment
def show_path(autoencoder: Autoencoder) -> None:
    """Let two pictures be chosen; walk between them and look for data on the way."""
    ends = _choose_ends(autoencoder)
    if ends is None:
        return
    a, b = (image.z_mean for image in ends)
    ways = {kind: partial(way, a, b) for kind, way in _EVEN.items()}
    digest = autoencoder.card.files["codes.npz"]
    for kind, nodes in _nodes(digest, a.tobytes(), b.tobytes(), autoencoder, a, b).items():
        ways[kind] = partial(walk, nodes)
    way = ways[choose_one("Way", ways, "way")]
    t = _scrub(autoencoder, ends, way)
    stops = way(_STOPS)
    used = [image.number for image in ends if image.number is not None]
    near = np.concatenate([nearest(z, autoencoder.codes, 1, leave_out=used) for z in stops])
    _show_stops(autoencoder, stops, near, t)
    left, right = st.columns(2)
    with left:
        if autoencoder.calibration is not None:
            _show_support(autoencoder.support(stops), autoencoder.calibration)
            least = {
                kind: autoencoder.support(each(_STOPS[:-1])).min() for kind, each in ways.items()
            }
            words = ", ".join(f"{kind} {p:.2f}" for kind, p in least.items())
            st.caption(f"The least between the two: {words}.")
        _show_lengths(autoencoder, ways)
    with right:
        _show_norms(autoencoder, a, b)
    offer_walk(autoencoder, "The way as GIF", lambda: way(np.linspace(0, 1, FRAMES)), "path")


@st.cache_data(show_spinner=False, max_entries=64)
def _nodes(
    codes: str, start: bytes, end: bytes, _autoencoder: Autoencoder, _a: Codes, _b: Codes
) -> dict[str, Codes]:
    """Return the codes on the ways over test codes: a tenth of a second for 2,000."""
    known = _autoencoder.codes[:NODES]
    ways = {_DATA: along_neighbours(_a, _b, known)}
    if _autoencoder.graph is not None:
        decode = _autoencoder.decode
        ways[_LEAST] = geodesic(_a, _b, known, _autoencoder.graph, decode)
    return ways


def _show_lengths(autoencoder: Autoencoder, ways: Mapping[str, Callable[..., Codes]]) -> None:
    """Say along which way the picture changes least."""
    lengths = {
        kind: picture_length(partial(decoded, autoencoder), way(_STOPS[:-1]))
        for kind, way in ways.items()
    }
    words = ", ".join(f"{kind} {length:.3f}" for kind, length in lengths.items())
    searched = (
        " A geodesic is the way along which that is least; this one is looked for among the codes "
        f"of {min(len(autoencoder.codes), NODES):,} test images and the straight lines between "
        "them."
    )
    st.caption(
        f"How much the picture changes from stop to stop, added up: {words}."
        f"{searched if _LEAST in lengths else ''}"
    )
    straight = lengths[next(iter(_EVEN))]
    if _LEAST in lengths and lengths[_LEAST] > 0.99 * straight:
        st.caption(
            "Here nothing that was found is shorter than the straight line: between these two "
            "the decoder hardly bends the space of codes."
        )


def _choose_ends(autoencoder: Autoencoder) -> tuple[OneImage, OneImage] | None:
    chosen = []
    ends = zip(_ENDS.items(), _of_two_kinds(autoencoder), strict=True)
    for place, ((word, key), default) in zip(st.columns(2), ends, strict=True):
        with place, st.container(border=True):
            st.markdown(f"**{word}**")
            image = choose_subject(autoencoder, key, default=default)
            if image is not None and image.number is not None:
                show_image(autoencoder, image)
            chosen.append(image)
    first, second = chosen
    return None if first is None or second is None else (first, second)


def _of_two_kinds(autoencoder: Autoencoder) -> tuple[int, int]:
    labels = autoencoder.labels
    return 0, int(np.argmax(labels != labels[0]))


def _key(autoencoder: Autoencoder) -> str:
    return f"path-{autoencoder.card.name}"


def _scrub(
    autoencoder: Autoencoder,
    ends: tuple[OneImage, OneImage],
    way: Callable[[NDArray[np.floating]], Codes],
) -> float:
    a = ends[0].z_mean
    key = _key(autoencoder)
    known_amounts(_LINK, key, [_ALONG], first=0.5)
    (t,) = live_edit(
        Decoder.of(autoencoder),
        a,
        [Move(_ALONG, Edit(way(_TABLE) - a, -BEYOND, 1 + BEYOND), step=_STEP)],
        key=key,
        alt=f"On the way from {ends[0].name} to {ends[1].name}",
        compare=False,
    )
    st.caption("0 and 1 are the two pictures; outside the way goes on beyond them.")
    _LINK.show([t])
    return t


def _show_stops(
    autoencoder: Autoencoder, stops: Codes, nearest: NDArray[np.int64], t: float
) -> None:
    names = [f"{t:g}" if t <= 1 else f"{t:g}, beyond" for t in _STOPS]
    real, what = known_images(autoencoder, nearest)
    here = np.flatnonzero(np.abs(_STOPS - t) < _STEP / 2)

    def go(stop: int) -> None:
        begin(_key(autoencoder), {_ALONG: float(_STOPS[stop])})

    picture_buttons(
        names,
        [
            Row("On the way", "", to_uint8(autoencoder.decode(stops)), names),
            Row(
                "Nearest test image",
                what,
                to_uint8(real),
                [class_name(autoencoder, i) for i in nearest],
            ),
        ],
        key="stops",
        on_click=go,
        chosen=int(here[0]) if len(here) else None,
    )
    st.caption("A click on a stop goes there. The two ends do not count as images near them.")


# Charts ----------------------------------------------------------------------------


def _show_support(support: NDArray[np.float64], calibration: Support) -> None:
    along = {"title": "Along the way", "type": "category"}
    figure = new_figure(
        top=40, title="Data behind it (p-value)", xaxis=along, yaxis_range=[0, 1.1], height=260
    )
    colours = [BLUE if p >= RARE else ORANGE for p in support]
    texts = [f"{p:.2f}" if p >= RARE else f"{p:.2f} far" for p in support]
    places = [f"{t:g}" for t in _STOPS]
    figure.add_bar(x=places, y=support, text=texts, marker={"color": colours})
    st.plotly_chart(
        figure,
        key="path-support",
        alt=f"Data behind each stop, as p-values: {', '.join(texts)}",
        config={"displayModeBar": False},
    )
    st.caption(
        f"The share of {calibration.n:,} held-out images whose codes lie as far from the training "
        f"data. Below {RARE:g} the picture is far from anything this model has seen"
        f"{'.' if calibration.can_tell else ', which so few images cannot tell.'}"
    )


def _show_norms(autoencoder: Autoencoder, a: Codes, b: Codes) -> None:
    norms = {kind: np.linalg.norm(way(a, b, _TABLE), axis=1) for kind, way in _EVEN.items()}
    low, high = np.quantile(np.linalg.norm(autoencoder.codes, axis=1), [0.05, 0.95])
    middle = len(_TABLE) // 2
    straight, turning = (values[middle] for values in norms.values())
    st.plotly_chart(
        _norm_lines(norms, float(low), float(high)),
        key="path-norms",
        alt="Distance from zero along both ways: half way "
        f"{straight:.1f} straight, {turning:.1f} turning",
        config={"displayModeBar": False},
    )
    ends = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    # The average picture is at zero only where training aims at that.
    nearer = (
        ", nearer to the average picture" if autoencoder.is_vae and straight < min(ends) else ""
    )
    st.caption(
        f"These two lie {ends[0]:.1f} and {ends[1]:.1f} from zero. "
        f"Half way the straight line passes at {straight:.1f}{nearer}; the turn keeps "
        f"{turning:.1f}. The grey band, {low:.1f} to "
        f"{high:.1f}, holds nine in ten test codes."
    )


def _norm_lines(norms: dict[str, NDArray[np.floating]], low: float, high: float) -> Figure:
    figure = new_figure(
        top=40,
        title="Distance from zero",
        xaxis_title="Along the way",
        yaxis_rangemode="tozero",
        legend={"orientation": "h", "y": 1.15, "x": 0.3},
        height=260,
    )
    figure.add_hrect(low, high, fillcolor=GREY, opacity=0.2, line_width=0)
    for (kind, values), colour, dash in zip(
        norms.items(), (ORANGE, GREEN), ("solid", "dash"), strict=True
    ):
        line = {"color": colour, "dash": dash}
        figure.add_scatter(x=_TABLE, y=values, name=kind, mode="lines", line=line)
    return figure
