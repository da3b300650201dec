// A decoded picture on a canvas, pixel for pixel.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

// Returns paint(pixels), for (height, width, channels) numbers in [0, 1].
/**
 * @param {HTMLCanvasElement} canvas
 * @param {Shape} shape
 * @returns {(pixels: Numbers) => void}
 */
export function pictureOn(canvas, [height, width, channels]) {
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = new ImageData(width, height);
  const bytes = image.data; // clamped and rounded as they are written
  bytes.fill(255);
  const green = channels === 3 ? 1 : 0;
  return (pixels) => {
    for (let from = 0, to = 0; to < bytes.length; from += channels, to += 4) {
      bytes[to] = pixels[from] * 255;
      bytes[to + 1] = pixels[from + green] * 255;
      bytes[to + 2] = pixels[from + 2 * green] * 255;
    }
    context.putImageData(image, 0, 0);
  };
}

// As wide as there is room, up to `side`, but a whole number of screen pixels for each
// of the picture's: at any zoom, all its squares are then equally large.
/** @param {HTMLCanvasElement} canvas @param {number} room @param {number} side */
export function crispWidth(canvas, room, side) {
  const ratio = window.devicePixelRatio || 1;
  const longer = Math.max(canvas.width, canvas.height);
  const whole = Math.floor((Math.min(room, side) * ratio) / longer);
  return (Math.max(whole, 1) * canvas.width) / ratio;
}

// When the browser has nothing better to do; Safari only knows timers.
export const whenIdle =
  globalThis.requestIdleCallback ??
  ((work) => setTimeout(() => work({ didTimeout: false, timeRemaining: () => 8 }), 30));
