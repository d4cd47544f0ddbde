"""What comes along with the returns of a history with holes: levels, bars and volumes, drawn where they are missing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthdiff.codecs.series.bar_channel import bar_places
from synthdiff.codecs.series.change import MovingSeries, ReturnCodec
from synthdiff.codecs.series.channel import BoolArray, FloatArray
from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.window import Track, WindowCodec
from synthdiff.models.series_fit import SeriesFit


@dataclass(frozen=True, eq=False)
class AlongHoles:
    """Channels that are not followed, in a stretch of a history.

    Each is drawn given the returns and all else that is known of its step. Levels that are followed go on from there
    to the next one that is known; what an adjusted close gains on the close in a hole falls on one of its steps.

    Attributes
    ----------
    fitted : SeriesFit
    track : Track
        The history, followed.
    history : StepHistory
        Its K channels.
    span : slice
        Steps of the stretch, L of them.
    """

    fitted: SeriesFit
    track: Track
    history: StepHistory
    span: slice

    @property
    def codec(self) -> WindowCodec:
        """Between channels and what the network draws."""
        return self.fitted.sampler.codec

    @cached_property
    def adjustments(self) -> list[int]:
        """Channels of adjustments."""
        return [place.adjustment for place in bar_places(self.fitted.codec) if place.adjustment is not None]

    @cached_property
    def moving(self) -> list[int]:
        """Assets that are not followed and add up."""
        series = self.fitted.codec.series[: self.fitted.codec.n_assets]
        adding = [isinstance(s, MovingSeries) and not isinstance(s, ReturnCodec) for s in series]
        return [k for k in self.codec.others if k < len(adding) and adding[k]]

    def draw(self, returns: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw the channels.

        Parameters
        ----------
        returns : (n, L, F) float64
            Returns of the followed assets, over what is usual at their time.
        rng : numpy.random.Generator

        Returns
        -------
        (n, L, K) float64
            Those that are followed 0.
        """
        others = list(self.codec.others)
        out = np.zeros((*returns.shape[:2], self.history.values.shape[1]))
        out[..., others] = self._drawn(returns, rng)
        levels = list(self.codec.levels)
        known = self.history.values[self.span]
        if levels:
            state = self.track.states.levels[self.span.start]
            filled = self.codec.reversion.fill(known[:, levels], out[..., levels], state)
            out[..., levels] = np.where(np.isnan(filled), out[..., levels], filled)
        for k in self.moving:
            _spread(out[..., k], known[:, k], float(self.history.means[k]))
        for k in self.adjustments:
            _put_together(out[..., k], known[:, k], rng)
        return out

    def _drawn(self, returns: FloatArray, rng: np.random.Generator) -> FloatArray:
        """What is not followed, (n, L, D - F), of followed levels their innovations, drawn where it is missing."""
        codec, n_series = self.codec, self.codec.filter.n_series
        series = self.track.series[self.span, n_series:].copy()
        for k in (*codec.reverting, *self.moving, *self.adjustments):
            series[_after_holes(self.history.values[self.span, k]), codec.others.index(k)] = np.nan
        out = np.broadcast_to(series, (len(returns), *series.shape)).copy()
        rows = np.flatnonzero(np.isnan(series).any(axis=1))
        if not len(rows):
            return out
        split = codec.filter.split(returns[:, rows])
        whole = np.concatenate([split, out[:, rows]], axis=-1)
        log_scale = self.track.log_volatility[self.span][rows]
        scores = codec.encode_series(whole, log_scale[None], rng) @ codec.mixing
        for place in range(series.shape[1]):
            values = codec.scores[n_series + place].decode(scores[..., n_series + place])
            out[:, rows, place] = np.where(np.isnan(series[rows, place]), values, series[rows, place])
        return out


def _after_holes(values: FloatArray) -> BoolArray:
    """Steps after a missing one."""
    return np.concatenate([[False], np.isnan(values[:-1])])


def _holes(known: FloatArray) -> list[tuple[int, int]]:
    """First and last steps of the holes of (L,) values: the last is that in which the value is known again.

    It is L where there is none.
    """
    missing = np.concatenate([[False], np.isnan(known), [False]])
    edges = np.flatnonzero(missing[1:] != missing[:-1])
    return [(first, last) for first, last in edges.reshape(-1, 2).tolist()]


def _spread(steps: FloatArray, known: FloatArray, mean: float) -> None:
    """Move steps, (n, L), of each hole evenly so that they add up to its change, in place."""
    for first, last in _holes(known):
        if last < len(known):
            total = known[last] - (last - first) * mean
            part = steps[:, first : last + 1]
            part += ((total - part.sum(axis=1)) / part.shape[1])[:, None]


def _put_together(steps: FloatArray, known: FloatArray, rng: np.random.Generator) -> None:
    """Put the change of each hole into one of its steps, (n, L), in place; nothing where it is not known."""
    for first, last in _holes(known):
        steps[:, first : last + 1] = 0.0
        if last < len(known):
            at = rng.integers(first, last + 1, len(steps))
            steps[np.arange(len(steps)), at] = known[last]
