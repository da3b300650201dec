"""Draws one face of known attributes, feature by feature.

Lengths are in units of ``ae.data.illustration``. The head has an origin of its own,
below the eyes, and turns with its tilt.
"""

from collections.abc import Mapping
from math import cos, radians, sin
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ae.data.illustration import (
    CIRCLE,
    Colour,
    Page,
    Points,
    colour_at,
    colour_scale,
    curve,
    mirrored,
    mix,
    oval,
)

_Place = TypeVar("_Place", complex, Points)

_MIDDLE = 29 + 0j  # of the page, left to right
_NECK = _MIDDLE + 45j  # on the page: the point about which the head turns
_CHIN = 17j  # on the head: the point that lies there
_HEIGHT = 17.0  # half the head's, from crown to chin
_EYES = -1.8j
_ARC = np.exp(1j * np.linspace(np.pi, 2 * np.pi, 17))  # left, over the top, right
_ACROSS = np.linspace(-1, 1, 17)  # from the left corner of a mouth or an eye
_ROUND = np.sqrt(1 - _ACROSS**2)
_HALF_WAY = len(CIRCLE) // 2 + 1  # right, under, left

_INK = (43, 31, 42)
_WHITE = (255, 253, 249)
_SKIN = colour_scale("fde6d6 f6cfb1 e6b488 cc9563 ad7549 8c5a39 70462f 583727")
_HAIR = colour_scale("1f1c27 3e2a26 6d4029 a5562a d3863a ecbf68 f7e6b8")
_BACKGROUND = colour_scale("f8c9bd fbdfa9 d3eab8 aee3d8 aed5f5 cfc3f3")
_CLOTHES = colour_scale("2b7a86 45639f 8a4f93 c74f6c e06a45 e3a23a")


class _Head:
    """What the parts of a head share: its place, its outline, its colours."""

    def __init__(self, values: Mapping[str, float]) -> None:
        tilt = radians(values["head tilt"])
        self.turn = complex(cos(tilt), sin(tilt))
        self.half_width = 13.2 + 3.6 * values["face width"]
        self.eye = 0.44 * self.half_width  # from the middle line to an eye
        self.hair_length = values["hair length"]
        self.volume = 0.9 + 1.9 * self.hair_length  # of the hair, over the crown
        self.skin = colour_at(values["skin tone"], _SKIN)
        self.shade = mix(self.skin, (96, 24, 40), 0.2)
        self.hair = colour_at(values["hair colour"], _HAIR)
        self.dark_hair = colour_at(0.78 * values["hair colour"], _HAIR)
        self.clothes = colour_at(values["background"], _CLOTHES)

    def on_page(self, points: _Place) -> _Place:
        return _NECK + self.turn * (points - _CHIN)

    def outline(self, arc: Points, grow: float = 0.0) -> Points:
        """The head's edge at unit vectors; narrower towards the jaw."""
        jaw = 1 - 0.1 * np.maximum(arc.imag, 0)
        x = (self.half_width + grow) * jaw * arc.real
        return x + 1j * (_HEIGHT + grow) * arc.imag


def draw_face(values: Mapping[str, float], side: int = 64) -> NDArray[np.uint8]:
    """Draw the face with every attribute of ``ae.data.drawn_faces.ATTRIBUTES`` by name.

    Returns:
        The picture (side, side, 3) uint8, red, green and blue.
    """
    background = colour_at(values["background"], _BACKGROUND)
    page = Page(side, background, mix(background, _WHITE, 0.55))
    head = _Head(values)
    _hair_behind(page, head)
    _shoulders(page, head)
    _ears_and_face(page, head)
    _cheeks_and_nose(page, head, values["smile"])
    if values["beard"]:
        _beard(page, head)
    _mouth(page, head, values["smile"], values["mouth opening"])
    _eyes(page, head, values["eye opening"], values["gaze"])
    _brows(page, head, values["brow angle"])
    _hair(page, head)
    if values["glasses"]:
        _glasses(page, head)
    if values["hat"]:
        _hat(page, head)
    return page.pixels()


def _hair_behind(page: Page, head: _Head) -> None:
    wide = head.half_width + head.volume + 0.4
    dome = wide * _ARC.real + 1j * (_HEIGHT + head.volume) * _ARC.imag
    depth = 9 * min(1, 2 * head.hair_length)
    hem = oval(wide + 1.6 * head.hair_length, depth, square=0.5)[:_HALF_WAY]
    outline = np.concatenate([dome, hem + 18j * head.hair_length])
    page.fill(head.on_page(outline), mix(head.dark_hair, _INK, 0.1))


