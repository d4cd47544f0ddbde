"""What a portfolio is worth along paths of its assets, and which asset lost how much of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from synthdiff.data.schema import near_match
from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError
from synthdiff.parameter import check, described
from synthdiff.rule import Choice, Number

Rebalance = Literal["daily", "hold"]
REBALANCE = Choice(*get_args(Rebalance))
Holdings = Mapping[str, float] | Sequence[float] | FloatArray
"""Share of the start value in each asset: by name, or in the order of the assets."""


@dataclass(frozen=True)
class HoldingsRule:
    """A portfolio as a parameter; its names and numbers are checked by `resolve_weights`, which knows the assets."""

    words: str = "weights by name, such as {'SPX': 0.6, 'GOLD': 0.4}, or a list of one for each asset"

    def read(self, value: Any) -> Any:
        """Return it as it is."""
        if isinstance(value, (str, bytes, set, frozenset)) or not hasattr(value, "__len__"):
            raise TypeError
        return value


HOLDINGS = HoldingsRule()
PERCENT = 100.0
PERCENT_ERROR = 1.0
"""How far the sum of weights in percent may be from 100 by rounding."""
MOST_LEVERAGE = 20.0
"""Sum of the sizes of weights beyond which they are no shares of a portfolio's value."""


def resolve_weights(weights: Holdings, assets: Sequence[str], kinds: Sequence[str]) -> FloatArray:
    """Put a portfolio's weights into the order of the assets.

    Parameters
    ----------
    weights : mapping of str to float, or (n_assets,) array
        Share of the start value in each asset; below 0 for a short position. Assets that a mapping leaves out weigh 0.
        What is missing to 1 is cash that earns nothing; what is beyond 1 is borrowed at no cost. Weights that add up to
        100 are percent.
    assets : sequence of str
    kinds : sequence of str
        ``"return"`` or ``"difference"`` of each asset.

    Returns
    -------
    (n_assets,) float64

    Raises
    ------
    ConfigError
        An unknown asset, a wrong number of weights, one that is no finite number, all of them 0, sizes that add up to
        more than `MOST_LEVERAGE`, or one on an asset whose steps are differences: no share of wealth can be held in a
        level.
    """
    if isinstance(weights, Mapping):
        unknown = [name for name in weights if name not in assets]
        if unknown:
            hint = near_match(str(unknown[0]), assets)
            raise ConfigError(
                f"the portfolio holds {unknown[0]!r}, which is no asset here; there are {named(assets)}{hint}"
            )
        found = np.array([_weight(name, weights.get(name, 0.0)) for name in assets])
    else:
        try:
            found = np.asarray(weights, dtype=np.float64)
        except (TypeError, ValueError):
            raise ConfigError(f"the portfolio is {described(weights)}; give {HOLDINGS.words}") from None
        if found.shape != (len(assets),):
            raise ConfigError(f"the portfolio has weights of shape {found.shape}; give one for each of {named(assets)}")
    for name, kind, weight in zip(assets, kinds, found, strict=True):
        _weight(name, weight)
        if weight != 0 and kind != "return":
            raise ConfigError(
                f"the portfolio holds {name!r}, a level whose steps are differences; no share of wealth can be held in "
                "it: leave it out, or give the prices of an instrument that depends on it"
            )
    if not found.any():
        raise ConfigError("all weights of the portfolio are 0; give at least one asset a weight")
    return found / (PERCENT if are_percent(found) else 1.0)


def are_percent(weights: FloatArray) -> bool:
    """Whether weights are percent: they add up to 100, but for `PERCENT_ERROR`.

    Parameters
    ----------
    weights : (n_assets,) float64
        Finite numbers.

    Raises
    ------
    ConfigError
        They are too large for shares, but add up to something else.

    Examples
    --------
    >>> are_percent(np.array([60.0, 40.0])), are_percent(np.array([0.6, 0.4]))
    (True, False)
    """
    total, size = float(weights.sum()), float(np.abs(weights).sum())
    if abs(total - PERCENT) <= PERCENT_ERROR:
        return True
    if size > MOST_LEVERAGE:
        raise ConfigError(
            f"the weights of the portfolio add up to {total:g}, and their sizes to {size:g}: too much for shares of "
            f"its value, and no percent that add up to 100; write 60 % as 0.6, up to {MOST_LEVERAGE:g} in all"
        )
    return False


def as_shares(portfolio: Mapping[str, float]) -> dict[str, float]:
    """Turn a portfolio in percent into shares; anything else stays as it is, wrong weights too.

    Examples
    --------
    >>> as_shares({"SPX": 60, "GOLD": 40}), as_shares({"SPX": 0.6})
    ({'SPX': 0.6, 'GOLD': 0.4}, {'SPX': 0.6})
    """
    try:
        found = np.array([_weight(name, weight) for name, weight in portfolio.items()])
    except ConfigError:  # said when the assets are known
        return dict(portfolio)
    return {name: weight / PERCENT for name, weight in portfolio.items()} if are_percent(found) else dict(portfolio)


def _weight(name: str, value: Any) -> float:
    """Return a weight that is a finite number."""
    try:
        return Number().read(value)
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(f"the portfolio's weight of {name!r} is {described(value)}; give a finite number") from None


def gains(returns: FloatArray, weights: FloatArray, rebalance: Rebalance) -> Iterator[FloatArray]:
    """Profit of each asset in each step, as fractions of the portfolio's start value.

    Parameters
    ----------
    returns : (n_paths, n_steps, n_assets) float64
        Log returns.
    weights : (n_assets,) float64
        As `resolve_weights` gives them.
    rebalance : {"daily", "hold"}
        ``"daily"``: the weights are restored after every step, whatever a step is; ``"hold"``: what was bought at the
        start is kept.

    Yields
    ------
    (n_paths, n_assets) float64
        Once a step; all of them together are exactly what the portfolio has gained. A portfolio that is worth nothing
        any more, or less, is closed: its loss stays.

    Raises
    ------
    ConfigError
        The word for rebalancing is not known.
    """
    check({"rebalance": rebalance}, {"rebalance": REBALANCE})
    held = np.flatnonzero(weights)
    value = np.ones(len(returns))
    position = np.tile(weights[held], (len(returns), 1))
    for step in range(returns.shape[1]):
        gain = np.zeros((len(returns), len(weights)))
        gain[:, held] = position * np.expm1(returns[:, step, held])
        yield gain
        value = value + gain.sum(axis=1)
        if rebalance == "daily":
            position = np.maximum(value, 0.0)[:, None] * weights[held]
        else:
            position = (position + gain[:, held]) * (value > 0)[:, None]


def portfolio_values(returns: FloatArray, weights: FloatArray, rebalance: Rebalance) -> FloatArray:
    """Value of a portfolio after each step, (n_paths, n_steps); 1 before the first. See `gains`."""
    profit = np.empty(returns.shape[:2])
    for step, gain in enumerate(gains(returns, weights, rebalance)):
        profit[:, step] = gain.sum(axis=1)
    return np.asarray(1 + np.cumsum(profit, axis=1))


def asset_losses(returns: FloatArray, weights: FloatArray, rebalance: Rebalance) -> FloatArray:
    """What each asset has lost the portfolio by the end, (n_paths, n_assets), as fractions of the start value.

    Losses are positive and sum to the loss of the portfolio on every path. See `gains`.
    """
    total = np.zeros((len(returns), len(weights)))
    for gain in gains(returns, weights, rebalance):
        total -= gain
    return total


def named(names: Sequence[str], limit: int = 8) -> str:
    """The first names, quoted, and how many more there are: for messages."""
    shown = ", ".join(repr(name) for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
