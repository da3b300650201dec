"""Measures what happens to photographs that visitors bring, and writes docs/uploads.md.

Needs the photographs and the smiles on this machine (``python -m ae data``).
"""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from ae import data, models
from ae.coding.autoencoder import Autoencoder
from ae.coding.resemblance import most_alike, resemblance
from ae.data import fashion_mnist, photographs, smiles
from ae.data.archive import decode, open_archive
from ae.data.download import find
from ae.images.cropping import Square, crop
from ae.images.faces import find_face
from ae.images.preparation import prepare
from ae.ui.shelf import by_pictures

PAGE = Path(__file__).resolve().parent.parent / "docs" / "uploads.md"
N = 100
# How far the found square's middle may lie from the true one, and how different its side may
# be, as shares of the side.
NEAR, ALIKE = 0.2, 0.3
TEXT = """# Photographs that visitors bring

<!-- Written by `python -m bench.uploads`: do not edit. -->

## To which model they go

{n} pictures of each kind, and to which models Reconstruct sends them. Photographs are the
first of BSDS500's test folder; garments are test images of Fashion-MNIST on white; faces are
test photographs of SMILEsmileD, enlarged.

| brought | {names} |
|---|{rule}
{rows}
## Faces that are found

One of {n} test faces of SMILEsmileD, at 80 to 160 pixels, laid at random into each of these
photographs. Found: the largest face's square is at most {near:.0%} of its side off, and at most
{alike:.0%} larger or smaller. The faces are cut at brows and chin, so that the detector lacks hair
and neck, which it sees in whole photographs. In the same photographs without a face laid into
them it finds one in {false:.0%}; some of them do show people.

Found: {found:.0%} of {n}.
"""


def main() -> None:
    """Measure and write."""
    photos = bsds(N)
    faces = [picture(image) for image in data.load(smiles.NAME, "test").images[:N]]
    garments = [picture(1 - image) for image in data.load(fashion_mnist.NAME, "test").images[:N]]
    shelf = {card.name: models.load(card.name) for card in models.available(Autoencoder)}
    leads = {kind: next(iter(group.values())) for kind, group in by_pictures(shelf).items()}
    rows = ""
    for what, brought in (("photographs", photos), ("garments", garments), ("faces", faces)):
        counts = Counter(sent_to(each, leads) for each in brought)
        cells = " | ".join(str(counts[kind]) for kind in leads)
        rows += f"| {what} | {cells} |\n"
    found, false = face_rates(photos, faces)
    PAGE.write_text(
        TEXT.format(
            n=N,
            names=" | ".join(leads),
            rule="---|" * len(leads),
            rows=rows,
            near=NEAR,
            alike=ALIKE,
            found=found,
            false=false,
        ),
        encoding="utf-8",
    )
    print(PAGE.read_text(encoding="utf-8"))


def bsds(n: int) -> list[Image.Image]:
    """Return the first photographs of the test folder, whole."""
    (file,) = photographs.data_files(("test",))
    path = find(file)
    if path is None:
        raise FileNotFoundError(f"run {file.command} first")
    with path.open("rb") as packed:
        zipped = open_archive(packed, photographs.LIMITS)
    entries = [each for each in zipped.infolist() if "/images/test/" in each.filename]
    jpegs = sorted((e for e in entries if e.filename.endswith(".jpg")), key=name_of)[:n]
    return [decode(zipped, entry) for entry in jpegs]


def name_of(entry: zipfile.ZipInfo) -> str:
    """Return by what photographs are ordered."""
    return entry.filename


def picture(image: np.ndarray) -> Image.Image:
    """Return a grey image, (height, width, 1), enlarged."""
    small = Image.fromarray(np.rint(image[..., 0] * 255).astype(np.uint8))
    return small.resize((256, 256), Image.Resampling.BICUBIC)


def sent_to(brought: Image.Image, leads: dict[str, Autoencoder]) -> str:
    """Return what Reconstruct takes a picture for."""
    found = {}
    for kind, model in leads.items():
        if model.card.dataset == fashion_mnist.NAME:
            image = prepare(brought).image
        else:
            face = find_face(brought) if kind == "Faces" else None
            place = face or (0.5, 0.5, 1.0)
            image = crop(brought, Square.at(brought.size, *place), model.image_shape)
        alike = resemblance(model, image[None])
        if alike is not None:
            found[kind] = alike
    return most_alike(found)


def face_rates(photos: list[Image.Image], faces: list[Image.Image]) -> tuple[float, float]:
    """Return the shares of faces that are found, and of photographs without one that have one."""
    found = false = 0
    for at, (photo, face) in enumerate(zip(photos, faces, strict=True)):
        rng = np.random.default_rng(at)
        side = int(rng.integers(80, 161))
        left, top = (int(rng.integers(0, length - side)) for length in photo.size)
        whole = photo.convert("L")
        false += find_face(whole) is not None
        steps = np.minimum(np.arange(side), np.arange(side)[::-1])
        soft = np.clip(np.minimum.outer(steps, steps) / (side * 0.06), 0, 1)  # no sharp edge
        mask = Image.fromarray(np.uint8(soft * 255))
        whole.paste(face.resize((side, side), Image.Resampling.BICUBIC), (left, top), mask)
        place = find_face(whole)
        if place is not None:
            square = Square.at(whole.size, *place)
            off = [
                abs(got + square.side / 2 - true - side / 2) / side
                for got, true in ((square.left, left), (square.top, top))
            ]
            found += max(off) <= NEAR and abs(square.side / side - 1) <= ALIKE
    return found / len(photos), false / len(photos)


if __name__ == "__main__":
    main()
