"""The command line: data, train, sweep, evaluate, doctor, open, import, shelf and more."""

import argparse
import json
import os
import socket
import subprocess
import sys
import textwrap
import time
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from ae import data, models
from ae.coding.diagnosis import diagnose
from ae.data.gathering import files_in_folder, files_in_zip, prepare
from ae.exchange.folder import add, check_free
from ae.shelf.card import CARD, ModelCard, check_named, write_card
from ae.shelf.places import home
from ae.training.jobs import WAITS, can_train
from ae.training.recipes import DESIGNS, RECIPES, Choices, Wanted, check_choices, recipe

_STOPPED = 130  # what a shell reports after Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the process's exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return _STOPPED
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m ae", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    get = commands.add_parser("data", help="download and verify a data set")
    known = f"one of: {', '.join(data.NAMES)}; or {data.FOLDER}PATH, your own images"
    get.add_argument("name", nargs="?", default="fashion-mnist", help=known)
    get.add_argument("--test-only", action="store_true", help="the test split alone")
    get.set_defaults(run=_data)

    listed = commands.add_parser("recipes", help="list what can be trained")
    listed.set_defaults(run=_recipes)

    shelf = commands.add_parser("models", help="list the trained models")
    shelf.set_defaults(run=_models)

    make = commands.add_parser("train", help="train a recipe; Ctrl-C keeps the best")
    make.add_argument(
        "recipe_name", nargs="?", metavar="NAME", help=f"one of: {', '.join(RECIPES)}"
    )
    instead = f"instead of NAME: a folder or a zip of pictures, or one of {', '.join(data.NAMES)}"
    make.add_argument("--data", help=instead)
    make.add_argument("--recipe", dest="design", choices=DESIGNS, help="how; vae by default")
    make.add_argument("--latent", type=int, help="numbers of a code; 16 by default")
    make.add_argument("--width", type=int, help="units of the hidden layers")
    make.add_argument("--beta", type=float, help="of a vae, the weight of its KL; 1 by default")
    make.add_argument("--epochs", type=int, help="passes over the pictures")
    make.add_argument("--noise", type=float, help="of a denoising one; 0.2 by default")
    make.add_argument("--seed", type=int, help="0 by default")
    make.add_argument("--name", help="what the model is to be called")
    make.add_argument("--title", help="what pages call it")
    make.add_argument("--replace", action="store_true", help="in place of one of the same name")
    make.add_argument("--shelf", type=Path, help="where the model folder goes")
    make.set_defaults(run=_train)

    swept = commands.add_parser("sweep", help="measure error against size of code and beta")
    further = "how often each network is trained; more go on from where it is"
    swept.add_argument("--rounds", type=int, default=1, help=further)
    swept.add_argument("--folder", type=Path, help="where the numbers and pictures go")
    swept.set_defaults(run=_sweep)

    measure = commands.add_parser("evaluate", help="measure a model on held-out images")
    measure.add_argument("name")
    measure.add_argument("--json", action="store_true", help="print as JSON")
    measure.add_argument("--shelf", type=Path, help="where the model folder lies")
    kept = "measure again and write the numbers into the card"
    measure.add_argument("--write", action="store_true", help=kept)
    measure.set_defaults(run=_evaluate)

    asked = commands.add_parser(
        "doctor", help="say what may be wrong with a model; exit status 1 if a bound is broken"
    )
    asked.add_argument("name")
    asked.add_argument("--json", action="store_true", help="print as JSON")
    asked.add_argument("--shelf", type=Path, help="where the model folder lies")
    asked.set_defaults(run=_doctor)

    seen = commands.add_parser("open", help="start the app and open the browser, on a model")
    which = "a model's name, or its folder wherever it lies; the home page unless given"
    seen.add_argument("name", nargs="?", help=which)
    seen.set_defaults(run=_open)

    brought = commands.add_parser("import", help="make a model folder of networks made elsewhere")
    brought.add_argument("name", help="what the model is to be called")
    brought.add_argument("--decoder", required=True, help="an ONNX file: codes to images")
    brought.add_argument("--encoder", help="an ONNX file: images to codes")
    pictures = ".npy, .npz, a folder of pictures or of classes, or a data set's name"
    brought.add_argument("--images", help=pictures)
    brought.add_argument("--labels", help="of an array's images: a text file or .npy")
    brought.add_argument("--attributes", help="a table (.csv) by file name, or by number from 0")
    brought.add_argument("--layout", choices=("nchw", "nhwc"), help="order of the pictures")
    brought.add_argument("--range", dest="value_range", help="0,1 or 0,255 or --range=-1,1")
    brought.add_argument("--mean", help="the encoder's value that holds the code")
    brought.add_argument("--log-var", help="the one that holds its log-variance")
    brought.add_argument("--title", help="what pages call it")
    brought.add_argument("--replace", action="store_true", help="in place of one of the same name")
    brought.add_argument("--shelf", type=Path, help="where the model folder goes")
    brought.set_defaults(run=_import)

    card = commands.add_parser("postcard", help="write a model as one HTML file that moves")
    card.add_argument("name")
    start = "where its sliders start: the number of a test image, or a code as --code=1.5,-0.2,..."
    card.add_argument("--code", help=start)
    card.add_argument("--map", dest="kind", help="one of its maps, or none; the best by default")
    card.add_argument("-o", "--output", type=Path, help="the file; NAME.html by default")
    card.add_argument("--shelf", type=Path, help="where the model folder lies")
    card.set_defaults(run=_postcard)

    on_shelf = commands.add_parser("shelf", help="put a model that was downloaded on the shelf")
    add = on_shelf.add_subparsers(required=True, metavar="ACTION").add_parser("add")
    add.add_argument("file", type=Path, help="a zip, as the Home page gives it")
    add.add_argument("--replace", action="store_true", help="in place of one of the same name")
    add.add_argument("--shelf", type=Path, help="where the model folder goes")
    add.set_defaults(run=_add)
    return parser


