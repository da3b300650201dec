// A map of a latent space. Pointing anywhere decodes that place at once, without asking
// the server, which hears of a click (the pin) and of an outline (the selection).
import { fillAlbum, newAlbum } from "./thumbnails.js";
import { newCamera, resizeView, showAll } from "./camera.js";
import { newDecoding } from "./decoding.js";
import { deliver, request, withdraw } from "../live/delivery.js";
import { newGrid, newSearch } from "./grid.js";
import { densestPlaces } from "./labels.js";
import { countInWords, fillLegend } from "./legend.js";
import { bindControls, buildTools } from "./controls.js";
import { coloursOf, isShown, looksOf, planMap, pointNear } from "./scene.js";
import { newOverlay } from "./overlay.js";
import { readPayload } from "./payload.js";
import { newCanvasPainter, newGraphicsPainter } from "./points.js";
import { coordinate, fitPreview, newPreview } from "./preview.js";
import { placeInWords, prepareLive, showAlone } from "./preview.js";
import { make } from "../live/screen.js";
import { recall, remember } from "../live/turns.js";

// What is on screen, by parentElement: Streamlit runs the default export again on the
// same one when data or theme change, and need not clean up in between.
const maps = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  if (data instanceof Uint8Array) return deliver(data, readPayload);
  const map = maps.get(parentElement) ?? newMap(parentElement);
  maps.set(parentElement, map);
  map.send = setStateValue;
  const run = ++map.runs;
  updateMap(map, data);
  return () => {
    // The clean-up of an overtaken run may come late, when the next one is on screen.
    if (run === map.runs) closeMap(map, parentElement);
  };
}

function newMap(parent) {
  const map = {
    runs: 0,
    frames: 0, // decoded
    drawn: 0, // the points
    planned: 0, // animation frame
    data: null,
    turn: null,
    pin: null, // [u, v]
    polygon: [],
    cursor: null, // [u, v] under pointer or keys
    outline: null, // being drawn
    isolated: null, // label
    content: null, // points, codes and labels
    network: null,
    images: null,
    painter: null,
    waits: { decoder: {}, points: {}, images: {} },
    ...buildMap(parent),
  };
  map.overlay = newOverlay(map.above);
  map.album = newAlbum(() => planMap(map));
  bindControls(map, (changes) => settle(map, changes));
  map.refit = () => refitMap(map);
  map.sizes = new ResizeObserver(map.refit);
  map.sizes.observe(map.surface);
  window.addEventListener("resize", map.refit); // zooming, too
  return map;
}

function buildMap(parent) {
  const root = make("div", "map");
  root.dataset.testid = "latent-map";
  const layout = make("div", "layout");
  const main = make("div", "main");
  const tools = buildTools();
  const surface = make("div", "surface");
  surface.tabIndex = 0;
  surface.setAttribute("role", "application");
  const points = make("canvas");
  const above = make("canvas");
  const notice = make("p", "notice", "Loading the map\u2026");
  surface.append(points, above, notice);
  const spoken = make("p", "spoken");
  spoken.setAttribute("aria-live", "polite");
  const frame = make("div", "frame");
  frame.append(surface, tools.status);
  main.append(tools.tools, frame, spoken);
  const preview = newPreview();
  const legend = make("div", "legend");
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", "Classes");
  layout.append(main, preview.root, legend);
  root.append(layout);
  parent.append(root);
  return { root, surface, points, above, notice, spoken, preview, legend, ...tools };
}

function closeMap(map, parent) {
  cancelAnimationFrame(map.planned);
  map.sizes.disconnect();
  window.removeEventListener("resize", map.refit);
  for (const who of Object.values(map.waits)) withdraw(who);
  fillAlbum(map.album, null, null, null);
  keepView(map);
  map.painter?.release();
  map.content = null;
  map.root.remove();
  maps.delete(parent);
}

// From the server --------------------------------------------------------------------

