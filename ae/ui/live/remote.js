// A decoder that the server runs, for those that the browser cannot: a network whose
// pictures come a little later, one at a time. What was asked for last comes first.
import { fetchBytes } from "../door/files.js";

const KEPT = 64;

// decoder: { model, latentDim, shape }. Calls arrived() when a picture that run() or
// follow() did not have is here, failed(reason) when it could not be had.
/**
 * @param {Decoder} decoder
 * @param {() => void} arrived
 * @param {(reason: string) => void} failed
 * @returns {Network}
 */
export function newRemote({ model, latentDim, shape }, arrived, failed) {
  const kept = new Map(); // code, as in an address -> pixels
  const followed = new Set(); // codes asked for by follow()
  let newest = null; // of the pictures that were followed
  let waiting = null;
  let asking = false;

  async function ask() {
    if (asking || waiting === null) return;
    const code = waiting;
    waiting = null;
    asking = true;
    try {
      keep(code, shares(await fetchBytes(`frame/${model}/${code}`)));
      arrived();
    } catch (error) {
      failed(error.message);
    }
    asking = false;
    ask();
  }

  function keep(code, pixels) {
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value);
    kept.set(code, pixels);
    if (followed.delete(code)) newest = pixels;
  }

  function request(code) {
    const found = kept.get(code) ?? null;
    if (!found) waiting = code;
    ask();
    return found;
  }

  const run = (z) => request(textOf(z));

  // While a code moves on, the newest picture on its way will do.
  function follow(z) {
    const code = textOf(z);
    if (followed.size > KEPT) followed.clear();
    followed.add(code);
    const found = request(code);
    if (found) newest = found;
    return newest;
  }

  return { inputSize: latentDim, outputShape: shape, run, follow };
}

function shares(bytes) {
  return Float32Array.from(bytes, (level) => level / 255);
}

// As ae/ui/door/routes.py reads it: float32, URL-safe base64.
function textOf(z) {
  const bytes = new Uint8Array(Float32Array.from(z).buffer);
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
