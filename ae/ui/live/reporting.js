// What the visitor did since a revision: told to the server, and kept here meanwhile.
const KEYS_SETTLED_MS = 250; // a held key repeats faster than this
const REMEMBERED = 8;
// The values by revision, should Streamlit build the component anew in between.
const remembered = new Map();

// Since a revision this side knows best; a new one starts where the server says.
export function recall(revision, start) {
  return structuredClone(remembered.get(revision) ?? start);
}

export function remember(revision, values) {
  remembered.delete(revision);
  remembered.set(revision, structuredClone(values));
  for (const old of [...remembered.keys()].slice(0, -REMEMBERED)) remembered.delete(old);
}

// Calls report() at once, or once the keys have come to rest.
/** @param {() => void} report */
export function newReporter(report) {
  let timer = 0;
  const drop = () => {
    clearTimeout(timer);
    timer = 0;
  };
  const now = () => {
    drop();
    report();
  };
  const later = () => {
    drop();
    timer = setTimeout(now, KEYS_SETTLED_MS);
  };
  return { now, later, drop, pending: () => timer !== 0 };
}
