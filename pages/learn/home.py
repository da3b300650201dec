"""What an autoencoder is, what it is for, and which models are on the shelf."""

import numpy as np
import streamlit as st

from ae.ui.anatomy import anatomy
from ae.ui.caching import drawn_garments, test_images
from ae.ui.downloads import offer_garments
from ae.ui.glossary import ON_THE_WAY, explained, look_for
from ae.ui.shelf import (
    choose_model,
    first_with_attributes,
    how_taught,
    of_garments,
    offer_upload,
    show_decoders_alone,
    show_shelf,
    usable_models,
)
from ae.ui.welcome import live_smile, show_applications, show_tasks

st.title("See what an autoencoder learns", anchor=False)
faces = first_with_attributes()  # before all the others are loaded
if faces is not None:
    st.markdown(
        f"This face is made of {faces.latent_dim} numbers, *z*. A smile is {faces.latent_dim} "
        "numbers, too: *s*. **Drag it**: *z* + *s* is a face much like it, smiling."
    )
    live_smile(faces, next(iter(faces.attributes)))
show_tasks()
look_for()
everything = usable_models()
shelf = of_garments(everything)
if not shelf:
    st.error("There is no model on the shelf. Train one: `python -m ae train fashion-conv`.")
    st.stop()
st.header("From a picture to its numbers and back", anchor=False)
st.markdown(
    "An autoencoder squeezes a picture *x* through a bottleneck: an **encoder** keeps "
    "only a few numbers, the **latent code** *z* = E(*x*), and a **decoder** "
    "rebuilds the picture from them, *x̂* = D(*z*). It learns by making the **loss** "
    "between *x* and *x̂* small. It keeps what lowers that loss most. Drag a bar of *z*."
)
explained(*ON_THE_WAY, of=[*shelf.values()])


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
    anatomy(autoencoder, garments.images[int(np.argmax(labels == label))], kind, key="anatomy")
    if garments.split == "test":
        st.caption(f"{kind}: the first test image of its class in Fashion-MNIST.")
    else:
        st.caption(f"{kind}, drawn for this page.")
        offer_garments()


live_figure()
st.header("What it is good for", anchor=False)
show_applications(list(shelf.values()))
st.header("The shelf", anchor=False)
imported = [each.card.title for each in everything.values() if how_taught(each) == "Elsewhere"]
but = f", except what was imported: {', '.join(imported)}" if imported else ""
st.markdown(
    f"Trained by this project's own commands{but}. Every number was measured on test images "
    "by the program that made or imported the model, and stands beside PCA: of all ways with "
    "straight lines and as many numbers, the one of least squared error."
)
explained(
    *("linear", "stacked", "convolutional", "variational", "prior", "posterior", "PCA"),
    *("squared error", "PSNR", "cross-entropy", "nats", "ELBO", "beta", "density"),
    of=[*everything.values()],
)
show_shelf(list(everything.values()))
show_decoders_alone()
offer_upload()
