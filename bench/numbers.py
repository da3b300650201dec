"""Writes docs/measured.md: the shipped models' numbers from their cards, and the last speeds.

With ``--check`` it writes nothing, and fails if the page says anything else.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ae import models
from ae.coding import rate_distortion
from ae.denoising.noise import KINDS
from ae.detection.measures import USUAL_RATE
from ae.latent.attributes import METHODS
from ae.latent.support import RARE
from ae.latent.traversal import by_kl
from ae.metrics import in_nats, share_interval
from ae.models import Autoencoder, Denoiser, Detector, Judge
from ae.shelf.card import ModelCard
from bench import table as speed

PAGE = Path(__file__).resolve().parent.parent / "docs" / "measured.md"
HEAD = """# Measured

<!-- Written by `python -m bench.numbers` from the cards of the models and the last `bench.run`: do
not edit. -->

Every number stands in the card of its model, and `python -m ae evaluate NAME` measures
it again. Losses are in nats per image, summed over pixels. Grey pixels have an entropy
of their own, so no model can get below the floor that is named.

## Reconstruction

On test images, PSNR as the mean of that of each; in brackets PCA with as many numbers.
Cross-entropy of grey pixels compares models, but is no normalised likelihood (continuous
Bernoulli, arXiv 1907.06845). {floors}.

| model | test images | numbers kept | weights | decoder, multiply-adds | \
squared error | PSNR, dB | cross-entropy, nats | rounded accuracy |
|---|---|---|---|---|---|---|---|---|
"""


VAE_HEAD = """
## Bounds and maps

Of variational models, nats per image with beta 1, with the standard error over images: of
faces those of a Gaussian density, which may be below zero, of garments cross-entropy. In brackets
the same map of column-shuffled test codes, where there is nothing to find. The map's 5-NN accuracy
stands beside that of the codes themselves and the share of the largest class. Between dots: squared
error where a dot is left out and its code guessed from the other dots, in brackets from its own
code.

| model | -ELBO | reconstruction | KL | live dimensions | map | trustworthiness at \
15 | continuity at 15 | 5-NN accuracy | of the codes | largest class | between dots |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


GENERATION_HEAD = """
## Generated pictures

Fréchet distance of their features to those of the test images, lower is nearer. The
features are the last hidden layer of a small classifier of the same data, so these
numbers compare models here and are no FID. As many training images give the floor, real
against real; a Gaussian of PCA codes is the linear baseline. The test images blurred by one
pixel say whether the judge sees blur, a VAE's main fault: `smiles-judge` was asked how far
pictures are blurred, so most of what it measures is that.

| model | prior | fitted mixture | PCA Gaussian | reconstructions | training images \
| blurred by 1 px | n | judge |
|---|---|---|---|---|---|---|---|---|
"""


DENOISING_HEAD = """
## Denoising

Mean over images of PSNR in dB and structural similarity. Noisy pictures are not clipped
before the methods get them, blurred ones are rounded to 8 bits; what is measured is
clipped, the noisy pictures too. Only the plain filters are told what was done, and how much.
"""
DENOISING_COLUMNS = """
{title} on the first {n:,} test images:

| method | {levels} |
|---|{rule}
"""


ANOMALY_HEAD = """
## Anomalies

AUROC in percent, one class normal, all {n:,} test images. The detector is `{name}`,
trained on that class alone, with seed {seeds}; it combines restoring, the density of
its codes and the neighbours among blurred pixels. How it is built was tried
on validation images; test images only measured it. Blurred-pixel 5-NN, isolation forest
and fusion (5-NN in two blurs and in histograms of gradients, and the forest) need no
training. Gain: of the detector with the first seed over the fusion, in points, with 95 %
intervals over test images (DeLong). False alarms: of normal test images at the threshold
that promises at most {rate:g} %, by 1,000 held-out images of each class.

| normal | detector, by seed | restoring alone | code density alone | both, no \
pixels | blurred-pixel 5-NN | isolation forest | fusion | gain | false alarms |
|---|---|---|---|---|---|---|---|---|---|
"""


