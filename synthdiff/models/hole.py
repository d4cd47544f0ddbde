"""What may have happened in the holes of a history: cells of some assets that are missing while others are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from synthdiff.codecs.series.activity import main_column
from synthdiff.codecs.series.bar_channel import bar_places, shut_bars
from synthdiff.codecs.series.channel import BoolArray, FloatArray
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.hole import HoleDraws, find_holes
from synthdiff.codecs.series.window import Track
from synthdiff.data.market import Market
from synthdiff.data.paths import Paths
from synthdiff.errors import DataError
from synthdiff.models.hole_along import AlongHoles
from synthdiff.models.hole_value import KnownValues, adds_up
from synthdiff.models.series_fit import SeriesFit, channel_places
from synthdiff.runtime import spawn_seed

CHUNK = 64
"""Paths that are drawn together, with random numbers of their own."""


@dataclass(frozen=True, eq=False)
class Holes:
    """The holes of a history.

    Attributes
    ----------
    fitted : SeriesFit
    market : Market
        T rows; a step of the history is a row from `PriceCodec.lag` on.
    """

    fitted: SeriesFit
    market: Market

    @classmethod
    def of(cls, fitted: SeriesFit, market: Market) -> Self:
        """Find the holes of a history.

        Raises
        ------
        DataError
            There is none.
        """
        holes = cls(fitted, market)
        if not holes.cells.any():
            raise DataError(
                "no cell of the history is missing while its asset trades, after its first row; for a gap of all "
                "assets, give what comes after it, too"
            )
        return holes

    @cached_property
    def history(self) -> StepHistory:
        """Its channels, but for covariates."""
        own, _ = channel_places(self.fitted.codec)
        return self.fitted.codec.history(self.market.values, self.market.dates).take(own)

    @cached_property
    def track(self) -> Track:
        """The history, followed."""
        return self.fitted.sampler.codec.follow(self.history)

    @cached_property
    def cells(self) -> BoolArray:
        """Cells that are missing while their asset trades, (T, C), in rows that are steps."""
        codec = self.fitted.codec
        cells = np.isnan(self.market.values)
        is_open = codec.is_open(self.market.dates, len(cells))
        for asset, series in enumerate(codec.series):
            columns = list(series.columns)
            cells[:, columns] &= is_open[:, [asset]] if asset < codec.n_assets else False
        cells[: codec.lag] = False
        return cells

    @cached_property
    def span(self) -> slice:
        """Steps from the first to the last hole."""
        rows = np.flatnonzero(self.cells.any(axis=1)) - self.fitted.codec.lag
        return slice(int(rows[0]), int(rows[-1]) + 1)

    @cached_property
    def stretch(self) -> slice:
        """Steps that are drawn: up to one in which all is known again, and where late assets begin."""
        whole = np.flatnonzero(~np.isnan(self.history.values[self.span.stop :]).any(axis=1))
        stop = self.span.stop + int(whole[0]) + 1 if len(whole) else len(self.history)
        return slice(self.span.start, stop)

    @cached_property
    def draws(self) -> HoleDraws:
        """Draws of the returns of the followed assets."""
        codec, windows = self.fitted.codec, self.fitted.sampler.codec
        followed = list(windows.followed)
        history = self.history.take(followed)
        adding = np.array([adds_up(codec.series[k]) for k in followed], dtype=bool)
        main = [main_column(codec.layout, list(codec.series[k].columns)) for k in followed]
        begun = np.asarray(~np.isnan(self.market.values[: codec.lag, main]).all(axis=0))  # none without a lag
        returns = windows.returns
        observed, runs = returns.observed(history), self.track.states.runs
        return HoleDraws(returns.imputation, returns.zeros, history, observed, runs, find_holes(history, adding, begun))

    def draw(self, n_paths: int, random_state: int) -> Paths:
        """Draw histories without holes, from the first to the last of them."""
        codec, kept = self.fitted.codec, self.span.stop - self.span.start
        columns = [c for c, role in enumerate(codec.layout.roles) if role != "covariate"]
        parts = []
        for chunk in range(-(-n_paths // CHUNK)):
            rng = np.random.default_rng(spawn_seed(random_state, "holes", chunk))
            values, returns = self._chunk(rng)
            n = min(CHUNK, n_paths - chunk * CHUNK)
            parts.append((values[:n, :kept, columns], returns[:n, :kept]))
        values, returns = (np.concatenate(part) for part in zip(*parts, strict=True))
        rows = slice(self.span.start + codec.lag, self.span.stop + codec.lag)
        return Paths.of(
            returns,
            codec.assets,
            values=values,
            names=[codec.names[c] for c in columns],
            start=self.known.start[: len(codec.names)][columns],
            dates=None if self.market.dates is None else self.market.dates[rows],
            kinds=codec.kinds,
        )

    @cached_property
    def known(self) -> KnownValues:
        """What is known of the stretch."""
        first, stop = self.stretch.start + self.fitted.codec.lag, self.stretch.stop + self.fitted.codec.lag
        return KnownValues(self.fitted.codec, self.market.values[:first], self.market.values[first:stop])

    def _chunk(self, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Values, (n, L, C), and returns, (n, L, n_assets), of some histories in the stretch."""
        codec, followed = self.fitted.codec, list(self.fitted.sampler.codec.followed)
        n_assets, means = codec.n_assets, self.history.means[: codec.n_assets]
        filled = self._filled(rng)
        history = self.history.take(followed)
        known = history.values[self.stretch] + history.means
        known = np.where(np.isnan(known) | history.is_zero[self.stretch], 0.0, known)
        moves = np.where(np.isnan(filled), known, filled)
        along = AlongHoles(self.fitted, self.track, self.history, self.stretch)
        own, _ = channel_places(codec)
        steps = np.zeros((*moves.shape[:2], len(codec.channels)))
        steps[..., own] = along.draw(self._scaled(filled), rng)
        returns = steps[..., :n_assets] + means
        returns[..., followed] = moves
        steps[..., :n_assets] += means - codec.drifts  # a history has the mean that it had
        steps[..., followed] = np.where(moves == 0, -history.means, moves - codec.drifts[followed])
        return self._valued(steps, returns)

    def _filled(self, rng: np.random.Generator) -> FloatArray:
        """Returns of the followed assets in their holes, (CHUNK, L, F); NaN elsewhere."""
        first, stop = self.stretch.start, self.stretch.stop
        out = np.full((CHUNK, stop - first, len(self.fitted.sampler.codec.followed)), np.nan)
        if self.draws.holes:
            rows = self.draws.rows
            inside = (rows >= first) & (rows < stop)
            out[:, rows[inside] - first] = self.draws.draw(CHUNK, rng)[:, inside]
        return out

    def _scaled(self, filled: FloatArray) -> FloatArray:
        """Returns of the followed assets over what is usual at their time, (n, L, F), those that rest drawn."""
        windows = self.fitted.sampler.codec
        usual = self.draws.observed.usual[self.stretch]
        moves = windows.filter.join(self.track.series[self.stretch, : windows.filter.n_series])
        drawn = (filled - self.draws.history.means) / usual
        return np.where(np.isnan(filled) | (filled == 0), moves, drawn)

    def _valued(self, steps: FloatArray, returns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values and returns of steps, what is known to the last digit."""
        codec = self.fitted.codec
        first = self.stretch.start + codec.lag
        rows = slice(first, first + steps.shape[1])
        dates = None if self.market.dates is None else self.market.dates[rows]
        shut_bars(bar_places(codec), steps, codec.is_open(dates, steps.shape[1]))
        start = self.known.starts(returns)
        values = self.known.complete(codec.decode(steps, start), returns, start)
        volumes = [c for c, role in enumerate(codec.layout.roles) if role == "volume"]
        values[..., volumes] = np.nan_to_num(values[..., volumes])  # where nothing is traded
        return values, self.known.moves(values, returns, start)
