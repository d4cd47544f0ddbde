"""The windows of a history that did what paths were asked to do: what conditioned paths are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.data.portfolio import HOLDINGS, Holdings
from synthdiff.data.request import Subjects, read_request
from synthdiff.errors import ConfigError, WindowError
from synthdiff.evaluation.stylized.window import window_starts, windows
from synthdiff.parameter import checked
from synthdiff.rule import STEPS, Choice, Names, Number, OrNone, Several


@checked(
    horizon=STEPS,
    assets=OrNone(Names()),
    kinds=OrNone(Several(Choice("return", "difference"))),
    portfolio=OrNone(HOLDINGS),
    per_year=Number(above=0),
    tolerance=OrNone(Number(above=0)),
    step=OrNone(STEPS),
)
def matched_windows(
    real: FloatArray,
    conditioning: Mapping[Any, Any],
    horizon: int,
    *,
    assets: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    portfolio: Holdings | None = None,
    per_year: float = 252.0,
    tolerance: float | None = None,
    step: int | None = None,
) -> FloatArray:
    """Find the windows of a history that meet conditions.

    They overlap: windows of the same fall count many times, and say little more than one of them would.

    Parameters
    ----------
    real : (T, d) float64
        Log returns, or differences of levels; rows where one is NaN are left out.
    conditioning : mapping
        As of `SeriesDiffusion.sample`, without covariates; see `synthdiff.data.request`. ``"market"`` has equal
        weights.
    horizon : int
        Steps of a window.
    assets : sequence of str, optional
        Names; ``"asset 0"`` and so on if left out.
    kinds : sequence of {"return", "difference"}, optional
        Default: all are returns.
    portfolio : mapping or array, optional
        Equal weights if left out.
    per_year : float
        Steps a year, for volatility.
    tolerance : float, optional
        Half of the band around a single value; see `synthdiff.data.target.Target.settled`, with all windows as what is
        usual.
    step : int, optional
        Steps between the starts of two windows; default: 21, of short windows a quarter of their length.

    Returns
    -------
    (w, horizon, d) float64
        In order of time; w is 0 where no window meets the conditions.

    Raises
    ------
    ConditioningError
        A condition that is not known or cannot be.
    ConfigError
        There is no condition.
    WindowError
        The history is shorter than a window.

    Examples
    --------
    >>> real = np.full((100, 1), -0.01)
    >>> matched_windows(real, {0: "<=-0.2"}, 50).shape
    (5, 50, 1)
    """
    known = real[~np.isnan(real).any(axis=1)]
    if not 1 <= horizon <= len(known):
        raise WindowError(f"the history has {len(known)} complete steps; windows of {horizon} were asked for")
    names = tuple(assets) if assets is not None else tuple(f"asset {j}" for j in range(real.shape[1]))
    moves = tuple(kinds) if kinds is not None else ("return",) * real.shape[1]
    target = read_request(conditioning, Subjects(names, moves, portfolio, per_year=per_year), horizon).target
    if target is None:
        raise ConfigError("no condition is given, so that all windows meet it; name one, such as {'SPX': '<=-0.1'}")
    starts = window_starts(len(known), horizon) if step is None else np.arange(0, len(known) - horizon + 1, step)
    every = windows(known, starts, horizon)
    values = target.values(every, moves)
    return np.asarray(every[target.settled(values, tolerance).met(values).any(axis=1)])
