// One gesture of the visitor is one entry of the browser's history. Streamlit itself makes none
// when a widget is moved, and one for each parameter that the server changes, asked or not.
const push = window.history.pushState.bind(window.history);
const replace = window.history.replaceState.bind(window.history);
let acted = false;

function change(state, unused, url) {
  const same = url == null || new URL(url, document.baseURI).href === window.location.href;
  (acted && !same ? push : replace)(state, unused, url);
  if (!same) acted = false;
}

window.history.pushState = window.history.replaceState = change;
for (const gesture of ["pointerdown", "keydown"]) {
  window.addEventListener(gesture, () => (acted = true), {
    capture: true,
    passive: true,
  });
}
window.addEventListener("popstate", () => (acted = false));

/** @param {Component} component */
export default function ({ parentElement }) {
  // It draws nothing, and takes no room either.
  const { host } = /** @type {ShadowRoot} */ (parentElement.getRootNode());
  /** @type {HTMLElement | null} */
  const around = (host ?? parentElement).closest('[data-testid="stElementContainer"]');
  if (around) around.style.display = "none";
}
