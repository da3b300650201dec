"""The test images that matter most for a threshold."""

import csv
import io

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset
from ae.detection.scores import METHODS, SCORING
from ae.images.sheets import to_uint8
from ae.metrics import p_values
from ae.ui.anomalies.choice import Normality, Scored, scored
from ae.ui.caching import drawn_garments
from ae.ui.controls import choose_one, download
from ae.ui.pictures import Row, picture_table

_SHOWN = 12
VIEWS = ("Most anomalous", "Missed", "False alarms", "Most normal")
_WORDS = {
    "Most anomalous": "the highest scores of all test images",
    "Missed": "the lowest scores among images of other classes",
    "False alarms": "the highest scores among normal images",
    "Most normal": "the lowest scores of all test images",
}


def choose_test_image(normality: Normality, test: Dataset) -> Scored:
    """Show the extreme images of one kind; return the chosen one."""
    view = choose_one("Show", VIEWS, "gallery")
    indices = extremes(normality, view)
    scores = normality.scores["detector"][indices]
    names = [normality.name_of(int(at)) for at in indices]
    captions = [f"{score:.1f}" for score in scores]
    row = Row(view, _WORDS[view], to_uint8(test.images[indices, ..., 0]), captions)
    chosen = picture_table(names, [row], key="gallery-table")
    at = int(indices[chosen])
    return test.images[at], names[chosen], normality.stored(at)


def choose_drawn_garment(normality: Normality) -> Scored:
    """Show the garments drawn for this app; return the chosen one."""
    drawn = drawn_garments()
    scores = scored(normality.detector, drawn.images, normality.names)
    order = np.argsort(-scores, kind="stable")
    names = [f"{drawn.class_names[at]}, drawn" for at in order]
    captions = [f"{score:.1f}" for score in scores[order]]
    pictures = to_uint8(drawn.images[order, ..., 0])
    row = Row("Drawn garments", "the highest score first", pictures, captions)
    chosen = picture_table(names, [row], key="drawn-table")
    # The forest would bring scikit-learn into every page that is opened without data.
    methods = [method for method in SCORING if method != "forest"]
    return normality.scored(drawn.images[order[chosen]], names[chosen], methods)


def extremes(normality: Normality, view: str) -> NDArray[np.int64]:
    """Return the numbers of the test images of a view, the most extreme first."""
    scores, is_other = normality.scores["detector"], normality.is_other
    order = np.argsort(scores, kind="stable")
    if view == "Missed":
        order = order[is_other[order]]
    elif view == "False alarms":
        order = order[~is_other[order]][::-1]
    elif view == "Most anomalous":
        order = order[::-1]
    return order[:_SHOWN]


def download_scores(normality: Normality, threshold: float) -> None:
    """Offer the scores of all test images as a file."""

    def table() -> str:
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(["image", "class", "is_normal", *METHODS, "p_value", "flagged"])
        card, labels = normality.detector.card, normality.detector.labels
        flagged = normality.scores["detector"] > threshold
        chances = p_values(normality.scores["detector"], normality.held_out["detector"])
        for at, label in enumerate(labels):
            scores = [f"{normality.scores[method][at]:.5g}" for method in METHODS]
            normal, flag = not normality.is_other[at], bool(flagged[at])
            row = [at, card.class_names[label], normal, *scores, f"{chances[at]:.5g}", flag]
            lines.writerow(row)
        return text.getvalue()

    download("Scores as CSV", table, "anomaly-scores.csv")
