// What the colours of a map mean. A click on a class sets it apart from the others.
import { make } from "../live/screen.js";
import { classColour, classShape, rampGradient, traceShape } from "./palette.js";

const DOT = 14;

// spec: { classes: [{ label, name, shown, total }], colouring, selecting, isolated,
// dark, text }. Calls choose(label or null).
export function fillLegend(root, spec, choose) {
  const { classes, colouring, selecting, isolated, dark, text } = spec;
  const entries = classes.map(({ label, name, shown, total }) => {
    const entry = make("button", "entry");
    entry.type = "button";
    entry.setAttribute("aria-pressed", String(isolated === label));
    entry.title = isolated === label ? "Show all classes" : `Show only ${name}`;
    const colour = colouring ? text : classColour(label, dark);
    const all = countInWords(total);
    const count = selecting ? `${countInWords(shown)} / ${all}` : all;
    entry.append(dotOf(classShape(label), colour), make("span", "", name));
    entry.append(make("span", "count", count));
    entry.onclick = () => choose(isolated === label ? null : label);
    return entry;
  });
  const { activeElement } = root.getRootNode();
  const focused = [...root.querySelectorAll(".entry")].indexOf(activeElement);
  root.replaceChildren(...(colouring ? [rampOf(colouring, dark)] : []), ...entries);
  if (focused >= 0) entries[focused]?.focus();
}

function dotOf(shape, colour) {
  const canvas = make("canvas", "dot");
  const ratio = 2;
  canvas.width = canvas.height = DOT * ratio;
  canvas.setAttribute("aria-hidden", "true");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  traceShape(context, shape, DOT / 2, DOT / 2, DOT / 2 - 2);
  context.fillStyle = colour;
  context.fill();
  return canvas;
}

function rampOf({ title, minimum, maximum, below, above }, dark) {
  const root = make("div", "ramp");
  root.setAttribute("role", "img");
  const low = (below ? "\u2264 " : "") + numberInWords(minimum);
  const high = (above ? "\u2265 " : "") + numberInWords(maximum);
  root.setAttribute("aria-label", `${title}: dark is ${low}, bright is ${high}`);
  const bar = make("span", "bar");
  bar.style.background = rampGradient(dark);
  root.append(make("span", "title", title), make("span", "", low), bar);
  root.append(make("span", "", high));
  return root;
}

export function countInWords(count) {
  return count.toLocaleString("en-US");
}

function numberInWords(value) {
  return String(Number(value.toPrecision(3))).replace("-", "\u2212");
}
