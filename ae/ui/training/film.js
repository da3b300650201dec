// A training under a slider: marks that move, and pictures of the nearest epoch that was kept.
import { make } from "../live/screen.js";
import { classColour, classShape, isDark, traceShape } from "../map/palette.js";

const RADIUS = 3; // of a mark, in pixels
const REACH = 2.3; // root mean square distances from the middle, to the edge
const PLAYS_MS = 6000;

/** @param {Component} component */
export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  const slider = find("#epoch");
  const map = find("#map");
  const play = find("#play");
  const last = data.epochs.length - 1;
  let playing = 0;
  const style = getComputedStyle(map);
  const dark = isDark(style.getPropertyValue("--st-background-color").trim() || "#ffffff");
  // Colours and shapes of classes are those of the Latent map.
  const mark = (pen, label, x, y, radius) => {
    pen.fillStyle = classColour(label, dark);
    pen.beginPath();
    traceShape(pen, classShape(label), x, y, radius);
    pen.fill();
  };
  const pictures = (name, at) => {
    const image = find(`#${name}`);
    if (image.src !== at) image.src = at;
  };
  const draw = () => {
    const at = Number(slider.value);
    const from = Math.min(Math.floor(at), last);
    const to = Math.min(from + 1, last);
    const nearest = Math.round(at);
    find("#now").textContent = `epoch ${data.epochs[nearest]}`;
    slider.setAttribute("aria-valuetext", `Epoch ${data.epochs[nearest]}`);
    pictures("rebuilt", data.rebuilt[nearest]);
    pictures("traversal", data.traversal[nearest]);
    const side = Math.round(map.clientWidth * devicePixelRatio);
    if (map.width !== side) map.width = map.height = side;
    const pen = map.getContext("2d");
    pen.clearRect(0, 0, side, side);
    const share = at - from;
    const place = (value) => ((value / REACH + 1) / 2) * side;
    data.points[from].forEach(([x, y], i) => {
      const [u, v] = data.points[to][i];
      const across = place(x + share * (u - x));
      const down = side - place(y + share * (v - y));
      mark(pen, data.labels[i] ?? 0, across, down, RADIUS * devicePixelRatio);
    });
  };
  const stop = () => {
    cancelAnimationFrame(playing);
    playing = 0;
    play.textContent = "Play";
  };
  slider.max = String(last);
  slider.value = String(last);
  map.setAttribute("aria-label", `Map of ${data.points[0].length} pictures`);
  const entries = data.classes.map(({ label, name }) => {
    const entry = make("li");
    const sign = make("canvas");
    sign.width = sign.height = 8 * RADIUS;
    mark(sign.getContext("2d"), label, 4 * RADIUS, 4 * RADIUS, 3 * RADIUS);
    entry.append(sign, name);
    return entry;
  });
  find("#classes").replaceChildren(...entries);
  find("#originals").src = data.originals;
  slider.oninput = () => {
    stop();
    draw();
  };
  play.onclick = () => {
    if (playing) {
      stop();
      return;
    }
    play.textContent = "Stop";
    const begin = performance.now();
    const step = (now) => {
      slider.value = String(Math.min(((now - begin) / PLAYS_MS) * last, last));
      draw();
      if (Number(slider.value) < last) playing = requestAnimationFrame(step);
      else stop();
    };
    playing = requestAnimationFrame(step);
  };
  const resized = new ResizeObserver(draw);
  resized.observe(map);
  draw();
  return () => {
    stop();
    resized.disconnect();
  };
}
