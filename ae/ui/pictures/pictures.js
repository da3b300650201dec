// A table of pictures. Text goes in through textContent only.
import { make } from "../live/screen.js";

function cell(row, at, data, choose) {
  const button = make("button", at === data.chosen ? "cell chosen" : "cell");
  button.type = "button";
  button.dataset.column = at;
  button.setAttribute("aria-pressed", String(at === data.chosen));
  button.onclick = () => choose(at);
  const image = make("img");
  image.src = row.pictures[at];
  image.alt = row.title ? `${row.title}: ${data.names[at]}` : data.names[at];
  button.append(image);
  if (row.captions.length) button.append(make("span", "caption", row.captions[at]));
  return button;
}

function line(row, data, choose) {
  const group = make("section", "row");
  group.setAttribute("role", "group");
  if (row.title) {
    group.setAttribute("aria-label", row.title);
    const title = make("p", "title", row.title);
    if (row.note) title.append(make("span", "note", row.note));
    group.append(title);
  }
  const cells = make("div", "cells");
  cells.append(...row.pictures.map((_, at) => cell(row, at, data, choose)));
  group.append(cells);
  return group;
}

/** @param {Component} component */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".root"));
  const scrolled = root.querySelector(".scroll")?.scrollLeft ?? 0;
  const { activeElement } = /** @type {ShadowRoot} */ (parentElement.getRootNode());
  const focused = activeElement?.getAttribute("data-column") ?? null;
  const choose = (at) => {
    // Mark at once; the server's answer says the same a moment later.
    for (const button of data.buttons ? [] : root.querySelectorAll("button")) {
      const here = Number(button.dataset.column) === at;
      button.classList.toggle("chosen", here);
      button.setAttribute("aria-pressed", String(here));
    }
    if (data.buttons) setTriggerValue("clicked", at);
    else setStateValue("chosen", at);
  };
  const scroll = make("div", "scroll");
  scroll.style.setProperty("--columns", data.names.length);
  scroll.append(...data.rows.map((row) => line(row, data, choose)));
  root.replaceChildren(scroll);
  scroll.scrollLeft = scrolled;
  if (focused === null) return;
  /** @type {HTMLElement | null} */
  const cell = root.querySelector(`button[data-column="${focused}"]`);
  cell?.focus({ preventScroll: true });
}
