"""Whether photographs of faces need a larger decoder: trains some, and writes docs/decoder_size.md.

The shipped encoder stays as it is, so that codes and directions are the same. Every decoder begins
as the shipped one, wider ones with channels that change nothing at first, and sees the same
pictures as often. Needs the smiles on this machine (``python -m ae data smiles``) and half an hour.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from ae import data
from ae.graph import from_safetensors
from ae.metrics import psnr, squared_error
from ae.models import SHIPPED
from ae.networks.autoencoders import NETWORKS
from ae.networks.losses import LOSSES
from ae.networks.vae import VariationalAutoencoder
from ae.training.batches import batches_of
from ae.training.beginnings import begin_as_model
from ae.training.export import read_network
from ae.training.fit import UNITS, run
from ae.training.recipes import recipe

PAGE = Path(__file__).resolve().parent.parent / "docs" / "decoder_size.md"
MODEL = recipe("smiles-vae")
EPOCHS, RATE, WARMUP = 6, 1e-3, 200
WIDTHS = (1, 2)  # times as many channels of the convolutions
LEARNED = 2000  # pictures that were learned from
TEXT = """# How large the decoder of faces should be

<!-- Written by `python -m bench.decoder_size`: do not edit. -->

The decoder of `{name}`, trained on for {epochs} epochs with its encoder as it is shipped: as
large as it is, and with more channels, which change nothing at first. PSNR in dB of z_mean, mean
over {n:,} test photographs and over {learned:,} that were learned from; the gain over the decoder
of the shipped size in the same run is the mean over test photographs, with its 95 % interval.

| channels | multiply-adds | weights | learned from | test | gain |
|---|---|---|---|---|---|
| as shipped, not trained on | {macs:,} | {weights:,} | {before_learned:.2f} | {before:.2f} | |
{rows}
"""


def main() -> None:
    """Train, measure and write."""
    learned, validation, test = (
        data.load(MODEL.dataset, split).images for split in ("train", "validation", "test")
    )
    shown = learned[:LEARNED]
    shipped = SHIPPED / MODEL.name
    weights = from_safetensors((shipped / "decoder.safetensors").read_bytes())[1]
    channels: tuple[int, ...] = MODEL.options["channels"]
    encoder, small = networks(channels)
    begin_as_model(encoder, small, shipped)
    encoder.trainable = False
    further = replace(
        MODEL, hint=0.0, epochs=EPOCHS, patience=EPOCHS, learning_rate=RATE, warmup_steps=WARMUP
    )
    rows = ""
    reference: NDArray[np.floating] = np.zeros(0)
    for width in WIDTHS:
        wider = tuple(width * each for each in channels)
        decoder = networks(wider)[1]
        widen(decoder, weights)
        keras.utils.set_random_seed(MODEL.seed)
        coder = VariationalAutoencoder(
            encoder, decoder, LOSSES[MODEL.loss], beta=1.0, warmup_steps=1, seed=MODEL.seed
        )
        pairs = batches_of(further, learned)
        unit = UNITS[MODEL.loss]
        run(
            coder, further, pairs, (validation, validation), loss=None, unit=unit, screen=sys.stderr
        )
        found = quality(encoder, decoder, test)
        reference = reference if len(reference) else found
        change = found - reference
        gain = f"{change.mean():+.2f} ± {1.96 * change.std() / len(change) ** 0.5:.2f}"
        rows += (
            f"| {', '.join(map(str, wider))} | {read_network(decoder)[0].macs():,} "
            f"| {decoder.count_params():,} | {quality(encoder, decoder, shown).mean():.2f} "
            f"| {found.mean():.2f} | {gain if width > 1 else ''} |\n"
        )
        print(rows, flush=True)
    PAGE.write_text(
        TEXT.format(
            name=MODEL.name,
            epochs=EPOCHS,
            n=len(test),
            learned=LEARNED,
            macs=read_network(small)[0].macs(),
            weights=small.count_params(),
            before_learned=quality(encoder, small, shown).mean(),
            before=quality(encoder, small, test).mean(),
            rows=rows,
        ),
        encoding="utf-8",
    )


def networks(channels: tuple[int, ...]) -> tuple[keras.Model, keras.Model]:
    """Build the model's encoder and decoder with so many channels."""
    return NETWORKS[MODEL.network]((64, 64, 1), MODEL.latent_dim, channels=channels)


def widen(decoder: keras.Model, weights: dict[str, NDArray[np.float32]]) -> None:
    """Give a wider decoder the weights of a narrower one, whose pictures it then makes."""
    for layer in decoder.layers:
        if not layer.weights:
            continue
        kernel, bias = layer.get_weights()
        old = weights[f"{layer.name}/kernel"]
        known = [slice(length) for length in old.shape]
        inputs = 3 if isinstance(layer, keras.layers.Conv2DTranspose) else old.ndim - 2
        # What is new may be asked, but has no say yet.
        known_outputs = [slice(None) if axis == inputs else at for axis, at in enumerate(known)]
        kernel[tuple(known_outputs)] = 0
        kernel[tuple(known)] = old
        old_bias = weights[f"{layer.name}/bias"]
        bias[: len(old_bias)] = old_bias
        layer.set_weights([kernel, bias])


def quality(
    encoder: keras.Model, decoder: keras.Model, images: NDArray[np.float32]
) -> NDArray[np.floating]:
    """Return the PSNR of each picture in dB, (n,)."""
    z_mean = encoder.predict(images, 500, verbose=0)[0]
    return psnr(squared_error(images, decoder.predict(z_mean, 500, verbose=0)))


if __name__ == "__main__":
    main()
