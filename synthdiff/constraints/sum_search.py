"""The search for exact sums: what a factorisation of the columns says of those that others add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.linalg import qr, solve_triangular

from synthdiff.codecs.column import FloatArray, IntArray
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.formula import Formula, Term

MAX_TERMS = 12
DEPENDENT = 1e-9
"""What is left of a column, in standard deviations, where it is a sum of others."""
MIN_DISTINCT = 3


def find_sums(draft: Draft, names: Sequence[str], rows: IntArray) -> Iterator[list[Formula]]:
    """Find columns that are sums and differences of others.

    Parameters
    ----------
    draft : Draft
        All real rows.
    names : sequence of str
        Columns of numbers.
    rows : (m,) int64
        The rows to look at.

    Yields
    ------
    list of Formula
        One relation, computed for each of its columns in turn: sums of what is added first.
    """
    values = np.stack([draft.numbers(name) for name in names], axis=1)
    least = min(3 * len(names) + 30, len(draft))
    if least > len(rows):
        rows = draft.some_rows(np.random.default_rng(0), 2 * least)
    columns, own = complete_rows(values[rows], min(least, len(rows)))
    if len(own) <= len(columns):
        return
    block = values[rows][own][:, columns]
    varied = np.array([len(np.unique(x)) >= MIN_DISTINCT for x in block.T], dtype=np.bool_)
    block, columns = block[:, varied], columns[varied]
    for weights, constant in _relations(block):
        used = np.flatnonzero(weights)
        yield [
            _solved([names[columns[j]] for j in used], weights[used], constant, k)
            for k in sorted(range(len(used)), key=lambda k: (_n_taken(weights[used], k), -used[k]))
        ]


def _relations(block: FloatArray) -> Iterator[tuple[FloatArray, float]]:
    """Weights, few and simple, with which columns add up to a constant."""
    if block.shape[1] < 2:
        return
    mean, scale = block.mean(axis=0), block.std(axis=0)
    r, order = qr((block - mean) / scale, mode="r", pivoting=True)
    size = np.abs(np.diag(r)[: block.shape[1]])
    rank = int((size > DEPENDENT * size[0] * np.sqrt(len(block))).sum())
    if rank == block.shape[1]:
        return
    parts = solve_triangular(r[:rank, :rank], r[:rank, rank:])
    for at, j in enumerate(order[rank:]):
        raw = np.zeros(block.shape[1])
        raw[order[:rank]] = np.where(np.abs(parts[:, at]) > 1e-7, parts[:, at], 0) * scale[j] / scale[order[:rank]]
        if np.count_nonzero(raw) > MAX_TERMS:
            continue
        weights = np.array([_simple(x) for x in raw])
        if np.isnan(weights).any():
            continue
        weights[j] = -1.0
        constant = _simple(float(np.median(block @ weights)))
        if not np.isnan(constant):
            yield weights, constant


def _simple(x: float) -> float:
    """The simplest number next to one that was computed: few decimals, or one over a whole number; NaN if none."""
    if abs(x) < 1e-9:
        return 0.0
    for digits in range(7):
        if abs(round(x, digits) - x) <= 1e-7 * max(abs(x), 1e-3):
            return round(x, digits)
    whole = round(1 / x)
    return 1 / whole if whole and abs(1 / whole - x) <= 1e-7 * abs(x) else float("nan")


def _solved(names: list[str], weights: FloatArray, constant: float, k: int) -> Formula:
    """The relation as a formula of its k-th column."""
    own = weights[k]
    terms = [Term(name, float(-w / own)) for i, (name, w) in enumerate(zip(names, weights, strict=True)) if i != k]
    return Formula(names[k], "sum", tuple(terms), constant=float(constant / own) or 0.0)


def _n_taken(weights: FloatArray, k: int) -> int:
    """Columns that are taken away where the k-th is computed."""
    return int((np.delete(weights, k) * weights[k] > 0).sum())


def complete_rows(values: FloatArray, least: int) -> tuple[IntArray, IntArray]:
    """Choose columns, and the rows in which none of them is missing: at least `least` rows."""
    columns = np.arange(values.shape[1])
    missing = np.isnan(values)
    while len(columns):
        rows = np.flatnonzero(~missing[:, columns].any(axis=1))
        if len(rows) >= least:
            return columns, rows
        columns = np.delete(columns, np.argmax(missing[:, columns].sum(axis=0)))
    return columns, np.arange(0)
