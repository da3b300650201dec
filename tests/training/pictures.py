"""Zips of pictures of one's own, drawn here."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from ae.data import drawn_faces
from ae.images.sheets import png_bytes, to_uint8


def zip_of_faces(n: int = 60) -> bytes:
    """Drawn faces with a table of one attribute, which was planted: a red square."""
    faces = to_uint8(drawn_faces.load("validation", n=n).images)
    planted = np.random.default_rng(0).random(n) < 0.5
    faces[planted, :16, :16] = [230, 20, 20]
    rows = [f"{number:03}.png,{int(red)}" for number, red in enumerate(planted)]
    return zipped(
        {f"{number:03}.png": png_bytes(face) for number, face in enumerate(faces)}
        | {"attributes.csv": "\n".join(["file,red square", *rows]).encode()}
    )


def zip_of_shades(n: int = 60, side: int = 16) -> bytes:
    """Grey pictures of one light each, in two folders."""
    rng = np.random.default_rng(0)
    files = {}
    for number, light in enumerate(np.linspace(20, 250, n)):
        pixels = np.uint8(light * rng.uniform(0.8, 1, (side, side, 1)))
        files[f"{'dark' if light < 135 else 'bright'}/{number}.png"] = png_bytes(pixels)
    return zipped(files)


def zipped(files: dict[str, bytes]) -> bytes:
    """Pack files by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()
