"""How well a detector tells its normal class from others, beside its parts alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset
from ae.detection.detector import Detector
from ae.detection.scores import PARTS, fused, threshold_at
from ae.metrics import auroc, auroc_difference, error_rates
from ae.shelf.model import Companions

USUAL_RATE = 0.05  # of false alarms


def measure_detector(detector: Detector, data: Dataset, companion: Companions) -> dict[str, Any]:
    """Measure a detector with every class in turn as the normal one.

    Args:
        detector: A loaded detector.
        data: Images it has not learned from, with labels.
        companion: Not needed.

    Returns:
        ``n``; by class, and as their ``mean``, the AUROC of the detector, of each part
        of its score alone, of what it learned without the pixels, and of what needs no
        training; the rates of errors at the threshold of ``USUAL_RATE``; and of the images whose
        scores the folder keeps, that of the ``fusion``, and the detector's ``gain`` over it with
        its standard error, ``gain_error``.
    """
    assert data.labels is not None
    rows, errors = {}, []
    kept = data.split == "test" and np.array_equal(data.labels, detector.labels)
    for label, name in enumerate(data.class_names):
        is_other = data.labels != label
        scores = _scores(detector, data.images, label)
        row = {what: auroc(values, is_other) for what, values in scores.items()}
        threshold = threshold_at(detector.held_out_scores([name]), USUAL_RATE)
        found = scores["detector"]
        rates = error_rates(found[~is_other], found[is_other], threshold)
        rows[name] = {**row, "false_alarms": rates[0], "misses": rates[1]}
        if kept:
            fusion = detector.test_scores([name], "fusion")
            gain, added = auroc_difference(found, fusion, is_other)
            rows[name] |= {"fusion": auroc(fusion, is_other), "gain": gain}
            rows[name]["gain_error"] = _root_of_squares(added)
            errors.append(added)
    means = {
        what: float(np.mean([row[what] for row in rows.values()]))
        for what in rows[data.class_names[0]]
    }
    if kept:  # the classes are told apart on the same images
        means["gain_error"] = _root_of_squares(np.mean(errors, axis=0))
    return {"n": len(data), "classes": rows, "mean": means}


def _root_of_squares(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.square(values).sum()))


def _scores(
    detector: Detector, images: NDArray[np.float32], label: int
) -> dict[str, NDArray[np.float64]]:
    parts = detector.scaled_parts(detector.see(images, label), label)
    learned = {part: parts[part] for part in ("reconstruction", "density")}
    name = detector.card.class_names[label]
    return {
        "detector": fused(parts),
        **{part: parts[part] for part in PARTS},
        "learned": fused(learned),
        "forest": detector.score(images, name, method="forest"),
    }
