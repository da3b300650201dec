// Runs the engine in Node, beside the browser's modules, cases.json ({ kernels: a name of
// KERNELS, cases: [{ inputs: count or null, frames }] }) and, by the case's number,
// 0.safetensors and 0.inputs (float32). Writes 0.outputs and prints the results, or null
// where Node has no such kernels.
import fs from "node:fs";
import v8 from "node:v8";
import { readNetwork } from "./live/engine.js";
import { newKernels } from "./live/kernels.js";
import { compiled, fastest, newSimd } from "./live/simd.js";
import { PLAIN, RELAXED } from "./live/simd_bytes.js";

v8.setFlagsFromString("--experimental-wasm-relaxed-simd"); // before Node 21

function simd(bytes) {
  const module = compiled(bytes);
  return module && (() => newSimd(module));
}

const KERNELS = {
  fastest: () => fastest,
  javascript: () => newKernels,
  plain: () => simd(PLAIN),
  relaxed: () => simd(RELAXED),
};

function floats(name) {
  const bytes = new Uint8Array(fs.readFileSync(name));
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}

function attempt(network, number, inputs) {
  const size = network.inputSize;
  if (inputs === null) return void network.run(new Float32Array(size));
  const codes = floats(`${number}.inputs`);
  const outputs = [];
  for (let i = 0; i < inputs; i++) {
    outputs.push(...network.run(codes.subarray(i * size, (i + 1) * size)));
  }
  fs.writeFileSync(`${number}.outputs`, Buffer.from(new Float32Array(outputs).buffer));
}

// What `frames` frames leave on the heap, once the compiler, which leaves things of its
// own there, has come to rest.
function heapGrowth(network, frames) {
  const z = new Float32Array(network.inputSize);
  const pictures = new Set();
  let least = Infinity;
  for (let round = 0; round < 50 && least > 1000; round++) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < frames; i++) pictures.add(network.run(z));
    least = Math.min(least, Math.abs(process.memoryUsage().heapUsed - before));
  }
  return { heap: least, pictures: pictures.size };
}

function runCase({ inputs, frames }, number) {
  try {
    const bytes = new Uint8Array(fs.readFileSync(`${number}.safetensors`));
    const network = readNetwork(bytes, newArithmetic());
    attempt(network, number, inputs);
    const growth = frames ? heapGrowth(network, frames) : {};
    return { shape: network.outputShape, macs: network.macs, ...growth };
  } catch (error) {
    return { error: error.name, message: error.message };
  }
}

const { kernels, cases } = JSON.parse(fs.readFileSync("cases.json", "utf8"));
const newArithmetic = KERNELS[kernels]();
console.log(JSON.stringify(newArithmetic && cases.map(runCase)));
