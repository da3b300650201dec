"""What is trained, and how: a frozen record per shipped model, or of choices. No Keras here."""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training run yields, kept in the model's card."""

    name: str  # the model's name and its folder's
    title: str  # what the page calls it
    summary: str  # one sentence for a visitor
    dataset: str  # as in ``ae.data.load``
    network: str  # one of ``ae.networks.autoencoders.NETWORKS``, or the kind's only one
    latent_dim: int  # coordinates of the code; a judge's features; 0 of a denoiser
    loss: str  # one of ``ae.networks.losses.LOSSES``, per image
    # Peak rate of Adam; it rises over the first ``warmup_steps`` and falls to zero along a cosine.
    # A VAE's KL term rises over as many steps.
    learning_rate: float
    batch_size: int  # images per step
    epochs: int  # the most passes over the training split
    patience: int = 6  # epochs without a better validation loss before stopping early
    warmup_steps: int = 400  # see ``learning_rate``
    beta: float | None = None  # weight of the KL term of a VAE; None for a plain autoencoder
    seed: int = 42  # for the initial weights and the order of the images
    # Weight of a VAE's linear reader of attributes, see ``ae.networks.vae``; 0 for none, when it
    # learns without labels.
    hint: float = 0.0
    hint_after: float = 0.0  # share of the training after which the hint is given
    flips: bool = False  # whether to learn from mirrored pictures too
    shifts: int = 0  # most pixels by which training pictures are moved
    light: float = 0.0  # most by which their contrast and brightness are changed, as a share
    blur: float = 0.0  # largest standard deviation by which they are blurred, in pixels
    # Standard deviation of what is added to pixels in [0, 1] that the encoder sees; the picture
    # without it is what should come back.
    noise: float = 0.0
    # Data sets with attributes whose training codes the folder keeps, to learn directions from.
    directions_from: tuple[str, ...] = ()
    # Attributes whose directions are turned away from what changes the upper half of pictures.
    spares_upper_half: tuple[str, ...] = ()
    # Of a code that is a grid, how many numbers of each place are kept in training, ascending, and
    # which share of the pictures has so many; () where a code is always whole.
    nested: tuple[int, ...] = ()
    nested_shares: tuple[float, ...] = ()
    begins_as: str = ""  # the shipped model whose weights its layers take at first, if any
    options: dict[str, Any] = field(default_factory=dict)  # further arguments of the network
    kind: str = "autoencoder"  # of model, as in ``ae.models.KINDS``


