// Small pictures, decoded in idle moments and one at a time, so that a drag stays smooth.
import { whenIdle } from "./screen.js";

const ENOUGH_MS = 4; // less time than this is left to the next idle moment
const PATIENCE_MS = 200; // without an idle moment, one picture so often

// decode(frame) returns its pixels, or null as long as it cannot; frame.paint gets them.
// Who has waited longest comes first, however often the others are outdated.
/**
 * @param {(frame: Frame) => Float32Array | null | undefined} decode
 * @returns {IdleDecoder}
 */
export function newIdleDecoder(decode) {
  const stale = new Set(); // in the order of their waiting
  let planned = false;

  const work = (deadline) => {
    planned = false;
    do {
      const [frame] = stale;
      const pixels = frame && decode(frame);
      if (!pixels) return;
      stale.delete(frame);
      frame.paint(pixels);
    } while (deadline.timeRemaining() > ENOUGH_MS);
    wake();
  };
  const wake = () => {
    if (planned || !stale.size) return;
    planned = true;
    whenIdle(work, { timeout: PATIENCE_MS });
  };
  return {
    wake,
    outdate(frames) {
      for (const frame of frames) stale.add(frame);
    },
    forget(frames) {
      for (const frame of frames) stale.delete(frame);
    },
  };
}
