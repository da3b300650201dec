"""The shelf of trained models: what is there, and how to use one. ONNX Runtime only.

A model is a folder of plain files. Everything in it is checked before it is used,
and a folder that does not pass is refused with one sentence; the others go on working.
"""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ae.card import CARD, FILES, MAX_FILE_BYTES, ModelCard, read_card, read_file
from ae.data.places import home
from ae.latent.sampling import Mixture, sample_prior
from ae.metrics import LinearBaseline

if TYPE_CHECKING:
    import onnxruntime

SHIPPED = Path(__file__).resolve().parent.parent / "assets" / "models"

# More than 256 images at once only grows memory: one thread is busy either way.
_BATCH = 256

Codes = NDArray[np.float32]
Images = NDArray[np.float32]


@dataclass(frozen=True)
class Refusal:
    """A model folder that cannot be used, and why, in one sentence."""

    name: str
    reason: str


class Autoencoder:
    """A loaded model. Safe to call from many threads at once.

    Attributes:
        card: What is known about it.
    """

    def __init__(self, folder: Path, *, measured: bool = True) -> None:
        """Load and check a model folder.

        Args:
            folder: The model folder.
            measured: As in ``read_card``.

        Raises:
            ValueError: One sentence that names the folder and what is wrong with it.
        """
        self.card = read_card(folder, measured=measured)
        try:
            data = {name: self._verified(folder, name) for name in FILES}
            self.decoder_safetensors = data["decoder.safetensors"]
            self._encoder = _session(data["encoder.onnx"], "encoder.onnx")
            self._decoder = _session(data["decoder.onnx"], "decoder.onnx")
            self._check_shapes()
            arrays = _arrays(data["codes.npz"], "codes.npz")
            linear = _arrays(data["baseline.npz"], "baseline.npz")
            self._check_arrays(arrays, linear)
        except ValueError as problem:
            raise ValueError(f"Model folder {folder.name!r}: {problem}.") from problem
        self.codes: Codes = arrays["codes"]
        self.labels: NDArray[np.uint8] = arrays["labels"]
        self.errors: NDArray[np.float32] = arrays["mse"]
        self.baseline = LinearBaseline(linear["mean"], linear["components"])
        if self.is_vae:
            self.z_log_var: Codes = arrays["z_log_var"]
            self.sampler = Mixture(
                arrays["sampler_weights"],
                arrays["sampler_means"],
                arrays["sampler_factors"],
            )
            self.radius = float(arrays["radius"])
            self.maps = {name: arrays[f"map_{name}"] for name in self.card.maps}

    @property
    def is_vae(self) -> bool:
        """Whether the encoder gives a posterior instead of a point."""
        return self.card.kind == "vae"

    @property
    def latent_dim(self) -> int:
        """Coordinates of a code."""
        return self.card.latent_dim

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.card.image_shape

    def standardised(self, codes: Codes) -> Codes:
        """Return codes in standard deviations of the stored codes, 0 their mean.

        A coordinate that never varies stays at 0.
        """
        mean, std = self._code_statistics
        return ((codes - mean) / np.where(std > 0, std, 1)).astype(np.float32)

    @cached_property
    def _code_statistics(self) -> tuple[Codes, Codes]:
        return self.codes.mean(axis=0), self.codes.std(axis=0)

    def encode(self, images: Images) -> Codes:
        """Return the codes of images; for a VAE the posterior means.

        Args:
            images: (n, height, width, channels) in [0, 1].

        Returns:
            (n, latent_dim) float32.

        Raises:
            ValueError: If the images have another shape.
        """
        return _run(self._encoder, images, self.image_shape, "images")[0]

    def posterior(self, images: Images) -> tuple[Codes, Codes]:
        """Return z_mean and z_log_var of images, both (n, latent_dim). VAE only.

        Raises:
            ValueError: If this is no VAE, or the images have another shape.
        """
        self._need_vae()
        z_mean, z_log_var = _run(self._encoder, images, self.image_shape, "images")
        return z_mean, z_log_var

    def sample(
        self,
        n: int,
        rng: np.random.Generator,
        *,
        source: str = "prior",
        temperature: float = 1.0,
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

    def decode(self, codes: Codes) -> Images:
        """Return the images of codes.

        Args:
            codes: (n, latent_dim).

        Returns:
            (n, height, width, channels) float32 in [0, 1].

        Raises:
            ValueError: If the codes have another shape.
        """
        return _run(self._decoder, codes, (self.latent_dim,), "codes")[0]

    def reconstruct(self, images: Images) -> Images:
        """Return decode(encode(images)), the shape of ``images``."""
        return self.decode(self.encode(images))

    def _verified(self, folder: Path, name: str) -> bytes:
        data = read_file(folder, name)
        if hashlib.sha256(data).hexdigest() != self.card.files.get(name):
            raise ValueError(f"{name} is not the file its card describes")
        return data

    def _check_shapes(self) -> None:
        code, heads = (self.latent_dim,), 2 if self.is_vae else 1
        for session, takes, gives, name in (
            (self._encoder, self.image_shape, [code] * heads, "encoder.onnx"),
            (self._decoder, code, [self.image_shape], "decoder.onnx"),
        ):
            source = tuple(session.get_inputs()[0].shape[1:])
            results = [tuple(value.shape[1:]) for value in session.get_outputs()]
            if source != takes or results != gives:
                raise ValueError(
                    f"{name} maps {source} to {results}, "
                    f"its card says {takes} to {gives}"
                )

    def _check_arrays(
        self, arrays: dict[str, NDArray[Any]], linear: dict[str, NDArray[Any]]
    ) -> None:
        n = len(arrays.get("codes", ()))
        pixels = int(np.prod(self.image_shape))
        expected: dict[str, tuple[int, ...]] = {
            "codes": (n, self.latent_dim),
            "labels": (n,),
            "mse": (n,),
            "mean": (pixels,),
            "components": (self.latent_dim, pixels),
        }
        if self.is_vae:
            k = len(arrays.get("sampler_weights", ()))
            expected |= {
                "z_log_var": (n, self.latent_dim),
                "sampler_weights": (k,),
                "sampler_means": (k, self.latent_dim),
                "sampler_factors": (k, self.latent_dim, self.latent_dim),
                "radius": (),
                **{f"map_{name}": (n, 2) for name in self.card.maps},
            }
        for name, shape in expected.items():
            values = {**arrays, **linear}.get(name)
            if values is None or values.shape != shape or not np.isfinite(values).all():
                raise ValueError(f"the array {name!r} is missing or does not fit")


def _session(data: bytes, name: str) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread per request: many visitors share the machine, and batches are small.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            data, options, providers=["CPUExecutionProvider"]
        )
    # ONNX Runtime raises a dozen unrelated classes of its own for a bad file.
    except Exception as problem:
        raise ValueError(f"{name} is not a network that can be run") from problem


