"""Arrays of NumPy as frames: what libraries that speak scikit-learn hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from synthdiff.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_KINDS = "biufO"


def array_names(n_columns: int) -> list[str]:
    """Name the columns of an array: ``"x0"``, ``"x1"`` and so on."""
    return [f"x{j}" for j in range(n_columns)]


def array_frame(X: Any) -> pd.DataFrame:
    """Make a frame of an array, whose columns have the dtype of the array.

    Parameters
    ----------
    X : (n, D) array
        Numbers, bools or objects. Objects may differ in type between columns, not within one.

    Raises
    ------
    DataError
        It has no two dimensions, no column, or is of a kind that a frame is better for.
    """
    import pandas as pd

    check_array(X)
    # Without a dtype pandas makes columns of moments of objects, which would not come back as objects.
    dtype = object if X.dtype == object else None
    return pd.DataFrame(np.asarray(X), columns=array_names(X.shape[1]), dtype=dtype)


def check_array(X: Any) -> None:
    """Refuse an array that is no table.

    Raises
    ------
    DataError
        With what to do instead.
    """
    if not isinstance(X, np.ndarray):
        raise DataError(f"expected an array of shape (rows, columns), got NumPy's {type(X).__name__}")
    if X.dtype.names is not None or isinstance(X, np.ma.MaskedArray):
        raise DataError(f"expected an array without names and masks, got {type(X).__name__}; give pandas.DataFrame(X)")
    if X.ndim != 2:
        raise DataError(
            f"expected an array of shape (rows, columns), got shape {X.shape}. Reshape your data with "
            "X.reshape(-1, 1) if it is one column, or X.reshape(1, -1) if it is one row"
        )
    if X.dtype.kind == "c":
        raise DataError("Complex data not supported: give real and imaginary parts as two columns")
    if X.dtype.kind not in _KINDS:
        raise DataError(
            f"expected an array of numbers or objects, got {X.dtype}; give a DataFrame, whose columns keep their types"
        )
    if X.shape[1] == 0:
        raise DataError(f"0 feature(s) (shape={X.shape}) while a minimum of 1 is required, as columns are learnt")


def restore_array(frame: pd.DataFrame) -> Any:
    """Make an array of a frame whose columns are of one dtype."""
    values = frame.to_numpy()
    return values if values.flags.writeable else values.copy()
