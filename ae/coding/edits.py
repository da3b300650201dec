"""What an edit of a code does to the picture, as judges of pictures see it.

A judge is a classifier of pictures that knows nothing of the latent space, so that an
edit is never marked by the space that made it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.judge import Judge
from ae.latent.attributes import METHODS, AttributeCodes, find_direction, is_yes_or_no
from ae.latent.directions import Direction
from ae.latent.edits import Edit, edited
from ae.latent.leakage import Leakage, leakage, monotone_share
from ae.metrics import ssim

Codes = NDArray[np.float32]
Images = NDArray[np.float32]
Redraw = Callable[[NDArray[np.int64], str], tuple[Images, Images]]

# Steps at which an attribute must not fall while it is added.
_STEPS = np.linspace(0, 1, 9)
# Faces on which edits are measured, at most: 14 attributes take two minutes.
EDITED = 300
# Directions of chance that an edit is compared with.
RANDOM = 10
# Spreads by which biased training codes must leak more than fair ones to speak of bias:
# what judges read differs by a few hundredths without any.
_LEAST_BIAS = 0.1


# A judge says that a face has a yes-or-no attribute if it reads more.
SEEN = 0.5


def read(judge: Judge, images: Images) -> NDArray[np.float64]:
    """Return what a judge reads of every attribute in images, (n, attributes)."""
    return np.float64(judge.read(images))


def edit(
    autoencoder: Autoencoder, codes: Codes, direction: Direction, amount: float = 1.0
) -> Images:
    """Decode codes moved along a direction.

    Args:
        autoencoder: Decodes them.
        codes: (n, latent_dim).
        direction: Where to.
        amount: How far, in distances of the groups.
    """
    return autoencoder.decode(edited(codes, [direction.edit], [amount]))


def spread(autoencoder: Autoencoder, judge: Judge, n: int | None = None) -> NDArray[np.float64]:
    """Return each attribute's spread: the deviation of readings over test images.

    Args:
        autoencoder: Whose reconstructions are read.
        judge: Reads them.
        n: Over how many images, all unless given.
    """
    return read(judge, autoencoder.decode(autoencoder.codes[:n])).std(axis=0)


@dataclass(frozen=True)
class Examination:
    """A judge and some faces that it has read, to be read again once they are edited."""

    autoencoder: Autoencoder  # decodes the codes
    judge: Judge  # reads attributes
    codes: Codes  # (n, latent_dim)
    before: NDArray[np.float64]  # what it reads of the unedited reconstructions, (n, attributes)
    spreads: NDArray[np.float64]  # see ``spread``

    @classmethod
    def of(
        cls, autoencoder: Autoencoder, judge: Judge, codes: Codes, spreads: NDArray[np.float64]
    ) -> Examination:
        """Let a judge read the reconstructions of codes."""
        before = read(judge, autoencoder.decode(codes))
        return cls(autoencoder, judge, codes, before, spreads)

    def leakage(self, direction: Direction) -> Leakage:
        """Measure what one distance of the groups changes beside its own attribute.

        Raises:
            ValueError: If the edit does not change what it is for.
        """
        after = read(self.judge, edit(self.autoencoder, self.codes, direction))
        asked = self.judge.card.attributes.index(direction.name)
        return leakage(self.before, after, self.spreads, asked)


def measure_directions(autoencoder: Autoencoder, held_out: AttributeCodes) -> dict[str, Any]:
    """Measure how well every method's directions tell held-out codes.

    Returns:
        By data set, attribute and method: AUROC, effect size and the group sizes;
        without methods that find no direction.
    """
    return {
        source: {name: _by_method(known, held_out, name) for name in known.values}
        for source, known in autoencoder.known.items()
    }


def _by_method(
    known: AttributeCodes, held_out: AttributeCodes, name: str
) -> dict[str, dict[str, float]]:
    measured = {}
    for method in METHODS:
        # Of one's own data, attributes may go together too closely to be balanced.
        with suppress(ValueError):
            found = find_direction(known, held_out, name, method=method)
            measured[method] = _quality(found)
    return measured


def _quality(direction: Direction) -> dict[str, float]:
    return {
        "auroc": direction.auroc,
        "auroc_error": direction.auroc_error,
        "effect_size": direction.effect_size,
        "strength": direction.strength,
        "n_positive": direction.n_positive,
        "n_negative": direction.n_negative,
    }


def measure_edits(
    autoencoder: Autoencoder, judge: Judge, held_out: AttributeCodes, redraw: Redraw | None = None
) -> dict[str, Any]:
    """Measure edits of held-out faces as a judge sees them.

    Args:
        autoencoder: Decodes the codes.
        judge: Reads attributes.
        held_out: Codes of faces of which they are known.
        redraw: From rows and an attribute to these faces' pictures as they are, and
            drawn anew with more of it and nothing else changed, where that can be done.

    Returns:
        By attribute that the judge reads, its ``leakage`` as ``measure_leakage``; of a
        yes-or-no attribute its ``flips`` as ``measure_flips``; and if faces can be
        drawn anew, as ``perfect`` what the judge reads of the perfect edit.
    """
    spreads = spread(autoencoder, judge)
    measured: dict[str, Any] = {}
    for at, name in enumerate(judge.card.attributes):
        kept, labels = held_out.groups(name)
        # Who has it already would be led to where no data are.
        rows = np.flatnonzero(kept)[np.asarray(labels) < 0.5][:EDITED]
        codes = held_out.codes[rows]
        examination = Examination.of(autoencoder, judge, codes, spreads)
        measured[name] = {"leakage": measure_leakage(examination, held_out, name)}
        if is_yes_or_no(held_out.values[name]):
            direction = autoencoder.directions[name]
            codes = held_out.codes[kept]
            flips = measure_flips(autoencoder, judge, codes, labels, direction)
            measured[name]["flips"] = flips
        if redraw is not None:
            before, after = (read(judge, images) for images in redraw(rows, name))
            found = leakage(before, after, spreads, at)
            measured[name]["perfect"] = {"n": len(rows), **_summary(found)}
    return measured


def measure_flips(
    autoencoder: Autoencoder, judge: Judge, codes: Codes, labels: NDArray[Any], direction: Direction
) -> dict[str, Any]:
    """Measure whether a judge sees a yes-or-no attribute added and taken away.

    The default step brings each face to the median, along the direction, of the training
    images that have the attribute, or of those that lack it.

    Args:
        autoencoder: Decodes the codes.
        judge: Reads the attribute.
        codes: Held-out codes, (n, latent_dim).
        labels: Whether each image has the attribute, (n,).
        direction: Of the attribute.

    Returns:
        Of the faces without the attribute: the share ``already_seen`` in the unedited
        reconstruction, ``monotone`` over nine strengths up to the default step, and of
        those not seen already (``n_unseen``) the shares ``flipped`` by it, by 1, 2 and 3
        distances of the groups (``flipped_by_distance``), and by random directions as long
        as the default step (``flipped_at_random``, the mean over directions, and
        ``flipped_at_random_most``). Of the faces that have it: ``still_seen`` in the
        unedited reconstruction, and of these ``taken_away`` by the step back (0 where there
        are none). The mean ``upper_half_ssim`` of edited and unedited faces, the median
        ``amount`` of the default step in distances of the groups, and ``identity``, see
        ``measure_identity``.
    """
    lacking, having = next(iter(autoencoder.known.values())).along(direction)
    without, with_it = codes[labels < 0.5], codes[labels > 0.5]
    asked = judge.card.attributes.index(direction.name)
    to = direction.amount_to(float(np.median(having)), without)
    back = direction.amount_to(float(np.median(lacking)), with_it)

    def decoded(codes: Codes, amounts: NDArray[np.floating], vector: Codes) -> Images:
        steps = Edit.along(direction.strength * vector, 0, 1).at(amounts)
        return autoencoder.decode(np.float32(codes + steps))

    def readings(codes: Codes, amounts: Any, vector: Codes = direction.vector) -> Any:
        amounts = np.broadcast_to(amounts, len(codes))
        return read(judge, decoded(codes, amounts, vector))[:, asked]

    rising = np.stack([readings(without, share * to) for share in _STEPS])
    unseen, there = rising[0] <= SEEN, readings(with_it, 0.0)
    few, few_unseen = without[:EDITED], unseen[:EDITED]
    at_random = [
        _share(readings(few, to[: len(few)], vector) > SEEN, of=few_unseen)
        for vector in random_directions(len(direction.vector))
    ]
    before, after = (decoded(without, amount, direction.vector) for amount in (0 * to, to))
    upper = slice(autoencoder.image_shape[0] // 2)
    return {
        "n_without": len(without),
        "n_with": len(with_it),
        "n_unseen": int(unseen.sum()),
        "amount": float(np.median(to)),
        "already_seen": float((~unseen).mean()),
        "still_seen": float((there > SEEN).mean()),
        "flipped": _share(rising[-1] > SEEN, of=unseen),
        "flipped_by_distance": {
            str(k): _share(readings(without, k) > SEEN, of=unseen) for k in (1, 2, 3)
        },
        "flipped_at_random": float(np.mean(at_random)),
        "flipped_at_random_most": float(np.max(at_random)),
        "taken_away": _share(readings(with_it, back) <= SEEN, of=there > SEEN),
        "monotone": monotone_share(rising),
        "upper_half_ssim": float(ssim(before[:, upper], after[:, upper]).mean()),
        "identity": measure_identity(before, after),
    }


def random_directions(latent_dim: int, n: int = RANDOM) -> NDArray[np.float32]:
    """Return seeded random vectors of norm 1, (n, latent_dim)."""
    drawn = np.random.default_rng(0).standard_normal((n, latent_dim))
    return np.float32(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def measure_identity(before: Images, after: Images) -> dict[str, float]:
    """Measure how far edits move faces from themselves, beside different faces.

    Faces are compared by histograms of oriented gradients of their upper half, which has
    no mouth: nothing there was made to know smiles.

    Args:
        before: Unedited reconstructions, (n, height, width, channels), n at least 2.
        after: The same edited.

    Returns:
        The median distances ``edited``, of a face from itself, and ``different``, from the
        next face; and the share ``nearer`` of faces that stay nearer to themselves than
        nearly all (95 %) of the pairs of different ones are.

    Source: Dalal and Triggs 2005, Histograms of oriented gradients.
    """
    own, edited = (_upper_half_gradients(images) for images in (before, after))
    moved = np.linalg.norm(edited - own, axis=1)
    different = np.linalg.norm(np.roll(own, 1, axis=0) - own, axis=1)
    return {
        "edited": float(np.median(moved)),
        "different": float(np.median(different)),
        "nearer": float((moved < np.quantile(different, 0.05)).mean()),
    }


def _upper_half_gradients(images: Images) -> NDArray[np.float64]:
    from skimage.feature import hog

    grey = images[:, : images.shape[1] // 2].mean(axis=-1)
    side = max(images.shape[1] // 8, 1)
    cells = {"pixels_per_cell": (side, side), "cells_per_block": (2, 2)}
    return np.stack([hog(image, **cells) for image in np.float64(grey)])


def _share(changed: NDArray[np.bool_], *, of: NDArray[np.bool_]) -> float:
    return float(changed[of].mean()) if of.any() else 0.0


def measure_leakage(
    examination: Examination, held_out: AttributeCodes, name: str
) -> dict[str, Any]:
    """Measure the leakage of adding an attribute, before and after locking the others.

    Returns:
        By data set the direction was learned from: the change of the attribute and the
        summed change of all others, in spreads per spread asked for; the share
        ``left`` by locking; and of data sets after the first that leak more than it,
        ``left_of_bias``: the same of the leakage beyond that of the first.
    """
    others = [o for o in examination.judge.card.attributes if o != name]
    measured: dict[str, Any] = {}
    for source, known in examination.autoencoder.known.items():
        plain, locked = (
            _summary(examination.leakage(find_direction(known, held_out, name, lock=lock)))
            for lock in ((), others)
        )
        found = {"n": len(examination.codes), "plain": plain, "locked": locked}
        found["left"] = locked["total"] / plain["total"]
        if measured:
            fair = next(iter(measured.values()))["plain"]["total"]
            bias = plain["total"] - fair
            if bias > _LEAST_BIAS:
                found["left_of_bias"] = (locked["total"] - fair) / bias
        measured[source] = found
    return measured


def _summary(found: Leakage) -> dict[str, float]:
    drift = np.abs(found.signed).sum() / abs(found.asked_change) - 1
    return {"asked_change": found.asked_change, "total": found.total, "drift": float(drift)}
