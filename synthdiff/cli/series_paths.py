"""Market paths from a file: those that ``synthdiff sample`` wrote, or another program's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthdiff.data.find import find_files
from synthdiff.data.io import read_table, reading
from synthdiff.data.market import Market
from synthdiff.data.market.convention import to_log
from synthdiff.data.market.layout import is_number
from synthdiff.data.market.moment import DateArray, read_moments
from synthdiff.data.paths import Paths
from synthdiff.data.portfolio import named
from synthdiff.errors import DataError, SchemaError
from synthdiff.evaluation.stylized.market import MOVING

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ARRAY = ".npy"
NOT_VALUES = ("path", "step", "date", "weight")
MOST_SUNK = 0.5
"""Share of paths at or below zero from which on what they hold is taken for returns, not for prices that fell."""


def read_paths(place: str, real: Market, returns: bool = False, may_sink: bool = False) -> Paths:
    """Read paths of a market.

    Parameters
    ----------
    place : str
        A table with a row a path and step: ``path``, ``date`` or ``step``, a column a series, perhaps ``weight``. Or
        an array of log returns as numpy saves it, (n_paths, n_steps, n_assets) or for one asset (n_paths, n_steps), in
        the order of the market's assets.
    real : Market
        The history: what the columns are is told by its columns of the same names.
    returns : bool
        Whether a table holds log returns, and differences of levels, a column an asset; else it holds values in the
        units of the market. An array always holds returns.
    may_sink : bool
        Whether a price may reach zero or fall below it in up to half of the paths: then its steps are differences.

    Returns
    -------
    Paths
        Of values, the first step is only what returns start from, as a table does not tell what came before.

    Raises
    ------
    DataError
        The file cannot be read, has none of the market's assets, or holds paths that are not of one length.
    """
    moving = moving_columns(real)
    if Path(place).suffix.lower() == ARRAY:
        return array_paths(place, real, moving)
    table = read_table([place])
    key = _check_columns(place, table)
    rows, dates = _in_order(table, key)
    weights = _of_each_path(table["weight"], rows) if "weight" in table.column_names else None
    columns = {n: table[n] for n in table.column_names if n not in NOT_VALUES and is_number(table[n].type)}
    if returns:
        found = [asset for asset in moving if asset in columns]
        _check_found(place, found, list(columns), list(moving))
        steps = _cube(columns, found, rows)
        return Paths.of(steps, found, dates=dates, weights=weights, kinds=_kinds(real, moving, found))
    found = [asset for asset, place_of in moving.items() if real.names[place_of] in columns]
    _check_found(place, found, list(columns), [real.names[column] for column in moving.values()])
    return _of_values(real, moving, found, columns, rows, dates, weights, may_sink)


def moving_columns(market: Market) -> dict[str, int]:
    """Each asset's column that its returns are made of, by its position."""
    found: dict[str, int] = {}
    for asset in dict.fromkeys(market.assets):
        roles = {r: c for c, (a, r) in enumerate(zip(market.assets, market.roles, strict=True)) if a == asset}
        role = next((role for role in MOVING if role in roles), None)
        if role is not None:
            found[asset] = roles[role]
    return found


def array_paths(place: str, real: Market, moving: Mapping[str, int]) -> Paths:
    """Log returns that numpy has saved.

    Raises
    ------
    DataError
        The file is no array of numbers, or of another number of assets.
    """
    ((file, _),) = find_files(place)
    with reading(place):
        steps = np.asarray(np.load(file, allow_pickle=False))
    if steps.dtype.kind not in "fiu" or steps.ndim not in (2, 3):
        raise DataError(
            f"{place} holds {steps.dtype} of shape {steps.shape}; give log returns, (paths, steps, assets) numbers"
        )
    steps = steps if steps.ndim == 3 else steps[..., None]
    if steps.shape[2] != len(moving):
        raise DataError(f"{place} holds {steps.shape[2]} assets, the history {len(moving)}: {named(list(moving))}")
    return Paths.of(steps, list(moving), kinds=_kinds(real, moving, list(moving)))


def _check_columns(place: str, table: pa.Table) -> str:
    """The column that tells the steps apart."""
    names = table.column_names
    key = next((name for name in ("date", "step") if name in names), None)
    if "path" not in names or key is None:
        raise SchemaError(
            f"{place} has the columns {named(names)}; paths need 'path', 'date' or 'step', and a column a series"
        )
    if table.num_rows == 0:
        raise DataError(f"{place} holds no rows")
    return key


