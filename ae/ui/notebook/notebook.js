// The sliders of a model in a notebook: what anywidget mounts.
import { hold } from "../door/files.js";
import liveEdit from "../live/edit.js";
import { make } from "../live/screen.js";
import { componentIn } from "../postcard/shadow.js";

export default { render };

// model: the Python side's values, as anywidget gives them: data of edit.js, styles,
// weights, and amounts, which it hears.
function render({ model, el }) {
  const { buffer, byteOffset, byteLength } = model.get("weights");
  hold(model.get("data").decoder.digest, new Uint8Array(buffer, byteOffset, byteLength));
  const host = make("div");
  el.append(host);
  const show = componentIn(host, model.get("styles"), liveEdit);
  const tell = (_, { revision, values }) => {
    model.set("amounts", { revision, values });
    model.save_changes();
  };
  let close = () => {};
  const draw = () => {
    close = show(model.get("data"), tell);
  };
  model.on("change:data", draw);
  draw();
  return () => {
    model.off("change:data", draw);
    close();
  };
}
