"""The live sliders in a real Chromium: the picture follows, the server sleeps."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page, expect

from ae import models
from ae.images.sheets import to_uint8
from tests.apps.sliders import MODEL, SLIDERS
from tests.browser.conftest import Start
from tests.browser.live_page import SliderPage, change, slow_keys, swipe


@pytest.fixture(scope="module")
def live_server(start_server: Start) -> str:
    return start_server("tests/apps/sliders.py")


@pytest.fixture(scope="module")
def below(start_server: Start) -> str:
    """Return a server below a base path."""
    base = "/explorer"
    return start_server("tests/apps/sliders.py", STREAMLIT_SERVER_BASE_URL_PATH=base)


class Live(SliderPage):
    """The page of tests/apps/sliders.py."""

    def ready(self) -> None:
        super().ready()
        expect(self.page.get_by_text("Update")).to_be_visible()

    def slider(self, of: int | str) -> Locator:
        return super().slider(f"Coordinate {of}")

    def drag(self, of: int | str, moves: int = 30) -> None:
        """Hold the n-th slider in the middle and move it to the right; no release."""
        super().drag(of, moves)
        expect(self.slider(of)).to_have_attribute("aria-valuetext", re.compile("^2"))


@pytest.fixture
def live(live_server: str, page: Page) -> Iterator[Live]:
    live = Live(page, live_server)
    yield live
    assert live.problems == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


def decoded(z: list[float]) -> NDArray[np.uint8]:
    images = models.load(MODEL).decode(np.asarray([z], np.float32))
    return to_uint8(images[0])


def test_the_picture_follows_a_drag_and_the_server_hears_of_it_once(live: Live) -> None:
    live.sent.clear()
    frames, z = live.frame, live.z
    live.drag(2)
    assert live.frame > frames + 5
    assert live.z != z
    assert live.sent == [], "nothing while the button is held"
    live.page.mouse.up()
    heard = live.update(2)
    assert len(live.sent) == 1
    assert heard == live.z
    assert [n for n in range(len(z)) if heard[n] != z[n]] == [2]


def test_the_canvas_shows_what_the_server_decodes(live: Live) -> None:
    live.move(1, 2)
    live.move(4, 3)
    live.wait_for_picture(decoded(live.z))
    assert np.all(live.pixels()[..., 3] == 255)


def follows(live: Live) -> None:
    """See that a drag is painted, and what the server decodes at its end."""
    frames = live.frame
    live.move(1, 2)
    live.wait_for_picture(decoded(live.z))
    assert live.frame > frames
    assert live.asked == [], "the browser decodes"
    assert live.problems == []


def test_a_decoder_that_takes_long_runs_in_a_worker(live_server: str, page: Page) -> None:
    change(page, "live/aside.js", "LONGEST_MS = 8;", "LONGEST_MS = -1;")
    live = Live(page, live_server)
    assert len(page.workers) == 1
    follows(live)


# A policy that comes with the document's head.
FORBID = """
const policy = document.createElement("meta");
policy.httpEquiv = "Content-Security-Policy";
policy.content = "script-src 'self' 'unsafe-inline' blob:";
const seen = new MutationObserver(() => {
  if (!document.head) return;
  seen.disconnect();
  document.head.append(policy);
});
seen.observe(document, { childList: true, subtree: true });
"""
COMPILED = """() => {
  try {
    return Boolean(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])));
  } catch (error) {
    return error.message.includes("Content Security Policy") ? "forbidden" : error.message;
  }
}"""


def test_where_webassembly_is_forbidden_the_pictures_follow_all_the_same(
    live_server: str, page: Page
) -> None:
    page.add_init_script(FORBID)
    live = Live(page, live_server)
    assert page.evaluate(COMPILED) == "forbidden"
    follows(live)


def test_keys_move_the_picture_at_once_and_send_one_message(live_server: str, page: Page) -> None:
    slow_keys(page)
    live = Live(page, live_server)
    live.sent.clear()
    live.slider(0).focus()
    frames = live.frame
    before = live.z[0]
    for _ in range(8):
        live.page.keyboard.press("ArrowRight")
    live.painted()
    assert live.frame > frames
    assert live.z[0] > before
    assert live.update(2) == live.z
    assert len(live.sent) == 1
    assert live.problems == []


def test_leaving_a_slider_sends_what_its_keys_did(live_server: str, page: Page) -> None:
    slow_keys(page, 3_600_000)
    live = Live(page, live_server)
    live.slider(0).press("ArrowRight")
    live.slider(1).focus()
    assert live.update(2) == live.z
    assert live.problems == []


def test_a_slider_is_reset_by_button_or_double_click_and_all_at_once(live: Live) -> None:
    shown = [live.slider(n) for n in range(SLIDERS)]
    mark = live.page.get_by_role("button", name="Reset Coordinate 3")
    mark.click()
    live.update(2)
    expect(shown[3]).to_have_attribute("aria-valuetext", "0.0")
    expect(mark).to_be_hidden()
    expect(shown[3]).to_be_focused()
    shown[2].dblclick()
    expect(shown[2]).to_have_attribute("aria-valuetext", "0.0")
    live.page.get_by_role("button", name="Reset all").click()
    for slider in shown:
        expect(slider).to_have_attribute("aria-valuetext", "0.0")
        expect(slider).to_have_value("0")
    live.painted()
    mean = models.load(MODEL).codes.mean(axis=0)
    np.testing.assert_allclose(live.z[:SLIDERS], mean[:SLIDERS], rtol=1e-6)


def test_a_film_strip_shows_the_way_and_jumps_there(live: Live) -> None:
    toggle = live.page.get_by_role("button", name="Film strip of Coordinate 1")
    toggle.click()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    frames = live.page.get_by_test_id("film-strip").get_by_role("button")
    expect(frames).to_have_count(9)
    last = frames.nth(8).locator("canvas")
    model = models.load(MODEL)

    def expected(shown: float) -> NDArray[np.uint8]:
        mean, std = model.codes.mean(axis=0), model.codes.std(axis=0)
        z = live.z
        z[1] = float(mean[1]) + float(std[1]) * shown
        return decoded(z)

    live.wait_for_picture(expected(3), last)
    live.move(0, 2)
    live.wait_for_picture(expected(3), last)
    frames.nth(0).click()
    expect(live.slider(1)).to_have_value("-3")
    live.update(3)
    live.wait_for_picture(expected(-3))
    toggle.click()
    expect(live.page.get_by_test_id("film-strip")).to_have_count(0)


def test_another_code_from_the_server_moves_the_sliders(live: Live) -> None:
    live.move(0, 2)
    live.page.get_by_role("button", name="Next").click()
    codes = models.load(MODEL).codes
    heard = live.update(3)
    assert heard == [float(v) for v in codes[1]]
    live.wait_for_code(heard)


def test_the_code_survives_another_page_and_reload_starts_afresh(live: Live) -> None:
    moved = live.move(0, 2)
    live.page.get_by_role("link", name="Other").click()
    expect(live.page.get_by_role("heading", name="Other")).to_be_visible()
    live.page.go_back()
    expect(live.page.get_by_role("heading", name="Live")).to_be_visible()
    live.ready()
    assert live.update(3) == moved
    live.wait_for_code(moved)
    assert live.move(1, 4) == live.z
    live.page.reload()
    live.ready()
    assert live.z == [float(v) for v in models.load(MODEL).codes[0]]
    assert live.move(1, 2) == live.z


def test_a_change_of_theme_in_the_middle_of_a_drag_keeps_the_code(live: Live) -> None:
    live.drag(0, moves=10)
    z = live.z
    live.page.emulate_media(color_scheme="dark")
    expect(live.page.get_by_test_id("stApp")).to_have_css("color-scheme", "dark")
    live.painted()
    assert live.z == z
    live.page.mouse.up()
    assert live.update(2) == z
    assert live.move(1, 3) == live.z


def draws_while_a_slider_moves(live: Live) -> None:
    """Hold a slider of a page whose pictures the server draws, and let it go."""
    live.drawn_by_the_server()
    live.wait_for_picture(decoded(live.z))
    live.sent.clear()
    live.asked.clear()
    frames = live.frame
    live.drag(2, moves=60)
    live.wait_for_picture(decoded(live.z))
    assert live.frame > frames
    assert len(live.asked) > 1, "and not only where the drag ends"
    assert live.sent == [], "nothing while the button is held"
    live.page.mouse.up()
    assert live.update(2) == live.z
    assert len(live.sent) == 1
    assert live.problems == []


def test_a_decoder_that_the_browser_refuses_is_run_by_the_server_frame_by_frame(
    live_server: str, page: Page
) -> None:
    live = Live(page, f"{live_server}/?damaged=1")
    draws_while_a_slider_moves(live)
    live.page.get_by_role("button", name="Film strip of Coordinate 1").click()
    frames = live.page.get_by_test_id("film-strip").get_by_role("button")
    model = models.load(MODEL)
    z = live.z
    z[1] = float(model.codes[:, 1].mean() + 3 * model.codes[:, 1].std())
    live.wait_for_picture(decoded(z), frames.nth(8).locator("canvas"))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_what_the_server_cannot_draw_either_is_said(live_server: str, page: Page) -> None:
    page.goto(f"{live_server}/?gone=1")
    alert = page.get_by_role("alert").filter(has_text="no model")
    expect(alert).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_visitors_have_codes_of_their_own(live: Live, live_server: str, browser: Browser) -> None:
    start = live.z
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(30_000)
        other = Live(context.new_page(), f"{live_server}/?damaged=1")
        second = Live(live.page.context.new_page(), live_server)
        for n, visitor in enumerate((live, other, second)):
            visitor.drag(n)
        for n, visitor in enumerate((live, other, second)):
            visitor.wait_for_picture(decoded(visitor.z))
            visitor.page.mouse.up()
            assert visitor.update(2) == visitor.z
            assert [i for i, v in enumerate(visitor.z) if v != start[i]] == [n]
        assert other.problems == second.problems == []


def test_below_a_base_path_everything_is_found(below: str, page: Page) -> None:
    live = Live(page, f"{below}?damaged=1")
    draws_while_a_slider_moves(live)
    z = live.z
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_role("heading", name="Other")).to_be_visible()
    page.go_back()
    live.ready()
    live.wait_for_code(z)
    assert all("/explorer/door/frame/" in address for address in live.asked)


def heights(live: Live) -> list[float]:
    rows = live.page.get_by_test_id("latent-slider").locator("..")
    return list(rows.evaluate_all("all => all.map(e => e.getBoundingClientRect().height)"))


def test_sliders_are_slim_and_their_picture_stays_beside_them(live: Live) -> None:
    assert max(heights(live)) <= 32
    live.page.set_viewport_size({"width": 1280, "height": 440})
    for n in range(SLIDERS):
        live.page.get_by_role("button", name=f"Film strip of Coordinate {n}").click()
    last = live.page.get_by_test_id("film-strip").last
    last.evaluate("e => e.scrollIntoView({ block: 'end' })")
    expect(live.slider(0)).not_to_be_in_viewport()
    expect(live.image).to_be_in_viewport(ratio=1)


def test_a_phone_keeps_the_picture_in_sight_and_a_finger_moves_it(
    live_server: str, phone: Page
) -> None:
    live = Live(phone, live_server)
    main = live.page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    live.slider(SLIDERS - 1).scroll_into_view_if_needed()
    expect(live.image).to_be_in_viewport(ratio=1)
    # Every pixel of the picture is the same whole number of the screen's.
    width = live.image.evaluate("c => c.getBoundingClientRect().width * 3 / 28")
    assert width == pytest.approx(round(width), abs=0.01)  # lengths are in 1/64 pixel
    assert min(heights(live)) >= 36
    live.sent.clear()
    z = live.z
    box = live.slider(1).bounding_box()
    assert box is not None
    place = box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2
    swipe(live.page, place, (9, -120))
    live.painted()
    assert live.z == z
    assert live.sent == [], "a finger that scrolls sets nothing"
    live.swipe(SLIDERS - 1)
    assert live.update(2) == live.z
    assert live.z[SLIDERS - 1] != z[SLIDERS - 1]
    assert len(live.sent) == 1
    assert live.problems == []
