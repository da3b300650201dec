"""What every test stands on: its own folders, no network, and data where it is."""

from __future__ import annotations

import os
import shutil
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit
import streamlit.components.v2
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import app_test

from ae.data import Dataset, fashion_mnist
from tests.toys import copy_toy, write_toy

# Components are registered once, when their modules are imported. Up to 1.65, the last
# for Python 3.10, every AppTest starts with an empty registry; here they share one.
if tuple(map(int, streamlit.__version__.split(".")[:2])) < (1, 66):
    shared = BidiComponentManager()
    vars(streamlit.components.v2)["get_bidi_component_manager"] = lambda: shared
    vars(app_test)["BidiComponentManager"] = lambda: shared

HERE = Path(__file__).parent
_BEGUN: dict[str, Any] = {}  # how modules' generators began
# Workers share the cores: where each has as many threads as there are cores, these spin waiting for
# one another, and t-SNE takes six times as long. Read when scikit-learn is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def _found_datasets() -> Path | None:
    """Return ``AE_DATASETS``, else the folder beside; None where the data is not in it.

    So an empty ``AE_DATASETS`` hides the data from the tests.
    """
    beside = HERE.parent.parent / "shared" / "datasets"
    folder = Path(os.environ.get("AE_DATASETS", beside)).expanduser().resolve()
    return folder if (folder / "fashion-mnist").is_dir() else None


DATASETS = _found_datasets()
NO_TENSORFLOW = "TensorFlow is not installed: Python 3.14 waits for its version 2.22."


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE / "browser" in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Two browsers at once would wait for each other on two cores.
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                reason = "No Chromium was found: install one or set CHROMIUM to it."
                item.add_marker(pytest.mark.skip(reason=reason))
        elif item.get_closest_marker("slow"):
            # TensorFlow is imported in one process only: it takes ten seconds.
            item.add_marker(pytest.mark.xdist_group("tensorflow"))
            if find_spec("tensorflow") is None:
                item.add_marker(pytest.mark.skip(reason=NO_TENSORFLOW))


@pytest.fixture(autouse=True)
def own_folders(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.setenv("AE_HOME", str(tmp_path_factory.mktemp("home")))
    # What trains is shown no data, so that it cannot come to need any.
    if DATASETS is None or request.node.get_closest_marker("slow"):
        monkeypatch.delenv("AE_DATASETS", raising=False)
    else:
        monkeypatch.setenv("AE_DATASETS", str(DATASETS))


@pytest.fixture(autouse=True)
def same_draws_in_any_order(request: pytest.FixtureRequest) -> None:
    """Let a module's generator begin anew for every test: workers share them out differently."""
    rng = getattr(request.module, "RNG", None)
    if isinstance(rng, np.random.Generator):
        begun = _BEGUN.setdefault(request.module.__name__, rng.bit_generator.state)
        rng.bit_generator.state = begun


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def guarded(name: str) -> None:
        connect = getattr(socket.socket, name)

        def connect_here_only(self: socket.socket, address: Any) -> Any:
            host = address[0] if isinstance(address, tuple) else "localhost"
            if host not in {"localhost", "::1"} and not host.startswith("127."):
                # Not an OSError, which the code under test may well expect.
                raise RuntimeError(f"a test tried to reach {address}")
            return connect(self, address)

        monkeypatch.setattr(socket.socket, name, connect_here_only)

    guarded("connect")
    guarded("connect_ex")


@pytest.fixture(scope="session")
def datasets_folder() -> Path:
    if DATASETS is None:
        pytest.skip(
            "Fashion-MNIST is not on this machine: set AE_DATASETS to the folder that has it."
        )
    return DATASETS


@pytest.fixture(scope="session")
def fashion_mnist_test(datasets_folder: Path) -> Dataset:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AE_DATASETS", str(datasets_folder))
        return fashion_mnist.load("test")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    assert CHROMIUM is not None, "tests outside tests/browser/ ask for no Chromium"
    return CHROMIUM


@pytest.fixture(scope="session")
def toy_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linear model folder for 4x4 pictures: three codes, everything known."""
    return write_toy(tmp_path_factory.mktemp("shelf") / "toy")


@pytest.fixture
def toy_shelf(toy_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A shelf with two toys, ``first`` and ``second``, to be damaged at will."""
    shelf = tmp_path / "models"
    for name in ("first", "second"):
        copy_toy(toy_model, shelf / name)
    monkeypatch.setenv("AE_HOME", str(tmp_path))
    monkeypatch.setattr("ae.models.SHIPPED", tmp_path / "nothing")
    return shelf
