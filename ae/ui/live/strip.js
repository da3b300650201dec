// A film strip: what one slider does from end to end, everything else held.
import { make, pictureOn } from "./screen.js";

const FRAMES = 9;

// Returns the strip of a slider: { root, frames: [{ shown, button, paint }] }.
/** @param {Spec} spec @param {Shape} outputShape @param {(shown: number) => void} jump */
export function newStrip(spec, outputShape, jump) {
  const root = make("div", "strip");
  root.dataset.testid = "film-strip";
  const frames = Array.from({ length: FRAMES }, (_, at) => {
    const shown = onGrid(spec, at / (FRAMES - 1));
    const button = make("button", "frame");
    button.type = "button";
    button.title = spec.text(shown);
    button.setAttribute("aria-label", `Set ${spec.label} to ${button.title}`);
    button.onclick = () => jump(shown);
    const canvas = make("canvas");
    button.append(canvas);
    root.append(button);
    return { shown, button, paint: pictureOn(canvas, outputShape) };
  });
  return { root, frames };
}

// A share of the slider's way, at a value that the slider itself can take.
function onGrid({ minimum, maximum, step }, share) {
  if (share === 1) return maximum;
  const steps = Math.round(((maximum - minimum) * share) / step);
  return Math.min(minimum + steps * step, maximum);
}

// The frame that is nearest to where the slider stands.
export function mark(strip, shown) {
  const distance = (frame) => Math.abs(frame.shown - shown);
  const nearest = Math.min(...strip.frames.map(distance));
  for (const frame of strip.frames) {
    frame.button.classList.toggle("near", distance(frame) === nearest);
  }
}
