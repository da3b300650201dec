// Two groups of pictures, put together by clicks. After every click the server is told both as
// a whole, so that none is lost, however fast they come.
import { recall, remember } from "../live/reporting.js";
import { make } from "../live/screen.js";

const LETTERS = ["A", "B"];
const sheets = new WeakMap(); // what is on screen, by parentElement

/** @param {Component} component */
export default function ({ data, parentElement, setStateValue }) {
  const sheet = sheets.get(parentElement) ?? newSheet(parentElement);
  sheets.set(parentElement, sheet);
  sheet.most = data.most;
  sheet.tell = () => {
    remember(data.revision, sheet.groups);
    setStateValue("moved", { revision: data.revision, values: structuredClone(sheet.groups) });
    mark(sheet);
  };
  if (sheet.revision !== data.revision) {
    sheet.revision = data.revision;
    sheet.groups = recall(data.revision, data.start);
  }
  const shown = JSON.stringify(data.pictures);
  if (sheet.shown !== shown) {
    sheet.shown = shown;
    sheet.cells = data.pictures.map((picture) => newCell(sheet, picture));
    sheet.grid.replaceChildren(...sheet.cells.map(({ button }) => button));
  }
  mark(sheet);
}

function newSheet(parent) {
  const bar = make("div", "buttons");
  const grid = make("div", "grid");
  grid.dataset.testid = "picture-groups";
  const sheet = { letter: "A", groups: { A: [], B: [] }, cells: [], grid };
  const letters = LETTERS.map((letter) => {
    const button = newButton(`A click adds to ${letter}`, () => {
      sheet.letter = letter;
      mark(sheet);
    });
    return { letter, button };
  });
  const empty = newButton("Empty both", () => {
    sheet.groups = { A: [], B: [] };
    sheet.tell();
  });
  bar.append(...letters.map(({ button }) => button), empty);
  parent.append(bar, grid);
  return Object.assign(sheet, { letters });
}

function newButton(text, onclick) {
  const button = make("button", "", text);
  button.type = "button";
  button.onclick = onclick;
  return button;
}

function newCell(sheet, { number, name, address }) {
  const button = newButton("", () => toggle(sheet, number));
  button.className = "cell";
  const image = make("img");
  image.src = address;
  const letter = make("span", "mark");
  button.append(image, letter);
  return { number, name, button, image, letter };
}

function toggle(sheet, number) {
  const { groups, letter, most } = sheet;
  const was = groupOf(sheet, number);
  for (const each of LETTERS) groups[each] = groups[each].filter((other) => other !== number);
  if (was !== letter) groups[letter] = [...groups[letter], number].slice(-most);
  sheet.tell();
}

function groupOf({ groups }, number) {
  return LETTERS.find((letter) => groups[letter].includes(number)) ?? "";
}

function mark(sheet) {
  for (const { letter, button } of sheet.letters) {
    button.setAttribute("aria-pressed", String(letter === sheet.letter));
  }
  for (const { number, name, button, image, letter } of sheet.cells) {
    const group = groupOf(sheet, number);
    button.dataset.mark = letter.textContent = group;
    button.setAttribute("aria-pressed", String(group !== ""));
    image.alt = group ? `${name}, in ${group}` : name;
  }
}
