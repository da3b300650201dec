// Losses by epoch while they are learned: redrawn in place, so that nothing flickers.

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [800, 300, 64, 40, 12];
const NAMESPACE = "http://www.w3.org/2000/svg";

function shape(kind, attributes, text = "") {
  const made = document.createElementNS(NAMESPACE, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.textContent = text;
  return made;
}

const short = (value) =>
  Math.abs(value) >= 1000 ? `${(value / 1000).toFixed(1)}k` : value.toPrecision(3);

/** @param {Component} component */
export default function ({ data, parentElement }) {
  const losses = [...data.training, ...data.validation].filter(Number.isFinite);
  if (data.pca !== null) losses.push(data.pca);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const across = (epoch) => LEFT + ((WIDTH - LEFT) * epoch) / Math.max(data.epochs, 1);
  // A little room, for the line of PCA is often the lowest.
  const reach = Math.max(1.06 * (high - low), 1e-9);
  const down = (loss) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - loss)) / reach;
  const line = (values, name) => {
    const points = values.map((loss, i) => `${across(i + 1)},${down(loss)}`);
    return shape("polyline", { points: points.join(" "), class: name });
  };
  const drawn = [line(data.training, "training"), line(data.validation, "validation")];
  const axis = HEIGHT - BOTTOM;
  drawn.push(shape("line", { x1: LEFT, x2: WIDTH, y1: axis, y2: axis, class: "axis" }));
  for (const loss of [low, high]) {
    const at = { x: LEFT - 8, y: down(loss) + 4, "text-anchor": "end" };
    drawn.push(shape("text", at, short(loss)));
  }
  const under = { y: HEIGHT - 18, "text-anchor": "end", x: WIDTH };
  drawn.push(shape("text", under, `epoch ${data.epochs}`));
  if (data.pca !== null) {
    const y = down(data.pca);
    drawn.push(shape("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: "pca" }));
    const above = y - 6 < TOP + 14 ? y + 16 : y - 6;
    drawn.push(shape("text", { x: WIDTH, y: above, "text-anchor": "end" }, data.baseline));
  }
  if (data.best >= 0 && Number.isFinite(data.validation[data.best])) {
    const [cx, cy] = [across(data.best + 1), down(data.validation[data.best])];
    drawn.push(shape("circle", { cx, cy, r: 5, class: "best" }));
  }
  const find = (selector) => parentElement.querySelector(selector);
  const svg = find("svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-label", data.alt);
  svg.replaceChildren(...drawn);
}
