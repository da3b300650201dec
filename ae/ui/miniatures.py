"""Little charts of a model beside a word: curves and bars, drawn as SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.latent.attributes import AttributeCodes, is_yes_or_no
from ae.latent.traversal import DEAD_KL, by_kl
from ae.metrics import kl_divergence
from ae.shelf.model import Model
from ae.ui.figures import BLUE, GREY

Heights = NDArray[np.floating]
_WIDTH, _HEIGHT = 240, 64  # of a chart, on screen too
_BAR, _GAP = 6, 2  # samples of a bar, and between two
_PLACES = np.linspace(-4, 4, 81)  # prior sigmas
_SOME = 500  # test images whose codes stand for all


@dataclass(frozen=True)
class Miniature:
    """A little chart."""

    svg: str  # of _WIDTH and _HEIGHT
    words: str  # what is what in it

    def show(self) -> None:
        """Show it, and what is what in it."""
        st.image(self.svg, width=_WIDTH, alt="")  # the words say it all
        st.caption(self.words)


Draw = Callable[[Model], Miniature | None]


def no_chart(_model: Model) -> None:
    """Draw nothing."""


def codes_in_prior(model: Model) -> Miniature | None:
    """Draw where codes of test images lie in their most informative dimension, and the prior."""
    if (vae := _vae(model)) is None:
        return None
    axis = int(_kl(vae).argmax())
    codes = _bells(vae.codes[:_SOME, axis], vae.z_log_var[:_SOME, axis]).mean(axis=0)
    return Miniature(
        _areas([_bells(), codes]),
        f"Grey: the prior. Blue: codes of test images in z{axis}, the number that says most.",
    )


def posterior_in_prior(model: Model) -> Miniature | None:
    """Draw the posterior of one test image in its most informative dimension, and the prior."""
    if (vae := _vae(model)) is None:
        return None
    axis = int(_kl(vae).argmax())
    z_mean, z_log_var = vae.codes[0, axis], vae.z_log_var[0, axis]
    return Miniature(
        _areas([_bells(), _bells(z_mean, z_log_var)]),
        f"Grey: the prior. Blue: the posterior of test image 0 in z{axis}; "
        f"{float(kl_divergence(z_mean, z_log_var)):.1f} nats lie between them.",
    )


def kl_of_dimensions(model: Model) -> Miniature | None:
    """Draw the mean KL of each dimension, the largest first."""
    if (vae := _vae(model)) is None:
        return None
    live, dead = by_kl(kl := _kl(vae))
    return Miniature(
        _areas([_bars(kl[[*live, *dead]])]),
        f"The KL of each of its {len(kl)} numbers: {len(live)} are live, {len(dead)} dead "
        f"(under {DEAD_KL:g} nats).",
    )


def along_direction(model: Model) -> Miniature | None:
    """Draw where held-out codes without and with an attribute lie along its direction."""
    if not isinstance(model, Autoencoder) or not model.known:
        return None
    name = next(iter(model.attributes))
    held_out = AttributeCodes(model.codes, model.attributes)
    groups = held_out.along(model.direction(name))
    places = np.histogram_bin_edges(np.concatenate(groups), 30)
    counts = [np.histogram(group, places, density=True)[0] for group in groups]
    ends = "pictures without it, blue: with it"
    if not is_yes_or_no(held_out.values[name]):
        ends = "the third of the pictures with least of it, blue: with most"
    return Miniature(_areas(counts), f"Along the direction of {name}, grey: {ends}.")


def trusted(model: Model, measure: str) -> tuple[float, float] | None:
    """Return a measure of a model's first map and that of shuffled codes, if both are known."""
    measured = next(iter(model.card.maps.values()), {})
    control = measured.get(f"control_{measure}")
    return None if control is None else (measured[measure], control)


def trust(measure: str) -> Draw:
    """Return what draws a measure of a model's first map beside that of shuffled codes."""

    def draw(model: Model) -> Miniature | None:
        if (scores := trusted(model, measure)) is None:
            return None
        both = [_bars(np.multiply(scores, keep)) for keep in ([0, 1], [1, 0])]
        return Miniature(
            _areas(both, top=1), "Blue: this map. Grey: one of shuffled codes. The top is 1."
        )

    return draw


def _vae(model: Model) -> Autoencoder | None:
    """Return a model whose KL was measured; None if it is another."""
    has_kl = "elbo" in model.card.evaluation["test"]
    return model if isinstance(model, Autoencoder) and has_kl else None


def _kl(vae: Autoencoder) -> NDArray[np.float64]:
    return np.array(vae.card.evaluation["test"]["elbo"]["kl_per_dimension"])


def _bells(mean: Heights | float = 0.0, log_var: Heights | float = 0.0) -> Heights:
    """Return normal densities at ``_PLACES``, (..., places)."""
    mean, log_var = np.asarray(mean)[..., None], np.asarray(log_var)[..., None]
    return np.exp(-0.5 * ((_PLACES - mean) ** 2 / np.exp(log_var) + log_var))


def _bars(heights: Heights) -> Heights:
    bars = np.repeat(heights[:, None], _BAR + _GAP, axis=1)
    bars[:, _BAR:] = 0
    return bars.ravel()


def _areas(areas: Sequence[Heights], top: float | None = None) -> str:
    """Draw heights >= 0 as areas on one line; the last is blue, others grey.

    Each reaches the top, unless a height is given that does. The colours are seen on light and
    on dark.
    """
    paths = []
    for area, colour in zip(areas, [GREY, BLUE][-len(areas) :], strict=True):
        x = np.linspace(0, _WIDTH, len(area) + 1).repeat(2)[1:-1]
        y = _HEIGHT - (_HEIGHT - 2) * (area / (top or area.max())).repeat(2)
        line = " ".join(f"{left:.1f} {up:.1f}" for left, up in zip(x, y, strict=True))
        paths.append(
            f'<path d="M0 {_HEIGHT} L{line} L{_WIDTH} {_HEIGHT}Z" fill="{colour}" '
            f'fill-opacity="0.5" stroke="{colour}"/>'
        )
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(paths)}</svg>'
