"""Which of two simulators forecast the same days better, and whether that may be luck.

References
----------
Diebold, F. X. and Mariano, R. S. (1995). Comparing predictive accuracy. Journal of Business & Economic Statistics 13,
253-263.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from synthdiff.errors import ConfigError
from synthdiff.finance.backtest import Backtest, plain_value
from synthdiff.finance.backtest_text import figure, table
from synthdiff.finance.longrun import LongRunMean, long_run_mean
from synthdiff.visible import shown


@dataclass(frozen=True)
class Difference:
    """Difference of CRPS of one series over one horizon.

    Attributes
    ----------
    name : str
        ``"all"`` for the mean over several series.
    horizon, n : int
    mean : LongRunMean
        CRPS of the first simulator less that of the second, in units of the returns: below 0 the first is better.
    relative : float
        The same as a share of the second one's CRPS.
    p_value : float
        Of both being equally good.
    """

    name: str
    horizon: int
    n: int
    mean: LongRunMean
    relative: float
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """Two simulators beside each other.

    Attributes
    ----------
    first, second : str
        Names.
    differences : tuple of Difference
    """

    first: str
    second: str
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        head = ("series", "days", "n", "difference", "low", "high", "relative", "p")
        rows = [
            [
                d.name,
                str(d.horizon),
                str(d.n),
                *(f"{value:.2g}" for value in (d.mean.value, *d.mean.interval)),
                f"{d.relative:+.2%}",
                figure(d.p_value),
            ]
            for d in self.differences
        ]
        return "\n".join(
            [f"CRPS of {shown(self.first)} less that of {shown(self.second)}: below 0 it is better", *table(head, rows)]
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; NaN is None."""
        return {key: plain_value(value) for key, value in asdict(self).items()}


def compare(a: Backtest, b: Backtest) -> Comparison:
    """Compare two simulators by the CRPS of their forecasts of the same days.

    The difference is averaged over days with an error that allows for overlapping horizons and for what quiet and wild
    times do to it; parameters count as given, as they are when no simulator is fitted again.

    Parameters
    ----------
    a, b : Backtest
        Of the same returns, days, horizons and weights.

    Returns
    -------
    Comparison
        Every series and horizon; of several series also their mean.

    Raises
    ------
    ConfigError
        The two are not of the same days and series.
    """
    same = (a.names, a.plan.horizons) == (b.names, b.plan.horizons)
    if not same or not np.array_equal(a.track.happened, b.track.happened, equal_nan=True):
        raise ConfigError(
            f"{a.simulator} and {b.simulator} were tested on different days, series or horizons; give both the same"
        )
    names = a.names if len(a.names) == 1 else (*a.names, "all")
    scores = [np.concatenate([t.crps, t.crps.mean(axis=2, keepdims=True)], axis=2) for t in (a.track, b.track)]
    differences = []
    for j, name in enumerate(names):
        for i, horizon in enumerate(a.plan.horizons):
            known = np.isfinite(scores[0][i, :, j])
            first, second = (score[i, known, j] for score in scores)
            mean = long_run_mean(first - second, overlap=horizon)
            relative = mean.value / float(second.mean()) if len(second) else np.nan
            differences.append(Difference(name, horizon, len(first), mean, relative, mean.p_value))
    return Comparison(a.simulator, b.simulator, tuple(differences))
