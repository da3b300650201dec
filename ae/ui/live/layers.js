// Layers and what fits what, by the rules of ae/graph/layers.py. Shapes leave out the
// batch: [features] or [height, width, channels], channels last.

const GRAPH_VERSION = 1;
const MAX_ELEMENTS = 1 << 20; // of one value
const MAX_LAYERS = 500;
const MAX_PAIR = 64;
const ACTIVATION_NAMES = [
  "linear",
  "relu",
  "leaky_relu",
  "elu",
  "selu",
  "swish",
  "gelu",
  "softplus",
  "sigmoid",
  "tanh",
];

// What is wrong with a network, in one sentence. Nothing else is thrown for bad data.
export class NetworkError extends Error {
  constructor(message) {
    super(message);
    this.name = "NetworkError";
  }
}

/** @param {string} message @returns {never} */
export function refuse(message) {
  throw new NetworkError(message);
}

// A value for a message: short, on one line, and never walked into, however deep.
export function shown(value) {
  if (typeof value === "string") {
    return `'${value.slice(0, 60).replace(/[\p{C}\p{Z}]/gu, " ")}'`;
  }
  if (value === undefined) return "missing";
  if (Array.isArray(value)) {
    const flat = value.length < 9 && value.every((v) => typeof v === "number");
    return flat ? `(${value.join(", ")})` : "a list";
  }
  return value !== null && typeof value === "object" ? "an object" : String(value);
}

export function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** @param {Shape} shape */
export function product(shape) {
  return shape.reduce((a, b) => a * b, 1);
}

export function isShape(value) {
  return (
    Array.isArray(value) &&
    value.length <= 4 &&
    value.every((v) => Number.isInteger(v) && v > 0 && v <= MAX_ELEMENTS)
  );
}