def anomaly_table() -> str:
    """Return the table of anomaly detectors, class by class."""
    lines = []
    for card in models.available(Detector):
        test, by_seed = card.evaluation["test"], card.history["auroc_by_seed"]
        head = ANOMALY_HEAD.format(
            n=test["n"], name=card.name, seeds=", ".join(by_seed), rate=100 * USUAL_RATE
        )
        lines.append(head)
        each = [*map(list, zip(*by_seed.values(), strict=True))]
        each.append([float(np.mean(row)) for row in by_seed.values()])
        rows = [*test["classes"].values(), test["mean"]]
        names = [*card.class_names, "**mean**"]
        others = ("reconstruction", "density", "learned", "pixels", "forest", "fusion")
        for name, row, seeds in zip(names, rows, each, strict=True):
            cells = [name, ", ".join(f"{100 * auroc:.1f}" for auroc in seeds)]
            cells += [f"{100 * row[what]:.1f}" for what in others]
            cells.append(f"{100 * row['gain']:+.2f} ± {196 * row['gain_error']:.2f}")
            cells.append(f"{100 * row['false_alarms']:.1f} %")
            lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines)


def denoising_table() -> str:
    """Return the table of denoisers beside plain filters."""
    lines = [DENOISING_HEAD]
    measured_of = [
        (card, kind, card.evaluation["test"]["settings"][kind])
        for card in models.available(Denoiser)
        for kind in ("gaussian", "blur")
    ]
    for card, kind, measured in measured_of:
        levels = [f"{level:g}" for level in measured["levels"]]
        head = DENOISING_COLUMNS.format(
            title=f"{KINDS[kind].title} ({KINDS[kind].unit})",
            n=measured["n"],
            levels=" | ".join(levels),
            rule="---|" * len(levels),
        )
        lines.append(head)
        for method, means in measured["methods"].items():
            name = f"`{card.name}`" if method == "denoiser" else method
            pairs = zip(means["psnr_db"], means["ssim"], strict=True)
            cells = [name, *(f"{psnr:.2f}, {ssim:.3f}" for psnr, ssim in pairs)]
            lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines) if len(lines) > 1 else ""


def vae_table() -> str:
    """Return the table of bounds, which variational models have, and of maps."""
    lines = [VAE_HEAD]
    for card in models.available():
        for name, trust in card.maps.items():
            elbo = card.evaluation["test"].get("elbo")
            between = card.evaluation["test"].get("between_dots") if name == "tsne" else None
            bounds = [""] * 4
            if elbo is not None:
                live, _ = by_kl(np.array(elbo["kl_per_dimension"]))
                bounds = [
                    f"{in_nats(elbo['negative_elbo'])} ± {elbo['standard_error']:.2g}",
                    in_nats(elbo["reconstruction"]),
                    f"{elbo['kl']:.1f}",
                    f"{len(live)} of {card.latent_dim}",
                ]
            cells = [
                f"`{card.name}`",
                *bounds,
                name,
                _beside_control(trust, "trustworthiness"),
                _beside_control(trust, "continuity"),
                *_of_classes(trust),
                f"{between['guessed']:.4f} ({between['own']:.4f})" if between else "",
            ]
            lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines) if len(lines) > 1 else ""


def _of_classes(trust: dict[str, Any]) -> list[str]:
    """Return what neighbours say of classes, nothing where all images are of one."""
    if trust["largest_class"] == 1:
        return [""] * 3
    names = ("codes_knn_accuracy", "largest_class")
    return [_beside_control(trust, "knn_accuracy"), *(f"{trust[name]:.3f}" for name in names)]


SUPPORT_HEAD = """
## Where codes lie

Shares called far from the data (conformal p-value below {rare:g}), on test images: their
codes, samples of their posteriors, draws from the prior and from the fitted mixture, and
reconstructions called bad. Calibrated on validation images; 5 % is right for codes and
reconstructions. Of a variational model also what its KL is made of, in nats: information, at
least, for n images cannot show more than log n, and at most how far all codes together lie from
the prior; the dimensions whose mean varies; and the importance-weighted bound of 64 samples
beside the plain one, on its first images.

| model | calibrated on | codes | posterior | prior | mixture | reconstructions | information \
| distance from the prior | active | bound | 64 samples | n |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
"""


