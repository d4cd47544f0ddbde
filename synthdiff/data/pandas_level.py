"""Categories of pandas that no Arrow type holds: labels of several types, and intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from synthdiff.data.frame_record import IntervalForm, LabelForm
from synthdiff.data.pandas_object import plain_cell

if TYPE_CHECKING:
    import pandas as pd

_LABELS = (str, int, float, bool)
_WIDEST = 1024
"""Bits of a label that is an integer."""


def describe_levels(levels: pd.Index[Any]) -> LabelForm | IntervalForm | None:
    """Describe levels that no Arrow type holds; None where one may.

    Parameters
    ----------
    levels : pandas.Index
        The categories of a column.
    """
    import pandas as pd

    if isinstance(levels, pd.IntervalIndex):
        return _describe_intervals(levels)
    if levels.dtype != object:
        return None
    labels = tuple(map(plain_cell, levels))
    kinds = set(map(type, labels))
    if len(kinds) < 2 or not kinds <= set(_LABELS):
        return None
    try:
        return LabelForm(labels=labels) if all(map(_can_be_written, labels)) else None
    except ValueError:
        return None


def _can_be_written(label: Any) -> bool:
    return not isinstance(label, int) or label.bit_length() < _WIDEST


def _describe_intervals(levels: pd.IntervalIndex[Any]) -> IntervalForm | None:
    ends = levels.left.dtype
    if not isinstance(ends, np.dtype):
        return None
    left, right = (_ends_to_text(part.to_numpy()) for part in (levels.left, levels.right))
    try:
        return IntervalForm(dtype=str(ends), closed=levels.closed, left=left, right=right)
    except ValueError:
        return None


def _ends_to_text(ends: Any) -> tuple[str, ...]:
    numbers = ends.astype(np.int64) if ends.dtype.kind in "mM" else ends
    return tuple(map(repr, numbers.tolist()))


def restore_levels(form: LabelForm | IntervalForm) -> pd.Index[Any]:
    """Make the levels that `describe_levels` described."""
    import pandas as pd

    if isinstance(form, LabelForm):
        labels: pd.Index[Any] = pd.Index(list(form.labels), dtype=object)
        return labels
    dtype = np.dtype(form.dtype)
    read: Any = float if dtype.kind == "f" else int
    left, right = (np.array(list(map(read, part))).astype(dtype) for part in (form.left, form.right))
    levels: pd.Index[Any] = pd.IntervalIndex.from_arrays(left, right, closed=form.closed)
    return levels


def write_levels(levels: pd.Index[Any]) -> list[str]:
    """Write such levels as different texts, which stand for them inside the library."""
    texts = list(map(str, levels))
    return texts if len(set(texts)) == len(texts) else [repr(plain_cell(level)) for level in levels]
