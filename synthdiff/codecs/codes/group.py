"""Rows and numbers that are the same, without sorting more than is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from synthdiff.codecs.codes.check import ByteArray
from synthdiff.codecs.codes.shuffle import WordArray

_SAMPLE = 20_000


def distinct(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sort numbers, each once; much faster than `np.unique` for many."""
    ordered = np.sort(numbers)
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[is_first])


def some_rows(codes: ByteArray) -> ByteArray:
    """At most 20,000 rows from everywhere."""
    return codes[:: -(-len(codes) // _SAMPLE)] if len(codes) > _SAMPLE else codes


def count_distinct(keys: ByteArray) -> int:
    """Count the distinct rows of (n, width) bytes."""
    return len(distinct(_hash(keys)))


def group(keys: ByteArray, most: int) -> tuple[int, npt.NDArray[np.int64]]:
    """Number the distinct rows of (n, width) bytes.

    Parameters
    ----------
    keys : (n, width) uint8
    most : int
        Where there are more groups, none are formed.

    Returns
    -------
    n_groups : int
        0 where there are more than `most`.
    groups : (n,) int64
        From 0; rows of one number are the same, up to one chance in 2**64.
    """
    none = 0, np.zeros(0, np.int64)
    if count_distinct(some_rows(keys)) > most:
        return none
    hashes = _hash(keys)
    found = distinct(hashes)
    return (len(found), np.searchsorted(found, hashes)) if len(found) <= most else none


def _hash(keys: ByteArray) -> WordArray:
    hashes = np.zeros(len(keys), np.uint64)
    for column in keys.T:
        hashes = (hashes ^ (hashes >> np.uint64(32)) ^ column) * np.uint64(0x9E3779B97F4A7C15)
    return hashes
