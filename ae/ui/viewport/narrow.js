// Reports whether the window is as narrow as a phone, now and after a rotation.
const queries = new WeakMap();

/** @param {Component} component */
export default function ({ data, parentElement, setStateValue }) {
  if (!queries.has(parentElement)) {
    queries.set(parentElement, window.matchMedia("(max-width: 640px)"));
  }
  const query = queries.get(parentElement);
  const report = () => {
    if (query.matches !== data.narrow) setStateValue("narrow", query.matches);
  };
  query.onchange = report;
  report();
  return () => {
    query.onchange = null;
  };
}
