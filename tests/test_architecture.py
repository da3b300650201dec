"""The rooms and the arrows between them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [ROOT / "app.py", *ROOT.glob("pages/**/*.py"), *ROOT.glob("ae/**/*.py")]
PAGES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("pages/*/*.py"))

# What each room of ae/ may import of the others; the first name that fits counts.
ARROWS = {
    "ae.ui": {
        "ae.coding",
        "ae.data",
        "ae.denoising",
        "ae.detection",
        "ae.exchange",
        "ae.images",
        "ae.latent",
        "ae.lessons",
        "ae.metrics",
        "ae.models",
        "ae.projection",
        "ae.shelf",
        "ae.training.jobs",
        "ae.training.recipes",
        "ae.ui",
    },
    "ae.training.recipes": set(),
    "ae.training.jobs": {"ae.data", "ae.models", "ae.shelf", "ae.training.recipes"},
    "ae.training": {
        "ae.coding",
        "ae.data",
        "ae.denoising",
        "ae.detection",
        "ae.graph",
        "ae.images.sheets",
        "ae.latent",
        "ae.metrics",
        "ae.models",
        "ae.networks",
        "ae.shelf",
        "ae.training",
    },
    "ae.networks": {"ae.networks"},
    "ae.__main__": {
        "ae.coding.diagnosis",
        "ae.data",
        "ae.exchange",
        "ae.models",
        "ae.shelf",
        "ae.training.jobs",
        "ae.training.recipes",
        "ae.training.sweep",
        "ae.training.train",
        "ae.ui.postcard",
    },
    "ae.notebook": {"ae.coding", "ae.latent", "ae.models", "ae.ui"},
    "ae.exchange.bundle": set(),
    "ae.exchange.folder": {"ae.models", "ae.shelf"},
    "ae.exchange.postcard": set(),
    "ae.exchange": {
        "ae.coding",
        "ae.data",
        "ae.exchange",
        "ae.graph",
        "ae.images",
        "ae.metrics",
        "ae.models",
        "ae.shelf",
        "ae.training",
    },
    "ae.models": {"ae.coding", "ae.data", "ae.denoising", "ae.detection", "ae.shelf"},
    "ae.denoising": {"ae.coding", "ae.data", "ae.denoising", "ae.metrics", "ae.shelf"},
    "ae.detection": {"ae.data", "ae.detection", "ae.latent", "ae.metrics", "ae.shelf"},
    "ae.coding": {"ae.coding", "ae.data", "ae.graph", "ae.latent", "ae.metrics", "ae.shelf"},
    "ae.data": {
        "ae.data",
        "ae.images.uploads",
        "ae.shelf.aside",
        "ae.shelf.card",
        "ae.shelf.places",
    },
    "ae.lessons": {
        "ae.coding",
        "ae.data",
        "ae.denoising",
        "ae.detection",
        "ae.latent",
        "ae.lessons",
        "ae.projection",
        "ae.shelf",
    },
    "ae.latent": {"ae.latent", "ae.metrics"},
    "ae.shelf": {"ae.shelf"},
    "ae.images": {"ae.images"},
    "ae.graph": {"ae.graph"},
    "ae.projection": {"ae.projection"},
    "ae.metrics": set(),
    "ae": set(),
}
KERAS = ("ae.networks", "ae.training")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # "from ae import models" is an import of ae.models.
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & MODULES or {node.module}
    return found


MODULES = {module_name(path) for path in SOURCES}


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_follow_the_arrows(path: Path) -> None:
    module, names = module_name(path), imports(path)
    drawing = not module.startswith("ae") or within(module, "ae.ui")
    for name in names:
        assert not within(name, "pages"), "nothing imports pages"
        if name.split(".")[0] in ("keras", "tensorflow"):
            assert module.startswith(KERAS)
        if name.split(".")[0] == "streamlit":
            assert drawing, f"{module} draws"
    if module.startswith("ae"):
        allowed = next(ARROWS[room] for room in ARROWS if within(module, room))
        for name in (n for n in names if within(n, "ae")):
            assert any(within(name, room) for room in allowed), f"{module} -> {name}"
    else:
        assert not any(within(name, room) for name in names for room in KERAS)


def test_one_module_reads_and_writes_the_address() -> None:
    names = {module_name(p) for p in SOURCES if "st.query_params" in p.read_text(encoding="utf-8")}
    assert names == {"ae.ui.door.link"}


def test_pages_are_registered_and_none_lies_where_streamlit_finds_it_alone() -> None:
    app = (ROOT / "app.py").read_text(encoding="utf-8")
    assert all(f'"{page}"' in app for page in PAGES)
    assert app.count("st.Page(") == len(PAGES)
    assert not list(ROOT.glob("pages/*.py"))


def test_the_web_process_never_holds_tensorflow() -> None:
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception, app.exception
for page in {PAGES!r}:
    app.switch_page(page).run()
    assert not app.exception, (page, app.exception)
held = [m for m in ("tensorflow", "keras", "sklearn", "onnx") if m in sys.modules]
sys.exit(f"held: {{held}}" if held else 0)
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]


def test_importing_ae_and_listing_recipes_costs_nothing() -> None:
    script = """
import sys, ae, ae.training.recipes
heavy = {"numpy", "streamlit", "keras", "tensorflow", "onnxruntime"} & set(sys.modules)
sys.exit(f"held: {heavy}" if heavy else 0)
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
