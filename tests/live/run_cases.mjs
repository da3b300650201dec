// Runs the engine in Node: `node run_cases.mjs FOLDER`, where the folder holds
// engine.mjs, cases.json ([{ name, inputs: count or null }]) and, by the case's number,
// 0.safetensors and 0.inputs (float32). Writes 0.outputs and results.json.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const file = (name) => path.join(folder, name);
const { readNetwork } = await import(pathToFileURL(file("engine.mjs")));

function floats(name) {
  const bytes = new Uint8Array(fs.readFileSync(file(name)));
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
  fs.writeFileSync(file(`${number}.outputs`), Buffer.from(new Float32Array(outputs).buffer));
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
    const bytes = new Uint8Array(fs.readFileSync(file(`${number}.safetensors`)));
    const network = readNetwork(bytes);
    attempt(network, number, inputs);
    const growth = frames ? heapGrowth(network, frames) : {};
    return { shape: network.outputShape, macs: network.macs, ...growth };
  } catch (error) {
    return { error: error.name, message: error.message };
  }
}

const cases = JSON.parse(fs.readFileSync(file("cases.json"), "utf8"));
fs.writeFileSync(file("results.json"), JSON.stringify(cases.map(runCase)));
