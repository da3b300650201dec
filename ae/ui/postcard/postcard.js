// A page without a server: it holds the files that the components ask for, and answers what
// they tell.
import { hold } from "../door/files.js";
import liveEdit from "../live/edit.js";
import { openBeside } from "./beside.js";
import { unpack } from "./packing.js";
import { componentIn } from "./shadow.js";

const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const { edit, few, map, styles, starts } = JSON.parse(element("data").textContent ?? "");
let every = false; // whether all sliders are shown
/** @type {number[] | null} */
let pinned = null; // the code of the map's pin

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
    showEdit({ ...edit, base: pinned ?? edit.base, moves }, () => {});
    element("from").textContent = pinned ? "the place that is pinned on the map" : starts;
    element("back").hidden = !pinned;
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
  const follow = (code) => {
    if (code === pinned) return; // another outline, say
    pinned = code;
    draw();
  };
  const beside = await openBeside(element("map"), styles.map, map, "0", follow);
  let revision = 0;
  element("back").onclick = () => {
    beside.open(String(++revision));
    follow(null);
  };
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
