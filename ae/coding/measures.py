"""The numbers of autoencoders and judges on held-out images, beside their baselines."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ae.coding.autoencoder import Autoencoder
from ae.coding.edits import SEEN, Redraw, measure_directions, measure_edits
from ae.coding.feature_distance import feature_distance
from ae.coding.generation import measure_generation
from ae.coding.judge import Judge
from ae.data import Dataset, drawn_faces
from ae.data import load as load_data
from ae.latent.attributes import AttributeCodes, is_yes_or_no
from ae.latent.disentanglement import disentanglement
from ae.latent.maps import interpolate
from ae.latent.sampling import sample_posterior
from ae.latent.support import RARE
from ae.metrics import (
    LINEAR_CLIP,
    SIGMOID_CLIP,
    class_cross_entropy,
    cross_entropy,
    entropy_floor,
    explained_variance,
    gaussian_nats,
    kl_divergence,
    quality,
    squared_error,
)
from ae.shelf.model import Companions

Images = NDArray[np.float32]

IMPORTANCE_SAMPLES = 64
_IMPORTANCE_N = 250  # images: 16,000 decoded, seconds
_VARIANCE_FROM = 5000  # training images
_FEW = 3  # attributes; of fewer, numbers of a code cannot be told apart by them
_LOSS_SAMPLES = 8  # of one picture
_ACTIVE = 0.01  # least variance of a mean, Burda et al.


def measure_autoencoder(
    autoencoder: Autoencoder, data: Dataset, companion: Companions
) -> dict[str, Any]:
    """Measure an autoencoder, plain or variational, on images it was not trained on.

    Args:
        autoencoder: A loaded model.
        data: A split of the data it was trained on.
        companion: Finds a judge of the same data, without which what a VAE generates
            and edits is not measured.

    Returns:
        ``n``, the model's ``Quality``, that of PCA with as many numbers and that of the
        mean training image, and the entropy floor in nats per image; of a VAE also its
        ``Elbo``, and on test images the ``FeatureDistance`` and what guessing between the dots of
        its map costs; of one that knows
        attributes also what ``ae.coding.edits`` measures of them, where it can.
    """
    measured = _measure_reconstruction(autoencoder, data)
    if autoencoder.is_vae:
        gaussian = _is_gaussian(autoencoder)
        learned = load_data(autoencoder.card.dataset, "train").images if gaussian else None
        measured["elbo"] = asdict(elbo(autoencoder, data.images, learned))
    if data.split != "test":
        return measured
    if autoencoder.calibration is not None:
        measured["support"] = measure_support(autoencoder, data.images)
    if "tsne" in autoencoder.maps and len(data) == len(autoencoder.codes):
        measured["between_dots"] = between_dots(autoencoder, data.images)
    judge = companion(Judge)
    if autoencoder.is_vae and judge is not None:
        train = load_data(autoencoder.card.dataset, "train")
        measured["feature_distance"] = asdict(feature_distance(autoencoder, judge, train, data))
        measured["generation"] = measure_generation(autoencoder, judge, train, data)
    if autoencoder.known:
        measured |= _measure_directions(autoencoder, data, judge)
    return measured


def _is_gaussian(autoencoder: Autoencoder) -> bool:
    return autoencoder.card.recipe["loss"] == "gaussian"


def measure_support(autoencoder: Autoencoder, images: Images) -> dict[str, Any]:
    """Measure which shares of codes are called far from the data, on held-out images.

    Returns:
        How many held-out images calibrated it, ``rare``, the p-value below which a code
        is called far, and the shares called so of the images' ``codes`` and of their
        ``errors``; of a VAE also of ``posterior`` samples and of draws from the
        ``prior`` and the ``fitted`` mixture.
    """
    assert autoencoder.calibration is not None
    codes = autoencoder.encode(images)
    tried = {"codes": codes}
    if autoencoder.is_vae:
        tried["posterior"] = _posterior_samples(autoencoder, images)
        for source in ("prior", "fitted"):
            rng = np.random.default_rng(0)
            tried[source] = autoencoder.sample(len(images), rng, source=source)
    far = {name: float((autoencoder.support(z) < RARE).mean()) for name, z in tried.items()}
    errors = squared_error(images, autoencoder.decode(codes))
    badly = autoencoder.calibration.p_values_of_errors(errors) < RARE
    calibrated = {"n": len(images), "calibrated_on": autoencoder.calibration.n, "rare": RARE}
    return {**calibrated, **far, "errors": float(badly.mean())}


def measure_disentanglement(autoencoder: Autoencoder, data: Dataset) -> dict[str, Any] | None:
    """Measure how attributes lie in codes, where at least three are known of every image."""
    names, known = list(autoencoder.attributes), next(iter(autoencoder.known.values()))
    learned, held_out = (
        np.stack([values[name] for name in names], axis=1)
        for values in (known.values, data.attributes)
    )
    if len(names) < _FEW or np.isnan(learned).any() or np.isnan(held_out).any():
        return None
    found = disentanglement(known.codes, learned, autoencoder.encode(data.images), held_out)
    return {"n": len(data), "attributes": len(names), **asdict(found)}


def _measure_directions(
    autoencoder: Autoencoder, data: Dataset, judge: Judge | None
) -> dict[str, Any]:
    """Measure directions on test codes, and their edits where there is a judge.

    Edits that cannot be measured are left out: of one's own data, attributes may go
    together so closely that one cannot be kept while the other is added.
    """
    values = {name: data.attributes[name] for name in autoencoder.attributes}
    held_out = AttributeCodes(autoencoder.encode(data.images), values)
    measured = {"directions": measure_directions(autoencoder, held_out)}
    found = measure_disentanglement(autoencoder, data)
    if found is not None:
        measured["disentanglement"] = found
    if judge is not None and _reads_known(judge, autoencoder):
        with suppress(ValueError):
            redraw = _redraw(data)
            measured["edits"] = measure_edits(autoencoder, judge, held_out, redraw)
    return measured


def _reads_known(judge: Judge, autoencoder: Autoencoder) -> bool:
    read = set(judge.card.attributes)
    return bool(read) and read <= set(autoencoder.attributes)


def _redraw(data: Dataset) -> Redraw | None:
    """Return how to draw faces anew with more of an attribute, if they are drawn."""
    if data.name != drawn_faces.NAME:
        return None

    def redraw(
        rows: NDArray[np.int64], name: str
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        attributes = {each: values[rows] for each, values in data.attributes.items()}
        return data.images[rows], drawn_faces.with_more(attributes, name)

    return redraw


def between_dots(autoencoder: Autoencoder, images: NDArray[np.float32]) -> dict[str, float]:
    """Return what guessing the codes of a t-SNE map's places costs, in mean squared error.

    Args:
        autoencoder: A model with such a map.
        images: Those whose codes it keeps, (n, height, width, channels).

    Returns:
        ``guessed``: of the pictures that are decoded at each dot when it is left out and its code
        is guessed from the other dots; ``own``: of those of the dots' own codes.
    """
    codes, points = autoencoder.codes, autoencoder.maps["tsne"]
    guessed = [interpolate(place, points, codes, leave_out=[at]) for at, place in enumerate(points)]

    def error(of: NDArray[np.float32]) -> float:
        return float(squared_error(images, autoencoder.decode(of)).mean())

    return {"guessed": error(np.stack(guessed)), "own": error(codes)}


@dataclass(frozen=True)
class Elbo:
    """The evidence lower bound with beta 1, nats per image, averaged.

    Attributes:
        negative_elbo: reconstruction + kl.
        standard_error: Of ``negative_elbo``, over images.
        likelihood: Of pixels given a code: ``"cross-entropy"``, or ``"gaussian"``,
            whose nats are of a density and may be below zero.
        variance: Of a pixel, if Gaussian: that of training images; else None.
        reconstruction: Of one decoded posterior sample per image.
        kl: Divergence of posterior and prior, summed over dimensions.
        kl_per_dimension: The same for each dimension.
        information: Of ``kl``, what codes tell of which image they are; at most log n.
        aggregate_kl: The rest: how far all codes together lie from the prior.
        active_units: Dimensions whose mean varies by more than 0.01 over images.
        importance_weighted: The tighter bound with ``IMPORTANCE_SAMPLES`` samples, on
            the first ``importance_n`` images, and ``importance_elbo`` on the same.
    """

    negative_elbo: float
    standard_error: float
    likelihood: str
    variance: float | None
    reconstruction: float
    kl: float
    kl_per_dimension: list[float]
    information: float
    aggregate_kl: float
    active_units: int
    importance_weighted: float
    importance_elbo: float
    importance_n: int


def elbo(autoencoder: Autoencoder, images: Images, train: Images | None = None) -> Elbo:
    """Measure a VAE's bounds on images, with seeded posterior samples.

    Args:
        autoencoder: A VAE.
        images: Held out, (n, height, width, channels).
        train: Training images, which give a Gaussian's variance; not needed otherwise.

    Source: Kingma and Welling 2013, arXiv 1312.6114, equation 7; the KL in two parts,
        Hoffman and Johnson 2016, ELBO surgery; the tighter bound, Burda et al. 2015, arXiv
        1509.00519, equation 8, and active units, its section 5.2.
    """
    variance = None
    if _is_gaussian(autoencoder):
        assert train is not None
        learned = train[:_VARIANCE_FROM]
        drawn = _posterior_samples(autoencoder, learned)
        variance = float(squared_error(learned, autoencoder.decode(drawn)).mean())

    def rebuilding(images: Images, codes: Images) -> NDArray[np.float64]:
        rebuilt = autoencoder.decode(codes)
        if variance is None:
            return cross_entropy(images, rebuilt)
        return gaussian_nats(images, rebuilt, variance)

    z_mean, z_log_var = autoencoder.posterior(images)
    codes = sample_posterior(z_mean, z_log_var, np.random.default_rng(0))
    nats, kl = rebuilding(images, codes), kl_divergence(z_mean, z_log_var)
    bound, total = nats + kl.sum(axis=1), float(kl.sum(axis=1).mean())
    n = min(_IMPORTANCE_N, len(images))
    few, (mean, log_var) = images[:n], (z_mean[:n], z_log_var[:n])
    logs, rng = [], np.random.default_rng(0)
    for _ in range(IMPORTANCE_SAMPLES):
        z = sample_posterior(mean, log_var, rng)
        # Of prior over posterior, the constant log(2 pi) / 2 on both sides left out.
        ratio = 0.5 * (log_var + np.square(z - mean) / np.exp(log_var) - np.square(z))
        logs.append(ratio.sum(axis=1, dtype=np.float64) - rebuilding(few, z))
    weighted = np.logaddexp.reduce(logs, axis=0) - np.log(len(logs))
    information = information_of(z_mean, z_log_var, codes)
    return Elbo(
        negative_elbo=float(bound.mean()),
        standard_error=float(bound.std(ddof=1) / np.sqrt(len(bound))),
        likelihood="cross-entropy" if variance is None else "gaussian",
        variance=variance,
        reconstruction=float(nats.mean()),
        kl=total,
        kl_per_dimension=kl.mean(axis=0).tolist(),
        information=information,
        aggregate_kl=total - information,
        active_units=active_units(z_mean),
        importance_weighted=float(-weighted.mean()),
        importance_elbo=float(bound[:n].mean()),
        importance_n=n,
    )


def loss_of(
    autoencoder: Autoencoder, image: Images, z_mean: Images, z_log_var: Images
) -> tuple[float, float]:
    """Return what rebuilding one picture costs a VAE, and its KL, in nats.

    Rebuilding is a mean over seeded posterior samples: the cross-entropy, or of a Gaussian the
    squared error over twice the variance, without the constant that a perfect picture has, too.

    Args:
        autoencoder: A VAE whose bound was measured.
        image: (height, width, channels) in [0, 1].
        z_mean: Of its posterior, (latent_dim,).
        z_log_var: Of its posterior, (latent_dim,).
    """
    means, log_vars = (np.repeat(part[None], _LOSS_SAMPLES, axis=0) for part in (z_mean, z_log_var))
    rebuilt = autoencoder.decode(sample_posterior(means, log_vars, np.random.default_rng(0)))
    images = np.repeat(image[None], _LOSS_SAMPLES, axis=0)
    variance = autoencoder.card.evaluation["test"]["elbo"].get("variance")
    if variance is None:
        nats = cross_entropy(images, rebuilt)
    else:
        nats = squared_error(images, rebuilt) * image.size / (2 * variance)
    return float(nats.mean()), float(kl_divergence(z_mean, z_log_var).sum())


def active_units(z_mean: NDArray[np.float32]) -> int:
    """Count the dimensions whose mean, of (n, latent_dim), varies by more than 0.01 over images.

    Source: Burda et al. 2015, arXiv 1509.00519, section 5.2.
    """
    return int((z_mean.var(axis=0) > _ACTIVE).sum())


def _posterior_samples(autoencoder: Autoencoder, images: Images) -> NDArray[np.float32]:
    return sample_posterior(*autoencoder.posterior(images), np.random.default_rng(0))


def information_of(
    z_mean: NDArray[np.float32], z_log_var: NDArray[np.float32], codes: NDArray[np.float32]
) -> float:
    """Return what codes tell of which of n images they are of, nats, at most log n.

    It is the mean of log q(z given its image) - log q(z), q(z) the mixture of all n
    posteriors, at one sample of each.

    Args:
        z_mean: (n, latent_dim).
        z_log_var: (n, latent_dim).
        codes: One sample of each posterior, (n, latent_dim).

    Source: Hoffman and Johnson 2016, ELBO surgery, section 3.
    """
    precision = np.exp(-np.float64(z_log_var))
    # |z - m|^2 / v, multiplied out into three matrix products.
    constant = -0.5 * (np.square(z_mean) * precision + z_log_var).sum(axis=1)
    found = []
    for start in range(0, len(codes), 1000):  # of 10,000 densities each: 80 MB
        z = np.float64(codes[start : start + 1000])
        logs = constant - 0.5 * np.square(z) @ precision.T + z @ (z_mean * precision).T
        own = logs[np.arange(len(z)), start + np.arange(len(z))]
        found.append(own - np.logaddexp.reduce(logs, axis=1))
    return float(np.concatenate(found).mean() + np.log(len(codes)))


def _measure_reconstruction(autoencoder: Autoencoder, data: Dataset) -> dict[str, Any]:
    images, baseline = data.images, autoencoder.baseline
    mean = np.broadcast_to(baseline.mean_image(images.shape[1:]), images.shape)
    floor = float(entropy_floor(images).mean())
    return {
        "n": len(images),
        **_measure_sizes(autoencoder, images),
        "model": asdict(quality(images, autoencoder.reconstruct(images))),
        "pca": asdict(quality(images, baseline.reconstruct(images), clip=LINEAR_CLIP)),
        "mean_image": asdict(quality(images, mean, clip=LINEAR_CLIP)),
        "entropy_floor_nats": floor,
        "entropy_floor_per_pixel": floor / images[0].size,
    }


def _measure_sizes(autoencoder: Autoencoder, images: Images) -> dict[str, Any]:
    """Measure every size to which codes may be cut, beside PCA and PCA on blocks of that size."""
    if autoencoder.blocks is None:
        return {}
    makers = {
        "model": (autoencoder.reconstruct, SIGMOID_CLIP),
        "pca": (autoencoder.baseline.reconstruct, LINEAR_CLIP),
        "blocks": (autoencoder.blocks.reconstruct, LINEAR_CLIP),
    }
    rows = []
    for size in autoencoder.sizes:
        row: dict[str, Any] = {"numbers": size}
        for who, (rebuilt, clip) in makers.items():
            row[who] = asdict(quality(images, rebuilt(images, size), clip=clip))
        rows.append(row)
    return {"sizes": rows}


def measure_judge(judge: Judge, data: Dataset, companion: Companions) -> dict[str, Any]:
    """Measure how well a judge reads pictures it was not trained on.

    Args:
        judge: A loaded model.
        data: A split of the data it was trained on.
        companion: Not needed.

    Returns:
        ``n``, and its accuracy beside the share of the largest class; or by attribute
        how much of its variance is explained, and of a yes-or-no one the accuracy.
    """
    readings = np.float64(judge.read(data.images))
    if judge.card.attributes:
        columns = zip(judge.card.attributes, readings.T, strict=True)
        attributes = {name: _reading(data, name, column) for name, column in columns}
        return {"n": len(data), "attributes": attributes}
    assert data.labels is not None
    shares = np.bincount(data.labels, minlength=len(data.class_names)) / len(data)
    return {
        "n": len(data),
        "accuracy": float((readings.argmax(axis=1) == data.labels).mean()),
        "largest_class": float(shares.max()),
        "cross_entropy_nats": float(class_cross_entropy(readings, data.labels).mean()),
    }


def _reading(data: Dataset, name: str, readings: NDArray[np.float64]) -> dict[str, float]:
    known = ~np.isnan(data.attributes[name])
    values, readings = data.attributes[name][known], readings[known]
    measured = {"n": len(values), "explained_variance": explained_variance(values, readings)}
    if is_yes_or_no(values):
        share = float(values.mean())
        measured["accuracy"] = float(((readings > SEEN) == values).mean())
        measured["largest_class"] = max(share, 1 - share)
    return measured
