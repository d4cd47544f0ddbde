"""What comes along with a close that is led through a gap: shapes of bars, adjustments and volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthdiff.codecs.series.bar_channel import BarPlaces, bar_places, shut_bars
from synthdiff.codecs.series.channel import BoolArray, FloatArray, IntArray
from synthdiff.codecs.series.volume import lead_volumes, level_of_later
from synthdiff.codecs.series.window import Decoded, WindowCodec
from synthdiff.data.market import Market
from synthdiff.models.series_fit import SeriesFit


@dataclass(frozen=True, eq=False)
class BarGap:
    """The bars of a gap.

    Attributes
    ----------
    fitted : SeriesFit
    later : Market
        What comes after the gap.
    known : (M, K) float64
        Its channels, as steps since the gap began where they are the first ones.
    arrivals : (n_assets,) int64
        First row of what comes after in which each asset is known.
    is_open : (G, n_assets) bool
        Steps of the gap in which each asset trades.
    size : (L, F) float64
        Volatility of the followed assets that is usual at the time of each step, those that lead out included.
    """

    fitted: SeriesFit
    later: Market
    known: FloatArray
    arrivals: IntArray
    is_open: BoolArray
    size: FloatArray

    def along(self, steps: FloatArray, drawn: Decoded, start: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Put bars beside closes that were moved.

        Parameters
        ----------
        steps : (n, L, K) float64
            The gap and the steps that lead out of it; changed in place.
        drawn : Decoded
            As they were before the closes were moved.
        start : (C + n_states,) float64
            What the steps start from.
        rng : numpy.random.Generator

        Returns
        -------
        (n, G, K) float64
            The steps of the gap.
        """
        n_steps = len(self.is_open)
        places = bar_places(self.fitted.codec)
        if not places:
            return steps[:, :n_steps]
        codec = self.fitted.sampler.codec
        moves = steps[..., list(codec.followed)] / self.size
        follow_moves(codec, self.fitted.codec.n_assets, steps, moves, drawn, rng)
        for place in places:
            if place.adjustment is not None:
                self._adjust(steps, place, place.adjustment, rng)
        steps = shut_bars(places, steps[:, :n_steps], self.is_open)
        for place in places:
            if place.volume is not None and place.level is not None and np.isfinite(start[place.level]):
                column = self.later.values[:, place.bar.parts["volume"]]
                level = float(start[place.level])
                steps[..., place.volume] = lead_volumes(steps[..., place.volume], level, level_of_later(column, level))
        return steps

    def _adjust(self, steps: FloatArray, place: BarPlaces, channel: int, rng: np.random.Generator) -> None:
        """Put what the adjusted close gains on the close in the gap, a dividend or nothing, into one of the steps."""
        row = int(self.arrivals[place.asset])
        total = self.known[row, channel]
        if np.isnan(total):
            return
        n_steps = min(len(self.is_open) + 1 + row, steps.shape[1])
        steps[:, :n_steps, channel] = 0.0
        steps[np.arange(len(steps)), rng.integers(0, n_steps, len(steps)), channel] = total


def follow_moves(
    codec: WindowCodec,
    n_assets: int,
    steps: FloatArray,
    moves: FloatArray,
    drawn: Decoded,
    rng: np.random.Generator,
) -> None:
    """Move the channels that come along, as their normal scores follow those of the returns, in place.

    A bar that was drawn with one return has another shape than one of the return that it is given: its scores are
    moved by what normal scores of these correlations are expected to.

    Parameters
    ----------
    codec : WindowCodec
    n_assets : int
        Channels from there on come along.
    steps : (n, L, K) float64
    moves : (n, L, F) float64
        Returns of the followed channels as they shall be, over what is usual at their time.
    drawn : Decoded
        Returns as they were drawn, L steps or more.
    rng : numpy.random.Generator
        For where among the scores of a frequent value one lies.
    """
    n_series, n_steps = codec.filter.n_series, steps.shape[1]
    along = [k for k in codec.others if k >= n_assets]
    if not along or not n_series:
        return
    scale = np.exp(drawn.log_volatility[:, :n_steps])
    old = drawn.series[:, :n_steps, :n_series]
    moved = np.stack([old, codec.filter.split(moves)]) / scale
    scores = np.stack([score.encode(moved[..., k]) for k, score in enumerate(codec.scores[:n_series])], axis=-1)
    at = [n_series + codec.others.index(k) for k in along]
    correlation = codec.mixing.T @ codec.mixing
    weights = np.linalg.solve(correlation[:n_series, :n_series], correlation[:n_series][:, at])
    expected = (scores[1] - scores[0]) @ weights
    place = rng.random((*steps.shape[:2], len(at)))
    for i, (k, series) in enumerate(zip(along, at, strict=True)):
        own = codec.scores[series].encode(steps[..., k], place[..., i]) + expected[..., i]
        steps[..., k] = codec.scores[series].decode(own)