_SMILES = Recipe(
    name="smiles-vae",
    title="Photographs of faces",
    summary="A variational autoencoder of 64 by 64 grey photographs, smiling or "
    "not, with 64 numbers for a face.",
    dataset="smiles",
    network="portrait",
    latent_dim=64,
    loss="gaussian",
    learning_rate=1.5e-3,
    batch_size=64,
    epochs=36,
    patience=36,
    warmup_steps=1500,
    beta=1.0,
    hint=400.0,
    hint_after=0.6,
    flips=True,
    shifts=2,
    light=0.12,
    directions_from=("smiles",),
    spares_upper_half=("smiling",),
    options={"channels": (24, 34, 64)},
    kind="vae",
)
_PHOTOGRAPHS = Recipe(
    name="photos-conv",
    title="Photographs of anything",
    summary="A convolutional autoencoder of 64 by 64 photographs in colour, whose code can be "
    "cut to any of five sizes, from 64 numbers to 1,024.",
    dataset="photographs",
    network="nested",
    latent_dim=1024,
    loss="error_db",
    learning_rate=2e-3,
    batch_size=32,
    epochs=40,
    patience=40,
    flips=True,
    shifts=2,
    nested=(4, 8, 16, 32, 64),
    nested_shares=(0.32, 0.1, 0.25, 0.08, 0.25),
)
_RECIPES = (
    Recipe(
        name="fashion-stacked",
        title="Stacked autoencoder",
        summary="The classic: five dense layers, 784-100-30-100-784, and 30 numbers for a garment.",
        dataset="fashion-mnist",
        network="stacked",
        latent_dim=30,
        loss="binary_cross_entropy",
        learning_rate=1e-3,
        batch_size=128,
        epochs=80,
    ),
    Recipe(
        name="fashion-conv",
        title="Convolutional autoencoder",
        summary="Looks through small windows instead of at all pixels at once, and "
        "keeps 32 numbers for a garment.",
        dataset="fashion-mnist",
        network="convolutional",
        latent_dim=32,
        loss="squared_error",
        learning_rate=2e-3,
        batch_size=128,
        epochs=40,
    ),
    Recipe(
        name="fashion-vae-2",
        title="VAE with a plane",
        summary="A variational autoencoder with two numbers for a garment: its latent "
        "space is a plane that can be looked at.",
        dataset="fashion-mnist",
        network="variational",
        latent_dim=2,
        loss="binary_cross_entropy",
        learning_rate=1.5e-3,
        batch_size=128,
        epochs=24,
        warmup_steps=1300,
        beta=1.0,
        kind="vae",
    ),
    Recipe(
        name="fashion-vae-16",
        title="VAE with 16 numbers",
        summary="A variational autoencoder: its codes fill the space around zero, so "
        "that a random code often gives a garment.",
        dataset="fashion-mnist",
        network="variational",
        latent_dim=16,
        loss="binary_cross_entropy",
        learning_rate=1.5e-3,
        batch_size=128,
        epochs=30,
        warmup_steps=1300,
        beta=1.0,
        kind="vae",
    ),
    _SMILES,
    replace(
        _SMILES,
        name="smiles-vae-unhinted",
        title="Photographs of faces, learned without labels",
        summary="The same network as of the photographs of faces, of which nobody told it which "
        "of them smile.",
        hint=0.0,
        hint_after=0.0,
    ),
    Recipe(
        name="smiles-pca",
        title="Photographs of faces, by PCA",
        summary="The linear autoencoder of least squared error: 64 principal components of "
        "photographs of faces.",
        dataset="smiles",
        network="linear",
        latent_dim=64,
        loss="squared_error",
        learning_rate=1e-3,
        batch_size=64,
        epochs=1,
        directions_from=("smiles",),
        spares_upper_half=("smiling",),
    ),
    Recipe(
        name="faces-vae",
        title="Drawn faces",
        summary="A variational autoencoder of 64 by 64 drawings whose every feature is "
        "known exactly, with 32 numbers for a face.",
        dataset="drawn-faces",
        network="portrait",
        latent_dim=32,
        loss="gaussian",
        learning_rate=1.5e-3,
        batch_size=64,
        epochs=45,
        patience=45,
        warmup_steps=2000,
        beta=1.0,
        hint=100.0,
        directions_from=("drawn-faces", "drawn-faces-biased"),
        options={"channels": (20, 32, 64)},
        kind="vae",
    ),
    _PHOTOGRAPHS,
    replace(
        _PHOTOGRAPHS,
        name="photos-conv-128",
        title="Photographs of anything, 128 by 128",
        summary="The network of the smaller photographs, trained on for four times the pixels with "
        "as many numbers, from 256 to 1,024.",
        dataset="photographs-128",
        learning_rate=7e-4,
        epochs=3,
        warmup_steps=100,
        # Fewer of a place are too few for its colours: PCA on the whole is better then.
        nested=(4, 8, 16),
        nested_shares=(0.4, 0.2, 0.4),
        begins_as="photos-conv",
        options={"places": 8},
    ),
    Recipe(
        name="fashion-judge",
        title="Judge of garments",
        summary="A small classifier that knows nothing of any latent space: it "
        "measures how much generated garments look like real ones.",
        dataset="fashion-mnist",
        network="judge",
        latent_dim=64,
        loss="cross_entropy",
        learning_rate=3e-3,
        batch_size=128,
        epochs=8,
        options={"reads": "classes", "dropout": 0.1},
        kind="judge",
    ),
    Recipe(
        name="smiles-judge",
        title="Judge of smiles",
        summary="A small network that knows nothing of any latent space: it says "
        "whether an edited face smiles and wears glasses.",
        dataset="smiles",
        network="judge",
        latent_dim=64,
        loss="squared_error",
        learning_rate=2e-3,
        batch_size=64,
        epochs=14,
        patience=14,
        flips=True,
        shifts=2,
        # It will read decoded pictures, which are blurred.
        blur=2.0,
        options={"reads": "attributes", "channels": (16, 32, 48, 64)},
        kind="judge",
    ),
    Recipe(
        name="faces-judge",
        title="Judge of drawn faces",
        summary="A small network that reads every attribute of a drawn face from its "
        "picture and knows nothing of any latent space.",
        dataset="drawn-faces",
        network="judge",
        latent_dim=64,
        loss="squared_error",
        learning_rate=2e-3,
        batch_size=64,
        epochs=20,
        patience=20,
        options={"reads": "attributes", "channels": (16, 32, 48, 64), "dropout": 0.1},
        kind="judge",
    ),
    Recipe(
        name="fashion-denoiser",
        title="Denoiser",
        summary="A small U-Net that was told neither the kind of noise nor its level; "
        "its skips let detail pass beside the bottleneck.",
        dataset="fashion-mnist",
        network="unet",
        latent_dim=0,
        loss="error_db",
        learning_rate=1.5e-3,
        batch_size=64,
        epochs=14,
        patience=14,
        kind="denoiser",
    ),
    Recipe(
        name="fashion-anomaly",
        title="Anomaly detectors",
        summary="Ten small networks, each trained on one class only: what they restore "
        "badly, or see far from all they know, counts as an anomaly.",
        dataset="fashion-mnist",
        network="detector",
        latent_dim=48,
        loss="squared_error",
        learning_rate=3e-3,
        batch_size=64,
        epochs=15,
        patience=15,
        warmup_steps=100,
        seed=0,
        options={"held_out": 1000, "seeds": 3},
        kind="anomaly",
    ),
)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _RECIPES}


def recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        ValueError: If there is none, naming those there are.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe {name!r}; there are: {', '.join(RECIPES)}")
    return RECIPES[name]


# Of one's own choices --------------------------------------------------------------


@dataclass(frozen=True)
class Design:
    """A way of learning that can be chosen for any pictures."""

    title: str  # what the page calls it
    words: str  # what it is, for a summary: "A ... of 64 by 64 pictures"
    why: str  # a plain sentence for who has to choose
    width: int = 0  # of its hidden layers at first; 0 where it has none


DESIGNS: dict[str, Design] = {
    "vae": Design(
        "Variational",
        "variational autoencoder",
        "Learns a cloud of codes without gaps: sliders, maps and new pictures work best with it.",
        384,
    ),
    "conv": Design(
        "Convolutional",
        "convolutional autoencoder",
        "Looks through small windows and rebuilds most sharply; a random code gives nothing.",
        384,
    ),
    "stacked": Design(
        "Stacked",
        "stacked autoencoder",
        "The classic: dense layers that see all pixels at once. Quick on small pictures.",
        128,
    ),
    "denoising": Design(
        "Denoising",
        "denoising autoencoder",
        "Sees each picture with noise on it and has to give it back without.",
        384,
    ),
    "linear": Design(
        "Linear",
        "linear autoencoder",
        "PCA, known at once without training: what every other has to beat.",
    ),
}
LATENTS, WIDTHS = range(2, 129), range(16, 1025)
BETAS, NOISES, MOST_EPOCHS = (0.01, 100.0), (0.01, 1.0), 1000
# Steps after which small sets of pictures hardly come back better; found by trying.
_STEPS = 700


@dataclass(frozen=True)
class Choices:
    """What is chosen on the page or by the options of the command line."""

    design: str = "vae"  # one of ``DESIGNS``
    latent: int = 16  # coordinates of the code
    width: int = 0  # units of the dense layers; convolutions follow; 0 for the design's own
    beta: float = 1.0  # weight of a variational one's KL
    epochs: int = 0  # passes over the pictures; 0 for as many as they are likely to need
    noise: float = 0.2  # of a denoising one, the standard deviation on pixels in [0, 1]
    seed: int = 0  # for the initial weights and the order


