// Outlines drawn on a map: by hand or as a box, in map coordinates.
import { distanceToSegment } from "../surface.js";

const MOST_CORNERS = 60; // as many as map.py takes, and as fit into a link
const CLOSE = 3; // pixels between corners of a line drawn by hand
const SMALLEST = 6; // pixels; less is a slip of the finger

// Starts an outline of a kind, "lasso" or "box", at (x, y) on screen.
export function newOutline(kind, x, y) {
  return { kind, path: [[x, y]] };
}

export function extendOutline({ kind, path }, x, y) {
  const [lastX, lastY] = path[path.length - 1];
  if (kind === "box") path.splice(1, 1, [x, y]);
  else if (Math.hypot(x - lastX, y - lastY) >= CLOSE) path.push([x, y]);
}

// The corners on screen.
export function cornersOf({ kind, path }) {
  if (kind !== "box" || path.length < 2) return path;
  const [[x0, y0], [x1, y1]] = path;
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

// At most MOST_CORNERS corners, or none if the outline is too small to be meant.
export function finishOutline(outline) {
  let corners = cornersOf(outline);
  const spread = [0, 1].map((axis) => {
    const along = corners.map((corner) => corner[axis]);
    return Math.max(...along) - Math.min(...along);
  });
  if (corners.length < 3 || Math.max(...spread) < SMALLEST) return [];
  for (let off = 1; corners.length > MOST_CORNERS; off *= 1.5) {
    corners = straightened(corners, off);
  }
  return corners;
}

// The corners without which a line would change by more than so many pixels.
// Source: Douglas and Peucker 1973.
function straightened(line, off) {
  const kept = new Set([0, line.length - 1]);
  const spans = [[0, line.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [from, to] = span;
    let farthest = off;
    let at = 0; // never the farthest: it is an end
    for (let i = from + 1; i < to; i++) {
      const distance = distanceToSegment(line[i], line[from], line[to]);
      if (distance > farthest) [farthest, at] = [distance, i];
    }
    if (!at) continue;
    kept.add(at);
    spans.push([from, at], [at, to]);
  }
  return line.filter((_, i) => kept.has(i));
}
