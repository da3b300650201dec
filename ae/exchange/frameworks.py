"""Keras models and PyTorch modules as ONNX; neither library is imported for the other."""

from __future__ import annotations

import io
import sys
import warnings
from pathlib import Path
from typing import Any

import onnx

from ae.exchange.onnx_file import Given, brief
from ae.graph.layers import Shape


def as_onnx(given: Any, shape: Shape | None, what: str) -> Given:
    """Return a network as something that ``onnx_file.read`` takes.

    Args:
        given: A Keras model, a ``torch.nn.Module``, or ONNX in any form.
        shape: Of one input, where it is known: (height, width, channels) of a picture.
        what: What it is called in messages.

    Raises:
        ValueError: If it is none of these, or cannot be exported.
    """
    if isinstance(given, str | Path | bytes | onnx.ModelProto):
        return given
    # Whoever has a model of a library has imported it already.
    torch, keras = sys.modules.get("torch"), sys.modules.get("keras")
    if keras is not None and isinstance(given, keras.Model):
        return _of_keras(keras, given, what)
    if torch is not None and isinstance(given, torch.nn.Module):
        return _of_torch(torch, given, shape, what)
    raise ValueError(
        f"{what} is a {type(given).__name__}; give a Keras model, a torch.nn.Module, or ONNX."
    )


def _of_keras(keras: Any, model: Any, what: str) -> bytes:
    from ae.graph.onnx_builder import to_onnx
    from ae.training.export import read_network

    # The third output of a usual encoder draws from what the first two say.
    choices = [model.outputs, model.outputs[:2]] if len(model.outputs) > 2 else [model.outputs]
    for outputs in choices:
        try:
            # Made anew, for a Sequential model does not count its input among its layers.
            graph, weights = read_network(keras.Model(model.inputs, outputs))
        except ValueError as problem:
            refused = problem
            continue
        names = tuple(str(name) for name in graph.outputs)
        if len(set(names)) < len(names):
            names = tuple(f"output_{k}" for k in range(len(names)))
        return to_onnx(graph, weights, names)
    raise ValueError(f"{what} cannot be read from Keras ({refused}); give it as ONNX.")


def _of_torch(torch: Any, module: Any, shape: Shape | None, what: str) -> bytes:
    if shape is None:
        shape = _first_input(torch, module)
    elif len(shape) == 3 and shape[2] in (1, 3):
        shape = (shape[2], *shape[:2])
    if shape is None:
        raise ValueError(f"It is not clear what {what} takes; export it as ONNX yourself.")
    training = module.training
    module.eval()
    try:
        example, file = torch.zeros(2, *shape), io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The older exporter, which needs no other package and names what it is given.
            torch.onnx.export(
                module,
                (example,),
                file,
                dynamo=False,
                input_names=["input"],
                dynamic_axes={"input": {0: "n"}},
                opset_version=17,
            )
    # Whatever the module's own code and the exporter raise.
    except Exception as problem:
        raise ValueError(f"{what} could not be exported as ONNX: {brief(problem)}") from problem
    finally:
        module.train(training)
    return file.getvalue()


def _first_input(torch: Any, module: Any) -> Shape | None:
    """Return the shape of a code, from the first layer of a decoder."""
    for layer in module.modules():
        if isinstance(layer, torch.nn.Linear):
            return (layer.in_features,)
        if isinstance(layer, torch.nn.ConvTranspose2d):
            return (layer.in_channels, 1, 1)
    return None
