"""Recipes of one's own choices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ae.training.recipes import DESIGNS, Choices, Wanted, of_choices

WANTED = Wanted("pictures:0123456789abcdef", Choices(), "mine", "Mine")


@pytest.mark.parametrize(
    ("design", "side", "network"),
    [
        ("vae", 64, "portrait"),
        ("vae", 28, "variational"),
        ("conv", 48, "portrait-plain"),
        ("denoising", 24, "convolutional"),
        ("stacked", 30, "stacked"),
        ("linear", 30, "linear"),
    ],
)
def test_a_design_takes_the_network_that_suits_the_pictures(
    design: str, side: int, network: str
) -> None:
    made = of_choices(replace(WANTED, choices=Choices(design)), (side, side, 3), 400)
    assert made.network == network
    assert (made.kind == "vae") == (made.beta is not None) == (design == "vae")
    assert (made.noise > 0) == (design == "denoising")


def test_small_sets_get_more_epochs_and_what_was_chosen_is_kept() -> None:
    def epochs(n: int, **chosen: Any) -> int:
        return of_choices(replace(WANTED, choices=Choices(**chosen)), (64, 64, 1), n).epochs

    assert epochs(50) > epochs(400) > epochs(10_000) == 8
    assert epochs(400, epochs=3) == 3


def test_width_scales_the_whole_network() -> None:
    narrow, usual = (
        of_choices(replace(WANTED, choices=Choices(width=width)), (64, 64, 1), 400).options
        for width in (192, DESIGNS["vae"].width)
    )
    assert usual == {"channels": (24, 36, 64), "units": 384}
    assert narrow == {"channels": (12, 16, 32), "units": 192}


def test_directions_are_learned_where_there_are_attributes() -> None:
    made = of_choices(WANTED, (64, 64, 1), 400, attributes=True)
    assert made.directions_from == (WANTED.dataset,)
    assert of_choices(WANTED, (64, 64, 1), 400).directions_from == ()


def test_pictures_that_cannot_be_halved_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="30 by 30 pixels cannot be"):
        of_choices(WANTED, (30, 30, 1), 400)
