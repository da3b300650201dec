// Small pictures of the points of a map: the true images, or else decoded in idle
// moments.
import { newIdleDecoder } from "../live/idle.js";
import { make, pictureOn } from "../live/screen.js";

const REMEMBERED_PICTURES = 400;

// ready() is called when a picture that was asked for has been decoded.
export function newThumbnails(ready) {
  const nothing = { images: null, network: null, content: null };
  const thumbnails = { ...nothing, kept: new Map(), waiting: [], ready };
  thumbnails.idle = newIdleDecoder(({ i }) =>
    thumbnails.network?.run(codeOf(thumbnails, i)),
  );
  return thumbnails;
}

// images: as read from the payload, or null; network: what decodes instead, or null;
// content: the points with their codes, or null.
export function fillThumbnails(thumbnails, images, network, content) {
  const filling = { images, network, content };
  const same = Object.keys(filling).every((what) => thumbnails[what] === filling[what]);
  if (!same) thumbnails.kept.clear();
  Object.assign(thumbnails, filling);
  askAnew(thumbnails);
}

function codeOf({ content: { codes, latentDim } }, i) {
  return codes.subarray(i * latentDim, (i + 1) * latentDim);
}

// Forgets what was asked for and is not needed any more.
export function askAnew(thumbnails) {
  thumbnails.idle.forget(thumbnails.waiting);
  thumbnails.waiting = [];
}

// A canvas with the picture of point i, or null as long as there is none.
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

function keep(kept, i, shape, pixels) {
  if (kept.size >= REMEMBERED_PICTURES) kept.delete(kept.keys().next().value);
  const canvas = make("canvas");
  pictureOn(canvas, shape)(pixels);
  kept.set(i, canvas);
  return canvas;
}
