// Nearest points of a map, found by a grid of cells that is built once.
const POINTS_PER_CELL = 2;
const MOST_CELLS = 1 << 10; // along one side

// points: (u, v) after (u, v), at least one.
/** @param {Float32Array} points @returns {Grid} */
export function newGrid(points) {
  const n = points.length / 2;
  const bounds = boundsOf(points);
  const { u0, v0, u1, v1 } = bounds;
  const [width, height] = [u1 - u0, v1 - v0];
  const even = Math.sqrt((Math.max(width, 1e-30) * Math.max(height, 1e-30)) / n);
  const longer = Math.max(width, height, 1e-30);
  const cell = Math.max(even * Math.sqrt(POINTS_PER_CELL), longer / MOST_CELLS);
  const columns = Math.floor(width / cell) + 1;
  const rows = Math.floor(height / cell) + 1;
  const grid = { points, n, bounds, cell, columns, rows };
  return Object.assign(grid, fillCells(grid), { extent: Math.max(width, height) });
}

function boundsOf(points) {
  const bounds = { u0: Infinity, v0: Infinity, u1: -Infinity, v1: -Infinity };
  for (let i = 0; i < points.length; i += 2) {
    bounds.u0 = Math.min(bounds.u0, points[i]);
    bounds.u1 = Math.max(bounds.u1, points[i]);
    bounds.v0 = Math.min(bounds.v0, points[i + 1]);
    bounds.v1 = Math.max(bounds.v1, points[i + 1]);
  }
  return bounds;
}

function columnOf({ bounds, cell, columns }, u) {
  return Math.min(Math.max(Math.floor((u - bounds.u0) / cell), 0), columns - 1);
}

function rowOf({ bounds, cell, rows }, v) {
  return Math.min(Math.max(Math.floor((v - bounds.v0) / cell), 0), rows - 1);
}

// Cell c holds members[starts[c]] up to members[starts[c + 1]], lowest index first.
function fillCells(grid) {
  const { points, n, columns, rows } = grid;
  const starts = new Int32Array(columns * rows + 1);
  const cellOf = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const row = rowOf(grid, points[2 * i + 1]);
    cellOf[i] = row * columns + columnOf(grid, points[2 * i]);
    starts[cellOf[i] + 1] += 1;
  }
  for (let c = 0; c < columns * rows; c++) starts[c + 1] += starts[c];
  const next = starts.slice();
  const members = new Int32Array(n);
  for (let i = 0; i < n; i++) members[next[cellOf[i]]++] = i;
  return { starts, members };
}

// A search for the k nearest: its answer, nearest first, is overwritten by the next.
/** @param {Grid} grid @param {number} k */
export function newSearch(grid, k) {
  const size = Math.min(k, grid.n);
  const found = { indices: new Int32Array(size), squared: new Float64Array(size) };
  const { indices, squared } = found;
  const { points, cell, bounds, columns, rows, starts, members } = grid;

  function visit(column, row, u, v) {
    const at = row * columns + column;
    for (let m = starts[at]; m < starts[at + 1]; m++) {
      const i = members[m];
      const du = points[2 * i] - u;
      const dv = points[2 * i + 1] - v;
      insert(i, du * du + dv * dv);
    }
  }

  // Among equally near ones the lowest index comes first.
  function insert(i, distance) {
    let to = size;
    while (to > 0 && comesBefore(i, distance, to - 1)) to -= 1;
    if (to === size) return;
    for (let j = size - 1; j > to; j--) {
      indices[j] = indices[j - 1];
      squared[j] = squared[j - 1];
    }
    indices[to] = i;
    squared[to] = distance;
  }

  function comesBefore(i, distance, place) {
    if (distance !== squared[place]) return distance < squared[place];
    return i < indices[place];
  }

  function visitRing(ring, column, row, u, v) {
    const last = Math.min(row + ring, rows - 1);
    for (let r = Math.max(row - ring, 0); r <= last; r++) {
      const whole = r === row - ring || r === row + ring;
      for (let c = column - ring; c <= column + ring; c += whole ? 1 : 2 * ring) {
        if (c >= 0 && c < columns) visit(c, r, u, v);
      }
    }
  }

  return (u, v) => {
    squared.fill(Infinity);
    indices.fill(-1);
    const [column, row] = [columnOf(grid, u), rowOf(grid, v)];
    // Of a place outside, the way to the grid comes on top.
    const du = Math.max(bounds.u0 - u, u - bounds.u1, 0);
    const dv = Math.max(bounds.v0 - v, v - bounds.v1, 0);
    const outside = du * du + dv * dv;
    for (let ring = 0; ring < Math.max(columns, rows); ring++) {
      const least = Math.max(ring - 1, 0) * cell;
      if (squared[size - 1] < outside + least * least) break;
      visitRing(ring, column, row, u, v);
    }
    return found;
  };
}

// The points with u in [u0, u1] and v in [v0, v1]: at most `most` indices, or null.
/** @param {Grid} grid @param {Bounds} bounds @param {number} most */
export function pointsWithin(grid, { u0, v0, u1, v1 }, most) {
  const { points, columns, starts, members } = grid;
  const found = [];
  const [left, right] = [columnOf(grid, u0), columnOf(grid, u1)];
  for (let row = rowOf(grid, v0); row <= rowOf(grid, v1); row++) {
    const end = starts[row * columns + right + 1];
    for (let m = starts[row * columns + left]; m < end; m++) {
      const i = members[m];
      const u = points[2 * i];
      const v = points[2 * i + 1];
      if (u < u0 || u > u1 || v < v0 || v > v1) continue;
      if (found.length === most) return null;
      found.push(i);
    }
  }
  return found;
}
