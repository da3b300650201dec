"""Denoising on screen: pictures, the best plain filter, and the measured curve."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae import models
from ae.coding.autoencoder import Autoencoder
from ae.denoising.denoiser import Denoiser
from ae.denoising.filters import FILTERS
from ae.denoising.noise import KINDS, SETTINGS, Noise
from ae.denoising.trial import Trial, best_filter, try_all
from ae.images.sheets import heat_map, labelled_sheet, png_bytes, to_uint8
from ae.shelf.model import Images
from ae.ui.caching import kept, loaded
from ae.ui.controls import LAST_SEED, choose_one, download
from ae.ui.door.link import IN_LINK
from ae.ui.figures import BLUE, GREEN, GREY, ORANGE, Figure, new_figure
from ae.ui.pictures import Row, picture_table, show_picture
from ae.ui.shelf import choose_model, of_garments, usable_models
from ae.ui.tables import show_table

# What is trained where the shelf lacks a model.
_DENOISER, _BOTTLENECK = "fashion-denoiser", "fashion-conv"
_LARGE, _SMALL = 5, 4  # side of a pixel's square on screen
_FULL = 0.5  # the difference that gets the full colour of an error map
_STEP = 0.05
_TITLES = {
    "noisy": "Noisy",
    "denoiser": "Denoiser",
    "bottleneck": "Bottleneck",
    **{name: plain.title for name, plain in FILTERS.items()},
}


def denoiser_and_bottleneck() -> tuple[Denoiser, Autoencoder]:
    """Return the denoiser and the autoencoder chosen beside it, or say what to train."""
    garments, denoisers = of_garments(usable_models()), models.available(Denoiser)
    missing = [
        name for name, there in ((_DENOISER, denoisers), (_BOTTLENECK, garments)) if not there
    ]
    if missing:
        st.info(
            "A model of this page is not on the shelf. "
            f"Train it: `python -m ae train {missing[0]}`."
        )
        st.stop()
    first = next(iter(garments))
    try:
        denoiser = loaded(denoisers[0].name, Denoiser)
        if denoiser.image_shape != garments[first].image_shape:
            raise ValueError(f"The denoiser takes pictures of {denoiser.image_shape}.")
    except ValueError as problem:
        st.error(str(problem))
        st.stop()
    return denoiser, choose_model(garments, first, "bottleneck", label="Autoencoder beside it")


def chosen_noise() -> Noise:
    """Show the controls of the noise and return what was chosen with them."""
    kind = choose_one("Noise", KINDS, "kind", format_func=lambda name: KINDS[name].title)
    chosen = KINDS[kind]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level = st.slider(
            f"Level: {chosen.unit}",
            # Below the least level filters are tuned for, they would be held back.
            chosen.levels[0],
            chosen.most,
            chosen.levels[2],
            _STEP,
            # One for each kind: a level of one says nothing about another.
            key=f"level-{kind}",
            width=300,
            **IN_LINK,
        )
        seed = st.number_input("Noise seed", 0, LAST_SEED, 0, key="seed", width=120, **IN_LINK)
        clip = st.toggle(
            "Clip to black and white",
            key="clip",
            disabled=not chosen.outside,
            help="Noise may make a pixel darker than black or brighter than white. "
            "A camera would clip it; papers that compare denoisers usually do not.",
            **IN_LINK,
        )
    return Noise(kind, float(level), bool(clip) and chosen.outside, int(seed))


def tried(denoiser: Denoiser, bottleneck: Autoencoder, clean: Images, noise: Noise) -> Trial:
    """Return ``try_all``, which is the same in every run of the page until something is set."""
    how = "tried", denoiser.card.files, bottleneck.card.files, noise
    return kept(how, clean, lambda: try_all(denoiser, bottleneck, clean, noise))


def show_trial(
    denoiser: Denoiser, bottleneck: Autoencoder, trial: Trial, names: Sequence[str]
) -> None:
    """Show what every method made of noisy images, called by their names, and who is best."""
    st.markdown(_verdict(trial))
    at = 0
    if len(names) > 1:
        at = picture_table(names, _rows(bottleneck, trial, names), key="chosen")
    _look_closer(trial, at, names[at])
    _every_method(denoiser, bottleneck, trial, at, names[at])
    _downloads(trial, names)


def _verdict(trial: Trial) -> str:
    noisy, network, plain = (
        float(trial.scores[method].psnr_db.mean())
        for method in ("noisy", "denoiser", trial.best_filter)
    )
    title, n = FILTERS[trial.best_filter].title, len(trial.clean)
    who = "this picture" if n == 1 else f"these {n} pictures"
    if max(network, plain) <= noisy:
        return f"On {who} nothing helps: they were closest before any cleaning."
    if network >= plain:
        return (
            f"On {who} the denoiser beats the best plain filter, {title}, by "
            f"**{network - plain:.1f} dB**: {network:.1f} against {plain:.1f} dB."
        )
    return (
        f"On {who} a plain filter is better: {title} beats the denoiser by "
        f"**{plain - network:.1f} dB**: {plain:.1f} against {network:.1f} dB."
    )


def _rows(bottleneck: Autoencoder, trial: Trial, names: Sequence[str]) -> list[Row]:
    def row(method: str, note: str) -> Row:
        decibel = [f"{value:.1f} dB" for value in trial.scores[method].psnr_db]
        pictures = to_uint8(trial.estimates[method][..., 0])
        return Row(_TITLES[method], note, pictures, decibel)

    errors = [_error_map(trial, "denoiser", at) for at in range(len(names))]
    return [
        Row("Original", "", to_uint8(trial.clean[..., 0]), names),
        row("noisy", "what all of them are given"),
        row("denoiser", "told nothing of the noise"),
        Row("Its errors", "denoiser minus original", np.stack(errors)),
        row(trial.best_filter, "best plain filter here"),
        row("bottleneck", f"{bottleneck.card.title}, which {_met(bottleneck)}"),
    ]


def _met(bottleneck: Autoencoder) -> str:
    noise = bottleneck.card.recipe.get("noise")
    return f"was trained with noise of {noise:g}" if noise else "never met noise"


def _error_map(trial: Trial, method: str, at: int) -> NDArray[np.uint8]:
    difference = trial.estimates[method][at, ..., 0] - trial.clean[at, ..., 0]
    return heat_map(difference, full=_FULL)


def _look_closer(trial: Trial, at: int, name: str) -> None:
    st.header(f"Closer: {name}", anchor=False)
    with st.container(horizontal=True):
        for method in ("noisy", "denoiser"):
            _result(trial, method, at, name, _LARGE)
        _titled("Original", to_uint8(trial.clean[at, ..., 0]), name, _LARGE)
        for method in ("denoiser", trial.best_filter):
            title = f"Errors of {_TITLES[method]}"
            _titled(title, _error_map(trial, method, at), name, _LARGE)
    st.caption(
        "Errors: orange where the result is too bright, blue where it is too dark, "
        "black where it is right."
    )


def _titled(
    title: str, picture: NDArray[np.uint8], name: str, scale: int, number: str = ""
) -> None:
    """Show a picture above its title, which may take two lines and move no picture."""
    with st.container(width=28 * scale, gap="small"):
        show_picture(picture, alt=f"{title}: {name}", scale=scale)
        st.caption(f"{title}  \n{number}" if number else title)


def _result(trial: Trial, method: str, at: int, name: str, scale: int) -> None:
    picture = to_uint8(trial.estimates[method][at, ..., 0])
    number = f"{trial.scores[method].psnr_db[at]:.1f} dB"
    _titled(_TITLES[method], picture, name, scale, number)


def _every_method(
    denoiser: Denoiser, bottleneck: Autoencoder, trial: Trial, at: int, name: str
) -> None:
    st.header("Every method on it", anchor=False)
    scores, n = trial.scores, len(trial.clean)
    methods = sorted(scores, key=lambda method: -scores[method].psnr_db.mean())
    with st.container(horizontal=True):
        for method in methods:
            _result(trial, method, at, name, _SMALL)
    titles = dict(_TITLES)
    titles[trial.best_filter] += " (best plain filter)"
    show_table(
        {
            "Method": [titles[method] for method in methods],
            "PSNR, dB": [f"{scores[m].psnr_db[at]:.2f}" for m in methods],
            "SSIM": [f"{scores[m].ssim[at]:.3f}" for m in methods],
            f"Mean PSNR of {n}": [f"{scores[m].psnr_db.mean():.2f}" for m in methods],
            f"Mean SSIM of {n}": [f"{scores[m].ssim.mean():.3f}" for m in methods],
            "Setting": [_setting(denoiser, bottleneck, m, trial.noise) for m in methods],
        }
    )
    st.caption(
        "Plain filters know the kind and level of the noise: each has the setting that was best on "
        "validation images, and the linear Wiener filter inverts a known blur. PSNR and SSIM: more "
        "is better; SSIM compares windows of 7 by 7 pixels."
    )


def _setting(denoiser: Denoiser, bottleneck: Autoencoder, method: str, noise: Noise) -> str:
    if method not in FILTERS:
        return {"noisy": "", "denoiser": "blind"}.get(method, f"blind, {_met(bottleneck)}")
    return FILTERS[method].strength.format(denoiser.strength(method, noise))


def _downloads(trial: Trial, names: Sequence[str]) -> None:
    shown = ("noisy", "denoiser", trial.best_filter, "bottleneck")

    def sheet() -> bytes:
        rows = [(_TITLES[method], trial.estimates[method]) for method in shown]
        return png_bytes(labelled_sheet([("Original", trial.clean), *rows]))

    with st.container(horizontal=True):
        download("Numbers as CSV", lambda: trial.to_csv(names), "denoised.csv")
        download("Pictures as PNG", sheet, "denoised.png")


def show_curve(denoiser: Denoiser, bottleneck: Autoencoder, noise: Noise) -> None:
    """Show the measured quality by level of the noise, and what clipping does."""
    settings = denoiser.card.evaluation["test"]["settings"]
    measured = settings[noise.setting]
    kind = KINDS[noise.kind]
    st.header("More noise, less left to find", anchor=False)
    st.plotly_chart(
        curve(denoiser, noise.setting, noise.level),
        key="curve",
        alt=f"Mean PSNR of denoiser, bottleneck and plain filters by level of "
        f"{kind.title} noise; the present level, {noise.level:g}, is marked",
    )
    given = "clipped" if noise.setting.endswith("clipped") else "not clipped"
    if noise.kind == "blur":
        given = "rounded to 8 bits, as a file holds them"
    st.caption(
        f"Mean over the first {measured['n']:,} test images; noisy pictures {given}, "
        "results always clipped. The plain filter is the best one at each level, the bottleneck "
        "that of the autoencoder with which the denoiser was measured."
    )
    st.markdown(_who_wins(measured))
    if kind.outside:
        st.markdown(_clipping(settings, noise))
    card = bottleneck.card
    alone = card.evaluation["test"]["model"]["psnr_db"]
    st.markdown(
        f"**Why a bottleneck denoises at all.** {card.title} has {card.latent_dim} numbers for a "
        "picture, and not all noise fits into them. Fine detail does not fit either, so that even "
        f"of clean test images it rebuilds only {alone:.1f} dB. It {_met(bottleneck)}"
        f"{'' if card.recipe.get('noise') else ', so that some of it leads to another garment'}. "
        "The denoiser has skips that lead detail around its narrow middle, and it learned what "
        "noise looks like."
    )


def curve(denoiser: Denoiser, setting: str, level: float) -> Figure:
    """Draw mean PSNR by level of a setting's noise, with a marker at the present one."""
    return _curve(f"{denoiser.card.name} {denoiser.card.files}", setting, level, denoiser)


