"""All test images at once: the threshold, the ROC curve, who slips through."""

import numpy as np
import streamlit as st

from ae.detection.detector import Detector
from ae.detection.measures import usual_threshold
from ae.detection.scores import METHODS
from ae.metrics import auroc, error_rates, roc_curve
from ae.ui.anomalies.choice import TITLES, Normality
from ae.ui.door.link import Link
from ae.ui.figures import BLUE, GREEN, ORANGE, Figure, new_figure
from ae.ui.tables import show_table
from ae.ui.threshold import threshold_histogram

_LINK = Link("threshold", (1, 1), (-1e6, 1e6), digits=6)
_LINES = {"detector": (BLUE, "solid"), "neighbours": (ORANGE, "dash"), "forest": (GREEN, "dot")}
_MOST_POINTS = 400  # of a curve, more than its pixels


def choose_threshold(normality: Normality) -> float:
    """Show both groups' scores with the line between them; return where it is."""
    scores, is_other = normality.scores["detector"], normality.is_other
    usual = usual_threshold(normality.held_out["detector"])
    key = "cut-" + "-".join(normality.names)
    _LINK.follow(key, lambda values: values[0])
    threshold = threshold_histogram(scores[~is_other], scores[is_other], usual=usual, key=key)
    _LINK.show(() if threshold == usual else (threshold,))
    st.caption(
        f"Test images: {np.sum(~is_other):,} normal, {np.sum(is_other):,} other; each "
        "group's bars add up to all of it. The usual threshold lets 95 % of "
        f"{len(normality.held_out['detector']):,} held-out normal training images pass."
    )
    return threshold


def show_ranking(normality: Normality, threshold: float) -> None:
    """Show how well each method ranks test images, and which classes slip through."""
    curve, passed = st.columns(2, gap="large")
    with curve:
        st.plotly_chart(
            _roc_figure(normality, threshold),
            key="roc",
            alt="ROC curves of the detector and of two methods without training",
        )
        st.caption(
            "AUROC is the chance that another image scores above a normal one. Only "
            "the detector was trained; the other two need no training."
        )
    with passed:
        _show_passed(normality, threshold)


def _roc_figure(normality: Normality, threshold: float) -> Figure:
    is_other = normality.is_other
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
    scores = normality.scores["detector"]
    rates = error_rates(scores[~is_other], scores[is_other], threshold)
    figure.add_scatter(
        x=[100 * rates[0]],
        y=[100 * (1 - rates[1])],
        name="The threshold",
        mode="markers",
        marker={"color": BLUE, "size": 12, "symbol": "diamond"},
    )
    return figure


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
    show_table({"Normal": names, **columns, "Detector, by seed": every})
    st.caption(
        f"AUROC in percent with one class normal and all {test['n']:,} test images. "
        "The detector counts restoring once, code density twice and blurred pixels "
        "once; how it is built was tried on validation images, never on test images."
    )
