"""What may be wrong with an autoencoder: each finding with its evidence and what to try.

Most is read from the model's folder. What compares pictures, blur and where PCA is
better, needs the images whose codes it keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.latent.support import RARE
from ae.metrics import kl_divergence, least_p_value, squared_error

Images = NDArray[np.float32]
Grade = Literal["good", "watch", "bad", "unknown"]

EXAMINED = 1000  # images at most: seconds
_DRAWS = 2000  # of the prior
WEAK = (
    "Most posterior samples of test images lie farther from the data than their means do, so what "
    "the means calibrated says nothing of draws: this model hardly uses its codes."
)
_BESIDE_PCA = "Better than PCA", "Where PCA is better"
_LINEAR = "It is linear itself, and at its best it is PCA."
_NEIGHBOURS = "Believe neighbours among the codes rather than on the map."
# Least variance of a VAE's mean in a dimension that is in use (Burda et al. 2015, arXiv 1509.00519,
# section 5.2), and of a plain code's, as a share of the largest: PCA's last components vary by a
# thousandth of its first and are used.
_ACTIVE, _PLAIN_ACTIVE = 0.01, 1e-6
_WORSE = 1.01  # times PCA's error: less is a tie
_TOO_FEW = "Only {} images were kept aside, too few to say how far from the data is far."
_FEWEST = 20  # images of a class to say that PCA is better at it


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str  # in a few words
    grade: Grade
    value: float | None  # what was measured; None where it could not be
    watch: float | None  # from where on it is worth a look
    bad: float | None  # from where on the model should not be relied on; watch > bad: up to where
    evidence: str  # what was measured, on how many images of which split, beside what
    advice: str  # what to try; "" where nothing need be done

    @property
    def bounds(self) -> str:
        """In words what was measured and from where on it counts; "" where it was not."""
        if self.value is None or self.watch is None or self.bad is None:
            return ""
        way = "from {} up" if self.bad >= self.watch else "from {} down"
        looked, bad = (way.format(f"{bound:.2g}") for bound in (self.watch, self.bad))
        return f"Measured {self.value:.3g}; worth a look {looked}, bad {bad}."


def diagnose(autoencoder: Autoencoder, images: Images | None = None) -> list[Finding]:
    """Look for what commonly goes wrong with an autoencoder.

    Args:
        autoencoder: A loaded model.
        images: Those whose codes it keeps, in their order, or the first of them,
            (n, height, width, channels) in [0, 1]; at most ``EXAMINED`` are used.

    Returns:
        What was found, and what could not be looked at.
    """
    return [*_findings(autoencoder, None if images is None else images[:EXAMINED])]


def _findings(autoencoder: Autoencoder, images: Images | None) -> Iterator[Finding]:
    yield _collapsed(autoencoder)
    if autoencoder.is_vae:
        yield _off_scale(autoencoder)
        yield _holes(autoencoder)
    yield _memorised(autoencoder)
    if autoencoder.known:
        yield _leaking(autoencoder)
    is_linear = autoencoder.card.recipe.get("network") == "linear"
    for found in _pictures(autoencoder, images):
        needless = is_linear and found.what in _BESIDE_PCA
        yield _unknown(found.what, _LINEAR) if needless else found
    yield _uncalibrated(autoencoder)
    if autoencoder.card.maps:
        yield _map(autoencoder.card.maps)


def _graded(
    what: str, value: float, watch: float, bad: float, evidence: str, advice: str
) -> Finding:
    """Return a finding that is graded by its value; both bounds count as passed when reached."""
    sign = 1 if bad >= watch else -1
    grade: Grade = "good"
    if sign * value >= sign * watch:
        grade = "bad" if sign * value >= sign * bad else "watch"
    return Finding(what, grade, value, watch, bad, evidence, "" if grade == "good" else advice)


def _unknown(what: str, missing: str) -> Finding:
    return Finding(what, "unknown", None, None, None, missing, "")


def _collapsed(autoencoder: Autoencoder) -> Finding:
    variances = autoencoder.codes.var(axis=0, dtype=np.float64)
    least = _ACTIVE if autoencoder.is_vae else _PLAIN_ACTIVE * variances.max()
    dead = int((variances <= least).sum())
    n, total = len(autoencoder.codes), autoencoder.latent_dim
    return _graded(
        "Unused numbers of the code",
        dead / total,
        1 / total,
        0.5,
        f"{dead} of {total} numbers stay nearly the same over {n:,} test images.",
        "A smaller code does as well; where all numbers should be used, lower beta or let it "
        "rise more slowly.",
    )


def _off_scale(autoencoder: Autoencoder) -> Finding:
    z_mean, z_log_var = np.float64(autoencoder.codes), np.float64(autoencoder.z_log_var)
    shift = z_mean.mean(axis=0)
    variance = z_mean.var(axis=0) + np.exp(z_log_var).mean(axis=0)
    now = float(kl_divergence(z_mean, z_log_var).sum(axis=1).mean())
    scaled = (z_mean - shift) / np.sqrt(variance), z_log_var - np.log(variance)
    repaired = float(kl_divergence(*scaled).sum(axis=1).mean())
    # Of codes that are on scale, n of them seem to gain half a nat / n by their mean, and as much
    # by their variance, in every dimension.
    chance = z_mean.shape[1] / len(z_mean)
    return _graded(
        "Codes off the prior's scale",
        max(now - repaired - chance, 0) / max(now, 1e-30),
        0.02,
        0.1,
        f"KL is {now:.1f} nats per image on {len(z_mean):,} test images, and {repaired:.1f} once "
        "every number of the code has mean 0 and variance 1, with the same pictures; "
        f"{chance:.2g} nats of that may be chance, which is not counted.",
        "Fold the shift and the scale of every number into the layers beside the code; training "
        "with this project does it at the end.",
    )


def tells_of_draws(autoencoder: Autoencoder) -> bool:
    """Whether what posterior means calibrated says anything of draws, of which it was measured.

    Not where most posterior samples of test images are called far themselves.
    """
    support = autoencoder.card.evaluation["test"].get("support", {})
    return bool(support.get("posterior", 0.0) <= 0.5)


def _holes(autoencoder: Autoencoder) -> Finding:
    what = "Holes where the prior draws"
    if autoencoder.calibration is None:
        return _unknown(what, "The folder does not say where codes lie.")
    if not autoencoder.calibration.can_tell:
        return _unknown(what, _TOO_FEW.format(autoencoder.calibration.n))
    if not tells_of_draws(autoencoder):
        return _unknown(what, WEAK)
    far = {
        source: float((autoencoder.support(codes) < RARE).mean())
        for source in ("prior", "fitted")
        for codes in [autoencoder.sample(_DRAWS, np.random.default_rng(0), source=source)]
    }
    return _graded(
        what,
        far["prior"],
        0.15,
        0.5,
        f"{far['prior']:.0%} of {_DRAWS:,} draws from the prior lie farther from the training data "
        f"than {1 - RARE:.0%} of held-out codes do; of draws from the fitted mixture "
        f"{far['fitted']:.0%}.",
        "Draw from the fitted mixture; when training, raise beta or use fewer numbers.",
    )


def _memorised(autoencoder: Autoencoder) -> Finding:
    what, card = "Memorised training images", autoencoder.card
    generation = card.evaluation["test"].get("generation")
    if generation is not None:
        return _graded(
            what,
            generation["copies"],
            0.03,
            0.1,
            f"{generation['copies']:.1%} of {generation['n']:,} draws lie nearer to one of "
            f"{generation['n_train']:,} training images than 99% of the reconstructions of test "
            "images do; 1% is no sign of copying.",
            "More training images, or changed ones (mirrored, shifted), or a smaller network.",
        )
    history = card.history
    if history.get("unit") != "squared error per image":
        missing = "Its training loss cannot be compared with that on images kept aside."
        return _unknown(what, missing)
    best = history["best_epoch"]
    learned, held_out = history["loss"][best], history["val_loss"][best]
    return _graded(
        what,
        held_out / max(learned, 1e-30),
        1.5,
        3.0,
        f"Squared error per image is {learned:.2f} in training and {held_out:.2f} on validation "
        "images.",
        "More training images, or changed ones (mirrored, shifted), or fewer epochs.",
    )


def _leaking(autoencoder: Autoencoder) -> Finding:
    what = "Directions that drag others along"
    others, edits = len(autoencoder.attributes) - 1, autoencoder.card.evaluation["test"]
    measured = {
        name: each["leakage"][source]["plain"]["total"] / others
        for name, each in edits.get("edits", {}).items()
        for source in [next(iter(autoencoder.known))]
        if source in each.get("leakage", {}) and others
    }
    if not measured:
        return _unknown(what, "No judge of these pictures reads a second attribute.")
    worst = max(measured, key=lambda name: measured[name])
    perfect = edits["edits"][worst].get("perfect")
    beside = f"; a face drawn anew {perfect['total'] / others:.2f}" if perfect else ""
    return _graded(
        what,
        measured[worst],
        0.1,
        0.3,
        f"Worst of {len(measured)} is {worst!r}: for each spread by which it moves, the others "
        f"({others}) move by {measured[worst]:.2f} on average, as a judge reads the "
        f"pictures{beside}.",
        "Keep the others as they are on Arithmetic, or learn directions from examples that are "
        "balanced.",
    )


def _pictures(autoencoder: Autoencoder, images: Images | None) -> Iterator[Finding]:
    """Compare pictures: with the test images where they are here, else by the card's numbers."""
    sharp, (beaten, where) = "Blur", _BESIDE_PCA
    advice = "A larger network, more epochs, or convolutions instead of dense layers."
    if images is None:
        test = autoencoder.card.evaluation["test"]
        model, pca = test["model"]["mse"], test["pca"]["mse"]
        yield _graded(
            beaten,
            model / max(pca, 1e-30),
            0.9,
            1.0,
            f"Squared error per pixel is {model:.5f}, PCA's with as many numbers {pca:.5f}, "
            f"on {test['n']:,} test images.",
            advice,
        )
        for what in (where, sharp):
            yield _unknown(what, "The images whose codes it keeps are not on this machine.")
        return
    n, rebuilt = len(images), autoencoder.decode(autoencoder.codes[: len(images)])
    linear = autoencoder.baseline.reconstruct(images)
    errors, of_pca = squared_error(images, rebuilt), squared_error(images, linear)
    difference = errors - of_pca
    half = 1.96 * difference.std(ddof=1) / np.sqrt(n)  # 95 %
    yield _graded(
        beaten,
        float(errors.mean() / max(of_pca.mean(), 1e-30)),
        0.9,
        1.0,
        f"Squared error per pixel is {errors.mean():.5f}, PCA's with as many numbers "
        f"{of_pca.mean():.5f}, on {n:,} test images (difference {difference.mean():+.1e}, 95% "
        f"interval ± {half:.1e}).",
        advice,
    )
    yield _where(where, autoencoder, errors > _WORSE * of_pca)
    detail = fine_detail(images)
    kept, by_pca = (fine_detail(each) / max(detail, 1e-30) for each in (rebuilt, linear))
    yield _graded(
        sharp,
        kept,
        0.7,
        0.3,
        f"Reconstructions keep {kept:.0%} of the fine detail of {n:,} test images, PCA's with as "
        f"many numbers {by_pca:.0%}.",
        "A larger code or decoder; squared error alone always favours the blurred mean of what "
        "it is not sure of.",
    )


