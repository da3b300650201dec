// A page without a server: it holds the files that the components ask for, and answers what
// they tell.
import { fetchFile, hold } from "../door/files.js";
import liveEdit from "../live/edit.js";
import { newDecoding } from "../map/decoding.js";
import { newGrid } from "../map/grid.js";
import { bitsInside } from "../map/inside.js";
import latentMap from "../map/map.js";
import { readPoints } from "../map/payload.js";
import { unpack } from "./packing.js";
import { componentIn } from "./shadow.js";

const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const { edit, few, map, styles, starts } = JSON.parse(element("data").textContent ?? "");
let every = false; // whether all sliders are shown
/** @type {any} */
let pin = null;
let base = edit.base;

open().catch(tell);

/** @param {Error} problem */
function tell({ message }) {
  const words = `This browser cannot show what is in this file: ${message.replace(/\.$/, "")}.`;
  element("problem").textContent = `${words} A newer one can.`;
}

async function open() {
  await holdFile("weights", edit.decoder.digest);
  const showEdit = componentIn(element("live"), styles.live, liveEdit);
  const draw = () => {
    const moves = every ? edit.moves : edit.moves.slice(0, few);
    showEdit({ ...edit, base, moves }, () => {});
    element("from").textContent = pin ? "the place that is pinned on the map" : starts;
    element("back").hidden = !pin;
  };
  const more = element("more");
  more.onclick = () => {
    every = !every;
    more.textContent = every ? "Fewer sliders" : `All ${edit.moves.length} sliders`;
    more.setAttribute("aria-expanded", String(every));
    draw();
  };
  draw();
  // After the frame that has the first picture.
  if (map) requestAnimationFrame(() => setTimeout(() => openMap(draw).catch(tell)));
}

/** @param {() => void} draw */
async function openMap(draw) {
  await holdFile("points", map.points);
  const { points, codes, latentDim } = await fetchFile(map.points, readPoints);
  const decode = newDecoding(map.decoding, newGrid(points), codes, latentDim);
  const showMap = componentIn(element("map"), styles.map, latentMap);
  let given = { ...map, revision: "file", start: { pin: null, polygon: [] } };
  const show = () => showMap(given, (_, { values }) => follow(values));
  const follow = (values) => {
    if (pin !== values.pin) {
      pin = values.pin;
      base = pin ? Array.from(decode(pin[0], pin[1])) : edit.base;
      draw();
    }
    given = { ...given, selected: bitsInside(points, values.polygon) };
    show();
  };
  element("back").onclick = () => {
    given = { ...given, revision: `${given.revision}.` };
    follow({ pin: null, polygon: [] });
  };
  show();
  // The colours of the points are those of the theme.
  matchMedia("(prefers-color-scheme: dark)").onchange = show;
}

async function holdFile(name, digest) {
  const script = element(`file-${name}`);
  const { size, packed } = script.dataset;
  hold(
    digest,
    await unpack(script.textContent ?? "", { size: Number(size), packed: Number(packed) }),
  );
  script.remove();
}
