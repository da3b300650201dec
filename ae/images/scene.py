"""What in a picture is background, and where the foreground is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from ae.images.uploads import plain

# Precise enough for 28 pixels, and looking at a picture stays near 0.1 s.
_WORKING_SIDE = 1024
# Colours within 5% of the background's count as background (Fashion-MNIST's rule).
_TOLERANCE = 13.0
# A border whose levels stray further than this shows things, not a background.
_MAX_SPREAD = 40.0
# A row or column with a smaller share of foreground holds specks of dust only.
_SPECKS = 0.005
# Grey levels weigh the colours as the eye does (ITU-R BT.601).
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

Box = tuple[slice, slice]  # rows, columns


@dataclass(frozen=True)
class Scene:
    """A picture taken apart, at most 1024 pixels on the long side."""

    colours: NDArray[np.float32]  # (height, width, 3) float32 in [0, 255]
    opacity: NDArray[np.float32]  # (height, width) float32 in [0, 1]
    background: NDArray[np.float32]  # (3,) float32 in [0, 255], the colour found along the border
    spread: float  # how far the border strays from that colour, in grey levels
    transparent: bool  # whether the border is see-through
    foreground: NDArray[np.bool_]  # (height, width) bool, what differs from the background
    # The rows and columns of the foreground; None when nothing clear stands out, as in a busy
    # photograph or a blank page.
    box: Box | None

    @property
    def kept_whole(self) -> bool:
        """Whether the box is the whole picture."""
        height, width = self.opacity.shape
        return self.box == (slice(0, height), slice(0, width))

    @property
    def background_level(self) -> float:
        """The background's grey level in [0, 255]."""
        return float(self.background @ _LUMA)

    @property
    def foreground_level(self) -> float | None:
        """The mean grey level of what stands out, in [0, 255]; None without it."""
        if self.box is None:
            return None
        return float(grey(self.colours[self.foreground]).mean())

    def over(self, backdrop: float) -> NDArray[np.float32]:
        """Put a flat grey level behind what is see-through; (height, width, 3)."""
        opacity = self.opacity[..., None]
        return self.colours * opacity + np.float32(backdrop) * (1 - opacity)


def grey(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weigh colours (..., 3) into grey levels (...), in the same range."""
    return colours @ _LUMA


def look(picture: Image.Image) -> Scene:
    """Tell the background of a picture, upright or noted to be, from what is on it."""
    pixels = _pixels(picture)
    colours, opacity = pixels[..., :3], pixels[..., 3] / np.float32(255)
    border = _border(pixels)
    transparent = bool(np.median(border[:, 3]) < 128)
    if transparent:
        background, spread = np.zeros(3, np.float32), 0.0
        foreground = opacity * 255 > _TOLERANCE
    else:
        solid = border[border[:, 3] >= 128, :3]
        background = np.median(solid, axis=0).astype(np.float32)
        # Twice the median: a garment may touch up to half of the border.
        spread = 2 * float(np.median(_distance(solid, background)))
        distance = _distance(_without_specks(colours), background) * opacity
        foreground = distance > max(_TOLERANCE, 1.5 * spread)
    box = _box(foreground) if spread <= _MAX_SPREAD else None
    return Scene(colours, opacity, background, spread, transparent, foreground, box)


def _pixels(picture: Image.Image) -> NDArray[np.float32]:
    picture = plain(ImageOps.exif_transpose(picture))
    scale = _WORKING_SIDE / max(picture.size)
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BOX)
    return np.asarray(picture.convert("RGBA"), np.float32)  # (height, width, 4)


def _border(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The pixels of a frame 1% wide, (count, 4)."""
    thick = max(1, max(pixels.shape[:2]) // 100)
    ring = np.ones(pixels.shape[:2], bool)
    ring[thick:-thick, thick:-thick] = False
    return pixels[ring]


def _distance(colours: NDArray[np.float32], colour: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.abs(colours - colour).max(axis=-1)


def _without_specks(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    # The noise of a camera, not the straps of a sandal 28 pixels wide.
    if max(colours.shape) < 256:
        return colours
    picture = Image.fromarray(colours.astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.MedianFilter(3)), np.float32)


def _box(foreground: NDArray[np.bool_]) -> Box | None:
    rows = np.flatnonzero(foreground.mean(axis=1) >= _SPECKS)
    columns = np.flatnonzero(foreground.mean(axis=0) >= _SPECKS)
    if not (foreground.any() and rows.size and columns.size):
        return None
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
