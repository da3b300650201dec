// Runs the engine in Node, beside the browser's modules, cases.json ([{ inputs: count or
// null, frames }]) and, by the case's number, 0.safetensors and 0.inputs (float32).
// Writes 0.outputs and prints the results.
import fs from "node:fs";
import { readNetwork } from "./live/engine.js";

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
    const network = readNetwork(bytes);
    attempt(network, number, inputs);
    const growth = frames ? heapGrowth(network, frames) : {};
    return { shape: network.outputShape, macs: network.macs, ...growth };
  } catch (error) {
    return { error: error.name, message: error.message };
  }
}

const cases = JSON.parse(fs.readFileSync("cases.json", "utf8"));
console.log(JSON.stringify(cases.map(runCase)));
