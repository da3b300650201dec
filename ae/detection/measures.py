"""How well a detector tells its normal class from others, beside its parts alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.data import Dataset
from ae.detection.detector import Detector
from ae.detection.scores import PARTS, fused
from ae.metrics import auroc, error_rates
from ae.shelf.model import Companions

# Of held-out normal images, the share that the usual threshold lets pass.
QUANTILE = 0.95


def usual_threshold(held_out: NDArray[np.floating]) -> float:
    """Return the score that flags one in twenty held-out normal images."""
    return float(np.quantile(held_out, QUANTILE))


def measure_detector(detector: Detector, data: Dataset, companion: Companions) -> dict[str, Any]:
    """Measure a detector with every class in turn as the normal one.

    Args:
        detector: A loaded detector.
        data: Images it has not learned from, with labels.
        companion: Not needed.

    Returns:
        ``n``; by class, and as their ``mean``, the AUROC of the detector, of each part
        of its score alone, of what it learned without the pixels, and of what needs no
        training; and the rates of errors at the usual threshold.
    """
    assert data.labels is not None
    rows = {}
    for label, name in enumerate(data.class_names):
        is_other = data.labels != label
        scores = _scores(detector, data.images, label)
        row = {what: auroc(values, is_other) for what, values in scores.items()}
        threshold = usual_threshold(detector.held_out_scores([name]))
        found = scores["detector"]
        rates = error_rates(found[~is_other], found[is_other], threshold)
        rows[name] = {**row, "false_alarms": rates[0], "misses": rates[1]}
    means = {
        what: float(np.mean([row[what] for row in rows.values()]))
        for what in rows[data.class_names[0]]
    }
    return {"n": len(data), "classes": rows, "mean": means}


def _scores(
    detector: Detector, images: NDArray[np.float32], label: int
) -> dict[str, NDArray[np.float64]]:
    parts = detector.scaled_parts(images, label)
    learned = {part: parts[part] for part in ("reconstruction", "density")}
    name = detector.card.class_names[label]
    return {
        "detector": fused(parts),
        **{part: parts[part] for part in PARTS},
        "learned": fused(learned),
        "forest": detector.score(images, name, method="forest"),
    }
