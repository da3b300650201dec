// Runs a decoder stored as safetensors. No DOM and no dependency; everything is
// allocated and laid out when the network is read, nothing while it runs.
import { product, refuse } from "./layers.js";
import { fastest } from "./simd.js";
import { readFile } from "./weights.js";

const MAX_NUMBERS = 1 << 24; // all values of a network together, 64 MB
const MAX_WORK = 1 << 28; // multiply-adds and the like: 12 ms, or 0.13 s by kernels.js
const LINE = 128; // bytes: values begin and end at multiples

// Reads the bytes of a decoder.safetensors. Returns { inputSize, outputShape, macs, run };
// run(z) returns a Float32Array that the next call overwrites. Throws NetworkError.
// kernels: what does the arithmetic, as simd.js and kernels.js make it.
/** @param {Uint8Array} bytes @param {Kernels} [kernels] @returns {Network} */
export function readNetwork(bytes, kernels = fastest()) {
  const { graph, weights } = readFile(bytes);
  const plan = newPlan(kernels, weights);
  const input = newValue(plan, graph.inputShape);
  plan.values.set("input", input);
  for (const layer of graph.layers) {
    plan.values.set(layer.name, addLayer(plan, layer, graph.shapes.get(layer.name)));
  }
  const output = plan.values.get(graph.output);
  allocate(plan);
  const { macs, steps } = plan;
  const inputSize = input.size;
  const from = input.data;
  const picture = output.data;
  const run = (z) => {
    if (z.length !== inputSize) refuse(`expected ${inputSize} numbers, got ${z.length}`);
    for (let i = 0; i < inputSize; i++) from[i] = z[i];
    for (let i = 0; i < steps.length; i++) steps[i]();
    return picture;
  };
  return { inputSize, outputShape: [...output.shape], macs, run };
}

// What a network will need, gathered before any of it is allocated.
/** @param {Kernels} kernels @param {Map<string, Float32Array>} weights @returns {any} */
function newPlan(kernels, weights) {
  const plan = {
    /** @type {any} */ steps: [],
    kernels,
    weights,
    numbers: 0,
    work: 0,
    macs: 0,
    bytes: 0,
    values: new Map(), // by layer
    made: [], // values with a place of their own, or of another's
    /** @type {any[]} */ kept: [], // numbers that never change, and their place
    // Counted before it is done, so that a small file cannot ask for much.
    spend(numbers, work) {
      plan.numbers += numbers;
      plan.work += work;
      if (plan.numbers > MAX_NUMBERS || plan.work > MAX_WORK) {
        refuse("the network is too large to run in a browser");
      }
    },
    reserve(bytes) {
      const at = plan.bytes;
      plan.bytes += Math.ceil(bytes / LINE) * LINE;
      return at;
    },
    keep(numbers) {
      const at = plan.reserve(numbers.byteLength);
      plan.kept.push({ at, numbers });
      return at;
    },
  };
  return plan;
}

function allocate({ kernels, bytes, made, kept }) {
  const buffer = kernels.allocate(bytes);
  for (const value of made) value.data = new Float32Array(buffer, value.at, value.size);
  for (const { at, numbers } of kept) {
    new numbers.constructor(buffer, at, numbers.length).set(numbers);
  }
}

function newValue(plan, shape) {
  const size = product(shape);
  plan.spend(size, size);
  return addValue(plan, shape, plan.reserve(4 * size));
}

// at, end: in bytes. The numbers are there once everything is planned.
function addValue(plan, shape, at) {
  const size = product(shape);
  const value = { shape, size, at, end: at + 4 * size, data: new Float32Array(0) };
  plan.made.push(value);
  return value;
}

/** @param {any} plan @param {Layer} layer @param {Shape} shape */
function addLayer(plan, layer, shape) {
  const inputs = layer.inputs.map((name) => plan.values.get(name));
  const activate = plan.kernels.activation(layer); // none for "linear"
  let value;
  if (["Reshape", "Flatten", "Activation"].includes(layer.op)) {
    if (!activate) return addValue(plan, shape, inputs[0].at);
    value = newValue(plan, shape);
    addMove(plan, inputs[0].at, value.at, value.size);
  } else {
    value = newValue(plan, shape);
    OPERATIONS[layer.op](plan, layer, inputs, value);
  }
  if (activate) plan.steps.push(() => activate(value));
  return value;
}

