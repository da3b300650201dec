"""A photograph to what an autoencoder of Fashion-MNIST expects, step by step.

Fashion-MNIST was made from product photographs on white: trimmed, the longer side brought to 28
pixels, put in the middle of the frame, black and white swapped (Xiao, Rasul & Vollgraf 2017, arXiv
1708.07747, section 2). Measured on the 10,000 test images: the longer side of what is brighter than
10 of 255 is 28 pixels in 95% of them and at least 27 in 99%; where the shorter side leaves an odd
number of pixels, the odd one is at the top or at the left in 4,817 of 4,842.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ae.images.scene import Box, Scene, grey, look

_DISPLAY_SIDE = 256

# A background is made black by moving the black point; further than this the noise
# of a photograph would be blown up more than four times.
_MAX_BLACK = 191.0

_Plane = NDArray[np.float32]  # (height, width) grey levels in [0, 255]


@dataclass(frozen=True)
class Step:
    """One visible step of the preparation."""

    name: str  # what the step is called on screen, such as "Grey"
    caption: str  # one plain sentence that says what was done and why
    # (height, width) or (height, width, 3) uint8, at most 256 pixels on the long side; reduced for
    # the display only.
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Prepared:
    """A picture ready for an encoder, and how it came about."""

    steps: tuple[Step, ...]  # the steps in the order they were taken
    image: NDArray[np.float32]  # (height, width, 1) float32 in [0, 1], what the encoder gets
    inverted: bool  # whether black and white were swapped


def prepare(
    picture: Image.Image, size: tuple[int, int] = (28, 28), *, invert: bool | None = None
) -> Prepared:
    """Turn a picture into a bright garment on black that fills the frame.

    Args:
        picture: Any picture, as ``read_upload`` returns it.
        size: (height, width) of the result in pixels.
        invert: Whether to swap black and white; None swaps them when the
            background is brighter than what is on it.

    Returns:
        The prepared image and the six or seven steps that led to it.
    """
    scene = look(picture)
    if scene.box is not None and scene.opacity.shape == size:
        # A picture that has the input's size already, as Fashion-MNIST's own.
        scene = replace(scene, box=(slice(0, size[0]), slice(0, size[1])))
    swap, reason = _inversion(scene)
    if invert is not None:
        swap, reason = invert, "As you chose"
    # What is see-through takes the level that ends up black.
    backdrop = 255.0 if swap else 0.0
    colours = scene.over(backdrop)
    square, inner = _square(scene, colours, backdrop)
    plane, level, tone_steps = _tones(scene, grey(square), swap, reason)
    reduced = _resize(plane[inner], size)
    image = _centre(reduced, size, level)
    steps = (
        Step("Upright", _upright_caption(picture, scene, swap), _shown(colours)),
        Step("Square crop", _crop_caption(scene), _shown(square)),
        *tone_steps,
        Step("Resized", _resize_caption(plane[inner], reduced), _shown(reduced)),
        Step("Centred", _centre_caption(image, reduced), _shown(image)),
    )
    return Prepared(steps, image[..., None] / np.float32(255), swap)


def _inversion(scene: Scene) -> tuple[bool, str]:
    """Whether the picture wants black and white swapped, and the reason in words."""
    level, front = scene.background_level, scene.foreground_level
    if scene.transparent and front is None:
        return False, "There is nothing but a see-through background"
    if scene.transparent and front is not None:
        swap = front < 128
        tone = "dark" if swap else "bright"
        return swap, f"The background is see-through and what is on it is {tone}"
    if front is None:
        swap = level > 127
        return (swap, f"The border is {'bright' if swap else 'dark'} ({level:.0f} of 255)")
    swap = front < level
    return swap, (
        f"The background ({level:.0f} of 255) is {'brighter' if swap else 'darker'} "
        f"than what is on it (mean {front:.0f})"
    )


def _square(
    scene: Scene, colours: NDArray[np.float32], backdrop: float
) -> tuple[NDArray[np.float32], Box]:
    """The square around the foreground, (side, side, 3), and the foreground in it."""
    height, width = colours.shape[:2]
    if scene.box is None:
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        middle = colours[top : top + side, left : left + side]
        return middle, (slice(0, side), slice(0, side))
    cut = colours[scene.box]
    side = max(cut.shape[:2])
    top, left = ((side - length) // 2 for length in cut.shape[:2])
    inner = (slice(top, top + cut.shape[0]), slice(left, left + cut.shape[1]))
    square = np.empty((side, side, 3), np.float32)
    square[:] = backdrop if scene.transparent else scene.background
    square[inner] = cut
    return square, inner


def _tones(
    scene: Scene, plane: _Plane, swap: bool, reason: str
) -> tuple[_Plane, float, list[Step]]:
    """Bring a bright garment on black about; with the background's level after it."""
    steps = [Step("Grey", "Colours became one brightness per pixel.", _shown(plane))]
    level = (255.0 if swap else 0.0) if scene.transparent else scene.background_level
    if swap:
        plane, level = 255 - plane, 255 - level
    name = "Inverted" if swap else "Not inverted"
    done = "were swapped" if swap else "stay as they are"
    steps.append(Step(name, f"{reason}, so black and white {done}.", _shown(plane)))
    black = _black_point(scene, level, swap)
    if black >= 1:
        plane, level = ((plane - black) * 255 / (255 - black)).clip(0, 255), 0.0
        caption = f"The background, up to {black:.0f} of 255, was made black."
        steps.append(Step("Black background", caption, _shown(plane)))
    return plane, level, steps


