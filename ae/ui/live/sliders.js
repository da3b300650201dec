// Sliders that move a code's coordinates. The shown value x stands for the coordinate
// offset + scale * x.
import { follow } from "./decoder.js";
import { newLive } from "./stage.js";

export default newLive({
  specs: ({ sliders }) => sliders,
  latentDim: ({ start }) => start.length,
  shown: (z, { axis, offset, scale }) => (z[axis] - offset) / scale,
  put(z, { axis, offset, scale }, shown) {
    z[axis] = offset + scale * shown;
  },
  encode: (_, z, code) => code.set(z),
  paint({ live, code }, network) {
    const pixels = follow(network, code);
    if (pixels) live.paint(pixels);
    return pixels !== null;
  },
});
