"""From somebody else's networks to a model folder: found out, translated, checked, measured."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from ae import data, models
from ae.coding.autoencoder import Autoencoder
from ae.coding.decoder import Decoder
from ae.data import Dataset
from ae.exchange.folder import check_free
from ae.exchange.found import (
    LAYOUTS,
    RANGES,
    Picture,
    Posterior,
    Raw,
    Runner,
    check_code,
    code_order,
    makers,
    picture_of,
    posterior_of,
    range_of,
)
from ae.exchange.frameworks import as_onnx
from ae.exchange.layering import Untranslatable
from ae.exchange.onnx_file import read, sizes, source_of, wrapped
from ae.exchange.pictures import Labels, Pictures, Table, splits_of
from ae.exchange.translate import End, translate
from ae.graph import from_safetensors, to_safetensors
from ae.graph.layers import Shape
from ae.graph.onnx_builder import to_onnx
from ae.graph.run import run
from ae.images.sheets import to_uint8
from ae.metrics import largest_difference
from ae.shelf.card import ModelCard, check_named
from ae.shelf.network import Network
from ae.shelf.places import home
from ae.training.contents import fit_support, linear_baseline, with_contents
from ae.training.folder import Pairs, new_card, npz, store
from ae.training.recipes import Recipe
from ae.training.suitability import suited

Floats = NDArray[np.float32]
Say = Callable[[str], None]

# Largest difference to the network as it came, of a pixel or of a code's number as a
# share of the largest, and on how many codes and images they are compared.
TOLERANCE, _COMPARED = 1e-4, 8
_IMPORTED = "imported"
# What a decoder's last operator says of its range.
_ENDS = {"Sigmoid": "0,1", "Tanh": "-1,1"}
# Share of a decoder's values as far from the middle as black from white that is no overshooting.
_OUTSIDE = 0.1
_TRIED = 64  # images that tell one range from another
# Test images that a folder keeps, in numbers: 2,700 pictures of 64 x 64 in colour.
_MOST_KEPT = 1 << 25
_CLIP_FREE = 1e-6


def _print(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def save(
    name: str,
    *,
    decoder: Any,
    encoder: Any = None,
    images: Pictures | None = None,
    labels: Labels | None = None,
    attributes: Table | None = None,
    shelf: Path | str | None = None,
    title: str | None = None,
    layout: str | None = None,
    value_range: str | None = None,
    mean: str | None = None,
    log_var: str | None = None,
    replace: bool = False,
    say: Say = _print,
) -> Path:
    """Write a model folder of networks made elsewhere, all or nothing.

    Args:
        name: The model's: lower-case letters, digits and hyphens.
        decoder: Codes to images: a Keras model, a ``torch.nn.Module``, or ONNX as the path
            of a file, its content, or a ``ModelProto``.
        encoder: Images to codes, the same; without it or without images the folder has a
            decoder alone.
        images: Of the kind that the networks know: (n, height, width, channels) or in
            another usual order, of whole numbers or not; a file of such an array, a folder
            of pictures or of a sub-folder for each class, or the name of a data set of this
            app. A split keeps a tenth out of all that is fitted; better still, give images
            that the networks never saw.
        labels: (n,) numbers or names, or a file of them, one a line.
        attributes: Columns of n numbers by name, or a table as ``ae.data.folder`` reads.
        shelf: The folder that the model's folder is put in; the user's own shelf unless
            given.
        title: What pages call it.
        layout: One of ``LAYOUTS``: the order of the networks' pictures.
        value_range: One of ``RANGES``: what they have for black and for white.
        mean: The encoder's output, or inner value, that holds the code.
        log_var: The one that holds its log-variance.
        replace: Whether a model of the same name gives way.
        say: Told what was found out, a sentence at a time.

    Returns:
        The model folder.

    Raises:
        ValueError: One sentence that says what does not fit and what to do.
        OSError: If something cannot be read or written.
    """
    wanted = title or name.replace("-", " ").capitalize()
    check_named(name, wanted)
    title = models.free_title(wanted, of=name)
    if title != wanted:
        say(f"It is called {title!r}, for another model is called {wanted!r}.")
    target = Path(shelf) if shelf is not None else home() / "models"
    if not replace:
        check_free(
            name,
            target,
            "Give another name, or --replace (in Python, replace=True) to have this one in its "
            "place.",
        )
    for value, known in ((layout, LAYOUTS), (value_range, RANGES)):
        if value is not None and value not in known:
            raise ValueError(f"Use one of {' or '.join(known)}, not {value!r}.")
    networks = _read_networks(encoder, decoder, layout, value_range, images, say)
    target.mkdir(parents=True, exist_ok=True)
    if networks.encoder is None or images is None:
        say(_alone(networks.encoder is not None, images is not None))
        return _save_decoder(name, title, networks, target, say)
    splits = splits_of(name, images, labels, attributes, networks.picture.shape)
    return _save_autoencoder(name, title, networks, splits, target, mean, log_var, say)


def _alone(has_encoder: bool, has_images: bool) -> str:
    if has_encoder:
        return (
            "Without images the encoder has nothing to encode, so the decoder is kept alone; "
            "give images for a map, errors and comparisons."
        )
    said = " and the images" if has_images else ""
    return f"Without an encoder{said} there are no codes to show: the decoder opens on Sample."


# Finding out -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Networks:
    """What came, and how it has its pictures and codes.

    Attributes:
        decoder: Codes to images.
        encoder: Images to codes, if there is one.
        picture: As the decoder gives it.
        seen: As the encoder takes it.
        code: In which order a code's numbers are counted, (latent_dim,).
        value_range: One of ``RANGES``.
        is_sure: Whether that was said, or follows from how the decoder ends.
    """

    decoder: Raw
    encoder: Raw | None
    picture: Picture
    seen: Picture | None
    code: NDArray[np.integer]
    value_range: str
    is_sure: bool


def _read_networks(
    encoder: Any,
    decoder: Any,
    layout: str | None,
    value_range: str | None,
    images: Pictures | None,
    say: Say,
) -> _Networks:
    known = images.shape[1:] if isinstance(images, np.ndarray) and images.ndim == 4 else None
    raw_encoder, seen, code_shape = None, None, None
    if encoder is not None:
        model = read(as_onnx(encoder, known, "the encoder"), "The encoder")
        takes = sizes(source_of(model, "The encoder"))[1:]
        filled = _filled(takes, known, layout)
        seen = picture_of(filled, layout, known, "The encoder")
        raw_encoder = Raw(model, "The encoder", filled)
        code_shape = _shapes(raw_encoder)[raw_encoder.results[0]]
    model = read(as_onnx(decoder, code_shape, "the decoder"), "The decoder")
    takes = sizes(source_of(model, "The decoder"))[1:]
    if None in takes and code_shape is not None:
        takes = list(code_shape)
    if None in takes:
        raise ValueError(
            "The decoder leaves open how many numbers a code has; export it with a fixed "
            "shape of the code, or give its encoder too."
        )
    shape = tuple(int(size or 0) for size in takes)
    check_code(shape, "The decoder")
    raw = Raw(model, "The decoder", shape)
    run_decoder, codes = raw.runner(raw.results[:1]), _random(shape, 32)
    pixels = run_decoder(codes)[0]
    known = seen.shape if seen is not None else known
    picture = picture_of(pixels.shape[1:], layout, known, "The decoder")
    if seen is not None and seen.shape != picture.shape:
        raise ValueError(
            f"The encoder takes pictures of {seen.shape} and the decoder gives {picture.shape}; "
            "they must be the same height, width and channels."
        )
    high, wide, channels = picture.shape
    say(
        f"Pictures: {high} x {wide}, {'grey' if channels == 1 else 'colour'}, channels "
        f"{'first' if picture.layout == 'nchw' else 'last'}; codes: {math.prod(shape)} numbers."
    )
    sure = value_range or _ENDS.get(_last_operator(model, raw.results[0]))
    found = sure or range_of(pixels)
    say(f"Black and white are {found.replace(',', ' and ')}{'' if value_range else ' (found)'}.")
    order = code_order(shape, picture.layout)
    return _Networks(raw, raw_encoder, picture, seen, order, found, sure is not None)


def _random(shape: Shape, n: int) -> Floats:
    return np.random.default_rng(0).standard_normal((n, *shape)).astype(np.float32)


def _filled(takes: Sequence[int | None], known: Shape | None, layout: str | None) -> Shape:
    """Return an encoder's input shape; what it leaves open is known from the images."""
    if None not in takes:
        return tuple(int(size or 0) for size in takes)
    if known is None or len(takes) != 3:
        raise ValueError(
            "The encoder leaves open how large its pictures are; export it with fixed sizes."
        )
    first = (known[2], *known[:2])
    fits = [
        shape
        for shape, name in ((first, "nchw"), (known, "nhwc"))
        if layout in (None, name)
        and all(size in (None, s) for size, s in zip(takes, shape, strict=True))
    ]
    if not fits:
        raise ValueError(f"The encoder does not take pictures of shape {known}.")
    return fits[0]