def _where(what: str, autoencoder: Autoencoder, better: NDArray[np.bool_]) -> Finding:
    labels, names = autoencoder.labels[: len(better)], autoencoder.card.class_names
    shares = {
        names[label]: float(better[labels == label].mean())
        for label in np.unique(labels)
        if label < len(names) and (labels == label).sum() >= _FEWEST
    }
    evidence = f"PCA rebuilds {better.mean():.0%} of {len(better):,} test images better"
    if better.any() and len(shares) > 1:
        most = max(shares, key=lambda name: shares[name])
        evidence += f"; most often {most!r}, {shares[most]:.0%}"
    advice = "Look at these images on Reconstruct; there may be too few like them in training."
    value = max(shares.values(), default=float(better.mean()))
    return _graded(what, value, 0.1, 0.5, f"{evidence}.", advice)


def fine_detail(images: Images) -> float:
    """Return how much fine detail images hold: the deviation of their Laplacian.

    Args:
        images: (n, height, width, channels), of at least 3 by 3 pixels.

    Source: Pech-Pacheco et al. 2000, Diatom autofocusing in brightfield microscopy,
        section 3 (the variance of the Laplacian as a measure of focus).
    """
    inner = images[:, 1:-1, 1:-1]
    around = images[:, :-2, 1:-1] + images[:, 2:, 1:-1] + images[:, 1:-1, :-2] + images[:, 1:-1, 2:]
    return float(np.std(around - 4 * inner, dtype=np.float64))


