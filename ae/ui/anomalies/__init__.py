"""Anomalies on screen: the threshold, the gallery, one image, one's own normality."""
