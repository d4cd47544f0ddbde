"""Paths as tables: a row a path and step, or a column a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from synthdiff.data.check import check_names
from synthdiff.data.quantile import is_uniform
from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError

if TYPE_CHECKING:
    from synthdiff.data.paths import Paths

Form = Literal["long", "wide"]


def paths_table(paths: Paths, form: Form = "long", returns: bool = False) -> pa.Table:
    """Make a table of paths.

    Parameters
    ----------
    paths : Paths
    form : {"long", "wide"}
        ``"long"``: ``path`` (int64, from 0), ``date`` (timestamp[ns]; where dates are not known ``step``, int64, from
        1), then a float64 column a name, and ``weight`` if the weights are not all the same; a path's steps follow
        each other. ``"wide"``: ``date`` or ``step``, then a float64 column a path and name, called ``"0/SPX"``;
        weights have no place in it.
    returns : bool
        Log returns of the assets instead of values in the units that went in.

    Returns
    -------
    pyarrow.Table
        n_paths * n_steps rows when long, n_steps when wide.

    Raises
    ------
    ConfigError
        The form is not known.
    SchemaError
        An asset is called like one of the other columns.
    """
    values, names = (paths.returns, paths.assets) if returns else (paths.values, paths.names)
    if form == "long":
        return _long(paths, values, names)
    if form == "wide":
        return _wide(paths, values, names)
    raise ConfigError(f"form {form!r} is not known; say long or wide")


def paths_frame(paths: Paths, form: Form = "long", returns: bool = False) -> Any:
    """`paths_table` as a pandas frame; a wide one has an index of dates or steps and (path, name) columns."""
    frame = paths_table(paths, form, returns).to_pandas()
    if form == "long":
        return frame
    names = paths.assets if returns else paths.names
    frame = frame.set_index(frame.columns[0])
    # two arrays of labels are what pandas makes a MultiIndex of
    frame.columns = [np.repeat(np.arange(len(paths)), len(names)), np.tile(np.array(names, dtype=object), len(paths))]
    frame.columns.names = ["path", "name"]
    return frame


def _when(paths: Paths) -> tuple[str, Any]:
    """Name and values of the column that tells the steps apart."""
    return ("step", np.arange(1, paths.n_steps + 1)) if paths.dates is None else ("date", paths.dates)


def _long(paths: Paths, values: FloatArray, names: tuple[str, ...]) -> pa.Table:
    n_paths, n_steps, n_columns = values.shape
    key, when = _when(paths)
    labels = ["path", key, *names]
    # one transposition of all cells is much faster than a strided copy a column
    cells = np.ascontiguousarray(values.reshape(-1, n_columns).T)
    columns = [np.repeat(np.arange(n_paths), n_steps), np.tile(when, n_paths), *cells]
    if not is_uniform(paths.weights):
        labels.append("weight")
        columns.append(np.repeat(paths.weights, n_steps))
    check_names(labels)
    return pa.table(columns, names=labels)


def _wide(paths: Paths, values: FloatArray, names: tuple[str, ...]) -> pa.Table:
    key, when = _when(paths)
    labels = [key, *(f"{path}/{name}" for path in range(len(values)) for name in names)]
    cells = values.transpose(0, 2, 1).reshape(-1, values.shape[1])
    return pa.table([when, *np.ascontiguousarray(cells)], names=labels)
