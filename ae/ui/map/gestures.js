// What pointers on a surface mean: hovering, tapping, dragging, pinching.
const STILL = 5; // pixels that a finger may slip in a tap

// act: { hover(x, y), leave(), tap(x, y), start(x, y, touch), drag(x, y, dx, dy, touch), end(touch,
// cancelled), pinch(x, y, dx, dy, factor) }, in pixels from the surface's corner. start comes with
// the first movement that is more than a slip.
export function watchGestures(surface, act) {
  /** @type {Map<number, any>} */
  const down = new Map(); // pointerId -> { x, y }
  /** @type {any} */
  let from = null; // where a single pointer went down
  let dragging = false;
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  surface.onpointerdown = (event) => {
    if (event.button !== 0) return;
    surface.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    if (down.size > 1) {
      if (dragging) act.end(true, true);
      dragging = false;
      from = null;
    } else {
      from = place(event);
      if (event.pointerType === "touch") act.hover(from.x, from.y);
    }
  };

  surface.onpointermove = (event) => {
    const now = place(event);
    const touch = event.pointerType === "touch";
    const before = down.get(event.pointerId);
    if (!before) {
      if (!touch) act.hover(now.x, now.y);
      return;
    }
    if (down.size > 1) pinch(event.pointerId, now);
    else if (from) drag(before, now, touch);
    down.set(event.pointerId, now);
  };

  function drag(before, now, touch) {
    if (!dragging && Math.hypot(now.x - from.x, now.y - from.y) <= STILL) return;
    if (!dragging) act.start(from.x, from.y, touch);
    const since = dragging ? before : from;
    dragging = true;
    act.drag(now.x, now.y, now.x - since.x, now.y - since.y, touch);
  }

  function pinch(moved, now) {
    const pair = [...down.keys()].slice(0, 2);
    if (!pair.includes(moved)) return;
    const [a, b] = pair.map((id) => down.get(id));
    const [c, d] = pair.map((id) => (id === moved ? now : down.get(id)));
    const [x, y] = [(c.x + d.x) / 2, (c.y + d.y) / 2];
    const before = Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1);
    const factor = Math.max(Math.hypot(c.x - d.x, c.y - d.y), 1) / before;
    act.pinch(x, y, x - (a.x + b.x) / 2, y - (a.y + b.y) / 2, factor);
  }

  const lift = (event) => {
    if (!down.delete(event.pointerId)) return;
    const touch = event.pointerType === "touch";
    const cancelled = event.type === "pointercancel";
    if (down.size > 0) return;
    if (dragging) act.end(touch, cancelled);
    else if (from && !cancelled) act.tap(from.x, from.y);
    dragging = false;
    from = null;
    if (touch) act.leave();
  };
  surface.onpointerup = lift;
  surface.onpointercancel = lift;
  surface.onpointerleave = (event) => {
    if (event.pointerType !== "touch" && !down.size) act.leave();
  };
}