SIZES_HEAD = """
## Codes that can be cut

PSNR on test images in dB, the mean of that of each, by how many numbers are kept: of the model,
of PCA on the whole and of PCA on blocks, fitted to the same training images.

| model | numbers kept | test images | PSNR, dB | PCA | PCA on blocks |
|---|---|---|---|---|---|
"""


def sizes_table() -> str:
    """Return the table of models whose codes can be cut."""
    lines = [SIZES_HEAD]
    for card in models.available(Autoencoder):
        test = card.evaluation["test"]
        for row in test.get("sizes", ()):
            found = [f"{row[who]['psnr_db']:.2f}" for who in ("model", "pca", "blocks")]
            cells = [f"`{card.name}`", f"{row['numbers']:,}", f"{test['n']:,}", *found]
            lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines) if len(lines) > 1 else ""


def support_table() -> str:
    """Return the table of where codes lie, and of what their KL is made of."""
    lines: list[str] = []
    for card in models.available(Autoencoder):
        test = card.evaluation["test"]
        support, elbo = test.get("support"), test.get("elbo", {})
        if support is None:
            continue
        lines = lines or [SUPPORT_HEAD.format(rare=support["rare"])]
        far = (support.get(name) for name in ("codes", "posterior", "prior", "fitted", "errors"))
        cells = [f"`{card.name}`", f"{support['calibrated_on']:,}"]
        cells += ["" if share is None else f"{share:.1%}" for share in far]
        of_vae = ("information", "aggregate_kl", "importance_elbo", "importance_weighted")
        nats = [in_nats(elbo[name]) if name in elbo else "" for name in of_vae]
        active = f"{elbo['active_units']} of {card.latent_dim}" if elbo else ""
        cells += [*nats[:2], active, *nats[2:], str(elbo.get("importance_n", ""))]
        lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines)


def generation_table() -> str:
    """Return the table of how near generated pictures come to real ones."""
    lines = [GENERATION_HEAD]
    for card in models.available():
        measured = card.evaluation["test"].get("feature_distance")
        if measured is not None:
            names = ("prior", "fitted", "pca_gaussian", "reconstructions", "training", "blurred")
            cells = [
                f"`{card.name}`",
                *(f"{measured[name]:.2f}" if name in measured else "" for name in names),
            ]
            cells += [f"{measured['n']:,}", f"`{measured['judge']}`"]
            lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines) if len(lines) > 1 else ""


def _beside_control(trust: dict[str, float], name: str) -> str:
    return f"{trust[name]:.3f} ({trust[f'control_{name}']:.3f})"


def table() -> str:
    """Return the table of all shipped models."""
    cards = models.available(Autoencoder)
    floors = {card.dataset: card.evaluation["test"]["entropy_floor_nats"] for card in cards}
    words = (f"{name} {floor:,.2f} nats per image" for name, floor in floors.items())
    lines = [HEAD.format(floors=f"Entropy floors: {', '.join(words)}")]
    for card in cards:
        mine, pca = (card.evaluation["test"][who] for who in ("model", "pca"))
        cells = [
            f"`{card.name}`",
            f"{card.evaluation['test']['n']:,}",
            str(card.latent_dim),
            f"{card.parameters:,}",
            f"{card.decoder_macs:,}",
            f"{mine['mse']:.5f} ({pca['mse']:.5f})",
            f"{mine['psnr_db']:.2f} ({pca['psnr_db']:.2f})",
            f"{mine['bce_nats']:.2f} ({pca['bce_nats']:.2f})",
            f"{mine['rounded_accuracy']:.4f} ({pca['rounded_accuracy']:.4f})",
        ]
        lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines)


SWEEP_HEAD = """
## Size of code and beta

Squared error per pixel on {n:,} {split} images of Fashion-MNIST against the numbers of a code; of
variational models that of the posterior mean, and in brackets the rate in nats (KL of posterior and
prior) and the numbers in use (whose mean varies). Bold is the best of a row; where PCA with as
many numbers is better stands an x. Made by `python -m ae sweep`: networks that saw the training
images {least:g} to {most:g} times after they started where their neighbour in size or beta ended.
With 32 numbers the convolutional one is `fashion-conv`; with two it starts from `fashion-vae-2`.

| numbers | PCA | stacked | convolutional | {betas} |
|---|---|---|---|{rule}
"""