@st.cache_resource(show_spinner=False, max_entries=64)
def _curve(of: str, setting: str, level: float, _denoiser: Denoiser) -> Figure:
    measured = _denoiser.card.evaluation["test"]["settings"][setting]
    unit = KINDS[SETTINGS[setting][0]].unit
    levels, means = measured["levels"], _by_method(measured)
    winners = [
        best_filter({name: means[name][at] for name in FILTERS}) for at in range(len(levels))
    ]
    means["plain"] = [means[name][at] for at, name in enumerate(winners)]
    figure = new_figure(
        top=90,
        xaxis_title=unit[0].upper() + unit[1:],
        yaxis_title="PSNR, dB",
        xaxis_range=[0, levels[-1] * 1.04],
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        height=400,
        hovermode="x unified",
    )
    for name, title, colour, dash, symbol in (
        ("denoiser", "Denoiser", BLUE, "solid", "circle"),
        ("plain", "Best plain filter", ORANGE, "dash", "square"),
        ("bottleneck", "Bottleneck", GREEN, "dot", "diamond"),
        ("noisy", "Noisy", GREY, "dashdot", "x"),
    ):
        if name in means:
            figure.add_scatter(
                x=levels,
                y=means[name],
                name=title,
                mode="lines+markers",
                line={"color": colour, "dash": dash},
                marker={"symbol": symbol, "size": 8},
                text=[FILTERS[w].title if name == "plain" else "" for w in winners],
                hovertemplate="%{y:.2f} dB %{text}",
            )
    figure.add_scatter(
        x=[level],
        y=[np.interp(level, levels, means["denoiser"])],
        name="Present level",
        mode="markers",
        marker={"color": BLUE, "size": 15, "symbol": "star"},
        hoverinfo="skip",
    )
    figure.add_vline(x=level, line={"color": GREY, "width": 1})
    return figure


