"""How well a VAE models its pictures, in nats: its bounds, and what its KL is made of."""

import numpy as np
import streamlit as st

from ae.coding.autoencoder import Autoencoder
from ae.coding.diagnosis import WEAK, tells_of_draws
from ae.coding.measures import IMPORTANCE_SAMPLES
from ae.data import caveat
from ae.metrics import in_nats

# Nats below log n from which on the information of n images is as much as they can show.
_AT_ITS_END = 0.5


def show_bounds(autoencoder: Autoencoder) -> None:
    """Show what was measured of a VAE's bound on test images, each number explained."""
    test = autoencoder.card.evaluation["test"]
    elbo, support = test["elbo"], test.get("support")
    if "information" not in elbo:  # of a folder that was measured before these were
        return
    with st.expander("How well its prior fits, in numbers"):
        st.markdown(
            f"The **bound** (negative ELBO) is {in_nats(elbo['negative_elbo'])} nats per test "
            f"image, give or take {elbo['standard_error']:.2g} (standard error, n = "
            f"{test['n']:,}): {in_nats(elbo['reconstruction'])} for rebuilding it and "
            f"{elbo['kl']:.1f} of **KL**, the price of its code. {_kind(elbo)}"
        )
        st.markdown(
            f"With {IMPORTANCE_SAMPLES} samples of each code instead of one the bound is tighter: "
            f"{in_nats(elbo['importance_weighted'])} instead of "
            f"{in_nats(elbo['importance_elbo'])} nats (the first {elbo['importance_n']:,} images)."
        )
        st.markdown(
            f"Of the KL, **at least {elbo['information']:.1f} nats are information**: what a code "
            f"tells of which image it is; {test['n']:,} images cannot show more than log "
            f"{test['n']:,} = {np.log(test['n']):.1f}. **At most {elbo['aggregate_kl']:.1f} are a "
            "misfit**: so far all codes together lie from the prior."
            + (
                " The measure stands at its end here, so how the KL splits is not known."
                if elbo["information"] > np.log(test["n"]) - _AT_ITS_END
                else ""
            )
        )
        st.markdown(
            f"**{elbo['active_units']} of {autoencoder.latent_dim} dimensions are active**: their "
            "mean varies from image to image (variance above 0.01)."
        )
        made = test.get("generation")
        if made is not None:
            st.markdown(
                f"**Does it copy?** The nearest of {made['n_train']:,} training images differs "
                f"from a drawn picture by {made['draws']:.4f} (squared error, median of "
                f"{made['n']:,} draws from the mixture), from the reconstruction of a test image "
                f"by {made['rebuilt']:.4f}. {made['copies']:.1%} of the draws are nearer to one "
                "than 99 % of those reconstructions, where 1 % would be no sign of copying."
            )
            st.markdown(
                f"**Precision {made['precision']:.0%}, recall {made['recall']:.0%}**: so many "
                "draws lie among real test images, and so many test images among draws, by the "
                f"features of a small classifier.{_real_among_real(made)}"
            )
            if caveat(autoencoder.card.dataset):
                st.caption(caveat(autoencoder.card.dataset))
        if support is not None:
            st.markdown(
                f"Called far from the data (p < {support['rare']:g}): {support['codes']:.1%} of "
                f"the codes of test images, {support['posterior']:.1%} of samples of their "
                f"posteriors, {support['prior']:.1%} of draws from the prior, "
                f"{support['fitted']:.1%} from the mixture; calibrated on "
                f"{support['calibrated_on']:,} other held-out images."
                f"{'' if tells_of_draws(autoencoder) else f' {WEAK}'}"
            )


def _real_among_real(made: dict[str, float]) -> str:
    if "training_precision" not in made:  # of a folder that was measured before these were
        return ""
    return (
        f" As many training images, real among real, get {made['training_precision']:.0%} and "
        f"{made['training_recall']:.0%}."
    )


def _kind(elbo: dict[str, object]) -> str:
    if elbo["likelihood"] == "gaussian":
        return (
            "Pixels are Gaussian around their reconstruction, so this is a density: it may be "
            "below zero, and no entropy floor applies to it."
        )
    return (
        "Pixels are grey and the cross-entropy treats them as chances, so it compares models, "
        "and is no likelihood of grey pictures."
    )
