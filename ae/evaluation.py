"""The numbers of a model on data it was not trained on, each beside its baselines."""

from functools import partial
from typing import Any

from ae.data import Dataset
from ae.models import KINDS, companion
from ae.shelf.model import Model


def evaluate(model: Model, *datasets: Dataset) -> dict[str, Any]:
    """Measure a model on every split given, by name; exactly this goes into the card."""
    measure, found = KINDS[model.card.kind].measure, partial(companion, model)
    return {data.split: measure(model, data, found) for data in datasets}