def _in_order(table: pa.Table, key: str) -> tuple[IntArray, DateArray | None]:
    """Rows of each path, in order of time, (n_paths, n_steps); dates where all paths share them.

    Raises
    ------
    DataError
        A path has more steps than another, or two rows of a time.
    """
    encoded = table["path"].combine_chunks().cast(pa.string()).dictionary_encode()
    labels, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False)
    moments = read_moments(key, table[key], is_named=True) if key == "date" else None
    when: Any = table[key].to_numpy() if moments is None else moments
    counts = np.bincount(codes)
    if counts.min() < counts.max():
        short, long = int(counts.argmin()), int(counts.argmax())
        raise DataError(
            f"path {labels[short]} has {counts[short]} steps, path {labels[long]} {counts[long]}; give all the same",
            column="path",
            value=labels[short],
        )
    rows = np.lexsort((when, codes)).reshape(len(counts), -1)
    times = when[rows]
    twice = np.argwhere(times[:, 1:] == times[:, :-1])
    if len(twice):
        path, step = (int(k) for k in twice[0])
        raise DataError(f"path {labels[path]} has two rows of {key} {times[path, step]}", column=key)
    shared = moments is not None and bool((times == times[0]).all())
    return rows, times[0] if shared else None


def _cube(columns: Mapping[str, pa.ChunkedArray], names: Sequence[str], rows: IntArray) -> FloatArray:
    """Columns as (n_paths, n_steps, C) float64."""
    return np.stack([columns[name].to_numpy().astype(np.float64)[rows] for name in names], axis=-1)


def _of_each_path(column: pa.ChunkedArray, rows: IntArray) -> FloatArray:
    return np.asarray(column.to_numpy()[rows[:, 0]], dtype=np.float64)


def _of_values(
    real: Market,
    moving: Mapping[str, int],
    assets: list[str],
    columns: Mapping[str, pa.ChunkedArray],
    rows: IntArray,
    dates: DateArray | None,
    weights: FloatArray | None,
    may_sink: bool,
) -> Paths:
    """Paths in the units of the market; where anything moves from the step before, the first one is lost."""
    names = [name for name, whose in zip(real.names, real.assets, strict=True) if whose in assets and name in columns]
    values = _cube(columns, names, rows)
    steps, kinds = [], _kinds(real, moving, assets)
    for j, asset in enumerate(assets):
        name, role = real.names[moving[asset]], real.roles[moving[asset]]
        x = values[..., names.index(name)]
        if role in ("close", "price"):
            share = float((x <= 0).any(axis=1).mean())
            if share > (MOST_SUNK if may_sink else 0.0):
                raise _no_price(name, x)
            x, kinds[j] = (np.log(x), "return") if share == 0 else (x, "difference")
        is_return = role == "return"
        steps.append(_logs(real, name, x) if is_return else np.diff(x, axis=1, prepend=np.nan))
    lag = int(any(real.roles[moving[asset]] != "return" for asset in assets))
    return Paths.of(
        np.stack(steps, axis=-1)[:, lag:],
        assets,
        values=values[:, lag:],
        names=names,
        dates=None if dates is None else dates[lag:],
        weights=weights,
        kinds=kinds,
    )


def _logs(real: Market, name: str, x: FloatArray) -> FloatArray:
    """Log returns of paths of returns, which are written as those of the history."""
    convention = real.conventions.get(name, "log")
    least = {"simple": -1.0, "percent": -100.0}.get(convention, -np.inf)
    low = float(x.min())
    if low <= least:
        raise DataError(
            f"paths of {name!r} hold the return {low:.4g}, and a simple return is above {least:g}; if the history "
            "holds log returns, use --real-returns log",
            column=name,
            value=low,
        )
    return to_log(x, convention)


def _no_price(name: str, x: FloatArray) -> DataError:
    """The error of paths of a price that are not all above zero."""
    low = float(x.min())
    return DataError(
        f"paths of {name!r} hold {low:.4g}, and in the history it is a price; say --returns if these are log "
        f"returns, or --values {name}=level if it is none",
        column=name,
        value=low,
    )


def _check_found(place: str, found: list[str], has: list[str], wanted: list[str]) -> None:
    if not found:
        raise SchemaError(f"{place} has the columns {named(has)}, and none of the history's: {named(wanted)}")


def _kinds(real: Market, moving: Mapping[str, int], assets: Sequence[str]) -> list[str]:
    return ["difference" if real.roles[moving[asset]] == "level" else "return" for asset in assets]