def sweep_table() -> str:
    """Return the table of what size of code and beta do."""
    sweep = rate_distortion.load(rate_distortion.SHIPPED)
    trained = [point for point in sweep.points if point.kind != rate_distortion.PCA]
    epochs = [point.epochs for point in trained if point.name != "convolutional-32"]
    betas = rate_distortion.BETAS
    lines = [
        SWEEP_HEAD.format(
            n=sweep.n,
            split=sweep.split,
            least=min(epochs),
            most=max(epochs),
            betas=" | ".join(f"variational, beta {beta:g}" for beta in betas),
            rule="---|" * len(betas),
        )
    ]
    for size in rate_distortion.SIZES:
        names = [
            rate_distortion.point_name(*each) for each in rate_distortion.plan() if each[1] == size
        ]
        row = [sweep.by_name[name] for name in names if name in sweep.by_name]
        best = min(point.mse for point in row)
        cells = [_swept(sweep, sweep.by_name.get(name), best) for name in names]
        lines.append("| " + " | ".join([str(size), *cells]) + " |\n")
    return "".join(lines)


def _swept(sweep: rate_distortion.Sweep, point: rate_distortion.Point | None, best: float) -> str:
    if point is None:
        return ""
    text = f"**{point.mse:.5f}**" if point.mse == best else f"{point.mse:.5f}"
    text += " x" if sweep.worse_than_pca(point) else ""
    return text if point.rate is None else f"{text} ({point.rate:.1f}, {point.active_units})"


FLIP_HEAD = """
## Attributes: `{name}`

Adding what a face has or has not, with the others free, by the mean difference ({told}).
A network that reads pictures and knows no codes judges it on the test images of which it
is known; in brackets how often it is right. What it no longer sees in unedited
reconstructions, the model does not draw. Added, of those of which it does not see it
before: by the default step, which brings each face to the median of training images that
have it (95 % interval, Wilson); by 1, 2 and 3 distances of the groups' means; by random
directions as long as the default step. Far: which share of faces without it that step leads
farther from the data than 95 % of held-out codes; where that is more than 5 %, the judge has
seen nothing like them either. Taken away, to the median of those without: of those of which it
does. Identity: how far the default step moves a face, as a share of how far two different faces
lie apart, by oriented gradients of the upper half. AUROC with its standard error (Hanley and
McNeil).

| attribute | judge | n | AUROC: mean difference | whitened | logistic | seen in \
reconstructions | added | far | at 1, 2, 3 | at random | taken away | rises all the way | upper \
half, SSIM | identity |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
"""
LEAKAGE_HEAD = """
What else an attribute moves (`{name}`, at most {n:,} test images that lack it), as that
network reads the decoded pictures: the mean over the other attributes, in spreads per
spread asked for (Attribute Dependency, arXiv 2011.12799). First what moves along on average,
which is what data teach; then what moves in each single face, up in one and down in the next.
Kept: with the averages of all others kept unchanged.{biased}

| attribute |{columns}
|---|{rule}
"""
_BIASED = """ Independent and biased: what the direction was learned from. Perfect: the
network's own error, what it reads of faces drawn anew with only that attribute changed.
Left: of the average on biased faces, what keeping leaves."""
_KINDS = {"drift": "average", "total": "each"}


def editing_tables() -> str:
    """Return the tables of what adding an attribute does."""
    lines = []
    for card in models.available(Autoencoder):
        edits = card.evaluation["test"].get("edits", {})
        if edits:
            lines += _flip_rows(card, edits)
            lines += _leakage_rows(card, edits)
    return "".join(lines)


