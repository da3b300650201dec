"""Anomaly detectors: a network for each class, and what it knows of being normal."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.detection.scores import (
    METHODS,
    PARTS,
    SCORING,
    Forest,
    NormalClass,
    Scale,
    Seen,
    thumbnails,
)
from ae.shelf.arrays import Arrays, check_arrays, read_arrays, row_count
from ae.shelf.card import ModelCard
from ae.shelf.model import Images, Model, several
from ae.shelf.network import Network

Scores = NDArray[np.float64]

# One for each of ten classes.
NETWORK_FILES = tuple(f"detector-{label}.onnx" for label in range(10))
# What pages show of a detector and of what stands beside it.
_AUROCS = ("detector", "reconstruction", "density", "learned", "pixels", "forest", "fusion")


class Detector(Model):
    """One detector for each class as the normal one.

    Attributes:
        labels: (n,) classes of the data's test images.
    """

    FILES = (*NETWORK_FILES, "normal.npz", "scores.npz")
    labels: NDArray[np.uint8]

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        """Yield what pages show of every class and seed."""
        yield from super().numbers(card)
        test = card.evaluation["test"]
        if list(test["classes"]) != list(card.class_names):
            raise KeyError("a class")
        for row in (*test["classes"].values(), test["mean"]):
            yield from (row[what] for what in (*_AUROCS, "gain", "gain_error"))
        for seed in several(list(card.history["auroc_by_seed"].values())):
            yield from several(seed, len(card.class_names))

    def _open(self, files: dict[str, bytes]) -> None:
        code = (self.card.latent_dim,)
        if len(self.card.class_names) != len(NETWORK_FILES):
            raise ValueError(f"it needs {len(NETWORK_FILES)} classes")
        self._networks = [
            Network(files[name], name, self.image_shape, [code, self.image_shape])
            for name in NETWORK_FILES
        ]
        arrays = read_arrays(files["normal.npz"], "normal.npz")
        classes = range(len(self.card.class_names))
        self._known = [self._normal_class(arrays, label) for label in classes]
        self._take_scores(read_arrays(files["scores.npz"], "scores.npz"))
        self._forests: dict[int, Forest] = {}
        self._growing = threading.Lock()

    def _normal_class(self, arrays: Arrays, label: int) -> NormalClass:
        height, width, _ = self.image_shape
        n, dim = row_count(arrays, f"codes_{label}"), self.card.latent_dim
        shapes = {
            "centre": (dim,),
            "whitening": (dim, dim),
            "codes": (n, dim),
            "thumbnails": (n, (height // 2) * (width // 2)),
            "scales": (len(PARTS), 2),
        }
        check_arrays(arrays, {f"{name}_{label}": s for name, s in shapes.items()})
        centre, whitening, codes, small, scales = (arrays[f"{name}_{label}"] for name in shapes)
        by_part = {
            part: Scale(float(mean), float(spread))
            for part, (mean, spread) in zip(PARTS, scales, strict=True)
        }
        return NormalClass(centre, whitening, codes, small, by_part)

    def _take_scores(self, arrays: Arrays) -> None:
        n, k = row_count(arrays, "labels"), len(self.card.class_names)
        row_count(arrays, "detector_held_out")
        held_out = arrays["detector_held_out"].shape[-1]
        shapes: dict[str, tuple[int, ...]] = {"labels": (n,)}
        for method in METHODS:
            shapes[f"{method}_test"] = (k, n)
            shapes[f"{method}_held_out"] = (k, k, held_out)
        check_arrays(arrays, shapes, whole={"labels"})
        if held_out == 0 or set(arrays["labels"].tolist()) != set(range(k)):
            raise ValueError("scores.npz lacks images of a class")
        self.labels = arrays["labels"]
        self._test = {m: arrays[f"{m}_test"] for m in METHODS}
        self._held_out = {m: arrays[f"{m}_held_out"] for m in METHODS}

    def label_of(self, name: str) -> int:
        """Return the label of a class.

        Raises:
            ValueError: If there is no such class, naming those there are.
        """
        names = self.card.class_names
        if name not in names:
            raise ValueError(f"no class {name!r}; there are: {', '.join(names)}")
        return names.index(name)

    def score(
        self, images: Images, normal: str | Sequence[str], *, method: str = SCORING[0]
    ) -> Scores:
        """Return scores of images, (n,); the higher, the less normal.

        Args:
            images: (n, height, width, channels) in [0, 1].
            normal: The normal class or several; of several, the one that suits an image
                best counts.
            method: One of ``SCORING``.

        Raises:
            ValueError: If a class is unknown, none is named, or the images have another shape.
        """
        names = [normal] if isinstance(normal, str) else list(normal)
        if not names:
            raise ValueError("name at least one normal class")
        each = [self._score(images, self.label_of(name), method) for name in names]
        return np.min(each, axis=0)

    def _score(self, images: Images, label: int, method: str) -> Scores:
        if method == "forest":
            return self.forest(label).score(thumbnails(images))
        known, seen = self._known[label], self.see(images, label)
        return known.score(seen) if method == "detector" else known.scaled("pixels", seen)

    def see(self, images: Images, label: int) -> Seen:
        """Run a class's network on images, (n, height, width, channels) in [0, 1]."""
        code, restored = self._networks[label].run(images, "images")
        return Seen(images, code, np.clip(restored, 0, 1))

    def scaled_parts(self, seen: Seen, label: int) -> dict[str, Scores]:
        """Return the parts of a class's scores of what it saw, on their common scale, each (n,)."""
        known = self._known[label]
        return {name: known.scaled(name, seen) for name in PARTS}

    def forest(self, label: int) -> Forest:
        """Return a class's isolation forest, grown when it is first asked for."""
        with self._growing:
            if label not in self._forests:
                self._forests[label] = Forest(self._known[label].thumbnails)
            return self._forests[label]

    def test_scores(self, normal: Sequence[str], method: str = METHODS[0]) -> NDArray[np.float32]:
        """Return the stored scores of the data's test images, (n,), as ``score``."""
        labels = [self.label_of(name) for name in normal]
        return self._test[method][labels].min(axis=0).astype(np.float32)

    def held_out_scores(
        self, normal: Sequence[str], method: str = METHODS[0]
    ) -> NDArray[np.float32]:
        """Return the stored scores of held-out normal training images, (m,).

        No network learned from them; they set the scales and the usual threshold.
        """
        labels = [self.label_of(name) for name in normal]
        # [detector, class of the image, image]
        stored = self._held_out[method][np.ix_(labels, labels)]
        return stored.min(axis=0).ravel().astype(np.float32)