function sameShape(a, b) {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function at(layer, problem) {
  refuse(`layer ${shown(layer.name)}${problem}`);
}

function attribute(layer, name) {
  return Object.hasOwn(layer.attributes, name) ? layer.attributes[name] : undefined;
}

function pair(layer, name) {
  const value = attribute(layer, name);
  const fits = (v) => Number.isInteger(v) && v > 0 && v <= MAX_PAIR;
  if (!Array.isArray(value) || value.length !== 2 || !value.every(fits)) {
    at(layer, `: ${name} is ${shown(value)}`);
  }
  return value;
}

function whole(layer, name) {
  const value = attribute(layer, name);
  if (!Number.isInteger(value) || value < 1 || value > MAX_ELEMENTS) {
    at(layer, `: ${name} is ${shown(value)}`);
  }
  return value;
}

function image(layer, shape) {
  if (shape.length !== 3) at(layer, ` needs a picture, got shape ${shown(shape)}`);
  return shape;
}

function windows(layer, shape, [high, wide]) {
  const [height, width] = image(layer, shape);
  const [down, right] = pair(layer, "strides");
  const padding = attribute(layer, "padding");
  if (padding === "same") return [Math.ceil(height / down), Math.ceil(width / right)];
  if (padding !== "valid") at(layer, `: padding is ${shown(padding)}`);
  return [Math.ceil((height - high + 1) / down), Math.ceil((width - wide + 1) / right)];
}

function pooled(layer, [shape]) {
  const size = windows(layer, shape, pair(layer, "pool_size"));
  return [...size, shape[2]];
}

function normalized(layer, [shape]) {
  const epsilon = attribute(layer, "epsilon");
  if (!Number.isFinite(epsilon) || epsilon <= 0 || epsilon > 1) {
    at(layer, `: epsilon is ${shown(epsilon)}`);
  }
  const channels = shape[shape.length - 1];
  if (layer.op === "GroupNormalization" && channels % whole(layer, "groups")) {
    at(layer, `: its groups do not fit ${channels} channels`);
  }
  return shape;
}

const SHAPES = {
  Dense(layer, [shape]) {
    if (shape.length !== 1) at(layer, ` needs features, got ${shown(shape)}`);
    return [whole(layer, "units")];
  },
  Conv2D(layer, [shape]) {
    const size = windows(layer, shape, pair(layer, "kernel_size"));
    return [...size, whole(layer, "filters")];
  },
  Conv2DTranspose(layer, [shape]) {
    const [height, width] = image(layer, shape);
    const strides = pair(layer, "strides");
    const kernel = pair(layer, "kernel_size");
    const covers = kernel[0] >= strides[0] && kernel[1] >= strides[1];
    if (attribute(layer, "padding") !== "same" || !covers) {
      at(
        layer,
        ": a transposed convolution needs padding 'same' and a kernel no smaller " +
          "than its strides",
      );
    }
    return [height * strides[0], width * strides[1], whole(layer, "filters")];
  },
  UpSampling2D(layer, [shape]) {
    const [height, width, channels] = image(layer, shape);
    if (!["nearest", "bilinear"].includes(attribute(layer, "interpolation"))) {
      at(layer, ": unknown interpolation");
    }
    const size = pair(layer, "size");
    return [height * size[0], width * size[1], channels];
  },
  DepthToSpace(layer, [shape]) {
    const [height, width, channels] = image(layer, shape);
    const block = whole(layer, "block_size");
    if (channels % (block * block)) {
      at(layer, `: ${channels} channels cannot be split into blocks of ${block} x ${block}`);
    }
    return [height * block, width * block, channels / (block * block)];
  },
  MaxPooling2D: pooled,
  AveragePooling2D: pooled,
  GlobalAveragePooling2D(layer, [shape]) {
    return [image(layer, shape)[2]];
  },
  Reshape(layer, [shape]) {
    const target = attribute(layer, "shape");
    const fits = isShape(target) && [1, 3].includes(target.length);
    if (!fits || product(target) !== product(shape)) {
      at(layer, `: cannot reshape ${shown(shape)} to ${shown(target)}`);
    }
    return target;
  },
  Flatten(_, [shape]) {
    return [product(shape)];
  },
  GroupNormalization: normalized,
  LayerNormalization: normalized,
  Activation(_, [shape]) {
    return shape;
  },
  Add(layer, shapes) {
    if (!shapes.every((shape) => sameShape(shape, shapes[0]))) {
      at(layer, ": cannot add different shapes");
    }
    return shapes[0];
  },
  Concatenate(layer, shapes) {
    const outer = shapes[0].slice(0, -1);
    if (!shapes.every((shape) => sameShape(shape.slice(0, -1), outer))) {
      at(layer, ": cannot join these shapes");
    }
    return [...outer, shapes.reduce((sum, shape) => sum + shape[shape.length - 1], 0)];
  },
};

// The kernel's shape as Keras stores it, and along which axis its outputs are counted.
/** @param {Layer} layer @param {Shape} shape */
export function kernelShape(layer, shape) {
  const { units, filters, kernel_size: size } = layer.attributes;
  if (layer.op === "Dense") return [shape[0], units];
  if (layer.op === "Conv2D") return [...size, shape[2], filters];
  if (layer.op === "Conv2DTranspose") return [...size, filters, shape[2]];
  return SHAPES[layer.op] === normalized ? shape.slice(-1) : null;
}

function readLayer(fields) {
  if (!isObject(fields)) refuse("the layer graph is not readable");
  const { name, op, inputs, activation, attributes } = fields;
  const texts = [name, op, activation, ...(Array.isArray(inputs) ? inputs : [null])];
  if (!texts.every((text) => typeof text === "string") || !isObject(attributes)) {
    refuse("the layer graph is not readable");
  }
  return { name, op, inputs, activation, attributes };
}

function shapeOf(layer, known) {
  if (!Object.hasOwn(SHAPES, layer.op)) {
    at(layer, `: unknown operation ${shown(layer.op)}`);
  }
  if (!ACTIVATION_NAMES.includes(layer.activation)) {
    at(layer, `: unknown activation ${shown(layer.activation)}`);
  }
  const slope = attribute(layer, "negative_slope");
  if (layer.activation === "leaky_relu" && !Number.isFinite(slope)) {
    at(layer, `: negative_slope is ${shown(slope)}`);
  }
  if (known.has(layer.name) || !layer.name) {
    refuse(`two layers are called ${shown(layer.name)}`);
  }
  const { inputs } = layer;
  if (inputs.length === 0 || !inputs.every((name) => known.has(name))) {
    at(layer, " is fed by a layer that does not come before it");
  }
  if (inputs.length > 1 && layer.op !== "Add" && layer.op !== "Concatenate") {
    at(layer, " takes one input");
  }
  const shape = SHAPES[layer.op](
    layer,
    inputs.map((name) => known.get(name)),
  );
  if (!shape.every((size) => size > 0) || product(shape) > MAX_ELEMENTS) {
    at(layer, ` would have shape ${shown(shape)}`);
  }
  return shape;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return refuse("the layer graph is not readable");
  }
}

// Returns { inputShape, layers, output, shapes: Map of layer name to shape }.
/** @param {string} text @returns {LayerGraph} */
export function readGraph(text) {
  const fields = parse(text);
  if (!isObject(fields)) refuse("the layer graph is not readable");
  const { version, input_shape: inputShape, layers, outputs } = fields;
  if (!Number.isInteger(version)) refuse("the layer graph is not readable");
  if (version > GRAPH_VERSION) {
    refuse(`layer graph version ${version} is newer than this app`);
  }
  if (!isShape(inputShape) || product(inputShape) > MAX_ELEMENTS) {
    refuse(`the network's input has shape ${shown(inputShape)}`);
  }
  if (!Array.isArray(layers)) refuse("the layer graph is not readable");
  if (layers.length > MAX_LAYERS) {
    refuse(`${layers.length} layers; at most ${MAX_LAYERS} are read`);
  }
  const shapes = new Map([["input", inputShape]]);
  const read = layers.map((layer) => {
    const known = readLayer(layer);
    shapes.set(known.name, shapeOf(known, shapes));
    return known;
  });
  if (!Array.isArray(outputs) || outputs.length !== 1 || !shapes.has(outputs[0])) {
    refuse("the graph must have one output, one of its layers");
  }
  return { inputShape, layers: read, output: outputs[0], shapes };
}
