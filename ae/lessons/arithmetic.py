"""Arithmetic on codes, and what it drags along: leakage and bias."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.edits import random_directions, read
from ae.coding.judge import Judge
from ae.data import drawn_faces
from ae.latent.attributes import find_direction
from ae.latent.directions import Direction
from ae.latent.leakage import moved
from ae.lessons.lesson import PERCENT, Answer, Choice, Lesson, Load, Quantity, Step

MODEL, JUDGE = "faces-vae", "faces-judge"
ASKED, LEARNED, DRAGGED = "smile", "glasses", "hat"
BESIDE = ("mouth opening", "hair length", "hat", "background")
_FACES = 48

Floats = NDArray[np.float64]


def directions_of(model: Autoencoder, name: str) -> dict[str, Direction]:
    """Return an attribute's direction by what it was learned from: fair and biased faces."""
    held_out = model.described
    return {of: find_direction(known, held_out, name) for of, known in model.known.items()}


@cache
def _moved(model: Autoencoder, judge: Judge, steps: tuple[tuple[float, ...], ...]) -> Floats:
    """Return how many spreads each step moves each attribute, (steps, faces, attributes)."""
    codes = model.codes[:_FACES]
    before = read(judge, model.decode(codes))
    spreads = before.std(axis=0)
    after = [read(judge, model.decode(codes + np.array(step, np.float32))) for step in steps]
    return np.stack([moved(before, each, spreads) for each in after])


def _moves(load: Load, *steps: NDArray[np.floating]) -> tuple[Floats, list[str]]:
    model, judge = load(MODEL, Autoencoder), load(JUDGE, Judge)
    found = _moved(model, judge, tuple(tuple(step.tolist()) for step in steps))
    return found, list(judge.card.attributes)


def moved_beside(load: Load) -> Answer:
    """Return which of a few attributes a smile moves most beside itself."""
    direction = load(MODEL, Autoencoder).direction(ASKED)
    found, names = _moves(load, direction.edit.at(1))
    mean = np.abs(found[0]).mean(axis=0)
    most = max(BESIDE, key=lambda name: mean[names.index(name)])
    listed = ", ".join(f"{name} {mean[names.index(name)]:.2f}" for name in BESIDE)
    return Answer(
        BESIDE.index(most),
        f"Moved on average over {_FACES} faces, in spreads: {listed}; the {ASKED} itself "
        f"{mean[names.index(ASKED)]:.2f}. A judge of pictures, which knows no codes, read them.",
    )


def dragged_along(load: Load) -> Answer:
    """Return how far a biased direction moves another attribute, in percent of its own."""
    model = load(MODEL, Autoencoder)
    learned = directions_of(model, LEARNED)
    fair, biased = (learned[of] for of in (drawn_faces.NAME, drawn_faces.BIASED_NAME))
    found, names = _moves(load, fair.edit.at(1), biased.edit.at(1))
    asked, beside = (found.mean(axis=1)[:, names.index(name)] for name in (LEARNED, DRAGGED))
    from_fair, from_biased = 100 * np.clip(beside / asked, 0, 1)
    together = model.known[drawn_faces.BIASED_NAME].correlation(LEARNED, DRAGGED)
    return Answer(
        float(from_biased),
        f"For each spread of {LEARNED} the {DRAGGED} moves by {from_biased:.0f} % of a spread; a "
        f"direction from faces without that bias moves it by {from_fair:.0f} %. In the biased "
        f"faces the two go together (correlation {together:+.2f}), and averages cannot tell them "
        "apart.",
    )


def at_random(load: Load) -> Answer:
    """Return how far random steps move a smile, in percent of what its own step does."""
    model = load(MODEL, Autoencoder)
    step = model.direction(ASKED).edit.at(1)
    length = float(np.linalg.norm(step))
    others = length * random_directions(model.latent_dim, 4)
    found, names = _moves(load, step, *others)
    mean = np.abs(found[:, :, names.index(ASKED)]).mean(axis=1)
    share = float(mean[1:].mean() / mean[0])
    return Answer(
        100 * share,
        f"{mean[1:].mean():.2f} spreads against {mean[0]:.2f}, over {_FACES} faces and "
        f"{len(others)} random steps of length {length:.2f}. It is where one goes that counts, "
        "not how far.",
    )


def told_apart(load: Load) -> Answer:
    """Return how often the smile's direction ranks two faces right, in percent."""
    found = load(MODEL, Autoencoder).direction(ASKED)
    n = found.n_positive + found.n_negative
    return Answer(
        100 * found.auroc,
        f"AUROC {found.auroc:.3f}, give or take {found.auroc_error:.3f} (standard error), on "
        f"{n:,} held-out faces. A direction that cannot tell smiles has no business adding them.",
    )


LESSON = Lesson(
    "Arithmetic, and what it drags along",
    "Add a smile to a face, and find out what else came with it, and why.",
    (
        Step(
            "apart",
            "*s* leads from the average face that does not smile to the average that does. Take "
            "one of each: how often does the smiling one lie farther along *s*?",
            Quantity(50, 100, 1, " %"),
            told_apart,
        ),
        Step(
            "beside",
            "A smile is added to faces. Which of these moves most, though nobody asked?",
            Choice(BESIDE),
            moved_beside,
        ),
        Step(
            "random",
            "A step just as long, but in a random direction: how much of the change of a smile "
            "does it make?",
            PERCENT,
            at_random,
        ),
        Step(
            "bias",
            "In a biased set of faces glasses often come with a hat. Glasses are learned there "
            "and added to other faces. How far does the hat move, for each spread of glasses?",
            PERCENT,
            dragged_along,
        ),
    ),
)
