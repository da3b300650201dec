// Small pictures of the points of a map: the true images, or else decoded in idle moments.
import { newIdleDecoder } from "../live/idle.js";
import { make, pictureOn } from "../live/screen.js";

const REMEMBERED_PICTURES = 400;

// ready() is called when a picture that was asked for has been decoded.
/** @param {() => void} ready @returns {Thumbnails} */
export function newThumbnails(ready) {
  /** @type {any} */
  const nothing = { images: null, network: null, content: null };
  /** @type {Thumbnails} */
  const thumbnails = { ...nothing, kept: new Map(), waiting: [], ready };
  thumbnails.idle = newIdleDecoder(
    ({ i }) => thumbnails.content && thumbnails.network?.run(codeOf(thumbnails.content, i)),
  );
  return thumbnails;
}

// images: as read from the payload, or null; network: what decodes instead, or null;
// content: the points with their codes, or null.
/**
 * @param {Thumbnails} thumbnails
 * @param {Thumbnails["images"]} images
 * @param {Network | null} network
 * @param {Content | null} content
 */
export function fillThumbnails(thumbnails, images, network, content) {
  const filling = { images, network, content };
  const same = Object.keys(filling).every((what) => thumbnails[what] === filling[what]);
  if (!same) thumbnails.kept.clear();
  Object.assign(thumbnails, filling);
  askAnew(thumbnails);
}

/** @param {Content} content @param {number} i */
function codeOf({ codes, latentDim }, i) {
  return codes.subarray(i * latentDim, (i + 1) * latentDim);
}

// Forgets what was asked for and is not needed any more.
/** @param {Thumbnails} thumbnails */
export function askAnew(thumbnails) {
  thumbnails.idle.forget(thumbnails.waiting);
  thumbnails.waiting = [];
}

// A canvas with the picture of point i, or null as long as there is none.
/** @param {Thumbnails} thumbnails @param {number} i */
export function pictureOf(thumbnails, i) {
  const { kept, images, network, idle, waiting } = thumbnails;
  if (kept.has(i)) return kept.get(i);
  if (images) return keep(kept, i, images.shape, shares(images.pixels(i)));
  if (!network) return null;
  const paint = (pixels) => {
    keep(kept, i, network.outputShape, pixels);
    thumbnails.ready();
  };
  waiting.push({ i, paint });
  idle.outdate(waiting.slice(-1));
  idle.wake();
  return null;
}

function shares(bytes) {
  return Float32Array.from(bytes, (level) => level / 255);
}

/**
 * @param {Map<any, HTMLCanvasElement>} kept
 * @param {number} i
 * @param {Shape} shape
 * @param {Numbers} pixels
 */
function keep(kept, i, shape, pixels) {
  if (kept.size >= REMEMBERED_PICTURES) kept.delete(kept.keys().next().value);
  const canvas = make("canvas");
  pictureOn(canvas, shape)(pixels);
  kept.set(i, canvas);
  return canvas;
}
