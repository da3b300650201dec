// A 28x28 drawing: the bytes on screen are the bytes that are sent, after a stroke.

import { recall, remember } from "../live/reporting.js";
import { ARROWS, distanceToSegment, placeIn } from "../surface.js";

const SIDE = 28;
const UNDO_STEPS = 50;

// The drawing of each mounted canvas. Streamlit runs the default export again on the
// same parentElement whenever the data changes; only another revision starts from the data.
const drawings = new WeakMap();

/** @param {Component} component */
export default function ({ parentElement, data, setStateValue }) {
  const { revision, start, side } = data;
  const known = drawings.get(parentElement);
  const drawing = known?.revision === revision ? known : newDrawing(revision, start);
  drawings.set(parentElement, drawing);
  drawing.send = (values) => setStateValue("moved", { revision, values });
  const view = find(parentElement);
  view.frame.style.setProperty("--side", `${side}px`);
  bindPointer(drawing, view);
  bindKeyboard(drawing, view);
  bindControls(drawing, view);
  paint(drawing, view);
  showCursor(drawing, view);
  return () => {
    unbind(view);
    drawings.delete(parentElement);
  };
}

function newDrawing(revision, start) {
  return {
    revision,
    pixels: fromBase64(recall(revision, start)),
    undo: [],
    stroke: null, // { pointer, before, cover, last } while one is drawn
    eraser: false,
    cursor: [SIDE / 2 + 0.5, SIDE / 2 + 0.5],
    sent: 0,
    send: null,
  };
}

function find(root) {
  const named = (name) => root.querySelector(`[name="${name}"]`);
  return {
    frame: root.querySelector(".frame"),
    canvas: root.querySelector("canvas"),
    hint: root.querySelector(".hint"),
    cursor: root.querySelector(".cursor"),
    spoken: root.querySelector(".spoken"),
    size: named("size"),
    sizeShown: named("size-shown"),
    level: named("level"),
    levelShown: named("level-shown"),
    eraser: named("eraser"),
    undo: named("undo"),
    clear: named("clear"),
  };
}

// Strokes -----------------------------------------------------------------------

function beginStroke(drawing, pointer) {
  const before = drawing.pixels.slice();
  drawing.stroke = { pointer, before, cover: new Float32Array(SIDE * SIDE), last: null };
}

// Cover, for each pixel, how much of it the soft brush has touched in this stroke, and
// mix once: going over the same place twice leaves its soft edge as it is.
function extendStroke(drawing, view, point) {
  const { before, cover, last } = drawing.stroke;
  const radius = Number(view.size.value) / 2;
  const level = drawing.eraser ? 0 : Number(view.level.value) * 2.55;
  for (let i = 0; i < cover.length; i++) {
    const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
    const touched = radius + 0.5 - distanceToSegment([x, y], last ?? point, point);
    cover[i] = Math.max(cover[i], Math.min(1, touched));
    drawing.pixels[i] = Math.round(before[i] + (level - before[i]) * cover[i]);
  }
  drawing.stroke.last = point;
}

function endStroke(drawing, view) {
  const { before } = drawing.stroke;
  drawing.stroke = null;
  commit(drawing, view, before);
}

function dab(drawing, view) {
  beginStroke(drawing, null);
  extendStroke(drawing, view, drawing.cursor);
  endStroke(drawing, view);
}

function commit(drawing, view, before) {
  if (before.some((value, i) => value !== drawing.pixels[i])) {
    drawing.undo.push(before);
    drawing.undo.splice(0, drawing.undo.length - UNDO_STEPS);
    report(drawing);
  }
  paint(drawing, view);
}

function undo(drawing, view) {
  if (drawing.stroke || drawing.undo.length === 0) return;
  drawing.pixels = drawing.undo.pop();
  report(drawing);
  paint(drawing, view);
}

function clear(drawing, view) {
  if (drawing.stroke) return;
  const before = drawing.pixels;
  drawing.pixels = new Uint8Array(SIDE * SIDE);
  drawing.eraser = false; // on an empty page it would draw nothing
  commit(drawing, view, before);
}

function report(drawing) {
  drawing.sent += 1;
  const text = btoa(String.fromCharCode(...drawing.pixels));
  remember(drawing.revision, text);
  drawing.send(text);
}

// Screen ------------------------------------------------------------------------

