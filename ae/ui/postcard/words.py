"""What a postcard says: its title, what its numbers are, and how good the model is."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from ae.coding.autoencoder import Autoencoder
from ae.data import caveat
from ae.ui.map.controls import TITLES
from ae.ui.map.trust import in_brief

_BASELINES = {"pca": "PCA with as many numbers", "mean_image": "The mean picture, always"}
_BODY = """\
<main>
<header>
<h1>{title}</h1>
<p class="lead">{summary}</p>
</header>
<p id="problem" role="alert"></p>
<noscript><p>This file draws with JavaScript, which is switched off here.</p></noscript>
<section aria-label="Sliders">
<p>{how}</p>
<div id="live"></div>
<p class="below"><button id="more" type="button" aria-expanded="false"{hidden}>{more}</button>
<span>The sliders add to the code of <b id="from"></b>.</span>
<button id="back" type="button" hidden>Back to the start</button></p>
</section>
{map}<section>
<h2>How good it is</h2>
{numbers}
</section>
<footer><p>{footer}</p></footer>
</main>"""
_MAP = """\
<section>
<h2>The map</h2>
<p>{words}</p>
<div id="map"></div>
<p class="small">{trust}</p>
</section>
"""
_WAYS = {
    "tsne": "t-SNE has no way back to codes: between the dots you see a mix of the codes of "
    "the 8 nearest dots, the nearer the more.",
    "pca": "Every place is a code on a plane, exactly: the one on which codes differ most.",
    "plane": "This latent space has two dimensions: every place is a code, exactly.",
}


def body_of(autoencoder: Autoencoder, kind: str, shown: int, sliders: int) -> str:
    """Return the postcard's markup, with every text of the model escaped.

    Args:
        autoencoder: The model.
        kind: Of its map, or "".
        shown: Points on the map.
        sliders: How many there are, where not all are shown at first; else 0.
    """
    card = autoencoder.card
    return _BODY.format(
        title=escape(card.title),
        summary=escape(card.summary),
        how=_how(autoencoder),
        hidden="" if sliders else " hidden",
        more=f"All {sliders} sliders",
        map=_about_map(autoencoder, kind, shown) if kind else "",
        numbers=_numbers(autoencoder),
        footer=f"Model <code>{escape(card.name)}</code>, {card.parameters:,} weights in all, "
        "taken from Latent Space Explorer. This file asks no network for anything.",
    )


def _how(autoencoder: Autoencoder) -> str:
    words = (
        f"Drag a slider: the decoder in this file draws each picture anew, on your device, "
        f"from {autoencoder.latent_dim} numbers."
    )
    if autoencoder.directions:
        names = " and ".join(f"<b>{escape(name)}</b>" for name in [*autoencoder.directions][:2])
        words += (
            f" Sliders such as {names} add what that attribute changes; AUROC says how well it "
            "is told in pictures that nothing was learned from, 1 at best, 0.5 by chance."
        )
    unit = "prior sigmas" if autoencoder.is_vae else "standard deviations of the codes"
    return f"{words} A <b>z</b> slider moves one number, in {unit}."


def _about_map(autoencoder: Autoencoder, kind: str, shown: int) -> str:
    n = len(autoencoder.codes)
    which = f"{n:,} test images" if shown == n else f"{shown:,} of {n:,} test images, by lot"
    words = (
        f"{TITLES[kind]}: each dot is the code of one of {which}. Point anywhere, and the decoder "
        "draws what is there. Click, and the sliders above start from there. " + _WAYS[kind]
    )
    return _MAP.format(words=words, trust=escape(in_brief(autoencoder.card.maps[kind], kind)))


def _numbers(autoencoder: Autoencoder) -> str:
    card = autoencoder.card
    test = card.evaluation["test"]
    rows = {"model": f"This model, {card.latent_dim} numbers", **_BASELINES}
    found = [(name, test[who]) for who, name in rows.items() if who in test]
    cells = [(n, f"{float(q['mse']):.5f}", f"{float(q['psnr_db']):.1f}") for n, q in found]
    pixels = f"{int(np.prod(card.image_shape)):,}"
    return (
        _table(("Rebuilt from its numbers", "Squared error", "PSNR, dB"), cells)
        + f'<p class="small">Mean over {test["n"]:,} test images of {pixels} values in [0, 1], '
        "which nothing was learned from. A lower error is better, a higher PSNR too. "
        f"{escape(caveat(card.dataset))}</p>"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><thead>{row(heads, 'th')}</thead><tbody>{body}</tbody></table>"
