// The decoder of a live picture: run by the browser's engine, in a worker where a frame
// takes long, or else by the server.
import { fetchFile } from "../door/files.js";
import { decodeAside, isSlow } from "./aside.js";
import { readNetwork } from "./engine.js";
import { newRemote, onServer } from "./remote.js";

// Keeps at most one network, that of the last decoder asked for.
// tell: { ready(), arrived(), problem(words) }, called whenever there is one: a network,
// a picture of the server's, or a sentence for the visitor ("" when there is none).
/** @param {{ ready(): void, arrived(): void, problem(words: string): void }} tell */
export function newDecoder(tell) {
  const holder = {
    /** @type {Network | null} */ network: null,
    /** @type {string | null} */ of: null,
    use,
  };

  // decoder: { digest, model, latentDim, shape }, digest "" where there are no weights;
  // or null for none.
  function use(decoder) {
    const name = JSON.stringify(decoder);
    if (holder.of === name) return;
    Object.assign(holder, { network: null, of: name });
    tell.problem("");
    if (!decoder) return;
    const take = (network) => {
      if (holder.of !== name) return; // another one is wanted by now
      holder.network = network;
      tell.ready();
    };
    const fall = (reason) => {
      if (holder.of !== name) return;
      tell.problem(`The server draws these pictures, for the browser cannot: ${reason}.`);
      take(newRemote(decoder, onServer(decoder.model), tell.arrived, tell.problem));
    };
    const decode = (z) => decodeAside(decoder.digest, z);
    const goAside = (network) => {
      decode(new Float32Array(decoder.latentDim)).then(
        () => take(newRemote(decoder, decode, tell.arrived, tell.problem)),
        () => take(network), // no worker can be had
      );
    };
    if (!decoder.digest) return fall("this decoder has no layers that it knows");
    fetchFile(decoder.digest, readTimed).then(
      (network) => {
        const reason = misfit(network, decoder);
        if (reason) fall(reason);
        else if (network.slow) goAside(network);
        else take(network);
      },
      (error) => fall(error.message.replace(/\.$/, "")),
    );
  }
  return holder;
}

/** @param {Uint8Array} bytes */
export function readTimed(bytes) {
  const network = readNetwork(bytes);
  return { ...network, slow: isSlow(network) };
}

/** @param {Network} network @param {Decoder} decoder */
function misfit({ inputSize, outputShape }, { latentDim, shape }) {
  if (inputSize !== latentDim) {
    return `the decoder takes ${inputSize} numbers, the code has ${latentDim}`;
  }
  const same = outputShape.length === 3 && shape.every((size, i) => size === outputShape[i]);
  return same ? null : "it makes other pictures";
}

// The picture of a code that moves on: of a network in the browser always its own.
/** @param {Network} network @param {Numbers} z */
export function follow(network, z) {
  return network.follow ? network.follow(z) : network.run(z);
}