def _shapes(raw: Raw) -> dict[str, Shape]:
    """Return the shapes of a network's outputs, by running it."""
    inputs = np.zeros((1, *raw.takes), np.float32)
    values = raw.runner(raw.results)(inputs)
    return {name: value.shape[1:] for name, value in zip(raw.results, values, strict=True)}


# Networks of the folder ----------------------------------------------------------------


@dataclass(frozen=True)
class _Made:
    """A network as it goes into the folder.

    Attributes:
        onnx: Its file.
        layers: Its layer graph and weights as a file, or None where it was not translated.
        macs: Multiply-adds; 0 where they were not counted.
        runner: The network as it came.
        source: Its input.
        results: What of it is taken.
    """

    onnx: bytes
    layers: bytes | None
    macs: int
    runner: Runner
    source: End
    results: tuple[End, ...]

    def expected(self, values: Floats) -> list[Floats]:
        """Return what the network as it came gives, in this app's order and range."""
        flat = values.reshape(len(values), -1)[:, np.argsort(self.source.order.ravel())]
        given = flat * np.float32(self.source.scale) + np.float32(self.source.shift)
        found = self.runner(given.reshape(-1, *self.source.shape[1:]))
        ours = []
        for end, value in zip(self.results, found, strict=True):
            value = value.reshape(len(value), -1)[:, end.order.ravel()]
            value = value * np.float32(end.scale) + np.float32(end.shift)
            value = np.clip(value, 0, 1) if end.clip else value
            ours.append(value.reshape(-1, *end.order.shape))
        return ours


