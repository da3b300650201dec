// Sliders that move a code's coordinates. The shown value x stands for the coordinate
// offset + scale * x.
import { newLive } from "./stage.js";

export default newLive({
  specs: ({ sliders }) => sliders,
  start: ({ z }) => z,
  latentDim: ({ z }) => z.length,
  shown: (z, { axis, offset, scale }) => (z[axis] - offset) / scale,
  put(z, { axis, offset, scale }, shown) {
    z[axis] = offset + scale * shown;
  },
  encode: (_, z, code) => code.set(z),
  message: (code) => ["z", { code }],
  paint: ({ live, network, code }) => live.paint(network.run(code)),
});
