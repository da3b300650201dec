"""What is trained, and how: one frozen record per shipped model. No Keras here."""

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
    # Data sets with attributes whose training codes the folder keeps, to learn directions from.
    directions_from: tuple[str, ...] = ()
    # Attributes whose directions are turned away from what changes the upper half of pictures.
    spares_upper_half: tuple[str, ...] = ()
    # Of a code that is a grid, how many numbers of each place are kept in training, ascending, and
    # which share of the pictures has so many; () where a code is always whole.
    nested: tuple[int, ...] = ()
    nested_shares: tuple[float, ...] = ()
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
    Recipe(
        name="photos-conv",
        title="Photographs of anything",
        summary="A convolutional autoencoder of 64 by 64 photographs in colour, whose code can be "
        "cut to any of five sizes, from 64 numbers to 1,024.",
        dataset="photographs",
        network="nested",
        latent_dim=1024,
        loss="error_db",
        learning_rate=3e-3,
        batch_size=32,
        epochs=24,
        patience=24,
        flips=True,
        nested=(4, 8, 16, 32, 64),
        nested_shares=(0.3, 0.1, 0.25, 0.1, 0.25),
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
