"""Writes the models' measured numbers into the README, from their cards."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ae import models
from ae.latent.traversal import by_kl

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


VAE_HEAD = """
Variational autoencoders, nats per image with beta 1; maps of the test codes in brackets
against the same of column-shuffled codes, where there is nothing to find.

| model | -ELBO | reconstruction | KL | live dimensions | map | trustworthiness at \
15 | continuity at 15 | 5-NN accuracy |
|---|---|---|---|---|---|---|---|---|
"""


def vae_table() -> str:
    """Return the README's table of what only variational models have."""
    lines = [VAE_HEAD]
    for card in models.available():
        for name, trust in card.maps.items():
            elbo = card.evaluation["test"]["elbo"]
            live, _ = by_kl(np.array(elbo["kl_per_dimension"]))
            cells = [
                f"`{card.name}`",
                f"{elbo['negative_elbo']:.2f}",
                f"{elbo['reconstruction']:.2f}",
                f"{elbo['kl']:.2f}",
                f"{len(live)} of {card.latent_dim}",
                name,
                _beside_control(trust, "trustworthiness"),
                f"{trust['continuity']:.3f}",
                _beside_control(trust, "knn_accuracy"),
            ]
            lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines) if len(lines) > 1 else ""


def _beside_control(trust: dict[str, float], name: str) -> str:
    return f"{trust[name]:.3f} ({trust[f'control_{name}']:.3f})"


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
    README.write_text(
        BLOCK.sub(lambda m: m[1] + table() + vae_table() + "\n" + m[2], text), "utf-8"
    )


if __name__ == "__main__":
    main()
