"""Home under mouse, finger and keys: a smile, and a code whose bars are dragged."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.live_page import STANDS_STILL, SliderPage, until


@pytest.fixture
def home(server: str, page: Page) -> SliderPage:
    return SliderPage(page, server)


def middle_of(bar: Locator) -> tuple[float, float, float]:
    """Return the middle of a bar's room, and half its width."""
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] / 2


def test_the_face_smiles_under_the_finger_in_picture_and_numbers(home: SliderPage) -> None:
    total = home.page.get_by_test_id("live-sum")
    before, told = home.pixels(), total.inner_text()
    assert "+ 0.00 = " in told
    sent = len(home.sent)
    home.drag("smile")
    assert len(home.sent) == sent
    until(home.page, lambda: bool((home.pixels() != before).any()))
    assert total.inner_text() != told
    plain = total.inner_text().replace("\N{MINUS SIGN}", "-")
    sums = re.findall(r"z\d+: (\S+) ([+-]) (\S+) = (\S+)", plain)
    assert len(sums) == 3
    for z, sign, s, both in sums:
        assert float(both) == pytest.approx(float(z) + float(sign + s), abs=0.011)
    home.page.mouse.up()
    assert home.problems == []


def test_a_bar_of_the_code_is_dragged_and_the_output_follows(home: SliderPage) -> None:
    page = home.page
    bar = page.get_by_role("slider", name="z5", exact=True)
    loss = page.locator(".value")
    expect(loss).to_be_visible()
    as_encoded = loss.inner_text()
    x, y, half = middle_of(bar)
    page.mouse.move(x, y)
    page.mouse.down()
    sent = len(home.sent)
    page.mouse.move(x + 0.9 * half, y, steps=10)
    output = page.get_by_test_id("anatomy-output")
    expect(output).to_be_visible()
    expect(loss).not_to_have_text(as_encoded)
    assert float(bar.get_attribute("aria-valuenow") or 0) == pytest.approx(2.25, abs=0.11)
    home.painted()
    far = home.pixels(output)
    page.mouse.move(x - 0.9 * half, y, steps=10)
    until(page, lambda: bool((home.pixels(output) != far).any()))
    page.mouse.up()
    assert len(home.sent) == sent
    page.get_by_role("button", name="Back to E(x)").click()
    expect(loss).to_have_text(as_encoded)
    expect(page.locator(".output img")).to_be_visible()


def test_a_bar_is_moved_by_keys_and_tab_reaches_one_of_them(home: SliderPage) -> None:
    page = home.page
    first = page.get_by_role("slider", name="z0", exact=True)
    before = float(first.get_attribute("aria-valuenow") or 0)
    first.focus()
    page.keyboard.press("ArrowRight")
    assert float(first.get_attribute("aria-valuenow") or 0) == pytest.approx(before + 0.1, abs=0.06)
    page.keyboard.press("ArrowDown")
    second = page.get_by_role("slider", name="z1", exact=True)
    expect(second).to_be_focused()
    bars = page.locator(".bars [role=slider][tabindex='0']")
    expect(bars).to_have_count(1)
    expect(page.get_by_test_id("anatomy-output")).to_be_visible()


def test_a_finger_moves_a_bar_sideways_and_scrolls_up_and_down(server: str, phone: Page) -> None:
    home = SliderPage(phone, server)
    bars = phone.locator(".code .bars")
    centre = "bars => bars.scrollIntoView({ block: 'center' })"
    values = "all => all.map(bar => bar.getAttribute('aria-valuenow'))"

    def moved() -> int:
        now = phone.locator(".bars [role=slider]").evaluate_all(values)
        return int((np.array(now) != np.array(before)).sum())

    bars.evaluate(centre)
    before = phone.locator(".bars [role=slider]").evaluate_all(values)
    box = bars.bounding_box()
    assert box is not None
    x, y = box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2
    touch = phone.context.new_cdp_session(phone)
    for kind, up in (("touchStart", 0), *(("touchMove", 20 * k) for k in range(1, 11))):
        points = [{"x": x, "y": y - up}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert moved() == 0
    phone.get_by_test_id("stMain").evaluate(STANDS_STILL)
    bars.evaluate(centre)
    home.painted()
    # Not one that is already where the finger leaves it.
    home.swipe(f"z{np.array(before, float).argmin()}")
    home.painted()
    assert moved() == 1
    assert home.problems == []
