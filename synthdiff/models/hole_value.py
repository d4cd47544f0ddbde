"""Values of a history whose holes are filled: what is known to the last digit, and bars that are bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthdiff.codecs.series.activity import main_column
from synthdiff.codecs.series.bar import BarCodec
from synthdiff.codecs.series.bar_channel import BarPlaces, bar_places
from synthdiff.codecs.series.change import DifferenceCodec, MovingSeries, ReturnCodec
from synthdiff.codecs.series.channel import BoolArray, FloatArray, SeriesCodec
from synthdiff.codecs.series.price import PriceCodec
from synthdiff.codecs.series.volume import level_of_later


def adds_up(series: SeriesCodec) -> bool:
    """Return whether values are sums of steps: of prices and levels that wander, not of returns."""
    return isinstance(series, MovingSeries | BarCodec) and not isinstance(series, ReturnCodec)


@dataclass(frozen=True, eq=False)
class KnownValues:
    """What is known of a stretch of a history.

    Attributes
    ----------
    codec : PriceCodec
    before : (B, C) float64
        Rows before the stretch; B may be 0.
    values : (L, C) float64
        NaN where missing.
    """

    codec: PriceCodec
    before: FloatArray
    values: FloatArray

    def main(self, asset: int) -> int:
        """Column that tells how an asset moves."""
        return main_column(self.codec.layout, list(self.codec.series[asset].columns))

    @property
    def start(self) -> FloatArray:
        """What the stretch starts from, (C + n_states,); NaN where nothing is known."""
        if not len(self.before):
            return np.full(len(self.codec.names) + self.codec.n_states, np.nan)
        return self.codec.start(self.before)

    def starts(self, returns: FloatArray) -> FloatArray:
        """Starts that lead assets without any value before to their first one.

        Parameters
        ----------
        returns : (n, L, n_assets) float64
            Returns or differences, means included.

        Returns
        -------
        (n, C + n_states) float64
        """
        starts = np.broadcast_to(self.start, (len(returns), len(self.start))).copy()
        for asset, series in enumerate(self.codec.series[: self.codec.n_assets]):
            column = self.main(asset)
            seen = np.flatnonzero(~np.isnan(self.values[:, column]))
            if adds_up(series) and np.isnan(starts[0, column]) and len(seen):
                gone = returns[:, : seen[0] + 1, asset].sum(axis=1)
                first = self.values[seen[0], column]
                is_difference = isinstance(series, DifferenceCodec)
                starts[:, column] = first - gone if is_difference else first * np.exp(-gone)
        for place in bar_places(self.codec):
            self._start_bar(place, starts)
        return starts

    def complete(self, values: FloatArray, returns: FloatArray, start: FloatArray) -> FloatArray:
        """Put what is known among drawn values.

        Parameters
        ----------
        values : (n, L, C) float64
            Changed in place.
        returns : (n, L, n_assets) float64
            0 where a price stays to the last digit.
        start : (n, C) float64

        Returns
        -------
        (n, L, C) float64
        """
        missing = np.isnan(self.values)
        values[:, ~missing] = self.values[~missing]
        for asset, series in enumerate(self.codec.series[: self.codec.n_assets]):
            if adds_up(series):
                column = self.main(asset)
                for row in np.flatnonzero(missing[:, column]):
                    last = start[:, column] if row == 0 else values[:, row - 1, column]
                    stays = (returns[:, row, asset] == 0) & ~np.isnan(last)
                    values[:, row, column] = np.where(stays, last, values[:, row, column])
        for place in bar_places(self.codec):
            _mend_bar(place.bar, values, missing)
        return values

    def moves(self, values: FloatArray, returns: FloatArray, start: FloatArray) -> FloatArray:
        """Returns or differences of whole values, (n, L, n_assets); parameters as of `complete`."""
        moves = returns.copy()
        for asset, series in enumerate(self.codec.series[: self.codec.n_assets]):
            if isinstance(series, ReturnCodec):
                continue
            column = self.main(asset)
            x = values[..., column]
            first = np.where(np.isnan(start[:, column]), x[:, 0], start[:, column])
            whole = np.concatenate([first[:, None], x], axis=1)
            is_return = self.codec.kinds[asset] == "return"
            moves[..., asset] = np.diff(np.log(whole) if is_return else whole, axis=1)
        return moves

    def _start_bar(self, place: BarPlaces, starts: FloatArray) -> None:
        """Where the adjusted close and the volume of a bar start whose first values come later."""
        parts = place.bar.parts
        if "price" in parts and np.isnan(starts[0, parts["price"]]):
            both = self.values[:, [parts["price"], parts["close"]]]
            seen = np.flatnonzero(~np.isnan(both).any(axis=1))
            ratio = both[seen[0], 0] / both[seen[0], 1] if len(seen) else 1.0
            starts[:, parts["price"]] = starts[:, parts["close"]] * ratio
        if place.level is not None and np.isnan(starts[0, place.level]):
            starts[:, place.level] = level_of_later(self.values[:, parts["volume"]], place.bar.typical)


def _mend_bar(bar: BarCodec, values: FloatArray, missing: BoolArray) -> None:
    """Make bars of which parts are known and others are drawn bars again, in place: low <= open, close <= high."""
    parts = bar.parts
    if bar.is_copy:
        rows = missing[:, parts["price"]]
        values[:, rows, parts["price"]] = values[:, rows, parts["close"]]
    if "high" not in parts:
        return
    opened, high, low, close = (parts[part] for part in ("open", "high", "low", "close"))
    for row in np.flatnonzero(missing[:, [opened, high, low, close]].any(axis=1)):
        least = np.where(missing[row, low], 0.0, values[:, row, low])
        most = np.where(missing[row, high], np.inf, values[:, row, high])
        for part in (opened, close):
            if missing[row, part]:
                values[:, row, part] = np.clip(values[:, row, part], least, most)
        both = values[:, row, [opened, close]]
        if missing[row, high]:
            values[:, row, high] = np.maximum(values[:, row, high], both.max(axis=1))
        if missing[row, low]:
            values[:, row, low] = np.minimum(values[:, row, low], both.min(axis=1))
