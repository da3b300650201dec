// A picture with its caption, as large as there is room for whole pixels.
import { crispWidth, make, pictureOn } from "./screen.js";

// Returns { root, canvas, paint }; paint(pixels) once prepare(picture, shape) was called.
/** @param {string} alt @param {string} [caption] @returns {Picture} */
export function newPicture(alt, caption) {
  const root = make("figure", "figure");
  const canvas = make("canvas", "picture");
  canvas.width = canvas.height = 1; // until the decoder says how large
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", alt);
  root.append(canvas);
  if (caption) root.append(make("figcaption", "", caption));
  return { root, canvas, paint: null };
}

// A picture may have other channels than the decoder, or a side of its own.
/** @param {Picture} picture @param {Shape} shape */
export function prepare(picture, [height, width, channels]) {
  const shape = [height, width, picture.channels ?? channels];
  picture.paint = pictureOn(picture.canvas, shape);
}

/** @param {Picture} picture @param {number} largest */
export function fit({ root, canvas, side }, largest) {
  canvas.style.width = `${crispWidth(canvas, root.clientWidth, side ?? largest)}px`;
}
