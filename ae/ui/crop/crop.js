// A square on a picture: its centre in shares of width and height, its side in shares
// of the shorter side. Nothing is sent while it is dragged, one message when let go.

import { recall, remember } from "../live/reporting.js";
import { ARROWS, placeIn } from "../surface.js";

const STEP = 0.01;
const FAR = 0.05;
const RESIZE_STEP = 0.02;
const BUTTON_STEP = 0.1;
const SETTLED_MS = 250; // after the last key

// Of each mounted component. Streamlit runs the default export again on the same
// parentElement whenever the data change; only another revision starts from the data.
const views = new WeakMap();

/** @param {Component} component */
export default function ({ parentElement, data, setStateValue }) {
  const view = views.get(parentElement) ?? find(parentElement);
  views.set(parentElement, view);
  const { revision } = data;
  view.send = (values) => {
    remember(revision, values);
    setStateValue("moved", { revision, values });
  };
  if (view.revision !== revision) begin(view, data);
  bindPointer(view);
  bindKeyboard(view);
  bindButtons(view);
  return () => {
    clearTimeout(view.timer);
    views.delete(parentElement);
  };
}

function find(root) {
  const named = (name) => root.querySelector(`[name="${name}"]`);
  return {
    stage: root.querySelector(".stage"),
    image: root.querySelector("img"),
    hole: root.querySelector(".hole"),
    frame: root.querySelector(".frame"),
    handles: root.querySelectorAll(".handle"),
    smaller: named("smaller"),
    larger: named("larger"),
    spoken: root.querySelector("#spoken"),
    revision: "",
    timer: 0,
  };
}

function begin(view, { revision, start, picture, size, least }) {
  clearTimeout(view.timer);
  const square = recall(revision, start);
  Object.assign(view, { revision, size, least, square, sent: square, drag: null });
  view.image.src = picture;
  view.image.alt = `Your picture, ${size[0]} by ${size[1]} pixels`;
  view.stage.style.setProperty("--ratio", size[0] / size[1]);
  show(view);
  speak(view);
}

// Geometry ----------------------------------------------------------------------

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const round = (value) => Math.round(value * 1e5) / 1e5;
const same = (a, b) => a.x === b.x && a.y === b.y && a.share === b.share;

// The square's side in shares of the picture's width and height.
function sides({ size }, share) {
  const side = share * Math.min(...size);
  return size.map((length) => side / length);
}

function place(view, x, y, share) {
  const kept = clamp(share, view.least, 1);
  const [width, height] = sides(view, kept);
  view.square = {
    x: round(clamp(x, width / 2, 1 - width / 2)),
    y: round(clamp(y, height / 2, 1 - height / 2)),
    share: round(kept),
  };
  show(view);
}

// The opposite corner stays where it is; the side follows the pointer along the diagonal.
function resize(view, corner, point) {
  const { size, drag } = view;
  const before = sides(view, drag.square.share);
  const middle = [drag.square.x, drag.square.y];
  const fixed = middle.map((value, axis) => value - (corner[axis] * before[axis]) / 2);
  const along = corner.map((way, axis) => way * (point[axis] - fixed[axis]) * size[axis]);
  const room = corner.map((way, axis) => (way > 0 ? 1 - fixed[axis] : fixed[axis]) * size[axis]);
  const shorter = Math.min(...size);
  const wanted = (along[0] + along[1]) / 2;
  const side = Math.min(Math.max(wanted, view.least * shorter), ...room);
  const [x, y] = fixed.map((value, axis) => value + (corner[axis] * side) / 2 / size[axis]);
  place(view, x, y, side / shorter);
}

// Screen ------------------------------------------------------------------------

function show(view) {
  const { x, y, share } = view.square;
  const [width, height] = sides(view, share);
  const percent = (value) => `${100 * value}%`;
  const style = {
    left: percent(x - width / 2),
    top: percent(y - height / 2),
    width: percent(width),
    height: percent(height),
  };
  Object.assign(view.hole.style, style);
  Object.assign(view.frame.style, style);
}

function speak(view) {
  const [x, y, share] = ["x", "y", "share"].map((n) => Math.round(100 * view.square[n]));
  view.spoken.textContent = `Size ${share} %, centre ${x} % from the left and ${y} % from the top`;
}

function send(view) {
  clearTimeout(view.timer);
  speak(view);
  if (same(view.square, view.sent)) return;
  view.sent = view.square;
  view.send(view.square);
}

function sendSoon(view) {
  clearTimeout(view.timer);
  speak(view);
  view.timer = setTimeout(() => send(view), SETTLED_MS);
}

// Input -------------------------------------------------------------------------

function bindPointer(view) {
  follow(view, view.frame, (point) => {
    const { grabbed, square } = view.drag;
    const [x, y] = [square.x + point[0] - grabbed[0], square.y + point[1] - grabbed[1]];
    place(view, x, y, square.share);
  });
  for (const handle of view.handles) {
    const corner = handle.dataset.corner.split(" ").map(Number);
    follow(view, handle, (point) => {
      const { grabbed, square } = view.drag;
      const before = sides(view, square.share);
      const middle = [square.x, square.y];
      // As far from the corner as it was grabbed.
      const target = point.map(
        (value, axis) => value - grabbed[axis] + middle[axis] + (corner[axis] * before[axis]) / 2,
      );
      resize(view, corner, target);
    });
  }
  // Only a tap or click counts: a finger that scrolls the page makes none.
  view.image.onclick = (event) => {
    const [x, y] = placeIn(view.stage, event);
    place(view, x, y, view.square.share);
    send(view);
  };
}

function follow(view, element, move) {
  const mine = (event) => view.drag?.pointer === event.pointerId;
  element.onpointerdown = (event) => {
    event.stopPropagation(); // a handle lies in the frame
    if (view.drag || event.button !== 0) return;
    clearTimeout(view.timer);
    element.setPointerCapture(event.pointerId);
    const grabbed = placeIn(view.stage, event);
    view.drag = { pointer: event.pointerId, element, grabbed, square: view.square };
  };
  element.onpointermove = (event) => {
    if (mine(event) && view.drag.element === element) move(placeIn(view.stage, event));
  };
  element.onpointerup = element.onpointercancel = (event) => {
    if (!mine(event)) return;
    view.drag = null;
    send(view);
  };
}

function bindKeyboard(view) {
  view.frame.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { x, y, share } = view.square;
    const size = { "+": 1, "=": 1, "-": -1, _: -1 }[event.key];
    if (event.key in ARROWS) {
      const [right, down] = ARROWS[event.key];
      const step = event.shiftKey ? FAR : STEP;
      arrive(view, event, x + right * step, y + down * step, share);
    } else if (size) {
      arrive(view, event, x, y, share + size * RESIZE_STEP);
    } else if (event.key === "Home") {
      arrive(view, event, 0.5, 0.5, share);
    }
  };
}

function arrive(view, event, x, y, share) {
  event.preventDefault();
  if (view.drag) return;
  place(view, x, y, share);
  sendSoon(view);
}

function bindButtons(view) {
  const by = (step) => () => {
    const { x, y, share } = view.square;
    place(view, x, y, share + step);
    sendSoon(view);
  };
  view.smaller.onclick = by(-BUTTON_STEP);
  view.larger.onclick = by(BUTTON_STEP);
}
