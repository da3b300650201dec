// Decodes beside the page: is sent { id, digest, z }, answers { id, pixels } or { id, words }.
import { fetchFile } from "../door/files.js";
import { readNetwork } from "./engine.js";

self.onmessage = async ({ data: { id, digest, z } }) => {
  try {
    const network = await fetchFile(digest, readNetwork);
    const pixels = /** @type {Float32Array} */ (network.run(z)).slice();
    self.postMessage({ id, pixels }, { transfer: [pixels.buffer] });
  } catch (error) {
    self.postMessage({ id, words: error.message });
  }
};
