import { newDirection } from "../live/finger.js";

// Streamlit's own sliders follow a pointer from where it lands. They hear of a finger once it
// moves sideways.
const SLIDER = '[data-testid="stSlider"]';
/** @type {{ pointerId: number, target: Element, direction: Direction } | null} */
let waiting = null;

/** @param {PointerEvent | TouchEvent} event */
function keepFrom(event) {
  const target = /** @type {Element} */ (event.target);
  if (!target.closest?.(SLIDER)) return;
  if (event instanceof PointerEvent) {
    if (event.pointerType !== "touch" || !event.isTrusted) return;
    const { pointerId, clientX, clientY } = event;
    waiting = { pointerId, target, direction: newDirection(clientX, clientY) };
  }
  event.stopPropagation();
}

/** @param {PointerEvent} event */
function decide({ pointerId, pointerType, clientX, clientY }) {
  if (pointerId !== waiting?.pointerId) return;
  const { target, direction } = waiting;
  const known = direction(clientX, clientY);
  if (known) waiting = null;
  if (known !== "sideways") return;
  const how = { pointerId, pointerType, clientX, clientY, bubbles: true, cancelable: true };
  target.dispatchEvent(new PointerEvent("pointerdown", how));
}

const drop = () => {
  waiting = null;
};
const early = { capture: true, passive: true };
window.addEventListener("pointerdown", keepFrom, early);
window.addEventListener("touchstart", keepFrom, early);
window.addEventListener("pointermove", decide, early);
window.addEventListener("pointerup", drop, early);
window.addEventListener("pointercancel", drop, early);
const sheet = new CSSStyleSheet();
sheet.replaceSync(`${SLIDER} * { touch-action: pan-y !important; }`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
