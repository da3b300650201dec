"""From a recipe to an autoencoder's model folder: fit, export, check, evaluate."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.baselines import BlockBaseline
from ae.data import OWN, Dataset
from ae.graph import from_safetensors, to_safetensors
from ae.graph.onnx_builder import to_onnx
from ae.images.sheets import to_uint8
from ae.latent.nested import Nesting
from ae.latent.support import Support
from ae.metrics import LinearBaseline
from ae.shelf.card import ModelCard
from ae.training.contents import block_baseline, fit_support, linear_baseline, with_contents
from ae.training.export import read_network
from ae.training.fit import Fitted, Watch, fit
from ae.training.folder import Pairs, new_card, npz, store
from ae.training.recipes import Recipe
from ae.training.suitability import labelled, suited


def train_autoencoder(
    recipe: Recipe,
    splits: dict[str, Dataset],
    shelf: Path,
    screen: TextIO = sys.stderr,
    watch: Watch | None = None,
) -> Path:
    """Train an autoencoder, plain or variational; see ``ae.training.train.train``.

    Raises:
        ValueError: As ``ae.training.suitability.suited``, before anything is trained.
    """
    recipe, splits, known = suited(recipe, splits, screen)
    train = splits["train"]
    baseline = linear_baseline(train, recipe.latent_dim)
    fitted = fit(recipe, train, splits["validation"], baseline=baseline, screen=screen, watch=watch)
    if recipe.beta is not None:
        fitted.put_on_scale(train.images)
    nesting, blocks = Nesting.of(asdict(recipe), recipe.latent_dim), None
    if nesting is not None:
        side = train.images.shape[1] // round(nesting.places**0.5)
        blocks, _ = block_baseline(train, side, nesting.kept[-1])
    support = fit_support(fitted, train, splits["validation"], nesting=nesting)
    held_out = (splits["test"], splits["validation"])
    return write(
        recipe, fitted, baseline, held_out, shelf, support=support, known=known, blocks=blocks
    )


def write(
    recipe: Recipe,
    fitted: Fitted,
    baseline: LinearBaseline,
    held_out: tuple[Dataset, ...],
    shelf: Path,
    *,
    support: Support,
    known: dict[str, Dataset] | None = None,
    blocks: BlockBaseline | None = None,
) -> Path:
    """Export, check, evaluate and write a model folder, all or nothing.

    Args:
        recipe: How the networks were made.
        fitted: The networks.
        baseline: Principal components of the training images.
        held_out: Splits to evaluate on; the first one's codes are stored.
        shelf: An existing folder.
        support: Where codes lie.
        known: Images with attributes to learn directions from, by data set.
        blocks: Principal components of their blocks, where codes may be cut.

    Returns:
        The model folder.

    Raises:
        ValueError: If the exported files do not agree with Keras.
        OSError: If the folder cannot be written.
    """
    networks, card = _export(recipe, fitted, labelled(held_out[0]))
    card, files = with_contents(
        card,
        recipe,
        fitted,
        held_out[0],
        baseline,
        support=support,
        known=known or {},
        blocks=blocks,
    )
    if recipe.dataset.startswith(OWN):
        files["images.npz"] = npz(compress=True, images=to_uint8(held_out[0].images))

    def pairs(autoencoder: Autoencoder, images: NDArray[np.float32]) -> Pairs:
        expected, is_vae = fitted.encode(images), autoencoder.is_vae
        found = autoencoder.posterior(images) if is_vae else (autoencoder.encode(images),)
        yield from zip(found, expected, strict=True)
        yield autoencoder.decode(expected[0]), fitted.decode(expected[0])

    return store(card, networks | files, shelf, held_out, pairs=pairs)


def _export(recipe: Recipe, fitted: Fitted, data: Dataset) -> tuple[dict[str, bytes], ModelCard]:
    encoder_graph, encoder_weights = read_network(fitted.encoder)
    decoder_file = to_safetensors(*read_network(fitted.decoder))
    # Built from the file as read back, so that checking one checks the other.
    decoder_graph, decoder_weights = from_safetensors(decoder_file)
    heads = ("z",) if recipe.beta is None else ("z_mean", "z_log_var")
    networks = {
        "encoder.onnx": to_onnx(encoder_graph, encoder_weights, heads),
        "decoder.onnx": to_onnx(decoder_graph, decoder_weights, ("image",)),
        "decoder.safetensors": decoder_file,
    }
    return networks, new_card(
        recipe,
        data,
        fitted.history,
        parameters=fitted.encoder.count_params() + fitted.decoder.count_params(),
        encoder_macs=encoder_graph.macs(),
        decoder_macs=decoder_graph.macs(),
    )
