// Sliders that each add something of their own to a code, and pictures of the code
// before, after and of the difference. What lies behind them, in stage.edit:
//   base, tables: the code, and what each slider adds to it
//   before: the picture of base, or null until it is decoded
//   also: other codes, drawn small
import { fillAlso, newAlso } from "./also.js";
import { newDifference } from "./difference.js";
import { newPicture } from "./easel.js";
import { make } from "./screen.js";
import { hang, newLive, takeDown } from "./stage.js";
import { addMove } from "./tables.js";

export default newLive({
  specs: ({ moves }) => moves,
  start: ({ amounts }) => amounts,
  latentDim: ({ base }) => base.length,
  shown: (amounts, { at }) => amounts[at],
  put(amounts, { at }, shown) {
    amounts[at] = shown;
  },
  encode: (stage, amounts, code) => encode(stage, amounts, stage.edit.base, code),
  message: (amounts) => ["moved", { amounts }],
  build,
  dress,
  paint,
});

function encode({ rows, edit }, amounts, base, code) {
  code.set(base);
  rows.forEach(({ spec }, at) => addMove(edit.tables[at], spec, amounts[at], code));
}

function build(stage) {
  const picture = newPicture("", "Before");
  const difference = newPicture(
    "Where the picture became darker or lighter",
    "Difference",
  );
  difference.channels = 3;
  difference.root.append(newLegend());
  stage.live.root.append(make("figcaption", "", "After"));
  for (const { root } of [picture, difference]) root.classList.add("beside");
  stage.live.root.before(picture.root);
  stage.live.root.after(difference.root);
  hang(stage, [picture, difference]);
  const also = newAlso();
  stage.root.append(also.root);
  stage.edit = { picture, difference, also, before: null };
}

function newLegend() {
  const legend = make("div", "legend");
  const names = ["darker", "lighter"].map((name) => make("span", "", name));
  legend.append(names[0], make("span", "ramp"), names[1]);
  return legend;
}

function dress(stage, data) {
  const { edit, live, board } = stage;
  const { base, tables, compare, ramp, full } = data;
  Object.assign(edit, { base, tables, compare, ramp, full });
  board.classList.toggle("compare", compare);
  board.style.setProperty("--ramp", ramp.map(cssColour).join(", "));
  edit.picture.canvas.setAttribute("aria-label", `Before: ${data.alt}`);
  if (compare) live.canvas.setAttribute("aria-label", `After: ${data.alt}`);
  const from = JSON.stringify([data.digest, base]);
  if (edit.from !== from) edit.before = null;
  edit.from = from;
  const others = JSON.stringify([data.digest, data.also]);
  if (edit.others !== others) gather(stage, data.also);
  edit.others = others;
}

function cssColour(channels) {
  return `rgb(${channels.map((level) => level * 255).join(" ")})`;
}

function gather(stage, codes) {
  const { also } = stage.edit;
  takeDown(stage, also.pictures);
  stage.projector.forget([...also.before, ...also.after]);
  fillAlso(also, codes, (code, into) => encode(stage, stage.values, code, into));
  hang(stage, also.pictures);
  stage.projector.outdate(also.before);
  stage.others = also.after;
}

function paint({ edit, live, network, code }) {
  if (!edit.compare) return live.paint(network.run(code));
  if (!edit.before) {
    edit.before = network.run(edit.base).slice();
    edit.picture.paint(edit.before);
    edit.differ = newDifference(network.outputShape, edit);
  }
  const after = network.run(code);
  live.paint(after);
  edit.difference.paint(edit.differ(edit.before, after));
}
