// A component on a page that is not Streamlit's.
import { make } from "../live/screen.js";

// Mounts it with styles of its own, texts. Returns show(data, told), which gives it data and
// returns its clean-up; told(name, value) hears what it says.
/**
 * @param {HTMLElement} host
 * @param {string[]} styles
 * @param {(component: Component) => () => void} component
 */
export function componentIn(host, styles, component) {
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = styles.map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  const parentElement = make("div");
  root.append(parentElement);
  return (data, told) =>
    component({ data, parentElement, setStateValue: told, setTriggerValue: told });
}
