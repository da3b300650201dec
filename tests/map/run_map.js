// Runs the map's own maths in Node, beside the browser's modules, files by number
// (0.bytes, 1.bytes, ...) and cases.json, a list of { kind, payload, ... }. Prints the
// results.
import fs from "node:fs";
import * as camera from "./map/camera.js";
import * as decoding from "./map/decoding.js";
import * as grid from "./map/grid.js";
import * as labels from "./map/labels.js";
import * as lasso from "./map/lasso.js";
import * as files from "./map/payload.js";

const map = { ...camera, ...decoding, ...grid, ...labels, ...lasso, ...files };

// Somewhere in a larger buffer, as bytes may be.
function payload(number) {
  const bytes = fs.readFileSync(`${number}.bytes`);
  const message = new Uint8Array(bytes.length + 3);
  message.set(bytes, 3);
  return message.subarray(3);
}

const kinds = {
  points({ payload: number }) {
    const read = map.readPoints(payload(number));
    return { ...read, ...asLists(read) };
  },
  images({ payload: number }) {
    const read = map.readImages(payload(number));
    return { ...read, pixels: [...read.pixels(read.n - 1)] };
  },
  nearest({ payload: number, k, places }) {
    const grid = map.newGrid(map.readPoints(payload(number)).points);
    const search = map.newSearch(grid, k);
    return places.map((place) => [...search(...place).indices]);
  },
  codes({ payload: number, decoding, places }) {
    const { points, codes, latentDim } = map.readPoints(payload(number));
    const code = map.newDecoding(decoding, map.newGrid(points), codes, latentDim);
    return places.map((place) => [...code(...place)]);
  },
  within({ payload: number, bounds, most }) {
    const grid = map.newGrid(map.readPoints(payload(number)).points);
    return map.pointsWithin(grid, bounds, most);
  },
  camera({ bounds, size, steps, at }) {
    const camera = map.newCamera(bounds);
    map.resizeView(camera, ...size);
    map.showAll(camera);
    const seen = steps.map(([name, ...given]) => {
      const before = map.toMap(camera, ...at);
      map[name](camera, ...given);
      return { before, after: map.toMap(camera, ...at), zoom: camera.zoom };
    });
    const { u0, v0, u1, v1 } = bounds;
    const corners = [map.toScreen(camera, u0, v0), map.toScreen(camera, u1, v1)];
    return { seen, corners, back: map.toScreen(camera, ...map.toMap(camera, ...at)) };
  },
  outline({ shape, path: [first, ...others] }) {
    const outline = map.newOutline(shape, ...first);
    for (const place of others) map.extendOutline(outline, ...place);
    return map.finishOutline(outline);
  },
  names({ payload: number, classes }) {
    const { points, labels } = map.readPoints(payload(number));
    return map.densestPlaces(map.newGrid(points), labels, classes);
  },
  spread({ names, taken }) {
    return map.spreadNames(names, taken);
  },
};

function asLists(read) {
  const arrays = Object.entries(read).filter(([, value]) => ArrayBuffer.isView(value));
  return Object.fromEntries(arrays.map(([name, value]) => [name, [...value]]));
}

function attempt({ kind, ...given }) {
  try {
    return kinds[kind](given);
  } catch (error) {
    return { error: error.message };
  }
}

const cases = JSON.parse(fs.readFileSync("cases.json", "utf8"));
console.log(JSON.stringify(cases.map(attempt)));
