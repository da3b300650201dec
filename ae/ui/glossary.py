"""The words of the pages, each explained in a sentence, a number and a chart of the model at hand.

One table for the popovers beside a word's first use and for the page that collects them.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.coding.judge import Judge
from ae.detection.detector import Detector
from ae.metrics import in_nats
from ae.models import companion
from ae.shelf.model import Model
from ae.ui.door.component import Component
from ae.ui.evidence import SPREAD_OVER, spreads_of
from ae.ui.miniatures import (
    Draw,
    Miniature,
    along_direction,
    codes_in_prior,
    kl_of_dimensions,
    no_chart,
    posterior_in_prior,
    trust,
    trusted,
)

Number = Callable[[Model], str | None]
_component = Component("glossary", "glossary.js", ["glossary.css"], '<div class="words"></div>')
_SOME = 500  # test images: enough for a mean
_FOUND = "word-found"  # the word that was just looked for
_HOME, _PROJECTION = "pages/learn/home.py", "pages/learn/projection.py"
_RECONSTRUCT, _MAP = "pages/explore/reconstruct.py", "pages/explore/latent_map.py"
_SAMPLE, _ARITHMETIC = "pages/explore/sample.py", "pages/explore/arithmetic.py"
_DENOISE, _ANOMALIES = "pages/apply/denoise.py", "pages/apply/anomalies.py"
_COMPARE, _TRAIN = "pages/build/compare.py", "pages/build/train.py"


@dataclass(frozen=True)
class Word:
    """A word that a newcomer may not know."""

    term: str  # what its popover is called
    page: str  # where it is best seen
    meaning: str  # one plain sentence
    number: Number = lambda model: None  # what it comes to in a model, None where it has none
    also: str = ""  # other spellings, as a regular expression
    chart: Draw = no_chart  # what it looks like in a model

    def stands_in(self, text: str) -> bool:
        """Whether the word is used in a text."""
        forms = "|".join(filter(None, (re.escape(self.term), self.also)))
        # Names in capitals are no parts of other words, such as "prior" of "priority".
        return re.search(rf"(?<![\w-])({forms})(?![\w])", text, re.IGNORECASE) is not None


def explained(*terms: str, of: Sequence[Model] = (), beside: str = "") -> None:
    """Offer what some words mean, beside where they first stand on a page.

    Args:
        terms: Of the table.
        of: The models at hand: told is the number of the first of them that has one.
        beside: What they stand beside, where the same ones are explained twice on a page.

    Raises:
        KeyError: If a term is not in the table.
    """
    if terms:
        words = [_entry(GLOSSARY[term], of) for term in terms]
        # One component: a popover of Streamlit for each took an eighth of a page's run.
        _component(key=" ".join(("words", beside, *terms)), data={"words": words})


# By model and term: some take hundreds of codes, and every run of a page asks.
_known: WeakKeyDictionary[Model, dict[str, tuple[str | None, Miniature | None]]]
_known = WeakKeyDictionary()


def _in_model(word: Word, model: Model) -> tuple[str | None, Miniature | None]:
    """Return what a word comes to in a model, and what that looks like."""
    found = _known.setdefault(model, {})
    if word.term not in found:
        found[word.term] = word.number(model), word.chart(model)
    return found[word.term]


def _in_first(word: Word, of: Sequence[Model]) -> tuple[str, str, Miniature | None]:
    """Return the title of the first model in which a word comes to something, that, and a chart."""
    for model in of:
        told, chart = _in_model(word, model)
        if told is not None or chart is not None:
            return model.card.title, told or "", chart
    return "", "", None


def _entry(word: Word, of: Sequence[Model]) -> dict[str, str]:
    """Return a word as glossary.js shows it."""
    entry = {"term": word.term, "meaning": word.meaning}
    title, told, chart = _in_first(word, of)
    if told:
        entry |= {"model": title, "told": told}
    if chart is not None:
        entry |= {"svg": chart.svg, "words": chart.words}
    return entry


def _show_in(word: Word, of: Sequence[Model]) -> None:
    title, told, chart = _in_first(word, of)
    if told:
        st.caption(f"**{title}**: {told}")
    if chart is not None:
        chart.show()


def words_in(text: str) -> tuple[str, ...]:
    """Return the terms of a text that are not explained on the way."""
    used = (word.term for word in _WORDS if word.stands_in(text))
    return tuple(term for term in used if term not in ON_THE_WAY)


# Numbers ---------------------------------------------------------------------------------


def _test(model: Model) -> dict[str, Any]:
    return dict(model.card.evaluation["test"])


def _test_of_vae(model: Model) -> dict[str, Any]:
    """Return what was measured; of other models nothing, whose cards are not held to it."""
    return _test(model) if isinstance(model, Autoencoder) and model.is_vae else {}


def _size(model: Model) -> str | None:
    if not isinstance(model, Autoencoder):
        return None
    return f"{model.latent_dim} numbers stand for {math.prod(model.image_shape):,}."


def _beside_pca(measure: str, digits: int) -> Number:
    def number(model: Model) -> str | None:
        if not isinstance(model, Autoencoder):
            return None
        test = _test(model)
        mine, pca = (f"{test[who][measure]:.{digits}f}" for who in ("model", "pca"))
        return f"{mine} on {test['n']:,} test images; PCA with as many numbers {pca}."

    return number


def _elbo(words: str) -> Number:
    def number(model: Model) -> str | None:
        elbo = _test_of_vae(model).get("elbo")
        if elbo is None:
            return None
        bits = elbo["kl"] / math.log(2)
        bound = {part: in_nats(elbo[part]) for part in ("negative_elbo", "reconstruction")}
        return words.format(**elbo | bound, bits=bits, n=_test(model)["n"])

    return number


def _support(words: str) -> Number:
    def number(model: Model) -> str | None:
        support = _test_of_vae(model).get("support", {})
        return words.format(**support) if "prior" in support else None

    return number


def _width(model: Model) -> str | None:
    if not isinstance(model, Autoencoder) or not model.is_vae:
        return None
    some = model.z_log_var[:_SOME]
    width = float(np.exp(0.5 * some).mean())
    return f"its width is {width:.2f} of the prior's, mean of the first {len(some)} test images."


def _first_direction(words: str) -> Number:
    def number(model: Model) -> str | None:
        if not isinstance(model, Autoencoder) or not model.known:
            return None
        found = model.direction(next(iter(model.attributes)))
        pictures = found.n_positive + found.n_negative
        return words.format(d=found, n=pictures)

    return number


def _auroc(model: Model) -> str | None:
    if isinstance(model, Detector):
        test = _test(model)
        return f"{test['mean']['detector']:.3f} on {test['n']:,} test images, mean of its classes."
    return _first_direction("{d.name} {d.auroc:.3f} on {n:,} held-out pictures.")(model)


def _judged_spread(model: Model) -> str | None:
    if not isinstance(model, Autoencoder) or not model.known:
        return None
    judge = companion(model, Judge)
    if judge is None or not judge.card.attributes:
        return None
    name, value = judge.card.attributes[0], spreads_of(model, judge)[0]
    n = min(SPREAD_OVER, len(model.codes))
    return f"{name} {value:.2f}, as the judge reads {n:,} test pictures."


def _trust(measure: str) -> Number:
    def number(model: Model) -> str | None:
        if (scores := trusted(model, measure)) is None:
            return None
        if min(scores) == 1:
            return "1.000, as always: this map is the code itself, which has two numbers."
        return "{:.3f}; a map of shuffled codes {:.3f}.".format(*scores)

    return number


def _beta(model: Model) -> str | None:
    # Of what was made elsewhere nobody has said it.
    beta = model.card.recipe.get("beta") if model.card.history else None
    return f"trained with beta = {beta:g}." if isinstance(beta, int | float) else None


def _feature_distance(model: Model) -> str | None:
    found = _test_of_vae(model).get("feature_distance")
    if found is None:
        return None
    names = {
        "prior": "draws from its prior",
        "reconstructions": "reconstructions",  # which older cards lack
        "training": "training images",
    }
    told = (f"{words} {found[name]:.1f}" for name, words in names.items() if name in found)
    return f"{', '.join(told)}."


def _calibrated(model: Model) -> str | None:
    if isinstance(model, Detector):
        n = len(model.held_out_scores([model.card.class_names[0]]))
        return f"compared with {n:,} held-out images of a class."
    calibration = getattr(model, "calibration", None)
    return None if calibration is None else f"compared with {calibration.n:,} held-out images."


# The table -------------------------------------------------------------------------------

_WORDS = (
    Word(
        "linear",
        _PROJECTION,
        "It only weighs and adds: all that a linear autoencoder rebuilds lies on one flat plane.",
    ),
    Word(
        "stacked",
        _RECONSTRUCT,
        "Of an autoencoder with several layers, one after another, so that it can bend the plane.",
        _size,
    ),
    Word(
        "convolutional",
        _RECONSTRUCT,
        "Of an autoencoder that looks through small windows, the same everywhere in the picture.",
        _size,
    ),
    Word("encoder", _HOME, "The network that turns a picture into a few numbers.", _size),
    Word("decoder", _HOME, "The network that turns these few numbers into a picture again.", _size),
    Word(
        "latent code",
        _HOME,
        "The few numbers that a picture becomes. The decoder gets nothing else.",
        _size,
        also="codes?|latent space",
    ),
    Word(
        "bottleneck",
        _HOME,
        "The narrow middle of an autoencoder. Not everything fits through it, so it has to choose.",
        _size,
    ),
    Word(
        "loss",
        _HOME,
        "One number for how wrong a model is. Training changes the weights so that it falls.",
    ),
    Word(
        "squared error",
        _RECONSTRUCT,
        "The mean, over all pixels, of the squared difference between picture and reconstruction; "
        "black is 0 and white is 1.",
        _beside_pca("mse", 4),
        also="mse",
    ),
    Word(
        "PCA",
        _PROJECTION,
        "Principal component analysis: of all ways with straight lines and as many numbers, the "
        "one of least squared error.",
        _beside_pca("mse", 4),
    ),
    Word(
        "PSNR",
        _RECONSTRUCT,
        "The squared error on a scale of decibels: 10 dB more are a tenth of the error.",
        _beside_pca("psnr_db", 1),
    ),
    Word(
        "SSIM",
        _DENOISE,
        "How alike two pictures are in the light, contrast and structure of every small patch: "
        "1 is the same picture.",
    ),
    Word(
        "cross-entropy",
        _RECONSTRUCT,
        "An error that treats a grey pixel as a chance of white. It cannot reach 0, for a grey "
        "pixel costs something even when it is rebuilt exactly.",
        _beside_pca("bce_nats", 1),
    ),
    Word(
        "nats",
        _SAMPLE,
        f"Units of information, as bits are: 1 nat is {1 / math.log(2):.2f} bits.",
        _elbo("the KL of an average test image is {kl:.1f} nats, which are {bits:.1f} bits."),
        also="nat",
    ),
    Word(
        "variational",
        _SAMPLE,
        "Of an autoencoder whose encoder gives a small cloud of codes instead of one: so the "
        "space between the codes of two pictures is filled, too.",
        also="VAE",
    ),
    Word(
        "prior",
        _SAMPLE,
        "The round cloud of codes around zero that training aims at, and from which new codes "
        "are drawn.",
        _support("{prior:.0%} of {n:,} draws from it lie far from the data."),
        chart=codes_in_prior,
    ),
    Word(
        "posterior",
        _SAMPLE,
        "What a variational encoder says of one picture: a small cloud of codes, with a middle "
        "and a width.",
        _width,
        chart=posterior_in_prior,
    ),
    Word(
        "KL",
        _SAMPLE,
        "How far a picture's posterior lies from the prior: the price of its code. "
        "(Kullback-Leibler divergence.)",
        _elbo("{kl:.1f} nats for the average of {n:,} test images."),
        chart=posterior_in_prior,
    ),
    Word(
        "distortion",
        _COMPARE,
        "How far a picture comes back from its original, as the loss counts it. The rate is what "
        "that costs, the KL; both together are the loss.",
        _elbo("{reconstruction} nats, at a rate of {kl:.1f}, mean of {n:,} test images."),
    ),
    Word(
        "dead dimension",
        _SAMPLE,
        "A number of the code that carries nothing, so that moving it changes no picture: its "
        "posterior is the prior, whatever the picture.",
        also="dead|dead dimensions",
        chart=kl_of_dimensions,
    ),
    Word(
        "ELBO",
        _SAMPLE,
        "Evidence lower bound. Its negative is the loss of a variational autoencoder with beta 1: "
        "what rebuilding costs, plus the KL.",
        _elbo("{negative_elbo} nats = {reconstruction} to rebuild + {kl:.1f} of KL, n = {n:,}."),
    ),
    Word(
        "beta",
        _COMPARE,
        "The weight of the KL in the loss. More of it gives codes that fill the prior and blurred "
        "pictures, less of it sharp pictures and holes between the codes.",
        _beta,
    ),
    Word(
        "mixture",
        _SAMPLE,
        "Several clouds, fitted to where the codes of training images really are.",
        _support("{fitted:.0%} of {n:,} draws from it lie far from the data."),
    ),
    Word(
        "standard deviation",
        _SAMPLE,
        "How far from the middle a cloud usually reaches; also called sigma.",
        also="standard deviations|sigmas?",
    ),
    Word(
        "held-out",
        _ANOMALIES,
        "Kept away from training, so that nothing could be learned by heart.",
        _calibrated,
    ),
    Word(
        "p-value",
        _ANOMALIES,
        "The share of held-out pictures that look at least as strange as this one. Small means "
        "strange.",
        _calibrated,
        also="p =|p <",
    ),
    Word(
        "direction",
        _ARITHMETIC,
        "A step from the average code of pictures without something to that of pictures with it; "
        "added to another code, it often adds that, and more beside.",
        _first_direction("learned for {d.name} and measured on {n:,} held-out pictures."),
        also="directions",
        chart=along_direction,
    ),
    Word(
        "AUROC",
        _ANOMALIES,
        "Take one picture that has it and one that has not: the chance that the first gets the "
        "higher score. 0.5 is guessing, 1 is perfect.",
        _auroc,
        chart=along_direction,
    ),
    Word(
        "effect size",
        _ARITHMETIC,
        "How far the averages of two groups lie apart, counted in the standard deviation within "
        "a group (Cohen's d).",
        _first_direction("{d.name} {d.effect_size:.2f}."),
        also="Cohen's d",
        chart=along_direction,
    ),
    Word(
        "judge",
        _ARITHMETIC,
        "Another network that reads attributes from pictures and knows no codes, so that nobody "
        "judges their own work.",
    ),
    Word(
        "spread",
        _ARITHMETIC,
        "How much what the judge reads of an attribute varies over test pictures (one standard "
        "deviation), so that a hat can be compared with the colour of hair.",
        _judged_spread,
        also="spreads",
    ),
    Word(
        "trustworthiness",
        _MAP,
        "Whether neighbours on the map are neighbours among the codes, too: 1 is best.",
        _trust("trustworthiness"),
        also="trust",
        chart=trust("trustworthiness"),
    ),
    Word(
        "continuity",
        _MAP,
        "Whether neighbours among the codes are neighbours on the map, too: 1 is best.",
        _trust("continuity"),
        chart=trust("continuity"),
    ),
    Word(
        "t-SNE",
        _MAP,
        "A way to lay out many numbers on a plane that keeps neighbours together. How far apart "
        "two groups lie on it means little.",
    ),
    Word(
        "feature distance",
        _SAMPLE,
        "How far a heap of drawn pictures is from a heap of real ones, as a small classifier sees "
        "them: lower is nearer.",
        _feature_distance,
    ),
    Word(
        "density", _ANOMALIES, "How crowded a place is: where few codes lie, a picture is unusual."
    ),
    Word(
        "isolation forest",
        _ANOMALIES,
        "It cuts the data at random, over and over: what stands alone after a few cuts is strange.",
    ),
    Word("epoch", _PROJECTION, "One pass of training over all pictures.", also="epochs"),
    Word(
        "learning rate",
        _PROJECTION,
        "How far each step of training goes. Too small takes for ever, too large overshoots.",
    ),
)
GLOSSARY = {word.term: word for word in _WORDS}
# Explained on Home, where everybody begins.
ON_THE_WAY = ("encoder", "decoder", "latent code", "bottleneck", "loss")
# What else is looked for, in the words that people use, and where it is found.
ALIASES = {
    "anomaly detection": _ANOMALIES,
    "autoencoder": _HOME,
    "denoising autoencoder": _DENOISE,
    "dimensionality reduction": _PROJECTION,
    "generate pictures": _SAMPLE,
    "interpolation": _ARITHMETIC,
    "latent space": _MAP,
    "noise": _DENOISE,
    "own photograph": _RECONSTRUCT,
    "reparametrization": _SAMPLE,
    "smile vector": _ARITHMETIC,
    "threshold": _ANOMALIES,
    "rate-distortion": _COMPARE,
    "train": _TRAIN,
    "traversal": _SAMPLE,
    "VAE": _SAMPLE,
}


def show_glossary(of: Sequence[Model]) -> None:
    """Show every word with its number in the first of some models that has one, from A to Z."""
    columns = st.columns(2, gap="large")
    words = sorted(_WORDS, key=lambda word: word.term.lower())
    half = math.ceil(len(words) / 2)
    for column, some in zip(columns, (words[:half], words[half:]), strict=True):
        with column:
            for word in some:
                st.markdown(f"**{word.term}**  \n{word.meaning}")
                _show_in(word, of)
                page = Path(word.page).stem.replace("_", " ").capitalize()
                st.page_link(word.page, label=f"See it on {page}")


def look_for() -> None:
    """Let a word be looked for, which leads to the page where it is best seen."""
    places = {**ALIASES, **{word.term: word.page for word in _WORDS}}

    def go() -> None:
        # Once: a word that is best seen on this very page would lead here for ever.
        st.session_state[_FOUND] = st.session_state["looked-for"]
        st.session_state["looked-for"] = None

    st.selectbox(
        "Look for a word",
        sorted(places, key=str.lower),
        index=None,
        placeholder="linear, smile vector, KL, denoise",
        key="looked-for",
        on_change=go,
        width=320,
    )
    found = st.session_state.pop(_FOUND, None)
    if found is not None:
        # Without parameters given, Streamlit refuses to leave those that this page's widgets hold.
        st.switch_page(places[found], query_params={})