def _arrays(data: bytes, name: str) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_FILE_BYTES:
                raise ValueError(f"{name} unpacks to more than is allowed")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (zipfile.BadZipFile, OSError, EOFError, KeyError) as problem:
        raise ValueError(f"{name} is damaged") from problem
    for values in arrays.values():
        values.setflags(write=False)
    return arrays


def _run(
    session: onnxruntime.InferenceSession,
    values: NDArray[np.float32],
    shape: tuple[int, ...],
    what: str,
) -> list[NDArray[np.float32]]:
    values = np.ascontiguousarray(values, np.float32)
    if values.shape[1:] != shape or values.ndim != len(shape) + 1:
        raise ValueError(f"expected {what} of shape (n, {shape}), got {values.shape}")
    source = session.get_inputs()[0].name
    # An empty batch still runs once, so that the result has its right shape.
    batches = [
        session.run(None, {source: values[start : start + _BATCH]})
        for start in range(0, max(len(values), 1), _BATCH)
    ]
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def shelves() -> tuple[Path, ...]:
    """Return where models are looked for: the user's own first, then the shipped."""
    return home() / "models", SHIPPED


def _folders() -> dict[str, list[Path]]:
    """Model folders by name, in the order in which they are tried."""
    found: dict[str, list[Path]] = {}
    for shelf in reversed(shelves()):
        entries = sorted(shelf.iterdir()) if shelf.is_dir() else []
        for folder in entries:
            if (folder.is_dir() or folder.is_symlink()) and folder.name[0] != ".":
                found.setdefault(folder.name, []).insert(0, folder)
    return found


def survey() -> tuple[list[ModelCard], list[Refusal]]:
    """Return the usable models' cards, and the folders that were refused.

    Only cards are read here; ``load`` checks the rest.
    """
    cards, refusals = [], []
    for name, folders in _folders().items():
        for folder in folders:
            try:
                cards.append(read_card(folder))
                break
            except ValueError as problem:
                refusals.append(Refusal(name, str(problem)))
    return cards, refusals


def available() -> list[ModelCard]:
    """Return the cards of all usable models, shipped ones first."""
    return survey()[0]


_loaded: dict[tuple[Path, int], Autoencoder] = {}
_loading = threading.Lock()


def load(name: str) -> Autoencoder:
    """Return a model of the shelf, loaded once and shared.

    The user's own folder wins over a shipped one of the same name, unless it is
    damaged.

    Raises:
        ValueError: If there is no such model, or its folder is refused.
    """
    problem: ValueError | None = None
    for folder in _folders().get(name, []):
        try:
            return _load_folder(folder)
        except ValueError as refused:
            problem = refused
    if problem is not None:
        raise problem
    names = ", ".join(card.name for card in available()) or "none"
    raise ValueError(f"There is no model {name!r}; on the shelf: {names}.")


def _load_folder(folder: Path) -> Autoencoder:
    try:
        key = folder, (folder / CARD).stat().st_mtime_ns
    except OSError:
        key = folder, 0
    # The lock keeps two first visitors from loading the same model twice.
    with _loading:
        if key not in _loaded:
            _loaded[key] = Autoencoder(folder)
        return _loaded[key]