// Copies `count` times `numbers`; from one to the next are fromStep and toStep numbers.
function addMove(plan, from, to, numbers, count = 1, fromStep = 0, toStep = 0) {
  const { move } = plan.kernels;
  const [bytes, behind, further] = [numbers, fromStep - numbers, toStep - numbers].map(
    (n) => 4 * n,
  );
  plan.steps.push(() => move(from, to, bytes, count, behind, further));
}

// Convolutions and dense layers --------------------------------------------------

// For each pixel p, `run` neighbouring numbers from from[p] on, then from one picture row
// below, and so on, are weighed and summed up; the sums go to `to[p]` and behind. Padding
// is already in the input. The weights of one number, for every output, stand at
// at(row, r) in the kernel, `apart` from each other. Also a dense layer: one pixel.
function addPiece(plan, piece, input, output) {
  plan.spend(0, piece.from.length * piece.rows * piece.run * piece.outputs);
  plan.kernels.addPiece(plan, piece, input, output);
}

function parameters(plan, layer) {
  const named = (kind) => plan.weights.get(`${layer.name}/${kind}`);
  return { kernel: named("kernel"), bias: named("bias") };
}

function addDense(plan, layer, [input], output) {
  const { kernel, bias } = parameters(plan, layer);
  const run = input.size;
  const outputs = output.size;
  plan.macs += kernel.length;
  const piece = {
    from: new Int32Array(1),
    to: new Int32Array(1),
    rows: 1,
    run,
    step: 0,
    outputs,
    kernel,
    at: (_, r) => r * outputs,
    apart: 1,
    bias,
  };
  addPiece(plan, piece, input, output);
}

// A picture with zeros around it: [before, after] for rows and for columns.
/** @param {any} plan @param {any} value @param {number[]} rows @param {number[]} columns */
function addPadding(plan, value, [above, below], [left, right]) {
  if (above + below + left + right === 0) return value;
  const [height, width, channels] = value.shape;
  const padded = newValue(plan, [height + above + below, width + left + right, channels]);
  const step = padded.shape[1] * channels;
  const start = padded.at + 4 * (above * step + left * channels);
  addMove(plan, value.at, start, width * channels, height, width * channels, step);
  return padded;
}

// TensorFlow puts the odd row of padding below and to the right.
function samePadding(size, window, stride, padding) {
  if (padding === "valid") return [0, 0];
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  return [total >> 1, total - (total >> 1)];
}

// Where each pixel of a grid starts, in numbers: row y and column x of `size` at
// start + y * down + x * right.
function places([height, width], start, down, right) {
  const found = new Int32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) found[y * width + x] = start + y * down + x * right;
  }
  return found;
}

function addConv(plan, layer, [input], output) {
  const { kernel, bias } = parameters(plan, layer);
  const { kernel_size: window, strides, padding } = layer.attributes;
  const [above, left] = [0, 1].map((axis) =>
    samePadding(input.shape[axis], window[axis], strides[axis], padding),
  );
  const padded = addPadding(plan, input, above, left);
  const [, width, channels] = padded.shape;
  const [high, wide, outputs] = output.shape;
  const run = window[1] * channels;
  const step = width * channels;
  plan.macs += high * wide * kernel.length;
  const piece = {
    from: places([high, wide], 0, strides[0] * step, strides[1] * channels),
    to: places([high, wide], 0, wide * outputs, outputs),
    rows: window[0],
    run,
    step,
    outputs,
    kernel,
    at: (row, r) => (row * run + r) * outputs,
    apart: 1,
    bias,
  };
  addPiece(plan, piece, padded, output);
}

// Along one axis of a transposed convolution with padding "same", output pixel
// q * stride + phase gathers input q + first, q + first + 1, ... through the kernel's
// entries taps[0], taps[1], ... (Scattering instead would write each output often.)
function phases(window, stride) {
  const before = (window - stride) >> 1;
  return Array.from({ length: stride }, (_, phase) => {
    const taps = [];
    for (let tap = (phase + before) % stride; tap < window; tap += stride) {
      taps.unshift(tap);
    }
    return { phase, taps, first: (phase + before - taps[0]) / stride };
  });
}

function edges(along) {
  const lasts = along.map(({ first, taps }) => first + taps.length - 1);
  return [Math.max(0, ...along.map(({ first }) => -first)), Math.max(0, ...lasts)];
}

