"""Pixels in and out: hostile uploads, the preparation, sheets, drawings, sketches."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ae.data import Dataset, fashion_mnist, sketches
from ae.images import drawings, preparation, sheets, uploads

NO_PICTURE = (
    "This file is not a PNG, JPEG, WebP, BMP or GIF picture; save it as one of these and try again."
)


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def four_corners() -> Image.Image:
    """64x32: red and green above, blue and white below."""
    picture = Image.new("RGB", (64, 32), "white")
    picture.paste("red", (0, 0, 32, 16))
    picture.paste("lime", (32, 0, 64, 16))
    picture.paste("blue", (0, 16, 32, 32))
    return picture


def png_of(width: int, height: int) -> bytes:
    """A black 1-bit PNG of any size in a few bytes, as an attacker writes it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + check

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + -(-width // 8))
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# Uploads: pictures --------------------------------------------------------------

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_comes_back(form: str) -> None:
    exact: dict[str, dict[str, object]]
    exact = {"WEBP": {"lossless": True}, "JPEG": {"subsampling": 0}}
    data = encoded(four_corners(), form, **exact.get(form, {}))
    read = uploads.read_upload(data)
    difference = np.asarray(read.convert("RGB"), int) - np.asarray(four_corners())
    assert read.size == (64, 32)
    assert np.abs(difference).max() <= (2 if form == "JPEG" else 0)


@pytest.mark.parametrize(
    ("picture", "mode", "pixel"),
    [
        (Image.new("1", (3, 2), 1), "L", 255),
        (Image.new("L", (3, 2), 77), "L", 77),
        (Image.new("LA", (3, 2), (77, 100)), "RGBA", (77, 77, 77, 100)),
        (Image.new("RGB", (3, 2), (1, 2, 3)), "RGB", (1, 2, 3)),
        (Image.new("RGBA", (3, 2), (1, 2, 3, 4)), "RGBA", (1, 2, 3, 4)),
        (Image.new("RGB", (3, 2), (9, 8, 7)).quantize(), "RGB", (9, 8, 7)),
    ],
    ids=["1-bit", "grey", "grey-alpha", "colour", "colour-alpha", "palette"],
)
def test_every_mode_becomes_eight_bits(picture: Image.Image, mode: str, pixel: object) -> None:
    read = uploads.read_upload(encoded(picture))
    assert (read.mode, read.getpixel((1, 1))) == (mode, pixel)


def test_a_palette_keeps_its_transparency() -> None:
    picture = Image.new("P", (4, 4))
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.putpixel((0, 0), 1)
    read = uploads.read_upload(encoded(picture, transparency=0))
    assert read.mode == "RGBA"
    assert read.getpixel((0, 0)) == (0, 255, 0, 255)
    alpha = np.asarray(read)[..., 3]
    assert (alpha == 0).sum() == 15


def test_sixteen_bit_grey_is_scaled_and_not_cut_off() -> None:
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    read = np.asarray(uploads.read_upload(encoded(Image.fromarray(ramp))))
    np.testing.assert_array_equal(read, np.rint(ramp / 257))
    assert read.mean() == pytest.approx(127.5, abs=0.1)


def test_a_cmyk_jpeg_becomes_rgb() -> None:
    picture = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    read = uploads.read_upload(encoded(picture, "JPEG", quality=95))
    red, green, blue = np.asarray(read).reshape(-1, 3).mean(axis=0)
    assert read.mode == "RGB"
    assert red > 250
    assert max(green, blue) < 5


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(form: str) -> None:
    frames = [Image.new("RGB", (6, 5), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if form == "WEBP" else {}
    data = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=9, **options)
    read = uploads.read_upload(data).convert("RGB")
    assert read.size == (6, 5)
    assert read.getpixel((3, 3)) == (255, 0, 0)


# The inverse of each EXIF orientation: how the camera stored an upright picture.
STORED: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda x: x,
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.swapaxes(0, 1),
    6: lambda x: np.rot90(x, 1),
    7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
    8: lambda x: np.rot90(x, -1),
}


@pytest.mark.parametrize("orientation", STORED)
def test_a_turned_photograph_is_set_upright(orientation: int) -> None:
    upright = np.asarray(four_corners())
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = uploads.read_upload(encoded(stored, exif=exif))
    np.testing.assert_array_equal(np.asarray(read), upright)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")
def test_broken_camera_notes_do_not_cost_the_picture() -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\xff\xff\xff\xff\x7f\xff\xff\xff"
    read = uploads.read_upload(encoded(four_corners(), "JPEG", exif=exif))
    assert read.size == (64, 32)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_extreme_shapes_are_read_and_prepared(size: tuple[int, int]) -> None:
    read = uploads.read_upload(encoded(Image.new("RGB", size, "red")))
    assert read.size == size
    prepared = preparation.prepare(read)
    assert prepared.image.shape == (28, 28, 1)
    assert max(max(step.image.shape[:2]) for step in prepared.steps) <= 256


def test_a_large_jpeg_keeps_its_shape() -> None:
    read = uploads.read_upload(encoded(Image.new("L", (6000, 4000), 90), "JPEG"))
    assert read.width / read.height == 1.5
    assert max(read.size) >= 1024
    assert abs(np.asarray(read).mean() - 90) < 1


def test_a_photograph_of_100_megapixels_is_shrunk_while_it_is_read() -> None:
    read = uploads.read_upload(encoded(Image.new("L", (12_500, 8_000), 90), "JPEG"))
    assert read.size == (1563, 1000)
    with pytest.raises(ValueError, match="the limit is 100 million; save a smaller copy"):
        uploads.read_upload(encoded(Image.new("L", (12_501, 8_000), 90), "JPEG"))


def test_a_jpeg_in_several_passes_must_be_smaller_for_it_lies_in_memory_whole() -> None:
    large = Image.new("L", (6_000, 5_000), 90)
    with pytest.raises(ValueError, match="25 million, except for an ordinary JPEG"):
        uploads.read_upload(encoded(large, "JPEG", progressive=True))


# Uploads: anything else -----------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
TIFF = encoded(Image.new("L", (4, 4)), "TIFF")
PDF = encoded(Image.new("L", (4, 4)), "PDF")


@pytest.mark.parametrize(
    "data",
    [SVG, EPS, TIFF, PDF, b"\0", b"BR", b"RIFF\0\0\0\0WAVEfmt ", b"x" * 5000],
    ids=["svg", "eps", "tiff", "pdf", "nul", "two-letters", "wave", "text"],
)
def test_what_is_no_picture_is_named_so(data: bytes) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(NO_PICTURE)}$"):
        uploads.read_upload(data)


