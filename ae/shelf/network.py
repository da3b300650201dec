"""A network of a model folder, held to its card and run on ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ae.shelf.operators import check_operators

if TYPE_CHECKING:
    import onnxruntime

# Images at once. Where there are convolutions, what so few leave between two layers stays in the
# processor's cache: of four models with 64 or 1,024 images 32 at once took up to 1.7 times as long,
# and each takes 0.5 MB. Where there are none, so few are done before another thread begins.
_BATCH, _BATCH_DENSE = 8, 256
# Threads that help with what is more than one batch. Who asks always works, too, and who asks for
# one batch waits for nobody.
_MOST_HELP = max((os.cpu_count() or 1) - 1, 1)
_HELPERS = ThreadPoolExecutor(_MOST_HELP, "batches")


class Network:
    """One ONNX file, run in batches on one thread."""

    def __init__(
        self, data: bytes, name: str, takes: tuple[int, ...], gives: list[tuple[int, ...]]
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
        self._batch = _BATCH if b"Conv" in data else _BATCH_DENSE
        self._name, self._opening = name, Lock()
        self._session: onnxruntime.InferenceSession | None = _session(data, name)
        self._takes = takes
        self._check_declared(self._session, name, gives)
        self._check_run(name, gives)

    def rest(self, again: Callable[[], bytes]) -> None:
        """Let go of the weights until the network is run again.

        Few models of a shelf are in use at a time, and their weights are half of what they take.

        Args:
            again: Returns the content of the file, or raises a ValueError, which running raises.
        """
        self._again = again
        self._session = None

    def _check_declared(
        self, session: onnxruntime.InferenceSession, name: str, gives: list[tuple[int, ...]]
    ) -> None:
        sources, results = session.get_inputs(), session.get_outputs()
        if len(sources) != 1:
            raise ValueError(f"{name} must have one input, it has {len(sources)}")
        ends = [*sources, *results]
        if any(end.type != "tensor(float)" or not end.shape for end in ends):
            raise ValueError(f"{name} must map batches of 32-bit numbers to such")
        if any(isinstance(end.shape[0], int) for end in ends):
            raise ValueError(f"{name} must leave open how many images it is given")
        self._source: str = sources[0].name
        source, *given = (_sizes(end.shape[1:]) for end in ends)
        if source != self._takes or given != gives:
            raise ValueError(
                f"{name} maps {source} to {given}, its card says {self._takes} to {gives}"
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
            ValueError: If the values have another shape, or its file was changed since it rests.
        """
        values = np.ascontiguousarray(values, np.float32)
        if values.shape[1:] != self._takes or values.ndim != len(self._takes) + 1:
            raise ValueError(f"expected {what} of shape (n, {self._takes}), got {values.shape}")
        each = self._batch
        if len(values) <= each:  # an empty one, too, so that its result has its right shape
            return self._run(values)
        batches = [values[start : start + each] for start in range(0, len(values), each)]
        results: dict[int, list[NDArray[np.float32]]] = {}
        left = iter(range(len(batches)))

        def work() -> None:
            for at in left:
                results[at] = self._run(batches[at])

        helping = [_HELPERS.submit(work) for _ in range(min(_MOST_HELP, len(batches) - 1))]
        work()
        for helper in helping:
            # One that has not begun has nothing left to do.
            if not helper.cancel():
                helper.result()
        in_order = (results[at] for at in range(len(batches)))
        return [np.concatenate(parts) for parts in zip(*in_order, strict=True)]

    def _run(self, values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        session = self._session
        if session is None:
            with self._opening:
                session = self._session = self._session or _session(self._again(), self._name)
        results: list[NDArray[np.float32]] = session.run(None, {self._source: values})
        return results


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
    # It would keep the largest batch's memory of every network: 100 MB in all.
    options.enable_cpu_mem_arena = False
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    # ONNX Runtime raises a dozen unrelated classes of its own for a bad file.
    except Exception as problem:
        raise ValueError(f"{name} is not a network that can be run") from problem
    # The file's bytes, kept to begin anew with other providers: 34 MB of all models.
    vars(session).pop("_model_bytes", None)
    return session
