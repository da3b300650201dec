// The points of a map and their images out of the bytes that points.py packs: a name of
// four letters, little-endian sizes, then the numbers.
const MAX_POINTS = 1 << 20;
const MAX_LATENT = 4096;
const MAX_IMAGE_SIDE = 512;

function sizesOf(bytes, name, count) {
  const begins = String.fromCharCode(...bytes.subarray(0, 4)) === name;
  if (!begins || bytes.length < 4 + 4 * count) {
    throw new Error("the map's header is cut off");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: count }, (_, at) => view.getUint32(4 + 4 * at, true));
}

function within(value, most, what) {
  if (value < 1 || value > most) throw new Error(`the map has ${value} ${what}`);
}

// Returns { n, latentDim, points: (n, 2), codes: (n, latentDim), labels: (n) }.
/** @param {Uint8Array} bytes */
export function readPoints(bytes) {
  const [n, latentDim] = sizesOf(bytes, "MAPP", 2);
  within(n, MAX_POINTS, "points");
  within(latentDim, MAX_LATENT, "numbers per code");
  const floats = n * (2 + latentDim);
  if (bytes.length !== 12 + 4 * floats + n) {
    throw new Error("the map's points are cut off");
  }
  const { buffer } = bytes.slice(12); // aligned
  const points = new Float32Array(buffer, 0, 2 * n);
  const codes = new Float32Array(buffer, 8 * n, n * latentDim);
  for (const values of [points, codes]) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) {
        throw new Error("the map has values that are not finite");
      }
    }
  }
  return { n, latentDim, points, codes, labels: new Uint8Array(buffer, 4 * floats, n) };
}

// Returns { n, shape: [height, width, channels], pixels(i) }, pixels in [0, 255].
/** @param {Uint8Array} bytes */
export function readImages(bytes) {
  const [n, height, width, channels] = sizesOf(bytes, "MAPI", 4);
  within(n, MAX_POINTS, "images");
  within(height, MAX_IMAGE_SIDE, "rows of pixels");
  within(width, MAX_IMAGE_SIDE, "columns of pixels");
  if (channels !== 1 && channels !== 3) {
    throw new Error(`the map has images with ${channels} channels`);
  }
  const size = height * width * channels;
  if (bytes.length !== 20 + n * size) {
    throw new Error("the map's images are cut off");
  }
  const pixels = (i) => bytes.subarray(20 + i * size, 20 + (i + 1) * size);
  return { n, shape: [height, width, channels], pixels };
}
