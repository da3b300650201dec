"""What visitors open: the pages, and what a link can set on each of them."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from tests.serving import ROOT

_FLAG = ("true", "false")
_SEED = range(10_000)
_GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_PLAIN = ("Stacked autoencoder", "Convolutional autoencoder")
_GARMENT_VAES = ("VAE with 16 numbers", "VAE with a plane")
_VAES = (*_GARMENT_VAES, "Drawn faces", "Photographs of faces")
_EPOCHS = (1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 700, 1000)
_TEST_IMAGES: dict[str, Sequence[object]] = {
    "pick": ("At random", "By class", "By number", "Worst", "Best"),
    "class": _GARMENTS,
    "count": range(1, 13),
    "shuffle": _SEED,
    "index": ("0, 1, 2, 3", "7", "100-107", "9999, 5, 42"),
}


def _tenths(least: int, most: int, each: int = 1) -> list[float]:
    """Return the tenths from least to most, both in tenths."""
    return [tenth / 10 for tenth in range(least, most + 1, each)]


# By path, what the parameters of its link may be: the keys and labels of its widgets.
# A link to what a page has not, such as another model's map, is a visitor's, too.
Pages = dict[str, dict[str, Sequence[object]]]
PAGES: Pages = {
    "": {"garment": _GARMENTS, "model": (*_PLAIN, *_GARMENT_VAES)},
    "projection": {
        "linear_epochs": _EPOCHS,
        "linear_rate": _tenths(1, 30),
        "linear_seed": _SEED,
        "cloud_points": range(20, 501, 10),
        "cloud_noise": _tenths(1, 5),
        "cloud_w1": _tenths(-10, 10),
        "cloud_w2": _tenths(-10, 10),
        "cloud_seed": _SEED,
        "pca_plane": _FLAG,
    },
    "lessons": {
        "lesson": ("Deeper is sharper", "Put to work"),
        "step": range(1, 5),
        "guess1": range(0, 101, 10),
    },
    "glossary": {"words_of": (*_PLAIN, *_VAES)},
    "reconstruct": {"models": (*_PLAIN, *_GARMENT_VAES), "noise": _tenths(0, 5), **_TEST_IMAGES},
    "latent_map": {
        "vae": _VAES,
        "map": ("PCA", "t-SNE", "The plane itself"),
        "colour": ("Class", "Squared error", "KL"),
        "place": _FLAG,
        **_TEST_IMAGES,
    },
    "sample": {
        "vae": _VAES,
        "start": ("Prior mean", "Random", "Test image"),
        "start_seed": _SEED,
        "start_image": range(1000),
        "drawn_from": ("The prior", "A fitted mixture"),
        "temperature": _tenths(0, 15),
        "draw": _SEED,
        "posterior_of": range(1000),
        "posterior_code": ("Mean", "Sample"),
    },
    "arithmetic": {
        "vae": _VAES,
        "mode": ("Attribute", "Your own direction", "Equation", "Path"),
        "method": ("Mean difference", "Balanced", "Whitened", "Logistic"),
        "apply": _FLAG,
        "others": _SEED,
        "class_a": _GARMENTS,
        "class_b": _GARMENTS,
        "way": ("Straight (lerp)", "Turning (slerp)"),
    },
    "denoise": {
        "kind": ("Gaussian", "Salt and pepper", "Masking", "Speckle", "Blur"),
        "level-gaussian": _tenths(1, 6),
        "level-blur": _tenths(4, 20, 2),
        "seed": _SEED,
        "clip": _FLAG,
        **_TEST_IMAGES,
    },
    "anomalies": {
        "normal": _GARMENTS,
        "gallery": ("Most anomalous", "Missed", "False alarms", "Most normal"),
    },
    "train": {},
    "compare": {
        "view": ("Models", "Rate-distortion lab"),
        "models": (*_PLAIN, *_GARMENT_VAES),
        "maps": ("PCA", "t-SNE"),
        "dot": range(1000),
        "lab": ("2_1", "16_0.25", "64_8"),
        **_TEST_IMAGES,
    },
    "checkup": {},
}


def random_link(rng: random.Random, pages: Pages = PAGES) -> tuple[str, str]:
    """Return the path and the query string of any page, half of what it has set."""
    path = rng.choice(list(pages))
    chosen = {key: rng.choice(values) for key, values in pages[path].items() if rng.random() < 0.5}
    return path, urlencode(chosen)


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return the options that every program here has which serves the app."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument(
        "--app",
        type=Path,
        default=ROOT,
        metavar="PATH",
        help="the folder of another checkout whose app.py is served",
    )
    options.add_argument(
        "--json", action="store_true", help="print one line of JSON and nothing else"
    )
    return options


def checked_app(options: argparse.Namespace) -> Path:
    """Return the folder of the app to serve, or end the program where there is none."""
    root: Path = options.app.resolve()
    if not (root / "app.py").is_file():
        raise SystemExit(f"There is no app.py in {root}.")
    return root