function updateMap(map, data) {
  const before = map.data ?? {};
  map.data = data;
  map.classes = data.classes;
  map.selected = data.selected && bytesOf(data.selected);
  map.levels = data.colouring && bytesOf(data.colouring.levels);
  map.preview.canvas.setAttribute("aria-label", data.alt);
  if (map.turn !== data.turn) startTurn(map, data);
  if (before.points !== data.points) forgetPoints(map);
  if (before.decoder !== data.decoder) map.network = null;
  if (before.images !== data.images) map.images = null;
  awaitContent(map);
  if (map.content) show(map);
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

// Within a turn this side knows best; a new turn starts where the server says.
function startTurn(map, { turn, start }) {
  map.turn = turn;
  [map.pin, map.polygon] = recall(turn, [start.pin, start.polygon]);
}

function forgetPoints(map) {
  keepView(map);
  map.content = null;
  map.isolated = null;
  map.cursor = null;
}

function awaitContent(map) {
  const { data, waits } = map;
  const wait = (what, take) => {
    if (data[what]) request(waits[what], data[what], (answer) => take(map, answer));
  };
  if (!map.content) wait("points", takePoints);
  if (!map.network) wait("decoder", takeDecoder);
  if (!map.images) wait("images", takeImages);
  showAlone(map.preview, !data.decoder);
}

function takePoints(map, { content, problem }) {
  if (problem) {
    map.notice.textContent = `The map cannot be shown: ${problem}.`;
    map.notice.hidden = false;
    return;
  }
  map.content = content;
  map.digest = map.data.points;
  map.notice.hidden = true;
  map.grid = newGrid(content.points);
  map.nearest = newSearch(map.grid, 1);
  map.names = densestPlaces(map.grid, content.labels, map.classes.length);
  const { u0, v0, u1, v1 } = map.grid.bounds;
  map.home = [(u0 + u1) / 2, (v0 + v1) / 2];
  map.camera = newCamera(map.grid.bounds);
  showAll(map.camera);
  const { camera } = map;
  const whole = [camera.u, camera.v, camera.zoom];
  [camera.u, camera.v, camera.zoom] = recall(map.digest, whole);
  hangPainter(map);
  show(map);
}

function takeDecoder(map, { content: network, problem }) {
  const reason = problem ?? misfitOf(map, network);
  if (reason) return map.send("failed", { digest: map.data.decoder, reason });
  map.network = network;
  prepareLive(map.preview, network.outputShape);
  if (map.content) show(map);
}

function misfitOf({ data }, { inputSize, outputShape: shape }) {
  if (inputSize !== data.latentDim) {
    return `the decoder takes ${inputSize} numbers, the codes have ${data.latentDim}`;
  }
  if (shape.length !== 3 || ![1, 3].includes(shape[2])) return "it makes no picture";
  return null;
}

function takeImages(map, { content: images }) {
  map.images = images; // none if they are damaged
  if (map.content) show(map);
}

function hangPainter(map) {
  map.painter?.release();
  const { points } = map.content;
  // A lost context is not waited for: drawing goes on without the graphics card.
  const lost = () => {
    map.painter = newCanvasPainter(newSheet(map), points);
    show(map);
  };
  map.painter = newGraphicsPainter(newSheet(map), points, lost);
  map.painter ??= newCanvasPainter(newSheet(map), points);
}

// A canvas that has drawn one way cannot draw another.
function newSheet(map) {
  const canvas = make("canvas");
  map.points.replaceWith(canvas);
  map.points = canvas;
  return canvas;
}

// Everything that hangs on the data: then the next frame is drawn.
function show(map) {
  const { data, content } = map;
  map.colours = coloursOf(map.root);
  map.decode = newDecoding(data.decoding, map.grid, content.codes, content.latentDim);
  map.shown = null;
  fillAlbum(map.album, map.images, data.images ? null : map.network, content);
  map.surface.setAttribute("aria-label", inWordsOf(map));
  restyle(map);
  refitMap(map);
}

function inWordsOf({ content, classes }) {
  return (
    `Map of ${countInWords(content.n)} points in ${classes.length} classes. ` +
    "Arrow keys move a crosshair, Enter pins, plus and minus zoom, Escape takes back."
  );
}

function restyle(map) {
  map.root.dataset.drawing = map.painter.kind;
  map.looks = looksOf(map);
  map.painter.setLooks(map.looks);
  map.moved = true;
  const { shown, total } = countClasses(map);
  const { colouring } = map.data;
  const classes = map.classes.map((name, label) => {
    return { label, name, shown: shown[label], total: total[label] };
  });
  const { isolated, selected, colours } = map;
  const spec = { classes, colouring, isolated, selecting: selected !== null };
  fillLegend(map.legend, { ...spec, ...colours }, (label) => {
    map.isolated = label;
    restyle(map);
  });
  tellSelection(map, shown);
  planMap(map);
}

function countClasses(map) {
  const { n, labels } = map.content;
  const [shown, total] = [0, 0].map(() => new Array(map.classes.length).fill(0));
  const everyClass = { ...map, isolated: null };
  for (let i = 0; i < n; i++) {
    total[labels[i]] += 1;
    if (isShown(everyClass, i)) shown[labels[i]] += 1;
  }
  return { shown, total };
}

function tellSelection(map, shown) {
  const sum = shown.reduce((a, b) => a + b, 0);
  const [some, all] = [sum, map.content.n].map(countInWords);
  const words = map.selected ? `${some} of ${all} points selected` : "";
  if (words && words !== map.chosen.textContent) map.spoken.textContent = words;
  map.chosen.textContent = words;
  tellOutline(map);
}

function tellOutline({ status, clear, selected, polygon }) {
  clear.hidden = !polygon.length;
  status.hidden = !polygon.length && !selected;
}

// To the server ----------------------------------------------------------------------

function settle(map, changes) {
  const { pin } = changes;
  if (pin && map.pin && pin[0] === map.pin[0] && pin[1] === map.pin[1]) return;
  Object.assign(map, changes);
  if (pin) tellPin(map);
  tellOutline(map);
  const { turn, pin: place, polygon } = map;
  remember(turn, [place, polygon]);
  map.send("view", { turn, pin: place, polygon, has: arrivedDigests(map) });
  planMap(map);
}

function tellPin(map) {
  const [u, v] = map.pin;
  const { i, on, empty } = pointNear(map, u, v);
  const name = map.classes[map.content.labels[i]];
  const at = `${coordinate(u)}, ${coordinate(v)}`;
  map.spoken.textContent = `Pinned at ${at}. ${placeInWords({ on, empty, name })}`;
}

// What need not be sent again.
function arrivedDigests({ data, network, content, images }) {
  const here = { decoder: network, points: content, images };
  return Object.keys(here)
    .filter((what) => data[what] && here[what])
    .map((what) => data[what]);
}

// What part of these points is in view, for when they come back.
function keepView({ content, camera, digest }) {
  if (content) remember(digest, [camera.u, camera.v, camera.zoom]);
}

// Size -------------------------------------------------------------------------------

function refitMap(map) {
  fitPreview(map.preview);
  const [width, height] = [map.surface.clientWidth, map.surface.clientHeight];
  if (!map.content || !width || !height) return;
  const ratio = window.devicePixelRatio || 1;
  resizeView(map.camera, width, height);
  map.painter.resize(width, height, ratio);
  map.overlay.resize(width, height, ratio);
  map.moved = true;
  planMap(map);
}