function addTransposed(plan, layer, [input], output) {
  const { kernel, bias } = parameters(plan, layer);
  const { kernel_size: window, strides } = layer.attributes;
  const rows = phases(window[0], strides[0]);
  const columns = phases(window[1], strides[1]);
  const [above, left] = [edges(rows), edges(columns)];
  const padded = addPadding(plan, input, above, left);
  const [, width, channels] = padded.shape;
  const [, wide, outputs] = output.shape;
  const step = width * channels;
  const size = input.shape;
  plan.macs += size[0] * size[1] * kernel.length;
  for (const y of rows) {
    for (const x of columns) {
      const run = x.taps.length * channels;
      const corner = (above[0] + y.first) * step + (left[0] + x.first) * channels;
      const start = (y.phase * wide + x.phase) * outputs;
      const piece = {
        from: places(size, corner, step, channels),
        to: places(size, start, strides[0] * wide * outputs, strides[1] * outputs),
        rows: y.taps.length,
        run,
        step,
        outputs,
        kernel,
        at: (row, r) => {
          const tap = y.taps[row] * window[1] + x.taps[(r / channels) | 0];
          return tap * outputs * channels + (r % channels);
        },
        apart: channels,
        bias,
      };
      addPiece(plan, piece, padded, output);
    }
  }
}

// Pictures of another size ---------------------------------------------------------

// The two source pixels that each target pixel lies between, and the second's share.
function sources(size, factor) {
  const length = size * factor;
  const low = new Int32Array(length);
  const high = new Int32Array(length);
  const share = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const centre = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), size - 1);
    low[i] = Math.floor(centre);
    high[i] = Math.min(low[i] + 1, size - 1);
    share[i] = centre - low[i];
  }
  return { low, high, share };
}

function addUpsampling(plan, layer, [input], output) {
  const { size, interpolation } = layer.attributes;
  plan.spend(0, 4 * output.size);
  if (interpolation === "nearest") addRepeated(plan, size, input, output);
  else addBilinear(plan, size, input, output);
}

// Each pixel beside itself, then each row below itself.
function addRepeated(plan, [down, across], input, output) {
  const [height, width, channels] = input.shape;
  const line = output.shape[1] * channels;
  for (let y = 0; y < height; y++) {
    const from = input.at + 4 * y * width * channels;
    const to = output.at + 4 * y * down * line;
    for (let copy = 0; copy < across; copy++) {
      const start = to + 4 * copy * channels;
      addMove(plan, from, start, channels, width, channels, across * channels);
    }
    if (down > 1) addMove(plan, to, to + 4 * line, line, down - 1, 0, line);
  }
}

function addBilinear(plan, size, input, output) {
  const [height, width, channels] = input.shape;
  const rows = sources(height, size[0]);
  const columns = sources(width, size[1]);
  const step = width * channels;
  plan.steps.push(() => {
    const x = input.data;
    const y = output.data;
    let to = 0;
    for (let i = 0; i < rows.low.length; i++) {
      const top = rows.low[i] * step;
      const bottom = rows.high[i] * step;
      const down = rows.share[i];
      for (let j = 0; j < columns.low.length; j++) {
        const left = columns.low[j] * channels;
        const right = columns.high[j] * channels;
        const across = columns.share[j];
        for (let c = 0; c < channels; c++) {
          const a = x[top + left + c];
          const b = x[bottom + left + c];
          const upper = a + (x[top + right + c] - a) * across;
          const lower = b + (x[bottom + right + c] - b) * across;
          y[to++] = upper + (lower - upper) * down;
        }
      }
    }
  });
}

// TensorFlow's order: channel (row * block + column) * channels + c is the c-th of the
// pixel at that row and column of its block.
function addDepthToSpace(plan, layer, [input], output) {
  const block = layer.attributes.block_size;
  const [height, width, channels] = input.shape;
  const part = channels / block;
  for (let y = 0; y < height; y++) {
    for (let row = 0; row < block; row++) {
      const from = input.at + 4 * (y * width * channels + row * part);
      const to = output.at + 4 * (y * block + row) * width * part;
      addMove(plan, from, to, part, width, channels, part);
    }
  }
}

// Windows along one axis, as [first, end) of the pixels that really exist.
function spans(size, count, window, stride, padding) {
  const [before] = samePadding(size, window, stride, padding);
  const first = new Int32Array(count);
  const end = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    first[i] = Math.max(i * stride - before, 0);
    end[i] = Math.min(i * stride - before + window, size);
  }
  return { first, end };
}