def _show(name: str, done: int, total: int | None) -> None:
    if not sys.stderr.isatty():
        return
    of = f" of {total / 1e6:.1f}" if total else ""
    print(f"\r{name}: {done / 1e6:.1f}{of} MB ", end="", file=sys.stderr)
    if done == total:
        print(file=sys.stderr)


def _data(options: argparse.Namespace) -> None:
    if options.name in data.DRAWN:
        print(f"{options.name} is drawn when it is needed: nothing to download.")
        return
    splits = ("test",) if options.test_only else ("train", "validation", "test")
    for split in splits:
        loaded = data.load(options.name, split, download=True, progress=_show)
        print(f"{options.name} {split}: {len(loaded):,} images{_per_class(loaded)}")


def _per_class(loaded: data.Dataset) -> str:
    if loaded.labels is None:
        return ""
    counts = (
        f"{name} {(loaded.labels == label).sum():,}"
        for label, name in enumerate(loaded.class_names)
    )
    return f" ({', '.join(counts)})"


def _recipes(options: argparse.Namespace) -> None:
    for known in RECIPES.values():
        print(f"{known.name:<18} {known.summary}")


def _models(options: argparse.Namespace) -> None:
    cards, refusals = models.survey()
    for card in cards:
        test = card.evaluation.get("test", {})
        line = f"{card.name:<18} {card.kind:<11} {card.parameters:>9,} weights"
        if issubclass(models.class_of(card), models.Autoencoder):
            line += (
                f", {card.latent_dim:>2} numbers, test mse {test['model']['mse']:.5f} "
                f"(PCA {test['pca']['mse']:.5f}, n {test['n']})"
            )
        print(line)
    for refusal in refusals:
        print(refusal.reason, file=sys.stderr)


