// From a place on a map to a code, by the rules of ae/latent/maps.py.
import { newSearch } from "./grid.js";

const SAME = 1e-12; // of the squared extent

// Returns code(u, v), a Float64Array that the next call overwrites.
/**
 * @param {any} spec
 * @param {Grid} grid
 * @param {Float32Array} codes
 * @param {number} latentDim
 * @returns {(u: number, v: number) => Float64Array}
 */
export function newDecoding(spec, grid, codes, latentDim) {
  const code = new Float64Array(latentDim);
  if (spec.kind === "plane") return planeDecoding(spec, code);
  return localDecoding(newSearch(grid, spec.k), grid.extent, codes, code);
}

function planeDecoding({ offset, axes }, code) {
  return (u, v) => {
    for (let d = 0; d < code.length; d++) {
      code[d] = offset[d] + u * axes[0][d] + v * axes[1][d];
    }
    return code;
  };
}

// Inverse distance weighting of the codes of the nearest points.
function localDecoding(nearest, extent, codes, code) {
  const same = SAME * Math.max(extent * extent, 1e-30);
  return (u, v) => {
    const { indices, squared } = nearest(u, v);
    code.fill(0);
    let sum = 0;
    for (let j = 0; j < indices.length; j++) {
      const weight = 1 / (squared[j] + same);
      const from = indices[j] * code.length;
      sum += weight;
      for (let d = 0; d < code.length; d++) code[d] += weight * codes[from + d];
    }
    for (let d = 0; d < code.length; d++) code[d] /= sum;
    return code;
  };
}
