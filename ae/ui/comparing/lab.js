// The rate-distortion lab: every picture and number is here, so a slider asks nobody.
import { fetchFile } from "../door/files.js";
import { newPresenting } from "../live/presenting.js";
import { make } from "../live/screen.js";
import { drawErrors, drawPlane } from "./charts.js";

const SIDE = 28; // of a picture on the sheet, in pixels
const labs = new WeakMap();

/** @param {Component} component */
export default function ({ data, parentElement, setStateValue }) {
  const lab = labs.get(parentElement) ?? newLab(parentElement, data);
  labs.set(parentElement, lab);
  Object.assign(lab, { data, send: setStateValue });
  // Within a revision this side knows best: a late answer must not pull a slider back.
  if (lab.revision !== data.revision) {
    lab.size.value = data.start[0];
    lab.beta.value = data.start[1];
  }
  lab.revision = data.revision;
  if (lab.digest !== data.pictures) fetchSheet(lab, data.pictures);
  show(lab);
  return () => {
    lab.presenting.close();
    lab.root.remove();
    labs.delete(parentElement);
  };
}

function fetchSheet(lab, digest) {
  lab.digest = digest;
  const read = (bytes) => createImageBitmap(new Blob([bytes], { type: "image/png" }));
  fetchFile(digest, read).then(
    (sheet) => {
      if (lab.digest !== digest) return; // another one is wanted by now
      lab.sheet = sheet;
      show(lab);
    },
    (error) => {
      lab.digest = "";
      lab.problem.textContent = `The pictures could not be fetched: ${error.message}`;
    },
  );
}

function newLab(parent, data) {
  const root = make("div", "lab");
  root.dataset.testid = "lab";
  const sliders = make("div", "sliders");
  const size = newSlider("Numbers in the code", data.sizes.length);
  const beta = newSlider("Beta (weight of the rate)", data.betas.length);
  sliders.append(size.root, beta.root);
  const pictures = make("div", "rows");
  const rows = [
    newRow("Original"),
    ...data.kinds.map(([, title]) => newRow(title)),
    newRow("Drawn from the prior"),
  ];
  pictures.append(...rows.map((row) => row.root));
  const use = newUse();
  const errors = newChart("Error against size");
  const plane = newChart("Rate and distortion");
  const charts = make("div", "charts");
  charts.append(errors.root, plane.root);
  const problem = make("p", "problem");
  problem.setAttribute("role", "alert");
  root.append(sliders, pictures, problem, use.root, charts);
  parent.append(root);
  const lab = {
    ...{ data, send: null, revision: null, digest: "", sheet: null, planned: 0 },
    ...{ size: size.range, beta: beta.range, sizeWords: size.words, betaWords: beta.words },
    ...{ root, rows, use, errors, plane, problem, sent: "" },
    presenting: newPresenting(root, () => {}),
  };
  sliders.append(lab.presenting.button);
  for (const range of [lab.size, lab.beta]) {
    range.oninput = () => plan(lab);
    range.onchange = () => send(lab);
  }
  return lab;
}

function newSlider(title, stops) {
  const root = make("label", "slider");
  const head = make("span", "head", title);
  const words = make("output");
  const range = make("input");
  Object.assign(range, { type: "range", min: "0", max: String(stops - 1), step: "1" });
  range.setAttribute("aria-label", title);
  head.append(words);
  root.append(head, range);
  return { root, words, range };
}

function newRow(title) {
  const root = make("section", "row");
  const head = make("p", "head", title);
  const note = make("span", "note");
  const mark = make("span", "mark", "PCA wins");
  head.append(note, mark);
  const canvas = make("canvas", "strip");
  canvas.dataset.testid = "lab-strip";
  canvas.setAttribute("role", "img");
  root.append(head, canvas);
  return { root, note, mark, canvas, title };
}

function newUse() {
  const root = make("section", "use");
  const words = make("p");
  words.dataset.testid = "lab-use";
  const units = make("div", "units");
  units.setAttribute("aria-hidden", "true");
  root.append(words, units);
  return { root, words, units };
}

