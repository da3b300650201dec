// Draws a map as it stands: points, what lies above them, and the panel beside. At most
// one frame of it, and one decoding, per animation frame.
import { follow } from "../live/decoder.js";
import { toMap, toScreen } from "./camera.js";
import { pointsWithin } from "./grid.js";
import { cornersOf } from "./lasso.js";
import { classColour, classShape, isDark, rampColour, rgbOf } from "./palette.js";
import { GREYED } from "./points.js";
import { showNearest, tellPlace } from "./preview.js";
import { askAnew, pictureOf } from "./thumbnails.js";

const FEW_POINTS = 80; // so few in view are shown as pictures
const VERY_FEW = 30; // so few are shown larger
const PICTURE_SIDES = [60, 36];
const SLACK = 2; // pixels around a point that count as it
const NEAR = 0.02; // of the map's extent: farther from every point there is no data

/** @param {LatentMap} map */
export function planMap(map) {
  map.planned ||= requestAnimationFrame(() => {
    map.planned = 0;
    if (map.content) drawMap(map);
  });
}

function drawMap(map) {
  if (map.moved) {
    map.moved = false;
    map.painter.draw(map.camera, pointRadius(map));
    map.drawn += 1;
    map.root.dataset.drawn = map.drawn;
  }
  askAnew(map.thumbnails);
  const [u, v] = map.cursor ?? map.pin ?? map.home;
  decodePlace(map, u, v);
  describePlace(map, u, v);
  map.overlay.draw(map.camera, map.colours, aboveThePoints(map));
}

// Points -----------------------------------------------------------------------------

// Larger where there are few, and larger, but not as much, when seen from close by.
function pointRadius({ content, camera }) {
  const apart = Math.min(1.2 + 120 / Math.sqrt(content.n), 5);
  const room = Math.min(Math.max(Math.min(camera.width, camera.height) / 560, 0.7), 1);
  return Math.min(apart * room * Math.max(camera.zoom, 1) ** 0.4, 8);
}

export function coloursOf(root) {
  const style = getComputedStyle(root);
  const named = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const background = named("background-color") || "#ffffff";
  return {
    text: named("text-color") || "#31333f",
    accent: named("primary-color") || "#0072b2",
    font: named("font") || "sans-serif",
    background,
    dark: isDark(background),
  };
}

// Whether a point is in question: neither left out by the selection nor by the legend.
export function isShown({ selected, isolated, content }, i) {
  if (isolated !== null && content.labels[i] !== isolated) return false;
  return !selected || ((selected[i >> 3] >> (7 - (i & 7))) & 1) === 1;
}

// Four bytes a point: red, green, blue, shape.
export function looksOf(map) {
  const { n, labels } = map.content;
  const { dark, text } = map.colours;
  const looks = map.looks?.length === 4 * n ? map.looks : new Uint8Array(4 * n);
  const grey = rgbOf(text).map((c) => Math.round(128 + (c - 128) * 0.3));
  const byClass = map.classes.map((_, label) => rgbOf(classColour(label, dark)));
  const every = Array.from({ length: 256 }, (_, level) => level);
  const ramp = every.map((level) => rampColour(level, dark));
  for (let i = 0; i < n; i++) {
    const shown = isShown(map, i);
    const own = map.levels ? ramp[map.levels[i]] : byClass[labels[i]];
    const colour = shown ? own : grey;
    looks[4 * i] = colour[0];
    looks[4 * i + 1] = colour[1];
    looks[4 * i + 2] = colour[2];
    looks[4 * i + 3] = classShape(labels[i]) + (shown ? 0 : GREYED);
  }
  return looks;
}

// Above the points -------------------------------------------------------------------

function aboveThePoints(map) {
  const { camera, content, classes, isolated, data } = map;
  const at = (u, v) => toScreen(camera, u, v);
  const point = (i) => at(content.points[2 * i], content.points[2 * i + 1]);
  return {
    lines: data.lines.map(([from, to]) => [point(from), point(to)]),
    pictures: picturesInView(map, point),
    names: map.names.map(({ label, u, v }) => {
      const faint = isolated !== null && isolated !== label;
      return { name: classes[label], at: at(u, v), faint };
    }),
    marks: data.marks.map(({ label, u, v }) => ({ label, at: at(u, v) })),
    outline: map.outline ? cornersOf(map.outline) : map.polygon.map((corner) => at(...corner)),
    pin: map.pin && at(...map.pin),
    cursor: map.cursor && at(...map.cursor),
  };
}

function picturesInView(map, point) {
  const { camera, grid, thumbnails, content } = map;
  const [u0, v1] = toMap(camera, 0, 0);
  const [u1, v0] = toMap(camera, camera.width, camera.height);
  const found = pointsWithin(grid, { u0, v0, u1, v1 }, FEW_POINTS) ?? [];
  const most = PICTURE_SIDES[found.length <= VERY_FEW ? 0 : 1];
  return found.flatMap((i) => {
    const canvas = pictureOf(thumbnails, i);
    if (!canvas) return [];
    const whole = Math.max(Math.floor(most / canvas.width), 1) * canvas.width;
    const [side, label] = [Math.min(whole, most), content.labels[i]];
    return { at: point(i), canvas, side, label, faint: !isShown(map, i) };
  });
}

// Beside the map ---------------------------------------------------------------------

function decodePlace(map, u, v) {
  const { decode, preview } = map;
  const { network } = map.decoder;
  if (!network || !preview.paint) return;
  if (map.shown && map.shown[0] === u && map.shown[1] === v) return;
  const z = decode(u, v);
  const pixels = follow(network, z);
  if (!pixels) return;
  map.shown = network.follow ? null : [u, v];
  preview.paint(pixels);
  map.frames += 1;
  preview.canvas.dataset.z = z.join(",");
  preview.canvas.dataset.frame = map.frames;
}

// The point nearest to a place, whether the place is on it, whether far from it.
/** @param {LatentMap} map @param {number} u @param {number} v */
export function pointNear(map, u, v) {
  const { indices, squared } = map.nearest(u, v);
  const distance = Math.sqrt(squared[0]);
  const reach = Math.max(pointRadius(map), 3) + SLACK;
  const on = distance * map.camera.scale <= reach;
  const empty = distance > NEAR * map.grid.extent;
  return { i: indices[0], on, empty, far: isFar(map, u, v) };
}

// Whether the code of the lattice's nearest place lies far from the data.
function isFar({ far }, u, v) {
  if (!far) return false;
  const [column, row] = [u - far.low[0], v - far.low[1]].map((x) => Math.round(x / far.step));
  const at = Math.min(Math.max(column, 0), far.side - 1);
  const cell = Math.min(Math.max(row, 0), far.side - 1) * far.side + at;
  return ((far.bits[cell >> 3] >> (7 - (cell & 7))) & 1) === 1;
}

function describePlace(map, u, v) {
  const { i, ...found } = pointNear(map, u, v);
  const name = map.classes[map.content.labels[i]];
  const look = map.cursor ? "pointed" : map.pin ? "pinned" : "start";
  tellPlace(map.preview, [u, v], look, { ...found, name });
  const picture = pictureOf(map.thumbnails, i);
  showNearest(map.preview, picture, name, i, !map.thumbnails.images);
}