def _train(options: argparse.Namespace) -> None:
    if bool(options.recipe_name) == bool(options.data):
        raise ValueError("Say what to train: the NAME of a recipe, or --data and --name.")
    of_data = ("name", "title", *(each.name for each in fields(Choices)))
    if options.recipe_name and any(getattr(options, each) is not None for each in of_data):
        raise ValueError(
            f"{options.recipe_name} is trained as its recipe says; what else you chose goes with "
            "--data and --name. Leave one of them out."
        )
    chosen = _wanted(options) if options.data else recipe(options.recipe_name)
    _need_tensorflow()
    from ae.training.train import train, train_wanted

    shelf = options.shelf or home() / "models"
    if isinstance(chosen, Wanted):
        folder = train_wanted(chosen, shelf, progress=_show)
    else:
        folder = train(chosen, shelf, progress=_show)
    print(f"{chosen.name}: written to {folder}")
    card = models.read_card(folder)
    _print_evaluation(card, card.evaluation)


def _need_tensorflow() -> None:
    if not can_train():
        raise ValueError(WAITS)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def _wanted(options: argparse.Namespace) -> Wanted:
    """Return what was asked for by options; pictures of one's own are looked at first."""
    name = options.name or ""
    title = options.title or name.replace("-", " ").capitalize()
    check_named(name, title)
    if not options.replace:
        check_free(name, options.shelf or home() / "models", "Give another name, or --replace.")
    given = {
        each.name: value
        for each in fields(Choices)
        if (value := getattr(options, each.name)) is not None
    }
    choices = Choices(**given)
    check_choices(choices)
    return Wanted(_dataset(options.data), choices, name, title)


def _dataset(source: str) -> str:
    if source in data.NAMES:
        return source
    path = Path(source).expanduser()
    files = files_in_zip(path.read_bytes()) if path.is_file() else files_in_folder(path)
    found = prepare(files)
    kind = "in colour" if found.colour else "in grey"
    print(f"{found.n:,} pictures, taken as {found.side} by {found.side} pixels {kind}")
    for name, count in found.classes.items():
        print(f"  {name}: {count:,}")
    for reason, names in found.named.items():
        if names:
            print(f"  left out, {reason}: {found.left_out[reason]:,} ({', '.join(names)})")
    return found.dataset


def _sweep(options: argparse.Namespace) -> None:
    _need_tensorflow()
    from ae.training.sweep import run_sweep

    folder = options.folder or home() / "sweep"
    try:
        run_sweep(folder, home() / "sweep-points", rounds=options.rounds, progress=_show)
    except KeyboardInterrupt:
        print("\nStopped. Run it again, and it goes on.", file=sys.stderr)
        raise SystemExit(_STOPPED) from None
    print(f"written to {folder}")


def _evaluate(options: argparse.Namespace) -> None:
    from ae.models import evaluate

    model = _model(options)
    if model.card.recipe.get("network") == "imported":
        raise ValueError(
            f"{options.name} was imported. Its card holds what was measured then, on images that "
            "are no data set here; doctor looks at it again."
        )
    splits = (
        data.load(model.card.dataset, split, download=True, progress=_show)
        for split in model.card.evaluation
    )
    evaluation = evaluate(model, *splits)
    if options.write:
        write_card(model.folder, replace(model.card, evaluation=evaluation))
        print(f"{options.name}: written to {model.folder}", file=sys.stderr)
    if options.json:
        print(json.dumps(evaluation, indent=1))
    else:
        _print_evaluation(model.card, evaluation)


def _doctor(options: argparse.Namespace) -> int:
    model = _model(options)
    if not isinstance(model, models.Autoencoder):
        raise ValueError(f"{options.name} is no autoencoder: there are no codes to examine.")
    images = model.images
    with suppress(ValueError, OSError):  # without the images, what needs none is said
        test = data.load(model.card.dataset, "test").images[: len(model.codes)]
        images = test if images is None and test.shape[1:] == model.image_shape else images
    findings = diagnose(model, images)
    if options.json:
        print(json.dumps([asdict(found) for found in findings], indent=1))
    else:
        for found in findings:
            advice = f" Try: {found.advice}" if found.advice else ""
            print(f"{found.grade:<8}{found.what}: {found.evidence} {found.bounds}{advice}")
    return int(any(found.grade == "bad" for found in findings))


