// Outlines drawn on a map: by hand or as a box, in map coordinates.
const MOST_CORNERS = 500; // as many as map.py takes
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
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

// At most MOST_CORNERS corners, or none if the outline is too small to be meant.
export function finishOutline(outline) {
  let corners = cornersOf(outline);
  const spread = [0, 1].map((axis) => {
    const along = corners.map((corner) => corner[axis]);
    return Math.max(...along) - Math.min(...along);
  });
  if (corners.length < 3 || Math.max(...spread) < SMALLEST) return [];
  while (corners.length > MOST_CORNERS) {
    corners = corners.filter((_, at) => at % 2 === 0);
  }
  return corners;
}
