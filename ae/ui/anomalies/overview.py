"""All test images at once: the threshold, the ROC curve, who slips through."""

from typing import Any

import numpy as np
import streamlit as st

from ae.detection.detector import Detector
from ae.detection.measures import USUAL_RATE
from ae.detection.scores import METHODS, threshold_at
from ae.metrics import auroc, auroc_difference, error_rates, roc_curve
from ae.ui.anomalies.choice import TITLES, Normality
from ae.ui.controls import choose_one
from ae.ui.door.link import Numbers
from ae.ui.door.record import forget
from ae.ui.figures import BLUE, GREEN, GREY, ORANGE, Figure, new_figure, unchecked
from ae.ui.tables import show_table
from ae.ui.threshold import threshold_histogram

_LINK = Numbers("threshold", (1, 1), (-1e6, 1e6), digits=6)
_RATES = (0.01, USUAL_RATE, 0.1)
_INTERVAL = 1.96  # standard errors to either side: 95 %
_LINES = {
    "detector": (BLUE, "solid"),
    "fusion": (GREY, "dashdot"),
    "neighbours": (ORANGE, "dash"),
    "forest": (GREEN, "dot"),
}
_MOST_POINTS = 400  # of a curve, more than its pixels


def choose_threshold(normality: Normality) -> float:
    """Show both groups' scores with the line between them; return where it is."""
    scores, is_other = normality.scores["detector"], normality.is_other
    held_out, key = normality.held_out["detector"], "cut-" + "-".join(normality.names)
    rate = choose_one(
        "False alarms, at most",
        _RATES,
        "alarms",
        first=USUAL_RATE,
        format_func=lambda rate: f"{100 * rate:g} %",
        on_change=lambda: forget(key),
    )
    usual, n = threshold_at(held_out, rate), len(held_out)
    _LINK.follow(key, lambda values: values[0])
    threshold = threshold_histogram(scores[~is_other], scores[is_other], usual=usual, key=key)
    _LINK.show(() if threshold == usual else (threshold,))
    st.caption(
        f"Test images: {np.sum(~is_other):,} normal, {np.sum(is_other):,} other; each "
        "group's bars add up to all of it."
    )
    st.markdown(
        f"**The promise**: of new normal images at most {100 * rate:g} % are flagged at the "
        "promised line. A picture is flagged where its p-value is no larger: (1 + held-out "
        f"normal images that score as high) / ({n:,} + 1). The {n:,} are training images that "
        "no network learned from. The promise is kept on average over such sets of images; "
        f"with these the share may be {_luck(rate, n):.1f} points more or less. It holds for "
        "normal images that come from where these came, and for no others."
    )
    return threshold


def _luck(rate: float, n: int) -> float:
    """Return two standard deviations, in points, of the false alarms of a set of n images.

    Among all such sets they have a beta distribution: Vovk 2012, arXiv 1209.2673.
    """
    return 200 * float(np.sqrt(rate * (1 - rate) / (n + 2)))


def show_ranking(normality: Normality, threshold: float) -> None:
    """Show how well each method ranks test images, and which classes slip through."""
    curve, passed = st.columns(2, gap="large")
    with curve:
        st.plotly_chart(
            _roc_figure(normality, threshold),
            key="roc",
            alt="ROC curves of the detector and of three methods without training",
        )
        st.caption(
            "AUROC is the chance that another image scores above a normal one. Only "
            "the detector was trained. The fusion is the best that was found without training: "
            "neighbours among blurred pixels and outlines, and an isolation forest. Its blurs "
            "come from a study that looked at test images, to its advantage."
        )
        st.markdown(_gain(normality))
    with passed:
        _show_passed(normality, threshold)


def _gain(normality: Normality) -> str:
    """Say what the network gains over what needs no training, and how sure that is."""
    points, reach = _difference(_of(normality), normality)
    interval = f"95 % interval of the difference {points - reach:+.2f} to {points + reach:+.2f}"
    if points > reach:
        found = f"gains **{points:.2f} points** of AUROC over the fusion"
    elif points < -reach:
        found = f"is **{-points:.2f} points** of AUROC worse than the fusion"
    else:
        found = "gains nothing over the fusion that these test images could show"
    return f"With {normality.words} as normal, the network {found} ({interval})."


def _of(normality: Normality) -> str:
    return f"{normality.detector.card.files['scores.npz']} {normality.names}"