def test_an_empty_file_is_named_so() -> None:
    with pytest.raises(ValueError, match=r"^This file is empty; choose another one\.$"):
        uploads.read_upload(b"")


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(ValueError, match=r"^This file has 41.0 MB and the limit is 40"):
        uploads.read_upload(b"\x89PNG\r\n\x1a\n" + bytes(41 * 2**20 - 8))


@pytest.mark.parametrize("size", [(12_000, 12_000), (5_001, 5_000), (7_000, 7_000)])
def test_a_bomb_is_refused_without_a_warning(size: tuple[int, int]) -> None:
    data = png_of(*size)
    assert len(data) < 25_000
    # pytest turns a warning of Pillow's into another error than this.
    message = f"^This picture has {size[0]} by {size[1]} pixels and the limit is 25 mil"
    with pytest.raises(ValueError, match=message):
        uploads.read_upload(data)


def test_the_largest_picture_allowed_is_read() -> None:
    assert uploads.read_upload(png_of(5000, 5000)).size == (5000, 5000)


@pytest.mark.parametrize(
    ("side", "message"), [(6000, "6000 by 6000"), (16383, "(over 50 million|16383 by 16383)")]
)
def test_a_bomb_in_a_webp_header_is_refused(side: int, message: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    data = bytearray(encoded(frames[0], "WEBP", save_all=True, append_images=frames))
    data[24:30] = (side - 1).to_bytes(3, "little") * 2
    with pytest.raises(ValueError, match=f"^This picture has {message} pixels"):
        uploads.read_upload(bytes(data))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.6])
def test_a_truncated_file_is_named_so(form: str, share: float) -> None:
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (90, 90, 3), dtype=np.uint8))
    data = encoded(noise, form)
    with pytest.raises(ValueError, match=f"^This {form} file is damaged, incomplete"):
        uploads.read_upload(data[: int(share * len(data))])


