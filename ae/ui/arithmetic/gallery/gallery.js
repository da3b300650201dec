// A sheet of pictures, each a button. Text goes in through textContent only.

function cell(data, at, click) {
  const mark = data.marks[at];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cell";
  button.dataset.at = at;
  button.dataset.mark = mark;
  button.setAttribute("aria-pressed", String(mark !== ""));
  button.setAttribute("aria-label", mark ? `${data.names[at]}, in ${mark}` : data.names[at]);
  button.title = data.names[at];
  button.onclick = () => click(at);
  const image = document.createElement("img");
  image.src = data.pictures[at];
  image.alt = "";
  button.append(image);
  if (mark) {
    const corner = document.createElement("span");
    corner.className = "mark";
    corner.textContent = mark;
    button.append(corner);
  }
  return button;
}

export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".gallery");
  if (!root) {
    root = document.createElement("div");
    root.className = "gallery";
    root.dataset.testid = "gallery";
    parentElement.append(root);
  }
  const focused = root.getRootNode().activeElement?.dataset?.at;
  const click = (at) => setTriggerValue("clicked", at);
  root.replaceChildren(...data.pictures.map((_, at) => cell(data, at, click)));
  if (focused !== undefined) {
    root.querySelector(`[data-at="${focused}"]`)?.focus({ preventScroll: true });
  }
}
