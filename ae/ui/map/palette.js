// Colours and shapes of classes, and the ramp of values. Okabe and Ito's colours come
// first; the others were chosen for their distance from these and from each other in
// CIELAB, with normal vision and with each kind of colour blindness (Machado 2009).
const ON_LIGHT = "#0072B2 #E69F00 #009E73 #CC79A7 #D55E00 #56B4E9 #332288 #80BA5A #661100 #003C30";
const ON_DARK = "#56B4E9 #E69F00 #009E73 #CC79A7 #D55E00 #0072B2 #F0E442 #80BA5A #B2182B #D9D9D9";
export const CLASS_SHAPES = ["circle", "square", "triangle", "diamond", "cross"];
// Cividis (Nuñez, Anderton and Renslow 2018) at equal distances.
const RAMP = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];

export function isDark(colour) {
  const [red, green, blue] = rgbOf(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}

export function classColour(label, dark) {
  const colours = (dark ? ON_DARK : ON_LIGHT).split(" ");
  return colours[label % colours.length];
}

export function classShape(label) {
  return label % CLASS_SHAPES.length;
}

// level in [0, 255] to [red, green, blue]. The end that is nearest to the background's
// brightness is left out.
export function rampColour(level, dark) {
  const share = dark ? 0.3 + (0.7 * level) / 255 : (0.93 * level) / 255;
  const at = share * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  return RAMP[low].map((c, i) => Math.round(c + (RAMP[low + 1][i] - c) * (at - low)));
}

export function rampGradient(dark) {
  const stops = [0, 32, 64, 96, 128, 160, 192, 224, 255].map((level) => {
    return `rgb(${rampColour(level, dark)})`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

// Any CSS colour to [red, green, blue].
export function rgbOf(colour) {
  const canvas = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

// Adds a shape of a class around (x, y) to the context's path.
export function traceShape(context, shape, x, y, radius) {
  const r = radius;
  switch (CLASS_SHAPES[shape]) {
    case "square":
      return context.rect(x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r);
    case "triangle":
      return traceCorners(context, [
        [x, y - 1.15 * r],
        [x + r, y + 0.85 * r],
        [x - r, y + 0.85 * r],
      ]);
    case "diamond":
      return traceCorners(context, [
        [x, y - 1.2 * r],
        [x + 1.2 * r, y],
        [x, y + 1.2 * r],
        [x - 1.2 * r, y],
      ]);
    case "cross":
      context.rect(x - 1.1 * r, y - 0.4 * r, 2.2 * r, 0.8 * r);
      context.rect(x - 0.4 * r, y - 1.1 * r, 0.8 * r, 0.7 * r);
      return context.rect(x - 0.4 * r, y + 0.4 * r, 0.8 * r, 0.7 * r);
    default:
      context.moveTo(x + r, y);
      return context.arc(x, y, r, 0, 2 * Math.PI);
  }
}

export function traceCorners(context, corners) {
  for (const [at, [x, y]] of corners.entries()) {
    if (at) context.lineTo(x, y);
    else context.moveTo(x, y);
  }
  context.closePath();
}
