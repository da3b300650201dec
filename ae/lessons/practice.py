"""Put to work: denoising, anomalies, and where to draw a line."""

import numpy as np

from ae.denoising.denoiser import Denoiser
from ae.denoising.filters import FILTERS
from ae.denoising.trial import best_filter
from ae.detection.detector import Detector
from ae.detection.scores import threshold_at
from ae.lessons.lesson import Answer, Choice, Lesson, Load, Quantity, Step

DENOISER, DETECTOR = "fashion-denoiser", "fashion-anomaly"
NORMAL = "Trouser"
OTHERS = ("Dress", "Coat", "Sandal", "Bag")
USUAL, STRICT = 0.05, 0.01
METHODS = ("The network", "A plain filter", "The bottleneck")
GRAIN, BLUR = ("gaussian", 0.3), ("blur", 1.6)


def _winner(load: Load, kind: str, level: float, why: str) -> Answer:
    settings = load(DENOISER, Denoiser).card.evaluation["test"]["settings"][kind]
    at = int(np.argmin(np.abs(np.array(settings["levels"]) - level)))
    psnr = {name: found["psnr_db"][at] for name, found in settings["methods"].items()}
    plain = best_filter(psnr)
    scores = (psnr["denoiser"], psnr[plain], psnr["bottleneck"])
    listed = ", ".join(
        f"{name} {score:.1f} dB"
        for name, score in zip(
            ("the network", FILTERS[plain].title, "the bottleneck"), scores, strict=True
        )
    )
    return Answer(
        int(np.argmax(scores)),
        f"PSNR on {settings['n']:,} test images at level {settings['levels'][at]:g}: {listed}. "
        f"{why}",
    )


def grain(load: Load) -> Answer:
    """Return who removes Gaussian noise best."""
    why = "The network has learned what garments look like; a filter only knows how noise does."
    return _winner(load, *GRAIN, why)


def blur(load: Load) -> Answer:
    """Return who undoes a blur best that the filters are told."""
    why = (
        "The filter is told exactly which blur it was, and undoes it; the network is told nothing."
    )
    return _winner(load, *BLUR, why)


def slipping_through(detector: Detector, rate: float) -> dict[str, float]:
    """Return which part of each class but the normal one passes at a rate of false alarms."""
    threshold = threshold_at(detector.held_out_scores([NORMAL]), rate)
    passed = detector.test_scores([NORMAL]) <= threshold
    labels, names = detector.labels, detector.card.class_names
    return {
        name: float(passed[labels == label].mean())
        for label, name in enumerate(names)
        if name != NORMAL
    }


def _missed(load: Load, rate: float, words: str) -> Answer:
    passed = slipping_through(load(DETECTOR, Detector), rate)
    mean = float(np.mean(list(passed.values())))  # the classes have as many test images each
    return Answer(
        100 * mean,
        f"{mean:.1%} of all that is no {NORMAL.lower()}, at a line that lets {rate:.0%} of new "
        f"{NORMAL.lower()}s be flagged. {words}",
    )


def missed_usually(load: Load) -> Answer:
    """Return which part of other garments passes the usual line, in percent."""
    return _missed(load, USUAL, "The detector has never seen any other garment.")


def missed_strictly(load: Load) -> Answer:
    """Return which part of other garments passes a strict line, in percent."""
    return _missed(load, STRICT, "Fewer false alarms are paid for with more misses. Always.")


def most_alike(load: Load) -> Answer:
    """Return which of a few classes slips through most."""
    passed = slipping_through(load(DETECTOR, Detector), USUAL)
    listed = ", ".join(f"{name} {passed[name]:.1%}" for name in OTHERS)
    most = max(OTHERS, key=passed.__getitem__)
    return Answer(
        OTHERS.index(most),
        f"{listed}. At 28 by 28 pixels, what is long and narrow looks like trousers, and no line "
        "can tell what the pixels do not show.",
    )


LESSON = Lesson(
    "Put to work",
    "Denoising and anomaly detection beside plain alternatives, and the line that someone draws.",
    (
        Step(
            "grain",
            "Grainy noise lies over a garment. Who removes it best: a network that is told "
            "nothing, a plain filter tuned to this noise, or an autoencoder that never met noise?",
            Choice(METHODS),
            grain,
        ),
        Step("blur", "And who undoes a blur that the filter is told?", Choice(METHODS), blur),
        Step(
            "line",
            "A detector learns from trousers alone. The line is drawn so that it flags 5 % of "
            "trousers by mistake. How many other garments slip through?",
            Quantity(0, 60, 1, " %"),
            missed_usually,
        ),
        Step("who", "Which garment slips through most?", Choice(OTHERS), most_alike),
        Step(
            "strict",
            "Now only 1 % of trousers may be flagged by mistake. How many others slip through?",
            Quantity(0, 60, 1, " %"),
            missed_strictly,
        ),
    ),
)
