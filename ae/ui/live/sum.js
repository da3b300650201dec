// A sum of codes: z, what the sliders add, and both together, as bars and in numbers.
import { make } from "./screen.js";

const TOLD = 3; // numbers that are written out: those that the sliders change most
const ROWS = ["z", "s", "z + s"];

export function newSum() {
  const root = make("div", "sum");
  root.dataset.testid = "live-sum";
  const rows = ROWS.map((name) => {
    const row = make("div", "terms");
    const bars = make("span", "bars");
    bars.setAttribute("aria-hidden", "true");
    row.append(make("i", "", name), bars);
    root.append(row);
    return bars;
  });
  const told = make("p", "told");
  root.append(told);
  return { root, rows, told, strongest: [], reach: 1 };
}

// base: a code; curves: what each slider adds to it.
export function dressSum(sum, base, curves) {
  const most = base.map((_, axis) =>
    Math.max(...curves.flat().map((added) => Math.abs(added[axis]))),
  );
  const order = base.map((_, axis) => axis).sort((a, b) => most[b] - most[a]);
  sum.strongest = order.slice(0, TOLD);
  sum.reach = Math.max(...base.map((value, axis) => Math.abs(value) + most[axis])) || 1;
  for (const bars of sum.rows) bars.replaceChildren(...base.map(() => make("b")));
}

export function showSum({ rows, told, strongest, reach }, base, code) {
  const added = base.map((value, axis) => code[axis] - value);
  [base, added, code].forEach((values, row) => {
    for (let axis = 0; axis < base.length; axis++) {
      const bar = /** @type {HTMLElement} */ (rows[row].children[axis]);
      bar.style.setProperty("--share", String(values[axis] / reach));
    }
  });
  told.replaceChildren(...strongest.map((axis) => line(axis, base[axis], added[axis])));
}

// One number of the code: z3  -0.52 + 0.31 = -0.21.
function line(axis, before, added) {
  const sign = added < 0 ? "−" : "+";
  const [first, second, both] = [before, Math.abs(added), before + added].map(inWords);
  return make("span", "", `z${axis}: ${first} ${sign} ${second} = ${both}`);
}

function inWords(value) {
  return value.toFixed(2).replace("-", "−");
}
