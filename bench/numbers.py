"""Writes the models' measured numbers into the README, from their cards."""

from __future__ import annotations

import re
from pathlib import Path

from ae import models

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCK = re.compile(r"(<!-- numbers: .*? -->\n).*?(<!-- end of numbers -->)", re.DOTALL)
HEAD = """
## Measured

Test images of Fashion-MNIST (n = {n:,}); in brackets PCA with as many numbers. The
entropy floor is {floor:.2f} nats per image.

| model | numbers kept | weights | decoder, multiply-adds | squared error | PSNR, dB | \
cross-entropy, nats | rounded accuracy |
|---|---|---|---|---|---|---|---|
"""


def table() -> str:
    """Return the README's table of all shipped models."""
    cards = models.available()
    test = cards[0].evaluation["test"]
    lines = [HEAD.format(n=test["n"], floor=test["entropy_floor_nats"])]
    for card in cards:
        mine, pca = (card.evaluation["test"][who] for who in ("model", "pca"))
        cells = [
            f"`{card.name}`",
            str(card.latent_dim),
            f"{card.parameters:,}",
            f"{card.decoder_macs:,}",
            f"{mine['mse']:.5f} ({pca['mse']:.5f})",
            f"{mine['psnr_db']:.2f} ({pca['psnr_db']:.2f})",
            f"{mine['bce_nats']:.2f} ({pca['bce_nats']:.2f})",
            f"{mine['rounded_accuracy']:.4f} ({pca['rounded_accuracy']:.4f})",
        ]
        lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines)


def main() -> None:
    """Replace the README's block of numbers."""
    text = README.read_text(encoding="utf-8")
    README.write_text(BLOCK.sub(lambda m: m[1] + table() + "\n" + m[2], text), "utf-8")


if __name__ == "__main__":
    main()
