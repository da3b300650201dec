// Files by digest. Each is fetched and read once, and kept for whoever asks next.
const KEPT = 6;
const kept = new Map(); // digest -> promise of what read() made of it
const held = new Map(); // digest -> bytes that need no fetching

/** @param {string} digest @param {Uint8Array} bytes */
export function hold(digest, bytes) {
  held.set(digest, bytes);
}

// read(bytes) returns the content or throws an error with the reason.
/**
 * @template T
 * @param {string} digest
 * @param {(bytes: Uint8Array) => T} read
 * @returns {Promise<T>}
 */
export function fetchFile(digest, read) {
  const found = kept.get(digest) ?? readFile(digest, read);
  kept.delete(digest);
  kept.set(digest, found);
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
  return found;
}

async function readFile(digest, read) {
  try {
    return read(held.get(digest) ?? (await fetchBytes(`file/${digest}`)));
  } catch (error) {
    kept.delete(digest); // so that it may be tried again
    throw error;
  }
}

// path: below the door, such as "file/..." and "frame/...".
/** @param {string} path */
export async function fetchBytes(path) {
  const answer = await fetch(new URL(`../../../${path}`, import.meta.url));
  if (!answer.ok) throw new Error(await answer.text());
  return new Uint8Array(await answer.arrayBuffer());
}
