// One slider on screen: its label, track and value, a mark that resets it once it is moved, and
// one that opens its film strip.
import { watchFinger } from "./finger.js";
import { make } from "./screen.js";
import { mark } from "./strip.js";

// Returns a row for { label, note, minimum, maximum, step, origin, decimals }; its spec
// knows its number, counted from 0, and how to write a value in words.
// `told` hears what the visitor does: move(row, shown) at every movement, release(byKey)
// after it, leave() when the slider loses the focus, jump(row, shown) for a movement that
// is over at once, film(row) when the strip is to open or close.
/** @param {Spec} slider @param {number} at @param {Record<string, (...given: any[]) => void>} told */
export function newRow(slider, at, told) {
  const spec = { ...slider, at, text: (shown) => inWords(shown, slider.decimals) };
  const root = make("div", "row");
  const input = newInput(spec);
  const output = make("output");
  const reset = newTool("reset", `Reset ${spec.label}`);
  const film = newTool("film", `Film strip of ${spec.label}`);
  film.setAttribute("aria-expanded", "false");
  root.append(newName(spec), input, output, reset, film);
  const row = { root, spec, input, output, reset, film, strip: null };
  bind(row, told);
  return row;
}

function newName({ label, note, at }) {
  const name = make("label", "name", label);
  name.htmlFor = idOf(at);
  if (note) name.append(" ", make("span", "note", note));
  return name;
}

const idOf = (at) => `slider-${at}`;

function newInput({ label, note, minimum, maximum, step, origin, at }) {
  const input = make("input");
  Object.assign(input, {
    type: "range",
    id: idOf(at),
    min: minimum,
    max: maximum,
    step,
    value: origin,
  });
  input.dataset.testid = "latent-slider";
  input.setAttribute("aria-label", [label, note].filter(Boolean).join(", "));
  return input;
}

function newTool(kind, label) {
  const button = make("button", `tool ${kind}`);
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  return button;
}

function bind(row, told) {
  const { input, spec } = row;
  const holds = watchFinger(input);
  let [keys, moved] = [false, false];
  // In braces: a handler that returns false would forbid the drag.
  input.onpointerdown = () => {
    keys = false;
  };
  input.onkeydown = () => {
    keys = true;
  };
  input.oninput = () => {
    if (holds()) return;
    moved = true;
    told.move(row, Number(input.value));
  };
  // Chromium calls it a change, too, when a finger that scrolled is lifted.
  input.onchange = () => {
    if (moved) told.release(keys);
    moved = false;
  };
  input.onblur = () => told.leave();
  input.ondblclick = row.reset.onclick = () => {
    told.jump(row, spec.origin);
    input.focus(); // for the mark is gone
  };
  row.film.onclick = () => told.film(row);
}

export function enableRow({ input, reset, film }, enabled) {
  input.disabled = reset.disabled = film.disabled = !enabled;
}

// Moves the slider itself, too, which a visitor's own movement has done already.
export function placeRow(row, shown) {
  row.input.value = shown;
  describeRow(row, shown);
}

export function describeRow(row, shown) {
  const text = row.spec.text(shown);
  row.output.textContent = text;
  row.input.setAttribute("aria-valuetext", text);
  row.root.classList.toggle("moved", text !== row.spec.text(row.spec.origin));
  if (row.strip) mark(row.strip, shown);
}

function inWords(shown, decimals) {
  const text = shown.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}
