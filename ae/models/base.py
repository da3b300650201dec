"""What every kind of model shares: a verified folder, and networks that are run."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ae.card import FILES, MAX_FILE_BYTES, read_card, read_file
from ae.models.operators import check_operators

if TYPE_CHECKING:
    import onnxruntime

# More than 256 images at once only grows memory: one thread is busy either way.
_BATCH = 256

Arrays = dict[str, NDArray[Any]]
Images = NDArray[np.float32]


class Model:
    """A loaded model. Safe to call from many threads at once.

    Attributes:
        card: What is known about it.
        folder: Where it lies.
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
        self.folder = folder
        try:
            names = FILES[self.card.kind]
            self._open({name: self._verified(folder, name) for name in names})
        except ValueError as problem:
            raise ValueError(f"Model folder {folder.name!r}: {problem}.") from problem

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.card.image_shape

    def _open(self, files: dict[str, bytes]) -> None:
        """Take what the files hold, or raise a ValueError that says what is wrong."""
        raise NotImplementedError

    def _verified(self, folder: Path, name: str) -> bytes:
        data = read_file(folder, name)
        if hashlib.sha256(data).hexdigest() != self.card.files.get(name):
            raise ValueError(f"{name} is not the file its card describes")
        return data


class Network:
    """One ONNX file, run in batches on one thread."""

    def __init__(
        self,
        data: bytes,
        name: str,
        takes: tuple[int, ...],
        gives: list[tuple[int, ...]],
    ) -> None:
        """Open a network and hold it to its card.

        Args:
            data: The content of the file.
            name: The file's name.
            takes: Shape of one input.
            gives: Shape of one of each of its results.

        Raises:
            ValueError: If it cannot be run or maps other shapes.
        """
        check_operators(data, name)
        self._session = _session(data, name)
        self._takes = takes
        self._check_declared(name, gives)
        self._check_run(name, gives)

    def _check_declared(self, name: str, gives: list[tuple[int, ...]]) -> None:
        sources, results = self._session.get_inputs(), self._session.get_outputs()
        if len(sources) != 1:
            raise ValueError(f"{name} must have one input, it has {len(sources)}")
        ends = [*sources, *results]
        if any(end.type != "tensor(float)" or not end.shape for end in ends):
            raise ValueError(f"{name} must map batches of 32-bit numbers to such")
        if any(isinstance(end.shape[0], int) for end in ends):
            raise ValueError(f"{name} must leave open how many images it is given")
        source, *given = (_sizes(end.shape[1:]) for end in ends)
        if source != self._takes or given != gives:
            raise ValueError(
                f"{name} maps {source} to {given}, its card says {self._takes} to "
                f"{gives}"
            )

    def _check_run(self, name: str, gives: list[tuple[int, ...]]) -> None:
        """Run it once: what a network declares need not be what it does."""
        try:
            results = self.run(np.zeros((2, *self._takes), np.float32), "values")
        # As in ``_session``.
        except Exception as problem:
            raise ValueError(f"{name} is not a network that can be run") from problem
        if [values.shape for values in results] != [(2, *shape) for shape in gives]:
            raise ValueError(f"{name} does not give what it declares")

    def run(self, values: NDArray[np.float32], what: str) -> list[NDArray[np.float32]]:
        """Return the network's results for a batch of any size.

        Args:
            values: (n, ...) of the shape it takes.
            what: The values' name, for the message.

        Raises:
            ValueError: If the values have another shape.
        """
        values = np.ascontiguousarray(values, np.float32)
        if values.shape[1:] != self._takes or values.ndim != len(self._takes) + 1:
            raise ValueError(
                f"expected {what} of shape (n, {self._takes}), got {values.shape}"
            )
        source = self._session.get_inputs()[0].name
        # An empty batch still runs once, so that the result has its right shape.
        batches = [
            self._session.run(None, {source: values[start : start + _BATCH]})
            for start in range(0, max(len(values), 1), _BATCH)
        ]
        return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def _sizes(shape: list[int | str | None]) -> tuple[int | str, ...]:
    # A size left open has a name that anybody chose, which is not for the screen.
    return tuple(size if isinstance(size, int) else "any" for size in shape)


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


def read_arrays(data: bytes, name: str) -> Arrays:
    """Read a file of arrays; they are read-only.

    Raises:
        ValueError: If it is damaged or unpacks to more than is allowed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        arrays = _unpacked(data) if unpacked <= MAX_FILE_BYTES else None
    # Unpacking raises whatever zlib, zipfile and NumPy make of damaged bytes, of
    # unknown compressions and of shapes for which there is no memory.
    except Exception as problem:
        raise ValueError(f"{name} is damaged") from problem
    if arrays is None:
        raise ValueError(f"{name} unpacks to more than is allowed")
    return arrays


def _unpacked(data: bytes) -> Arrays:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    for values in arrays.values():
        values.setflags(write=False)  # which what is no array does not have
    return arrays


def row_count(arrays: Arrays, name: str) -> int:
    """Return how many rows an array has.

    Raises:
        ValueError: If it is missing or has none.
    """
    values = arrays.get(name)
    if values is None or values.ndim == 0 or len(values) == 0:
        raise _misfit(name)
    return len(values)


def _misfit(name: str) -> ValueError:
    return ValueError(f"the array {name!r} is missing or does not fit")


def _sound(values: NDArray[Any], partly_known: bool, whole: bool) -> bool:
    if values.dtype.kind not in ("iu" if whole else "iuf"):
        return False
    unsound = np.isinf(values) if partly_known else ~np.isfinite(values)
    return not unsound.any() and not (whole and (values < 0).any())


def check_arrays(
    arrays: Arrays,
    expected: Mapping[str, tuple[int, ...]],
    *,
    partly_known: bool = False,
    whole: Collection[str] = (),
) -> None:
    """Hold arrays to their shapes, and to being numbers.

    Args:
        arrays: By name.
        expected: The shape of each that is needed.
        partly_known: Whether values may be NaN.
        whole: Names of those that are to hold integers from 0.

    Raises:
        ValueError: If one is missing, has another shape, or holds what is no number
            or not finite.
    """
    for name, shape in expected.items():
        values = arrays.get(name)
        if (
            values is None
            or values.shape != shape
            or not _sound(values, partly_known, name in whole)
        ):
            raise _misfit(name)
