"""The edges of the distributions: rare levels, tails, and values stuck at the limits."""

from __future__ import annotations

import numpy as np

from synthdiff.codecs.token import FloatArray
from synthdiff.evaluation.resample import Agreement, WeightedRows
from synthdiff.evaluation.shape import largest_gap
from synthdiff.evaluation.tables import EvaluationTables

RARE_SHARE, MIN_RARE_ROWS = 0.01, 5
TAIL, MIN_TAIL_ROWS = 0.01, 5
N_WORST = 50


def rare_level_agreement(tables: EvaluationTables, rows: WeightedRows) -> Agreement:
    """What the frequencies of rare levels have in common: sum min(p, q) / sum max(p, q), over all of them.

    Rare are the levels of categories that hold less than `RARE_SHARE` of the real rows, and at least `MIN_RARE_ROWS`
    of them; p is a level's share of the real rows, q of the others. 1: each is as frequent as it should be; 0: none
    occurs. A level that does not occur and one that is too frequent both cost, in proportion to their rows.

    Parameters
    ----------
    tables : EvaluationTables
    rows : WeightedRows

    Returns
    -------
    Agreement
        Its details are how many rare levels there are, the share of them that occurs, and those that are furthest off,
        ``[column, level, real share, share]``.
    """
    found, real, other = [], [], []
    for j in np.flatnonzero(tables.is_category):
        levels = tables.columns[j].levels
        counts = np.bincount(tables.real[:, j].astype(np.int64), minlength=len(levels))
        rare = np.flatnonzero((counts >= MIN_RARE_ROWS) & (counts < RARE_SHARE * len(tables.real)))
        drawn = rows.counts(rows.values[:, j].astype(np.int64), len(levels))
        found += [(tables.names[j], levels[code]) for code in rare]
        real.append(counts[rare] / len(tables.real))
        other.append(drawn[rare] / drawn.sum(axis=0))
    if not found:
        return Agreement(note="no category has rare levels")
    p, q = np.concatenate(real), np.concatenate(other)
    values = np.minimum(p[:, None], q).sum(axis=0) / np.maximum(p[:, None], q).sum(axis=0)
    share = q[:, 0]
    worst = np.argsort(-np.abs(p - share), kind="stable")[:N_WORST]
    details = {
        "n_levels": len(found),
        "covered": round(float((share > 0).mean()), 6),
        "levels": [[*found[i], round(float(p[i]), 6), round(float(share[i]), 6)] for i in worst],
    }
    return rows.agreement(values, details)


def tail_agreement(tables: EvaluationTables, rows: WeightedRows) -> Agreement:
    """Mean agreement of the tails of numbers and datetimes: beyond the real 1 % and 99 % quantiles.

    Of a tail beyond q it is 1 - sup |P_real(X > x) - P(X > x)| / max(P_real(X > q), P(X > q)) over x >= q, and likewise
    below: at x = q the shares of rows out there are compared, and further out how far they spread. 1: the same tail;
    0: nothing is there. Tails with less than `MIN_TAIL_ROWS` real rows do not count.

    Parameters
    ----------
    tables : EvaluationTables
    rows : WeightedRows

    Returns
    -------
    Agreement
        Its details are, by column and side, the agreement and the shares, ``[agreement, real share, share]``.
    """
    scores: list[FloatArray] = []
    sides: dict[str, dict[str, list[float]]] = {}
    for j in np.flatnonzero(~tables.is_category):
        for side, sign in (("below", -1.0), ("above", 1.0)):
            tail = _tail(sign * tables.real[:, j], sign * rows.values[:, j], rows)
            if tail is not None:
                scores.append(tail[0])
                shown = [float(tail[0][0]), *tail[1:]]
                sides.setdefault(tables.names[j], {})[side] = [round(x, 6) for x in shown]
    if not scores:
        return Agreement(note="no column of numbers has enough rows in its tails")
    return rows.agreement(np.mean(scores, axis=0), {"columns": sides})


def _tail(real: FloatArray, other: FloatArray, rows: WeightedRows) -> tuple[FloatArray, float, float] | None:
    """Agreement of the upper tail, (S,), and the shares of real and other rows in it; None if there is no tail."""
    known = real[~np.isnan(real)]
    limit = np.quantile(known, 1 - TAIL) if len(known) else np.inf
    real_tail, beyond = known[known > limit], other > limit
    if len(real_tail) < MIN_TAIL_ROWS:
        return None
    total = np.maximum(rows.count(~np.isnan(other)), 1)
    # seen from the far end, the tail is the first part of the distribution
    gap = largest_gap(-real_tail, len(known), -other, beyond, rows, total)
    share, shares = len(real_tail) / len(known), rows.count(beyond) / total
    return 1 - gap / np.maximum(share, shares), share, float(shares[0])


def bound_excess(tables: EvaluationTables, rows: WeightedRows) -> Agreement:
    """Mean share of values of numbers and datetimes that are stuck at the real minimum or maximum.

    Counted are the rows exactly there beyond the share of real rows that are there: those of a generator that clips.

    Parameters
    ----------
    tables : EvaluationTables
    rows : WeightedRows

    Returns
    -------
    Agreement
        In [0, 1], 0 is best. Its details are the columns in which values are stuck, the worst first.
    """
    excess = {}
    for j in np.flatnonzero(~tables.is_category):
        known = tables.real[~np.isnan(tables.real[:, j]), j]
        if len(known) and known.min() < known.max():
            excess[tables.names[j]] = _excess(known, rows.values[:, j], rows)
    if not excess:
        return Agreement(note="there is no column of numbers that varies")
    stuck = {name: round(float(e[0]), 6) for name, e in sorted(excess.items(), key=lambda item: -item[1][0]) if e[0]}
    return rows.agreement(np.mean(list(excess.values()), axis=0), {"columns": stuck})


def _excess(known: FloatArray, values: FloatArray, rows: WeightedRows) -> FloatArray:
    """Share of values at both ends beyond the real share, (S,)."""
    ends = known.min(), known.max()
    total = np.maximum(rows.count(~np.isnan(values)), 1)
    excess = np.zeros(len(total))
    for end in ends:
        share = rows.count(values == end) / total
        excess += np.maximum(share - (known == end).mean(), 0)
    return excess
