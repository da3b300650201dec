"""Arrays of a model folder, held to their shapes and to being numbers."""

import io
import zipfile
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.shelf.card import MAX_FILE_BYTES

Arrays = dict[str, NDArray[Any]]


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
        ValueError: If one is missing, has another shape, or holds what is no number or not finite.
    """
    for name, shape in expected.items():
        values = arrays.get(name)
        if (
            values is None
            or values.shape != shape
            or not _sound(values, partly_known, name in whole)
        ):
            raise _misfit(name)
