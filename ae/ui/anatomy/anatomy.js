// Draws an autoencoder: image, encoder, code, decoder, reconstruction, loss.
// Text goes in through textContent only.

import { make } from "../live/screen.js";

const SVG = "http://www.w3.org/2000/svg";

function picture(className, symbol, words) {
  const figure = make("figure", `end ${className}`);
  const image = make("img");
  const caption = make("figcaption");
  caption.append(make("b", "", symbol), make("span", "words", words));
  figure.append(image, caption);
  return figure;
}

function funnel(className, symbol, words, points) {
  const part = make("div", `funnel ${className}`);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "polygon");
  shape.setAttribute("points", points);
  svg.append(shape);
  const label = make("div", "label");
  label.append(make("b", "", symbol), make("span", "words", words));
  part.append(svg, label);
  return part;
}

function build(root) {
  const stage = make("div", "stage");
  const code = make("figure", "code");
  const bars = make("div", "bars");
  bars.setAttribute("role", "img");
  const caption = make("figcaption");
  caption.append(make("b", "", "z"), make("span", "words numbers"));
  code.append(bars, caption);
  stage.append(
    picture("input", "x", ""),
    funnel("encoder", "E", "encoder", "0,0 100,26 100,74 0,100"),
    code,
    funnel("decoder", "D", "decoder", "0,26 100,0 100,100 0,74"),
    picture("output", "x̂", "reconstruction"),
  );
  const loss = make("div", "loss");
  loss.append(make("div", "bracket"), make("p", "sum"));
  const figure = make("div", "figure");
  figure.append(stage, loss);
  root.replaceChildren(figure);
  return figure;
}

function drawBars(bars, code) {
  const rows = code.map((value) => {
    const bar = make("i", value < 0 ? "minus" : "plus");
    // Two and a half standard deviations fill a side.
    bar.style.setProperty("--share", Math.min(Math.abs(value) / 2.5, 1).toFixed(3));
    return bar;
  });
  bars.replaceChildren(...rows);
}

const figures = new WeakMap();

/** @param {Component} component */
export default function ({ data, parentElement }) {
  let figure = figures.get(parentElement);
  if (!figure) {
    let root = parentElement.querySelector(".root");
    if (!root) {
      root = make("div", "root");
      parentElement.append(root);
    }
    figure = build(root);
    figures.set(parentElement, figure);
  }
  const find = (selector) => figure.querySelector(selector);
  find(".input img").src = data.image;
  find(".input img").alt = `Original: ${data.name}`;
  find(".input .words").textContent = data.pixels;
  find(".output img").src = data.reconstruction;
  find(".output img").alt = `Reconstruction: ${data.name}`;
  find(".numbers").textContent = data.numbers;
  find(".sum").replaceChildren(
    make("b", "", "Loss"),
    document.createTextNode(" between x and x̂: mean squared difference "),
    make("b", "value", data.loss),
  );
  const bars = find(".bars");
  bars.setAttribute("aria-label", `Latent code z of ${data.numbers}, as bars`);
  drawBars(bars, data.code);
}