function addPooling(plan, layer, [input], output) {
  const { pool_size: window, strides, padding } = layer.attributes;
  const [high, wide, channels] = output.shape;
  const [rows, columns] = [high, wide].map((count, axis) =>
    spans(input.shape[axis], count, window[axis], strides[axis], padding),
  );
  const step = input.shape[1] * channels;
  const largest = layer.op === "MaxPooling2D";
  plan.spend(0, output.size * window[0] * window[1]);
  const pool = (i, j, c, to) => {
    const x = input.data;
    let sum = 0;
    let most = -Infinity;
    for (let row = rows.first[i]; row < rows.end[i]; row++) {
      for (let column = columns.first[j]; column < columns.end[j]; column++) {
        const value = x[row * step + column * channels + c];
        sum += value;
        if (value > most) most = value;
      }
    }
    // The mean leaves out the padding, as TensorFlow's does.
    const pixels = (rows.end[i] - rows.first[i]) * (columns.end[j] - columns.first[j]);
    output.data[to] = largest ? most : sum / pixels;
  };
  plan.steps.push(() => {
    let to = 0;
    for (let i = 0; i < high; i++) {
      for (let j = 0; j < wide; j++) {
        for (let c = 0; c < channels; c++) pool(i, j, c, to++);
      }
    }
  });
}

function addGlobalPooling(plan, _layer, [input], output) {
  const channels = output.size;
  plan.spend(0, input.size);
  plan.steps.push(() => {
    const x = input.data;
    const y = output.data;
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = c; i < x.length; i += channels) sum += x[i];
      y[c] = (sum * channels) / x.length;
    }
  });
}

// Means and deviations of this input: of each group of channels over all pixels, or of
// all channels at each pixel. The kernel is what Keras calls gamma, the bias beta.
function addNormalization(plan, layer, [input], output) {
  const { kernel, bias } = parameters(plan, layer);
  const { groups, epsilon } = layer.attributes;
  const channels = kernel.length;
  const together = layer.op === "GroupNormalization";
  const width = together ? channels / groups : channels;
  const end = together ? channels : input.size;
  plan.macs += input.size;
  plan.spend(0, 3 * input.size);
  const normalize = (start, last) => {
    const x = input.data;
    let sum = 0;
    let squares = 0;
    let n = 0;
    for (let p = start; p < last; p += channels) {
      for (let i = p; i < p + width; i++) sum += x[i];
      n += width;
    }
    const mean = sum / n;
    for (let p = start; p < last; p += channels) {
      for (let i = p; i < p + width; i++) squares += (x[i] - mean) ** 2;
    }
    const scale = 1 / Math.sqrt(squares / n + epsilon);
    const first = together ? start : 0;
    for (let p = start; p < last; p += channels) {
      for (let i = p; i < p + width; i++) {
        const channel = i - p + first;
        output.data[i] = (x[i] - mean) * scale * kernel[channel] + bias[channel];
      }
    }
  };
  plan.steps.push(() => {
    for (let start = 0; start < end; start += width) {
      normalize(start, together ? input.size : start + 1);
    }
  });
}

// Several inputs -------------------------------------------------------------------

function addSum(plan, _layer, inputs, { at, size, end }) {
  const { add } = plan.kernels;
  plan.spend(0, size * inputs.length);
  addMove(plan, inputs[0].at, at, size);
  for (const input of inputs.slice(1)) plan.steps.push(() => add(input.at, at, end));
}

function addJoin(plan, _layer, inputs, output) {
  const total = output.shape[output.shape.length - 1];
  let to = output.at;
  for (const { at, shape, size } of inputs) {
    const width = shape[shape.length - 1];
    addMove(plan, at, to, width, size / width, width, total);
    to += 4 * width;
  }
}

// (plan, layer, inputs, output): lays the layer out and appends its steps.
const OPERATIONS = {
  Dense: addDense,
  Conv2D: addConv,
  Conv2DTranspose: addTransposed,
  UpSampling2D: addUpsampling,
  DepthToSpace: addDepthToSpace,
  MaxPooling2D: addPooling,
  AveragePooling2D: addPooling,
  GlobalAveragePooling2D: addGlobalPooling,
  GroupNormalization: addNormalization,
  LayerNormalization: addNormalization,
  Add: addSum,
  Concatenate: addJoin,
};
