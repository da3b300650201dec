// Which points an outline holds, by the even-odd rule of ae/latent/maps.py.

// points: (u, v) after (u, v). Returns a bit for each, packed as the map takes them, in
// base64; null where there is no outline.
/** @param {Float32Array} points @param {Place[]} polygon */
export function bitsInside(points, polygon) {
  if (!polygon.length) return null;
  const bits = new Uint8Array(Math.ceil(points.length / 16));
  for (let i = 0; 2 * i < points.length; i++) {
    if (isInside(points[2 * i], points[2 * i + 1], polygon)) bits[i >> 3] |= 128 >> (i & 7);
  }
  return btoa(String.fromCharCode(...bits));
}

/** @param {number} u @param {number} v @param {Place[]} polygon */
function isInside(u, v, polygon) {
  let inside = false;
  polygon.forEach(([u0, v0], at) => {
    const [u1, v1] = polygon[(at + 1) % polygon.length];
    if (v0 <= v !== v1 <= v && u < u0 + ((v - v0) * (u1 - u0)) / (v1 - v0)) inside = !inside;
  });
  return inside;
}
