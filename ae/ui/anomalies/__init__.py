"""Anomalies on screen: the threshold, the gallery, one image, one's own normality."""

from ae.ui.anomalies.choice import Normality, choose_normality, the_detector
from ae.ui.anomalies.gallery import choose_drawn_garment, choose_test_image, download_scores
from ae.ui.anomalies.one_image import choose_own_image, show_one_image
from ae.ui.anomalies.overview import choose_threshold, show_measured, show_ranking
from ae.ui.anomalies.own import show_own_normality

__all__ = [
    "Normality",
    "choose_drawn_garment",
    "choose_normality",
    "choose_own_image",
    "choose_test_image",
    "choose_threshold",
    "download_scores",
    "show_measured",
    "show_one_image",
    "show_own_normality",
    "show_ranking",
    "the_detector",
]