def _uncalibrated(autoencoder: Autoencoder) -> Finding:
    what = "Whether 'far from the data' is to be believed"
    support = autoencoder.card.evaluation["test"].get("support")
    if support is None:
        return _unknown(what, "The folder does not say where codes lie.")
    far, n, aside = support["codes"], support["n"], support["calibrated_on"]
    if least_p_value(aside) >= RARE:
        return _unknown(what, _TOO_FEW.format(aside))
    # Both sets are samples; what so few may miss by is not held against the model.
    chance = 1.96 * float(np.sqrt(RARE * (1 - RARE) * (1 / n + 1 / aside)))  # 95 %
    return _graded(
        what,
        max(0.0, abs(far - RARE) - chance),
        0.02,
        0.05,
        f"{far:.1%} of {n:,} test images are called far from the data, where {RARE:.0%} should be "
        f"and ±{chance:.1%} may be chance, which is not counted; {aside:,} images kept aside say "
        "how far is far.",
        "More images kept aside, of the same kind as the test images.",
    )


def _map(maps: dict[str, Any]) -> Finding:
    trusts = {name: trust["trustworthiness"] for name, trust in maps.items()}
    best = max(trusts, key=lambda name: trusts[name])
    control = maps[best]["control_trustworthiness"]
    rest = "".join(f"; {name} {trusts[name]:.2f}" for name in trusts if name != best)
    found = _graded(
        "Whether the map is to be believed",
        trusts[best],
        0.9,
        0.7,
        f"Trustworthiness of the map {best} is {trusts[best]:.2f}, with 1 where all neighbours on "
        "it are neighbours among the codes; of such a map of codes with nothing to show "
        f"{control:.2f}{rest}.",
        _NEIGHBOURS,
    )
    if found.grade == "good" and trusts[best] <= control:
        found = replace(found, grade="watch", advice=_NEIGHBOURS)
    return found
