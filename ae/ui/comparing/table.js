// A table sorted by its headings. Text goes in through textContent only. What a frame takes is
// measured here, one decoder after the other.
import { fetchFile } from "../door/files.js";
import { readTimed } from "../live/decoder.js";
import { make, whenIdle } from "../live/screen.js";

const LONG_MS = 120; // spent on one decoder
const TURN_MS = 10; // many times what a browser's clock can tell
const PATIENCE_MS = 3000; // for the page to come to rest
const FIRST = 3; // not counted: code is still being compiled
const tables = new WeakMap();

/** @param {Component} component */
export default function ({ data, parentElement }) {
  const table = tables.get(parentElement) ?? {
    sorted: null,
    root: null,
    data: "",
    times: new Map(),
  };
  tables.set(parentElement, table);
  if (!table.root) {
    table.root = make("div", "scroll");
    parentElement.append(table.root);
  }
  const text = JSON.stringify(data);
  if (table.data === text) return;
  Object.assign(table, { data: text, columns: data.columns, cells: data.cells });
  draw(table);
  measure(table, text);
}

function draw(table) {
  const element = make("table");
  element.dataset.testid = "sortable-table";
  const head = make("tr");
  head.append(...table.columns.map((name, at) => heading(table, name, at)));
  const [top, body] = [make("thead"), make("tbody")];
  top.append(head);
  element.append(top, body);
  for (const row of inOrder(table)) {
    const line = make("tr");
    line.append(...row.map((cell) => place(table, cell)));
    body.append(line);
  }
  const focused = table.root.getRootNode().activeElement?.dataset.column;
  table.root.replaceChildren(element);
  if (focused !== undefined) head.querySelectorAll("button")[focused]?.focus();
}

function heading(table, name, at) {
  const { column, down } = table.sorted ?? {};
  const element = make("th");
  element.scope = "col";
  const button = make("button", "", name);
  button.type = "button";
  button.dataset.column = at;
  if (column === at) {
    element.setAttribute("aria-sort", down ? "descending" : "ascending");
    button.append(make("span", "arrow", down ? "\u2193" : "\u2191"));
  }
  button.onclick = () => {
    table.sorted = { column: at, down: column === at && !down };
    draw(table);
  };
  element.append(button);
  return element;
}

// Undefined while it is measured, null where it cannot be.
const timeOf = (table, { timed }) => (timed?.digest ? table.times.get(timed.digest) : null);
const sortedBy = (table, cell) => timeOf(table, cell) ?? cell.value;

function inOrder(table) {
  if (!table.sorted) return table.cells;
  const { column, down } = table.sorted;
  const compare = (a, b) => {
    const [x, y] = [sortedBy(table, a[column]), sortedBy(table, b[column])];
    if (x === null && y === null) return a[column].text.localeCompare(b[column].text);
    if (x === null || y === null) return x === null ? 1 : -1; // what has no number comes last
    return x - y;
  };
  const sorted = table.cells.toSorted((a, b) => compare(a, b));
  const last = sorted.filter((row) => sortedBy(table, row[column]) === null);
  if (!down || last.length === sorted.length) return down ? sorted.reverse() : sorted;
  return [...sorted.slice(0, sorted.length - last.length).reverse(), ...last];
}

function place(table, cell) {
  const time = timeOf(table, cell);
  const numeric = sortedBy(table, cell) !== null;
  const element = make("td", numeric ? "number" : "", cell.text);
  if (time === undefined) element.textContent = "measuring\u2026";
  else if (time !== null) element.textContent = time.toFixed(time < 10 ? 2 : 1);
  if (cell.note) element.append(make("small", "", cell.note));
  return element;
}

async function measure(table, text) {
  const timed = table.cells.flat().flatMap((cell) => (cell.timed?.digest ? [cell.timed] : []));
  for (const { digest } of timed) {
    if (table.times.has(digest)) continue;
    try {
      const network = await fetchFile(digest, readTimed);
      await new Promise((resolve) => {
        whenIdle(resolve);
        setTimeout(resolve, PATIENCE_MS);
      });
      if (table.data !== text) return; // the page shows others by now
      table.times.set(digest, timeOfFrame(network));
    } catch {
      table.times.set(digest, null); // what cannot be run here gets a dash
    }
    draw(table);
  }
}

// The mean time of a run, for the clock of a browser is too coarse for one alone, in the quickest
// of several turns: others had what else the machine did in them.
/** @param {Network} network */
function timeOfFrame({ inputSize, run }) {
  const z = new Float32Array(inputSize);
  for (let at = 0; at < FIRST; at++) run(z);
  const begin = performance.now();
  let least = Number.POSITIVE_INFINITY;
  while (performance.now() - begin < LONG_MS) {
    const start = performance.now();
    let [frames, spent] = [0, 0];
    while (spent < TURN_MS) {
      z[frames % inputSize] = Math.sin(frames++);
      run(z);
      spent = performance.now() - start;
    }
    least = Math.min(least, spent / frames);
  }
  return least;
}
