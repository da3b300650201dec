"""Flag what is unlike what was learned: one kind of garment, a model's pictures, one's own."""

import streamlit as st

from ae.ui.anomalies.any import show_any_autoencoder
from ae.ui.anomalies.choice import choose_normality, the_detector
from ae.ui.anomalies.gallery import choose_drawn_garment, choose_test_image, download_scores
from ae.ui.anomalies.one_image import choose_own_image, show_one_image
from ae.ui.anomalies.overview import choose_threshold, show_measured, show_ranking
from ae.ui.anomalies.own import show_own_normality
from ae.ui.caching import test_images
from ae.ui.downloads import offer_garments
from ae.ui.glossary import explained
from ae.ui.sources import SOURCES

st.title("Anomalies", anchor=False)
st.markdown(
    "A detector learns from images of one class alone. What lies far from all of them is an "
    "**anomaly**: told by what the detector cannot restore, by the code it gives it, and by the "
    "blurred pixels."
)
detector = the_detector()
normality = None if detector is None else choose_normality(detector)
try:
    test = test_images()
except (OSError, ValueError) as problem:
    st.error(str(problem))
    test = None
if detector is not None and normality is not None:
    st.header("Where to draw the line", anchor=False)
    threshold = choose_threshold(normality)
    explained("held-out", "p-value", of=[detector])
    show_ranking(normality, threshold)
    explained("AUROC", "isolation forest", "standard deviation", of=[detector])
    st.header("Look closer", anchor=False)
    sources = ("Gallery", *SOURCES[1:])
    source = st.segmented_control(
        "Image from", sources, default=sources[0], required=True, key="look"
    )
    offer_garments()
    if source != sources[0]:
        looked_at = choose_own_image(normality, source)
    elif test is None:
        looked_at = choose_drawn_garment(normality)
    else:
        looked_at = choose_test_image(normality, test)
    if looked_at is not None:
        show_one_image(normality, *looked_at, threshold)
    download_scores(normality, threshold)
if detector is not None:
    with st.expander("How good it is, class by class"):
        show_measured(detector)
        explained("density")
st.header("With any autoencoder", anchor=False)
st.markdown(
    "An autoencoder knows what its own pictures look like. What it cannot rebuild, or puts "
    "where hardly any code of them lies, may be none of them."
)
show_any_autoencoder()
st.header("Your own normality", anchor=False)
show_own_normality(test)
