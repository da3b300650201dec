// Pictures that follow sliders frame by frame. The server hears of a movement once, when
// the slider is released.
import { deliver, request, withdraw } from "./delivery.js";
import { fit, newPicture, prepare } from "./easel.js";
import { readNetwork } from "./engine.js";
import { newProjector } from "./projector.js";
import { describeRow, enableRow, newRow, placeRow } from "./rows.js";
import { make } from "./screen.js";
import { mark, newStrip } from "./strip.js";
import { newReporter, recall, remember } from "./turns.js";

// What is on screen, by parentElement: Streamlit runs the default export again on the
// same one when data or theme change, and need not clean up in between.
const stages = new WeakMap();

// Returns the component's function. `kind` says what its sliders do, with values as the
// numbers they set and that the server hears of:
//   specs(data): the sliders; start(data): the values at the turn's start
//   shown(values, spec), put(values, spec, shown): a slider's part of the values
//   latentDim(data); encode(stage, values, into): the code that the values stand for
//   message(values): a state's name and content, to which the turn is added
//   build(stage): hangs more pictures; dress(stage, data): adapts them to new data
//   paint(stage): decodes stage.code and paints it
export function newLive(kind) {
  return ({ data, parentElement, setStateValue }) => {
    if (data instanceof Uint8Array) return deliver(data, readNetwork);
    const stage = stages.get(parentElement) ?? newStage(kind, parentElement);
    stages.set(parentElement, stage);
    stage.send = setStateValue;
    const run = ++stage.runs;
    update(stage, data);
    return () => {
      // The clean-up of an overtaken run may come late, when the next one is on screen.
      if (run === stage.runs) close(stage, parentElement);
    };
  };
}

function newStage(kind, parent) {
  const stage = {
    kind,
    runs: 0,
    frames: 0,
    values: [],
    turn: null,
    text: null, // of the data
    layout: null,
    digest: null,
    network: null,
    code: new Float64Array(0), // what the live picture shows
    scratch: new Float64Array(0), // what another one shows
    rows: [],
    pictures: [], // as large as there is room, up to their side
    others: [], // frames that every movement outdates
    planned: 0, // animation frame
    ...buildStage(parent),
  };
  hang(stage, [stage.live]);
  stage.reporter = newReporter(() => report(stage));
  stage.projector = newProjector((frame) => decodeFrame(stage, frame));
  stage.resetAll.onclick = () => resetAll(stage);
  stage.refit = () => refit(stage);
  stage.sizes = new ResizeObserver(stage.refit);
  stage.sizes.observe(stage.easel);
  window.addEventListener("resize", stage.refit); // zooming, too
  kind.build?.(stage);
  return stage;
}

function buildStage(parent) {
  const root = make("div", "live");
  const board = make("div", "board");
  const easel = make("div", "easel");
  const live = newPicture("");
  live.canvas.dataset.testid = "live-image";
  const problem = make("p", "problem");
  problem.setAttribute("role", "alert");
  problem.hidden = true;
  const panel = make("div", "panel");
  const resetAll = make("button", "reset-all", "Reset all");
  resetAll.type = "button";
  easel.append(live.root, resetAll);
  board.append(easel, panel);
  root.append(problem, board);
  parent.append(root);
  return { root, board, easel, live, problem, panel, resetAll };
}

export function hang(stage, pictures) {
  stage.pictures.push(...pictures);
  if (!stage.network) return;
  for (const picture of pictures) prepare(picture, stage.network.outputShape);
}

export function takeDown(stage, pictures) {
  stage.pictures = stage.pictures.filter((picture) => !pictures.includes(picture));
}

function close(stage, parent) {
  stage.reporter.drop();
  cancelAnimationFrame(stage.planned);
  stage.sizes.disconnect();
  window.removeEventListener("resize", stage.refit);
  withdraw(stage);
  stage.root.remove();
  stages.delete(parent);
}

// From the server ------------------------------------------------------------------

function update(stage, data) {
  const text = JSON.stringify(data);
  if (stage.text !== text) {
    stage.text = text;
    adapt(stage, data);
  }
  if (!stage.network) request(stage, data.digest, (answer) => receive(stage, answer));
}

