// Mounts a component: its module, its styles and its markup, fetched once per page.

const sheets = new Map(); // path -> promise of a style sheet
const filled = new WeakSet(); // elements that hold their markup

function sheetOf(path) {
  if (!sheets.has(path)) sheets.set(path, fetchSheet(path));
  return sheets.get(path);
}

async function fetchSheet(path) {
  const answer = await fetch(new URL(`../${path}`, import.meta.url));
  if (!answer.ok) throw new Error(`${path} could not be loaded`);
  return new CSSStyleSheet().replace(await answer.text());
}

// component: what Streamlit gives, its data the only one of a list; current(): whether
// it is still wanted. Returns what the module's default export returns, its clean-up.
/**
 * @param {Component} component
 * @param {{ module: string, styles: string[], html: string }} parts
 * @param {() => boolean} current
 */
export async function mount(component, { module, styles, html }, current) {
  const [{ default: run }, ...adopted] = await Promise.all([
    import(module),
    ...styles.map(sheetOf),
  ]);
  if (!current()) return null;
  const { parentElement } = component;
  const root = /** @type {ShadowRoot} */ (parentElement.getRootNode());
  if (adopted.some((sheet) => !root.adoptedStyleSheets.includes(sheet))) {
    root.adoptedStyleSheets = adopted;
  }
  // Beside an empty element of Streamlit's own.
  if (html && !filled.has(parentElement)) {
    parentElement.append(document.createRange().createContextualFragment(html));
    filled.add(parentElement);
  }
  return run({ ...component, data: component.data[0] });
}
