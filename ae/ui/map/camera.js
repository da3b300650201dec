// Which part of a map is in view. Map coordinates (u, v), v upwards; screen coordinates
// (x, y) in CSS pixels from the upper left corner; as many pixels per unit either way.
const MARGIN = 0.06; // of the view, around the data
const FARTHEST = 0.4; // as seen from there, compared with the whole
const CLOSEST = 300;

// The camera of some bounds, { u0, v0, u1, v1 }, before it knows its view's size.
/** @param {Bounds} bounds @returns {Camera} */
export function newCamera(bounds) {
  return { bounds, width: 1, height: 1, u: 0, v: 0, scale: 1, zoom: 1 };
}

// The whole of the data in the middle.
/** @param {Camera} camera */
export function showAll(camera) {
  const { u0, v0, u1, v1 } = camera.bounds;
  camera.u = (u0 + u1) / 2;
  camera.v = (v0 + v1) / 2;
  setZoom(camera, 1);
}

// The middle and the zoom stay.
/** @param {Camera} camera @param {number} width @param {number} height */
export function resizeView(camera, width, height) {
  camera.width = width;
  camera.height = height;
  setZoom(camera, camera.zoom);
}

/** @param {Camera} camera @param {number} zoom */
function setZoom(camera, zoom) {
  const { u0, v0, u1, v1 } = camera.bounds;
  const room = 1 - 2 * MARGIN;
  const whole = Math.min(camera.width / (u1 - u0 || 1), camera.height / (v1 - v0 || 1));
  camera.zoom = Math.min(Math.max(zoom, FARTHEST), CLOSEST);
  camera.scale = room * whole * camera.zoom;
}

/** @param {Camera} camera @param {number} u @param {number} v @returns {Place} */
export function toScreen(camera, u, v) {
  return [
    camera.width / 2 + (u - camera.u) * camera.scale,
    camera.height / 2 - (v - camera.v) * camera.scale,
  ];
}

/** @param {Camera} camera @param {number} x @param {number} y @returns {Place} */
export function toMap(camera, x, y) {
  return [
    camera.u + (x - camera.width / 2) / camera.scale,
    camera.v - (y - camera.height / 2) / camera.scale,
  ];
}

// What lies at (x, y) stays there. Returns whether anything changed.
/** @param {Camera} camera @param {number} x @param {number} y @param {number} factor */
export function zoomAt(camera, x, y, factor) {
  const before = camera.zoom;
  const [u, v] = toMap(camera, x, y);
  setZoom(camera, camera.zoom * factor);
  const [nowU, nowV] = toMap(camera, x, y);
  moveTo(camera, camera.u + u - nowU, camera.v + v - nowV);
  return camera.zoom !== before;
}

/** @param {Camera} camera @param {number} dx @param {number} dy */
export function panBy(camera, dx, dy) {
  moveTo(camera, camera.u - dx / camera.scale, camera.v + dy / camera.scale);
}

// The data's bounds never leave the view's middle.
/** @param {Camera} camera @param {number} u @param {number} v */
function moveTo(camera, u, v) {
  const { u0, v0, u1, v1 } = camera.bounds;
  camera.u = Math.min(Math.max(u, u0), u1);
  camera.v = Math.min(Math.max(v, v0), v1);
}
