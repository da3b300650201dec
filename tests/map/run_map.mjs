// Runs the map's own maths in Node: `node run_map.mjs FOLDER`, where the folder holds
// map.mjs, payloads by number (0.bytes, 1.bytes, ...) and cases.json, a list of
// { kind, payload, ... }. Writes results.json.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const file = (name) => path.join(folder, name);
const map = await import(pathToFileURL(file("map.mjs")));

// As it arrives: somewhere in a larger message.
function payload(number) {
  const bytes = fs.readFileSync(file(`${number}.bytes`));
  const message = new Uint8Array(bytes.length + 3);
  message.set(bytes, 3);
  return message.subarray(3);
}

const kinds = {
  read({ payload: number }) {
    const read = map.readPayload(payload(number));
    if (!read.pixels) return { ...read, ...asLists(read) };
    return { ...read, pixels: [...read.pixels(read.n - 1)] };
  },
  nearest({ payload: number, k, places }) {
    const grid = map.newGrid(map.readPayload(payload(number)).points);
    const search = map.newSearch(grid, k);
    return places.map((place) => [...search(...place).indices]);
  },
  codes({ payload: number, decoding, places }) {
    const { points, codes, latentDim } = map.readPayload(payload(number));
    const code = map.newDecoding(decoding, map.newGrid(points), codes, latentDim);
    return places.map((place) => [...code(...place)]);
  },
  within({ payload: number, bounds, most }) {
    const grid = map.newGrid(map.readPayload(payload(number)).points);
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
    const { points, labels } = map.readPayload(payload(number));
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

const cases = JSON.parse(fs.readFileSync(file("cases.json"), "utf8"));
fs.writeFileSync(file("results.json"), JSON.stringify(cases.map(attempt)));
