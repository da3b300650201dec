// What a visitor can do with a map: tools, pointers, wheel, keys.

import { make } from "../live/screen.js";
import { ARROWS } from "../surface.js";
import { panBy, showAll, toMap, toScreen, zoomAt } from "./camera.js";
import { watchGestures } from "./gestures.js";
import { extendOutline, finishOutline, newOutline } from "./lasso.js";
import { planMap, pointNear } from "./scene.js";

const TOOLS = { point: "Point", lasso: "Lasso", box: "Box" };
const HINTS = {
  point: "Point to decode, click to pin, drag to move the map",
  lasso: "Draw around points to select them",
  box: "Draw a box around points to select them",
};
const ZOOM_STEP = 1.5;
const TURNED = 0.0025; // zoom per pixel of the wheel
const PINCHED = 0.01; // and of a pinch on a touch pad: a wheel with Ctrl
const STEP = 10; // pixels per arrow key
const STRIDE = 50; // with Shift

export function buildTools() {
  const root = make("div", "tools");
  const group = make("div", "group");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Tool");
  const tools = Object.keys(TOOLS).map((tool) => {
    const made = toolButton(TOOLS[tool], HINTS[tool]);
    made.dataset.tool = tool;
    group.append(made);
    return made;
  });
  const zooms = make("div", "group");
  const zoomIn = toolButton("+", "Zoom in");
  const zoomOut = toolButton("\u2212", "Zoom out");
  for (const zoom of [zoomIn, zoomOut]) zoom.setAttribute("aria-label", zoom.title);
  const reset = toolButton("Reset view", "Show the whole map");
  const clear = toolButton("Clear selection", "Show all points alike again");
  const chosen = make("span", "chosen");
  zooms.append(zoomIn, zoomOut);
  const status = make("div", "status");
  status.hidden = true;
  status.append(chosen, clear);
  root.append(group, zooms, reset);
  const buttons = { toolButtons: tools, zoomIn, zoomOut, reset, clear };
  return { tools: root, status, chosen, ...buttons };
}

function toolButton(text, title) {
  const made = make("button", "tool", text);
  made.type = "button";
  made.title = title;
  return made;
}

// settle(changes) takes { pin } or { polygon } and tells the server.
/** @param {LatentMap} map @param {(changes: object) => void} settle */
export function bindControls(map, settle) {
  // Before the points are here there is nothing to do.
  const ready =
    (act) =>
    (...given) =>
      map.content && act(...given);
  const centre = () => [map.camera.width / 2, map.camera.height / 2];
  const actions = { settle, centre, ready };
  for (const made of map.toolButtons) {
    made.onclick = () => chooseTool(map, made.dataset.tool);
  }
  map.zoomIn.onclick = ready(() => zoom(map, ...centre(), ZOOM_STEP));
  map.zoomOut.onclick = ready(() => zoom(map, ...centre(), 1 / ZOOM_STEP));
  map.reset.onclick = ready(() => resetView(map));
  map.clear.onclick = () => settle({ polygon: [] });
  chooseTool(map, "point");
  watchGestures(map.surface, gesturesOf(map, actions));
  const turned = ready((event) => turnWheel(map, event));
  map.surface.addEventListener("wheel", turned, { passive: false });
  map.surface.onkeydown = ready((event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressKey(map, actions, event)) event.preventDefault();
  });
  map.surface.onblur = () => point(map, null);
}

function chooseTool(map, tool) {
  map.tool = tool;
  for (const made of map.toolButtons) {
    made.setAttribute("aria-pressed", String(made.dataset.tool === tool));
  }
}

function point(map, cursor) {
  map.cursor = cursor;
  planMap(map);
}

function pointAt(map, x, y) {
  point(map, toMap(map.camera, x, y));
}

function lookAgain(map) {
  map.moved = true;
  planMap(map);
}

function zoom(map, x, y, factor) {
  const changed = zoomAt(map.camera, x, y, factor);
  lookAgain(map);
  return changed;
}

