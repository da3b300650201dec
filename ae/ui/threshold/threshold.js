// Two histograms back to back, a line between flagged and passed, and the rates.

import { placeIn } from "../surface.js";

const WIDTH = 600;
const HEIGHT = 190;
const MIDDLE = 95;
const PER_BAR = 4; // steps of the line to one bar
const SVG = "http://www.w3.org/2000/svg";

const views = new WeakMap();

function shape(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

// How many scores lie between one bar's edge and the next, as shares of the group.
function shares(above, count) {
  const bars = [];
  for (let step = 0; step + PER_BAR < above.length; step += PER_BAR) {
    bars.push((above[step] - above[step + PER_BAR]) / count);
  }
  return bars;
}

function drawGroup(svg, className, bars, tallest, upwards) {
  const group = shape("g", { class: className }, svg);
  const width = WIDTH / bars.length;
  bars.forEach((share, at) => {
    const height = ((MIDDLE - 14) * share) / tallest;
    const y = upwards ? MIDDLE - height : MIDDLE;
    shape("rect", { x: at * width + 0.5, y, width: width - 1, height }, group);
  });
}

function draw(view, data) {
  view.svg.replaceChildren();
  const groups = [shares(data.normal, data.counts[0]), shares(data.other, data.counts[1])];
  const tallest = Math.max(...groups.flat());
  drawGroup(view.svg, "normal", groups[0], tallest, true);
  drawGroup(view.svg, "other", groups[1], tallest, false);
  shape("line", { class: "middle", x1: 0, x2: WIDTH, y1: MIDDLE, y2: MIDDLE }, view.svg);
  view.line = shape("line", { class: "cut", y1: 0, y2: HEIGHT }, view.svg);
}

function words(data, step) {
  const alarms = data.normal[step] / data.counts[0];
  const misses = 1 - data.other[step] / data.counts[1];
  return { score: (data.low + step * data.width).toFixed(2), alarms, misses };
}

function show(view, data) {
  const step = Number(view.range.value);
  const { score, alarms, misses } = words(data, step);
  const x = (WIDTH * step) / (data.normal.length - 1);
  view.line.setAttribute("x1", x);
  view.line.setAttribute("x2", x);
  view.threshold.textContent = score;
  view.alarms.textContent = percent(alarms);
  view.misses.textContent = percent(misses);
  const spoken = `${score}: ${percent(alarms)} false alarms, ${percent(misses)} missed`;
  view.range.setAttribute("aria-valuetext", spoken);
}

function find(root) {
  const named = (name) => root.querySelector(`[data-name="${name}"]`);
  return {
    svg: root.querySelector("svg"),
    range: root.querySelector("input"),
    reset: root.querySelector("button"),
    threshold: named("score"),
    alarms: named("alarms"),
    misses: named("misses"),
    line: null,
    sent: null,
    revision: null,
  };
}

function bind(view, data, setStateValue) {
  const send = () => {
    const step = Number(view.range.value);
    if (step === view.sent) return;
    view.sent = step;
    setStateValue("moved", { revision: data.revision, values: step });
  };
  const moveTo = (event) => {
    const share = Math.min(1, Math.max(0, placeIn(view.svg, event)[0]));
    view.range.value = Math.round(share * (data.normal.length - 1));
    show(view, data);
  };
  view.range.oninput = () => show(view, data);
  view.range.onchange = send;
  view.svg.onpointerdown = (event) => {
    view.svg.setPointerCapture(event.pointerId);
    moveTo(event);
  };
  view.svg.onpointermove = (event) => {
    if (view.svg.hasPointerCapture(event.pointerId)) moveTo(event);
  };
  view.svg.onpointerup = send;
  view.reset.onclick = () => {
    view.range.value = data.usual;
    show(view, data);
    send();
  };
}

/** @param {Component} component */
export default function ({ data, parentElement, setStateValue }) {
  const view = views.get(parentElement) ?? find(parentElement);
  views.set(parentElement, view);
  view.range.max = data.normal.length - 1;
  // Within a revision this side knows best: a late answer must not pull the line back.
  if (view.revision !== data.revision) view.sent = view.range.value = data.chosen;
  view.revision = data.revision;
  draw(view, data);
  bind(view, data, setStateValue);
  show(view, data);
}
