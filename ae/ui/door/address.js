// The page's address: how it enters the browser's history, and a button that copies it.
import "./fingers.js"; // which are on every page, as this is
import { make } from "../live/screen.js";
import { keepPresenting } from "./presenting.js";

const SAID_MS = 4000; // long enough to be read

// One gesture of the visitor is one entry of the history. Streamlit itself makes none when a
// widget is moved, and one for each parameter that the server changes, asked or not.
const push = window.history.pushState.bind(window.history);
const replace = window.history.replaceState.bind(window.history);
let acted = false;

function change(state, unused, url) {
  const next = new URL(url ?? window.location.href, document.baseURI);
  keepPresenting(next);
  const same = next.href === window.location.href;
  (acted && !same ? push : replace)(state, unused, next);
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
export default function ({ data, parentElement }) {
  if (parentElement.querySelector("button")) return;
  const button = make("button", "", "Copy link");
  button.type = "button";
  const said = make("span");
  said.setAttribute("role", "status");
  const address = make("input");
  address.readOnly = true;
  address.hidden = true;
  address.setAttribute("aria-label", "Link to this page");
  button.onclick = async () => {
    address.value = window.location.href;
    try {
      await navigator.clipboard.writeText(address.value);
      said.textContent = "Copied.";
    } catch {
      // Not allowed, or not there: pages that come without encryption have none.
      address.hidden = false;
      address.select();
      said.textContent = "Copy what is marked.";
    }
    setTimeout(() => (said.textContent = ""), SAID_MS);
  };
  const buttons = make("div", "buttons");
  buttons.append(button, said);
  parentElement.append(buttons, address, make("p", "", data.holds));
}
