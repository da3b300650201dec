"""A space one can walk in: the prior, holes, and what filling the space costs."""

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.latent.sampling import sample_prior
from ae.latent.support import RARE
from ae.lessons.lesson import PERCENT, Answer, Lesson, Load, Quantity, Step

VARIATIONAL, PLAIN = "fashion-vae-16", "fashion-conv"
_DRAWS = 1000


def draws_from_prior(model: Autoencoder, n: int) -> NDArray[np.float32]:
    """Draw n codes of a model from its prior."""
    return model.sample(n, np.random.default_rng(0))


def draws_from_bell(model: Autoencoder, n: int) -> NDArray[np.float32]:
    """Draw n codes, each number from a bell as wide as the stored codes are."""
    mean, std = model.code_statistics
    drawn = sample_prior(n, model.latent_dim, np.random.default_rng(0))
    return np.float32(mean + std * drawn)


def halfway(model: Autoencoder, n: int) -> NDArray[np.float32]:
    """Return codes in the middle between two test images of n pairs drawn at random."""
    pairs = np.random.default_rng(0).integers(len(model.codes), size=(2, n))
    return np.float32(model.codes[pairs].mean(axis=0))


def _far(model: Autoencoder, codes: NDArray[np.float32], words: str) -> Answer:
    far = float((model.support(codes) < RARE).mean())
    return Answer(
        100 * far,
        f"{far:.0%} of {len(codes):,} {words} Called far is what lies farther from the data than "
        f"{1 - RARE:.0%} of held-out codes.",
    )


def prior_is_far(load: Load) -> Answer:
    """Return which part of the prior's draws lies far from the data, in percent."""
    model = load(VARIATIONAL, Autoencoder)
    words = "draws. Training pulls codes towards the prior, and it nearly fills it."
    return _far(model, draws_from_prior(model, _DRAWS), words)


def bell_is_far(load: Load) -> Answer:
    """Return which part of a plain autoencoder's draws lies far from the data, in percent."""
    model = load(PLAIN, Autoencoder)
    words = "draws. Nothing ever asked it to fill its space, so there are holes between its codes."
    return _far(model, draws_from_bell(model, _DRAWS), words)


def halfway_is_far(load: Load) -> Answer:
    """Return how often there is no data half way between two images, in percent."""
    model, plain = load(VARIATIONAL, Autoencoder), load(PLAIN, Autoencoder)
    there = float((plain.support(halfway(plain, _DRAWS)) < RARE).mean())
    words = f"pairs; in the plain autoencoder {there:.0%}. Between the codes of two garments there "
    words += "are garments in both; what a prior buys is codes to draw."
    return _far(model, halfway(model, _DRAWS), words)


def numbers_used(load: Load) -> Answer:
    """Return how many numbers of its codes a variational autoencoder uses."""
    model = load(VARIATIONAL, Autoencoder)
    elbo = model.card.evaluation["test"]["elbo"]
    used = elbo["active_units"]
    return Answer(
        used,
        f"{used} of {model.latent_dim} vary from image to image. Every number in use costs KL, so "
        "one that saves less than it costs is left at the prior, where it says nothing.",
    )


def price_of_the_code(load: Load) -> Answer:
    """Return the KL's share of a variational autoencoder's loss, in percent."""
    model = load(VARIATIONAL, Autoencoder)
    test = model.card.evaluation["test"]
    elbo = test["elbo"]
    beta = model.card.recipe["beta"]
    return Answer(
        100 * elbo["kl"] / elbo["negative_elbo"],
        f"{elbo['kl']:.1f} of {elbo['negative_elbo']:.1f} nats, on {test['n']:,} test images: the "
        f"rest is for rebuilding. Beta, {beta:g} here, multiplies the KL. A larger beta makes "
        "codes dearer: they fill the prior better and say less, so pictures get blurred.",
    )


def middle_is_empty(load: Load) -> Answer:
    """Return how far from the code 0 the nearest test image lies, in prior sigmas."""
    codes = load(VARIATIONAL, Autoencoder).codes
    away = np.linalg.norm(codes, axis=1)
    return Answer(
        float(away.min()),
        f"{away.min():.2f}; on average the {len(codes):,} test images lie {away.mean():.2f} away. "
        "No place is likelier than the middle, but there is little room around it: in many "
        "dimensions a round cloud is nearly a shell.",
    )


LESSON = Lesson(
    "A space one can walk in",
    "What a variational autoencoder fills, where its holes are, and what that costs.",
    (
        Step(
            "prior",
            "Codes are drawn from the prior of a variational autoencoder. How many lie far from "
            "every garment that it has seen?",
            PERCENT,
            prior_is_far,
        ),
        Step(
            "plain",
            "The same with a plain autoencoder: every number is drawn from a bell as wide as its "
            "codes are. How many lie far?",
            PERCENT,
            bell_is_far,
        ),
        Step(
            "middle",
            "Take two test images, and go half way from the one code to the other. How often is "
            "no real garment anywhere near?",
            PERCENT,
            halfway_is_far,
        ),
        Step(
            "used",
            "The model may use {numbers} numbers for a garment. How many does it use?",
            Quantity(0, 16, 1, ""),
            numbers_used,
            VARIATIONAL,
        ),
        Step(
            "beta",
            "Its loss has two parts: rebuilding the picture, and the KL, the price of the code. "
            "How much of the loss is KL?",
            PERCENT,
            price_of_the_code,
        ),
        Step(
            "zero",
            "The code of zeros is the middle of the prior. Draw what the decoder makes of it. And "
            "how many prior sigmas away lies the code of the nearest test image?",
            Quantity(0, 5, 0.1, " prior sigmas"),
            middle_is_empty,
            drawn=True,
        ),
    ),
)
