"""Components: modules of this package that draw, and what passes to and from them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from ae.ui.door.routes import modules, version

# Streamlit runs a script as a module of its own, which knows no neighbours: so it only
# fetches the module that does the work. Words for when that cannot be had.
_LOADER = """
const door = new URL(%(door)s, document.baseURI);
const mounting = import(new URL("door/mount.js", door));
const parts = %(parts)s;
export default (component) => {
  let unmount = null;
  const mounted = mounting.then(
    ({ mount }) => mount(component, parts, () => unmount === null),
    () => {
      component.parentElement.textContent =
        "This part of the page could not be loaded. Reload the page.";
    },
  );
  // What follows on the page waits for it: see page.css.
  const { host } = component.parentElement.getRootNode();
  const around = host?.closest(".stBidiComponent");
  const there = () => unmount === null && around?.setAttribute("data-mounted", "");
  mounted.then(there, there);
  if (!parts.styles.length) there(); // it draws nothing
  return () => {
    unmount = mounted.then((done) => done?.());
  };
};
"""


class Component:
    """A module of this package with its styles, registered once with Streamlit."""

    def __init__(self, name: str, module: str, styles: Sequence[str] = (), html: str = "") -> None:
        """Register a component.

        Args:
            name: Unique in the app.
            module: Its path below ``ae/ui``, such as ``"live/sliders.js"``. Its default
                export is what Streamlit expects of a component.
            styles: Paths of style sheets, beside what all share.
            html: What it finds in its element at first.

        Raises:
            ValueError: If there is no such module or style sheet.
        """
        styles = ["base.css", *styles] if styles else []
        for path in (module, *styles):
            if path not in modules():
                raise ValueError(f"there is no {path} below ae/ui")
        parts = {"module": f"../{module}", "styles": styles, "html": html}
        script = _LOADER % {
            "door": json.dumps(f"door/code/{version()}/"),
            "parts": json.dumps(parts),
        }
        self._mount = st.components.v2.component(name, js=script)

    def __call__(
        self,
        *,
        key: str,
        data: Any,
        states: Mapping[str, Any] | None = None,
        on: Mapping[str, Callable[[], None] | None] | None = None,
        **layout: Any,
    ) -> Any:
        """Mount it.

        Args:
            key: Unique on the page; ``st.session_state[key]`` is what it says.
            data: What it gets, as JSON knows it.
            states: What it may say, and what that is at first; each is a rerun.
            on: What it may say once, and what is then called; None is a rerun alone.
            layout: ``height`` or ``width``.
        """
        listeners = {**dict.fromkeys(states or ()), **(on or {})}
        options: dict[str, Any] = {
            f"on_{name}_change": listener or _rerun for name, listener in listeners.items()
        }
        if states:
            options["default"] = dict(states)
        # In a list, because among the values of a dictionary Streamlit looks for tables
        # and loads pandas to know one: 71 MB.
        return self._mount(key=key, data=[data], **options, **layout)


def _rerun() -> None:
    """Ask for a rerun and nothing else."""