def _shoulders(page: Page, head: _Head) -> None:
    slope = [-26 + 62j, -22.5 + 57j, -16 + 53j, -6.5 + 50.5j]
    collar = mix(head.clothes, _INK, 0.22)
    page.fill(_MIDDLE + curve([*slope, *mirrored(slope)]), head.clothes)
    page.glow(_MIDDLE + 61j, 13 + 7j, mix(head.clothes, _WHITE, 0.16))
    page.fill(_MIDDLE + 50.2j + oval(7.6, 3.9), collar)
    neck = [-5.8 + 49.5j, -5.6 + 37j]
    page.fill(np.array([*neck, *mirrored(neck)]) + _MIDDLE, head.skin)
    page.fill(_MIDDLE + 49.4j + oval(5.8, 2.6), head.skin)
    page.fill(_MIDDLE + 43.4j + oval(5.7, 4.2), head.shade)


def _ears_and_face(page: Page, head: _Head) -> None:
    for side in (-1, 1):
        ear = side * (head.half_width + 0.2) + 1j
        page.fill(head.on_page(ear + oval(2.7, 3.7)), head.skin)
        page.fill(head.on_page(ear + 0.4 * side + oval(1.4, 2.2)), head.shade)
    page.fill(head.on_page(head.outline(CIRCLE)), mix(head.skin, head.shade, 0.5))
    lit = complex(head.half_width - 0.2, _HEIGHT - 0.2)
    page.glow(head.on_page(-0.4 - 0.6j), lit, head.skin, soft=0.3)
    forehead = mix(head.skin, (255, 240, 214), 0.22)
    page.glow(head.on_page(-3 - 8j), 9 + 6j, forehead)


def _cheeks_and_nose(page: Page, head: _Head, smile: float) -> None:
    blush = mix(head.skin, (236, 62, 74), 0.28 + 0.16 * smile)
    for side in (-1, 1):
        cheek = side * 0.62 * head.half_width + 1j * (7.2 - 0.7 * smile)
        page.glow(head.on_page(cheek), 4.6 + 3.9j, blush)
    nose = -0.1 + 3.2j + 1.9 * _ARC.real - 1.5j * _ARC.imag
    page.stroke(head.on_page(nose), 0.35 + 0.8 * _ROUND, head.shade)
    page.glow(head.on_page(-0.3 + 2.7j), 1.5 + 1.7j, mix(head.skin, _WHITE, 0.28))


def _beard(page: Page, head: _Head) -> None:
    jaw = head.outline(_ARC.conj(), 0.5)[1:-1]
    inside = head.half_width - 2.0
    cheek = [inside + 3.5j, 0.64 * inside + 6j, 4.2 + 5j, 5.5j]
    beard = np.concatenate([jaw, curve([*cheek, *mirrored(cheek[:-1])])])
    colour = mix(head.dark_hair, (64, 26, 22), 0.2)
    page.fill(head.on_page(beard), colour)
    page.glow(head.on_page(14.4j), 8 + 2.4j, mix(colour, head.hair, 0.7))


def _mouth(page: Page, head: _Head, smile: float, opening: float) -> None:
    x = (6.1 + smile) * _ACROSS
    line = x + 1j * (8.4 + smile * (1.7 - 4.2 * _ACROSS**2))
    grin = max(0.0, smile - 0.25) / 0.75
    gap = (4.3 * opening + 2.5 * grin) * _ROUND**1.4
    upper, lower = line - 0.4j * gap, line + 0.6j * gap
    lip = mix(head.skin, (190, 40, 62), 0.5)
    thick = 0.35 + 0.6 * _ROUND
    _between(page, head, upper - 1j * thick, lower + 1.2j * thick, lip)
    dark = mix(lip, (56, 6, 26), 0.85)
    _between(page, head, upper - 0.25j, lower + 0.25j, dark)
    tongue = np.maximum(gap - 3.0, 0) * 0.8
    _between(page, head, lower - 1j * tongue, lower, (226, 98, 104))
    teeth = np.minimum(gap, 2.7 * max(0.0, smile))
    _between(page, head, upper, upper + 1j * teeth, _WHITE)