@dataclass(frozen=True)
class Wanted:
    """A training that was asked for: what to learn from, how, and what it shall be called."""

    dataset: str  # as in ``ae.data.load``
    choices: Choices
    name: str  # of the model
    title: str  # what pages call it
    film: bool = True  # whether pictures of some epochs are kept


def of_choices(
    wanted: Wanted, image_shape: tuple[int, int, int], n: int, *, attributes: bool = False
) -> Recipe:
    """Return the recipe for what was asked for.

    Args:
        wanted: What was asked for.
        image_shape: (height, width, channels) of its pictures.
        n: Pictures in its training split.
        attributes: Whether it has attributes to learn directions from.

    Raises:
        ValueError: If a choice makes no sense, or does not go with the pictures.
    """
    choices, dataset = wanted.choices, wanted.dataset
    check_choices(choices)
    height, width, channels = image_shape
    design = DESIGNS[choices.design]
    batch = 64 if n >= 256 else 32
    steps = -(-n // batch)
    epochs = choices.epochs or min(max(round(_STEPS / steps), 8), 200)
    is_vae = choices.design == "vae"
    network, options = _network(choices, image_shape)
    return Recipe(
        name=wanted.name,
        title=wanted.title,
        summary=f"A {design.words} of {height} by {width} pictures in "
        f"{'colour' if channels == 3 else 'grey'}, with {choices.latent} numbers for each.",
        dataset=dataset,
        network=network,
        latent_dim=choices.latent,
        loss="gaussian" if is_vae else "squared_error",
        learning_rate=1.5e-3 if choices.design != "stacked" else 1e-3,
        batch_size=batch,
        epochs=1 if choices.design == "linear" else epochs,
        patience=max(8, epochs // 3),
        warmup_steps=max(epochs * steps // 5, 1),
        beta=choices.beta if is_vae else None,
        seed=choices.seed,
        noise=choices.noise if choices.design == "denoising" else 0.0,
        directions_from=(dataset,) if attributes else (),
        options=options,
        kind="vae" if is_vae else "autoencoder",
    )


def check_choices(choices: Choices) -> None:
    """Refuse what makes no sense.

    Raises:
        ValueError: One sentence that says what may be chosen.
    """
    if choices.design not in DESIGNS:
        raise ValueError(f"The recipe must be one of {', '.join(DESIGNS)}, got {choices.design!r}.")
    for what, value, lowest, highest in (
        ("size of the code", choices.latent, LATENTS.start, LATENTS.stop - 1),
        ("width", choices.width or WIDTHS.start, WIDTHS.start, WIDTHS.stop - 1),
        ("weight beta", choices.beta, *BETAS),
        ("number of epochs", choices.epochs, 0, MOST_EPOCHS),
        ("noise", choices.noise, *NOISES),
        ("seed", choices.seed, 0, 2**31),
    ):
        if not lowest <= value <= highest:
            raise ValueError(f"The {what} must be from {lowest} to {highest}, got {value}.")


def _network(choices: Choices, image_shape: tuple[int, int, int]) -> tuple[str, dict[str, Any]]:
    """Return the network of a design for pictures of a shape, and its size."""
    width = choices.width or DESIGNS[choices.design].width
    if choices.design == "linear":
        return "linear", {}
    if choices.design == "stacked":
        return "stacked", {"hidden": (width,)}
    is_vae = choices.design == "vae"
    if all(side % 8 == 0 and side >= 32 for side in image_shape[:2]):
        network, channels = "portrait" if is_vae else "portrait-plain", (24, 36, 64)
    elif all(side % 4 == 0 for side in image_shape[:2]):
        network, channels = "variational" if is_vae else "convolutional", (16, 32, 64)
    else:
        raise ValueError(
            f"Convolutions here halve pictures twice, and {image_shape[0]} by {image_shape[1]} "
            "pixels cannot be; choose the stacked or the linear recipe."
        )
    scaled = tuple(max(4, 4 * round(each * width / 384 / 4)) for each in channels)
    return network, {"channels": scaled, "units": width}
