"""Small histories as sources of windows, for the tests of batches and of their training."""

import numpy as np
import torch

from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.window import WindowCodec
from synthdiff.runtime import spawn_seed
from synthdiff.training.window import WindowSource


def autoregression(n, memory, seed=0):
    """Returns of 1 % that remember the one before, (n, 1)."""
    rng = np.random.default_rng(spawn_seed(seed, "autoregression"))
    out = np.zeros((n, 1))
    for step in range(1, n):
        out[step] = memory * out[step - 1] + rng.standard_normal() * np.sqrt(1 - memory**2)
    return 0.01 * out


def clusters(n, seed=0):
    """White returns whose volatility goes between .5 and 2 % every 16 steps, (n, 1)."""
    rng = np.random.default_rng(spawn_seed(seed, "clusters"))
    return rng.standard_normal((n, 1)) * np.where(np.arange(n) // 16 % 2, 0.02, 0.005)[:, None]


def source(returns, scaling="start", window=16, covariates=None):
    followed = tuple(range(returns.shape[1]))
    codec = WindowCodec.fit(StepHistory.plain(returns), followed, scaling, window, np.random.default_rng(0))
    shown = np.empty((len(returns), 0)) if covariates is None else covariates
    return WindowSource(codec, codec.follow(StepHistory.plain(returns)), shown, window, torch.device("cpu"))