def test_a_jpeg_of_endless_passes_is_refused() -> None:
    data = encoded(Image.new("L", (64, 64), 128), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    bomb = data[:last] + data[last:-2] * 5000 + data[-2:]
    with pytest.raises(ValueError, match=r"^This JPEG file is damaged, incomplete or .*\.$"):
        uploads.read_upload(bomb)


def outcome(data: bytes) -> str:
    try:
        picture = uploads.read_upload(data)
    except ValueError as error:
        return str(error)
    return "read" if picture.mode in ("L", "RGB", "RGBA") else picture.mode


def test_any_damage_gives_a_picture_or_one_sentence() -> None:
    rng = np.random.default_rng(1)
    exif = Image.Exif()
    exif[0x0112] = 6
    outcomes = []
    for form in FORMATS:
        options = {} if form in ("BMP", "GIF") else {"exif": exif}
        sound = encoded(four_corners(), form, **options)
        for _ in range(60):
            data = bytearray(sound)
            for place in rng.integers(0, len(data), 3):
                data[place] = rng.integers(256)
            outcomes.append(outcome(bytes(data)))
    assert outcomes.count("read") > 20
    sentences = [words for words in outcomes if words != "read"]
    assert len(sentences) > 20
    assert all(re.fullmatch(r"This [^.]+\.", words) for words in sentences)


# Preparation ------------------------------------------------------------------------


def on_white(image: NDArray[np.uint8], corner: tuple[int, int]) -> Image.Image:
    """Ten times as large, dark on white, anywhere on a 600x400 page."""
    page = Image.new("L", (600, 400), 255)
    page.paste(Image.fromarray(255 - sheets.enlarge(image, 10)), corner)
    return page


def error(prepared: preparation.Prepared, original: NDArray[np.floating]) -> float:
    return float(np.mean((prepared.image - original) ** 2))


def test_fashion_mnist_comes_back_from_a_page(fashion_mnist_test: Dataset) -> None:
    assert fashion_mnist_test.labels is not None
    rng = np.random.default_rng(0)
    errors = []
    for label in range(10):
        for i in np.flatnonzero(fashion_mnist_test.labels == label)[:5]:
            image = fashion_mnist_test.images[i]
            corner = (int(rng.integers(321)), int(rng.integers(121)))
            prepared = preparation.prepare(on_white(sheets.to_uint8(image[..., 0]), corner))
            assert prepared.inverted
            errors.append(error(prepared, image))
    assert np.mean(errors) < 0.005
    assert np.median(errors) < 1e-6


@pytest.mark.parametrize("factor", [1, 10])
def test_fashion_mnist_itself_is_left_alone(fashion_mnist_test: Dataset, factor: int) -> None:
    errors = []
    for image in fashion_mnist_test.images[:100]:
        pixels = sheets.enlarge(sheets.to_uint8(image[..., 0]), factor)
        prepared = preparation.prepare(Image.fromarray(pixels))
        assert not prepared.inverted
        errors.append(error(prepared, image))
    assert np.median(errors) < 1e-9
    assert np.mean(errors) < (1e-9 if factor == 1 else 0.005)


@pytest.mark.parametrize("corner", [(0, 0), (320, 120), (137, 61)])
def test_a_drawn_garment_comes_back_from_a_page(corner: tuple[int, int]) -> None:
    for image in sketches.load()[0]:
        prepared = preparation.prepare(on_white(sheets.to_uint8(image[..., 0]), corner))
        assert prepared.inverted
        assert error(prepared, image) < 1e-6


def garment(size: tuple[int, int] = (200, 90)) -> Image.Image:
    return Image.new("RGB", size, (60, 40, 30))


def test_a_noisy_grey_page_becomes_black() -> None:
    rng = np.random.default_rng(0)
    page = Image.new("RGB", (500, 400), (225, 228, 231))
    page.paste(garment(), (40, 250))
    noisy = np.asarray(page) + rng.normal(0, 4, (400, 500, 3))
    prepared = preparation.prepare(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)))
    rows, columns = np.nonzero(prepared.image[..., 0] > 0.1)
    assert (columns.min(), columns.max()) == (0, 27)
    assert abs(rows.min() + rows.max() - 27) <= 1
    assert rows.max() - rows.min() + 1 in (12, 13)
    assert prepared.image[[0, -1]].max() < 0.02
    assert prepared.steps[1].caption.startswith("Cut to what stands out")


