"""Kernels and their padding: how one is widened until the engine's padding gives the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ae.exchange.constants import Array, Attributes
from ae.exchange.layering import MOST_WEIGHTS, Untranslatable
from ae.graph.layers import Shape

# Rows and columns that a kernel may be widened by to be padded as the engine pads.
_WIDEN = 8


def square(kernel: Array) -> Array:
    """Return a kernel of pictures; one of lines gets a single row."""
    return kernel[:, :, None] if kernel.ndim == 3 else kernel


def pair(attributes: Attributes, name: str, rank: int, default: int = 1) -> tuple[int, int]:
    """Return two numbers of an attribute, of which a line has one."""
    found = [int(n) for n in attributes.get(name) or [default] * (rank - 2)]
    if rank == 3:
        found = [default if name != "kernel_shape" else 1, *found]
    if len(found) != 2 or not 0 <= min(found) <= max(found) <= 64 or (default and not min(found)):
        raise Untranslatable(f"{name} is {found}")
    return found[0], found[1]


def widened(kernel: Array, dilations: tuple[int, int]) -> Array:
    """Return a dilated kernel with the zeros that lie between its numbers."""
    high, across = kernel.shape[2:]
    down, right = dilations
    size = ((high - 1) * down + 1, (across - 1) * right + 1)
    if max(size) > 64 or kernel.size * down * right > MOST_WEIGHTS:
        raise Untranslatable("a kernel is too large")
    wide = np.zeros((*kernel.shape[:2], *size))
    wide[:, :, ::down, ::right] = kernel
    return wide


def ungrouped(kernel: Array, groups: int) -> Array:
    """Return the kernel that does for all channels what each group's does for its own."""
    if groups == 1:
        return kernel
    filters, channels, *window = kernel.shape
    if kernel.size * groups > MOST_WEIGHTS or groups < 1 or filters % groups:
        raise Untranslatable("a kernel is too large")
    full = np.zeros((filters, channels * groups, *window))
    each = filters // groups
    for group in range(groups):
        rows = slice(group * each, (group + 1) * each)
        full[rows, group * channels : (group + 1) * channels] = kernel[rows]
    return full


def same_pads(size: int, window: int, stride: int) -> tuple[int, int]:
    """Return what padding ``same`` puts before and after, as TensorFlow does."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def pads_of(
    attributes: Attributes, shape: Shape, window: Shape, strides: tuple[int, int], rank: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the zeros before and after, for rows and columns."""
    auto = attributes.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        pads = [same_pads(*each) for each in zip(shape, window, strides, strict=False)]
        if auto == "SAME_LOWER":
            pads = [(after, before) for before, after in pads]
        (a, b), (c, d) = pads
        return (a, c), (b, d)
    given = [int(n) for n in attributes.get("pads") or [0] * 2 * (rank - 2)]
    if rank == 3:
        given = [0, given[0], 0, given[1]]
    if len(given) != 4 or not 0 <= min(given) <= max(given) <= 64:
        raise Untranslatable(f"pads are {given}")
    return (given[0], given[1]), (given[2], given[3])


@dataclass(frozen=True)
class Window:
    """How a kernel along one axis is widened for the engine's padding.

    Attributes:
        valid: Whether it needs no padding at all.
        length: Of the widened kernel.
        first: Where the kernel begins in it.
        results: How many results are wanted.
        skipped: How many of the engine's come before them.
    """

    valid: bool
    length: int
    first: int
    results: int
    skipped: int
    same: Window | None = None

    def as_same(self) -> Window:
        """Return it as padding ``same`` does it."""
        if self.same is None:
            raise Untranslatable("it pads in a way that the engine does not")
        return self.same


def window_of(size: int, kernel: int, stride: int, before: int, after: int) -> Window:
    """Find the kernel that gives under padding ``same`` what one gives under another.

    The engine's window of result q begins at ``q * stride - pad``, where the pad follows
    from the kernel's length. With zeros before its own numbers, a kernel can begin later.
    """
    results = (size + before + after - kernel) // stride + 1
    if results < 1:
        raise Untranslatable("a convolution has no result")
    same = None
    for length in range(kernel, kernel + 2 * _WIDEN + 1):
        pad = same_pads(size, length, stride)[0]
        # Result q of ours begins at (q + skipped) * stride - pad + first.
        for skipped in range(-(-size // stride) - results + 1):
            first = pad - before - skipped * stride
            if 0 <= first <= length - kernel:
                same = Window(False, length, first, results, skipped)
                break
        if same is not None:
            break
    if before == after == 0:
        return Window(True, kernel, 0, results, 0, same)
    if same is None:
        raise Untranslatable("it pads in a way that the engine does not")
    return same


def transposed_pads(
    attributes: Attributes, shape: Shape, whole: Shape, strides: tuple[int, int], rank: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the rows and columns that a transposed convolution drops before and after."""
    auto, wanted = attributes.get("auto_pad", "NOTSET"), attributes.get("output_shape")
    if auto in ("SAME_UPPER", "SAME_LOWER") or wanted:
        size = [n * s for n, s in zip(shape, strides, strict=False)]
        if wanted:
            size = [1, *wanted][-2:]
        total = [w - n for w, n in zip(whole, size, strict=True)]
        # The one more is cut off at the end, unless SAME_UPPER says otherwise.
        less, more = zip(*((t // 2, t - t // 2) for t in total), strict=True)
        before, after = (more, less) if auto == "SAME_LOWER" or wanted else (less, more)
        if auto == "SAME_UPPER":
            before, after = less, more
        if min(*before, *after) < 0:
            raise Untranslatable("it pads in a way that the engine does not")
        return (before[0], before[1]), (after[0], after[1])
    return pads_of(attributes, shape, whole, strides, rank)


def transposed_window(
    size: int, kernel: int, stride: int, before: int, results: int
) -> tuple[int, int, int]:
    """Return a widened kernel's length, where ours begins in it, and results to skip.

    The engine drops ``(length - stride) // 2`` rows before and gives size * stride.
    """
    for length in range(max(kernel, stride), kernel + stride + 2 * _WIDEN + 1):
        dropped = (length - stride) // 2
        for skipped in range(size * stride - results + 1):
            # Our row r is the whole's row r + before; the engine's e is e + dropped - first.
            first = dropped + skipped - before
            if 0 <= first <= length - kernel:
                return length, first, skipped
    raise Untranslatable("it makes pictures of a size that the engine does not")
