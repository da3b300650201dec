// Sliders that each add something of their own to a code, and pictures of the code
// before, after and of the difference. What lies behind them, in stage.edit:
//   base, curves: the code, and what each slider adds to it
//   before: the picture of base, or null until it is decoded
//   also: other codes, drawn small
//   sum: the code before, what is added and the code after in numbers
import { fillAlso, newAlso } from "./also.js";
import { addCurve } from "./curves.js";
import { follow } from "./decoder.js";
import { newDifference } from "./difference.js";
import { newPicture } from "./picture.js";
import { make } from "./screen.js";
import { hang, newLive, takeDown } from "./stage.js";
import { dressSum, newSum, showSum } from "./sum.js";

export default newLive({
  specs: ({ moves }) => moves,
  latentDim: ({ base }) => base.length,
  // By label: what a move was set to outlives another set of moves.
  shown: amountOf,
  put(amounts, { label }, shown) {
    amounts[label] = shown;
  },
  encode: (stage, amounts, code) => encode(stage, amounts, stage.edit.base, code),
  build,
  dress,
  paint,
});

function encode({ rows, edit }, amounts, base, code) {
  code.set(base);
  for (const { spec } of rows) {
    addCurve(edit.curves[spec.at], spec, amountOf(amounts, spec), code);
  }
}

// Cut off at the slider's ends, as by the server: they may be narrower than they were.
function amountOf(amounts, { label, origin, minimum, maximum }) {
  return Math.min(Math.max(amounts[label] ?? origin, minimum), maximum);
}

function build(stage) {
  const picture = newPicture("", "Before");
  const difference = newPicture("Where the picture became darker or lighter", "Difference");
  difference.channels = 3;
  difference.root.append(newLegend());
  stage.live.root.append(make("figcaption", "", "After"));
  for (const { root } of [picture, difference]) root.classList.add("beside");
  stage.live.root.before(picture.root);
  stage.live.root.after(difference.root);
  hang(stage, [picture, difference]);
  const also = newAlso();
  stage.root.append(also.root);
  const sum = newSum();
  stage.layout.append(sum.root);
  stage.edit = { picture, difference, also, sum, before: null };
}

function newLegend() {
  const legend = make("div", "legend");
  const names = ["darker", "lighter"].map((name) => make("span", "", name));
  legend.append(names[0], make("span", "ramp"), names[1]);
  return legend;
}

function dress(stage, data) {
  const { edit, live, layout } = stage;
  const { base, curves, compare, ramp, full } = data;
  Object.assign(edit, { base, curves, compare, ramp, full });
  layout.classList.toggle("compare", compare);
  layout.classList.toggle("summed", data.sum);
  edit.sum.root.hidden = !data.sum;
  if (data.sum) dressSum(edit.sum, base, curves);
  layout.style.setProperty("--ramp", ramp.map(cssColour).join(", "));
  edit.picture.canvas.setAttribute("aria-label", `Before: ${data.alt}`);
  if (compare) live.canvas.setAttribute("aria-label", `After: ${data.alt}`);
  const from = JSON.stringify([data.decoder, base]);
  if (edit.from !== from) edit.before = null;
  edit.from = from;
  const others = JSON.stringify([data.decoder, data.also]);
  if (edit.others !== others) gather(stage, data.also);
  edit.others = others;
}

function cssColour(channels) {
  return `rgb(${channels.map((level) => level * 255).join(" ")})`;
}

function gather(stage, codes) {
  const { also } = stage.edit;
  takeDown(stage, also.pictures);
  stage.idle.forget([...also.before, ...also.after]);
  fillAlso(also, codes, (code, into) => encode(stage, stage.values, code, into));
  hang(stage, also.pictures);
  stage.idle.outdate(also.before);
  stage.others = also.after;
}

function paint({ edit, live, code }, network) {
  if (!edit.sum.root.hidden) showSum(edit.sum, edit.base, code);
  if (edit.compare && !edit.before) {
    edit.before = network.run(edit.base)?.slice();
    if (!edit.before) return false;
    edit.picture.paint(edit.before);
    edit.differ = newDifference(network.outputShape, edit);
  }
  const after = follow(network, code);
  if (!after) return false;
  live.paint(after);
  if (edit.compare) edit.difference.paint(edit.differ(edit.before, after));
  return true;
}
