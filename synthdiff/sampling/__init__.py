"""Noise in, rows out."""
