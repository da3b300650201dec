"""Deeper is sharper: what layers and windows gain over straight lines."""

from ae.coding.autoencoder import Autoencoder
from ae.lessons.bottleneck import KINDS, errors_of_kinds
from ae.lessons.lesson import PERCENT, Answer, Choice, Lesson, Load, Quantity, Step

STACKED, CONVOLUTIONAL = "fashion-stacked", "fashion-conv"


def both(load: Load) -> tuple[Autoencoder, Autoencoder]:
    """Return the stacked and the convolutional autoencoder."""
    return load(STACKED, Autoencoder), load(CONVOLUTIONAL, Autoencoder)


def left_of_pcas_error(load: Load) -> Answer:
    """Return which part of PCA's error a deep network leaves, in percent."""
    card = load(CONVOLUTIONAL, Autoencoder).card
    test = card.evaluation["test"]
    mine, pca = test["model"]["mse"], test["pca"]["mse"]
    return Answer(
        100 * mine / pca,
        f"{mine:.4f} against {pca:.4f} on {test['n']:,} test images, both with {card.latent_dim} "
        "numbers. PCA's reconstructions all lie on one flat sheet; layers with bends between "
        "them can follow the curved one on which garments lie.",
    )


def times_the_weights(load: Load) -> Answer:
    """Return how many times as many weights the convolutional network has."""
    stacked, convolutional = (model.card for model in both(load))
    times = convolutional.parameters / stacked.parameters
    return Answer(
        times,
        f"{convolutional.parameters:,} against {stacked.parameters:,}. A window that is moved over "
        "the picture needs few weights, but this network has many such windows, and wide layers "
        "next to its bottleneck.",
    )


def how_often_better(load: Load) -> Answer:
    """Return on which part of the test images convolutions beat dense layers, in percent."""
    stacked, convolutional = both(load)
    share = float((convolutional.errors < stacked.errors).mean())
    return Answer(
        100 * share,
        f"{share:.1%} of {len(stacked.errors):,} test images. It also keeps "
        f"{convolutional.latent_dim} numbers instead of {stacked.latent_dim}, which helps a "
        "little. A mean tells who is better; who is better how often, only a count.",
    )


def most_helped(load: Load) -> Answer:
    """Return for which kind of garment convolutions help most."""
    stacked, convolutional = (errors_of_kinds(model) for model in both(load))
    left = {kind: convolutional[kind] / stacked[kind] for kind in KINDS}
    most = min(KINDS, key=left.__getitem__)
    listed = ", ".join(f"{kind} {1 - left[kind]:.0%}" for kind in KINDS)
    return Answer(
        KINDS.index(most),
        f"Of the stacked one's squared error it saves: {listed}."
        f"{' No kind is worse off.' if max(left.values()) < 1 else ''}",
    )


LESSON = Lesson(
    "Deeper is sharper",
    "Stacked layers and convolutions against straight lines, with about as many numbers.",
    (
        Step(
            "deep",
            "PCA and a convolutional autoencoder keep {numbers} numbers each. How much of PCA's "
            "squared error does the deep one leave?",
            PERCENT,
            left_of_pcas_error,
            CONVOLUTIONAL,
        ),
        Step(
            "weights",
            "How many times as many weights as the stacked autoencoder does it have?",
            Quantity(0, 20, 0.5, " times"),
            times_the_weights,
        ),
        Step(
            "often",
            "On how many of the test images is it better than the stacked one?",
            PERCENT,
            how_often_better,
        ),
        Step(
            "helped",
            "For which kind of garment does it save most of the stacked one's error?",
            Choice(KINDS),
            most_helped,
        ),
    ),
)
