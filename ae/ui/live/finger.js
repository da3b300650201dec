// A finger that lands on a slider may want to scroll. Only one that moves sideways sets it.
const SLOP = 6; // pixels in which nobody can tell
const REST_MS = 150; // a finger that lands sooner after a scroll stops it
let scrolled = -REST_MS;
const note = () => {
  scrolled = performance.now();
};
globalThis.addEventListener("scroll", note, { capture: true, passive: true });

// Returns direction(x, y): "" while nobody can tell, then once for all "sideways" or "along".
/** @param {number} x0 @param {number} y0 @returns {Direction} */
export function newDirection(x0, y0) {
  let known = "";
  return (x, y) => {
    const [across, along] = [Math.abs(x - x0), Math.abs(y - y0)];
    if (!known && Math.max(across, along) >= SLOP) known = across > along ? "sideways" : "along";
    return known;
  };
}

// A browser sets its own slider where a finger lands. Returns holds(): whether this is still
// to be taken back; it then has been. A tap, which is over before it moves, sets it after all.
/** @param {HTMLInputElement} input */
export function watchFinger(input) {
  /** @type {{ value: string, direction: Direction } | null} */
  let finger = null;
  let [sideways, tapped, rests] = [false, "", true];
  /** @type {Record<string, (event: any) => void>} */
  const listeners = {
    touchstart: ({ touches: [{ clientX, clientY }] }) => {
      [sideways, tapped, rests] = [false, "", performance.now() - scrolled > REST_MS];
      finger = { value: input.value, direction: newDirection(clientX, clientY) };
    },
    touchmove: ({ touches: [{ clientX, clientY }] }) => {
      const known = finger?.direction(clientX, clientY);
      sideways = known === "sideways";
      if (known) tapped = "";
    },
    touchend: () => {
      finger = null;
      if (!tapped || !rests) return;
      input.value = tapped;
      for (const type of ["input", "change"]) input.dispatchEvent(new Event(type));
    },
    touchcancel: () => {
      finger = null;
    },
  };
  for (const [type, listener] of Object.entries(listeners)) {
    input.addEventListener(type, listener, { passive: true });
  }
  return () => {
    if (!finger || sideways) return false;
    [tapped, input.value] = [input.value, finger.value];
    return true;
  };
}
