"""What holds on every page, in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import at_rest, no_error

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PAGES = [
    *sorted(path.stem for path in ROOT.glob("pages/*/*.py")),
    "compare?view=Rate-distortion+lab",
]
MOVED = """
window.moved = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) window.moved += shift.value;
}).observe({ type: "layout-shift", buffered: true });
"""
# Names what can be pressed or dragged, though neither Tab nor, within a group, an arrow gets there.
OUT_OF_REACH = """
exclude => {
  const KINDS = "button, a, input, select, textarea, summary, [tabindex], [role=button], " +
    "[role=slider], [role=radio], [role=link], [role=switch], [role=option], [role=application]";
  const GROUPS = "[role=radiogroup], [role=toolbar], [role=group], [role=listbox]";
  const found = [];
  const stops = (e) => e.tabIndex >= 0 && !e.disabled;
  const within = (e) => e !== null && (stops(e) || [...e.querySelectorAll("*")].some(stops));
  const around = (e) => e !== null && (stops(e) || around(e.parentElement));
  const points = (e) => e !== null && getComputedStyle(e).cursor === "pointer";
  const used = (e) => e.matches(KINDS) || e.onclick || e.onpointerdown ||
    (points(e) && !points(e.parentElement ?? e.getRootNode().host));
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.clientWidth > 1;
  const walk = (root) => {
    for (const e of root.querySelectorAll("*")) {
      if (e.shadowRoot) walk(e.shadowRoot);
      const asked = used(e) && seen(e) && !e.disabled && !e.closest(exclude);
      const groups = [e, e.closest("label"), e.closest(GROUPS), e.shadowRoot];
      if (asked && !groups.some(within) && !around(e)) found.push(e.outerHTML.slice(0, 200));
    }
  };
  walk(document);
  return found;
}
"""
# Streamlit's own: sections of the menu that fold (all stand open), and what screen readers
# leave out because there is a control that does the same.
NOT_BY_KEYS = "[data-testid=stNavSectionHeader], [aria-hidden=true], [aria-disabled=true]"
# Streamlit's own: a list in a list, and a drop zone that nobody can focus.
NOT_OURS = ["[data-testid=stSidebarNav]", "[data-testid=stFileUploaderDropzone]"]


@pytest.fixture(scope="module", params=PAGES)
def opened(server: str, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that nobody has touched."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.add_init_script(MOVED)
        page.goto(f"{server}/{request.param.removeprefix('home')}")
        at_rest(page)
        yield page


def test_nothing_moves_while_a_page_assembles(opened: Page) -> None:
    no_error(opened)
    assert opened.evaluate("window.moved") <= 0.1


def test_no_rule_of_axe_is_broken_in_the_light_and_in_the_dark(opened: Page) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: npm ci fetches it.")
    opened.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        opened.emulate_media(color_scheme=scheme)
        expect(opened.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
        found = opened.evaluate("exclude => axe.run({ exclude: exclude.map(e => [e]) })", NOT_OURS)
        broken = {
            rule["id"]: [node["html"][:200] for node in rule["nodes"]]
            for rule in found["violations"]
        }
        assert not broken, f"{scheme}: {json.dumps(broken, indent=1)}"


def test_every_control_is_reached_by_keys(opened: Page) -> None:
    assert opened.evaluate(OUT_OF_REACH, NOT_BY_KEYS) == []
    # It does find what is out of reach.
    out = opened.evaluate(OUT_OF_REACH, "no-such-element")
    assert any("stNavSectionHeader" in each for each in out)


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_every_page_without_moving_it_or_scrolling_sideways(
    server: str, phone: Page, name: str
) -> None:
    phone.add_init_script(MOVED)
    phone.goto(f"{server}/{name.removeprefix('home')}")
    at_rest(phone)
    no_error(phone)
    assert phone.evaluate("window.moved") <= 0.1
    # A wide table scrolls by itself.
    main = phone.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth === e.clientWidth")
    choices = phone.locator(".stButtonGroup *")
    hidden = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    assert choices.evaluate_all(hidden) == []


def test_the_link_of_a_page_is_copied(server: str, browser: Browser) -> None:
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(f"{server}/projection?linear_epochs=100")
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_text("Copied.")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.url
        assert "linear_epochs=100" in copied
        # As where the page comes without encryption.
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.get_by_role("button", name="Copy link").press("Enter")
        address = page.get_by_label("Link to this page")
        expect(address).to_be_focused()
        expect(address).to_have_value(page.url)
