"""Small markets and models of them, fitted once for all tests of a process."""

import functools

import numpy as np
import pandas as pd

from synthdiff import SeriesDiffusion
from synthdiff.datasets import make_market

OPTIONS = {"preset": "fast", "window": 32, "device": "cpu", "precision": "float32", "random_state": 0}
QUICK = {**OPTIONS, "window": 16, "max_steps": 2}
"""Hardly trained: filter, marginals and correlations are all there."""


@functools.cache
def prices(n_assets=2, n=500):
    return make_market(n, n_assets, random_state=0)


@functools.cache
def trained(n_assets=2):
    """A model whose network has learnt a little, if the search has found something."""
    return SeriesDiffusion(max_steps=70, **OPTIONS).fit(prices(n_assets))


@functools.cache
def bars():
    return make_market(300, bars=True, random_state=0)


@functools.cache
def bars_model():
    return SeriesDiffusion(**QUICK).fit(bars())


def dates(n, start="2020-01-01"):
    return pd.date_range(start, periods=n, freq="B", name="date")


def walk(n=300, seed=0, scale=0.01):
    return 100 * np.exp(np.random.default_rng(seed).normal(0, scale, n).cumsum())


def frame(*columns, names=None):
    names = names or [f"s{i}" for i in range(len(columns))]
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=dates(len(columns[0])))


def quick(data, **options):
    return SeriesDiffusion(**{**QUICK, **options}).fit(data)


def with_covariates():
    """A price, an amount that moves with its volatility, and a regime."""
    rng = np.random.default_rng(3)
    regime = (np.arange(400) // 50) % 2
    moves = rng.standard_normal(400) * np.where(regime, 0.02, 0.005)
    return frame(
        100 * np.exp(moves.cumsum()), 10 + 10 * regime + rng.random(400), regime, names=["SPX", "VIX", "regime"]
    )


@functools.cache
def mixed(n=900):
    """A coin that trades each day, a stock that does not at weekends, and a price that stays on half of the days."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2020-01-01", periods=n, freq="D", name="date")
    common, is_open = 0.01 * rng.normal(size=n), days.dayofweek < 5
    coin = common + 0.02 * rng.normal(size=n)
    stock = np.where(is_open, common + 0.005 * rng.normal(size=n), 0.0)
    peg = np.where(rng.random(n) < 0.5, 0.0, 0.003 * rng.normal(size=n))
    prices = {"coin": coin, "stock": stock, "peg": peg}
    return pd.DataFrame(
        {name: np.where(is_open | (name != "stock"), 50 * np.exp(x.cumsum()), np.nan) for name, x in prices.items()},
        index=days,
    )


@functools.cache
def mixed_model():
    return quick(mixed(), window=64)