def _made(
    raw: Raw, source: End, results: tuple[End, ...], names: tuple[str, ...], say: Say
) -> _Made:
    runner = raw.runner([end.name for end in results])
    made = _Made(b"", None, 0, runner, source, results)
    probe = _random(source.order.shape, _COMPARED)
    if source.scale != 1 or len(source.order.shape) == 3:
        probe = np.random.default_rng(0).random(probe.shape, np.float32)
    expected = made.expected(probe)
    try:
        graph, weights = translate(raw.model.graph, source, results)
        layers = to_safetensors(graph, weights)
        graph, weights = from_safetensors(layers)
        worst = max(map(largest_difference, run(graph, weights, probe), expected))
        if not worst <= TOLERANCE:
            raise Untranslatable(f"its layers differ from it by {worst:.1e}")
        return replace(made, onnx=to_onnx(graph, weights, names), layers=layers, macs=graph.macs())
    except ValueError as problem:
        say(f"{raw.what} is run as it is: {problem}.")
    try:
        whole = wrapped(raw.model, source, results, names)
        network = Network(whole, "it", source.order.shape, [e.order.shape for e in results])
        worst = max(map(largest_difference, network.run(probe, "values"), expected))
    except ValueError as problem:
        raise ValueError(
            f"{raw.what} cannot be run for many inputs at once ({problem}); export it with an "
            "open batch size and plain operators."
        ) from problem
    if not worst <= TOLERANCE:
        raise ValueError(f"{raw.what} gives other results for many inputs at once.")
    return replace(made, onnx=whole)


def _make_decoder(networks: _Networks, say: Say) -> _Made:
    raw, limits = networks.decoder, RANGES[networks.value_range]
    source = End(raw.source, (1, *raw.takes), networks.code)
    (name,) = raw.results[:1]
    # What ends in a sigmoid or a hyperbolic tangent never leaves its range.
    pixels = raw.runner([name])(6 * _random(raw.takes, 32))[0]
    inside = limits[0] - _CLIP_FREE <= pixels.min() and pixels.max() <= limits[1] + _CLIP_FREE
    bounded = inside and _last_operator(raw.model, name) in ("Sigmoid", "Tanh", "Clip")
    end = networks.picture.end(name, limits, given=False, clip=not bounded)
    return _made(raw, source, (end,), ("image",), say)


def _last_operator(model: onnx.ModelProto, name: str) -> str:
    maker = makers(model.graph)
    node = maker.get(name)
    while node is not None and node.op_type in ("Reshape", "Transpose", "Identity", "Flatten"):
        node = maker.get(node.input[0])
    return "" if node is None else node.op_type


