// What the visitor did in a turn: told to the server, and kept here meanwhile.
const KEYS_SETTLED_MS = 250; // a held key repeats faster than this
const REMEMBERED = 8;
// The values of each turn, should Streamlit build the component anew in the middle of one.
const remembered = new Map();

// Within a turn this side knows best; a new turn starts where the server says.
export function recall(turn, start) {
  return [...(remembered.get(turn) ?? start)];
}

export function remember(turn, values) {
  remembered.delete(turn);
  remembered.set(turn, [...values]);
  for (const old of [...remembered.keys()].slice(0, -REMEMBERED)) remembered.delete(old);
}

// Calls report() at once, or once the keys have come to rest.
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
