// The arithmetic of a frame on plain typed arrays, where simd.js cannot run.

// What engine.js needs, places in bytes:
//   allocate(bytes): the buffer of all values, once
//   addPiece(plan, piece, input, output): what weighs a piece's pixels
//   activation(layer): activate(value), or null where nothing is to be done
//   move(from, to, bytes, count, behind, further): copies, then goes on by these
//   add(from, to, end): onto what stands there
/** @returns {Kernels} */
export function newKernels() {
  let numbers = new Float32Array(0);
  return {
    allocate(bytes) {
      numbers = new Float32Array(bytes / 4);
      return numbers.buffer;
    },
    addPiece(plan, piece, input, output) {
      plan.spend(piece.rows * piece.run * piece.outputs + 2 * piece.from.length, 0);
      const packing = { ...piece, weights: packed(piece) };
      plan.steps.push(() => correlate(packing, input.data, output.data));
    },
    activation({ activation, attributes }) {
      const activate = ACTIVATIONS[activation];
      return activate ? ({ data }) => activate(data, attributes) : null;
    },
    move(from, to, bytes, count, behind, further) {
      const width = bytes / 4;
      let i = from / 4;
      let j = to / 4;
      for (let n = 0; n < count; n++) {
        for (const end = i + width; i < end; i++, j++) numbers[j] = numbers[i];
        i += behind / 4;
        j += further / 4;
      }
    },
    add(from, to, end) {
      for (let i = from / 4, j = to / 4; j < end / 4; i++, j++) numbers[j] += numbers[i];
    },
  };
}

// Weights in the order in which `correlate` reads them: blocks of four outputs side by
// side, then the outputs left over one by one.
function packed({ rows, run, outputs, kernel, at, apart }) {
  const weights = new Float32Array(rows * run * outputs);
  const blocked = outputs - (outputs % 4);
  let to = 0;
  for (let first = 0; first < outputs; first += first < blocked ? 4 : 1) {
    const width = first < blocked ? 4 : 1;
    for (let row = 0; row < rows; row++) {
      for (let r = 0; r < run; r++) {
        const from = at(row, r) + first * apart;
        for (let c = 0; c < width; c++) weights[to++] = kernel[from + c * apart];
      }
    }
  }
  return weights;
}

// Slides one kernel over a picture; nothing is tested inside.
function correlate(piece, input, output) {
  const { outputs, rows, run } = piece;
  const blocked = outputs - (outputs % 4);
  for (let c = 0; c < blocked; c += 4) fourOutputs(piece, input, output, c, c * rows * run);
  for (let c = blocked; c < outputs; c++) {
    oneOutput(piece, input, output, c, c * rows * run);
  }
}

// Three pixels times four outputs: twelve sums stay in registers, and each number read
// serves three or four of them. Measured fastest among 1x4, 2x4, 3x4 and 4x2.
function fourOutputs(piece, input, output, c, first) {
  const { from, to, rows, run, step, weights, bias } = piece;
  const pixels = from.length;
  const b0 = bias[c];
  const b1 = bias[c + 1];
  const b2 = bias[c + 2];
  const b3 = bias[c + 3];
  let p = 0;
  for (; p + 3 <= pixels; p += 3) {
    let s0 = b0,
      s1 = b1,
      s2 = b2,
      s3 = b3;
    let t0 = b0,
      t1 = b1,
      t2 = b2,
      t3 = b3;
    let u0 = b0,
      u1 = b1,
      u2 = b2,
      u3 = b3;
    let i = from[p];
    let j = from[p + 1];
    let k = from[p + 2];
    let at = first;
    for (let row = 0; row < rows; row++) {
      for (let r = 0; r < run; r++, at += 4) {
        const x = input[i + r];
        const y = input[j + r];
        const z = input[k + r];
        const w0 = weights[at];
        s0 += x * w0;
        t0 += y * w0;
        u0 += z * w0;
        const w1 = weights[at + 1];
        s1 += x * w1;
        t1 += y * w1;
        u1 += z * w1;
        const w2 = weights[at + 2];
        s2 += x * w2;
        t2 += y * w2;
        u2 += z * w2;
        const w3 = weights[at + 3];
        s3 += x * w3;
        t3 += y * w3;
        u3 += z * w3;
      }
      i += step;
      j += step;
      k += step;
    }
    let o = to[p] + c;
    output[o] = s0;
    output[o + 1] = s1;
    output[o + 2] = s2;
    output[o + 3] = s3;
    o = to[p + 1] + c;
    output[o] = t0;
    output[o + 1] = t1;
    output[o + 2] = t2;
    output[o + 3] = t3;
    o = to[p + 2] + c;
    output[o] = u0;
    output[o + 1] = u1;
    output[o + 2] = u2;
    output[o + 3] = u3;
  }
  for (; p < pixels; p++) {
    let s0 = b0,
      s1 = b1,
      s2 = b2,
      s3 = b3;
    let i = from[p];
    let at = first;
    for (let row = 0; row < rows; row++) {
      for (let r = 0; r < run; r++, at += 4) {
        const x = input[i + r];
        s0 += x * weights[at];
        s1 += x * weights[at + 1];
        s2 += x * weights[at + 2];
        s3 += x * weights[at + 3];
      }
      i += step;
    }
    const o = to[p] + c;
    output[o] = s0;
    output[o + 1] = s1;
    output[o + 2] = s2;
    output[o + 3] = s3;
  }
}

