"""A history that a simulator of arrays goes on from: its steps, and those of them that are rows of the arrays.

Backtests and challengers know arrays of returns in which all assets have one. A market has steps in which some asset
has none, as it was shut or did not trade, or one of several steps, after a hole. Those are no rows, but the model sees
what is known of them, and its paths go through them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from synthdiff.codecs.series.change import LevelCodec, MovingSeries
from synthdiff.codecs.series.channel import FloatArray, IntArray, SeriesCodec, changes, fill_forward
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.hole import HoleDraws, find_holes
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.data.market import Market
from synthdiff.data.market.calendar import next_dates
from synthdiff.data.market.moment import DateArray
from synthdiff.errors import DataError
from synthdiff.evaluation.stylized.shut import single_steps
from synthdiff.models.causal_track import CausalTrack
from synthdiff.models.gap_covariate import shown_covariates
from synthdiff.models.hole_value import adds_up
from synthdiff.models.series_fit import SeriesFit, channel_places
from synthdiff.sampling.path import Sessions

SAME = 1e-12
"""Difference of returns that is nothing but rounding."""


def real_returns(codec: PriceCodec, values: FloatArray) -> FloatArray:
    """Return the returns and differences of a market's assets as they were, each since its asset was observed last.

    Parameters
    ----------
    codec : PriceCodec
    values : (T, C) float64
        NaN where not observed.

    Returns
    -------
    (T - lag, n_assets) float64
        NaN where there is none.
    """
    channels = codec.encode(values)[:, : codec.n_assets]
    moves = [
        changes(values[:, series.column])[codec.lag :]
        if isinstance(series, LevelCodec)
        else channels[:, k] + getattr(series, "mean", 0.0)
        for k, series in enumerate(codec.series[: codec.n_assets])
    ]
    return np.stack(moves, axis=1)


def market_returns(codec: PriceCodec, market: Market) -> FloatArray:
    """Return the returns and differences of single steps of a market's assets, (T - lag, n_assets).

    NaN where there is none, and where it is that of several steps; see `single_steps`.
    """
    spans = codec.history(market.values, market.dates).spans[:, : codec.n_assets]
    return single_steps(real_returns(codec, market.values), spans)


@dataclass(frozen=True, eq=False)
class ForecastHistory:
    """A history.

    Attributes
    ----------
    fitted : SeriesFit
    steps : StepHistory
        T steps of its channels, but for covariates.
    returns : (T, d) float64
        As of `market_returns`.
    market : Market or None
        Its values; None: nothing but returns is known.
    shows_ahead : bool
        Whether covariates of later steps are known.
    """

    fitted: SeriesFit
    steps: StepHistory
    returns: FloatArray
    market: Market | None = None
    shows_ahead: bool = False

    @classmethod
    def of_returns(cls, fitted: SeriesFit, returns: FloatArray) -> Self:
        """Take (T, d) returns of assets that trade in all steps.

        Raises
        ------
        DataError
            The model is of more than returns.
        """
        means = np.array([series.mean for series in plain_series(fitted.codec)])
        return cls(fitted, StepHistory.plain(returns - means, means), returns)

    @classmethod
    def of_market(cls, fitted: SeriesFit, market: Market, shows_ahead: bool = False) -> Self:
        """Take a market of the columns that were fitted."""
        own, _ = channel_places(fitted.codec)
        steps = fitted.codec.history(market.values, market.dates).take(own)
        return cls(fitted, steps, market_returns(fitted.codec, market), market, shows_ahead)

    @cached_property
    def rows(self) -> IntArray:
        """Steps that are rows: those in which all assets have a return."""
        return np.flatnonzero(np.isfinite(self.returns).all(axis=1))

    @cached_property
    def track(self) -> CausalTrack:
        """The history, followed."""
        return CausalTrack(self.fitted.sampler.codec, self.steps)

    @cached_property
    def is_whole(self) -> bool:
        """Whether each step is a row."""
        return len(self.rows) == len(self.returns)

    def step(self, row: int) -> int:
        """Step of a row; after the end, each step is one."""
        return int(self.rows[row]) if row < len(self.rows) else len(self.returns) + row - len(self.rows)

    def dates(self, first: int, n_steps: int) -> DateArray | None:
        """Dates of some steps, those after the end as the calendar goes on."""
        if self.market is None or self.market.dates is None:
            return None
        known, at = self.market.dates, first + self.fitted.codec.lag
        if at + n_steps > len(known):
            known = np.concatenate([known, next_dates(known, at + n_steps - len(known))])
        return known[at : at + n_steps]

    def sessions(self, first: int, n_steps: int) -> Sessions:
        """Say when the followed assets trade in steps that are to be drawn."""
        dates = self.dates(first, n_steps)
        before = None if dates is None or self.market is None else self.market.dates
        return self.fitted.sessions(dates, None if before is None else before[: first + self.fitted.codec.lag], n_steps)

    def covariates(self, first: int, n_past: int, n_steps: int) -> FloatArray | None:
        """Covariates of the steps before a path and of its own, (n_past + n_steps, W); None: not known."""
        _, along = channel_places(self.fitted.codec)
        if self.market is None or not along:
            return None
        columns = [self.market.names.index(name) for name in self.fitted.covariates.names]
        values = self.fitted.covariates.recognised(self.market.values[self.fitted.codec.lag :, columns])
        ahead = values[first : first + n_steps] if self.shows_ahead else values[:0]
        return shown_covariates(self.fitted, np.concatenate([values[first - n_past : first], ahead]), n_past + n_steps)

    def start_values(self, first: int) -> FloatArray | None:
        """Return the last value of each column before a step, (C,); None: nothing but returns is known."""
        if self.market is None:
            return None
        at = first + self.fitted.codec.lag
        return self._latest[at - 1] if at else np.full(len(self.market.names), np.nan)

    def on_rows(self, returns: FloatArray, row: int, n_rows: int, rng: np.random.Generator) -> FloatArray:
        """Put the returns of paths together as rows have them.

        Parameters
        ----------
        returns : (n, L, d) float64
            Of the steps from the first row to the last one.
        row, n_rows : int
            First row, and number of rows.
        rng : numpy.random.Generator
            For what assets did that were not observed just before the paths.

        Returns
        -------
        (n, n_rows, d) float64
        """
        if self.is_whole:
            return returns
        first = self.step(row)
        steps = np.array([self.step(row + k) for k in range(n_rows)])
        since = self._since[np.minimum(steps, len(self.returns))]
        since = np.where((steps > len(self.returns))[:, None], steps[:, None] - 1, since)
        total = np.concatenate([np.zeros_like(returns[:, :1]), returns.cumsum(axis=1)], axis=1)
        assets = np.arange(returns.shape[2])
        out = total[:, steps - first + 1] - total[:, np.maximum(since, first - 1) - first + 1, assets]
        is_stale = since < first - 1
        if is_stale.any():
            out = out + np.where(is_stale, self._unobserved(first, len(returns), rng)[:, None], 0.0)
        return np.asarray(out)

    @cached_property
    def _latest(self) -> FloatArray:
        assert self.market is not None
        return fill_forward(self.market.values)

    @cached_property
    def _since(self) -> IntArray:
        """Step before the first that the return of a step covers, (T + 1, d): that in which it was observed last."""
        steps = np.arange(len(self.returns))[:, None]
        latest = np.maximum.accumulate(np.where(np.isnan(self.returns), -1, steps), axis=0)
        since = np.concatenate([np.full((1, latest.shape[1]), -1), latest])
        single = [not adds_up(series) and not isinstance(series, LevelCodec) for series in self._series]
        before = np.arange(-1, len(self.returns))[:, None]
        return np.where(single | (since < 0), before, since)

    def _unobserved(self, first: int, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw what assets did since they were observed last before a step, (n, d)."""
        codec, followed = self.fitted.sampler.codec, list(self.fitted.sampler.codec.followed)
        begin = self.track.tail(first, first)
        part = self.track.followed.rows(begin, first)
        adding = np.array([adds_up(self._series[k]) for k in followed], dtype=bool)
        holes = find_holes(part, adding, np.ones(len(followed), dtype=bool))
        holes = [hole for hole in holes if hole.stop == len(part) and adding[hole.asset] and np.isnan(hole.change)]
        out = np.zeros((n, len(self._series)))
        if holes:
            runs = self.track.whole.states.runs[begin : first + 1]
            observed = codec.returns.observed(part)
            draws = HoleDraws(codec.returns.imputation, codec.returns.zeros, part, observed, runs, holes)
            out[:, followed] = np.nan_to_num(draws.draw(n, rng)).sum(axis=1)
        return out

    @property
    def _series(self) -> tuple[SeriesCodec, ...]:
        return self.fitted.codec.series[: self.fitted.codec.n_assets]