@st.cache_data(show_spinner=False, max_entries=64)
def _difference(of: str, _normality: Normality) -> tuple[float, float]:
    """Return the gain in points of AUROC, and how far its interval reaches to either side."""
    scores, is_other = _normality.scores, _normality.is_other
    gain, added = auroc_difference(scores["detector"], scores["fusion"], is_other)
    return 100 * gain, 100 * _INTERVAL * float(np.sqrt(np.square(added).sum()))


def _roc_figure(normality: Normality, threshold: float) -> Figure:
    curves, scores = _roc_curves(_of(normality), normality), normality.scores["detector"]
    is_other = normality.is_other
    rates = error_rates(scores[~is_other], scores[is_other], threshold)
    return unchecked(curves).add_scatter(
        x=[100 * rates[0]],
        y=[100 * (1 - rates[1])],
        name="The threshold",
        mode="markers",
        marker={"color": BLUE, "size": 12, "symbol": "diamond"},
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _roc_curves(of: str, _normality: Normality) -> dict[str, Any]:
    normality, is_other = _normality, _normality.is_other
    figure = new_figure(
        xaxis={"title": "False alarms, %", "range": [-1, 101]},
        yaxis={"title": "Others flagged, %", "range": [0, 101]},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        height=380,
    )
    for method in METHODS:
        scores = normality.scores[method]
        alarms, detected = roc_curve(scores[~is_other], scores[is_other])
        shown = np.unique(np.linspace(0, len(alarms) - 1, _MOST_POINTS).astype(int))
        colour, dash = _LINES[method]
        figure.add_scatter(
            x=100 * alarms[shown],
            y=100 * detected[shown],
            name=f"{TITLES[method]}, AUROC {100 * auroc(scores, is_other):.1f}",
            line={"color": colour, "dash": dash},
        )
    drawn: dict[str, Any] = figure.to_dict()
    return drawn


def _show_passed(normality: Normality, threshold: float) -> None:
    st.markdown("**Who slips through**")
    labels, scores = normality.detector.labels, normality.scores["detector"]
    shares = {
        name: float(np.mean(scores[labels == label] <= threshold))
        for label, name in enumerate(normality.detector.card.class_names)
        if name not in normality.names
    }
    worst = sorted(shares, key=lambda name: -shares[name])
    show_table(
        {"Not normal": worst, "Not flagged": [f"{100 * shares[name]:.1f} %" for name in worst]}
    )
    with st.expander("Why some slip through"):
        st.markdown(
            "- **They look alike.** At 28 by 28 pixels a long shirt is a dress, and no "
            "score can tell what the pixels do not show.\n"
            "- **Normal is wide.** The more a class varies, the more room it leaves: "
            "shirts and bags come in all shapes.\n"
            "- **Simple is easy.** A plain dark shape is restored well even by a "
            "network that never saw its kind, so its error is small.\n"
            "- **Labels err.** Some images of the normal class were given the wrong "
            "label, and what they look like then counts as normal."
        )


_COLUMNS = {
    "detector": "Detector",
    "reconstruction": "Restoring alone",
    "density": "Code density alone",
    "learned": "Both, no pixels",
    "pixels": "Blurred pixels",
    "forest": "Isolation forest",
    "fusion": "Fusion",
}


def show_measured(detector: Detector) -> None:
    """Show the AUROC of every class and method, as the card holds it."""
    test, seeds = detector.card.evaluation["test"], detector.card.history
    by_seed = np.array(list(seeds["auroc_by_seed"].values()))
    names = [*detector.card.class_names, "Mean"]
    rows = [*test["classes"].values(), test["mean"]]
    spread = [*by_seed.T, by_seed.mean(axis=1)]
    columns = {
        title: [f"{100 * row[what]:.1f}" for row in rows] for what, title in _COLUMNS.items()
    }
    every = [", ".join(f"{100 * a:.1f}" for a in found) for found in spread]
    gains = [
        f"{100 * row['gain']:+.2f} ± {100 * _INTERVAL * row['gain_error']:.2f}" for row in rows
    ]
    others = {"Gain over fusion": gains, "Detector, by seed": every}
    show_table({"Normal": names, **columns, **others})
    means = {what: f"{100 * test['mean'][what]:.1f}" for what in _COLUMNS}
    st.caption(
        f"AUROC in percent with one class normal and all {test['n']:,} test images; gains in "
        "points, with 95 % intervals over test images (training again moves the detector as the "
        "seeds show). The detector counts restoring once, code density twice and blurred pixels "
        "once; how it is built was tried on validation images, never on test images. Restoring "
        f"alone reaches {means['reconstruction']} in the mean, blurred pixels without a network "
        f"{means['pixels']}, and the fusion, which needs no training either, {means['fusion']}."
    )
