"""What data a recipe can learn from: asked before hours go into the training."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from ae import data
from ae.data import Dataset
from ae.latent.attributes import is_yes_or_no
from ae.latent.groups import has_attribute, thirds
from ae.training.recipes import Recipe

# Images that directions are learned from: 10,000 codes of 64 half-size numbers take
# 1.3 MB, and more hardly change a direction.
KNOWN = 10_000
# Components of the mixture that is fitted to a VAE's training codes.
COMPONENTS = 10
# A map is measured by neighbours in five folds of the test images.
LEAST_TESTED = 10
# The only class of images that nobody labelled.
UNLABELLED = "Image"

Splits = dict[str, Dataset]
Values = NDArray[np.floating]


def suited(recipe: Recipe, splits: Splits, screen: TextIO) -> tuple[Recipe, Splits, Splits]:
    """Make sure that an autoencoder can be trained, measured and written.

    Images without labels get one class. Attributes without two groups to tell apart,
    in what directions are learned from or measured on, are left out and named.

    Args:
        recipe: What to train.
        splits: Its data, by split.
        screen: Where it is said what was left out.

    Returns:
        The recipe for the attributes that are left, the splits, and by data set the
        images to learn directions from; none if no attributes are left.

    Raises:
        ValueError: If there are too few images, or the recipe names attributes or
            data that do not fit. The sentence says which.
        OSError: If data to learn directions from cannot be read.
    """
    _check_numbers(recipe, splits)
    splits = {split: labelled(images) for split, images in splits.items()}
    known = {
        name: splits["train"] if name == recipe.dataset else data.load(name, "train")
        for name in recipe.directions_from
    }
    if not (known or recipe.hint):
        return recipe, splits, {}
    names = tuple(splits["test"].attributes)
    _check_names(recipe, names, known)
    tables = [splits["train"], splits["test"], *known.values()]
    left = with_meaning(names, tables, has_groups, "no two groups to tell apart", screen)
    splits = {split: only(images, left) for split, images in splits.items()}
    if not left:
        return replace(recipe, spares_upper_half=()), splits, {}
    spared = tuple(name for name in recipe.spares_upper_half if name in left)
    known = {name: only(images, left) for name, images in known.items()}
    return replace(recipe, spares_upper_half=spared), splits, known


def labelled(images: Dataset) -> Dataset:
    """Return images with labels: their own, or one class for all."""
    if images.labels is not None and images.class_names:
        return images
    labels = np.zeros(len(images), np.uint8)
    return replace(images, labels=labels, class_names=(UNLABELLED,))


def with_meaning(
    names: Iterable[str],
    tables: Iterable[Dataset],
    means_something: Callable[[Values], bool],
    lack: str,
    screen: TextIO,
) -> tuple[str, ...]:
    """Return the attributes that can be learned, and name the others in a sentence.

    Args:
        names: Of attributes.
        tables: Images of which all of them must allow it.
        means_something: Whether values of an attribute, (n,), NaN where unknown, do.
        lack: What the others lack.
        screen: Where they are named.
    """
    names, tables = tuple(names), tuple(tables)
    left = tuple(
        name
        for name in names
        if all(means_something(table.attributes[name][:KNOWN]) for table in tables)
    )
    out = [name for name in names if name not in left]
    if out:
        print(f"Left out, for {lack}: {', '.join(out)}.", file=screen, flush=True)
    return left


def only(images: Dataset, names: tuple[str, ...]) -> Dataset:
    """Return images with some of their attributes, in that order."""
    return replace(images, attributes={name: images.attributes[name] for name in names})


def has_groups(values: Values) -> bool:
    """Whether an attribute parts images into two groups, which three show at least.

    Args:
        values: (n,), NaN where unknown.
    """
    values = values[~np.isnan(values)]
    if len(values) < 3:
        return False
    try:
        has_attribute(values if is_yes_or_no(values) else thirds(values)[1])
    except ValueError:
        return False
    return True


def varies(values: Values) -> bool:
    """Whether an attribute, (n,), NaN where unknown, has more than one value."""
    return len(np.unique(values[~np.isnan(values)])) > 1


def _check_numbers(recipe: Recipe, splits: Mapping[str, Dataset]) -> None:
    needed = {"train": recipe.latent_dim, "validation": 1, "test": 1}
    if recipe.beta is not None:
        needed["train"] = max(recipe.latent_dim, COMPONENTS)
        needed["test"] = LEAST_TESTED
        if recipe.latent_dim < 2:
            raise ValueError(f"{recipe.name} needs a latent_dim of at least 2, to draw maps")
    for split, least in needed.items():
        found = len(splits[split])
        if found < least:
            raise ValueError(
                f"{recipe.dataset} has {found} images in the {split} split, and "
                f"{recipe.name} needs {least}; add more images"
            )


def _check_names(recipe: Recipe, names: tuple[str, ...], known: Mapping[str, Dataset]) -> None:
    for source, images in known.items():
        missing = [name for name in names if name not in images.attributes]
        if missing:
            raise ValueError(f"{source} lacks attributes of {recipe.dataset}: {', '.join(missing)}")
    unknown = [name for name in recipe.spares_upper_half if name not in names]
    if unknown:
        raise ValueError(
            f"spares_upper_half of {recipe.name} names what {recipe.dataset} has not: "
            f"{', '.join(unknown)}"
        )
