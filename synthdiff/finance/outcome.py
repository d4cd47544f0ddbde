"""What a portfolio has gained or lost by the end of its paths, in the few numbers that a sentence holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from synthdiff.data.interval import Interval, skewed_interval
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import Holdings, Rebalance
from synthdiff.data.quantile import weighted_quantiles
from synthdiff.data.tail import Tail

RARE = 0.05
"""One of twenty."""


@dataclass(frozen=True)
class Outcome:
    """Loss of a portfolio at the end; all are positive for a loss, fractions of the start value.

    Attributes
    ----------
    mean : float
    interval : pair of float
        95 % of the mean.
    low, high : float
        Losses between which 90 % of the paths lie, by weight.
    beyond : float
        Mean loss of the one path of twenty that loses more than `high`: expected shortfall at 95 %.
    drawdown : float
        Median of the deepest fall below the highest value so far.
    """

    mean: float
    interval: Interval
    low: float
    high: float
    beyond: float
    drawdown: float

    @classmethod
    def of(cls, paths: Paths, portfolio: Holdings, rebalance: Rebalance = "daily") -> Outcome:
        """Measure paths.

        Raises
        ------
        ConfigError
            The weights do not fit the assets.
        """
        losses = paths.losses(portfolio, rebalance)[:, 0]
        mean = float(paths.weights @ losses)
        low, high = weighted_quantiles(losses, paths.weights, (RARE, 1 - RARE)).tolist()
        falls = -paths.drawdowns(portfolio, rebalance)[:, 0]
        return cls(
            mean=mean,
            interval=skewed_interval(mean, paths.weights * (losses - mean), paths.effective_size),
            low=low,
            high=high,
            beyond=Tail.of(losses, paths.weights).es(1 - RARE),
            drawdown=float(weighted_quantiles(falls, paths.weights, (0.5,))[0]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"interval": list(self.interval)}
