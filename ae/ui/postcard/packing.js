// Files out of the text in which ae/exchange/postcard.py writes them.
const UNSAFE = [0x00, 0x0d, 0x3c];
const ESCAPE = 0x100;

// size: of the file, packed: of what the text holds, both in bytes.
/** @param {string} text @param {{ size: number, packed: number }} sizes */
export async function unpack(text, { size, packed }) {
  const bytes = bytesOf(text, packed);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return joined(new Uint8Array(await new Response(stream).arrayBuffer()), size);
}

// Seven bits a character, the first bit first; what is unsafe there joins the next.
export function bytesOf(text, size) {
  const bytes = new Uint8Array(size);
  let [at, held, bits] = [0, 0, 0];
  const take = (symbol) => {
    held = ((held << 7) | symbol) & 0x7fff;
    bits += 7;
    if (bits < 8) return;
    bits -= 8;
    bytes[at++] = held >> bits; // beyond the end it goes nowhere
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ESCAPE) take(UNSAFE[(code - ESCAPE) >> 7]);
    take(code & 0x7f);
  }
  return bytes;
}

// Numbers of four bytes, of which all the first bytes come first.
function joined(planes, size) {
  const bytes = new Uint8Array(size);
  const count = size >> 2;
  for (let plane = 0; plane < 4; plane++) {
    const from = plane * count;
    for (let i = 0; i < count; i++) bytes[4 * i + plane] = planes[from + i];
  }
  bytes.set(planes.subarray(4 * count, size), 4 * count);
  return bytes;
}
