// Sliders that move a code, and the picture that follows them frame by frame. The server
// hears of it once, when a slider is released.
import { deliver, request, withdraw } from "./delivery.js";
import { crispWidth, make, pictureOn } from "./screen.js";
import { mark, newProjector, newStrip, outdate } from "./strip.js";

const KEYS_SETTLED_MS = 250; // a held key repeats faster than this
const REMEMBERED = 8;

// What is on screen, by parentElement: Streamlit runs the default export again on the
// same one when data or theme change, and need not clean up in between.
const stages = new WeakMap();
// The code of each turn, should Streamlit build the component anew in the middle of one.
const remembered = new Map();

export default function ({ data, parentElement, setStateValue }) {
  if (data instanceof Uint8Array) return deliver(data);
  const stage = stages.get(parentElement) ?? newStage(parentElement);
  stages.set(parentElement, stage);
  stage.send = setStateValue;
  const run = ++stage.runs;
  update(stage, data);
  return () => {
    // The clean-up of an overtaken run may come late, when the next one is on screen.
    if (run === stage.runs) close(stage, parentElement);
  };
}

function newStage(parent) {
  const stage = {
    runs: 0,
    frames: 0,
    z: [],
    turn: null,
    layout: null,
    digest: null,
    network: null,
    rows: [],
    planned: 0, // animation frame
    timer: 0, // message after keys
    scratch: null,
    ...buildStage(parent),
  };
  stage.projector = newProjector(
    () => stage.rows.filter(({ strip }) => strip).map(({ strip }) => strip),
    (strip, shown) => decodeFor(stage, strip, shown),
  );
  stage.resetAll.onclick = () => resetAll(stage);
  stage.refit = () => fit(stage);
  stage.sizes = new ResizeObserver(stage.refit);
  stage.sizes.observe(stage.wall);
  window.addEventListener("resize", stage.refit); // zooming, too
  return stage;
}

function buildStage(parent) {
  const root = make("div", "live");
  const board = make("div", "board");
  const easel = make("div", "easel");
  const wall = make("div", "wall");
  const canvas = make("canvas", "picture");
  canvas.width = canvas.height = 1; // until the decoder says how large
  canvas.dataset.testid = "live-image";
  canvas.setAttribute("role", "img");
  const problem = make("p", "problem");
  problem.setAttribute("role", "alert");
  problem.hidden = true;
  const panel = make("div", "panel");
  const resetAll = make("button", "reset-all", "Reset all");
  resetAll.type = "button";
  wall.append(canvas, problem);
  easel.append(wall, resetAll);
  board.append(easel, panel);
  root.append(board);
  parent.append(root);
  return { root, wall, canvas, problem, panel, resetAll };
}

function close(stage, parent) {
  clearTimeout(stage.timer);
  cancelAnimationFrame(stage.planned);
  stage.sizes.disconnect();
  window.removeEventListener("resize", stage.refit);
  withdraw(stage);
  stage.root.remove();
  stages.delete(parent);
}

// From the server ------------------------------------------------------------------

function update(stage, data) {
  stage.side = data.side;
  stage.root.style.setProperty("--side", `${data.side}px`);
  stage.canvas.setAttribute("aria-label", data.alt);
  const layout = JSON.stringify([data.digest, data.sliders]);
  const begins = stage.turn !== data.turn;
  if (begins) begin(stage, data);
  if (stage.layout !== layout) buildRows(stage, data.sliders);
  if (begins || stage.layout !== layout) {
    for (const row of stage.rows) place(stage, row);
    plan(stage);
  }
  stage.layout = layout;
  enable(stage);
  if (!stage.network) request(stage, data.digest, (answer) => receive(stage, answer));
}

// Within a turn this side knows best; a new turn starts where the server says.
function begin(stage, { turn, z, digest }) {
  clearTimeout(stage.timer);
  stage.timer = 0;
  stage.turn = turn;
  stage.z = remembered.get(turn) ?? [...z];
  if (stage.digest !== digest) {
    stage.digest = digest;
    stage.network = null;
    stage.problem.hidden = true;
  }
  for (const { strip } of stage.rows) if (strip) outdate(strip);
}

function receive(stage, { network, problem }) {
  const reason = problem ?? misfit(stage, network);
  if (reason) return fail(stage, reason);
  stage.network = network;
  stage.scratch = new Float64Array(network.inputSize);
  stage.paint = pictureOn(stage.canvas, network.outputShape);
  fit(stage);
  enable(stage);
  plan(stage);
}

function misfit(stage, { inputSize, outputShape: shape }) {
  if (inputSize !== stage.z.length) {
    return `the decoder takes ${inputSize} numbers, the code has ${stage.z.length}`;
  }
  if (shape.length !== 3 || ![1, 3].includes(shape[2])) return "it makes no picture";
  return null;
}

function fail(stage, reason) {
  stage.problem.textContent = `This decoder cannot run in the browser: ${reason}.`;
  stage.problem.hidden = false;
  stage.send("failed", { digest: stage.digest, reason });
}

// Sliders --------------------------------------------------------------------------

function buildRows(stage, specs) {
  stage.rows = specs.map((spec) => newRow(stage, withText(spec)));
  stage.panel.replaceChildren(...stage.rows.map(({ root }) => root));
}

