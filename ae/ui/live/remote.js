// A decoder that runs elsewhere: a network whose pictures come a little later, one at a
// time. What was asked for last comes first, and what moves before what does not.
import { fetchBytes } from "../door/files.js";

const KEPT = 64;

// decode(z, code): the promise of a picture; code is z as it stands in an address. Calls
// arrived() when a picture that run() or follow() did not have is here, failed(reason) when
// it could not be had.
/**
 * @param {Pick<Decoder, "latentDim" | "shape">} decoder
 * @param {(z: Float32Array, code: string) => Promise<Float32Array>} decode
 * @param {() => void} arrived
 * @param {(reason: string) => void} failed
 * @returns {Network}
 */
export function newRemote({ latentDim, shape }, decode, arrived, failed) {
  const kept = new Map(); // code -> pixels
  const followed = new Set(); // codes asked for by follow()
  let newest = null; // of the pictures that were followed
  /** @type {Record<string, [Float32Array, string] | null>} */
  const waiting = { follow: null, run: null };
  let asked = ""; // the code of the picture that is under way

  async function ask() {
    const next = waiting.follow ?? waiting.run;
    if (asked || !next) return;
    waiting[waiting.follow ? "follow" : "run"] = null;
    asked = next[1];
    try {
      keep(asked, await decode(...next));
      arrived();
    } catch (error) {
      failed(error.message);
    }
    asked = "";
    ask();
  }

  function keep(code, pixels) {
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value);
    kept.set(code, pixels);
    if (followed.delete(code)) newest = pixels;
  }

  function request(z, way) {
    const numbers = Float32Array.from(z);
    const code = textOf(numbers);
    const found = kept.get(code) ?? null;
    if (way === "follow") {
      if (followed.size > KEPT) followed.clear();
      if (found) newest = found;
      else followed.add(code);
    }
    waiting[way] = found || code === asked ? null : [numbers, code];
    ask();
    return found;
  }

  const run = (z) => request(z, "run");
  // While a code moves on, the newest picture on its way will do.
  const follow = (z) => request(z, "follow") ?? newest;
  return { inputSize: latentDim, outputShape: shape, run, follow };
}

// Decodes on the server, for what the browser cannot run.
/** @param {string} model */
export function onServer(model) {
  return async (_, code) => {
    const bytes = await fetchBytes(`frame/${model}/${code}`);
    return Float32Array.from(bytes, (level) => level / 255);
  };
}

// As ae/ui/door/frames.py reads it: float32, URL-safe base64.
function textOf(numbers) {
  const bytes = new Uint8Array(numbers.buffer);
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