def _open(options: argparse.Namespace) -> None:
    page, environment = "", dict(os.environ)
    if options.name:
        folder = Path(options.name).resolve()
        if (folder / CARD).is_file():
            model, environment["AE_OPENED"] = models.open_folder(folder), str(folder)
        else:
            model = models.load(options.name)
        if isinstance(model, models.Decoder):
            page = f"/sample?{urlencode({'vae': model.card.title})}"
    root = Path(__file__).resolve().parent.parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    # The app's settings lie beside it.
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *server]
    app = subprocess.Popen(command, cwd=root, env=environment)
    try:
        while app.poll() is None:
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
                webbrowser.open(f"http://127.0.0.1:{port}{page}")
                app.wait()
            time.sleep(0.1)
    except KeyboardInterrupt:
        pass  # which is how one ends it
    finally:
        app.terminate()
        app.wait()
    if app.returncode > 0:
        raise OSError("The app ended by itself; what it said stands above.")


def _import(options: argparse.Namespace) -> None:
    from ae.exchange.importing import save

    given = {name: value for name, value in vars(options).items() if name not in ("run", "name")}
    folder = save(options.name, **given)
    print(f"{options.name}: written to {folder}")
    card = models.read_card(folder)
    if card.evaluation:
        _print_evaluation(card, card.evaluation)


def _postcard(options: argparse.Namespace) -> None:
    from ae.ui.postcard.making import postcard
    from ae.ui.postcard.sliders import read_start

    model = _model(options)
    if not isinstance(model, models.Autoencoder):
        raise ValueError(f"{options.name} is no autoencoder: it has no codes for a postcard.")
    code = read_start(model, options.code) if options.code else None
    kind = "" if options.kind == "none" else options.kind
    output = options.output or Path(f"{options.name}.html")
    content = postcard(model, code, kind=kind)
    part = output.with_name(f".{output.name}.part")
    part.write_bytes(content)
    os.replace(part, output)
    print(f"{options.name}: written to {output}")


def _add(options: argparse.Namespace) -> None:
    shelf = options.shelf or home() / "models"
    card = add(options.file.read_bytes(), shelf, replace=options.replace)
    print(f"{card.name}: written to {shelf / card.name}")


def _model(options: argparse.Namespace) -> models.Model:
    if options.shelf:
        return models.open_folder(options.shelf / options.name)
    return models.load(options.name)


def _print_evaluation(card: ModelCard, evaluation: dict[str, Any]) -> None:
    print(f"{card.name}: {card.parameters:,} weights")
    for split, numbers in evaluation.items():
        if issubclass(models.class_of(card), models.Autoencoder):
            _print_reconstruction(split, numbers)
        else:
            print()
            _print_numbers(split, numbers)


def _print_reconstruction(split: str, numbers: dict[str, Any]) -> None:
    floor = numbers["entropy_floor_per_pixel"]
    print(f"\n{split} (n {numbers['n']}, floor {floor:.4f} nats per pixel)")
    print(f"{'':12} {'mse':>9} {'PSNR':>8} {'nats':>8} {'/pixel':>8} {'rounded':>8}")
    tables = ("model", "pca", "mean_image")
    for who in tables:
        row = numbers[who]
        print(
            f"{who:<12} {row['mse']:9.5f} {row['psnr_db']:8.2f} {row['bce_nats']:8.2f} "
            f"{row['bce_per_pixel']:8.4f} {row['rounded_accuracy']:8.4f}"
        )
    for name, value in numbers.items():
        if isinstance(value, dict | list) and name not in tables:
            _print_numbers(name, value)


def _print_numbers(name: str, value: Any, indent: str = "") -> None:
    """Print what was measured, in five digits; ``evaluate --json`` has all of them."""
    if isinstance(value, dict):
        print(f"{indent}{name}")
        for each, inner in value.items():
            _print_numbers(each, inner, indent + "  ")
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value, 1):
            _print_numbers(f"{name} {number}", inner, indent)
    else:
        row = value if isinstance(value, list) else [value]
        words = (f"{each:.5g}" if isinstance(each, float) else str(each) for each in row)
        print(
            textwrap.fill(
                f"{name}: {' '.join(words)}",
                96,
                initial_indent=indent,
                subsequent_indent=indent + "  ",
            )
        )


if __name__ == "__main__":
    sys.exit(main())
