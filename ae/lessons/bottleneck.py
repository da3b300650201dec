"""A bottleneck forces choices: what fits through few numbers, and what PCA does with them."""

import numpy as np

from ae.coding.autoencoder import Autoencoder
from ae.data import sketches
from ae.denoising.noise import Noise, with_noise
from ae.lessons.lesson import PERCENT, Answer, Choice, Lesson, Load, Quantity, Step
from ae.projection.linear import SETTLING_EPOCHS, SETTLING_RATE, train
from ae.projection.planes import compare_with_pca, pca_plane
from ae.projection.points import generate_cloud

MODEL = "fashion-conv"
KINDS = ("Trouser", "Sneaker", "Dress", "Bag")
NOISE = Noise("gaussian", 0.3)
POINTS = 60


def kept_by_pca(load: Load) -> Answer:
    """Return which part of the difference between garments PCA keeps, in percent."""
    card = load(MODEL, Autoencoder).card
    test = card.evaluation["test"]
    left, all_of_it = test["pca"]["mse"], test["mean_image"]["mse"]
    return Answer(
        100 * (1 - left / all_of_it),
        f"Always showing the average garment is wrong by {all_of_it:.4f} (squared error), PCA with "
        f"{card.latent_dim} numbers by {left:.4f}, on {test['n']:,} test images. Pixels are so "
        "much alike that few numbers say most of it. What is lost is prints, seams and buttons.",
    )


def angle_to_pca(load: Load) -> Answer:
    """Return the degrees between PCA's plane and that of a trained linear autoencoder."""
    points = generate_cloud(POINTS).points
    training = train(points, learning_rate=SETTLING_RATE, epochs=SETTLING_EPOCHS)
    found = compare_with_pca(training.final, points, pca_plane(points))
    return Answer(
        found.angle_degrees,
        f"After {SETTLING_EPOCHS:,} epochs its loss is {found.ratio:.3f} times PCA's, and the "
        f"planes are {found.angle_degrees:.1f}° apart. Nobody told it about PCA: a linear "
        "autoencoder that makes the squared error small has nowhere else to go.",
    )


def noise_let_through(load: Load) -> Answer:
    """Return which part of added noise comes out of a bottleneck, in percent."""
    model, (clean, _) = load(MODEL, Autoencoder), sketches.load()
    noisy = with_noise(clean, NOISE)
    came_out = np.square(model.reconstruct(noisy) - model.reconstruct(clean)).mean()
    share = float(came_out / np.square(noisy - clean).mean())
    return Answer(
        100 * share,
        f"{share:.0%} of its squared size, on {len(clean)} drawn garments with noise of sigma "
        f"{NOISE.level:g}. {model.latent_dim} numbers have no room for "
        f"{np.prod(model.image_shape):,} independent specks. But some of what comes out is "
        "another garment: this model never met noise.",
    )


def worst_kind(load: Load) -> Answer:
    """Return which of a few kinds of garment is rebuilt worst."""
    model = load(MODEL, Autoencoder)
    errors = errors_of_kinds(model)
    worst = max(KINDS, key=errors.__getitem__)
    listed = ", ".join(f"{kind} {errors[kind]:.4f}" for kind in KINDS)
    return Answer(
        KINDS.index(worst),
        f"Squared error on test images: {listed}. A kind that comes in many shapes and with many "
        "patterns needs more numbers than one that always looks the same.",
    )


def errors_of_kinds(model: Autoencoder) -> dict[str, float]:
    """Return the mean error of each of ``KINDS`` on test images."""
    names = model.card.class_names
    return {kind: float(model.errors[model.labels == names.index(kind)].mean()) for kind in KINDS}


LESSON = Lesson(
    "A bottleneck forces choices",
    "Few numbers for many pixels: what is kept, what is lost, and what PCA has to do with it.",
    (
        Step(
            "kept",
            "A garment has {pixels} pixels. PCA keeps {numbers} numbers of it. How much of what "
            "makes one garment different from another is still there?",
            PERCENT,
            kept_by_pca,
            MODEL,
        ),
        Step(
            "plane",
            "A linear autoencoder squeezes three numbers through two, and learns to lose as "
            "little as it can. How far is its plane from PCA's in the end?",
            Quantity(0, 90, 1, "°"),
            angle_to_pca,
        ),
        Step(
            "noise",
            "Noise is laid over a garment, and the picture is sent through {numbers} numbers. How "
            "much of the noise comes out again?",
            PERCENT,
            noise_let_through,
            MODEL,
        ),
        Step("worst", "Which kind of garment comes back worst?", Choice(KINDS), worst_kind),
    ),
)
