"""A server of our app and a page in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect, sync_playwright

from tests.conftest import DATASETS
from tests.serving import serving

# SwiftShader draws WebGL without a GPU; the others keep Chromium off the network.
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    # A picture instead of a camera, and no question whether it may be used.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
Start = Callable[..., str]
# A busy machine with two cores needs seconds for what takes a tenth elsewhere.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start a server process of a script; gives its address as soon as it answers.

    Settings are variables of its environment.
    """
    with ExitStack() as servers:

        def start(script: str | Path = "app.py", **settings: str) -> str:
            home = str(tmp_path_factory.mktemp("home"))
            environment = {**os.environ, "AE_HOME": home, **settings}
            environment.pop("AE_DATASETS", None)
            if DATASETS is not None:
                environment["AE_DATASETS"] = str(DATASETS)
            return servers.enter_context(serving(script, environment))

        yield start


@pytest.fixture(scope="session")
def server(start_server: Start) -> str:
    return start_server()


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(params=["light", "dark"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on a phone under a finger, in the light and in the dark."""
    with browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        color_scheme=request.param,
        device_scale_factor=3,
    ) as context:
        context.set_default_timeout(30_000)
        yield context.new_page()


def no_error(page: Page) -> None:
    """Find no sentence about anything that went wrong."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def at_rest(page: Page) -> None:
    """Wait until no run goes on, none has just been asked for, and all parts are there."""
    app = page.get_by_test_id("stApp")
    rested = 0
    # On a busy machine the next run is asked for a second after the last one's end.
    while rested < 6:
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        expect(page.locator(".stBidiComponent:not([data-mounted]), .stSkeleton")).to_have_count(0)
        page.wait_for_timeout(250)
        state = app.get_attribute("data-test-script-state")
        rested = rested + 1 if state == "notRunning" else 0


def taken_away(page: Page, name: str) -> Download:
    """Take the file that a button offers, at rest: another run would make it anew and drop this."""
    at_rest(page)
    with page.expect_download() as started:
        page.get_by_role("button", name=name).click()
    return started.value