def _flip_rows(card: ModelCard, edits: dict[str, Any]) -> list[str]:
    model = models.load(card.name)
    judge = models.companion(model, Judge)
    assert judge is not None
    right = judge.card.evaluation["test"]["attributes"]
    methods = next(iter(card.evaluation["test"]["directions"].values()))
    told = (
        "beside its pictures the model was told these"
        if card.recipe["hint"]
        else "the model saw pictures only"
    )
    lines = [FLIP_HEAD.format(name=card.name, told=told)]
    for name, edit in edits.items():
        if "flips" in edit:
            flips = edit["flips"]
            low, high = share_interval(flips["flipped"], max(flips["n_unseen"], 1))
            identity = flips["identity"]
            cells = [
                name,
                f"`{judge.card.name}` ({right[name]['accuracy']:.3f})",
                f"{flips['n_without'] + flips['n_with']:,}",
                *(
                    f"{methods[name][m]['auroc']:.3f} ± {methods[name][m]['auroc_error']:.3f}"
                    for m in METHODS
                    if m != "Balanced"
                ),
                f"{flips['still_seen']:.1%}",
                f"{flips['flipped']:.1%} ({100 * low:.1f} to {100 * high:.1f})",
                f"{_far_at_the_median(model, name):.0%}",
                ", ".join(f"{share:.1%}" for share in flips["flipped_by_distance"].values()),
                f"{flips['flipped_at_random']:.1%}",
                f"{flips['taken_away']:.1%}",
                f"{flips['monotone']:.1%}",
                f"{flips['upper_half_ssim']:.3f}",
                f"{identity['edited'] / identity['different']:.2f}",
            ]
            lines.append("| " + " | ".join(cells) + " |\n")
    return lines


def _far_at_the_median(model: Autoencoder, name: str) -> float:
    """Return which share of faces without an attribute the default step leads far from the data."""
    direction = model.directions[name]
    _, having = next(iter(model.known.values())).along(direction)
    codes = model.codes[model.attributes[name] < 0.5]
    steps = direction.strength * direction.amount_to(float(np.median(having)), codes)
    moved = np.float32(codes + np.outer(steps, direction.vector))
    return float((model.support(moved) < RARE).mean())


def _leakage_rows(card: ModelCard, edits: dict[str, Any]) -> list[str]:
    sources = next(iter(edits.values()))["leakage"]
    several = len(sources) > 1
    rows = [_leakage_cells(edit, several, max(len(edits) - 1, 1)) for edit in edits.values()]
    lines = [
        LEAKAGE_HEAD.format(
            name=card.name,
            n=next(iter(sources.values()))["n"],
            biased=_BIASED if several else "",
            columns="".join(f" {column} |" for column in rows[0]),
            rule="---|" * len(rows[0]),
        )
    ]
    for name, row in zip(edits, rows, strict=True):
        lines.append("| " + " | ".join((name, *row.values())) + " |\n")
    return lines


def _leakage_cells(edit: dict[str, Any], several: bool, others: int) -> dict[str, str]:
    """Return what an attribute's row says, by column; cards hold sums over the others."""
    cells: dict[str, str] = {}
    for kind, word in _KINDS.items():
        if "perfect" in edit:
            cells[f"{word}: perfect"] = f"{edit['perfect'][kind] / others:.3f}"
        sources = ("independent, ", "biased, ") if several else ("",)
        for source, found in zip(sources, edit["leakage"].values(), strict=True):
            free, kept = (found[lock][kind] / others for lock in ("plain", "locked"))
            cells[f"{word}: {source}free"] = f"{free:.3f}"
            cells[f"{word}: {source}kept"] = f"{kept:.3f}"
            if kind == "drift" and source == "biased, ":
                was_biased = "left_of_bias" in found
                cells["left"] = f"{kept / free:.0%}" if was_biased else ""
    return cells


TABLES = (
    table,
    sizes_table,
    vae_table,
    support_table,
    sweep_table,
    generation_table,
    editing_tables,
    denoising_table,
    anomaly_table,
    speed.section,
)


def main() -> None:
    """Write the page, or check it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="only say whether it is up to date")
    given = options.parse_args()
    # Only what is shipped: no model of one's own, nor one in a shipped one's place.
    with tempfile.TemporaryDirectory() as nothing:
        os.environ["AE_HOME"] = nothing
        numbers = "".join(make() for make in TABLES)
    if not given.check:
        PAGE.write_text(numbers, "utf-8")
    elif PAGE.read_text("utf-8") != numbers:
        sys.exit("docs/measured.md is out of date: run `python -m bench.numbers`.")


if __name__ == "__main__":
    main()