@pytest.mark.parametrize(
    ("page", "thing", "inverted"),
    [("white", "black", True), ("black", "white", False), ("#999", "white", False),
     ("#777", "black", True)],
)  # fmt: skip
def test_black_and_white_are_swapped_where_the_page_is_brighter(
    page: str, thing: str, inverted: bool
) -> None:
    picture = Image.new("RGB", (120, 90), page)
    picture.paste(thing, (20, 30, 100, 60))
    prepared = preparation.prepare(picture)
    assert prepared.inverted == inverted
    assert prepared.image[14, 14, 0] == pytest.approx(1)
    assert prepared.image[0, 0, 0] == pytest.approx(0)
    opposite = preparation.prepare(picture, invert=not inverted)
    assert opposite.inverted != inverted
    assert opposite.image[14, 14, 0] < opposite.image[0, 0, 0]


@pytest.mark.parametrize("level", [0, 60, 230, 255])
@pytest.mark.parametrize("hidden", [0, 255])
@pytest.mark.parametrize("invert", [None, True, False])
def test_what_is_see_through_becomes_black(level: int, hidden: int, invert: bool | None) -> None:
    picture = Image.new("RGBA", (100, 100), (hidden, hidden, hidden, 0))
    picture.paste((level, level, level, 255), (30, 10, 70, 90))
    prepared = preparation.prepare(picture, invert=invert)
    assert prepared.image[:, :6].max() == 0
    if invert is None:
        assert prepared.inverted == (level < 128)
        assert prepared.image[14, 14, 0] > 0.7


def test_a_wide_shoe_is_not_cut_off() -> None:
    page = Image.new("L", (600, 200), 255)
    page.paste(0, (10, 80, 590, 150))
    image = preparation.prepare(page).image[..., 0]
    assert image[14].min() == 1
    assert np.count_nonzero(image[:, 14] > 0.5) in (3, 4)


def test_a_busy_photograph_keeps_its_middle() -> None:
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 256, (6, 12, 3), dtype=np.uint8)
    picture = Image.fromarray(sheets.enlarge(blocks, 40))
    prepared = preparation.prepare(picture)
    assert "middle" in prepared.steps[1].caption
    assert prepared.steps[1].image.shape == (240, 240, 3)
    middle = np.asarray(picture)[:, 120:360]
    np.testing.assert_array_equal(prepared.steps[1].image, middle)


@pytest.mark.parametrize("level", [0, 100, 200, 255])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_blank_picture_gives_a_flat_image(level: int, mode: str) -> None:
    blank = Image.new("L", (50, 70), level).convert(mode)
    prepared = preparation.prepare(blank)
    expected = (255 - level if level > 127 else level) / 255
    np.testing.assert_allclose(prepared.image, expected, atol=1e-6)


def test_nothing_at_all_is_black() -> None:
    assert preparation.prepare(Image.new("RGBA", (50, 70))).image.max() == 0


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_deep_greys_are_prepared_as_what_they_show(mode: str) -> None:
    grey = np.zeros((40, 40), np.float32)
    grey[5:35, 5:35] = 0.5
    deep = grey if mode == "F" else np.rint(grey * 65535)
    kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
    picture = Image.fromarray(deep.astype(kind))
    assert picture.mode == mode
    assert preparation.prepare(picture).image[14, 14, 0] == pytest.approx(0.5, abs=0.003)


def test_the_steps_tell_the_story_in_order() -> None:
    page = Image.new("RGB", (700, 500), (241, 241, 241))
    page.paste(garment(), (40, 250))
    steps = preparation.prepare(page, (32, 32)).steps
    names = "Upright, Square crop, Grey, Inverted, Black background, Resized, Centred"
    assert [step.name for step in steps] == names.split(", ")
    assert [step.image.ndim for step in steps] == [3, 3, 2, 2, 2, 2, 2]
    assert steps[0].image.shape == (183, 256, 3)
    assert "700 by 500" in steps[0].caption
    assert "(241 of 255) is brighter" in steps[3].caption
    assert steps[-1].image.shape == (32, 32)
    assert all(re.fullmatch(r"[A-Z].*\.", step.caption) for step in steps)


