// Pictures that follow sliders frame by frame. The server hears of a movement once, when
// the slider is released.
import { newDecoder } from "./decoder.js";
import { newIdleDecoder } from "./idle.js";
import { fit, newPicture, prepare } from "./picture.js";
import { newPresenting } from "./presenting.js";
import { newReporter, recall, remember } from "./reporting.js";
import { describeRow, enableRow, newRow, placeRow } from "./rows.js";
import { make } from "./screen.js";
import { mark, newStrip } from "./strip.js";

// What is on screen, by parentElement: Streamlit runs the default export again on the
// same one when data or theme change, and need not clean up in between.
const stages = new WeakMap();

// Returns the component's function. `kind` says what its sliders do, with values as the
// numbers they set and that the server hears of:
//   specs(data): the sliders
//   shown(values, spec), put(values, spec, shown): a slider's part of the values
//   latentDim(data); encode(stage, values, into): the code that the values stand for
//   build(stage): hangs more pictures; dress(stage, data): adapts them to new data
//   paint(stage, network): decodes stage.code and paints it, if the picture is here
export function newLive(kind) {
  return ({ data, parentElement, setStateValue }) => {
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
  /** @type {Stage} */
  const stage = /** @type {any} */ ({
    kind,
    runs: 0,
    frames: 0,
    values: [],
    revision: null,
    text: null, // of the data
    builtFrom: null,
    last: "", // label of the slider that was moved last
    code: new Float64Array(0), // what the live picture shows
    scratch: new Float64Array(0), // what another one shows
    rows: [],
    pictures: [], // as large as there is room, up to their side
    others: [], // frames that every movement outdates
    planned: 0, // animation frame
    ...buildStage(parent),
  });
  stage.reporter = newReporter(() => report(stage));
  stage.idle = newIdleDecoder((frame) => decodeFrame(stage, frame));
  stage.decoder = newDecoder({
    ready: () => receive(stage),
    arrived: () => plan(stage),
    problem: (words) => tellProblem(stage, words),
  });
  hang(stage, [stage.live]);
  stage.presenting = newPresenting(stage.layout, () => refit(stage));
  stage.bar.append(stage.presenting.button);
  stage.resetAll.onclick = () => resetAll(stage);
  stage.refit = () => refit(stage);
  stage.sizes = new ResizeObserver(stage.refit);
  stage.sizes.observe(stage.pictureSide);
  window.addEventListener("resize", stage.refit); // zooming, too
  kind.build?.(stage);
  return stage;
}

function buildStage(parent) {
  const root = make("div", "live");
  const layout = make("div", "layout");
  const pictureSide = make("div", "picture-side");
  const live = newPicture("");
  live.canvas.dataset.testid = "live-image";
  const problem = make("p", "problem");
  problem.setAttribute("role", "alert");
  problem.hidden = true;
  const panel = make("div", "panel");
  const resetAll = make("button", "", "Reset all");
  resetAll.type = "button";
  const bar = make("div", "bar");
  const controls = make("div", "controls");
  pictureSide.append(live.root);
  bar.append(resetAll);
  controls.append(panel, bar);
  layout.append(pictureSide, controls);
  root.append(problem, layout);
  parent.append(root);
  return { root, layout, pictureSide, live, problem, panel, bar, resetAll };
}

/** @param {Stage} stage @param {Picture[]} pictures */
export function hang(stage, pictures) {
  stage.pictures.push(...pictures);
  const { network } = stage.decoder;
  for (const picture of pictures) if (network) prepare(picture, network.outputShape);
}

/** @param {Stage} stage @param {Picture[]} pictures */
export function takeDown(stage, pictures) {
  stage.pictures = stage.pictures.filter((picture) => !pictures.includes(picture));
}

function close(stage, parent) {
  stage.reporter.drop();
  cancelAnimationFrame(stage.planned);
  stage.sizes.disconnect();
  window.removeEventListener("resize", stage.refit);
  stage.decoder.use(null);
  stage.presenting.close();
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
}

function adapt(stage, data) {
  const { kind } = stage;
  stage.side = data.side;
  stage.root.style.setProperty("--side", `${data.side}px`);
  stage.live.canvas.setAttribute("aria-label", data.alt);
  const specs = kind.specs(data);
  const rows = JSON.stringify([data.decoder, specs]);
  const rebuilt = stage.builtFrom !== rows;
  const begins = stage.revision !== data.revision;
  if (begins) begin(stage, data);
  if (rebuilt) buildRows(stage, specs);
  stage.builtFrom = rows;
  stage.decoder.use(data.decoder);
  // Not in the middle of a drag, which another theme must not disturb.
  if (begins || rebuilt) for (const row of stage.rows) place(stage, row);
  kind.dress?.(stage, data);
  for (const { strip } of stage.rows) if (strip) stage.idle.outdate(strip.frames);
  stage.idle.outdate(stage.others);
  enable(stage);
  refit(stage);
  plan(stage);
}

function begin(stage, data) {
  stage.reporter.drop();
  stage.revision = data.revision;
  stage.code = new Float64Array(stage.kind.latentDim(data));
  stage.scratch = new Float64Array(stage.code.length);
  stage.values = recall(data.revision, data.start);
}

function receive(stage) {
  const { outputShape } = stage.decoder.network;
  for (const picture of stage.pictures) prepare(picture, outputShape);
  enable(stage);
  refit(stage);
  plan(stage);
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
  const letters = specs.map(({ label, note }) => label.length + 0.9 * note.length + 1);
  stage.panel.style.setProperty("--name", `${Math.max(...letters)}ch`);
}

function tellProblem({ problem }, words) {
  problem.textContent = words;
  problem.hidden = !words;
}

function enable({ rows, resetAll, decoder: { network } }) {
  for (const row of rows) enableRow(row, network !== null);
  resetAll.disabled = !network;
  resetAll.hidden = rows.length < 2;
}

function place({ kind, values }, row) {
  placeRow(row, kind.shown(values, row.spec));
}

function move(stage, row, shown) {
  stage.kind.put(stage.values, row.spec, shown);
  stage.last = row.spec.label;
  describeRow(row, shown);
  for (const other of stage.rows) {
    if (other !== row && other.strip) stage.idle.outdate(other.strip.frames);
  }
  stage.idle.outdate(stage.others);
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

function report({ revision, values, last, send }) {
  remember(revision, values);
  send("moved", { revision, values: structuredClone(values), last });
}

// Pictures ---------------------------------------------------------------------------

// However many events come, one decoding per animation frame.
function plan(stage) {
  if (stage.planned || !stage.decoder.network) return;
  stage.planned = requestAnimationFrame(() => {
    stage.planned = 0;
    draw(stage);
  });
}

function draw(stage) {
  const { kind, values, code, live } = stage;
  kind.encode(stage, values, code);
  if (kind.paint(stage, stage.decoder.network)) {
    stage.frames += 1;
    live.canvas.dataset.z = code.join(",");
    live.canvas.dataset.frame = stage.frames;
  }
  stage.idle.wake();
}

function refit({ pictures, side, presenting }) {
  const largest = presenting?.dialog ? Math.max(innerWidth, innerHeight) : side;
  for (const picture of pictures) fit(picture, largest);
}

function toggleStrip(stage, row) {
  row.film.setAttribute("aria-expanded", String(!row.strip));
  if (row.strip) return closeStrip(stage, row);
  const { kind, values, decoder, idle } = stage;
  row.strip = newStrip(row.spec, decoder.network.outputShape, (shown) => jump(stage, row, shown));
  for (const frame of row.strip.frames) {
    frame.encode = (into) => {
      const moved = structuredClone(stage.values);
      kind.put(moved, row.spec, frame.shown);
      kind.encode(stage, moved, into);
    };
  }
  mark(row.strip, kind.shown(values, row.spec));
  row.root.append(row.strip.root);
  idle.outdate(row.strip.frames);
  idle.wake();
}

function closeStrip({ idle }, row) {
  if (!row.strip) return;
  idle.forget(row.strip.frames);
  row.strip.root.remove();
  row.strip = null;
}

function decodeFrame({ decoder: { network }, scratch }, frame) {
  if (!network) return null;
  frame.encode(scratch);
  return network.run(scratch);
}
