"""Autoencoders, plain and variational: images to codes and back."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ae.coding.baselines import BlockBaseline, CosineBaseline
from ae.coding.decoder import Codes, Decoder
from ae.latent.attributes import AttributeCodes, find_direction
from ae.latent.directions import Direction
from ae.latent.geometry import NODES, PictureGraph
from ae.latent.nested import Nesting
from ae.latent.sampling import Mixture, sample_prior
from ae.latent.support import Support
from ae.metrics import LinearBaseline
from ae.shelf.arrays import Arrays, check_arrays, read_arrays, row_count
from ae.shelf.card import ModelCard
from ae.shelf.model import Images, several
from ae.shelf.network import Network

# The numbers of each map, as in ``ae.training.maps.Trust``.
_TRUST = (
    "trustworthiness",
    "continuity",
    "knn_accuracy",
    "control_trustworthiness",
    "control_knn_accuracy",
)
_NEWER_TRUST = ("control_continuity", "codes_knn_accuracy", "largest_class")  # not in older cards
# What a page reads of the distances between features.
_DISTANCES = ("prior", "fitted", "training", "n")
_NEWER_DISTANCES = ("pca_gaussian", "reconstructions", "blurred")  # older cards lack some
# What a page reads of edits, by what was done.
_EDITS = {"flips": ("still_seen", "n_with"), "perfect": ("n", "total")}
_NEWER_FLIPS = ("n_unseen", "flipped", "flipped_at_random")
_NEWER_BOUNDS = (
    "standard_error",
    "information",
    "aggregate_kl",
    "active_units",
    "importance_weighted",
    "importance_elbo",
    "importance_n",
)
_GENERATION = ("n", "n_train", "draws", "rebuilt", "copies", "precision", "recall")
_NEWER_GENERATION = ("training_precision", "training_recall")
_DISENTANGLED = ("mig", "disentanglement", "completeness", "informativeness", "attributes", "n")
_SUPPORT = ("codes", "posterior", "prior", "fitted", "rare", "calibrated_on")


class Autoencoder(Decoder):
    """An encoder and a decoder, with the codes of the data's test images.

    Attributes:
        is_vae: Whether the encoder gives a posterior instead of a point.
        codes: (n, latent_dim), of a VAE the posterior means.
        labels: (n,) classes.
        errors: (n,) mean squared error of each reconstruction.
        nesting: To which sizes codes may be cut; None where they are always whole.
        blocks: PCA on blocks of as many numbers, where codes may be cut.
        attributes: Of data that have them, by name, each (n,), NaN where unknown.
        known: Codes of training images with their attributes, by data set; directions
            are learned from them.
        z_log_var: (n, latent_dim), of a VAE.
        sampler: A VAE's fitted aggregate posterior.
        calibration: Where codes lie; None of a folder that does not say.
        maps: The codes in two dimensions, by map, each (n, 2); none of some older folders.
        graph: How far pictures lie apart, of the first codes; None of older folders.
        stretch: (n,) how the decoder enlarges a plane of codes; None of another dimension.
    """

    FILES = ("encoder.onnx", "decoder.onnx", "codes.npz", "baseline.npz")
    OPTIONAL = (*Decoder.OPTIONAL, "images.npz")
    is_vae: ClassVar[bool] = False
    codes: Codes
    labels: NDArray[np.uint8]
    errors: NDArray[np.float32]
    _baseline: Callable[[], LinearBaseline]
    nesting: Nesting | None
    blocks: BlockBaseline | None
    attributes: dict[str, NDArray[np.float32]]
    known: dict[str, AttributeCodes]
    z_log_var: Codes
    sampler: Mixture
    calibration: Support | None
    maps: dict[str, NDArray[np.float32]]
    graph: PictureGraph | None
    stretch: NDArray[np.float32] | None

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        """Yield what pages show of reconstructions and edits, beside PCA."""
        yield from super(Decoder, cls).numbers(card)
        test = card.evaluation["test"]
        yield test["entropy_floor_nats"]
        for who in ("model", "pca"):
            yield from (test[who][name] for name in ("mse", "psnr_db", "bce_nats"))
        if not cls.is_vae:  # whose learning stands beside PCA
            pca = card.evaluation["validation"]["pca"]
            yield from (pca["mse"], pca["bce_nats"])
        for row in test.get("sizes", ()):
            yield row["numbers"]
            yield from (row[who]["psnr_db"] for who in ("model", "pca", "blocks"))
        yield from (test.get("between_dots", {}).get(what, 0) for what in ("guessed", "own"))
        for trust in card.maps.values():
            yield from (trust[name] for name in _TRUST)
            yield from (trust[name] for name in _NEWER_TRUST if name in trust)
        if "disentanglement" in test:
            yield from (test["disentanglement"][name] for name in _DISENTANGLED)
        for edit in test.get("edits", {}).values():
            for what, names in _EDITS.items():
                if edit.get(what):
                    yield from (edit[what][name] for name in names)
            flips = edit.get("flips", {})
            if "flipped_by_distance" in flips:
                yield from (flips[name] for name in _NEWER_FLIPS)
                yield from flips["flipped_by_distance"].values()
                yield from (flips["identity"][name] for name in ("edited", "different", "nearer"))

    def _open(self, files: dict[str, bytes]) -> None:
        self.nesting = Nesting.of(self.card.recipe, self.latent_dim)
        code, heads = (self.latent_dim,), 2 if self.is_vae else 1
        self._encoder = Network(
            files["encoder.onnx"], "encoder.onnx", self.image_shape, [code] * heads
        )
        self._take_decoder(files)
        self._take_baseline(files["baseline.npz"])
        arrays = read_arrays(files["codes.npz"], "codes.npz")
        self._take_codes(arrays)
        self._take_images(files.get("images.npz"))
        self._take_attributes(arrays)
        self._take_support(arrays)
        self._take_posteriors(arrays)
        self._compare_decoders(files, *self.code_statistics)
        self._encoder.rest(self._file("encoder.onnx"))
        self._decoder.rest(self._file("decoder.onnx"))

    def _take_images(self, file: bytes | None) -> None:
        self._images: NDArray[np.uint8] | None = None
        if file is not None:
            arrays = read_arrays(file, "images.npz")
            shape = (len(self.codes), *self.image_shape)
            check_arrays(arrays, {"images": shape}, whole={"images"})
            if arrays["images"].dtype != np.uint8:
                raise ValueError("images.npz holds no pictures of 256 shades")
            self._images = arrays["images"]

    @cached_property
    def images(self) -> Images | None:
        """The test images where the folder keeps them, (n, height, width, channels).

        It does where they are of no data set that could be loaded.
        """
        if self._images is None:
            return None
        images = self._images.astype(np.float32) / np.float32(255)
        images.setflags(write=False)
        return images

    def _take_baseline(self, file: bytes) -> None:
        linear, pixels = read_arrays(file, "baseline.npz"), int(np.prod(self.image_shape))
        if "levels" in linear:
            shape = linear["levels"].shape[1:]
            check_arrays(linear, {"mean": shape, "levels": (self.latent_dim, *shape)})
            fits = len(shape) == 3 and shape[2] == self.image_shape[2]
            if not fits or shape[0] != shape[1] or shape[0] > min(self.image_shape[:2]):
                raise ValueError("baseline.npz holds frequencies of other pictures")
            # Packed, they take a third of 5 MB while nobody asks for them.
            self._baseline = partial(CosineBaseline.unpacked, file)
        else:
            check_arrays(linear, {"mean": (pixels,), "components": (self.latent_dim, pixels)})
            self._baseline = partial(LinearBaseline, linear["mean"], linear["components"])
        self.blocks = None
        if self.nesting is not None:
            values, numbers = pixels // self.nesting.places, self.nesting.kept[-1]
            names = ("block_mean", "block_components")
            check_arrays(linear, dict(zip(names, [(values,), (numbers, values)], strict=True)))
            self.blocks = BlockBaseline(*(linear[name] for name in names))
            if not self.blocks.suits(self.image_shape):
                raise ValueError("baseline.npz holds blocks of other pictures")

    def _take_codes(self, arrays: Arrays) -> None:
        n = row_count(arrays, "codes")
        check_arrays(
            arrays, {"codes": (n, self.latent_dim), "labels": (n,), "mse": (n,)}, whole={"labels"}
        )
        self.codes = arrays["codes"].astype(np.float32, copy=False)
        self.labels = arrays["labels"]
        self.errors = arrays["mse"]
        check_arrays(arrays, {f"map_{name}": (n, 2) for name in self.card.maps})
        self.maps = {name: arrays[f"map_{name}"] for name in self.card.maps}
        self._take_geometry(arrays)

    def _take_geometry(self, arrays: Arrays) -> None:
        self.graph, self.stretch, n = None, None, len(self.codes)
        if "graph_neighbours" in arrays:
            nodes, k = min(n, NODES), arrays["graph_neighbours"].size // min(n, NODES)
            names = ("graph_neighbours", "graph_lengths")
            check_arrays(arrays, dict.fromkeys(names, (nodes, k)), whole={names[0]})
            graph = PictureGraph(*(arrays[name] for name in names))
            if not k or graph.neighbours.max() >= nodes or graph.lengths.min() < 0:
                raise ValueError("codes.npz does not say how far its pictures lie apart")
            self.graph = graph
        if "stretch" in arrays:
            check_arrays(arrays, {"stretch": (n,)})
            self.stretch = arrays["stretch"]

    def _take_attributes(self, arrays: Arrays) -> None:
        names = self.card.attributes
        self.attributes, self.known = {}, {}
        if not names:
            return
        n = len(self.codes)
        check_arrays(arrays, {"attributes": (n, len(names))}, partly_known=True)
        self.attributes = _columns(names, arrays["attributes"])
        spared: dict[str, NDArray[np.float32]] = {}
        if "disturbance" in arrays:
            check_arrays(arrays, {"disturbance": (self.latent_dim, self.latent_dim)})
            for name in self._spared():
                spared[name] = arrays["disturbance"]
        for name in self.card.known:
            codes, attributes = f"{name}_codes", f"{name}_attributes"
            m = row_count(arrays, codes)
            check_arrays(arrays, {codes: (m, self.latent_dim)})
            check_arrays(arrays, {attributes: (m, len(names))}, partly_known=True)
            self.known[name] = AttributeCodes(
                arrays[codes].astype(np.float32), _columns(names, arrays[attributes]), spared
            )

    def _take_support(self, arrays: Arrays) -> None:
        self.calibration = None
        if "noise" not in arrays:  # a folder older than the question
            return
        numbers = self.latent_dim if self.nesting is None else self.nesting.sizes[0]
        mixture, n = self._mixture(arrays, numbers), row_count(arrays, "held_out_scores")
        shapes = {"noise": (numbers,), "held_out_scores": (n,), "held_out_errors": (n,)}
        check_arrays(arrays, shapes)
        noise, scores, errors = (arrays[name] for name in shapes)
        if noise.min() < 0 or (np.diff(scores) < 0).any() or (np.diff(errors) < 0).any():
            raise ValueError("codes.npz does not say where codes lie")
        self.calibration = Support(mixture, noise, scores, errors)

    def _mixture(self, arrays: Arrays, d: int) -> Mixture:
        k = row_count(arrays, "sampler_weights")
        names = ("sampler_weights", "sampler_means", "sampler_factors")
        check_arrays(arrays, dict(zip(names, [(k,), (k, d), (k, d, d)], strict=True)))
        weights, means, factors = (arrays[name] for name in names)
        if weights.min() < 0 or weights.sum() <= 0:
            raise ValueError("the array 'sampler_weights' holds no shares")
        if np.triu(factors, 1).any() or np.diagonal(factors, axis1=1, axis2=2).min() <= 0:
            raise ValueError("the array 'sampler_factors' holds no Cholesky factors")
        return Mixture(weights, means, factors)

    def _take_posteriors(self, arrays: Arrays) -> None:
        """Take what only a variational one's folder holds."""

    @cached_property
    def baseline(self) -> LinearBaseline:
        """PCA with as many components; of many they are made when they are asked for: 15 MB."""
        return self._baseline()

    def _spared(self) -> list[str]:
        """Return the attributes whose directions are turned away from a disturbance."""
        names = self.card.recipe.get("spares_upper_half")
        if isinstance(names, list | tuple) and all(name in self.card.attributes for name in names):
            return list(names)
        raise ValueError("card.json does not say which directions spare what")

    @cached_property
    def directions(self) -> dict[str, Direction]:
        """By attribute, its default direction, measured on the stored test codes."""
        return {name: self.direction(name) for name in (self.attributes if self.known else ())}

    def direction(self, name: str) -> Direction:
        """Return an attribute's default direction alone, measured on the stored test codes."""
        if name not in self._found:
            known = next(iter(self.known.values()))
            self._found[name] = find_direction(known, self.described, name)
        return self._found[name]

    @cached_property
    def described(self) -> AttributeCodes:
        """The stored test codes with their attributes, on which directions are measured."""
        return AttributeCodes(self.codes, self.attributes)

    @cached_property
    def _found(self) -> dict[str, Direction]:
        """Directions that were asked for, which pages do in each of their runs."""
        return {}

    def support(self, codes: Codes) -> NDArray[np.float64]:
        """Return whether there is data behind codes, as conformal p-values.

        Args:
            codes: (n, latent_dim).

        Returns:
            (n,) in (0, 1]: the share of held-out codes that lie as far from those of
            the training images, see ``ae.latent.support.Support``. Small is far.

        Raises:
            ValueError: If the model's folder does not say where codes lie.
        """
        if self.calibration is None:
            raise ValueError(f"{self.card.name} does not say where its codes lie")
        return self.calibration.p_values(
            codes if self.nesting is None else self.nesting.first(codes)
        )

    def standardised(self, codes: Codes) -> Codes:
        """Return codes in standard deviations of the stored codes, 0 their mean.

        A coordinate that never varies stays at 0.
        """
        mean, std = self.code_statistics
        return ((codes - mean) / np.where(std > 0, std, 1)).astype(np.float32)

    @cached_property
    def code_statistics(self) -> tuple[Codes, Codes]:
        """Mean and standard deviation of each number of the stored codes."""
        return self.codes.mean(axis=0), self.codes.std(axis=0)

    @cached_property
    def usual_reach(self) -> float:
        """How far from 0 lie 95 of 100 numbers of the stored codes at most."""
        return float(np.quantile(np.abs(self.codes), 0.95))

    def encode(self, images: Images) -> Codes:
        """Return the codes of images; for a VAE the posterior means.

        Args:
            images: (n, height, width, channels) in [0, 1].

        Returns:
            (n, latent_dim) float32.

        Raises:
            ValueError: If the images have another shape, or as ``decode``.
        """
        return self._encoder.run(images, "images")[0]

    def posterior(self, images: Images) -> tuple[Codes, Codes]:
        """Return z_mean and z_log_var of images, both (n, latent_dim). VAE only.

        Raises:
            ValueError: If this is no VAE, the images have another shape, or as ``decode``.
        """
        self._need_vae()
        z_mean, z_log_var = self._encoder.run(images, "images")
        return z_mean, z_log_var

    def sample(
        self, n: int, rng: np.random.Generator, *, source: str = "prior", temperature: float = 1.0
    ) -> Codes:
        """Draw codes that no image gave. VAE only.

        Args:
            n: How many.
            rng: Source of randomness.
            source: ``"prior"``, or ``"fitted"``: a mixture fitted to training codes.
            temperature: Scale of the spread, at least 0.

        Returns:
            (n, latent_dim) float32.

        Raises:
            ValueError: If this is no VAE, or the source is another.
        """
        self._need_vae()
        if source == "prior":
            return sample_prior(n, self.latent_dim, rng, temperature=temperature)
        if source == "fitted":
            return self.sampler.sample(n, rng, temperature=temperature)
        raise ValueError(f"source must be 'prior' or 'fitted', got {source!r}")

    def _need_vae(self) -> None:
        if not self.is_vae:
            raise ValueError(f"{self.card.name} is no variational autoencoder")

    def reconstruct(self, images: Images, size: int | None = None) -> Images:
        """Return what codes of images, cut to a size if one is given, are decoded to."""
        codes = self.encode(images)
        return self.decode(codes if size is None else self.cut(codes, size))

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many numbers a code may keep, ascending; all of them where it cannot be cut."""
        return (self.latent_dim,) if self.nesting is None else self.nesting.sizes

    def cut(self, codes: Codes, size: int) -> Codes:
        """Return codes of which so many numbers, one of ``sizes``, are kept and the others 0."""
        return codes if self.nesting is None else self.nesting.cut(codes, size)


class VariationalAutoencoder(Autoencoder):
    """An autoencoder whose encoder gives a posterior: it can be drawn from."""

    is_vae = True

    @classmethod
    def numbers(cls, card: ModelCard) -> Iterator[Any]:
        """Yield also what pages show of its bound, its draws and its maps."""
        yield from super().numbers(card)
        test = card.evaluation["test"]
        elbo, distances = test["elbo"], test.get("feature_distance")
        yield from several(elbo["kl_per_dimension"], card.latent_dim)
        yield from (elbo[name] for name in ("negative_elbo", "reconstruction", "kl"))
        if "information" in elbo:
            yield from (elbo[name] for name in _NEWER_BOUNDS)
        if "support" in test:
            yield from (test["support"][name] for name in _SUPPORT)
        if "generation" in test:
            made = test["generation"]
            yield from (made[name] for name in _GENERATION)
            yield from (made[name] for name in _NEWER_GENERATION if name in made)
        if distances is not None:
            yield from (distances[name] for name in _DISTANCES)
            yield from (distances[name] for name in _NEWER_DISTANCES if name in distances)

    def _take_posteriors(self, arrays: Arrays) -> None:
        check_arrays(arrays, {"z_log_var": (len(self.codes), self.latent_dim)})
        self.z_log_var = arrays["z_log_var"]
        self.sampler = self._mixture(arrays, self.latent_dim)


def _columns(names: tuple[str, ...], table: NDArray[np.floating]) -> dict[str, NDArray[np.float32]]:
    return dict(zip(names, table.T.astype(np.float32), strict=True))
