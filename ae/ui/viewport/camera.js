// Keeps the camera of a 3-D Plotly chart and reports it after it was turned or zoomed.
const watches = new WeakMap();

const PARTS = ["eye", "center", "up"];
const SETTLED_MS = 250; // the chart redraws once after the gesture

function rounded({ x, y, z }) {
  const round = (value) => Math.round(value * 1000) / 1000;
  return { x: round(x), y: round(y), z: round(z) };
}

/** @param {Component} component */
export default function ({ data, parentElement, setStateValue }) {
  const watch = watches.get(parentElement) ?? { timer: 0, graphs: new WeakSet() };
  watches.set(parentElement, watch);
  watch.stop?.();

  // Streamlit's own copy of the layout forgets the camera, and the next frame of an
  // animation would turn the scene back.
  const keep = (graph, change) => {
    const seen = change?.["scene.camera"];
    if (!seen) return null;
    const camera = Object.fromEntries(PARTS.map((part) => [part, rounded(seen[part])]));
    if (graph.layout?.scene) graph.layout.scene.camera = camera;
    return camera;
  };
  const onGesture = (event) => {
    const graph = event.target?.closest?.(`.st-key-${data.chart} .js-plotly-plot`);
    if (!graph?.on || watch.graphs.has(graph)) return;
    watch.graphs.add(graph); // a rebuilt chart is a new element
    graph.on("plotly_relayouting", (change) => keep(graph, change));
    graph.on("plotly_relayout", (change) => {
      clearTimeout(watch.timer);
      watch.timer = setTimeout(() => {
        const camera = keep(graph, change);
        if (camera) setStateValue("camera", camera);
      }, SETTLED_MS);
    });
  };

  const types = ["pointerdown", "touchstart", "wheel"];
  const options = { capture: true, passive: true };
  for (const type of types) document.addEventListener(type, onGesture, options);
  watch.stop = () => {
    for (const type of types) document.removeEventListener(type, onGesture, options);
  };
  return () => watch.stop();
}
