"""Market series from any frame: aligned, in order, and each column known for what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from synthdiff.data.check import check_names
from synthdiff.data.frame import to_table
from synthdiff.data.market.bar import find_bars, mend_bars
from synthdiff.data.market.finding import Finding
from synthdiff.data.market.heading import flat_columns, read_headings
from synthdiff.data.market.layout import find_layout
from synthdiff.data.market.moment import DateArray
from synthdiff.data.market.panel import Grid, read_grid
from synthdiff.data.market.role import Values, check_prices, check_volumes, infer_values
from synthdiff.data.schema import near_match
from synthdiff.errors import ConfigError, SchemaError, WindowError

FloatArray = npt.NDArray[np.float64]
Role = Literal["price", "return", "level", "open", "high", "low", "close", "volume", "covariate"]

MIN_ROWS = 30
"""Fewer rows, or fewer observed values in a column, are nothing to learn from."""
PRICES = ("price", "open", "high", "low", "close")


@dataclass(frozen=True, eq=False)
class Market:
    """Aligned series: a row a step, a column a series.

    Attributes
    ----------
    names : tuple of str
        Of the C columns, as they come out again.
    values : (T, C) float64
        In the units that came in; NaN where nothing was observed.
    dates : (T,) datetime64[ns] or None
        Strictly increasing, without a time zone; None where steps are only numbered.
    assets : tuple of str
        The asset that each column belongs to, (C,); an asset of price bars has several columns, and a covariate that
        belongs to none is its own.
    roles : tuple of str
        What each column is, (C,). ``"price"`` beside a ``"close"`` of the same asset is its adjusted close.
    labels : dict of str to tuple of str
        Of covariates that were text: the labels whose positions (0, 1, ...) are the values.
    findings : tuple of Finding
        What the user must know of the data.
    """

    names: tuple[str, ...]
    values: FloatArray
    dates: DateArray | None
    assets: tuple[str, ...]
    roles: tuple[Role, ...]
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def rows(self, start: int | None, stop: int | None) -> Market:
        """The same series from one row to another, as a slice counts."""
        dates = None if self.dates is None else self.dates[start:stop]
        return replace(self, values=self.values[start:stop], dates=dates)


def read_market(
    X: Any,
    *,
    values: Literal["auto", "price", "return", "level"] | Mapping[str, Values] = "auto",
    id_column: str | None = None,
    time_column: str | None = None,
    value_columns: Sequence[str] = (),
    covariates: Sequence[str] = (),
    date_format: str | None = None,
    like: Market | None = None,
) -> Market:
    """Read market series.

    Wide frames have an index or a column of dates, or none, and a column of numbers an asset; long panels tell whose a
    row is in a column such as ``item_id`` or ``unique_id``. Columns called open, high, low, close, adjusted close and
    volume, in any case, make bars of an asset. Rows are sorted, rows that only repeat another are dropped, and the
    series of a panel are aligned on the union of their dates; what is missing stays NaN.

    Parameters
    ----------
    X : pandas.DataFrame, polars.DataFrame, polars.LazyFrame, pyarrow.Table or pyarrow.RecordBatch
        Without dates, the rows are in order of time.
    values : {"auto", "price", "return", "level"} or dict
        What the numbers are, in all columns or by name; ``"auto"`` finds out, as `role` says. Prices are
        modelled by log returns; returns are log returns as fractions; levels (yields, temperatures) are modelled by
        differences or as they are. Bars are prices, unless ``"return"`` or ``"level"`` says that each column of theirs
        is a series of its own.
    id_column, time_column : str or None
        The columns that tell whose a row is, and when; None finds them.
    value_columns : sequence of str
        The columns of numbers; none: all that are left.
    covariates : sequence of str
        Columns that come along: numbers, truth (0 and 1) or text (positions of its sorted labels). In a panel, one on
        which all series agree is a single column.
    date_format : str or None
        How dates are written that can be read in several ways: ``"dayfirst"``, ``"monthfirst"`` or a text for strptime
        such as ``"%d/%m/%Y"``; None takes the way that gives the most regular dates.
    like : Market or None
        What was read before, rows or not: the same columns are taken for the same, however few rows there are.

    Returns
    -------
    Market

    Raises
    ------
    SchemaError
        A column is neither a number, nor a date, nor anything known; a column is named that is not there.
    DataError
        A date cannot be read; two rows of a date differ; a price is not positive; a value is infinite.
    WindowError
        Fewer than `MIN_ROWS` rows, or observed values in a column.
    ConfigError
        `values` is not one of those.
    """
    table, _ = to_table(flat_columns(X))
    said = {id_column, time_column, *value_columns, *covariates, *(() if isinstance(values, str) else values)}
    table, headings = read_headings(table, {name for name in said if name is not None})
    if like is not None and not covariates:
        known = [name for name, role in zip(like.names, like.roles, strict=True) if role == "covariate"]
        covariates = [name for name in known if name in table.column_names]
    layout = find_layout(table, id_column, time_column, value_columns, covariates, date_format)
    grid = read_grid(table, layout, _known_labels(like, covariates))
    check_names(list(grid.names))
    if like is not None:
        market = _take_like(grid, like)
    else:
        _check_rows(grid)
        market = _take(grid, values, set(layout.covariates))
    findings = (*headings, *layout.findings, *grid.findings, *market.findings) if like is None else ()
    return replace(market, values=_checked(market), findings=findings)


def _known_labels(like: Market | None, covariates: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Labels by the table's columns, one of which may have become one a series."""
    if like is None:
        return {}
    return {
        field: labels
        for name, labels in like.labels.items()
        for field in covariates
        if name == field or name.endswith(f" {field}")
    }


