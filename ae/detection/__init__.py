"""One-class anomaly detectors, and what needs no training beside them."""
