// One slider on screen: its label, value, reset and film strip.
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
  const label = make("label");
  const output = make("output");
  const input = newInput(spec);
  label.append(newHead(spec, output), input);
  const reset = newTool("Reset", `Reset ${spec.label}`);
  const film = newTool("Film strip", `Film strip of ${spec.label}`);
  film.setAttribute("aria-expanded", "false");
  const tools = make("div", "tools");
  tools.append(reset, film);
  root.append(label, tools);
  const row = { root, spec, input, output, reset, film, strip: null };
  bind(row, told);
  return row;
}

function newHead({ label, note }, output) {
  const name = make("span", "name", label);
  if (note) name.append(make("span", "note", note));
  const head = make("span", "head");
  head.append(name, output);
  return head;
}

function newInput({ label, note, minimum, maximum, step, origin }) {
  const input = make("input");
  Object.assign(input, {
    type: "range",
    min: minimum,
    max: maximum,
    step,
    value: origin,
  });
  input.dataset.testid = "latent-slider";
  input.setAttribute("aria-label", [label, note].filter(Boolean).join(", "));
  return input;
}

function newTool(text, label) {
  const button = make("button", "tool", text);
  button.type = "button";
  button.setAttribute("aria-label", label);
  return button;
}

function bind(row, told) {
  const { input, spec } = row;
  let keys = false;
  // In braces: a handler that returns false would forbid the drag.
  input.onpointerdown = () => {
    keys = false;
  };
  input.onkeydown = () => {
    keys = true;
  };
  input.oninput = () => told.move(row, Number(input.value));
  input.onchange = () => told.release(keys);
  input.onblur = () => told.leave();
  input.ondblclick = row.reset.onclick = () => told.jump(row, spec.origin);
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
  if (row.strip) mark(row.strip, shown);
}

function inWords(shown, decimals) {
  const text = shown.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}
