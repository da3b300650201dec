"""What each step of the lessons shows once it was guessed: the pages' own components."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.edits import random_directions
from ae.data import drawn_faces
from ae.denoising.denoiser import Denoiser
from ae.denoising.noise import KINDS, with_noise
from ae.detection.detector import Detector
from ae.detection.scores import threshold_at
from ae.images.drawings import decode_drawing
from ae.images.sheets import to_uint8
from ae.latent.edits import Edit
from ae.latent.traversal import by_kl
from ae.lessons import arithmetic, bottleneck, depth, practice, walking
from ae.metrics import squared_error
from ae.projection.linear import NOTEBOOK_SEED, SETTLING_EPOCHS, SETTLING_RATE
from ae.ui.anatomy import anatomy
from ae.ui.caching import drawn_garments, loaded, model, test_images
from ae.ui.denoising import curve
from ae.ui.draw import canvas_text
from ae.ui.evidence import known_images, of_many_kinds
from ae.ui.figures import unchecked
from ae.ui.live import Decoder, Move, Slider, latent_sliders, live_edit
from ae.ui.pictures import Row, picture_table
from ae.ui.projection.controls import CLOUD
from ae.ui.projection.figure import projection_figure
from ae.ui.projection.run import project
from ae.ui.sampling.code import FEW
from ae.ui.sampling.drawing import kl_by_dimension
from ae.ui.sampling.loss import show_loss
from ae.ui.tables import show_table
from ae.ui.threshold import threshold_histogram
from ae.ui.viewport import is_narrow

Images = NDArray[np.float32]
_SHOWN = 8
DRAWING = "lesson-drawing"  # the key of what is drawn as a guess


def _go_on(page: str, label: str, **settings: str) -> None:
    st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=settings)


def _table(key: str, names: Sequence[str], **rows: Images) -> None:
    picture_table(
        names,
        [Row(title.replace("_", " "), "", to_uint8(images)) for title, images in rows.items()],
        key=f"lesson-{key}",
    )


def _garments() -> tuple[Images, tuple[str, ...]]:
    """Return a garment of each kind: test images, or those drawn for this app."""
    garments = test_images() or drawn_garments()
    if garments.labels is None:
        return garments.images[:_SHOWN], garments.class_names[:_SHOWN]
    _, first = np.unique(garments.labels, return_index=True)
    return garments.images[first[:_SHOWN]], garments.class_names[:_SHOWN]


# A bottleneck forces choices -------------------------------------------------------------


def _kept() -> None:
    autoencoder, (images, names) = model(bottleneck.MODEL), _garments()
    _table("kept", names, Original=images, PCA=autoencoder.baseline.reconstruct(images))
    _go_on("pages/explore/reconstruct.py", "More pictures on Reconstruct")


def _plane() -> None:
    points, w1, w2, noise, seed = (
        CLOUD[f"cloud_{name}"] for name in ("points", "w1", "w2", "noise", "seed")
    )
    run = project(points, w1, w2, noise, seed, SETTLING_RATE, SETTLING_EPOCHS, NOTEBOOK_SEED)
    st.plotly_chart(
        unchecked(projection_figure(run, narrow=is_narrow("lesson-viewport"))),
        key="lesson-plane",
        config={"displayModeBar": False, "scrollZoom": False},
        alt="A cloud of points, the plane that a linear autoencoder found, and PCA's",
    )
    _go_on("pages/learn/projection.py", "Train it yourself on Projection")


def _noise() -> None:
    autoencoder, (images, names) = model(bottleneck.MODEL), _garments()
    noisy = with_noise(images, bottleneck.NOISE)
    rebuilt = autoencoder.reconstruct(noisy)
    _table("noise", names, Original=images, With_noise=noisy, Rebuilt=rebuilt)
    _go_on("pages/apply/denoise.py", "A network that learned to remove noise")


def _worst() -> None:
    images, names = _garments()
    at = names.index("Bag") if "Bag" in names else len(names) - 1
    anatomy(model(bottleneck.MODEL), images[at], names[at], key="lesson-worst")
    st.caption("Drag a bar of *z* to see what one of its numbers does.")


# Deeper is sharper -----------------------------------------------------------------------


def _three_ways(name: str) -> None:
    images, names = _garments()
    stacked, convolutional = depth.both(loaded)
    _table(
        name,
        names,
        Original=images,
        PCA=convolutional.baseline.reconstruct(images),
        Stacked=stacked.reconstruct(images),
        Convolutional=convolutional.reconstruct(images),
    )
    _go_on("pages/explore/reconstruct.py", "Zoom in on Reconstruct")


def _where_stacked_wins() -> None:
    stacked, convolutional = depth.both(loaded)
    rows = np.argsort(stacked.errors - convolutional.errors, kind="stable")[:_SHOWN]
    pictures, _ = known_images(convolutional, rows)
    st.caption("Where the stacked one is better, or nearly so:")
    _table(
        "often",
        [f"Image {row}" for row in rows],
        Original=pictures,
        Stacked=stacked.decode(stacked.codes[rows]),
        Convolutional=convolutional.decode(convolutional.codes[rows]),
    )


# A space one can walk in -----------------------------------------------------------------


def _draws(key: str, name: str, draw: Callable[[Autoencoder, int], Images]) -> None:
    autoencoder = model(name)
    codes = draw(autoencoder, _SHOWN)
    chances = autoencoder.support(codes)
    row = Row("Drawn", "", to_uint8(autoencoder.decode(codes)), [f"p {p:.2f}" for p in chances])
    picture_table([f"Draw {at}" for at in range(1, _SHOWN + 1)], [row], key=f"lesson-{key}")
    st.caption("p: the share of held-out codes that lie as far from the data. Below 0.05 is far.")
    _go_on("pages/explore/sample.py", "Draw more on Sample")


def _walk() -> None:
    autoencoder = model(walking.VARIATIONAL)
    start, end = autoencoder.codes[of_many_kinds(autoencoder, 2)]
    shares = np.linspace(0, 1, _SHOWN)[:, None]
    codes = np.float32((1 - shares) * start + shares * end)
    _table("middle", [f"{share:.0%}" for share in shares[:, 0]], Walk=autoencoder.decode(codes))
    _go_on("pages/explore/arithmetic.py", "Other walks on Arithmetic", mode="Path")


def _sliders() -> None:
    autoencoder = model(walking.VARIATIONAL)
    kl = kl_by_dimension(autoencoder)
    live, dead = by_kl(kl)
    axes = [*live[: FEW // 2], *dead[:2]]
    latent_sliders(
        Decoder.of(autoencoder),
        [Slider(axis, f"z{axis}", note=f"{kl[axis]:.2f} nats") for axis in axes],
        np.zeros(autoencoder.latent_dim),
        key="lesson-used",
        alt="The picture decoded from the code that the sliders set",
        picture_side=256,
    )
    st.caption("The last ones carry next to nothing. Drag them, too.")


def _loss() -> None:
    autoencoder, (images, names) = model(walking.VARIATIONAL), _garments()
    at = picture_table(names, [Row("Choose one", "", to_uint8(images))], key="lesson-beta")
    z_mean, z_log_var = autoencoder.posterior(images[at][None])
    show_loss(autoencoder, images[at], z_mean[0], z_log_var[0])


def _zero() -> None:
    autoencoder = model(walking.VARIATIONAL)
    middle = autoencoder.decode(np.zeros((1, autoencoder.latent_dim), np.float32))
    drawing = decode_drawing(canvas_text(DRAWING))
    if drawing is None:
        _table("zero", ["The code of zeros"], Decoded=middle)
        return
    yours, names = drawing.reshape(middle.shape), ["Yours", "Decoded"]
    both = to_uint8(np.concatenate([yours, middle]))
    picture_table(names, [Row("", "", both, names)], key="lesson-zero")
    mine, empty = (float(squared_error(middle, each)[0]) for each in (yours, 0 * middle))
    st.caption(f"Squared error of your drawing: {mine:.3f}. Of a black page: {empty:.3f}.")


# Arithmetic ------------------------------------------------------------------------------


def _edit(key: str, moves: Callable[[Autoencoder], list[Move]], *, compare: bool) -> None:
    faces = model(arithmetic.MODEL)
    live_edit(
        Decoder.of(faces),
        faces.codes[int(faces.attributes[arithmetic.ASKED].argmin())],
        moves(faces),
        key=f"lesson-{key}",
        alt="A drawn face with attributes added",
        compare=compare,
        in_numbers=not compare,
    )
    _go_on("pages/explore/arithmetic.py", "More faces and attributes on Arithmetic")


def _smile(faces: Autoencoder) -> list[Move]:
    return [Move.along(faces.direction(arithmetic.ASKED))]


def _smile_and_random(faces: Autoencoder) -> list[Move]:
    edit = faces.direction(arithmetic.ASKED).edit
    length = float(np.linalg.norm(edit.at(1)))
    vector = length * np.float64(random_directions(faces.latent_dim, 1)[0])
    return [*_smile(faces), Move("at random", Edit.along(vector, edit.lowest, edit.highest))]


def _fair_and_biased(faces: Autoencoder) -> list[Move]:
    found = arithmetic.directions_of(faces, arithmetic.LEARNED)
    names = {drawn_faces.NAME: "without the bias", drawn_faces.BIASED_NAME: "from biased faces"}
    return [
        Move(f"{arithmetic.LEARNED}, {names.get(of, of)}", direction.edit)
        for of, direction in found.items()
    ]


# Put to work -----------------------------------------------------------------------------


def _curve(kind: str, level: float) -> None:
    st.plotly_chart(
        curve(loaded(practice.DENOISER, Denoiser), kind, level),
        key=f"lesson-{kind}",
        alt="Mean PSNR of every method by level of the noise",
    )
    _go_on("pages/apply/denoise.py", "Try it on Denoise", kind=KINDS[kind].title)


def _line(rate: float) -> None:
    detector = loaded(practice.DETECTOR, Detector)
    normal = [practice.NORMAL]
    scores = detector.test_scores(normal)
    is_other = detector.labels != detector.label_of(practice.NORMAL)
    usual = threshold_at(detector.held_out_scores(normal), rate)
    threshold_histogram(scores[~is_other], scores[is_other], usual=usual, key=f"lesson-{rate}")
    _go_on("pages/apply/anomalies.py", "See who slips through on Anomalies", gallery="Missed")


def _who() -> None:
    passed = practice.slipping_through(loaded(practice.DETECTOR, Detector), practice.USUAL)
    worst = sorted(passed, key=lambda name: -passed[name])
    show_table({"Garment": worst, "Slips through": [f"{passed[name]:.1%}" for name in worst]})
    _go_on("pages/apply/anomalies.py", "Look at them on Anomalies", gallery="Missed")


# By the name of a step.
SHOWN: dict[str, Callable[[], None]] = {
    "kept": _kept,
    "plane": _plane,
    "noise": _noise,
    "worst": _worst,
    "deep": partial(_three_ways, "deep"),
    "weights": partial(_three_ways, "weights"),
    "often": _where_stacked_wins,
    "helped": partial(_three_ways, "helped"),
    "prior": partial(_draws, "prior", walking.VARIATIONAL, walking.draws_from_prior),
    "plain": partial(_draws, "plain", walking.PLAIN, walking.draws_from_bell),
    "middle": _walk,
    "used": _sliders,
    "beta": _loss,
    "zero": _zero,
    "apart": partial(_edit, "apart", _smile, compare=False),
    "beside": partial(_edit, "beside", _smile, compare=True),
    "random": partial(_edit, "random", _smile_and_random, compare=False),
    "bias": partial(_edit, "bias", _fair_and_biased, compare=True),
    "grain": partial(_curve, *practice.GRAIN),
    "blur": partial(_curve, *practice.BLUR),
    "line": partial(_line, practice.USUAL),
    "who": _who,
    "strict": partial(_line, practice.STRICT),
}
