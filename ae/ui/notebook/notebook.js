// The sliders and the map of a model in a notebook: what anywidget mounts.
import { hold } from "../door/files.js";
import liveEdit from "../live/edit.js";
import { make } from "../live/screen.js";
import { openBeside } from "../postcard/beside.js";
import { componentIn } from "../postcard/shadow.js";

export default { render };

// model: the Python side's values, as anywidget gives them: data of edit.js and map.js, their
// styles and files; and amounts and marked, which it hears.
async function render({ model, el }) {
  const { decoder } = model.get("data");
  const { points } = model.get("map");
  hold(decoder.digest, bytesOf(model.get("weights")));
  if (points) hold(points, bytesOf(model.get("points")));
  const [live, beside] = [make("div"), make("div")];
  el.append(live, beside);
  const showEdit = componentIn(live, model.get("styles").live, liveEdit);
  /** @type {number[] | null} */
  let pinned = null; // the code of the map's pin
  const say = (name, values) => {
    model.set(name, values);
    model.save_changes();
  };
  let close = () => {};
  const draw = () => {
    const data = model.get("data");
    close = showEdit({ ...data, base: pinned ?? data.base }, (_, { revision, values }) =>
      say("amounts", { revision, values }),
    );
  };
  const follow = (code, { pin, polygon }) => {
    say("marked", { revision: model.get("data").revision, pin, polygon });
    if (code === pinned) return;
    pinned = code;
    draw();
  };
  draw();
  const { revision } = model.get("data");
  const map =
    points &&
    (await openBeside(beside, model.get("styles").map, model.get("map"), revision, follow));
  const begin = () => {
    pinned = null;
    map?.open(model.get("data").revision);
    draw();
  };
  model.on("change:data", begin);
  return () => {
    model.off("change:data", begin);
    map?.close();
    close();
  };
}

/** @param {DataView} view */
function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
