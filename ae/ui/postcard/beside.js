// A map beside the sliders: a pin gives them a code to start from, an outline selects.
import { fetchFile } from "../door/files.js";
import { newDecoding } from "../map/decoding.js";
import { newGrid } from "../map/grid.js";
import { bitsInside } from "../map/inside.js";
import latentMap from "../map/map.js";
import { readPoints } from "../map/payload.js";
import { componentIn } from "./shadow.js";

// Opens a map without pin and outline. changed hears the code of a pin, or null, and what the
// map says. Returns what opens it anew, under another revision, and what closes it.
/**
 * @param {HTMLElement} host
 * @param {string[]} styles
 * @param {any} map
 * @param {string} revision
 * @param {(code: number[] | null, values: { pin: any, polygon: any }) => void} changed
 */
export async function openBeside(host, styles, map, revision, changed) {
  const { points, codes, latentDim } = await fetchFile(map.points, readPoints);
  const decode = newDecoding(map.decoding, newGrid(points), codes, latentDim);
  const showMap = componentIn(host, styles, latentMap);
  let given = map;
  let close = () => {};
  const show = () => {
    close = showMap(given, (_, { values }) => take(values));
  };
  const take = (values) => {
    given = { ...given, selected: bitsInside(points, values.polygon) };
    show();
    changed(values.pin && Array.from(decode(values.pin[0], values.pin[1])), values);
  };
  const open = (next) => {
    given = { ...map, revision: next, start: { pin: null, polygon: [] } };
    show();
  };
  open(revision);
  // The colours of the points are those of the theme.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", show);
  return {
    open,
    close() {
      dark.removeEventListener("change", show);
      close();
    },
  };
}
