// Decoders that take longer than a frame may, run in a worker beside the page.
const LONGEST_MS = 8; // half a frame of a screen that shows sixty a second
const TRIES = 3; // the first ones are slower, for code is still being compiled

/** @type {Worker | null} */
let worker = null; // one for all
const asked = new Map(); // number of a message -> what settles its promise
let count = 0;

/** @param {Network} network */
export function isSlow({ inputSize, run }) {
  const z = new Float32Array(inputSize);
  for (let i = 0; i < TRIES; i++) {
    const start = performance.now();
    run(z);
    if (performance.now() - start <= LONGEST_MS) return false;
  }
  return true;
}

// The promise of a picture; broken where no worker can be had.
/** @param {string} digest @param {Float32Array} z @returns {Promise<Float32Array>} */
export async function decodeAside(digest, z) {
  worker ??= newWorker();
  const id = ++count;
  worker.postMessage({ id, digest, z });
  return new Promise((resolve, reject) => asked.set(id, { resolve, reject }));
}

function newWorker() {
  const made = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  made.onmessage = ({ data: { id, pixels, words } }) => {
    const { resolve, reject } = asked.get(id) ?? {}; // of a worker given up on, nobody asks
    asked.delete(id);
    if (pixels) resolve?.(pixels);
    else reject?.(new Error(words));
  };
  made.onerror = () => {
    for (const { reject } of asked.values()) reject(new Error("the browser allows no worker"));
    asked.clear();
    worker = null;
  };
  return made;
}