def _who_wins(measured: dict[str, Any]) -> str:
    """Say at which measured levels a plain filter beats the denoiser, and by how much."""
    means, levels = _by_method(measured), measured["levels"]
    best = [best_filter({name: means[name][at] for name in FILTERS}) for at in range(len(levels))]
    ahead = {level: means[best[at]][at] - means["denoiser"][at] for at, level in enumerate(levels)}
    won = {level: by for level, by in ahead.items() if by > 0}
    if not won:
        return (
            "The denoiser beats the best plain filter at every level measured, by "
            f"{-max(ahead.values()):.1f} to {-min(ahead.values()):.1f} dB."
        )
    who = ", ".join(dict.fromkeys(FILTERS[best[levels.index(level)]].title for level in won))
    where = "every level measured" if len(won) == len(levels) else ", ".join(f"{x:g}" for x in won)
    return (
        f"**A plain filter beats the denoiser** at {where}, by {min(won.values()):.1f} to "
        f"{max(won.values()):.1f} dB: {who}, which unlike the network is told what was done."
    )


def _by_method(measured: dict[str, Any]) -> dict[str, list[float]]:
    return {name: list(m["psnr_db"]) for name, m in measured["methods"].items()}


def _clipping(settings: dict[str, Any], noise: Noise) -> str:
    """Say what clipping does to the denoiser and to the best plain filter."""
    now: dict[bool, dict[str, float]] = {}
    for clip in (False, True):
        measured = settings[Noise(noise.kind, noise.level, clip).setting]
        now[clip] = {
            name: float(np.interp(noise.level, measured["levels"], values))
            for name, values in _by_method(measured).items()
        }
    best = {clip: best_filter(means) for clip, means in now.items()}
    network = now[True]["denoiser"] - now[False]["denoiser"]
    plain = now[True][best[True]] - now[False][best[False]]
    n = settings[noise.kind]["n"]
    why = ": noise that may go either way averages out, and clipped noise does not"
    return (
        f"**Clipping matters.** On {n:,} test images at this level the denoiser "
        f"{_change(network)} and the best plain filter {_change(plain)} when the noisy "
        f"pictures are clipped to black and white{why if plain < 0 else ''}."
    )


def _change(decibel: float) -> str:
    return f"{'loses' if decibel < 0 else 'gains'} {abs(decibel):.1f} dB"
