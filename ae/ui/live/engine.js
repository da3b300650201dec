// Runs a decoder stored as safetensors. No DOM and no dependency; everything is
// allocated and laid out when the network is read, nothing while it runs.
import { ACTIVATIONS, correlate, packed } from "./kernels.js";
import { product, refuse } from "./layers.js";
import { readFile } from "./weights.js";

const MAX_NUMBERS = 1 << 24; // all values of a network together, 64 MB
const MAX_WORK = 1 << 28; // multiply-adds and the like: about 0.2 s

// Reads the bytes of a decoder.safetensors. Returns { inputSize, outputShape, macs, run };
// run(z) returns a Float32Array that the next call overwrites. Throws NetworkError.
/** @param {Uint8Array} bytes @returns {Network} */
export function readNetwork(bytes) {
  const { graph, weights } = readFile(bytes);
  /** @type {(() => void)[]} */
  const steps = [];
  const plan = { numbers: 0, work: 0, macs: 0, steps, weights, values: new Map() };
  const input = newValue(plan, graph.inputShape);
  plan.values.set("input", input);
  for (const layer of graph.layers) {
    plan.values.set(layer.name, addLayer(plan, layer, graph.shapes.get(layer.name)));
  }
  const output = plan.values.get(graph.output);
  const { macs } = plan;
  const inputSize = input.data.length;
  const run = (z) => {
    if (z.length !== inputSize) refuse(`expected ${inputSize} numbers, got ${z.length}`);
    for (let i = 0; i < inputSize; i++) input.data[i] = z[i];
    for (let i = 0; i < steps.length; i++) steps[i]();
    return output.data;
  };
  return { inputSize, outputShape: [...output.shape], macs, run };
}

// Counted before it is done, so that a small file cannot ask for much.
function spend(plan, numbers, work) {
  plan.numbers += numbers;
  plan.work += work;
  if (plan.numbers > MAX_NUMBERS || plan.work > MAX_WORK) {
    refuse("the network is too large to run in a browser");
  }
}

function newValue(plan, shape) {
  const size = product(shape);
  spend(plan, size, size);
  return { shape, data: new Float32Array(size) };
}

/** @param {any} plan @param {Layer} layer @param {Shape} shape */
function addLayer(plan, layer, shape) {
  const inputs = layer.inputs.map((name) => plan.values.get(name));
  const activate = ACTIVATIONS[layer.activation]; // none for "linear"
  let value;
  if (["Reshape", "Flatten", "Activation"].includes(layer.op)) {
    if (!activate) return { shape, data: inputs[0].data };
    value = newValue(plan, shape);
    const { data } = value;
    plan.steps.push(() => data.set(inputs[0].data));
  } else {
    value = newValue(plan, shape);
    OPERATIONS[layer.op](plan, layer, inputs, value);
  }
  if (activate) {
    const { attributes } = layer;
    const { data } = value;
    plan.steps.push(() => activate(data, attributes));
  }
  return value;
}

// Convolutions and dense layers --------------------------------------------------

function addPiece(plan, piece, input, output) {
  const macs = piece.from.length * piece.rows * piece.run * piece.outputs;
  spend(plan, piece.weights.length + 2 * piece.from.length + 256, macs);
  plan.steps.push(() => correlate(piece, input, output));
}

function parameters(plan, layer) {
  const named = (kind) => plan.weights.get(`${layer.name}/${kind}`);
  return { kernel: named("kernel"), bias: named("bias") };
}

function addDense(plan, layer, [input], output) {
  const { kernel, bias } = parameters(plan, layer);
  const run = input.data.length;
  const outputs = output.data.length;
  plan.macs += kernel.length;
  const piece = {
    from: new Int32Array(1),
    to: new Int32Array(1),
    rows: 1,
    run,
    step: 0,
    outputs,
    weights: packed(1, run, outputs, (_, r, f) => kernel[r * outputs + f]),
    bias,
  };
  addPiece(plan, piece, input.data, output.data);
}

