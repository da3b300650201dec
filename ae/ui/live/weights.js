// Weights and their layer graph out of a safetensors file, by the rules of
// ae/graph/tensors.py: eight bytes of header length, a JSON header, float32 buffers.
import { isObject, isShape, kernelShape, product, readGraph, refuse, shown } from "./layers.js";

const MAX_HEADER_BYTES = 1 << 20;
const MAX_BYTES = 64 << 20;

function headerText(bytes) {
  if (!(bytes instanceof Uint8Array) || bytes.length < 8) {
    refuse("the file is not a safetensors file");
  }
  if (bytes.length > MAX_BYTES) {
    refuse(`the file is larger than ${MAX_BYTES >> 20} MB`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = view.getUint32(0, true);
  const limit = Math.min(MAX_HEADER_BYTES, bytes.length - 8);
  if (view.getUint32(4, true) !== 0 || length < 1 || length > limit) {
    refuse("the file is not a safetensors file");
  }
  return bytes.subarray(8, 8 + length);
}

// JSON.parse keeps the last of two equal names without a word, so they are counted.
function namesIn(text) {
  let depth = 0;
  let quoted = false;
  let names = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === "\\") i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") depth--;
    else if (c === ":" && depth === 1) names++;
  }
  return names;
}

function parseHeader(bytes) {
  let text, header;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    refuse("the file's header is not readable");
  }
  if (!isObject(header)) refuse("the file's header is not readable");
  if (namesIn(text) !== Object.keys(header).length) {
    refuse("the file names a tensor twice");
  }
  return header;
}

function graphText(header) {
  const metadata = Object.hasOwn(header, "__metadata__") && header.__metadata__;
  const text = isObject(metadata) && Object.hasOwn(metadata, "layer_graph") && metadata.layer_graph;
  if (typeof text !== "string") refuse("the file holds no layer graph");
  return text;
}

// Returns [name, { shape, begin, end }] in the order of the buffers, which must follow
// each other without gap or overlap and fill the file.
function readEntries(header, bytes) {
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  /** @type {[string, any][]} */
  const found = entries.map(([name, entry]) => [name, readEntry(name, entry)]);
  found.sort((a, b) => a[1].begin - b[1].begin || a[1].end - b[1].end);
  let end = 0;
  for (const [name, entry] of found) {
    if (entry.begin !== end) refuse(`tensor ${shown(name)} is not where it belongs`);
    end = entry.end;
  }
  if (end !== bytes) refuse("the file is damaged: its tensors do not fill it");
  return found;
}

function readEntry(name, entry) {
  const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
  if (dtype !== "F32") refuse(`tensor ${shown(name)} is ${shown(dtype)}, expected F32`);
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  const whole = Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0;
  if (!whole || !isShape(shape) || end - begin !== 4 * product(shape)) {
    refuse(`tensor ${shown(name)} has a shape and offsets that do not fit`);
  }
  return { shape, begin, end };
}

function expectedShapes(graph) {
  const expected = new Map();
  for (const layer of graph.layers) {
    const kernel = kernelShape(layer, graph.shapes.get(layer.inputs[0]));
    if (!kernel) continue;
    expected.set(`${layer.name}/kernel`, kernel);
    expected.set(`${layer.name}/bias`, graph.shapes.get(layer.name).slice(-1));
  }
  return expected;
}

function checkShapes(expected, entries) {
  const found = new Map(entries);
  for (const [name, shape] of expected) {
    if (!found.has(name)) refuse(`weight ${shown(name)} is missing`);
    const stored = found.get(name).shape;
    if (stored.length !== shape.length || stored.some((s, i) => s !== shape[i])) {
      refuse(`weight ${shown(name)} is ${shown(stored)}, expected ${shown(shape)}`);
    }
  }
  for (const name of found.keys()) {
    if (!expected.has(name)) refuse(`weight ${shown(name)} is not in the layer graph`);
  }
}

function checkFinite(name, values) {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      refuse(`weight ${shown(name)} holds values that are not finite`);
    }
  }
}

// Returns { graph, weights: Map of name to Float32Array }; throws NetworkError.
export function readFile(bytes) {
  const raw = headerText(bytes);
  const header = parseHeader(raw);
  const graph = readGraph(graphText(header));
  const start = 8 + raw.length;
  const entries = readEntries(header, bytes.length - start);
  checkShapes(expectedShapes(graph), entries);
  const buffer = bytes.slice(start).buffer; // aligned, whatever the header's length
  const weights = new Map();
  for (const [name, { begin, end }] of entries) {
    const values = new Float32Array(buffer, begin, (end - begin) / 4);
    checkFinite(name, values);
    weights.set(name, values);
  }
  return { graph, weights };
}