// Four pixels at once: a single sum would wait for each of its additions.
function oneOutput(piece, input, output, c, first) {
  const { from, to, rows, run, step, weights, bias } = piece;
  const pixels = from.length;
  let p = 0;
  for (; p + 4 <= pixels; p += 4) {
    let s = bias[c],
      t = s,
      u = s,
      v = s;
    let i = from[p];
    let j = from[p + 1];
    let k = from[p + 2];
    let l = from[p + 3];
    let at = first;
    for (let row = 0; row < rows; row++) {
      for (let r = 0; r < run; r++, at++) {
        const w = weights[at];
        s += input[i + r] * w;
        t += input[j + r] * w;
        u += input[k + r] * w;
        v += input[l + r] * w;
      }
      i += step;
      j += step;
      k += step;
      l += step;
    }
    output[to[p] + c] = s;
    output[to[p + 1] + c] = t;
    output[to[p + 2] + c] = u;
    output[to[p + 3] + c] = v;
  }
  for (; p < pixels; p++) {
    let s = bias[c];
    let i = from[p];
    let at = first;
    for (let row = 0; row < rows; row++) {
      for (let r = 0; r < run; r++, at++) s += input[i + r] * weights[at];
      i += step;
    }
    output[to[p] + c] = s;
  }
}

// The normal distribution at multiples of 1/32, from -6 to 6: its integral by
// Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...), exact to rounding.
// Source: Marsaglia 2004, Evaluating the Normal Distribution, J. Stat. Softw. 11(4).
const GRID = 32;
const REACH = 6;
const CENTRE = GRID * REACH;
const phi = new Float64Array(2 * CENTRE + 1);
const Phi = new Float64Array(2 * CENTRE + 1);
for (let i = 0; i < phi.length; i++) {
  const x = (i - CENTRE) / GRID;
  phi[i] = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let sum = 0;
  let term = x;
  for (let n = 3; sum + term !== sum; n += 2) {
    sum += term;
    term *= (x * x) / n;
  }
  Phi[i] = 0.5 + phi[i] * sum;
}

// x Phi(x), between grid points by Taylor's series to the third power: Phi is off by
// less than 0.55 / 24 * (1/64)^4 = 1.4e-9, and beyond +-6 by 1e-9.
function gelu(values) {
  for (let i = 0; i < values.length; i++) {
    const x = values[i];
    if (x >= REACH) continue;
    if (x <= -REACH) {
      values[i] = 0;
      continue;
    }
    const near = (x * GRID + CENTRE + 0.5) | 0;
    const c = (near - CENTRE) / GRID;
    const d = x - c;
    const slope = 1 - d * (c / 2 - (d * (c * c - 1)) / 6);
    values[i] = x * (Phi[near] + phi[near] * d * slope);
  }
}

// Klambauer et al. 2017, arXiv 1706.02515, the constants of Keras.
export const SELU_ALPHA = 1.6732632423543772;
export const SELU_SCALE = 1.0507009873554805;

// Each works in place. (values, the layer's attributes).
const ACTIVATIONS = {
  relu(values) {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
  },
  leaky_relu(values, { negative_slope: slope }) {
    for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] *= slope;
  },
  elu(values) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] < 0) values[i] = Math.expm1(values[i]);
    }
  },
  selu(values) {
    for (let i = 0; i < values.length; i++) {
      const x = values[i];
      values[i] = SELU_SCALE * (x < 0 ? SELU_ALPHA * Math.expm1(x) : x);
    }
  },
  swish(values) {
    for (let i = 0; i < values.length; i++) values[i] /= 1 + Math.exp(-values[i]);
  },
  gelu,
  softplus(values) {
    for (let i = 0; i < values.length; i++) {
      const x = values[i];
      values[i] = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }
  },
  sigmoid(values) {
    for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]));
  },
  tanh(values) {
    for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i]);
  },
};