// A picture with zeros around it: [before, after] for rows and for columns.
/** @param {any} plan @param {any} value @param {number[]} rows @param {number[]} columns */
function addPadding(plan, { shape, data }, [above, below], [left, right]) {
  if (above + below + left + right === 0) return { shape, data };
  const [height, width, channels] = shape;
  const wide = [height + above + below, width + left + right, channels];
  const padded = newValue(plan, wide);
  const line = width * channels;
  const step = wide[1] * channels;
  const start = above * step + left * channels;
  plan.steps.push(() => {
    for (let y = 0; y < height; y++) {
      const to = start + y * step;
      const from = y * line;
      for (let i = 0; i < line; i++) padded.data[to + i] = data[from + i];
    }
  });
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
    weights: packed(window[0], run, outputs, (row, r, f) => {
      return kernel[(row * run + r) * outputs + f];
    }),
    bias,
  };
  addPiece(plan, piece, padded.data, output.data);
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
        weights: packed(y.taps.length, run, outputs, (row, r, f) => {
          const tap = y.taps[row] * window[1] + x.taps[(r / channels) | 0];
          return kernel[(tap * outputs + f) * channels + (r % channels)];
        }),
        bias,
      };
      addPiece(plan, piece, padded.data, output.data);
    }
  }
}

// Pictures of another size ---------------------------------------------------------

// The two source pixels that each target pixel lies between, and the second's share.
function sources(size, factor, interpolation) {
  const length = size * factor;
  const low = new Int32Array(length);
  const high = new Int32Array(length);
  const share = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    if (interpolation === "nearest") {
      low[i] = high[i] = Math.floor(i / factor);
      continue;
    }
    const centre = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), size - 1);
    low[i] = Math.floor(centre);
    high[i] = Math.min(low[i] + 1, size - 1);
    share[i] = centre - low[i];
  }
  return { low, high, share };
}

function addUpsampling(plan, layer, [input], output) {
  const { size, interpolation } = layer.attributes;
  const [, width, channels] = input.shape;
  const rows = sources(input.shape[0], size[0], interpolation);
  const columns = sources(width, size[1], interpolation);
  const step = width * channels;
  const [x, y] = [input.data, output.data];
  spend(plan, 0, 4 * y.length);
  plan.steps.push(() => {
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
  const [height, width, channels] = output.shape;
  const from = new Int32Array(output.data.length);
  spend(plan, from.length, from.length);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = ((y / block) | 0) * input.shape[1] + ((x / block) | 0);
      const part = (y % block) * block + (x % block);
      const start = pixel * input.shape[2] + part * channels;
      for (let c = 0; c < channels; c++) from[to++] = start + c;
    }
  }
  plan.steps.push(() => {
    for (let i = 0; i < from.length; i++) output.data[i] = input.data[from[i]];
  });
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
  const [x, y] = [input.data, output.data];
  spend(plan, 0, y.length * window[0] * window[1]);
  const pool = (i, j, c, to) => {
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
    y[to] = largest ? most : sum / pixels;
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
  const [x, y] = [input.data, output.data];
  const channels = y.length;
  spend(plan, 0, x.length);
  plan.steps.push(() => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = c; i < x.length; i += channels) sum += x[i];
      y[c] = (sum * channels) / x.length;
    }
  });
}

// Several inputs -------------------------------------------------------------------

function addSum(plan, _layer, inputs, output) {
  const y = output.data;
  spend(plan, 0, y.length * inputs.length);
  plan.steps.push(() => {
    y.set(inputs[0].data);
    for (let k = 1; k < inputs.length; k++) {
      const x = inputs[k].data;
      for (let i = 0; i < y.length; i++) y[i] += x[i];
    }
  });
}

function addJoin(plan, _layer, inputs, output) {
  const y = output.data;
  const widths = inputs.map(({ shape }) => shape[shape.length - 1]);
  const total = output.shape[output.shape.length - 1];
  plan.steps.push(() => {
    let start = 0;
    for (let k = 0; k < inputs.length; k++) {
      const x = inputs[k].data;
      const width = widths[k];
      for (let i = 0, to = start; i < x.length; i += width, to += total) {
        for (let c = 0; c < width; c++) y[to + c] = x[i + c];
      }
      start += width;
    }
  });
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
  Add: addSum,
  Concatenate: addJoin,
};
