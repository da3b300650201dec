// A film strip: what one slider does from end to end, everything else held.
import { make, pictureOn, whenIdle } from "./screen.js";

const FRAMES = 9;
const ENOUGH_MS = 4; // less time than this is left to the next idle moment

// Returns the strip of a slider: { root, frames: [{ shown, button, paint, stale }] }.
export function newStrip(spec, outputShape, jump) {
  const root = make("div", "strip");
  root.dataset.testid = "film-strip";
  const frames = Array.from({ length: FRAMES }, (_, at) => {
    const shown = onGrid(spec, at / (FRAMES - 1));
    const button = make("button", "frame");
    button.type = "button";
    button.setAttribute("aria-label", `Set ${spec.label} to ${spec.text(shown)}`);
    button.title = spec.text(shown);
    button.onclick = () => jump(shown);
    const canvas = make("canvas");
    button.append(canvas);
    root.append(button);
    return { shown, button, paint: pictureOn(canvas, outputShape), stale: true };
  });
  return { root, frames };
}

// A share of the slider's way, at a value that the slider itself can take.
function onGrid({ minimum, maximum, step }, share) {
  if (share === 1) return maximum;
  const steps = Math.round(((maximum - minimum) * share) / step);
  return Math.min(minimum + steps * step, maximum);
}

export function outdate(strip) {
  for (const frame of strip.frames) frame.stale = true;
}

// The frame that is nearest to where the slider stands.
export function mark(strip, shown) {
  const distance = (frame) => Math.abs(frame.shown - shown);
  const nearest = Math.min(...strip.frames.map(distance));
  for (const frame of strip.frames) {
    frame.button.classList.toggle("near", distance(frame) === nearest);
  }
}

// Decodes stale frames in idle moments, one at a time, so that a drag stays smooth.
// `strips()` lists the open ones; `decode(strip, shown)` returns a picture or null.
export function newProjector(strips, decode) {
  let planned = false;
  const work = (deadline) => {
    planned = false;
    do {
      const strip = strips().find(({ frames }) => frames.some(({ stale }) => stale));
      if (!strip) return;
      const frame = strip.frames.find(({ stale }) => stale);
      const pixels = decode(strip, frame.shown);
      if (!pixels) return;
      frame.stale = false;
      frame.paint(pixels);
    } while (deadline.timeRemaining() > ENOUGH_MS);
    plan();
  };
  const plan = () => {
    if (planned) return;
    planned = true;
    whenIdle(work, { timeout: 200 });
  };
  return plan;
}
