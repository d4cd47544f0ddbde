"""Columns that are no assets: volumes without a price, dividends, splits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from synthdiff.data.market.finding import Finding
from synthdiff.data.market.panel import Grid
from synthdiff.data.market.vocabulary import is_event, is_volume

FloatArray = npt.NDArray[np.float64]

LEAST_VOLUME = 1_000.0
"""Median from which on a column called ``vol`` is a volume and not a volatility."""


def leave_out(grid: Grid, kept: Collection[str]) -> tuple[Grid, list[Finding]]:
    """Leave out what can be no asset.

    Parameters
    ----------
    grid : Grid
        Aligned series.
    kept : collection of str
        Columns that stay: those of price bars, covariates, and those that the user named.

    Returns
    -------
    grid : Grid
        Without dividends, splits and volumes, unless nothing else is there.
    findings : list of Finding
        What was left out.
    """
    columns = list(zip(grid.names, grid.fields, grid.values.T, strict=True))
    events = [name for name, field, _ in columns if name not in kept and is_event(field)]
    volumes = [
        name
        for name, field, x in columns
        if name not in kept and name not in events and is_volume(field) and _is_large(field, x)
    ]
    spare = {*events, *volumes}
    if not spare or len(spare) == len(grid.names):
        return grid, []
    places = [place for place, name in enumerate(grid.names) if name not in spare]
    findings = [
        Finding(name, None, f"left out, as {what} no asset", "name it by --value-columns or --covariates to take it")
        for names, what in ((events, "dividends and splits are"), (volumes, "a traded volume is"))
        for name in names
    ]
    return _only(grid, places), findings


def _only(grid: Grid, places: list[int]) -> Grid:
    return replace(
        grid,
        names=tuple(grid.names[place] for place in places),
        items=tuple(grid.items[place] for place in places),
        fields=tuple(grid.fields[place] for place in places),
        values=grid.values[:, places],
    )


def _is_large(name: str, x: FloatArray) -> bool:
    """Whether the numbers can be those of a volume, where the name may mean a volatility as well."""
    is_clear = "volum" in name.lower() or "umsatz" in name.lower() or "turnover" in name.lower()
    return is_clear or bool(np.nanmedian(x) >= LEAST_VOLUME)