# Sheets -----------------------------------------------------------------------------


def test_floats_are_rounded_and_cut_off() -> None:
    x = np.array([-1, 0, 0.499 / 255, 0.501 / 255, 0.5, 1, 7], np.float32)
    assert sheets.to_uint8(x).tolist() == [0, 0, 0, 1, 128, 255, 255]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("n", "columns", "gap"), [(7, 3, 2), (1, 4, 0), (6, 2, 5)])
def test_a_contact_sheet_can_be_cut_back(channels: int, n: int, columns: int, gap: int) -> None:
    x = np.random.default_rng(0).random((n, 5, 4, channels), np.float32)
    sheet = sheets.contact_sheet(x, columns, gap=gap, background=9)
    rows = -(-n // columns)
    shape = (rows * (5 + gap) - gap, columns * (4 + gap) - gap)
    assert sheet.shape == (shape if channels == 1 else (*shape, 3))
    rest = sheet.reshape(*shape, channels).copy()
    for i, image in enumerate(x):
        top, left = i // columns * (5 + gap), i % columns * (4 + gap)
        tile = rest[top : top + 5, left : left + 4]
        np.testing.assert_array_equal(tile, sheets.to_uint8(image))
        tile[:] = 9
    assert (rest == 9).all()


@pytest.mark.parametrize(("n", "columns", "gap"), [(0, 3, 2), (4, 0, 2), (4, 3, -1)])
def test_an_impossible_sheet_is_refused(n: int, columns: int, gap: int) -> None:
    with pytest.raises(ValueError, match=f"got {n} images, {columns} columns"):
        sheets.contact_sheet(np.zeros((n, 2, 2, 1)), columns, gap=gap)


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 1), (5, 4, 3), (5, 4, 4)])
def test_a_png_holds_the_pixels_enlarged(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    png = sheets.png_bytes(pixels, scale=3)
    read = np.asarray(Image.open(BytesIO(png)))
    assert read.shape[:2] == (15, 12)
    np.testing.assert_array_equal(read[1::3, 2::3].reshape(shape), pixels)
    np.testing.assert_array_equal(read[::3, ::3], read[2::3, 1::3])
    url = sheets.data_url(png)
    assert url.startswith("data:image/png;base64,")
    assert base64.b64decode(url.split(",")[1]) == png


def test_nothing_is_enlarged_less_than_once() -> None:
    with pytest.raises(ValueError, match="got 0"):
        sheets.enlarge(np.zeros((2, 2), np.uint8), 0)


def test_a_heat_map_is_orange_blue_and_black() -> None:
    error = np.array([[1.0, -1.0], [0.0, 0.5]])
    colours = sheets.heat_map(error)
    assert colours[0].tolist() == [[230, 159, 0], [86, 180, 233]]
    assert colours[1].tolist() == [[0, 0, 0], [115, 80, 0]]
    np.testing.assert_array_equal(sheets.heat_map(error / 4, full=0.25), colours)
    with pytest.raises(ValueError, match="got 0"):
        sheets.heat_map(error, full=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_labelled_sheet_shows_names_and_pictures(channels: int) -> None:
    first = np.full((3, 28, 28, channels), 0.4, np.float32)
    second = np.full((2, 28, 28, channels), 0.8, np.float32)
    sheet = sheets.labelled_sheet([("Original", first), ("Again", second)], scale=2)
    assert sheet.ndim == (2 if channels == 1 else 3)
    grey = sheet if channels == 1 else sheet[..., 0]
    assert np.count_nonzero(grey == 102) >= 3 * 56 * 56
    assert np.count_nonzero(grey == 204) >= 2 * 56 * 56
    left = int(np.flatnonzero((grey == 102).any(axis=0))[-1]) - 3 * 56 - 2 * 4
    words = grey[:, :left]
    upper, lower = words[: len(grey) // 2], words[len(grey) // 2 :]
    assert min(upper.min(), lower.min()) < 50
    assert (upper < 128).sum() > (lower < 128).sum()


def test_an_empty_labelled_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        sheets.labelled_sheet([])


# Drawings ---------------------------------------------------------------------------


def test_a_drawing_survives_a_link_in_four_greys() -> None:
    levels = np.linspace(0, 1, 28 * 28).reshape(28, 28)
    text = drawings.drawing_in_link(levels)
    assert re.fullmatch(r"[\w-]{262}", text)
    drawing = drawings.drawing_of_link(text)
    assert drawing is not None
    assert drawing.dtype == np.float32
    np.testing.assert_allclose(drawing, levels, atol=1 / 6 + 1e-6)
    assert drawings.drawing_in_link(drawing) == text
    for hostile in ("", text[:-1], text + "A", "é" * 262, "=" * 262, "A" * 262):
        assert drawings.drawing_of_link(hostile) is None
    with pytest.raises(ValueError, match="28 by 28"):
        drawings.drawing_in_link(np.zeros((3, 3)))


def test_a_drawing_survives_its_message() -> None:
    levels = np.arange(784).reshape(28, 28) % 256 / 255
    drawing = drawings.decode_drawing(drawings.encode_drawing(levels))
    assert drawing is not None
    assert drawing.dtype == np.float32
    np.testing.assert_allclose(drawing, levels, atol=1e-6)


@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        b"AAAA" * 262,
        ["AAAA"] * 262,
        {"pixels": "AAAA"},
        "",
        "AAAA",
        "////" * 262,  # 786 bytes
        "////" * 10_000_000,
        "/" * 1047 + "\n",
        "/" * 1047 + "é",
        "-_" * 524,
        drawings.encode_drawing(np.ones((28, 28)))[:-4] + "====",
        drawings.encode_drawing(np.zeros((28, 28))),
    ],
    ids=lambda message: str(message)[:20],  # else one is called by 40 million letters
)
def test_a_hostile_or_empty_message_is_an_empty_canvas(message: object) -> None:
    assert drawings.decode_drawing(message) is None


def test_only_a_drawing_of_the_right_size_is_sent() -> None:
    with pytest.raises(ValueError, match=r"got \(27, 28\)"):
        drawings.encode_drawing(np.zeros((27, 28)))


# Sketches ---------------------------------------------------------------------------


def test_sketches_are_the_same_every_time() -> None:
    first, names = sketches.load()
    again, same = sketches.load()
    np.testing.assert_array_equal(first, again)
    assert names == same
    assert names == fashion_mnist.CLASS_NAMES
    assert len(first) == len(names)


def test_sketches_fill_the_frame_as_fashion_mnist_does() -> None:
    for image in sketches.load()[0]:
        assert image.shape == (28, 28, 1)
        assert image.dtype == np.float32
        assert 0 <= image.min() <= image.max() <= 1
        rows, columns = np.nonzero(image[..., 0] > 0.04)
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert longer == 28
        assert abs(rows.min() + rows.max() - 27) <= 1
        assert abs(columns.min() + columns.max() - 27) <= 1
        assert 0.45 < image[image > 0.04].mean() < 0.8


def test_sketches_look_like_their_class(fashion_mnist_test: Dataset) -> None:
    assert fashion_mnist_test.labels is not None
    real = fashion_mnist_test.images.reshape(-1, 784)
    for image, name in zip(*sketches.load(), strict=True):
        distances = np.mean((real - image.reshape(784)) ** 2, axis=1)
        nearest = int(np.argmin(distances))
        label = int(fashion_mnist_test.labels[nearest])
        assert fashion_mnist_test.class_names[label] == name
        # Real test images lie 0.024 from their nearest other, 0.043 in the worst tenth.
        assert distances[nearest] < 0.043


def test_an_animation_goes_forth_and_back() -> None:
    greys = np.linspace(0, 1, 4, dtype=np.float32)[:, None, None, None]
    film = np.broadcast_to(greys, (4, 6, 5, 1))
    with Image.open(BytesIO(sheets.gif_bytes(film, scale=3, frame_ms=50))) as gif:
        assert gif.size == (15, 18)
        seen = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            assert gif.info["duration"] == 50
            seen.append(gif.convert("L").getpixel((0, 0)))
    assert seen == [0, 85, 170, 255, 170, 85]
    with pytest.raises(ValueError, match="two images"):
        sheets.gif_bytes(film[:1])
