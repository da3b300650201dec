// The panel beside a map: what the place under the pointer decodes to, and the nearest image.
import { crispWidth, make, pictureOn } from "../live/screen.js";

const LIVE_SIDE = 280; // pixels on screen, where there is room
const NEAREST_SIDE = 84;

export function newPreview() {
  const root = make("div", "preview");
  const pane = make("div", "pane");
  const canvas = make("canvas", "picture");
  canvas.width = canvas.height = 1; // until the decoder says how large
  canvas.dataset.testid = "live-image";
  canvas.setAttribute("role", "img");
  pane.append(canvas);
  const words = make("div", "words");
  const where = make("p", "where");
  const place = make("p", "place");
  const nearest = make("figure", "nearest");
  nearest.dataset.testid = "nearest-image";
  const image = make("canvas", "picture");
  image.width = image.height = 1;
  image.setAttribute("role", "img");
  const caption = make("figcaption");
  nearest.append(image, caption);
  words.append(where, place, nearest);
  root.append(pane, words);
  const shown = { root, pane, canvas, where, place, nearest, image, caption, paint: null };
  return { ...shown, large: false }; // whether the picture may take all of its room
}

export function prepareLive(preview, shape) {
  preview.paint = pictureOn(preview.canvas, shape);
  fitPreview(preview);
}

export function fitPreview({ pane, canvas, image, large }) {
  const room = pane.clientWidth || LIVE_SIDE;
  canvas.style.width = `${crispWidth(canvas, room, large ? room : LIVE_SIDE)}px`;
  image.style.width = `${crispWidth(image, NEAREST_SIDE, NEAREST_SIDE)}px`;
}

// look: "start", "pinned" or "pointed".
export function tellPlace({ where, place }, [u, v], look, found) {
  const at = `${coordinate(u)}, ${coordinate(v)}`;
  const words = { start: "Shown: its middle", pinned: `Pinned at ${at}` };
  where.textContent = look === "start" ? "Point anywhere on the map" : placeInWords(found);
  place.textContent = words[look] ?? `At ${at}`;
}

export function placeInWords({ on, empty, far, name }) {
  if (on) return `On an image: ${name}`;
  if (far) return "Far from anything this model has seen";
  return empty ? "No data here" : `Between images, nearest: ${name}`;
}

export function coordinate(value) {
  const text = value.toFixed(2);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

// source: a canvas with the picture, or null while there is none.
export function showNearest(preview, source, name, index, rebuilt) {
  const { image, caption } = preview;
  const what = rebuilt ? "Nearest image, rebuilt" : "Nearest image";
  caption.replaceChildren(`${what}: `, make("span", "name", name));
  caption.append(make("span", "number", `No. ${index}`));
  image.setAttribute("aria-label", `${what}: ${name}`);
  image.hidden = !source;
  if (!source) return;
  if (image.width !== source.width || image.height !== source.height) {
    image.width = source.width;
    image.height = source.height;
    fitPreview(preview);
  }
  image.getContext("2d").drawImage(source, 0, 0);
}
