"""Moments and durations that are stored as text or as digits: how they are written, and codecs that keep it."""
