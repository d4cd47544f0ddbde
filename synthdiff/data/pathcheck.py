"""What paths must be like: shapes that fit, finite numbers, dates that increase, weights that sum to 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from synthdiff.data.split import FloatArray
from synthdiff.errors import DataError
from synthdiff.parameter import described

KINDS = ("return", "difference")


def check_paths(
    returns: FloatArray,
    assets: tuple[str, ...],
    values: FloatArray | None,
    names: tuple[str, ...],
    start: FloatArray,
    dates: npt.NDArray[np.datetime64] | None,
    kinds: tuple[str, ...],
) -> None:
    """Refuse paths whose parts do not fit together; `synthdiff.data.paths.Paths.of` says what they are.

    Raises
    ------
    DataError
        What was found, and where.
    """
    if returns.ndim != 3 or 0 in returns.shape:
        raise DataError(f"returns have the shape {returns.shape}; give (n_paths, n_steps, n_assets), none of them 0")
    _check_labels("assets", assets, "returns", returns.shape)
    if len(kinds) != len(assets) or not set(kinds) <= set(KINDS):
        raise DataError(f"kinds are {kinds}; say return or difference for each of the {len(assets)} assets")
    _check_finite("returns", returns, assets)
    if values is None and names != assets:
        raise DataError("columns are named that are not the assets; give their values too")
    if values is not None:
        if values.ndim != 3 or values.shape[:2] != returns.shape[:2]:
            raise DataError(
                f"values have the shape {values.shape}; give (n_paths, n_steps, n_columns), here "
                f"({returns.shape[0]}, {returns.shape[1]}, n_columns), as the returns have"
            )
        _check_labels("names", names, "values", values.shape)
        _check_finite("values", values, names)
    if start.shape != (len(names),):
        raise DataError(f"start has the shape {start.shape}; give one value for each of the {len(names)} columns")
    if dates is not None:
        _check_dates(dates, returns.shape[1])


def as_numbers(what: str, values: Any) -> FloatArray:
    """Return an array of numbers as float64.

    Raises
    ------
    DataError
        It holds anything but numbers, or rows of different lengths.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"{what} are {described(values)}; give an array of numbers") from None


def check_weights(weights: FloatArray | None, n_paths: int | None) -> FloatArray:
    """Make weights of n_paths paths sum to 1; None: all the same.

    Raises
    ------
    DataError
        There are not n_paths of them, one is negative or not finite, or all are 0.
    """
    if weights is None:
        assert n_paths is not None
        return np.full(n_paths, 1 / n_paths)
    if n_paths is not None and weights.shape != (n_paths,):
        raise DataError(f"weights have the shape {weights.shape}; give one for each of the {n_paths} paths")
    wrong = np.flatnonzero(~(weights >= 0) | np.isinf(weights))
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"the weight of path {row} is {weights[row]}; weights are finite and at least 0",
            row=row,
            value=float(weights[row]),
        )
    total = float(weights.sum())
    if total == 0:
        raise DataError(f"none of the {len(weights)} paths has a weight above 0; take paths that do")
    return np.asarray(weights / total)


def _check_labels(what: str, labels: tuple[str, ...], of: str, shape: tuple[int, ...]) -> None:
    if len(labels) != shape[2]:
        raise DataError(f"{of} have the shape {shape}, so {shape[2]} columns, but there are {len(labels)} {what}")
    twice = [label for i, label in enumerate(labels) if label in labels[:i]]
    if twice:
        raise DataError(f"two of the {what} are called {twice[0]!r}; rename one of them", column=twice[0])


def _check_finite(what: str, array: FloatArray, labels: tuple[str, ...]) -> None:
    with np.errstate(invalid="ignore", over="ignore"):
        if np.isfinite(array.sum()):  # one pass without a copy: a sum is finite only if all its terms are
            return
    found = np.argwhere(~np.isfinite(array))
    if not len(found):
        return
    path, step, j = (int(i) for i in found[0])
    value = float(array[path, step, j])
    raise DataError(
        f"{what} of {labels[j]!r} are {value} at step {step + 1} of path {path}; paths hold finite numbers only",
        column=labels[j],
        row=path,
        value=value,
    )


def _check_dates(dates: npt.NDArray[np.datetime64], n_steps: int) -> None:
    if dates.shape != (n_steps,):
        raise DataError(f"dates have the shape {dates.shape}; give one for each of the {n_steps} steps")
    wrong = np.flatnonzero(~(np.diff(dates) > np.timedelta64(0)))
    if len(wrong):
        row = int(wrong[0]) + 1
        raise DataError(
            f"date {row} is {dates[row]}, not after {dates[row - 1]}; dates increase strictly",
            row=row,
            value=dates[row],
        )
