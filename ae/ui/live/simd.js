// The arithmetic of a frame in WebAssembly: four numbers at a time, multiplied and added
// in one go where the browser can. simd.py says what the functions do.
import { newKernels, SELU_ALPHA, SELU_SCALE } from "./kernels.js";
import { PLAIN, RELAXED } from "./simd_bytes.js";

const PIXELS = 6; // of a tile
const DENSE = 32; // outputs of a dense layer's panel

// By kind of activation: the function, and what it takes for a layer's attributes.
/** @type {Record<string, [string, (attributes: Record<string, any>) => number[]]>} */
const ACTIVATIONS = {
  relu: ["relu", () => []],
  leaky_relu: ["leaky", ({ negative_slope }) => [negative_slope]],
  elu: ["elu", () => [1, 1]],
  selu: ["elu", () => [SELU_SCALE, SELU_SCALE * SELU_ALPHA]],
  sigmoid: ["sigmoid", () => [-1, 1, 0, 0]],
  tanh: ["sigmoid", () => [-2, 2, -1, 0]],
  swish: ["sigmoid", () => [-1, 0, 0, 1]],
  gelu: ["gelu", () => []],
};

/** @type {WebAssembly.Module | null | undefined} */
let module;

// The fastest arithmetic that browser and page allow.
export function fastest() {
  if (module === undefined) module = compiled(RELAXED) ?? compiled(PLAIN);
  return module ? newSimd(module) : newKernels();
}

/** @param {string} text @returns {WebAssembly.Module | null} */
export function compiled(text) {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  } catch {
    return null; // no WebAssembly, an older one, or forbidden by the page
  }
}

// As newKernels() of kernels.js.
/** @param {WebAssembly.Module} module @returns {Kernels} */
export function newSimd(module) {
  const memory = new WebAssembly.Memory({ initial: 0 });
  const code = /** @type {any} */ (new WebAssembly.Instance(module, { engine: { memory } }));
  const { wide, narrow, move, add } = code.exports;
  const plain = newKernels(); // for what is too rare for a function of its own
  return {
    move,
    add,
    allocate(bytes) {
      memory.grow(Math.ceil(bytes / 65536));
      return memory.buffer;
    },
    addPiece(plan, piece, input, output) {
      const dense = piece.run === input.size && piece.outputs === output.size;
      if (dense) addDense(plan, piece, input, output, code.exports.dense);
      else addTiles(plan, piece, input, output, wide, narrow);
    },
    activation(layer) {
      const { activation, attributes } = layer;
      if (!Object.hasOwn(ACTIVATIONS, activation)) return plain.activation(layer);
      const [name, given] = ACTIVATIONS[activation];
      const activate = code.exports[name];
      const [a, b, c, d] = given(attributes);
      return ({ at, end }) => activate(at, end, a, b, c, d);
    },
  };
}

function addDense(plan, piece, input, output, dense) {
  const { run, outputs, bias } = piece;
  const wide = Math.ceil(outputs / DENSE) * DENSE;
  plan.spend((run + 1) * wide, 0);
  const weights = plan.keep(panels(piece, run, 0, wide, DENSE));
  const biases = plan.keep(lengthened(bias, wide));
  const bytes = 4 * run;
  plan.steps.push(() => dense(input.at, bytes, weights, biases, output.at, output.end));
}

// Eight outputs at a time, and what is left over four at a time. Runs are even: what lies
// behind an odd one weighs nothing.
function addTiles(plan, piece, input, output, wide, narrow) {
  const { from, to, rows, step, outputs, bias } = piece;
  const run = piece.run + (piece.run % 2);
  const tiles = new Int32Array(Math.ceil(from.length / PIXELS) * 2 * PIXELS);
  plan.spend(rows * run * (outputs + 3) + outputs + 3 + 2 * tiles.length, 0);
  for (let tile = 0, p = 0; tile < tiles.length; tile += PIXELS) {
    for (let i = 0; i < PIXELS; i++, p++, tile++) {
      const pixel = Math.min(p, from.length - 1); // the last one again, in the last tile
      tiles[tile] = input.at + 4 * from[pixel];
      tiles[tile + PIXELS] = output.at + 4 * to[pixel];
    }
  }
  const first = plan.keep(tiles);
  const end = first + tiles.byteLength;
  const biases = plan.keep(lengthened(bias, outputs + 3));
  for (let c = 0; c < outputs; ) {
    const width = outputs - c < 8 ? 4 : 8;
    const slide = width === 8 ? wide : narrow;
    const lanes = Math.min(outputs - c, width);
    const weights = plan.keep(panels(piece, run, c, c + width, width));
    const [bytes, jump, b, channel] = [run, step - run, c, c].map((n) => 4 * n);
    plan.steps.push(() =>
      slide(first, end, rows, bytes, jump, weights, biases + b, channel, lanes),
    );
    c += width;
  }
}

// Weights of the outputs from `first` to `end`, `width` side by side; zero behind the last
// output, and behind the last number of a run that was made longer.
function panels({ rows, run, outputs, kernel, at, apart }, longer, first, end, width) {
  const weights = new Float32Array((end - first) * rows * longer);
  let to = 0;
  for (let c = first; c < end; c += width) {
    const real = Math.min(width, outputs - c);
    for (let row = 0; row < rows; row++) {
      for (let r = 0; r < run; r++, to += width) {
        const from = at(row, r) + c * apart;
        for (let i = 0; i < real; i++) weights[to + i] = kernel[from + i * apart];
      }
      to += (longer - run) * width;
    }
  }
  return weights;
}

function lengthened(numbers, length) {
  const longer = new Float32Array(length);
  longer.set(numbers);
  return longer;
}