function withText(spec) {
  return { ...spec, text: (shown) => inWords(shown, spec.decimals) };
}

function inWords(number, decimals) {
  const text = number.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

function newRow(stage, spec) {
  const root = make("div", "row");
  const label = make("label");
  const name = make("span", "name", spec.label);
  const output = make("output");
  const input = make("input");
  const head = make("span", "head");
  head.append(name, output);
  if (spec.note) name.append(make("span", "note", spec.note));
  Object.assign(input, { type: "range", min: spec.minimum, max: spec.maximum });
  Object.assign(input, { step: spec.step, value: spec.origin });
  input.dataset.testid = "latent-slider";
  input.dataset.axis = spec.axis;
  input.setAttribute("aria-label", [spec.label, spec.note].filter(Boolean).join(", "));
  label.append(head, input);
  const reset = button("Reset", `Reset ${spec.label}`);
  const film = button("Film strip", `Film strip of ${spec.label}`);
  film.setAttribute("aria-expanded", "false");
  const tools = make("div", "tools");
  tools.append(reset, film);
  root.append(label, tools);
  const row = { root, spec, input, output, reset, film, strip: null };
  bind(stage, row);
  return row;
}

function button(text, label) {
  const made = make("button", "tool", text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  return made;
}

function bind(stage, row) {
  const { input, spec } = row;
  let keys = false;
  // In braces: a handler that returns false would forbid the drag.
  input.onpointerdown = () => {
    keys = false;
  };
  input.onkeydown = () => {
    keys = true;
  };
  input.oninput = () => move(stage, row, Number(input.value));
  input.onchange = () => (keys ? reportLater(stage) : report(stage));
  input.onblur = () => stage.timer && report(stage);
  input.ondblclick = row.reset.onclick = () => jump(stage, row, spec.origin);
  row.film.onclick = () => toggleStrip(stage, row);
}

function enable(stage) {
  // Before the network is here a message could not say that it is.
  for (const { input, reset, film } of stage.rows) {
    input.disabled = reset.disabled = film.disabled = !stage.network;
  }
  stage.resetAll.disabled = !stage.network;
  stage.resetAll.hidden = stage.rows.length < 2;
}

// The shown value x stands for the coordinate offset + scale * x.
function shownOf({ z }, { spec }) {
  return (z[spec.axis] - spec.offset) / spec.scale;
}

function place(stage, row) {
  const shown = shownOf(stage, row);
  row.input.value = shown;
  describe(row, shown);
}

function describe(row, shown) {
  const text = row.spec.text(shown);
  row.output.textContent = text;
  row.input.setAttribute("aria-valuetext", text);
  if (row.strip) mark(row.strip, shown);
}

function move(stage, row, shown) {
  stage.z[row.spec.axis] = row.spec.offset + row.spec.scale * shown;
  describe(row, shown);
  for (const other of stage.rows) if (other !== row && other.strip) outdate(other.strip);
  plan(stage);
}

function jump(stage, row, shown) {
  move(stage, row, shown);
  row.input.value = shown;
  report(stage);
}

function resetAll(stage) {
  for (const row of stage.rows) {
    move(stage, row, row.spec.origin);
    row.input.value = row.spec.origin;
  }
  report(stage);
}

// To the server ----------------------------------------------------------------------

function reportLater(stage) {
  clearTimeout(stage.timer);
  stage.timer = setTimeout(() => report(stage), KEYS_SETTLED_MS);
}

function report(stage) {
  clearTimeout(stage.timer);
  stage.timer = 0;
  remembered.delete(stage.turn);
  remembered.set(stage.turn, [...stage.z]);
  for (const old of [...remembered.keys()].slice(0, -REMEMBERED)) remembered.delete(old);
  stage.send("z", { code: [...stage.z], turn: stage.turn });
}

// Pictures ---------------------------------------------------------------------------

// However many events come, one decoding per animation frame.
function plan(stage) {
  if (stage.planned || !stage.network) return;
  stage.planned = requestAnimationFrame(() => {
    stage.planned = 0;
    draw(stage);
  });
}

function draw(stage) {
  stage.paint(stage.network.run(stage.z));
  stage.frames += 1;
  stage.canvas.dataset.z = stage.z.join(",");
  stage.canvas.dataset.frame = stage.frames;
  stage.projector();
}

function fit({ canvas, wall, side }) {
  canvas.style.width = `${crispWidth(canvas, wall.clientWidth, side)}px`;
}

function toggleStrip(stage, row) {
  const open = !row.strip;
  row.film.setAttribute("aria-expanded", String(open));
  if (!open) {
    row.strip.root.remove();
    row.strip = null;
    return;
  }
  row.strip = newStrip(row.spec, stage.network.outputShape, (shown) =>
    jump(stage, row, shown),
  );
  mark(row.strip, shownOf(stage, row));
  row.root.append(row.strip.root);
  stage.projector();
}

function decodeFor(stage, strip, shown) {
  const { spec } = stage.rows.find((row) => row.strip === strip);
  if (!stage.network) return null;
  stage.scratch.set(stage.z);
  stage.scratch[spec.axis] = spec.offset + spec.scale * shown;
  return stage.network.run(stage.scratch);
}
