// What is presented, by a key and in the address.
import { follow, keepIn, toggle } from "../live/presenting.js";

const NAME = "present";
const FIELDS = "input:not([type=range]), textarea, select, [contenteditable]";
let writing = false;

// Streamlit writes the address from what the server last knew of it: of the same page, what was
// presented or left since then stays so.
/** @param {URL} url that is about to be the address */
export function keepPresenting(url) {
  if (!writing && url.pathname === location.pathname) mark(url, marks(new URL(location.href)));
}

const marks = (url) => url.searchParams.has(NAME);

function mark(url, wanted) {
  if (wanted === marks(url)) return;
  if (wanted) url.searchParams.set(NAME, "1");
  else url.searchParams.delete(NAME);
}

keepIn({
  read: () => marks(new URL(location.href)),
  write(wanted) {
    const url = new URL(location.href);
    mark(url, wanted);
    writing = true;
    history.replaceState(history.state, "", url);
    writing = false;
  },
});
window.addEventListener("popstate", follow);
window.addEventListener("keydown", (event) => {
  if (event.key !== "p" || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const [target] = event.composedPath();
  if (!(target instanceof Element && target.matches(FIELDS))) toggle();
});
