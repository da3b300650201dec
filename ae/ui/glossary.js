// The words of a page: a click on one says what it means. Text goes in through textContent only.
import { make } from "./live/screen.js";

const EDGE = 8; // CSS pixels to the window's edges, at least
const GAP = 4; // between a word and what it means

/** Below its word, or above where there is no room. */
function place(panel, button) {
  const { left, top, bottom } = button.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = panel;
  const below = bottom + GAP + offsetHeight <= window.innerHeight - EDGE;
  const y = below ? bottom + GAP : top - GAP - offsetHeight;
  panel.style.left = `${Math.max(EDGE, Math.min(left, window.innerWidth - EDGE - offsetWidth))}px`;
  panel.style.top = `${Math.max(EDGE, y)}px`;
}

function meaning(word) {
  const panel = make("div", "meaning");
  panel.popover = "auto";
  panel.setAttribute("role", "note");
  panel.append(make("p", "", word.meaning));
  if (word.told) {
    const told = make("p", "told");
    told.append(make("b", "", word.model), `: ${word.told}`);
    panel.append(told);
  }
  if (word.svg) {
    const chart = make("img");
    chart.src = `data:image/svg+xml,${encodeURIComponent(word.svg)}`;
    chart.alt = ""; // the words say it all
    panel.append(chart, make("p", "told", word.words));
  }
  return panel;
}

function explained(word) {
  const button = make("button", "word", word.term);
  button.type = "button";
  const panel = meaning(word);
  button.popoverTargetElement = panel;
  const rest = () => {
    window.removeEventListener("scroll", follow, { capture: true });
    window.removeEventListener("resize", follow);
  };
  // An open one that the page takes away is told of nothing.
  const follow = () => (panel.isConnected ? place(panel, button) : rest());
  panel.addEventListener("toggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    if (open) {
      follow();
      window.addEventListener("scroll", follow, { capture: true, passive: true });
      window.addEventListener("resize", follow);
    } else {
      rest();
    }
    panel.classList.toggle("placed", open);
  });
  return [button, panel];
}

/** @param {Component} component */
export default function ({ data, parentElement }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".words"));
  const text = JSON.stringify(data);
  if (root.dataset.words === text) return; // one that is open stays so
  root.dataset.words = text;
  root.replaceChildren(make("span", "", "What is"), ...data.words.flatMap(explained));
}