function paint(drawing, view) {
  const image = new ImageData(SIDE, SIDE);
  for (const [i, value] of drawing.pixels.entries()) {
    image.data.set([value, value, value, 255], 4 * i);
  }
  view.canvas.getContext("2d").putImageData(image, 0, 0);
  view.canvas.dataset.sent = drawing.sent;
  const empty = drawing.pixels.every((value) => value === 0);
  view.hint.hidden = !empty;
  view.clear.disabled = empty;
  view.undo.disabled = drawing.undo.length === 0;
  view.eraser.setAttribute("aria-pressed", String(drawing.eraser));
  view.sizeShown.value = `${view.size.value} px`;
  view.levelShown.value = `${view.level.value}%`;
}

function showCursor(drawing, view) {
  const [x, y] = drawing.cursor;
  const percent = (value) => `${(100 * value) / SIDE}%`;
  const size = percent(Number(view.size.value));
  Object.assign(view.cursor.style, {
    left: percent(x),
    top: percent(y),
    width: size,
    height: size,
  });
}

function speak(drawing, view) {
  const [column, row] = drawing.cursor.map(Math.floor);
  const percent = Math.round(drawing.pixels[row * SIDE + column] / 2.55);
  view.spoken.textContent = `Column ${column + 1}, row ${row + 1}, ${percent}% bright`;
}

// Input -------------------------------------------------------------------------

function bindPointer(drawing, view) {
  const { canvas } = view;
  const mine = (event) => drawing.stroke && drawing.stroke.pointer === event.pointerId;
  canvas.onpointerdown = (event) => {
    if (drawing.stroke || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    beginStroke(drawing, event.pointerId);
    follow(drawing, view, event);
  };
  canvas.onpointermove = (event) => {
    if (mine(event)) return follow(drawing, view, event);
    if (drawing.stroke) return;
    drawing.cursor = position(canvas, event);
    showCursor(drawing, view);
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (mine(event)) endStroke(drawing, view);
  };
}

function follow(drawing, view, event) {
  const steps = event.getCoalescedEvents?.() ?? [];
  for (const step of steps.length ? steps : [event]) {
    drawing.cursor = position(view.canvas, step);
    extendStroke(drawing, view, drawing.cursor);
  }
  paint(drawing, view);
  showCursor(drawing, view);
}

function bindKeyboard(drawing, view) {
  view.canvas.onkeydown = (event) => {
    const action = keyAction(event);
    if (!action) return;
    event.preventDefault();
    if (drawing.stroke) return;
    action(drawing, view, event);
    showCursor(drawing, view);
    speak(drawing, view);
  };
}

function keyAction(event) {
  const command = event.ctrlKey || event.metaKey;
  if (command) return event.key.toLowerCase() === "z" ? undo : null;
  if (event.key in ARROWS) return move;
  if (event.key === " " || event.key === "Enter") return dab;
  if (event.key === "Delete" || event.key === "Backspace") return clear;
  return null;
}

// The cursor rests on the middle of a pixel, whatever the mouse left behind.
function move(drawing, _view, event) {
  const step = ARROWS[event.key];
  drawing.cursor = drawing.cursor.map((value, axis) => {
    const cell = Math.floor(value) + step[axis];
    return Math.min(SIDE - 1, Math.max(0, cell)) + 0.5;
  });
}

function bindControls(drawing, view) {
  view.eraser.onclick = () => {
    drawing.eraser = !drawing.eraser;
    paint(drawing, view);
  };
  view.undo.onclick = () => undo(drawing, view);
  view.clear.onclick = () => clear(drawing, view);
  view.size.oninput = view.level.oninput = () => {
    paint(drawing, view);
    showCursor(drawing, view);
  };
}

function unbind({ canvas, size, level, eraser, undo, clear }) {
  canvas.onpointerdown = canvas.onpointermove = canvas.onkeydown = null;
  canvas.onpointerup = canvas.onpointercancel = null;
  size.oninput = level.oninput = null;
  eraser.onclick = undo.onclick = clear.onclick = null;
}

// Geometry and bytes ------------------------------------------------------------

function position(canvas, event) {
  return placeIn(canvas, event).map((share) => share * SIDE);
}

function fromBase64(text) {
  const pixels = new Uint8Array(SIDE * SIDE);
  if (text) pixels.set(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  return pixels;
}
