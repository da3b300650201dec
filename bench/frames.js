// Milliseconds per frame by what decodes, all in turns.
async ([file, onnx, turns, frames]) => {
  const { readNetwork } = await import("/code/live/engine.js");
  const { newKernels } = await import("/code/live/kernels.js");
  const { compiled, fastest, newSimd } = await import("/code/live/simd.js");
  const { PLAIN } = await import("/code/live/simd_bytes.js");
  const unpacked = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const bytes = unpacked(file);
  const before = performance.now();
  const network = readNetwork(bytes, fastest());
  const read_ms = performance.now() - before;
  const { macs, inputSize } = network;
  const z = Float32Array.from({ length: inputSize }, (_, i) => Math.sin(i));
  const runners = { engine: () => network.run(z) };
  let off_by = null;
  const plain = readNetwork(bytes, newSimd(compiled(PLAIN)));
  const javascript = readNetwork(bytes, newKernels());
  runners.plain = () => plain.run(z);
  runners.javascript = () => javascript.run(z);
  if (onnx) {
    const ort = await import("/against/ort.wasm.min.mjs");
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = "/against/";
    const session = await ort.InferenceSession.create(unpacked(onnx));
    const [input] = session.inputNames;
    const [output] = session.outputNames;
    const feeds = { [input]: new ort.Tensor("float32", z, [1, inputSize]) };
    runners.onnxruntime_web = () => session.run(feeds);
    const expected = (await session.run(feeds))[output].data;
    off_by = Math.max(...network.run(z).map((value, i) => Math.abs(value - expected[i])));
  }
  // A browser's clock is coarse, so many frames are measured together.
  const measure = async (run, frames) => {
    const start = performance.now();
    for (let i = 0; i < frames; i++) {
      const answer = run();
      if (answer instanceof Promise) await answer;
    }
    return (performance.now() - start) / frames;
  };
  const times = {};
  for (const [name, run] of Object.entries(runners)) {
    await measure(run, 2 * frames); // until it is compiled
    times[name] = [];
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, run] of Object.entries(runners)) {
      times[name].push(await measure(run, frames));
    }
  }
  return { macs, read_ms, off_by, times };
};
