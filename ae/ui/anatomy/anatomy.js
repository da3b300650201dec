// Draws an autoencoder: image, encoder, code, decoder, reconstruction, loss.
// Text goes in through textContent only.

import { make } from "../live/screen.js";

function drawBars(bars, code) {
  const rows = code.map((value) => {
    const bar = make("i", value < 0 ? "minus" : "plus");
    // Two and a half standard deviations fill a side.
    bar.style.setProperty("--share", Math.min(Math.abs(value) / 2.5, 1).toFixed(3));
    return bar;
  });
  bars.replaceChildren(...rows);
}

/** @param {Component} component */
export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  find(".input img").src = data.image;
  find(".input img").alt = `Original: ${data.name}`;
  find(".input .words").textContent = data.pixels;
  find(".output img").src = data.reconstruction;
  find(".output img").alt = `Reconstruction: ${data.name}`;
  find(".numbers").textContent = data.numbers;
  find(".value").textContent = data.loss;
  const bars = find(".bars");
  bars.setAttribute("aria-label", `Latent code z of ${data.numbers}, as bars`);
  drawBars(bars, data.code);
}