function resetView(map) {
  showAll(map.camera);
  lookAgain(map);
}

// The pin falls on the point itself where there is one.
function pinAt(map, settle, u, v) {
  const { i, on } = pointNear(map, u, v);
  const { points } = map.content;
  settle({ pin: on ? [points[2 * i], points[2 * i + 1]] : [u, v] });
}

function gesturesOf(map, { settle, ready }) {
  const panning = (touch) => map.tool === "point" && !touch;
  return {
    hover: ready((x, y) => pointAt(map, x, y)),
    leave: () => point(map, null),
    tap: ready((x, y) => pinAt(map, settle, ...toMap(map.camera, x, y))),
    start: ready((x, y, touch) => {
      if (map.tool !== "point") map.outline = newOutline(map.tool, x, y);
      map.surface.classList.toggle("panning", panning(touch));
    }),
    drag: ready((x, y, dx, dy, touch) => {
      if (map.outline) extendOutline(map.outline, x, y);
      if (panning(touch)) {
        panBy(map.camera, dx, dy);
        map.moved = true;
      }
      pointAt(map, x, y);
    }),
    end: ready((_touch, cancelled) => {
      map.surface.classList.remove("panning");
      if (map.outline && !cancelled) selectOutlined(map, settle);
      map.outline = null;
      planMap(map);
    }),
    pinch: ready((x, y, dx, dy, factor) => {
      panBy(map.camera, dx, dy);
      zoomAt(map.camera, x, y, factor);
      map.moved = true;
      point(map, null);
    }),
  };
}

function selectOutlined(map, settle) {
  const corners = finishOutline(map.outline);
  if (!corners.length) return;
  settle({ polygon: corners.map(([x, y]) => toMap(map.camera, x, y)) });
}

// At the end of the zoom the wheel is left to the page.
function turnWheel(map, event) {
  const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
  const turned = Math.max(Math.min(pixels, 240), -240);
  const factor = Math.exp(-turned * (event.ctrlKey ? PINCHED : TURNED));
  const box = map.surface.getBoundingClientRect();
  const changed = zoom(map, event.clientX - box.left, event.clientY - box.top, factor);
  if (changed || event.ctrlKey) event.preventDefault();
}

// Returns whether the key meant something.
function pressKey(map, { settle, centre }, { key, shiftKey }) {
  const step = shiftKey ? STRIDE : STEP;
  const here = map.cursor ?? map.pin;
  const [x, y] = here ? toScreen(map.camera, here[0], here[1]) : centre();
  const [right, down] = ARROWS[key] ?? [];
  if (key in ARROWS) stepTo(map, x + right * step, y + down * step);
  else if (key === "+" || key === "=") zoom(map, x, y, ZOOM_STEP);
  else if (key === "-") zoom(map, x, y, 1 / ZOOM_STEP);
  else if (key === "0" || key === "Home") resetView(map);
  else if (key === "Enter") pinAt(map, settle, ...toMap(map.camera, x, y));
  else if (key === "Escape") return takeBack(map, settle);
  else return false;
  return true;
}

// The crosshair; the map moves along where it would leave the view.
function stepTo(map, x, y) {
  const { width, height } = map.camera;
  const insideX = Math.min(Math.max(x, 0), width);
  const insideY = Math.min(Math.max(y, 0), height);
  if (insideX !== x || insideY !== y) {
    panBy(map.camera, insideX - x, insideY - y);
    map.moved = true;
  }
  pointAt(map, insideX, insideY);
}

// First an outline that is being drawn, then the newer of selection and pin, then the other.
function takeBack(map, settle) {
  if (map.outline) {
    map.outline = null;
    planMap(map);
  } else if (map.polygon.length && !(map.pin && map.newest === "pin")) settle({ polygon: [] });
  else if (map.pin) {
    map.cursor = null;
    settle({ pin: null });
  } else return false;
  return true;
}
