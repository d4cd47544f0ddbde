"""All risk numbers of a portfolio on one set of paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings, Rebalance
from synthdiff.data.tail import LEVELS, TailRisk
from synthdiff.finance.contribution import Contribution, es_contribution
from synthdiff.finance.drawdown import DrawdownRisk, drawdown_risk
from synthdiff.finance.parameters import MEASURING
from synthdiff.finance.worst import WorstPaths, worst_paths
from synthdiff.parameter import checked

CONTRIBUTION_LEVEL = 0.975
"""ES at 97.5 % is what the Basel framework asks of a trading book (MAR33.2)."""


@dataclass(frozen=True, eq=False)
class Risk:
    """Risk of a portfolio and of its assets.

    Attributes
    ----------
    n_paths, n_steps : int
    effective_size : float
        How many paths of equal weight they are worth.
    tail : TailRisk
        VaR and ES of the portfolio.
    asset_tail : TailRisk
        VaR and ES of each asset by itself.
    drawdown : DrawdownRisk
        Of the portfolio.
    contribution : Contribution
        ES by asset.
    worst : WorstPaths
        The paths that lose the most.
    """

    n_paths: int
    n_steps: int
    effective_size: float
    tail: TailRisk
    asset_tail: TailRisk
    drawdown: DrawdownRisk
    contribution: Contribution
    worst: WorstPaths


@checked(**MEASURING)
def measure_risk(
    paths: Paths,
    portfolio: Holdings,
    *,
    levels: Sequence[float] = LEVELS,
    contribution_level: float = CONTRIBUTION_LEVEL,
    n_worst: int = 10,
    horizon: int | None = None,
    rebalance: Rebalance = "daily",
) -> Risk:
    """Measure the risk of a portfolio.

    Parameters
    ----------
    paths : Paths
    portfolio : mapping or array
        Weights as for `Paths.portfolio`.
    levels : sequence of float
        Of VaR and ES.
    contribution_level : float
        Of the ES that is split by asset.
    n_worst : int
        How many worst paths to list.
    horizon : int, optional
        Within so many steps; default: all.
    rebalance : {"daily", "hold"}

    Returns
    -------
    Risk
        Losses are positive, as fractions of the start value; all intervals are 95 % and count the weights.

    Raises
    ------
    ConfigError
        The weights, a level, a number or the horizon make no sense.
    """
    paths = paths.head(horizon)
    return Risk(
        n_paths=len(paths),
        n_steps=paths.n_steps,
        effective_size=paths.effective_size,
        tail=paths.var_es(levels, portfolio, rebalance=rebalance),
        asset_tail=paths.var_es(levels),
        drawdown=drawdown_risk(paths, portfolio, rebalance=rebalance),
        contribution=es_contribution(paths, portfolio, contribution_level, rebalance=rebalance),
        worst=worst_paths(paths, portfolio, n_worst, rebalance=rebalance),
    )