def _black_point(scene: Scene, level: float, swap: bool) -> float:
    """The grey level that is to become black; 0 where there is no background."""
    if scene.box is None or swap != _inversion(scene)[0]:
        return 0.0
    return min(level + scene.spread, _MAX_BLACK)


def _resize(plane: _Plane, size: tuple[int, int]) -> _Plane:
    """Fit a plane into size; the longer side fills it."""
    scale = min(size[0] / plane.shape[0], size[1] / plane.shape[1])
    height, width = (max(1, round(side * scale)) for side in plane.shape)
    # Area means give a Fashion-MNIST image enlarged ten times back exactly; Lanczos
    # is no closer on smooth enlargements (mean squared error 0.0010 both).
    smooth = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BILINEAR
    picture = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(picture.resize((width, height), smooth))


def _centre(plane: _Plane, size: tuple[int, int], level: float) -> _Plane:
    """Put a plane in the middle of a frame, an odd pixel at the top or left."""
    frame = np.full(size, level, np.float32)
    height, width = plane.shape
    top, left = (size[0] - height + 1) // 2, (size[1] - width + 1) // 2
    frame[top : top + height, left : left + width] = plane
    return frame.clip(0, 255)


def _shown(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    picture = Image.fromarray(np.rint(levels).clip(0, 255).astype(np.uint8))
    scale = _DISPLAY_SIDE / max(picture.size)
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BOX)
    return np.asarray(picture)


def _upright_caption(picture: Image.Image, scene: Scene, swap: bool) -> str:
    caption = f"The picture as it was read, {picture.width} by {picture.height} pixels"
    if scene.opacity.min() < 1:
        caption += f", see-through parts in {'white' if swap else 'black'}"
    return f"{caption}."


def _crop_caption(scene: Scene) -> str:
    if scene.kept_whole:
        return "The whole picture was kept, padded to a square where it is not one."
    if scene.box is not None:
        return "Cut to what stands out from the background, padded to a square."
    return "Nothing stands out clearly from a background, so the middle was kept."


def _resize_caption(cropped: _Plane, reduced: _Plane) -> str:
    height, width = reduced.shape
    smaller = max(cropped.shape) >= max(reduced.shape)
    how = "by the mean of each area" if smaller else "with straight lines between pixels"
    return f"Resized to {width} by {height} pixels, {how}."


def _centre_caption(image: _Plane, reduced: _Plane) -> str:
    height, width = image.shape
    if image.shape == reduced.shape:
        return f"It fills the frame of {width} by {height} pixels: this is the input."
    return (
        f"Put in the middle of {width} by {height} pixels, the longer side filling "
        "the frame as in Fashion-MNIST: this is the input."
    )
