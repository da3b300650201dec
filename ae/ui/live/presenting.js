// A stage that fills the window, for a projector: its picture large, its sliders, and nothing
// else. By a button; by a key and the address where ae/ui/door/presenting.js listens.
import { make } from "./screen.js";

/** @type {Set<Presenting>} */
const known = new Set(); // of this page, in the order of their coming
/** @type {Presenting | null} */
let shown = null;
// What writes down whether one is presented, and reads whether one should be.
const place = { read: () => false, write: (_wanted) => {} };

// content: what is moved into a dialog and back; changed(): called after each.
/**
 * @param {HTMLElement} content
 * @param {() => void} changed
 * @returns {Presenting}
 */
export function newPresenting(content, changed) {
  const button = make("button", "", "Present");
  button.type = "button";
  button.title = "Fill the window, for a projector; Escape leaves";
  const presenting = { content, changed, button, dialog: null, close: () => forget(presenting) };
  button.onclick = () => (presenting.dialog ? leave() : present(presenting));
  known.add(presenting);
  // Once it is on the page.
  queueMicrotask(follow);
  return presenting;
}

function forget(presenting) {
  close(presenting);
  known.delete(presenting);
}

const first = () => [...known].find(({ content }) => content.isConnected);

// Presents what the page has, or leaves.
export function toggle() {
  const presenting = first();
  if (shown) leave();
  else if (presenting) present(presenting);
}

/** @param {{ read(): boolean, write(wanted: boolean): void }} given */
export function keepIn(given) {
  Object.assign(place, given);
  follow();
}

// What the address says is done, once there is something to present.
export function follow() {
  const presenting = first();
  if (!place.read()) shown && close(shown);
  else if (!shown && presenting) open(presenting);
}

async function present(presenting) {
  // The window fills the screen, too, where that is allowed.
  try {
    await document.documentElement.requestFullscreen();
  } catch {}
  open(presenting);
  place.write(true);
}

function leave() {
  if (shown) close(shown);
  place.write(false);
  if (document.fullscreenElement) document.exitFullscreen();
}

/** @param {Presenting} presenting */
function open(presenting) {
  const { content, changed, button } = presenting;
  const dialog = make("dialog", "presenting");
  dialog.setAttribute("aria-label", "Presenting");
  content.before(dialog);
  dialog.append(content);
  dialog.onclose = leave; // by Escape
  dialog.showModal();
  presenting.dialog = dialog;
  shown = presenting;
  button.textContent = "Leave";
  changed();
}

/** @param {Presenting} presenting */
function close(presenting) {
  const { content, changed, button, dialog } = presenting;
  if (!dialog) return;
  dialog.onclose = null;
  dialog.close();
  dialog.replaceWith(content);
  presenting.dialog = shown = null;
  button.textContent = "Present";
  changed();
}

document.addEventListener("fullscreenchange", () => {
  if (shown && !document.fullscreenElement) leave();
});
