"""Learn one kind of garment and flag whatever is none."""

import streamlit as st

from ae.ui.anomalies import (
    choose_normality,
    choose_own_image,
    choose_threshold,
    download_scores,
    show_gallery,
    show_measured,
    show_one_image,
    show_own_normality,
    show_ranking,
    the_detector,
)
from ae.ui.caching import test_images
from ae.ui.sources import SOURCES, offer_download

st.title("Anomalies", anchor=False)
st.markdown(
    "A detector learns from one class alone and never sees anything else. What it "
    "cannot restore, or finds far from all it knows, is an **anomaly**."
)
detector = the_detector()
normality = None if detector is None else choose_normality(detector)
try:
    test = test_images()
except (OSError, ValueError) as problem:
    st.error(str(problem))
    test = None
if normality is not None:
    st.header("Where to draw the line", anchor=False)
    threshold = choose_threshold(normality)
    show_ranking(normality, threshold)
    st.header("Look closer", anchor=False)
    sources = ("Gallery", *SOURCES[1:])
    source = st.segmented_control(
        "Image from", sources, default=sources[0], required=True, key="look"
    )
    if source != sources[0]:
        own = choose_own_image(source)
        if own is not None:
            image, name = own
            show_one_image(normality, image, name, normality.score(image), threshold)
    elif test is None:
        offer_download("Until then the gallery is empty; everything else works.")
    else:
        at = show_gallery(normality, test)
        name, scores = normality.name_of(at), normality.stored(at)
        show_one_image(normality, test.images[at], name, scores, threshold)
    download_scores(normality, threshold)
if detector is not None:
    with st.expander("How good it is, class by class"):
        show_measured(detector)
st.header("Your own normality", anchor=False)
show_own_normality(test)