def check_rows(known: FloatArray, rows: FloatArray) -> None:
    """Refuse rows that are not the first ones of a market.

    Parameters
    ----------
    known : (R, d) float64
        Returns of the market in the steps in which all assets have one.
    rows : (R', d) float64

    Raises
    ------
    DataError
        They are others.
    """
    hint = "give the rows of the market's market_returns in which all assets have a return"
    if len(rows) > len(known) or known.shape[1] != rows.shape[1]:
        raise DataError(
            f"the history has {len(rows)} rows of {rows.shape[1]} assets, and the market {len(known)} of "
            f"{known.shape[1]}; {hint}"
        )
    other = np.flatnonzero(~np.isclose(known[: len(rows)], rows, rtol=1e-9, atol=SAME).all(axis=1))
    if len(other):
        raise DataError(f"row {other[0]} of the history is not that of the market; {hint}", row=int(other[0]))


def plain_series(codec: PriceCodec) -> list[MovingSeries]:
    """Return the series of a market that has nothing but returns and differences.

    Raises
    ------
    DataError
        It has something else, which an array of returns does not tell.
    """
    found: list[MovingSeries] = [series for series in codec.series if isinstance(series, MovingSeries)]
    if len(found) < len(codec.series):
        other = next(series for series in codec.series if not isinstance(series, MovingSeries))
        name = other.channels[0].asset
        raise DataError(
            f"{name!r} is more than returns (its kind is {other.word!r}), so the model cannot go on from an array of "
            "them; give the simulator the market, too",
            column=name,
        )
    return found
