// What lies above the points of a map: lines, small pictures, names, marks, the pin.

import { spreadNames } from "./labels.js";
import { classColour, traceCorners } from "./palette.js";

const NAME_FONT = 13;
const ARM = 11; // pixels of the crosshair on either side
const MARK_SIDE = 9; // from its middle to a corner
const MARK_GAP = 14; // from there to its name
const TAU = 2 * Math.PI;

// colours: { text, background, accent, dark, font }.
export function newOverlay(canvas) {
  const context = canvas.getContext("2d");
  return {
    resize(width, height, ratio) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
    },
    // Names and what they name are at [x, y] on screen.
    draw(camera, colours, { lines, pictures, names, marks, outline, pin, cursor }) {
      context.clearRect(0, 0, camera.width, camera.height);
      drawLines(context, colours, lines);
      drawPictures(context, colours, pictures);
      drawOutline(context, colours, outline);
      drawNames(context, camera, colours, names, marks);
      for (const mark of marks) drawMark(context, colours, mark);
      if (pin) drawPin(context, colours, pin);
      if (cursor) drawCursor(context, colours, cursor);
    },
  };
}

function drawLines(context, { text }, lines) {
  context.strokeStyle = text;
  context.lineWidth = 1.25;
  context.globalAlpha = 0.65;
  context.beginPath();
  for (const [from, to] of lines) {
    context.moveTo(...from);
    context.lineTo(...to);
  }
  context.stroke();
  context.globalAlpha = 1;
}

// Each { at, canvas, side, label, faint }, with a frame in its class's colour.
function drawPictures(context, { dark }, pictures) {
  context.imageSmoothingEnabled = false;
  for (const { at, canvas, side, label, faint } of pictures) {
    const [x, y] = [Math.round(at[0] - side / 2), Math.round(at[1] - side / 2)];
    context.globalAlpha = faint ? 0.3 : 1;
    context.fillStyle = classColour(label, dark);
    context.fillRect(x - 2, y - 2, side + 4, side + 4);
    context.drawImage(canvas, x, y, side, side);
  }
  context.globalAlpha = 1;
}

function drawOutline(context, { accent }, corners) {
  if (corners.length < 2) return;
  context.beginPath();
  traceCorners(context, corners);
  context.fillStyle = context.strokeStyle = accent;
  context.globalAlpha = 0.1;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.stroke();
}

function drawNames(context, camera, colours, names, marks) {
  context.font = `600 ${NAME_FONT}px ${colours.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const inView = names
    .map(({ name, at: [x, y], faint }) => {
      return { name, x, y, faint, width: context.measureText(name).width };
    })
    .filter(({ x, y }) => x > 0 && y > 0 && x < camera.width && y < camera.height);
  const taken = marks.map(({ label, at: [x, y] }) => {
    const width = context.measureText(label).width + MARK_SIDE + MARK_GAP;
    return { x: x - MARK_SIDE + width / 2, y, width };
  });
  for (const { name, x, y, width, faint } of spreadNames(inView, taken)) {
    const half = Math.min(width / 2 + 3, camera.width / 2);
    const inside = Math.min(Math.max(x, half), camera.width - half);
    context.globalAlpha = faint ? 0.35 : 1;
    haloText(context, colours, name, inside, y);
  }
  context.globalAlpha = 1;
}

function haloText(context, { text, background }, words, x, y) {
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = background;
  context.strokeText(words, x, y);
  context.fillStyle = text;
  context.fillText(words, x, y);
}

// A placed image: a diamond and its name.
function drawMark(context, colours, { label, at: [x, y] }) {
  context.beginPath();
  const r = MARK_SIDE;
  traceCorners(context, [
    [x, y - r],
    [x + r, y],
    [x, y + r],
    [x - r, y],
  ]);
  haloStroke(context, colours, colours.text);
  context.font = `600 ${NAME_FONT}px ${colours.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  haloText(context, colours, label, x + MARK_GAP, y);
}

function drawPin(context, colours, [x, y]) {
  context.beginPath();
  context.arc(x, y, 8, 0, TAU);
  haloStroke(context, colours, colours.accent, 3);
  context.beginPath();
  context.arc(x, y, 2.5, 0, TAU);
  context.fillStyle = colours.accent;
  context.fill();
}

function drawCursor(context, colours, [x, y]) {
  context.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ]) {
    context.moveTo(x + 3 * dx, y + 3 * dy);
    context.lineTo(x + ARM * dx, y + ARM * dy);
  }
  haloStroke(context, colours, colours.text);
}

function haloStroke(context, { background }, colour, width = 2) {
  context.lineWidth = width + 3;
  context.strokeStyle = background;
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}
