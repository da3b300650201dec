// Stands before Streamlit's module of charts, see routes.py: to read Plotly and to draw with it
// takes two seconds of the one thread that a page has, and the pictures come first.

const PATIENCE_MS = 3000; // a page may be long in the making
const EACH_MS = 30;
const QUIET = 4; // so often nothing has come
const COMING =
  '[data-testid="stApp"][data-test-script-state="running"], .stBidiComponent:not([data-mounted])';
const THERE = ".stBidiComponent[data-mounted]"; // every page has one

const pause = () => new Promise((resume) => setTimeout(resume, EACH_MS));

async function pictures() {
  const latest = performance.now() + PATIENCE_MS;
  let quiet = 0;
  const moved = new MutationObserver(() => {
    quiet = 0;
  });
  moved.observe(document.body, { childList: true, subtree: true });
  while (quiet < QUIET && performance.now() < latest) {
    await pause();
    const standing = document.querySelector(THERE) && !document.querySelector(COMING);
    quiet = standing ? quiet + 1 : 0;
  }
  moved.disconnect();
}

await pictures();
// @ts-expect-error: a name that the document gives
export const { default: chart } = await import("plotly-chart");
export default chart;
