"""Weights in, weights out: how a network is trained, watched and interrupted."""
