"""The training half, end to end, on small sets of drawn pictures."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ae import models
from ae.data import Dataset
from ae.metrics import kl_divergence, squared_error
from ae.models import evaluate, read_card
from ae.training.recipes import RECIPES, Recipe, recipe

pytestmark = pytest.mark.slow

NETWORKS = {
    "stacked": {"hidden": (20,)},
    "convolutional": {"units": 24, "grid": 8},
    "variational": {"units": 24, "grid": 8},
}


def blobs(split: str, n: int, seed: int) -> Dataset:
    """Pictures of one soft disc each: two numbers say it all."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(8, 20, (n, 2, 1, 1))
    rows, columns = np.mgrid[:28, :28]
    distance = (rows - centre[:, 0]) ** 2 + (columns - centre[:, 1]) ** 2
    images = np.exp(-distance / 18).astype(np.float32)[..., None]
    labels = (centre[:, 0, 0, 0] > 14).astype(np.uint8)
    return Dataset("blobs", split, images, labels, ("high", "low"))


TRAIN, VALIDATION, TEST = (blobs("train", 256, 0), blobs("validation", 40, 1), blobs("test", 50, 2))


@pytest.fixture(autouse=True)
def blobs_for_garments(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a VAE generates is measured beside training images of its recipe's data."""
    splits = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    monkeypatch.setattr("ae.data.fashion_mnist.load", splits.__getitem__)


def small(network: str, **changes: object) -> Recipe:
    known = next(r for r in RECIPES.values() if r.network == network)
    plain = replace(known, latent_dim=3, epochs=4, batch_size=32, learning_rate=3e-3)
    return replace(plain, options=NETWORKS[network], **changes)  # type: ignore[arg-type]


def train(made: Recipe, shelf: Path) -> models.Autoencoder:
    from ae.training.autoencoders import write
    from ae.training.contents import fit_support, linear_baseline
    from ae.training.fit import fit

    fitted = fit(made, TRAIN, VALIDATION, screen=io.StringIO())
    baseline = linear_baseline(TRAIN, made.latent_dim)
    support = fit_support(fitted, TRAIN, VALIDATION, components=2)
    held_out = (TEST, VALIDATION)
    folder = write(made, fitted, baseline, held_out, shelf, support=support)
    return models.open_folder(folder)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_recipe_becomes_a_model_folder(network: str, tmp_path: Path) -> None:
    autoencoder = train(small(network), tmp_path)
    card = autoencoder.card
    assert card.history["val_loss"][-1] < card.history["val_loss"][0]
    assert card.evaluation == evaluate(autoencoder, TEST, VALIDATION)
    assert card.recipe["seed"] == 42
    codes = autoencoder.encode(TEST.images)
    np.testing.assert_allclose(autoencoder.codes, codes, atol=1e-4)
    errors = squared_error(TEST.images, autoencoder.reconstruct(TEST.images))
    np.testing.assert_allclose(autoencoder.errors, errors, atol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == [card.name]


def test_no_calibration_sees_test_images(tmp_path: Path) -> None:
    from ae.training.autoencoders import train_autoencoder

    kept = []
    for name, test in (("one", TEST), ("other", replace(TEST, images=1 - TEST.images))):
        (tmp_path / name).mkdir()
        splits = {"train": TRAIN, "validation": VALIDATION, "test": test}
        folder = train_autoencoder(small("variational"), splits, tmp_path / name, io.StringIO())
        kept.append(dict(np.load(folder / "codes.npz")))
    first, second = kept
    assert not np.array_equal(first["codes"], second["codes"])
    for what in ("noise", "held_out_scores", "held_out_errors"):
        np.testing.assert_array_equal(first[what], second[what])


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    for shelf in ("one", "two", "other"):
        (tmp_path / shelf).mkdir()
    made = small("convolutional", epochs=1)
    one = train(made, tmp_path / "one").decoder_safetensors
    assert one == train(made, tmp_path / "two").decoder_safetensors
    other = train(replace(made, seed=1), tmp_path / "other")
    assert one != other.decoder_safetensors


def test_training_stops_when_validation_no_longer_improves() -> None:
    from ae.training.fit import fit

    made = small("stacked", epochs=30, patience=2, learning_rate=3.0)
    history = fit(made, TRAIN, VALIDATION, screen=io.StringIO()).history
    losses = history["val_loss"]
    assert len(losses) < 30
    assert history["best_epoch"] == int(np.argmin(losses)) == len(losses) - 3


class Interrupting(io.StringIO):
    """A screen on which someone presses Ctrl-C at the end of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def write(self, text: str) -> int:
        if f"epoch {self.epoch:3d}/" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_ctrl_c_keeps_the_best_weights_so_far(tmp_path: Path) -> None:
    from ae.training.autoencoders import write
    from ae.training.contents import fit_support, linear_baseline
    from ae.training.fit import fit

    made = small("stacked", epochs=50)
    fitted = fit(made, TRAIN, VALIDATION, screen=Interrupting(3))
    assert fitted.history["interrupted"]
    assert len(fitted.history["loss"]) == 3
    support = fit_support(fitted, TRAIN, VALIDATION)
    baseline = linear_baseline(TRAIN, 3)
    folder = write(made, fitted, baseline, (TEST, VALIDATION), tmp_path, support=support)
    assert read_card(folder).history["interrupted"] is True


def test_ctrl_c_before_the_first_epoch_writes_nothing(tmp_path: Path) -> None:
    from ae.training.fit import fit

    with pytest.raises(KeyboardInterrupt):
        fit(small("stacked"), TRAIN, VALIDATION, screen=_AtOnce())
    assert not list(tmp_path.iterdir())


class _AtOnce(Interrupting):
    def __init__(self) -> None:
        super().__init__(1)

    def isatty(self) -> bool:
        return True


def test_a_failed_export_leaves_the_older_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ae.training import folder

    made = small("stacked", epochs=1)
    before = train(made, tmp_path).decoder_safetensors
    monkeypatch.setattr(folder, "TOLERANCE", -1.0)
    with pytest.raises(ValueError, match="differ from Keras"):
        train(replace(made, seed=7), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [made.name]
    kept = models.open_folder(tmp_path / made.name)
    assert kept.decoder_safetensors == before
    monkeypatch.undo()
    train(replace(made, seed=7), tmp_path)
    assert models.open_folder(tmp_path / made.name).decoder_safetensors != before


def test_a_loss_that_is_not_a_number_is_said() -> None:
    from ae.training.fit import fit

    broken = replace(TRAIN, images=np.full_like(TRAIN.images, np.nan))
    with pytest.raises(ValueError, match="finite number"):
        fit(small("stacked"), broken, VALIDATION, screen=io.StringIO())


def test_codes_on_their_scale_give_the_same_pictures_and_the_least_kl() -> None:
    from ae.training.fit import fit

    for network in ("variational", "portrait"):
        made = replace(small("variational"), network=network, epochs=1)
        if network == "portrait":
            made = replace(made, options={"channels": (8, 8, 8), "grid": 8, "units": 24})
        images = faces("train", 256, 0).images if network == "portrait" else None
        data = TRAIN if images is None else replace(TRAIN, images=images)
        fitted = fit(made, data, data, screen=io.StringIO())
        z_mean, z_log_var = fitted.encode(data.images)
        before = fitted.decode(z_mean)
        fitted.put_on_scale(data.images)
        mean, log_var = fitted.encode(data.images)
        np.testing.assert_allclose(fitted.decode(mean), before, atol=1e-5)
        np.testing.assert_allclose(mean.mean(axis=0), 0, atol=1e-4)
        total = mean.var(axis=0) + np.exp(log_var).mean(axis=0)
        np.testing.assert_allclose(total, 1, rtol=1e-4)
        assert kl_divergence(mean, log_var).sum() <= kl_divergence(z_mean, z_log_var).sum()


def test_the_linear_network_is_pca_and_clips(tmp_path: Path) -> None:
    autoencoder = train(replace(small("stacked"), network="linear", options={}), tmp_path)
    pca = autoencoder.baseline
    raw = pca.encode(TEST.images) @ pca.components + pca.mean
    assert raw.min() < 0  # or nothing would be clipped
    rebuilt = raw.reshape(TEST.images.shape)
    found = autoencoder.reconstruct(TEST.images)
    np.testing.assert_allclose(found, np.clip(rebuilt, 0, 1), atol=1e-5)


def test_losses_agree_with_the_metrics() -> None:
    from ae import metrics
    from ae.networks.losses import LOSSES

    rng = np.random.default_rng(0)
    x, x_hat = rng.random((2, 3, 28, 28, 1), dtype=np.float32)
    nats = np.asarray(LOSSES["binary_cross_entropy"](x, x_hat))
    np.testing.assert_allclose(nats, metrics.cross_entropy(x, x_hat), rtol=1e-5)
    squared = np.asarray(LOSSES["squared_error"](x, x_hat)) / 784
    np.testing.assert_allclose(squared, squared_error(x, x_hat), rtol=1e-5)
    density = np.asarray(LOSSES["gaussian"](x, x_hat))
    variance = float(squared_error(x, x_hat).mean())
    expected = metrics.gaussian_nats(x, x_hat, variance)
    np.testing.assert_allclose(density, expected, rtol=1e-5)


def test_a_vae_has_a_posterior_a_sampler_and_a_measured_bound(tmp_path: Path) -> None:
    from ae.coding.measures import elbo

    autoencoder = train(small("variational", epochs=6, warmup_steps=8), tmp_path)
    assert autoencoder.card.kind == "vae"
    assert set(autoencoder.maps) == set(autoencoder.card.maps) == {"pca", "tsne"}
    z_mean, z_log_var = autoencoder.posterior(TEST.images)
    np.testing.assert_allclose(z_mean, autoencoder.encode(TEST.images))
    np.testing.assert_allclose(z_log_var, autoencoder.z_log_var, atol=1e-4)
    bound = elbo(autoencoder, TEST.images)
    assert bound.negative_elbo == pytest.approx(bound.reconstruction + bound.kl)
    assert bound.importance_weighted <= bound.importance_elbo
    assert bound.information + bound.aggregate_kl == pytest.approx(bound.kl)
    assert bound.kl == pytest.approx(sum(bound.kl_per_dimension))
    assert autoencoder.card.evaluation["test"]["elbo"]["kl"] == bound.kl
    history = autoencoder.card.history
    for epoch, loss in enumerate(history["val_loss"]):
        terms = history["val_reconstruction_loss"][epoch] + history["val_kl_loss"][epoch]
        assert loss == pytest.approx(terms, rel=1e-4)
    for source in ("prior", "fitted"):
        codes = autoencoder.sample(4, np.random.default_rng(0), source=source)
        assert autoencoder.decode(codes).shape == (4, 28, 28, 1)
    with pytest.raises(ValueError, match="'prior' or 'fitted'"):
        autoencoder.sample(4, np.random.default_rng(0), source="dream")


def faces(split: str, n: int, seed: int) -> Dataset:
    """Blobs for the larger networks, with their place as an attribute, where known."""
    plain = blobs(split, n, seed)
    images = np.pad(plain.images, ((0, 0), (2, 2), (2, 2), (0, 0))).repeat(3, axis=3)
    assert plain.labels is not None
    low = np.where(np.arange(n) % 9 == 0, np.nan, plain.labels).astype(np.float32)
    return replace(plain, images=images, attributes={"low": low})


def test_a_model_of_faces_keeps_what_directions_are_learned_from(tmp_path: Path) -> None:
    from ae.training.autoencoders import write
    from ae.training.contents import fit_support, linear_baseline
    from ae.training.fit import fit

    known = next(r for r in RECIPES.values() if r.network == "portrait")
    options = {"channels": (8, 8, 8), "grid": 8, "units": 24}
    still = replace(known, shifts=0, light=0.0, options=options)
    plain = replace(still, loss="binary_cross_entropy")
    spares = replace(plain, spares_upper_half=("low",))
    made = replace(spares, latent_dim=3, epochs=6, warmup_steps=8, batch_size=32)
    splits = [faces(*which) for which in (("train", 256, 0), ("test", 60, 1))]
    fitted = fit(made, *splits, screen=io.StringIO())
    folder = write(
        made,
        fitted,
        linear_baseline(splits[0], 3),
        (splits[1],),
        tmp_path,
        support=fit_support(fitted, *splits, components=2),
        known={"blobs": splits[0]},
    )
    autoencoder = models.open_folder(folder)
    assert autoencoder.image_shape == (32, 32, 3)
    np.testing.assert_array_equal(autoencoder.attributes["low"], splits[1].attributes["low"])
    codes = autoencoder.encode(splits[0].images)
    np.testing.assert_allclose(autoencoder.known["blobs"].codes, codes, atol=1e-2)
    direction = autoencoder.directions["low"]
    assert direction.auroc > 0.9
    assert direction.n_positive == np.nansum(splits[1].attributes["low"])


def test_mirrored_pictures_are_learned_from_too() -> None:
    from ae.training.fit import fit

    left = replace(TRAIN, images=TRAIN.images * (np.arange(28) < 14)[:, None])
    made = small("stacked", epochs=4)
    losses = []
    for flips in (False, True):
        fitted = fit(replace(made, flips=flips), left, left, screen=io.StringIO())
        right = left.images[:, :, ::-1]
        rebuilt = fitted.decoder.predict(fitted.encoder.predict(right), verbose=0)
        losses.append(squared_error(right, rebuilt).mean())
    assert losses[1] < losses[0]


def test_a_late_hint_makes_the_code_tell_the_attributes() -> None:
    from ae.training.fit import fit

    made = small("variational", epochs=6, warmup_steps=8, beta=5.0)
    told = [with_attributes(split) for split in (TRAIN, VALIDATION)]
    spreads = []
    for hint in (0.0, 300.0):
        taught = replace(made, hint=hint, hint_after=0.5)
        encoder = fit(taught, *told, screen=io.StringIO()).encoder
        codes, _ = encoder.predict(TEST.images, verbose=0)
        means = [codes[TEST.labels == label].mean(axis=0) for label in (0, 1)]
        spreads.append(np.linalg.norm(means[1] - means[0]))
    assert spreads[1] > spreads[0]
    with pytest.raises(ValueError, match="has no attributes to learn from"):
        fit(replace(made, hint=1.0), TRAIN, VALIDATION, screen=io.StringIO())


def test_a_hint_counts_what_a_linear_layer_reads_in_nats() -> None:
    import keras

    from ae.networks.autoencoders import NETWORKS as BUILDERS
    from ae.networks.losses import LOSSES
    from ae.networks.vae import Hint, VariationalAutoencoder

    pair = BUILDERS["variational"]((28, 28, 1), 3, channels=(2, 2, 2), units=4)
    told, untold = (
        VariationalAutoencoder(
            *pair, LOSSES["squared_error"], beta=1, warmup_steps=0, seed=0, hint=hint
        )
        for hint in (Hint(2.0, (True, False)), None)
    )
    told.compile("sgd")
    x = TEST.images[:5]
    truth = np.array([[0, 2], [1, -1], [1, 0], [0, 0], [1, 0.5]], np.float32)
    seen = told(x)
    nats = told.compute_loss(x, truth, seen, training=True)
    without = untold.compute_loss(x, None, seen, training=False)
    read = np.asarray(told.reader(seen[3]))
    crossed = keras.losses.binary_crossentropy(truth[:, :1], read[:, :1], from_logits=True)
    squares = (truth[:, 1] - read[:, 1]) ** 2 / 2
    expected = np.mean(np.asarray(crossed) + squares)
    assert float(nats - without) == pytest.approx(2 * expected, rel=1e-3)
    # What selects the epoch holds no label.
    held_out = told.compute_loss(x, None, seen, training=False)
    assert float(held_out) == float(without)


def with_attributes(split: Dataset) -> Dataset:
    """Tell of blobs whether they are low, and how far right they are, in pixels."""
    brightness = split.images.sum(axis=(1, 3))
    across = brightness @ np.arange(28) / brightness.sum(axis=1)
    values = {"low": np.float32(split.labels), "across": np.float32(across)}
    return replace(split, attributes=values)


def test_pictures_are_moved_lit_and_blurred_within_bounds() -> None:
    from ae.training.batches import blurred, relit, shifted

    rng = np.random.default_rng(0)
    images = rng.uniform(0.3, 0.7, (200, 8, 6, 2)).astype(np.float32)
    assert (shifted(images, 0, rng) == images).all()
    moved = shifted(images, 2, rng)
    offsets = set()
    for image, copy in zip(images, moved, strict=True):
        padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="edge")
        offsets.add(
            next(
                (down, right)
                for down in range(5)
                for right in range(5)
                if (padded[down : down + 8, right : right + 6] == copy).all()
            )
        )
    assert len(offsets) == 25
    lit = relit(images, 0.2, rng)
    assert lit.dtype == np.float32
    change = lit.mean(axis=(1, 2, 3)) - images.mean(axis=(1, 2, 3))
    assert 0.1 < np.abs(change).max() <= 0.2 + 1e-6
    contrast = lit.std(axis=(1, 2, 3)) / images.std(axis=(1, 2, 3))
    assert 0.8 - 1e-6 <= contrast.min() < 0.85
    assert 1.15 < contrast.max() <= 1.2 + 1e-6
    np.testing.assert_array_equal(blurred(images, np.zeros(len(images))), images)
    spot = np.zeros((50, 15, 15, 2), np.float32)
    spot[:, 7, 7] = 1
    soft = blurred(spot, np.linspace(0, 1.5, 50))
    np.testing.assert_allclose(soft.sum(axis=(1, 2)), 1, rtol=1e-5)
    peaks = soft[:, 7, 7, 0]
    assert peaks[0] == 1
    assert peaks[-1] == pytest.approx(1 / (2 * np.pi * 1.5**2), rel=0.01)
    np.testing.assert_array_equal(soft[..., 0], soft[..., 1])


def test_kl_agrees_with_the_metrics_and_with_a_large_sample() -> None:
    from ae.metrics import kl_divergence
    from ae.networks.vae import kl_loss

    rng = np.random.default_rng(3)
    z_mean, z_log_var = rng.normal(size=(2, 4, 3)).astype(np.float32)
    closed = kl_divergence(z_mean, z_log_var)
    np.testing.assert_allclose(np.asarray(kl_loss(z_mean, z_log_var)), closed, rtol=1e-5)
    z = z_mean + np.exp(z_log_var / 2) * rng.standard_normal((200_000, 4, 3))
    log_q = -0.5 * ((z - z_mean) ** 2 / np.exp(z_log_var) + z_log_var)
    np.testing.assert_allclose((log_q + 0.5 * z**2).mean(axis=0), closed, atol=0.03)


def test_an_unknown_recipe_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="fashion-stacked, fashion-conv"):
        recipe("nothing")