def _of_best_range(
    networks: _Networks, posterior: Posterior, images: Floats, say: Say
) -> _Networks:
    """Return the networks with the range in which they rebuild images best."""
    if networks.is_sure:
        return networks
    raw = networks.decoder
    source = End(raw.source, (1, *raw.takes), networks.code)
    as_it_is = networks.picture.end(raw.results[0], (0.0, 1.0), given=False, clip=False)
    decoder = _Made(b"", None, 0, raw.runner(raw.results[:1]), source, (as_it_is,))
    given: dict[str, Floats] = {}  # by the range in which the encoder got the images
    errors: dict[str, float] = {}
    for name, (low, high) in RANGES.items():
        tried = replace(networks, value_range=name)
        codes = _encoder_as_it_is(tried, replace(posterior, log_var=None)).expected(images)[0]
        given[name] = decoder.expected(codes)[0]
        rebuilt = np.clip((given[name] - low) / (high - low), 0, 1)
        errors[name] = float(np.square(rebuilt - images).mean())
    best = min(errors, key=errors.__getitem__)
    _refuse_logits(given[best], *RANGES[best])
    if best != networks.value_range:
        say(f"Images are rebuilt best with black and white as {best.replace(',', ' and ')}.")
    return replace(networks, value_range=best)


def _refuse_spreads(networks: _Networks, posterior: Posterior, images: Floats) -> None:
    """Refuse as a log-variance what is above 0 for all images: a posterior wider than its prior."""
    if posterior.log_var and _encoder_as_it_is(networks, posterior).expected(images)[1].min() > 0:
        raise ValueError(
            f"The encoder's {posterior.log_var!r} is above 0 for every image, as variances and "
            "standard deviations are, and no log-variance. Let the encoder give its logarithm, or "
            "name the value that holds it (--mean and --log-var)."
        )


def _refuse_logits(values: Floats, low: float, high: float) -> None:
    """Refuse what a decoder gave where much of it lies far outside the range of pixels."""
    if np.mean(np.abs(values - (low + high) / 2) > high - low) > _OUTSIDE:
        raise ValueError(
            f"The decoder gives values from {values.min():.1f} to {values.max():.1f}, which are no "
            "pixels but may be their logits: let it end in the sigmoid that its loss applied. If "
            "they are pixels, say of which range (--range)."
        )


def _make_encoder(networks: _Networks, posterior: Posterior, say: Say) -> _Made:
    assert networks.encoder is not None
    given = _encoder_as_it_is(networks, posterior)
    names = ("z_mean", "z_log_var")[: len(given.results)]
    return _made(networks.encoder, given.source, given.results, names, say)


def _encoder_as_it_is(networks: _Networks, posterior: Posterior) -> _Made:
    raw, picture = networks.encoder, networks.seen
    assert raw is not None
    assert picture is not None
    limits = RANGES[networks.value_range]
    source = picture.end(raw.source, limits, given=True, clip=False)
    names = [posterior.mean] + ([posterior.log_var] if posterior.log_var else [])
    zeros = np.zeros((1, *raw.takes), np.float32)
    shapes = [(1, *value.shape[1:]) for value in raw.runner(names)(zeros)]
    for name, shape in zip(names, shapes, strict=True):
        if math.prod(shape) != len(networks.code):
            raise ValueError(
                f"The encoder's {name!r} has {math.prod(shape)} numbers, and the decoder takes "
                f"{len(networks.code)}."
            )
    # A code may come flat from the encoder and go into the decoder as a grid.
    orders = [
        code_order(shape[1:], networks.picture.layout) if len(shape) > 2 else networks.code
        for shape in shapes
    ]
    ends = [
        End(name, shape, order, times)
        for name, shape, order, times in zip(
            names, shapes, orders, (1.0, posterior.times), strict=False
        )
    ]
    return _Made(b"", None, 0, raw.runner(names), source, tuple(ends))


# Writing -------------------------------------------------------------------------------


def _recipe(name: str, title: str, dataset: str, latent_dim: int, **more: Any) -> Recipe:
    return Recipe(
        name=name,
        title=title,
        summary="Made elsewhere and imported.",
        dataset=dataset,
        network=_IMPORTED,
        latent_dim=latent_dim,
        loss="binary_cross_entropy",
        learning_rate=0.0,
        batch_size=0,
        epochs=0,
        **more,
    )


def _parameters(*protos: onnx.ModelProto) -> int:
    return sum(math.prod(w.dims) for proto in protos for w in proto.graph.initializer)


def _files(decoder: _Made, encoder: _Made | None = None) -> dict[str, bytes]:
    files = {"decoder.onnx": decoder.onnx}
    if decoder.layers is not None:
        files["decoder.safetensors"] = decoder.layers
    return files if encoder is None else {"encoder.onnx": encoder.onnx, **files}


