"""A market as stationary channels, one step a row, and back to its columns in their units.

A price moves by log returns; a level (a yield, a temperature) by differences where a unit root is not rejected at 5 %,
else, or where nothing has a volatility, it is kept as it is, in standard deviations from its mean; bars as of
`bar`. The mean of each return and difference is taken away, and a drift put in its place: what a
market returned on average over some years is the least certain number of all, and a stress test must be able to set it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, PlainValidator

from synthdiff.codecs.series.activity import Activity, main_column
from synthdiff.codecs.series.asset import fit_asset
from synthdiff.codecs.series.bar import BarCodec
from synthdiff.codecs.series.change import CovariateCodec, DifferenceCodec, LevelCodec, LogReturnCodec, ReturnCodec
from synthdiff.codecs.series.channel import BoolArray, Channel, FloatArray, SeriesCodec
from synthdiff.codecs.series.clock import TradingHours
from synthdiff.codecs.series.history import StepHistory, spans_of
from synthdiff.data.market import Market, Role
from synthdiff.data.market.calendar import steps_per_year
from synthdiff.data.market.moment import DateArray
from synthdiff.errors import ConfigError, DataError
from synthdiff.record import Name, Names, Record, TupleOfParts, choose, read_as, require

__all__ = ["Channel", "Drift", "PriceCodec"]

Drift = Literal["historical", "zero"] | float

_CODECS: dict[str, type[SeriesCodec]] = {
    codec.word: codec for codec in (LogReturnCodec, DifferenceCodec, ReturnCodec, LevelCodec, CovariateCodec, BarCodec)
}
_ROLES = {"price": "price", "difference": "level", "return": "return", "level": "level", "covariate": "covariate"}
"""What the column of a series is, by the word of its codec; a bar has several."""


def read_series(data: Any) -> SeriesCodec:
    """Restore the codec of an asset or a covariate.

    Raises
    ------
    ValueError
        There is no such codec, or it did not write that.
    """
    return choose(_CODECS, data, "codec", "codec of series").from_dict(data)


class PriceRecord(Record):
    """What a file holds of a `PriceCodec`."""

    names: Names
    assets: Names
    roles: Annotated[tuple[Role, ...], *TupleOfParts]
    labels: dict[Name, Names]
    dated: bool
    hours: Annotated[TradingHours, read_as(TradingHours)] | None = None
    series: Annotated[list[Annotated[Any, PlainValidator(read_series)]], Field(min_length=1)]


@dataclass(frozen=True, eq=False)
class PriceCodec:
    """Between the columns of a market and its channels.

    Attributes
    ----------
    layout : Market
        The fitted market without its rows: what `read_market` takes as ``like``.
    series : tuple of SeriesCodec
        One an asset or covariate; the assets first, each in the order of its first column.
    hours : TradingHours or None
        When the assets trade; None: always.

    Examples
    --------
    >>> market = Market(("SPX",), np.array([[100.0], [110.0], [99.0]]), None, ("SPX",), ("price",))
    >>> codec = PriceCodec.fit(market, "historical")
    >>> codec.decode(codec.encode(market.values)[None], market.values[0]).round(6).tolist()
    [[[110.0], [99.0]]]
    """

    layout: Market
    series: tuple[SeriesCodec, ...]
    hours: TradingHours | None = None

    @classmethod
    def fit(cls, market: Market, drift: Drift = "historical", wanders: bool = True) -> Self:
        """Fit to a market.

        Parameters
        ----------
        market : Market
            T rows.
        drift : "historical", "zero" or float
            What the mean of each log return becomes when steps are decoded: what it was; 0; or a mean log return a
            year, with the steps a year of the market's calendar (`steps_per_year`), such as 252 business days. Levels
            that wander keep their mean difference with ``"historical"`` and have none otherwise.
        wanders : bool
            Whether levels may wander; else all of them are kept as they are.

        Raises
        ------
        ConfigError
            The drift is none of those.
        DataError
            An asset is never observed twice.
        """
        if isinstance(drift, str) and drift not in ("historical", "zero"):
            raise ConfigError(f"drift must be 'historical', 'zero' or a log return a year, got {drift!r}")
        if not isinstance(drift, str) and not np.isfinite(drift):
            raise ConfigError(f"drift must be a finite log return a year, got {drift}")
        a_step = None
        if drift != "historical":
            a_step = 0.0 if drift == "zero" else float(drift) / steps_per_year(market.dates)
        found: dict[str, list[int]] = {}
        for column, (asset, role) in enumerate(zip(market.assets, market.roles, strict=True)):
            found.setdefault(f"covariate {column}" if role == "covariate" else f"asset {asset}", []).append(column)
        groups = sorted(found.values(), key=lambda columns: market.roles[columns[0]] == "covariate")
        assets = [columns for columns in groups if market.roles[columns[0]] != "covariate"]
        activity = Activity.fit(market, [main_column(market, columns) for columns in assets], wanders)
        series = [fit_asset(market, columns, a_step, wanders, activity, place) for place, columns in enumerate(groups)]
        return cls(market.rows(0, 0), tuple(series), activity.hours)

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """The K channels: one of each asset's own returns or differences, in order of the assets, then all others."""
        own = tuple(codec.channels[0] for codec in self.series[: self.n_assets])
        return own + tuple(channel for _, channel in self._others())

    @cached_property
    def n_assets(self) -> int:
        """How many of the first channels are assets' own returns or differences."""
        return sum(not isinstance(codec, CovariateCodec) for codec in self.series)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the C columns."""
        return self.layout.names

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the assets, (n_assets,)."""
        return tuple(channel.asset for channel in self.channels[: self.n_assets])

    @property
    def kinds(self) -> tuple[Literal["return", "difference"], ...]:
        """What `returns` gives of each asset, (n_assets,)."""
        own = self.channels[: self.n_assets]
        return tuple("return" if channel.kind == "return" else "difference" for channel in own)

    @property
    def drifts(self) -> FloatArray:
        """What `decode` adds to a step in which an asset moves, (n_assets,); 0 for levels that return to their mean."""
        return np.array([getattr(codec, "drift", 0.0) for codec in self.series[: self.n_assets]])

    @property
    def shares(self) -> FloatArray:
        """Share of the steps in which each asset moves, (n_assets,)."""
        return np.array([getattr(codec, "share", 1.0) for codec in self.series[: self.n_assets]])

    @cached_property
    def lag(self) -> int:
        """Rows that `encode` loses: 1, or 0 where no column needs the row before."""
        return max(codec.lag for codec in self.series)

    @property
    def n_states(self) -> int:
        """Numbers that `start` adds to the last values."""
        return sum(codec.n_states for codec in self.series)

    def encode(self, values: FloatArray) -> FloatArray:
        """Turn values into steps.

        Parameters
        ----------
        values : (T, C) float64
            In the units of the market; NaN where not observed.

        Returns
        -------
        (T - lag, K) float64
            Without drift. NaN where nothing is observed, or nothing was before; after a gap, a return is the one
            since the value observed last.

        Raises
        ------
        DataError
            `values` has another number of columns.
        """
        if values.ndim != 2 or values.shape[1] != len(self.names):
            raise DataError(f"expected values of {len(self.names)} columns {self.names}, got shape {values.shape}")
        encoded = np.full((len(values), len(self.channels)), np.nan)
        for codec, places in self._placed():
            encoded[:, places] = codec.encode(values[:, list(codec.columns)])
        return encoded[self.lag :]

    def history(self, values: FloatArray, dates: DateArray | None) -> StepHistory:
        """Turn values into steps, with what is known of them; arguments and errors as of `encode`.

        Parameters
        ----------
        values : (T, C) float64
        dates : (T,) datetime64 or None

        Returns
        -------
        StepHistory
            Of T - lag steps and all K channels.
        """
        steps, lag = self.encode(values), self.lag
        main = [main_column(self.layout, list(codec.columns)) for codec in self.series]
        observed = ~np.isnan(values[:, main])
        is_open = self.is_open(dates, len(values))
        spans = np.ones((len(values), len(self.channels)), dtype=np.int64)
        opens, means = np.ones(spans.shape, dtype=bool), np.zeros(spans.shape[1])
        for place, (codec, channels) in enumerate(self._placed()):
            own = slice(place, place + 1)
            mean = getattr(codec, "mean", None)
            if place < self.n_assets and mean is not None and not codec.channels[0].persistent:
                if codec.lag:
                    spans[:, channels] = spans_of(observed[:, own], is_open[:, own])
                means[channels[0]] = mean
            if place < self.n_assets:
                opens[:, channels] = is_open[:, own]
        first = list(range(self.n_assets))
        moved = ~np.isnan(steps[:, first]) & (steps[:, first] != -means[first])
        opens[lag:, first] |= moved
        moments = dates
        if dates is not None and not lag and len(dates) > 1:  # the moment before the first return is not there
            moments = np.concatenate(
                [dates[:1] - np.median(np.diff(dates).astype(np.int64)).astype("timedelta64[ns]"), dates]
            )
        return StepHistory(steps, spans[lag:], opens[lag:], means, moments)

    def is_open(self, dates: DateArray | None, n_steps: int) -> BoolArray:
        """Return the steps in which each asset trades, (n_steps, n_assets); all where dates are not known."""
        if self.hours is None or dates is None:
            return np.ones((n_steps, self.n_assets), dtype=bool)
        return self.hours.at(dates)

    def decode(self, steps: FloatArray, start: FloatArray) -> FloatArray:
        """Turn steps into values, the inverse of `encode` if the drift is the historical one.

        Parameters
        ----------
        steps : (n, L, K) float64
            Any real numbers; what is NaN gives NaN, and does not move what comes after.
        start : (C,), (n, C), (C + n_states,) or (n, C + n_states) float64
            What `start` makes of the rows before the first step, or those values alone: then what is usual for a
            volume is taken from the last one.

        Returns
        -------
        (n, L, C) float64
            In the units of the market, with drift; NaN in columns whose start is NaN and counts.

        Raises
        ------
        DataError
            A shape does not fit.
        """
        starts = self._starts(steps, start)
        values = np.empty((*steps.shape[:2], len(self.names)))
        for (codec, places), first in zip(self._placed(), starts, strict=True):
            values[:, :, list(codec.columns)] = codec.decode(steps[:, :, places], first)
        return values

    def start(self, values: FloatArray) -> FloatArray:
        """What steps after the last row start from.

        Parameters
        ----------
        values : (T, C) float64
            As many rows before the first step as there are; a few hundred will do.

        Returns
        -------
        (C + n_states,) float64
            The last observed value of each column, then the trailing level of each volume.
        """
        states = [codec.state(values[:, list(codec.columns)]) for codec in self.series]
        first = np.empty(len(self.names))
        for codec, state in zip(self.series, states, strict=True):
            first[list(codec.columns)] = state[: len(codec.columns)]
        beyond = [state[len(codec.columns) :] for codec, state in zip(self.series, states, strict=True)]
        return np.concatenate([first, *beyond])

    def returns(self, steps: FloatArray, start: FloatArray | None = None) -> FloatArray:
        """Turn steps into what risk is computed on.

        Parameters
        ----------
        steps : (n, L, K) float64
        start : as of `decode`, or None
            Only levels that are kept as they are need it, for their first difference; without it that is 0.

        Returns
        -------
        (n, L, n_assets) float64
            Log returns, or differences as `kinds` says, with drift: cumulated from the start they give the values.
        """
        start = np.full(len(self.names), np.nan) if start is None else start
        placed = list(zip(self._placed(), self._starts(steps, start), strict=True))[: self.n_assets]
        moves = [codec.moves(steps[:, :, places], first) for (codec, places), first in placed]
        return np.stack(moves, axis=-1) if moves else np.empty((*steps.shape[:2], 0))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        layout = self.layout
        return {
            "names": list(layout.names),
            "assets": list(layout.assets),
            "roles": list(layout.roles),
            "labels": {name: list(labels) for name, labels in layout.labels.items()},
            "dated": layout.dates is not None,
            "hours": None if self.hours is None else self.hours.to_dict(),
            "series": [codec.to_dict() for codec in self.series],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote.

        Raises
        ------
        ValueError
            It is nothing that `to_dict` writes; pydantic's ValidationError says where.
        """
        found = PriceRecord.model_validate(data)
        dates = np.empty(0, "datetime64[ns]") if found.dated else None
        values = np.empty((0, len(found.names)))
        returns = [codec for codec in found.series if isinstance(codec, ReturnCodec)]
        conventions = {codec.name: codec.convention for codec in returns}
        layout = Market(found.names, values, dates, found.assets, found.roles, found.labels, conventions=conventions)
        codec = cls(layout, tuple(found.series), found.hours)
        codec.check()
        return codec

    def check(self) -> None:
        """Refuse columns and series that do not belong together.

        Raises
        ------
        ValueError
            They do not.
        """
        layout, n_columns = self.layout, len(self.names)
        require(len(set(layout.names)) == n_columns, "two columns have one name")
        require(len(layout.assets) == len(layout.roles) == n_columns, "each column needs an asset and a role")
        columns = [column for codec in self.series for column in codec.columns]
        require(sorted(columns) == list(range(n_columns)), "columns are missing, or there twice")
        kinds = [isinstance(codec, CovariateCodec) for codec in self.series]
        require(kinds == sorted(kinds) and not all(kinds), "assets come first, and there must be one")
        covariates = {name for name, role in zip(layout.names, layout.roles, strict=True) if role == "covariate"}
        require(layout.labels.keys() <= covariates, "labels are of covariates")
        for codec in self.series:
            parts = codec.parts if isinstance(codec, BarCodec) else {_ROLES[codec.word]: codec.columns[0]}
            found: dict[str, int] = {layout.roles[column]: column for column in codec.columns}
            require(found == parts, f"a series is taken for a {codec.word}, and is {', '.join(found)}")
            whose = {layout.assets[column] for column in codec.columns}
            require(whose == {codec.channels[0].asset}, "a series of another asset")
            if not isinstance(codec, BarCodec):
                require(codec.channels[0].name == layout.names[codec.columns[0]], "a series of another column")
        require(len(set(self.assets)) == len(self.assets), "two assets have one name")
        require(self.hours is None or len(self.hours.pattern) == self.n_assets, "hours of other assets")

    def _others(self) -> Iterator[tuple[int, Channel]]:
        """Channels that are no asset's own, each with the position of its series."""
        for position, codec in enumerate(self.series):
            for channel in codec.channels[1 if position < self.n_assets else 0 :]:
                yield position, channel

    def _placed(self) -> Iterator[tuple[SeriesCodec, list[int]]]:
        """Each series with the positions of its channels."""
        places = [[position] for position in range(self.n_assets)] + [[] for _ in self.series[self.n_assets :]]
        for place, (position, _) in enumerate(self._others(), start=self.n_assets):
            places[position].append(place)
        return zip(self.series, places, strict=True)

    def _starts(self, steps: FloatArray, start: FloatArray) -> list[FloatArray]:
        """What each series starts from: (n, c) or (n, c + n_states) a series."""
        if steps.ndim != 3 or steps.shape[2] != len(self.channels):
            raise DataError(f"expected steps of shape (n, L, {len(self.channels)}), got {steps.shape}")
        n_columns = len(self.names)
        if start.ndim not in (1, 2) or start.shape[-1] not in (n_columns, n_columns + self.n_states):
            raise DataError(f"expected a start of {n_columns} values, got shape {start.shape}")
        rows = np.broadcast_to(start, (len(steps), start.shape[-1]))
        found, at = [], n_columns
        for codec in self.series:
            more = codec.n_states if start.shape[-1] > n_columns else 0
            found.append(np.concatenate([rows[:, list(codec.columns)], rows[:, at : at + more]], axis=1))
            at += more
        return found
