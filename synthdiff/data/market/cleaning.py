"""Mistakes out of all columns of a market, each by what its numbers are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.look import (
    early_findings,
    edge_findings,
    short_findings,
    split_findings,
    stillness_findings,
)
from synthdiff.data.market.mistake import FEW, Cleaned, clean_levels, clean_prices, clean_returns, mistake_findings
from synthdiff.data.market.moment import DateArray
from synthdiff.data.market.stock_split import adjust_splits, find_splits

FloatArray = npt.NDArray[np.float64]
BAR = ("open", "high", "low", "close", "price")
IN_BAR = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a market, and what is known of them.

    Attributes
    ----------
    names, assets, roles : tuple of str
        Name, asset and role of each column, (C,).
    conventions : mapping of str to str
        How the returns of columns of returns are written, by name.
    values : (T, C) float64
        NaN where nothing was observed.
    dates : (T,) datetime64[ns] or None
        Dates of the rows.
    kept : collection of str
        Columns that the user called levels: all their values are kept.
    """

    names: Sequence[str]
    assets: Sequence[str]
    roles: Sequence[str]
    conventions: Mapping[str, str]
    values: FloatArray
    dates: DateArray | None
    kept: Collection[str] = ()


def clean_columns(columns: Columns) -> tuple[FloatArray, list[Finding]]:
    """Take mistakes for missing.

    Parameters
    ----------
    columns : Columns
        As they were read.

    Returns
    -------
    values : (T, C) float64
        NaN in place of mistakes; of a bar whose close is one, in all its prices.
    findings : list of Finding
        What was found.
    """
    values, findings = columns.values.copy(), []
    for place, (name, role) in enumerate(zip(columns.names, columns.roles, strict=True)):
        x = columns.values[:, place]
        cleaned = Cleaned(x, {}) if name in columns.kept else _clean(x, role, columns.conventions.get(name, "log"))
        values[:, place] = cleaned.values
        findings += mistake_findings(name, x, cleaned.causes, columns.dates, role in IN_BAR)
    for place, role in enumerate(columns.roles):
        if role == "close":
            lost = np.isnan(values[:, place]) & ~np.isnan(columns.values[:, place])
            values[np.ix_(np.flatnonzero(lost), np.array(_bar(columns, place)))] = np.nan
    return values, findings


def adjust_columns(columns: Columns) -> FloatArray:
    """Take splits out of prices: what came before one is divided by its ratio, and volumes are multiplied by it.

    Parameters
    ----------
    columns : Columns
        Without mistakes.

    Returns
    -------
    (T, C) float64
    """
    values = columns.values.copy()
    for place, role in enumerate(columns.roles):
        if not _leads(columns, place):
            continue
        splits = find_splits(columns.values[:, place])
        # An adjusted close is free of splits as it is, or has its own.
        bar = [at for at in _bar(columns, place) if role != "close" or columns.roles[at] != "price"]
        for at in bar if role == "close" else [place]:
            values[:, at] = adjust_splits(columns.values[:, at], splits)
        volumes = [at for at, whose in enumerate(columns.assets) if whose == columns.assets[place]]
        for at in [at for at in volumes if columns.roles[at] == "volume" and role == "close"]:
            values[:, at] = columns.values[:, at] / adjust_splits(np.ones(len(values)), splits)
    return values


def look_at(columns: Columns, is_adjusted: bool) -> list[Finding]:
    """Say what stands out in prices; see `look`.

    Parameters
    ----------
    columns : Columns
        Without mistakes, not adjusted for splits.
    is_adjusted : bool
        Whether they will be.
    """
    findings: list[Finding] = []
    for place, name in enumerate(columns.names):
        if _leads(columns, place):
            x = columns.values[:, place]
            findings += split_findings(name, x, columns.dates, is_adjusted)
            findings += edge_findings(name, x, columns.dates)
            findings += stillness_findings(name, x, columns.dates)
    moving = [place for place, role in enumerate(columns.roles) if role in ("price", "close", "return", "level")]
    names = [columns.names[place] for place in moving]
    values = columns.values[:, moving]
    return findings + early_findings(names, values, columns.dates) + short_findings(names, values)


def _clean(x: FloatArray, role: str, convention: str) -> Cleaned:
    if role in BAR:
        return clean_prices(x)
    if role == "level":
        return clean_levels(x)
    if role == "return":
        return clean_returns(x, convention)
    if role == "volume" and (x < 0.0).sum() <= FEW * len(x):
        return Cleaned(np.where(x < 0.0, np.nan, x), {"volume": x < 0.0})
    return Cleaned(x, {})


def _bar(columns: Columns, place: int) -> list[int]:
    """Columns of prices of the asset of a column."""
    whose = columns.assets[place]
    pairs = enumerate(zip(columns.assets, columns.roles, strict=True))
    return [at for at, (asset, role) in pairs if asset == whose and role in BAR]


def _leads(columns: Columns, place: int) -> bool:
    """Whether a column is the price of an asset, or an adjusted close."""
    return columns.roles[place] in ("close", "price")
