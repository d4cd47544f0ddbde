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
from synthdiff.data.market.cleaning import Columns, adjust_columns, clean_columns, look_at
from synthdiff.data.market.convention import Convention, check_returns, convention_findings, given_convention
from synthdiff.data.market.finding import Finding
from synthdiff.data.market.heading import flat_columns, read_headings
from synthdiff.data.market.kind import Values
from synthdiff.data.market.layout import find_layout
from synthdiff.data.market.moment import DateArray
from synthdiff.data.market.panel import Grid, read_grid
from synthdiff.data.market.role import GIVEN, Reason, check_prices, check_volumes, infer_values, unsure_findings
from synthdiff.data.market.row import row_findings
from synthdiff.data.market.spare import leave_out
from synthdiff.data.market.vocabulary import Hint, hint_of, is_event
from synthdiff.data.market.word_cell import read_words
from synthdiff.data.schema import near_match
from synthdiff.errors import ConfigError, SchemaError, WindowError

FloatArray = npt.NDArray[np.float64]
Role = Literal["price", "return", "level", "open", "high", "low", "close", "volume", "covariate"]

MIN_ROWS, MIN_OBSERVED = 60, 30
"""Rows of a history, and observed values in each of its columns, that are needed to learn from."""
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
    reasons : dict of str to Reason
        Why columns are taken for what they are, by name.
    conventions : dict of str to str
        How the returns of columns of returns are written, by name: see `convention`.
    """

    names: tuple[str, ...]
    values: FloatArray
    dates: DateArray | None
    assets: tuple[str, ...]
    roles: tuple[Role, ...]
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    reasons: dict[str, Reason] = field(default_factory=dict)
    conventions: dict[str, Convention] = field(default_factory=dict)

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
    returns: Literal["auto", "simple", "log", "percent"] = "auto",
    adjust_splits: bool = False,
    like: Market | None = None,
) -> Market:
    """Read market series.

    Wide frames have an index or a column of dates, or none, and a column of numbers an asset; long panels tell whose a
    row is in a column such as ``item_id`` or ``unique_id``. Columns called open, high, low, close, adjusted close and
    volume, in any case, make bars of an asset. Rows are sorted, rows that only repeat another are dropped, and the
    series of a panel are aligned on the union of their dates; what is missing stays NaN. Cells that cannot be right,
    such as a price of zero or a decimal slip, become NaN. All of this is said in the market's findings.

    Parameters
    ----------
    X : pandas.DataFrame, polars.DataFrame, polars.LazyFrame, pyarrow.Table or pyarrow.RecordBatch
        Without dates, the rows are in order of time.
    values : {"auto", "price", "return", "level"} or dict
        What the numbers are, in all columns or by name; ``"auto"`` finds out, as `role` says. Prices are
        modelled by log returns; levels (yields, temperatures) are modelled by differences or as they are. Bars are
        prices, unless ``"return"`` or ``"level"`` says that each column of theirs is a series of its own.
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
    returns : {"auto", "simple", "log", "percent"}
        How columns of returns are written: as simple returns, log returns, or simple returns in percent. ``"auto"``
        goes by names and sizes, and takes returns for simple ones where these say nothing.
    adjust_splits : bool
        Whether prices before a jump that looks like a split of shares are divided by its ratio; default: False.
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
        Fewer than `MIN_ROWS` rows, or than `MIN_OBSERVED` observed values in a column.
    ConfigError
        `values` is not one of those.
    """
    table, _ = to_table(flat_columns(X))
    said = {id_column, time_column, *value_columns, *covariates, *(() if isinstance(values, str) else values)}
    table, headings = read_headings(table, {name for name in said if name is not None})
    if like is not None and not covariates:
        known = [name for name, role in zip(like.names, like.roles, strict=True) if role == "covariate"]
        covariates = [name for name in known if name in table.column_names]
    table, words = read_words(table, {id_column, time_column, *covariates})
    layout = find_layout(table, id_column, time_column, value_columns, covariates, date_format)
    grid = read_grid(table, layout, _known_labels(like, covariates))
    check_names(list(grid.names))
    findings = [*row_findings(table, layout), *(found.finding(layout.dates) for found in words)]
    if like is not None:
        market = _take_like(grid, like)
    else:
        _check_rows(grid.names, grid.values)
        market, more = _take(grid, values, set(layout.covariates), returns, bool(value_columns))
        findings = [*headings, *layout.findings, *grid.findings, *findings, *more]
    return _finish(market, findings, adjust_splits, is_new=like is None)


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


def _check_rows(names: Sequence[str], values: FloatArray) -> None:
    n_rows = len(values)
    if n_rows < MIN_ROWS:
        raise WindowError(f"the series have {n_rows} rows; a market needs at least {MIN_ROWS}")
    counts = (~np.isnan(values)).sum(axis=0)
    for name, count in zip(names, counts, strict=True):
        if count < MIN_OBSERVED:
            raise WindowError(
                f"column {name!r} has {count} observed values in {n_rows} rows; leave it out, as {MIN_OBSERVED} are "
                "needed",
                column=name,
            )


def _take(grid: Grid, values: Any, covariates: set[str], returns: str, is_chosen: bool) -> tuple[Market, list[Finding]]:
    """Say of each column whose it is, and what."""
    plain = [name for name, origin in zip(grid.names, grid.fields, strict=True) if origin not in covariates]
    given = _given_values(values, plain)
    whose, roles = _find_parts(grid, given, covariates) if values not in ("return", "level") else ({}, {})
    findings: list[Finding] = []
    if not is_chosen:
        kept = {*roles, *given, *(name for name in grid.names if name not in plain)}
        grid, findings = leave_out(grid, kept)
    rest = [name for name in plain if name not in roles and name in grid.names]
    columns = {name: grid.values[:, grid.names.index(name)] for name in rest}
    hints = {name: hint_of(*_titles(grid, name)) for name in rest}
    open_ones = {name: column for name, column in columns.items() if name not in given}
    found = infer_values(open_ones, hints, grid.dates)
    reasons = {name: Reason("by its name") for name in roles}
    reasons |= {name: decision.reason for name, decision in found.items()}
    reasons |= dict.fromkeys(given, GIVEN)
    roles |= {name: found[name].values if name in found else given[name] for name in rest}
    findings += unsure_findings(reasons, roles)
    conventions, more = _find_conventions({n: x for n, x in columns.items() if roles[n] == "return"}, hints, returns)
    for name, item, origin in zip(grid.names, grid.items, grid.fields, strict=True):
        if origin in covariates:
            roles[name] = "covariate"
        # Several columns of an item that are no bars are assets of their own.
        whose.setdefault(name, item if origin in covariates and item is not None else name)
    assets, kinds = tuple(whose[name] for name in grid.names), tuple(roles[name] for name in grid.names)
    market = Market(grid.names, grid.values, grid.dates, assets, kinds, grid.labels)
    return replace(market, reasons=reasons, conventions=conventions), findings + more


def _find_parts(
    grid: Grid, given: Mapping[str, Values], covariates: set[str]
) -> tuple[dict[str, str], dict[str, Role]]:
    """Asset and role of the columns of price bars."""
    whose: dict[str, str] = {}
    roles: dict[str, Role] = {}
    for item in dict.fromkeys(grid.items):
        names = {
            origin: name
            for name, whom, origin in zip(grid.names, grid.items, grid.fields, strict=True)
            if whom == item
            and origin not in covariates
            and given.get(name, "price") == "price"
            and (name in given or not is_event(origin))
        }
        for origin, (asset, part) in find_bars(list(names), item).items():
            whose[names[origin]], roles[names[origin]] = asset, part
    return whose, roles


def _titles(grid: Grid, name: str) -> tuple[str, ...]:
    """What a column is called: of a panel, the item and the column of the table."""
    place = grid.names.index(name)
    item = grid.items[place]
    return (name,) if item is None else (item, grid.fields[place])


def _find_conventions(
    columns: Mapping[str, FloatArray], hints: Mapping[str, Hint], returns: str
) -> tuple[dict[str, Convention], list[Finding]]:
    """How columns of returns are written, and what must be said of it."""
    found = {name: given_convention(returns, x, hints[name]) for name, x in columns.items()}
    if returns != "auto":
        return found, []
    silent = [name for name, word in found.items() if word == "simple" and not hints[name].is_simple]
    percents = [name for name, word in found.items() if word == "percent"]
    return found, convention_findings(silent, percents)


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


def _finish(market: Market, findings: list[Finding], adjusts: bool, is_new: bool) -> Market:
    """Take mistakes and, if that is asked for, splits out of the values, and check what is left."""
    kept = [name for name, reason in market.reasons.items() if reason == GIVEN]
    kept = [name for name in kept if market.roles[market.names.index(name)] == "level"]
    columns = Columns(market.names, market.assets, market.roles, market.conventions, market.values, market.dates, kept)
    cleaned, more = clean_columns(columns)
    findings = findings + more
    market = replace(market, values=cleaned)
    values = _checked(market)
    if is_new:
        _check_rows(market.names, values)
        findings += look_at(replace(columns, values=values), adjusts)
    if adjusts:
        values = adjust_columns(replace(columns, values=values))
    return replace(market, values=values, findings=tuple(findings))


def _checked(market: Market) -> FloatArray:
    """The values, once prices are positive and the ranges of bars hold open and close."""
    values = market.values.copy()
    for name, convention in market.conventions.items():
        check_returns(name, values[:, market.names.index(name)], convention, market.dates)
    prices = [column for column, role in enumerate(market.roles) if role in PRICES]
    check_prices([market.names[column] for column in prices], values[:, prices], market.dates)
    volumes = [column for column, role in enumerate(market.roles) if role == "volume"]
    check_volumes([market.names[column] for column in volumes], values[:, volumes], market.dates)
    for asset in {whose for whose, role in zip(market.assets, market.roles, strict=True) if role == "high"}:
        at = [column for column, whose in enumerate(market.assets) if whose == asset]
        parts, names = [market.roles[column] for column in at], [market.names[column] for column in at]
        values[:, at] = mend_bars(values[:, at], parts, names, market.dates)
    return values