function adapt(stage, data) {
  const { kind } = stage;
  stage.side = data.side;
  stage.root.style.setProperty("--side", `${data.side}px`);
  stage.live.canvas.setAttribute("aria-label", data.alt);
  const specs = kind.specs(data);
  const layout = JSON.stringify([data.digest, specs]);
  const rebuilt = stage.layout !== layout;
  const begins = stage.turn !== data.turn;
  if (begins) begin(stage, data);
  if (rebuilt) buildRows(stage, specs);
  stage.layout = layout;
  // Not in the middle of a drag, which another theme must not disturb.
  if (begins || rebuilt) for (const row of stage.rows) place(stage, row);
  kind.dress?.(stage, data);
  for (const { strip } of stage.rows) if (strip) stage.projector.outdate(strip.frames);
  stage.projector.outdate(stage.others);
  enable(stage);
  refit(stage);
  plan(stage);
}

function begin(stage, data) {
  stage.reporter.drop();
  stage.turn = data.turn;
  stage.code = new Float64Array(stage.kind.latentDim(data));
  stage.scratch = new Float64Array(stage.code.length);
  stage.values = recall(data.turn, stage.kind.start(data));
  if (stage.digest === data.digest) return;
  stage.digest = data.digest;
  stage.network = null;
  stage.problem.hidden = true;
}

function receive(stage, { content: network, problem }) {
  const reason = problem ?? misfit(stage, network);
  if (reason) return fail(stage, reason);
  stage.network = network;
  for (const picture of stage.pictures) prepare(picture, network.outputShape);
  enable(stage);
  refit(stage);
  plan(stage);
}

function misfit(stage, { inputSize, outputShape: shape }) {
  const { length } = stage.code;
  if (inputSize !== length) {
    return `the decoder takes ${inputSize} numbers, the code has ${length}`;
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
  for (const row of stage.rows) closeStrip(stage, row);
  const told = {
    move: (row, shown) => move(stage, row, shown),
    jump: (row, shown) => jump(stage, row, shown),
    release: (byKey) => (byKey ? stage.reporter.later() : stage.reporter.now()),
    leave: () => stage.reporter.pending() && stage.reporter.now(),
    film: (row) => toggleStrip(stage, row),
  };
  stage.rows = specs.map((spec, at) => newRow(spec, at, told));
  stage.panel.replaceChildren(...stage.rows.map(({ root }) => root));
}

function enable({ rows, resetAll, network }) {
  // Before the network is here a message could not say that it is.
  for (const row of rows) enableRow(row, network !== null);
  resetAll.disabled = !network;
  resetAll.hidden = rows.length < 2;
}

function place({ kind, values }, row) {
  placeRow(row, kind.shown(values, row.spec));
}

function move(stage, row, shown) {
  stage.kind.put(stage.values, row.spec, shown);
  describeRow(row, shown);
  for (const other of stage.rows) {
    if (other !== row && other.strip) stage.projector.outdate(other.strip.frames);
  }
  stage.projector.outdate(stage.others);
  plan(stage);
}

function jump(stage, row, shown) {
  move(stage, row, shown);
  placeRow(row, shown);
  stage.reporter.now();
}

function resetAll(stage) {
  for (const row of stage.rows) {
    move(stage, row, row.spec.origin);
    placeRow(row, row.spec.origin);
  }
  stage.reporter.now();
}

function report({ kind, turn, values, send }) {
  remember(turn, values);
  const [name, content] = kind.message([...values]);
  send(name, { ...content, turn });
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
  const { kind, values, code, live } = stage;
  kind.encode(stage, values, code);
  kind.paint(stage);
  stage.frames += 1;
  live.canvas.dataset.z = code.join(",");
  live.canvas.dataset.frame = stage.frames;
  stage.projector.wake();
}

function refit({ pictures, side }) {
  for (const picture of pictures) fit(picture, side);
}

function toggleStrip(stage, row) {
  row.film.setAttribute("aria-expanded", String(!row.strip));
  if (row.strip) return closeStrip(stage, row);
  const { kind, values, network, projector } = stage;
  row.strip = newStrip(row.spec, network.outputShape, (shown) => jump(stage, row, shown));
  for (const frame of row.strip.frames) {
    frame.encode = (into) => {
      const moved = [...stage.values];
      kind.put(moved, row.spec, frame.shown);
      kind.encode(stage, moved, into);
    };
  }
  mark(row.strip, kind.shown(values, row.spec));
  row.root.append(row.strip.root);
  projector.outdate(row.strip.frames);
  projector.wake();
}

function closeStrip({ projector }, row) {
  if (!row.strip) return;
  projector.forget(row.strip.frames);
  row.strip.root.remove();
  row.strip = null;
}

function decodeFrame({ network, scratch }, frame) {
  if (!network) return null;
  frame.encode(scratch);
  return network.run(scratch);
}
