"""Estimators: fit, sample, save; the only place where all parts meet."""
