// Plays the epochs of Plotly's figure, and says the numbers of the one in the picture.
import { make } from "../live/screen.js";

const WHOLE_MS = 5000; // that playing takes, about
const PAUSES_MS = [60, 250]; // between two frames, at least and at most
const SEARCH_MS = 100; // until it is looked again whether the figure is there
const MARKER = 5; // the figure's trace that has its epoch for an x
// What each number is, with a word on how to read it.
const NUMBERS = {
  Loss: "mean squared error",
  "Loss / floor": "1.00 is perfect",
  Angle: "0° is PCA's plane",
  "PCA's floor": "no plane loses less here",
};

const players = new WeakMap();

/** @param {Component} component */
export default function ({ data, parentElement }) {
  const player = players.get(parentElement) ?? newPlayer(parentElement);
  players.set(parentElement, player);
  const told = JSON.stringify(data);
  if (player.told !== told) {
    pause(player);
    Object.assign(player, { data, told, asked: data.opening, shown: data.opening });
    player.range.max = String(data.frames.length - 1);
    tell(player, data.opening);
  }
  watch(player);
  return () => {
    pause(player);
    player.sketch?.remove();
  };
}

function newPlayer(parent) {
  const root = make("div", "playback");
  const button = make("button");
  button.type = "button";
  const range = make("input");
  range.type = "range";
  range.min = "0";
  range.setAttribute("aria-label", "Epoch in the picture");
  const epoch = make("output");
  const controls = make("div", "buttons");
  controls.append(button, range, epoch);
  const list = make("dl");
  const numbers = Object.entries(NUMBERS).map(([name, words]) => {
    const value = make("dd");
    const entry = make("div");
    entry.append(make("dt", "", name), value, make("dd", "note", words));
    list.append(entry);
    return value;
  });
  root.append(list, controls);
  parent.append(root);
  /** @type {any} */
  const player = { button, range, epoch, numbers, timer: 0, search: 0 };
  button.onclick = () => (player.timer ? pause(player) : play(player));
  range.oninput = () => {
    pause(player);
    show(player, Number(range.value));
  };
  pause(player);
  return player;
}

function play(player) {
  const last = player.data.frames.length - 1;
  const [least, most] = PAUSES_MS;
  const pauseMs = Math.min(Math.max(WHOLE_MS / (last + 1), least), most);
  if (player.shown === last) show(player, 0);
  player.button.textContent = "Pause";
  player.timer = setInterval(() => {
    if (player.asked !== player.shown) return; // the picture is on its way
    if (player.shown < last) show(player, player.shown + 1);
    if (player.asked === last) pause(player);
  }, pauseMs);
}

function pause(player) {
  clearInterval(player.timer);
  player.timer = 0;
  player.button.textContent = "Play";
}

// Has the figure show a frame: its hidden button is told which, and pressed.
function show(player, at) {
  const chart = chartOf(player);
  const button = chart?.querySelector(".updatemenu-button");
  if (!button) return;
  if (chart !== player.watched) watch(player);
  chart._fullLayout.updatemenus[0].buttons[0].args[0][0] = String(player.data.frames[at].epoch);
  player.asked = at;
  button.dispatchEvent(new MouseEvent("click"));
}

/** @returns {any} The element that Plotly draws in. */
function chartOf({ data }) {
  return document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
}

// Plotly needs two seconds to be read and to draw: until then its scene stands there as a sketch.
function placeSketch(player) {
  const { chart, sketch } = player.data;
  const place = /** @type {HTMLElement} */ (document.querySelector(`.st-key-${chart}`));
  if (!place) return;
  player.sketch ??= make("img");
  Object.assign(player.sketch, { src: sketch.address, alt: "" }); // the chart has words
  const { side, top, left, right, middle } = sketch;
  Object.assign(player.sketch.style, {
    position: "absolute",
    top: `${top}px`,
    left: `calc((100% - ${left + right}px) * ${middle} + ${left - side / 2}px)`,
    pointerEvents: "none",
  });
  place.style.position = "relative";
  place.append(player.sketch);
}

// Whatever redraws the figure, the numbers are those of its picture.
function watch(player) {
  clearTimeout(player.search);
  const chart = chartOf(player);
  if (!chart?.on) {
    placeSketch(player);
    if (player.button.isConnected) player.search = setTimeout(() => watch(player), SEARCH_MS);
    return;
  }
  if (player.watched === chart) return;
  player.watched = chart;
  if (chart.querySelector(".gl-container canvas")) player.sketch?.remove();
  chart.on("plotly_afterplot", () => {
    player.sketch?.remove();
    if (player.watched !== chart) return;
    const [epoch] = chart.data[MARKER].x;
    const at = player.data.frames.findIndex((frame) => frame.epoch === epoch);
    if (at >= 0) tell(player, at);
  });
}

function tell(player, at) {
  const { data, range, epoch, numbers } = player;
  const frame = data.frames[at];
  // A hand on the slider may be ahead of the picture.
  const ahead = player.asked !== player.shown && player.asked !== at;
  player.shown = at;
  if (!ahead) {
    player.asked = at;
    range.value = String(at);
  }
  const words = `Epoch ${frame.epoch.toLocaleString("en-US")}`;
  epoch.textContent = words;
  range.setAttribute("aria-valuetext", words);
  [...frame.numbers, data.floor].forEach((text, i) => {
    numbers[i].textContent = text;
  });
}