function newChart(title) {
  const root = make("figure");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 380 260");
  svg.setAttribute("role", "img");
  const caption = make("figcaption");
  root.append(make("h2", "", title), svg, caption);
  return { root, svg, caption };
}

// Sliders ------------------------------------------------------------------------------

function plan(lab) {
  lab.planned ||= requestAnimationFrame(() => {
    lab.planned = 0;
    show(lab);
  });
}

function send(lab) {
  const values = [Number(lab.size.value), Number(lab.beta.value)];
  const text = JSON.stringify([lab.revision, values]);
  if (text === lab.sent) return;
  lab.sent = text;
  lab.send("moved", { revision: lab.revision, values });
}

// Pictures and numbers -----------------------------------------------------------------

function show(lab) {
  const { data } = lab;
  const size = data.sizes[Number(lab.size.value)];
  const beta = data.betas[Number(lab.beta.value)];
  tell(lab.size, lab.sizeWords, String(size), `${size} numbers`);
  tell(lab.beta, lab.betaWords, String(beta), `beta ${beta}`);
  const found = data.kinds.map(([kind]) => pointOf(data, kind, size, beta));
  const variational = found.at(-1);
  const [original, ...models] = lab.rows;
  const prior = models.pop();
  strip(lab, original, data.points.length, 0, "");
  models.forEach((row, at) => {
    strip(lab, row, found[at]?.row, 0, `rebuilt from ${size} numbers`);
    row.note.textContent = notes(found[at]);
    row.mark.hidden = !found[at]?.worse;
  });
  strip(lab, prior, variational?.row, data.columns, `with beta ${beta}`);
  prior.note.textContent = `variational, beta ${beta}`;
  original.mark.hidden = prior.mark.hidden = true;
  showUse(lab.use, variational, size, beta);
  drawErrors(lab.errors, data, size, beta);
  drawPlane(lab.plane, data, size, beta);
}

function tell(range, output, words, spoken) {
  output.textContent = words;
  range.setAttribute("aria-valuetext", spoken);
}

function pointOf({ points }, kind, size, beta) {
  const fits = (point) => point.kind === kind && point.size === size;
  return points.find((point) => fits(point) && (point.beta === null || point.beta === beta));
}

function notes(point) {
  if (!point) return "not measured yet";
  const error = `squared error ${point.mse.toFixed(4)}`;
  if (point.rate === null) return error;
  return `beta ${point.beta}, ${error}, rate ${point.rate.toFixed(1)} nats`;
}

// row: of the sheet, undefined where there is none; from: its first picture shown.
function strip(lab, { canvas, title }, row, from, how) {
  const { names, columns } = lab.data;
  const what = from ? `${columns} garments` : names.join(", ");
  canvas.setAttribute("aria-label", [`${title}: ${what}`, how].filter(Boolean).join(", "));
  const width = columns * SIDE;
  if (canvas.width !== width) Object.assign(canvas, { width, height: SIDE });
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, SIDE);
  canvas.dataset.row = row ?? "";
  if (!lab.sheet || row === undefined) return;
  context.drawImage(lab.sheet, from * SIDE, row * SIDE, width, SIDE, 0, 0, width, SIDE);
}

function showUse({ words, units }, point, size, beta) {
  const active = point?.active ?? 0;
  const off = size - active;
  const collapsed = off
    ? ` ${off} ${off === 1 ? "says" : "say"} nothing: the posterior is the prior, they collapsed.`
    : " None collapsed.";
  words.textContent = point
    ? `Beta ${beta}: ${active} of ${size} numbers are in use.${collapsed}`
    : "Not measured yet.";
  while (units.childElementCount < size) units.append(make("i"));
  while (units.childElementCount > size) units.lastChild.remove();
  [...units.children].forEach((unit, at) => {
    unit.classList.toggle("on", at < active);
  });
}
