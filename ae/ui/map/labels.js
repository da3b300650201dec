// Names of classes on a map, each where its class is densest.
const CELLS = 24; // along the longer side
const GAP = 4; // pixels between two names
const HEIGHT = 15;
const STEPS = [0, 0.5, -0.5, 1, -1, 1.5, -1.5]; // farther off they would mislead

// Returns [{ label, u, v }] of the classes that have points, the largest class first.
export function densestPlaces({ points, n, bounds, extent }, labels, classes) {
  const cell = extent / CELLS || 1;
  const side = CELLS + 3; // with an empty cell around
  const area = side * side;
  const counts = new Int32Array(classes * area);
  const cellOf = (i) => {
    const column = Math.floor((points[2 * i] - bounds.u0) / cell) + 1;
    const row = Math.floor((points[2 * i + 1] - bounds.v0) / cell) + 1;
    return row * side + column;
  };
  for (let i = 0; i < n; i++) counts[labels[i] * area + cellOf(i)] += 1;
  const densest = Array.from({ length: classes }, (_, label) => {
    return fullest(counts.subarray(label * area, (label + 1) * area), side);
  });
  const sums = densest.map(({ total }, label) => ({ label, total, u: 0, v: 0, n: 0 }));
  for (let i = 0; i < n; i++) {
    const { at } = densest[labels[i]];
    const off = cellOf(i) - at + side + 1; // 0, 1, 2 in each of three rows
    if (off < 0 || off % side > 2 || off > 2 * side + 2) continue;
    const sum = sums[labels[i]];
    sum.u += points[2 * i];
    sum.v += points[2 * i + 1];
    sum.n += 1;
  }
  return sums
    .filter((sum) => sum.n > 0)
    .sort((a, b) => b.total - a.total)
    .map((sum) => ({ label: sum.label, u: sum.u / sum.n, v: sum.v / sum.n }));
}

// The cell that holds most together with its eight neighbours.
function fullest(counts, side) {
  const best = { at: side + 1, total: -1 };
  for (let row = 1; row < side - 1; row++) {
    for (let column = 1; column < side - 1; column++) {
      let total = 0;
      for (let r = row - 1; r <= row + 1; r++) {
        for (let c = column - 1; c <= column + 1; c++) total += counts[r * side + c];
      }
      if (total > best.total) Object.assign(best, { at: row * side + column, total });
    }
  }
  return best;
}

// Moves names, { x, y, width } on screen, up or down until they overlap neither what
// is taken nor one another. A name that finds no room is left out.
export function spreadNames(names, taken) {
  const placed = [];
  for (const name of names) {
    const tries = STEPS.map((step) => name.y + step * HEIGHT);
    const others = [...taken, ...placed];
    const y = tries.find((y) => !others.some((other) => overlap(name, y, other)));
    if (y !== undefined) placed.push({ ...name, y });
  }
  return placed;
}

function overlap(name, y, other) {
  const across = Math.abs(name.x - other.x) < (name.width + other.width) / 2 + GAP;
  return across && Math.abs(y - other.y) < HEIGHT;
}
