"""What an autoencoder is, what it is for, and which models are on the shelf."""

import numpy as np
import streamlit as st

from ae.metrics import squared_error
from ae.ui.anatomy import Passage, anatomy
from ae.ui.caching import drawn_garments, test_images
from ae.ui.doors import show_doors, show_smile
from ae.ui.downloads import offer_garments
from ae.ui.glossary import ON_THE_WAY, explained, look_for
from ae.ui.shelf import choose_model, of_garments, offer_upload, show_card, usable_models

st.title("See what an autoencoder learns", anchor=False)
st.markdown(
    "An autoencoder squeezes a picture *x* through a bottleneck: an **encoder** keeps "
    "only a few numbers, the **latent code** *z* = E(*x*), and a **decoder** "
    "rebuilds the picture from them, *x̂* = D(*z*). It learns by making the **loss** "
    "between *x* and *x̂* small. It keeps what lowers that loss most."
)
explained(*ON_THE_WAY)
look_for()
everything = usable_models()
shelf = of_garments(everything)
if not shelf:
    st.error("There is no model on the shelf. Train one: `python -m ae train fashion-conv`.")
    st.stop()


@st.fragment
def live_figure() -> None:
    try:
        garments = test_images() or drawn_garments()  # the latter until downloaded
    except (OSError, ValueError) as problem:
        st.warning(str(problem))
        garments = drawn_garments()
    kind = st.pills(
        "Send through",
        garments.class_names,
        default=garments.class_names[-1],
        required=True,
        key="garment",
        bind="query-params",
    )
    autoencoder = choose_model(shelf, next(iter(shelf)), "model")
    label = garments.class_names.index(kind)
    labels = np.arange(len(garments)) if garments.labels is None else garments.labels
    image = garments.images[int(np.argmax(labels == label))][None]
    code = autoencoder.encode(image)
    rebuilt = autoencoder.decode(code)
    anatomy(
        Passage(
            name=kind,
            image=image[0],
            code=autoencoder.standardised(code)[0],
            reconstruction=rebuilt[0],
            mse=float(squared_error(image, rebuilt)[0]),
        ),
        key="anatomy",
    )
    if garments.split == "test":
        st.caption(f"{kind}: the first test image of its class in Fashion-MNIST.")
    else:
        st.caption(f"{kind}, drawn for this page.")
        offer_garments()


live_figure()
st.header("What it is good for", anchor=False)
show_doors(list(shelf.values()))
faces = next((model for model in everything.values() if model.known), None)
if faces is not None:
    show_smile(faces, next(iter(faces.attributes)))
st.header("The shelf", anchor=False)
st.markdown(
    "Trained by this project's own commands. Every number was measured on test images "
    "by the program that made the model, and stands beside PCA: of all ways with "
    "straight lines and as many numbers, the one of least squared error."
)
explained("linear", "stacked", "convolutional", "variational", "prior", "posterior")
explained("PCA", "squared error", "PSNR", "cross-entropy", "nats", "ELBO", "density")
cards = list(everything.values())
for at in range(0, len(cards), 2):
    for column, autoencoder in zip(st.columns(2), cards[at : at + 2], strict=False):
        with column:
            show_card(autoencoder)
offer_upload()
