// What is presented, by a key and in the address.
import { follow, keepIn, toggle } from "../live/presenting.js";

const NAME = "present";
const FIELDS = "input:not([type=range]), textarea, select, [contenteditable]";

keepIn({
  read: () => new URL(location.href).searchParams.has(NAME),
  write(wanted) {
    const url = new URL(location.href);
    if (wanted) url.searchParams.set(NAME, "1");
    else url.searchParams.delete(NAME);
    history.replaceState(history.state, "", url);
  },
});
window.addEventListener("popstate", follow);
window.addEventListener("keydown", (event) => {
  if (event.key !== "p" || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const [target] = event.composedPath();
  if (!(target instanceof Element && target.matches(FIELDS))) toggle();
});