def _save_decoder(name: str, title: str, networks: _Networks, shelf: Path, say: Say) -> Path:
    decoder = _make_decoder(networks, say)
    recipe = _recipe(name, title, _IMPORTED, len(networks.code), kind="decoder")
    card = ModelCard(
        name=name,
        title=title,
        summary=recipe.summary,
        kind="decoder",
        dataset=recipe.dataset,
        class_names=(),
        image_shape=networks.picture.shape,
        latent_dim=recipe.latent_dim,
        parameters=max(_parameters(networks.decoder.model), 1),
        encoder_macs=0,
        decoder_macs=decoder.macs,
        recipe={"network": _IMPORTED},
        history={},
    )

    def pairs(model: Decoder, images: Floats) -> Pairs:
        codes = _random((model.latent_dim,), _COMPARED)
        return [(model.decode(codes), decoder.expected(codes)[0])]

    return store(card, _files(decoder), shelf, (), pairs=pairs, maker="ONNX Runtime")


@dataclass(frozen=True)
class _Coder:
    """The networks of the folder, for what is measured and fitted."""

    encoder: Network
    decoder: Network

    def encode(self, images: Floats) -> tuple[Floats, ...]:
        return tuple(self.encoder.run(images, "images"))

    def decode(self, codes: Floats) -> Floats:
        return self.decoder.run(codes, "codes")[0]


def _save_autoencoder(
    name: str,
    title: str,
    networks: _Networks,
    splits: dict[str, Dataset],
    shelf: Path,
    mean: str | None,
    log_var: str | None,
    say: Say,
) -> Path:
    assert networks.encoder is not None
    latent_dim = len(networks.code)
    posterior = Posterior(mean or "", log_var, 1.0, "")
    if mean is None:
        posterior = posterior_of(networks.encoder, latent_dim, _shapes(networks.encoder))
        say(posterior.words)
        if log_var is not None:
            posterior = replace(posterior, log_var=log_var, times=1.0)
    validation = splits["validation"].images[:_TRIED]
    if len(validation):
        networks = _of_best_range(networks, posterior, validation, say)
        _refuse_spreads(networks, posterior, validation)
    encoder = _make_encoder(networks, posterior, say)
    decoder = _make_decoder(networks, say)
    is_vae = posterior.log_var is not None
    train = splits["train"]
    recipe = _recipe(
        name,
        title,
        train.name,
        latent_dim,
        kind="vae" if is_vae else "autoencoder",
        beta=1.0 if is_vae else None,
        directions_from=(train.name,) if train.attributes else (),
    )
    recipe, splits, known = suited(recipe, splits, sys.stderr)
    train, test = splits["train"], splits["test"]
    code, shape = (latent_dim,), networks.picture.shape
    coder = _Coder(
        Network(encoder.onnx, "the encoder", shape, [code] * (1 + is_vae)),
        Network(decoder.onnx, "the decoder", code, [shape]),
    )
    total = sum(map(len, splits.values()))
    say(f"Measuring on {len(test):,} of {total:,} images, which nothing is fitted to.")
    assert networks.encoder is not None
    card = new_card(
        recipe,
        test,
        {},
        parameters=max(_parameters(networks.encoder.model, networks.decoder.model), 1),
        encoder_macs=encoder.macs,
        decoder_macs=decoder.macs,
    )
    card, files = with_contents(
        card,
        recipe,
        coder,
        test,
        linear_baseline(train, latent_dim),
        support=fit_support(coder, train, splits["validation"]),
        known=known,
    )

    def pairs(model: Autoencoder, images: Floats) -> Pairs:
        expected = encoder.expected(images)
        yield from zip(coder.encode(images), expected, strict=True)
        yield model.decode(expected[0]), decoder.expected(expected[0])[0]

    held_out = (test, splits["validation"])
    files |= _files(decoder, encoder)
    if test.name not in data.NAMES and test.images.size <= _MOST_KEPT:
        files["images.npz"] = npz(compress=True, images=to_uint8(test.images))
    folder = store(
        card, files, shelf, held_out, pairs=pairs, maker="ONNX Runtime", tolerance=TOLERANCE
    )
    measured = models.read_card(folder).evaluation["test"]
    if measured["model"]["mse"] > measured["mean_image"]["mse"]:
        say(
            "It rebuilds images worse than their mean picture does. Does it take and give black "
            f"and white as {networks.value_range.replace(',', ' and ')}, encoder and decoder alike?"
        )
    return folder
