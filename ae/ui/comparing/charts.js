// The lab's two charts, drawn anew for every step of a slider.

const SVG = "http://www.w3.org/2000/svg";
const BOX = { left: 46, right: 368, top: 12, bottom: 222 };
const NATS = 10; // between the marks of the plane, at least
const ERRORS = [0.005, 0.01, 0.02, 0.04];

/** @param {string} name @param {Record<string, any>} attributes @param {Element} parent */
function shape(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function write(svg, text, x, y, className = "tick") {
  shape("text", { x, y, class: className }, svg).textContent = text;
}

// From a number to its place between two ends.
function scale(low, high, from, to) {
  return (value) => from + ((value - low) / (high - low || 1)) * (to - from);
}

function frame(svg, across, down, x, y) {
  svg.replaceChildren();
  for (const [value, words] of across) {
    shape("line", { class: "grid", x1: x(value), x2: x(value), y1: BOX.top, y2: BOX.bottom }, svg);
    write(svg, words, x(value), BOX.bottom + 16, "tick middle");
  }
  for (const [value, words] of down) {
    shape("line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: y(value), y2: y(value) }, svg);
    write(svg, words, BOX.left - 6, y(value) + 4, "tick end");
  }
}

const path = (places) => places.map(([x, y], at) => `${at ? "L" : "M"}${x} ${y}`).join("");

// A point: a dot, or a cross where PCA has the smaller error.
/**
 * @param {Element} svg
 * @param {number[]} place
 * @param {boolean} worse
 * @param {string} className
 */
function mark(svg, [x, y], worse, className, size = 4) {
  if (!worse) return shape("circle", { class: className, cx: x, cy: y, r: size }, svg);
  const d = `M${x - size} ${y - size}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}`;
  return shape("path", { class: `${className} worse`, d }, svg);
}

export function drawErrors({ svg, caption }, data, size, beta) {
  const log = data.points.map((point) => Math.log(point.mse));
  const ticks = ERRORS.map((error) => Math.log(error));
  const [low, high] = [Math.min(...log, ticks[0]), Math.max(...log, ticks[3])];
  const x = scale(0, data.sizes.length - 1, BOX.left + 12, BOX.right - 12);
  const y = scale(low, high, BOX.bottom - 6, BOX.top + 6);
  frame(
    svg,
    data.sizes.map((each, at) => [at, String(each)]),
    ERRORS.map((error, at) => [ticks[at], String(error)]),
    x,
    y,
  );
  write(svg, "Numbers in the code", (BOX.left + BOX.right) / 2, BOX.bottom + 34, "tick middle");
  const here = x(data.sizes.indexOf(size));
  shape("line", { class: "here", x1: here, x2: here, y1: BOX.top, y2: BOX.bottom }, svg);
  for (const [kind] of data.kinds) {
    const shown = data.points.filter(
      (point) => point.kind === kind && (point.beta === null || point.beta === beta),
    );
    const places = shown.map((p) => [x(data.sizes.indexOf(p.size)), y(Math.log(p.mse))]);
    shape("path", { class: `line ${kind}`, d: path(places) }, svg);
    shown.forEach((point, at) => {
      mark(svg, places[at], point.worse, `dot ${kind}`);
    });
  }
  legend(caption, [
    ...data.kinds.map(([kind, title]) => [
      kind,
      kind === "variational" ? `${title}, beta ${beta}` : title,
    ]),
    ["worse", "PCA wins"],
  ]);
  const at = data.points.filter((p) => p.size === size && (p.beta ?? beta) === beta);
  const words = at.map((p) => `${titleOf(data, p.kind)} ${p.mse.toFixed(4)}`).join(", ");
  svg.setAttribute("aria-label", `Squared error against size; with ${size} numbers: ${words}`);
}

export function drawPlane({ svg, caption }, data, size, beta) {
  const points = data.points.filter((point) => point.rate !== null);
  if (!points.length) return svg.replaceChildren();
  const rates = points.map((point) => point.rate);
  const nats = points.map((point) => point.nats);
  const x = scale(0, Math.max(...rates), BOX.left + 8, BOX.right - 8);
  const y = scale(Math.min(...nats), Math.max(...nats), BOX.bottom - 8, BOX.top + 8);
  const between = (values) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const step = NATS * Math.max(1, Math.ceil((high - low) / NATS / 6));
    const first = Math.ceil(low / step);
    const count = Math.floor(high / step) - first + 1;
    return Array.from({ length: count }, (_, at) => [
      (first + at) * step,
      `${(first + at) * step}`,
    ]);
  };
  frame(svg, between([0, ...rates]), between(nats), x, y);
  write(svg, "Rate, nats", (BOX.left + BOX.right) / 2, BOX.bottom + 34, "tick middle");
  const place = (point) => [x(point.rate), y(point.nats)];
  for (const each of data.sizes) {
    const own = points.filter((point) => point.size === each);
    const here = each === size ? "here" : "";
    shape("path", { class: `line plane ${here}`, d: path(own.map(place)) }, svg);
  }
  for (const point of points) {
    const own = point.size === size ? "dot variational" : "dot other";
    mark(svg, place(point), point.worse, own, 3.5);
  }
  const now = points.find((point) => point.size === size && point.beta === beta);
  if (now) {
    const [cx, cy] = place(now);
    shape("circle", { class: "ring", cx, cy, r: 9 }, svg);
  }
  legend(caption, [
    ["variational", `${size} numbers, beta from ${data.betas.at(-1)} (left) to ${data.betas[0]}`],
    ["other", "Other sizes"],
    ["worse", "PCA wins by squared error"],
  ]);
  const where = now ? `rate ${now.rate.toFixed(1)}, distortion ${now.nats.toFixed(1)} nats` : "";
  svg.setAttribute(
    "aria-label",
    `Distortion in nats against rate; with ${size} numbers and beta ${beta}: ${where}`,
  );
}

const titleOf = ({ kinds }, kind) => kinds.find(([name]) => name === kind)[1];

function legend(caption, entries) {
  caption.replaceChildren(
    ...entries.map(([kind, words]) => {
      const entry = document.createElement("span");
      const sign = document.createElement("i");
      sign.className = kind;
      entry.append(sign, words);
      return entry;
    }),
  );
}
