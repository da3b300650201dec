"""What newcomers come for, in at most three clicks from Home, following only visible words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import at_rest

MOST_CLICKS = 3


class Newcomer:
    """Clicks what is visible and says what it does, and counts the clicks."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.clicks = 0
        page.goto(server)
        at_rest(page)

    def click(self, words: str) -> None:
        """Click the first thing in sight of the page that says exactly this."""
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS
        thing = self.page.get_by_test_id("stMain").get_by_text(words, exact=True).first
        expect(thing).to_be_visible()
        thing.click()

    def reads(self, words: str | re.Pattern[str]) -> None:
        """See some words on the page."""
        expect(self.page.get_by_text(words).first).to_be_visible()


def add_a_smile(newcomer: Newcomer) -> None:
    newcomer.click("Add a smile")
    newcomer.reads("Before")
    newcomer.reads("After")
    newcomer.reads(re.compile(r"\*?Smile.*its direction ranks"))


def find_what_the_detector_misses(newcomer: Newcomer) -> None:
    newcomer.click("Find what a detector misses")
    # The second where the test images are not here.
    shown = "the lowest scores among images of other classes|shows garments drawn for it"
    newcomer.reads(re.compile(shown))
    newcomer.click("Why some slip through")
    newcomer.reads("They look alike.")


def tell_whether_the_map_can_be_trusted(newcomer: Newcomer) -> None:
    newcomer.click("See if a map can be trusted")
    newcomer.reads("How far to trust this map")


def rebuild_a_photograph_of_ones_own(newcomer: Newcomer) -> None:
    newcomer.click("Rebuild your own photograph")
    newcomer.reads("Upload")
    expect(newcomer.page.locator("input[type=file]").first).to_be_attached()


def say_what_beta_does(newcomer: Newcomer) -> None:
    newcomer.click("See what beta does")
    newcomer.click("beta")
    newcomer.reads("The weight of the KL in the loss.")


@pytest.mark.parametrize(
    "task",
    [
        add_a_smile,
        find_what_the_detector_misses,
        tell_whether_the_map_can_be_trusted,
        rebuild_a_photograph_of_ones_own,
        say_what_beta_does,
    ],
)
def test_a_newcomer_gets_there_in_three_clicks(
    server: str, page: Page, task: Callable[[Newcomer], None]
) -> None:
    task(Newcomer(page, server))


def test_a_class_takes_a_lesson_from_one_link(server: str, page: Page) -> None:
    page.goto(f"{server}/lessons?lesson=Put+to+work&step=3")
    at_rest(page)
    expect(page.get_by_text("The answer", exact=True)).to_have_count(0)
    page.get_by_role("button", name="See the answer").click()
    expect(page.get_by_text("The answer", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("guess3=30"))
    handed_in = page.url
    page.goto(handed_in)
    at_rest(page)
    expect(page.get_by_text("The answer", exact=True)).to_be_visible()
    page.get_by_text("A class's guesses over one another").click()
    links = "\n".join(re.sub("guess3=30", f"guess3={guess}", handed_in) for guess in (5, 10, 20))
    box = page.get_by_label("Links handed in")
    box.fill(links)
    box.press("Control+Enter")
    expect(page.get_by_text("3 guesses, the middle one 10 %")).to_be_visible()


def test_a_word_that_is_looked_for_leads_to_its_page_and_lets_one_come_back(
    server: str, page: Page
) -> None:
    page.goto(server)
    at_rest(page)
    page.get_by_label("Look for a word").click()
    page.keyboard.type("smile v")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Arithmetic")
    page.get_by_test_id("stSidebarNav").get_by_text("Latent Space Explorer").click()
    expect(heading).to_have_text("See what an autoencoder learns")
    at_rest(page)
    expect(heading).to_have_text("See what an autoencoder learns")
    # By a finger or by keys: the word's popover says what it means.
    popover = page.get_by_role("button", name="bottleneck")
    popover.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The narrow middle of an autoencoder.")).to_be_visible()