def _eyes(page: Page, head: _Head, opening: float, gaze: float) -> None:
    x = 3.9 * _ACROSS
    rest = (1 - opening) * _ROUND**1.5  # a closed lid hangs in a bow
    upper = rest - 4.2 * opening * _ROUND
    lower = rest + 2.6 * opening * _ROUND

    def within(disc: Points) -> Points:
        """The part of a disc between the lids."""
        across = np.clip(disc.real, -3.8, 3.8)
        lids = (np.interp(across, x, lid) for lid in (upper, lower))
        return across + 1j * np.clip(disc.imag, *lids)

    lash = x + 1j * upper
    iris = 1.7 * gaze - 0.6j
    shapes = (
        (np.concatenate([lash, (x + 1j * lower)[::-1]]), _WHITE),
        (within(iris + 2.35 * CIRCLE), (104, 66, 44)),
        (within(iris + 1.45 * CIRCLE), _INK),
        (within(iris - 0.8 - 0.9j + 0.8 * CIRCLE), _WHITE),
    )
    for place in (_EYES - head.eye, _EYES + head.eye):
        for outline, colour in shapes:
            page.fill(head.on_page(place + outline), colour)
        page.stroke(head.on_page(place + lash), 0.5 + 0.6 * _ROUND, _INK)


def _brows(page: Page, head: _Head, angle: float) -> None:
    # The right one, from the end beside the nose; its mirror image is the left one.
    y = -8.7 + 0.9 * _ACROSS**2 + angle * (0.3 - 1.7 * _ACROSS)
    right = 1.04 * head.eye + 4 * _ACROSS + 1j * y
    colour = mix(head.dark_hair, _INK, 0.3)
    for brow in (right, -right.conj()):
        page.stroke(head.on_page(brow), 0.5 + _ROUND, colour)


def _hair(page: Page, head: _Head) -> None:
    wide, tip = head.half_width, -5 + 24 * head.hair_length
    dome = head.outline(_ARC, head.volume)[1:-1]
    lock = [wide + 1.15 * head.volume + 1j * (0.55 * tip - 1), wide - 1.5 + 1j * tip]
    inner = [wide - 1.2 - 1.6 * head.hair_length + 1j * (tip - 1)]
    fringe = [0.86 * wide - 5.8j, 0.62 * wide - 9.4j, 0.2 * wide - 12j]
    fringe += [-0.25 * wide - 11.3j, -0.62 * wide - 8.8j, -0.87 * wide - 5.5j]
    below = [dome[-1], *lock, *inner, *fringe, *mirrored(inner), *mirrored(lock)]
    outline = np.concatenate([dome, curve([*below, dome[0]])])
    page.fill(head.on_page(outline), head.hair)
    shine = mix(head.hair, (255, 236, 214), 0.22)
    light = complex(-0.25 * wide, -13.9 - 0.4 * head.volume)
    page.glow(head.on_page(light), complex(0.42 * wide, 2.2 + 0.4 * head.volume), shine)


def _glasses(page: Page, head: _Head) -> None:
    for side in (-1, 1):
        rim = side * head.eye * 1.02 + _EYES + 0.4j + 5.3 * CIRCLE
        page.stroke(head.on_page(rim), 1.0, _INK)
        hinge = side * (head.eye + 5.5) + _EYES - 0.6j
        ear = side * (head.half_width + 0.5) - 0.9j
        page.stroke(head.on_page(np.array([hinge, ear])), 1.0, _INK)
    bridge = np.array([-1.4 - 2.2j, -2.8j, 1.4 - 2.2j])
    page.stroke(head.on_page(bridge), 1.0, _INK)


def _hat(page: Page, head: _Head) -> None:
    grow = head.volume + 1.0
    knit = mix(head.clothes, _WHITE, 0.1)
    bobble = -1j * (_HEIGHT + grow + 0.9) + 2.9 * CIRCLE
    page.fill(head.on_page(bobble), mix(knit, _WHITE, 0.6))
    dome = head.outline(_ARC[3:-3], grow)
    page.fill(head.on_page(dome), knit)
    light = complex(-0.2 * head.half_width, -14.2 - grow)
    page.glow(head.on_page(light), 5 + 3j, mix(knit, _WHITE, 0.28))
    half = dome[-1].real + 1.0
    band = oval(half, 2.7, square=0.5)
    band -= 1j * (10.2 + 2.2 * (1 - (band.real / half) ** 2))  # higher in front
    page.fill(head.on_page(band), mix(knit, _INK, 0.22))


def _between(page: Page, head: _Head, upper: Points, lower: Points, colour: Colour) -> None:
    outline = np.concatenate([upper, lower[::-1]])
    page.fill(head.on_page(outline), colour)
