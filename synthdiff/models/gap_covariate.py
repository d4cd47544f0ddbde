"""Covariates of steps that lie between known ones: read from a frame, and as the network is shown them."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthdiff.codecs.series.channel import FloatArray, IntArray
from synthdiff.data.frame import to_table
from synthdiff.data.market.heading import flat_columns
from synthdiff.data.market.moment import DateArray, name_row, read_dates
from synthdiff.data.portfolio import named
from synthdiff.data.request import read_request
from synthdiff.errors import DataError, SchemaError
from synthdiff.models.event import subjects_of
from synthdiff.models.series_fit import SeriesFit


def read_covariates(
    frame: Any,
    fitted: SeriesFit,
    dates: DateArray | None,
    n_steps: int,
    time_column: str | None = None,
    date_format: str | None = None,
) -> FloatArray:
    """Read covariates of given steps.

    Parameters
    ----------
    frame : frame
        A column a covariate; those that are left out are not known. With dates, those of the steps are looked up.
    fitted : SeriesFit
    dates : (n_steps,) datetime64[ns] or None
        Dates of the steps.
    n_steps : int
    time_column, date_format : str or None
        As of `read_market`.

    Returns
    -------
    (n_steps, C) float64
        NaN where not known.

    Raises
    ------
    SchemaError
        The frame has no covariate of the model.
    DataError
        A step is not there, or there are too many.
    """
    table, _ = to_table(flat_columns(frame))
    given = [name for name in fitted.covariates.names if name in table.column_names]
    if not given:
        raise SchemaError(
            f"covariates has the columns {named(table.column_names)}; the covariates of the model are "
            f"{named(fitted.covariates.names) or 'none'}"
        )
    others = [name for name in table.column_names if name not in given]
    found = (read_dates(name, table[name], name == time_column, date_format) for name in others)
    moments = next((part.dates for part in found if part is not None), None)
    rows = _rows_of(moments, table.num_rows, dates, n_steps)
    out = np.full((n_steps, len(fitted.covariates.names)), np.nan)
    for name in given:
        values = table[name].take(rows)
        known = np.flatnonzero(~np.asarray(values.is_null()))
        request = {name: [values[row].as_py() for row in known.tolist()]}
        if len(known):
            read = read_request(request, subjects_of(fitted), len(known)).covariates
            out[known, fitted.covariates.names.index(name)] = read[name]
    return out


def shown_covariates(fitted: SeriesFit, values: FloatArray, n_steps: int) -> FloatArray | None:
    """Make covariates what the network is shown of them.

    Parameters
    ----------
    fitted : SeriesFit
    values : (T, C) float64
        NaN where not known.
    n_steps : int
        Steps that are shown; those beyond T are not known.

    Returns
    -------
    (n_steps, W) float64 or None
        None where nothing is known.
    """
    whole = np.full((n_steps, values.shape[1]), np.nan)
    whole[: len(values)] = values[:n_steps]
    return None if np.isnan(whole).all() else fitted.covariates.encode(whole)


def _rows_of(moments: DateArray | None, n_rows: int, dates: DateArray | None, n_steps: int) -> IntArray:
    """Rows that are those of the steps, (n_steps,)."""
    if moments is None or dates is None:
        if n_rows != n_steps:
            raise DataError(f"covariates has {n_rows} rows; give one for each of the {n_steps} steps")
        return np.arange(n_steps)
    order = np.argsort(moments, kind="stable")
    place = np.searchsorted(moments[order], dates).clip(max=n_rows - 1)
    rows = order[place]
    absent = np.flatnonzero(moments[rows] != dates)
    if len(absent):
        raise DataError(
            f"covariates has no row of {name_row(dates, int(absent[0]))}; give one for each of the {n_steps} steps "
            f"from {name_row(dates, 0)} to {name_row(dates, n_steps - 1)}"
        )
    return np.asarray(rows)
