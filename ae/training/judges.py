"""From a recipe to a judge's model folder: a classifier, or a reader of attributes."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import keras
import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

from ae.coding.judge import Judge
from ae.data import Dataset
from ae.graph.onnx_builder import to_onnx
from ae.networks.judges import judge_network
from ae.training.batches import batches_of
from ae.training.export import read_network
from ae.training.fit import attribute_table, run
from ae.training.folder import Pairs, new_card, store
from ae.training.recipes import Recipe
from ae.training.suitability import only, varies, with_meaning

_UNITS = {"classes": "nats per image", "attributes": "variances per attribute"}


def train_judge(
    recipe: Recipe, splits: dict[str, Dataset], shelf: Path, screen: TextIO = sys.stderr
) -> Path:
    """Train a judge; see ``ae.training.train.train``.

    The recipe's option ``reads`` says what it learns: ``"classes"``, a logit for each
    from the cross-entropy with the labels, or ``"attributes"``, the value of each from
    the squared error, every attribute counting alike. An attribute of one value only
    in a split is left out and named.

    Raises:
        ValueError: If ``reads`` is neither, or the data have none of what it names.
    """
    options = dict(recipe.options)
    reads = options.pop("reads")
    if reads == "attributes":
        splits = _varied(splits, screen)
    train, test = splits["train"], splits["test"]
    names = _readings(train, reads)
    keras.utils.set_random_seed(recipe.seed)
    network = judge_network(test.images.shape[1:], recipe.latent_dim, len(names), **options)
    history = fit_judge(network, recipe, reads, train, splits["validation"], screen)
    graph, weights = read_network(network)
    card = new_card(
        recipe, test, history, parameters=network.count_params(), encoder_macs=graph.macs()
    )
    if reads == "attributes":
        card = replace(card, attributes=names)
    files = {"judge.onnx": to_onnx(graph, weights, ("features", "readings"))}
    held_out = (test, splits["validation"])

    def pairs(exported: Judge, images: NDArray[np.float32]) -> Pairs:
        found = exported.features(images), exported.read(images)
        return zip(found, network.predict(images, verbose=0), strict=True)

    return store(card, files, shelf, held_out, pairs=pairs)


def _varied(splits: dict[str, Dataset], screen: TextIO) -> dict[str, Dataset]:
    tables = splits.values()
    names = tuple(splits["train"].attributes)
    left = with_meaning(names, tables, varies, "having one value only", screen)
    return {split: only(images, left) for split, images in splits.items()}


def _readings(data: Dataset, reads: str) -> tuple[str, ...]:
    names = {"classes": data.class_names, "attributes": tuple(data.attributes)}
    if reads not in names:
        raise ValueError(f"reads must be 'classes' or 'attributes', got {reads!r}")
    if not names[reads] or (reads == "classes" and data.labels is None):
        raise ValueError(f"{data.name} has no {reads} to read")
    return names[reads]


def fit_judge(
    network: keras.Model,
    recipe: Recipe,
    reads: str,
    train: Dataset,
    validation: Dataset,
    screen: TextIO,
) -> dict[str, Any]:
    """Train a judge's network; return its history, as ``ae.training.fit.run``.

    Where its pictures are blurred, its features are asked for how far, too, so that what
    measures distances between them sees blur, which its readings are to overlook.
    """
    if recipe.blur and reads == "classes":
        raise ValueError("only a judge of attributes learns from blurred pictures")
    loss: Any
    if reads == "classes":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        mean, spread = np.float32(0), np.float32(1)
        targets = [np.asarray(data.labels) for data in (train, validation)]
    else:
        loss = squared_error_where_known
        values = attribute_table(train)
        mean = np.nanmean(values, axis=0)
        spread = np.maximum(np.nanstd(values, axis=0), 1e-6)
        targets = [(attribute_table(d) - mean) / spread for d in (train, validation)]
    readings = network.outputs[1]
    if recipe.blur:
        # Pictures as drawn are the only ones of which it is known how far they are blurred.
        targets = [np.pad(table, ((0, 0), (0, 1)), constant_values=np.nan) for table in targets]
        seen = keras.layers.Dense(1, name="blur")(network.outputs[0])
        readings = keras.layers.Concatenate(name="readings_and_blur")([readings, seen])
    history = run(
        keras.Model(network.input, readings),
        recipe,
        batches_of(recipe, train.images, targets[0]),
        (validation.images, targets[1]),
        loss=loss,
        unit=_UNITS[reads],
        screen=screen,
    )
    # Its readings are to be in the attributes' own units.
    kernel, bias = network.get_layer("readings").get_weights()
    network.get_layer("readings").set_weights([kernel * spread, bias * spread + mean])
    return history


def squared_error_where_known(truth: KerasTensor, readings: KerasTensor) -> KerasTensor:
    """Return the mean squared error of each image's attributes, (n,).

    Args:
        truth: (n, attributes); an attribute that is NaN counts as read exactly.
        readings: Same shape.
    """
    unknown = ops.isnan(truth)
    # Before the difference is taken: hidden after it, its gradient would be NaN.
    error = ops.where(unknown, 0.0, truth) - ops.where(unknown, 0.0, readings)
    return ops.mean(ops.square(error), axis=1)
