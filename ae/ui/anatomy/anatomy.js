// Draws an autoencoder: image, encoder, code, decoder, reconstruction, loss. The bars of
// the code are dragged, and reconstruction and loss follow. Text goes in through
// textContent only.
import { follow, newDecoder } from "../live/decoder.js";
import { make, pictureOn } from "../live/screen.js";
import { ARROWS, placeIn } from "../surface.js";

const REACH = 2.5; // standard deviations that fill a side
const STEP = 0.1; // of a key
const DECIDED = 4; // pixels after which a finger moves a bar, and does not scroll

const figures = new WeakMap();

/** @param {Component} component */
export default function ({ data, parentElement }) {
  const figure = figures.get(parentElement) ?? newFigure(parentElement);
  figures.set(parentElement, figure);
  // Streamlit also calls when nothing but the theme has changed.
  const text = JSON.stringify(data);
  if (figure.text !== text) dress(figure, data);
  figure.text = text;
}

function newFigure(root) {
  const find = (selector) => root.querySelector(selector);
  const figure = {
    find,
    data: /** @type {any} */ (null),
    text: "",
    values: [], // of the code, in standard deviations of the stored ones
    rows: [],
    held: -1, // the bar under the pointer, if any
    start: [0, 0],
    planned: 0,
    awake: false, // whether the code was touched: only then its decoder is fetched
    paint: null,
    decoder: newDecoder({
      ready: () => receive(figure),
      arrived: () => plan(figure),
      problem(words) {
        find(".problem").textContent = words;
        find(".problem").hidden = !words;
      },
    }),
  };
  bind(figure, find(".bars"));
  find("button").onclick = () => restore(figure);
  return figure;
}

function dress(figure, data) {
  const { find } = figure;
  figure.data = data;
  if (figure.awake) figure.decoder.use(data.decoder);
  find(".input img").src = data.image;
  find(".input img").alt = `Original: ${data.name}`;
  find(".input .words").textContent = `${data.pixels.length} pixels`;
  find(".output img").src = data.reconstruction;
  find(".output img").alt = `Reconstruction: ${data.name}`;
  find(".output canvas").setAttribute("aria-label", "Decoded from the code as it was dragged");
  find(".numbers").textContent = `${data.code.length} numbers: drag one`;
  const bars = find(".bars");
  bars.setAttribute("aria-label", "Latent code z");
  bars.style.setProperty("--n", data.code.length);
  figure.rows = data.code.map((_, axis) => newBar(figure, axis));
  bars.replaceChildren(...figure.rows);
  restore(figure);
}

function newBar(figure, axis) {
  const bar = make("i");
  bar.setAttribute("role", "slider");
  bar.setAttribute("aria-label", `z${axis}`);
  bar.setAttribute("aria-valuemin", String(-REACH));
  bar.setAttribute("aria-valuemax", String(REACH));
  bar.tabIndex = axis ? -1 : 0;
  bar.onfocus = () => wake(figure);
  bar.onkeydown = (event) => {
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    if (right) set(figure, axis, figure.values[axis] + right * STEP);
    if (down) focus(figure, axis + down);
    if (right || down) event.preventDefault();
  };
  return bar;
}

// One of the bars is reached by Tab, the others by the arrow keys.
function focus({ rows }, axis) {
  const bar = rows[axis];
  if (!bar) return;
  for (const other of rows) other.tabIndex = other === bar ? 0 : -1;
  bar.focus();
}

// The code as the encoder gave it.
function restore(figure) {
  const { find, data } = figure;
  figure.values = [...data.code];
  for (let axis = 0; axis < data.code.length; axis++) describe(figure, axis);
  find(".value").textContent = data.loss.toFixed(4);
  find("button").disabled = true;
  find(".output img").hidden = false;
  find(".output canvas").hidden = true;
}

function set(figure, axis, value) {
  figure.values[axis] = Math.min(Math.max(value, -REACH), REACH);
  describe(figure, axis);
  figure.find("button").disabled = false;
  plan(figure);
}

function describe({ rows, values }, axis) {
  const [bar, value] = [rows[axis], values[axis]];
  bar.className = value < 0 ? "minus" : "plus";
  bar.style.setProperty("--share", Math.min(Math.abs(value) / REACH, 1).toFixed(3));
  bar.setAttribute("aria-valuenow", value.toFixed(1));
}

function wake(figure) {
  figure.awake = true;
  figure.decoder.use(figure.data.decoder);
}

function bind(figure, bars) {
  bars.onpointerenter = () => wake(figure);
  const take = (event) => {
    const [x] = placeIn(bars, event);
    set(figure, figure.held, (2 * x - 1) * REACH);
  };
  const barAt = ({ clientY }) => {
    const boxes = figure.rows.map((bar) => bar.getBoundingClientRect());
    const away = boxes.map(({ top, bottom }) => Math.abs((top + bottom) / 2 - clientY));
    return away.indexOf(Math.min(...away));
  };
  bars.onpointerdown = (event) => {
    figure.held = barAt(event);
    figure.start = [event.clientX, event.clientY];
    focus(figure, figure.held);
    bars.setPointerCapture(event.pointerId);
    // A finger may be about to scroll.
    if (event.pointerType === "mouse") take(event);
    event.preventDefault();
  };
  bars.onpointermove = (event) => {
    if (figure.held < 0) return;
    const across = Math.abs(event.clientX - figure.start[0]);
    if (event.pointerType === "mouse" || across > DECIDED) take(event);
  };
  bars.onpointerup = (event) => {
    if (figure.held >= 0) take(event);
    figure.held = -1;
  };
  bars.onpointercancel = () => {
    figure.held = -1;
  };
}

function receive(figure) {
  figure.paint = pictureOn(figure.find("canvas"), figure.decoder.network.outputShape);
  plan(figure);
}

// However many events come, one decoding per animation frame.
function plan(figure) {
  if (figure.planned || !figure.decoder.network) return;
  figure.planned = requestAnimationFrame(() => {
    figure.planned = 0;
    draw(figure);
  });
}

function draw({ find, data, values, decoder, paint }) {
  if (find("button").disabled) return; // the server's own reconstruction is on screen
  const code = values.map((value, axis) => data.mean[axis] + data.std[axis] * value);
  const output = follow(decoder.network, code);
  if (!output) return;
  paint(output);
  const canvas = find("canvas");
  canvas.hidden = false;
  canvas.dataset.z = code.join(",");
  find(".output img").hidden = true;
  const squares = data.pixels.map((level, i) => (level / 255 - output[i]) ** 2);
  const sum = squares.reduce((total, square) => total + square, 0);
  find(".value").textContent = (sum / squares.length).toFixed(4);
}