def _check_rows(grid: Grid) -> None:
    n_rows = len(grid.values)
    if n_rows < MIN_ROWS:
        raise WindowError(f"the series have {n_rows} rows; a market needs at least {MIN_ROWS}")
    counts = (~np.isnan(grid.values)).sum(axis=0)
    for name, count in zip(grid.names, counts, strict=True):
        if count < MIN_ROWS:
            raise WindowError(
                f"column {name!r} has {count} observed values in {n_rows} rows; leave it out, as {MIN_ROWS} are needed",
                column=name,
            )


def _take(grid: Grid, values: Any, covariates: set[str]) -> Market:
    """Say of each column whose it is, and what."""
    is_covariate = [origin in covariates for origin in grid.fields]
    plain = [name for name, covariate in zip(grid.names, is_covariate, strict=True) if not covariate]
    given = _given_values(values, plain)
    whose: dict[str, str] = {}
    roles: dict[str, Role] = {}
    if values not in ("return", "level"):
        for item in dict.fromkeys(grid.items):
            names = {
                origin: name
                for name, whom, origin in zip(grid.names, grid.items, grid.fields, strict=True)
                if whom == item and origin not in covariates and given.get(name, "price") == "price"
            }
            for origin, (asset, part) in find_bars(list(names), item).items():
                whose[names[origin]], roles[names[origin]] = asset, part
    rest = [name for name in plain if name not in roles]
    open_ones = {name: grid.values[:, grid.names.index(name)] for name in rest if name not in given}
    found = {**infer_values(open_ones), **given}
    roles |= {name: found[name] for name in rest}
    for name, item, covariate in zip(grid.names, grid.items, is_covariate, strict=True):
        if covariate:
            roles[name] = "covariate"
        # Several columns of an item that are no bars are assets of their own.
        whose.setdefault(name, item if covariate and item is not None else name)
    assets = tuple(whose[name] for name in grid.names)
    return Market(grid.names, grid.values, grid.dates, assets, tuple(roles[name] for name in grid.names), grid.labels)


def _given_values(values: Any, names: list[str]) -> dict[str, Values]:
    if values == "auto":
        return {}
    given: dict[str, Any] = dict.fromkeys(names, values) if isinstance(values, str) else dict(values)
    for name, word in given.items():
        if word not in get_args(Values):
            raise ConfigError(f"values must be 'auto', 'price', 'return' or 'level', got {word!r}")
        if name not in names:
            raise SchemaError(f"values names {name!r}, which is no series{near_match(name, names)}", column=name)
    return given


def _take_like(grid: Grid, like: Market) -> Market:
    for name in like.names:
        if name not in grid.names:
            raise SchemaError(
                f"there is no series {name!r}, which the fit had{near_match(name, grid.names)}", column=name
            )
    order = [grid.names.index(name) for name in like.names]
    return replace(like, values=grid.values[:, order], dates=grid.dates, findings=())


def _checked(market: Market) -> FloatArray:
    """The values, once prices are positive and the ranges of bars hold open and close."""
    values = market.values.copy()
    prices = [column for column, role in enumerate(market.roles) if role in PRICES]
    check_prices([market.names[column] for column in prices], values[:, prices], market.dates)
    volumes = [column for column, role in enumerate(market.roles) if role == "volume"]
    check_volumes([market.names[column] for column in volumes], values[:, volumes], market.dates)
    for asset in {whose for whose, role in zip(market.assets, market.roles, strict=True) if role == "high"}:
        at = [column for column, whose in enumerate(market.assets) if whose == asset]
        parts, names = [market.roles[column] for column in at], [market.names[column] for column in at]
        values[:, at] = mend_bars(values[:, at], parts, names, market.dates)
    return values
