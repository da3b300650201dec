// A map of a latent space. Pointing anywhere decodes that place at once, without asking
// the server, which hears of a click (the pin) and of an outline (the selection).
import { fetchFile } from "../door/files.js";
import { newDecoder } from "../live/decoder.js";
import { newPresenting } from "../live/presenting.js";
import { recall, remember } from "../live/reporting.js";
import { make } from "../live/screen.js";
import { newCamera, resizeView, showAll } from "./camera.js";
import { bindControls, buildTools } from "./controls.js";
import { newDecoding } from "./decoding.js";
import { newGrid, newSearch } from "./grid.js";
import { densestPlaces } from "./labels.js";
import { countInWords, fillLegend } from "./legend.js";
import { newOverlay } from "./overlay.js";
import { readImages, readPoints } from "./payload.js";
import { newCanvasPainter, newGraphicsPainter } from "./points.js";
import { coordinate, fitPreview, newPreview, placeInWords, prepareLive } from "./preview.js";
import { coloursOf, isShown, looksOf, planMap, pointNear } from "./scene.js";
import { fillThumbnails, newThumbnails } from "./thumbnails.js";

// What is on screen, by parentElement: Streamlit runs the default export again on the
// same one when data or theme change, and need not clean up in between.
const maps = new WeakMap();

/** @param {Component} component */
export default function ({ data, parentElement, setStateValue }) {
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
  /** @type {LatentMap} */
  const map = /** @type {any} */ ({
    runs: 0,
    frames: 0, // decoded
    drawn: 0, // the points
    planned: 0, // animation frame
    data: null,
    revision: null,
    pin: null, // [u, v]
    polygon: [],
    newest: "polygon", // of pin and polygon
    cursor: null, // [u, v] under pointer or keys
    outline: null, // being drawn
    isolated: null, // label
    content: null, // points, codes and labels
    images: null,
    painter: null,
    ...buildMap(parent),
  });
  map.overlay = newOverlay(map.above);
  map.thumbnails = newThumbnails(() => planMap(map));
  map.decoder = newDecoder({
    ready: () => takeDecoder(map),
    arrived: () => planMap(map),
    problem: (words) => tellProblem(map, words),
  });
  bindControls(map, (changes) => settle(map, changes));
  map.refit = () => refitMap(map);
  map.presenting = newPresenting(map.layout, map.refit);
  map.presenting.button.className = "tool";
  map.tools.append(map.presenting.button);
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
  const problem = make("p", "problem");
  problem.setAttribute("role", "alert");
  problem.hidden = true;
  const spoken = make("p", "spoken");
  spoken.setAttribute("aria-live", "polite");
  const frame = make("div", "frame");
  frame.append(surface, tools.status);
  main.append(tools.tools, frame, problem, spoken);
  const preview = newPreview();
  const legend = make("div", "legend");
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", "Classes");
  layout.append(main, preview.root, legend);
  root.append(layout);
  parent.append(root);
  const shown = { root, layout, surface, points, above, notice, problem, spoken };
  return { ...shown, preview, legend, ...tools };
}

function closeMap(map, parent) {
  cancelAnimationFrame(map.planned);
  map.sizes.disconnect();
  window.removeEventListener("resize", map.refit);
  map.decoder.use(null);
  map.presenting.close();
  fillThumbnails(map.thumbnails, null, null, null);
  keepView(map);
  map.painter?.release();
  map.content = map.data = null;
  map.root.remove();
  maps.delete(parent);
}

// From the server --------------------------------------------------------------------

function updateMap(map, data) {
  const before = map.data ?? {};
  map.data = data;
  map.classes = data.classes;
  map.selected = data.selected && bytesOf(data.selected);
  map.far = data.far && { ...data.far, bits: bytesOf(data.far.bits) };
  map.levels = data.colouring && bytesOf(data.colouring.levels);
  map.preview.canvas.setAttribute("aria-label", data.alt);
  if (map.revision !== data.revision) begin(map, data);
  map.decoder.use(data.decoder);
  if (before.points !== data.points) {
    forgetPoints(map);
    fetchFor(map, "points", readPoints, takePoints, refusePoints);
  }
  if (before.images !== data.images) {
    map.images = null;
    fetchFor(map, "images", readImages, takeImages, () => {});
  }
  if (map.content) show(map);
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function begin(map, { revision, start }) {
  map.revision = revision;
  Object.assign(map, recall(revision, start));
}

function forgetPoints(map) {
  keepView(map);
  map.content = null;
  map.isolated = null;
  map.cursor = null;
}

// Fetches the file that the data name, unless others are wanted by the time it is here.
function fetchFor(map, what, read, take, refuse) {
  const digest = map.data[what];
  const wanted = () => map.data?.[what] === digest;
  if (!digest) return;
  fetchFile(digest, read).then(
    (content) => wanted() && take(map, content),
    (error) => wanted() && refuse(map, error.message),
  );
}

function refusePoints(map, problem) {
  map.notice.textContent = `The map cannot be shown: ${problem.replace(/\.$/, "")}.`;
  map.notice.hidden = false;
}

function takePoints(map, content) {
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

function takeDecoder(map) {
  prepareLive(map.preview, map.decoder.network.outputShape);
  if (map.content) show(map);
}

function tellProblem({ problem }, words) {
  problem.textContent = words;
  problem.hidden = !words;
}

function takeImages(map, images) {
  map.images = images;
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
  const network = data.images ? null : map.decoder.network;
  fillThumbnails(map.thumbnails, map.images, network, content);
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
  [map.newest] = Object.keys(changes);
  if (pin) tellPin(map);
  tellOutline(map);
  const { revision, pin: place, polygon } = map;
  remember(revision, { pin: place, polygon });
  map.send("moved", { revision, values: { pin: place, polygon } });
  planMap(map);
}

function tellPin(map) {
  const [u, v] = map.pin;
  const { i, ...found } = pointNear(map, u, v);
  const name = map.classes[map.content.labels[i]];
  const at = `${coordinate(u)}, ${coordinate(v)}`;
  map.spoken.textContent = `Pinned at ${at}. ${placeInWords({ ...found, name })}`;
}

// What part of these points is in view, for when they come back.
function keepView({ content, camera, digest }) {
  if (content) remember(digest, [camera.u, camera.v, camera.zoom]);
}

// Size -------------------------------------------------------------------------------

function refitMap(map) {
  map.preview.large = map.presenting.dialog !== null;
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
