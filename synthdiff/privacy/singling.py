"""Whether synthetic rows give away descriptions that fit exactly one real row.

After the singling-out attack of Giomi et al. (2023), see `synthdiff.privacy.risk`: the attacker takes descriptions
that fit one synthetic row alone and claims that they fit one person. *Univariate* ones are values that occur once, the
lowest and the highest; *multivariate* ones join conditions that a synthetic row meets in a few columns.

Their control is a table of the same size. Here training and held-out rows are searched together, which uses all of them
whatever their numbers: if a description fits exactly one of n + m rows and knows nothing of who was learnt from, that
row is one of the n training rows n / m times as often as one of the m others.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from synthdiff.privacy.risk import EITHER_Z, Risk, design_effect
from synthdiff.privacy.rows import UNSEEN_NEEDED, FloatArray, IntArray, PrivacyRows
from synthdiff.score import CONFIDENCE_Z, Score, share_interval

MAX_PREDICATES, MAX_FLOOR = 1_000, 300
MAX_ROWS = 50_000  # of each table
TRIALS = 20  # descriptions tried for each that is wanted: most fit several synthetic rows
MAX_COLUMNS = 8  # that one description joins

_WHAT = "How much more often what fits one synthetic row alone fits exactly one training row than one held-out row."

Sign = Literal["==", "<=", ">=", "missing"]
_TESTS: dict[Sign, Callable[[FloatArray, float], Any]] = {
    "==": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "missing": lambda values, _: np.isnan(values),
}


@dataclass(frozen=True)
class Condition:
    """What a value of a column must be."""

    column: int
    sign: Sign
    value: float


Predicate = tuple[Condition, ...]


@dataclass(frozen=True)
class Claims:
    """How often descriptions fit one row alone.

    Attributes
    ----------
    n : int
        Descriptions.
    learnt, unseen : int
        Those that fit one row alone, which is a training row or a held-out one.
    risk : Risk
    """

    n: int
    learnt: int
    unseen: int
    risk: Risk


def singling_out(rows: PrivacyRows) -> Score:
    """Score how much synthetic rows help to single out training rows.

    The value is that of the attack that more surely does so, in an interval wide enough for that choice.
    """
    score = Score("singling_out", "privacy", "Singling out", _WHAT, None, "lower", ceiling=0.0, bad=1.0)
    if not rows.holdout_given:
        return replace(score, note=UNSEEN_NEEDED)
    pool = _Pool(rows)
    synthetic = rows.some(rows.synthetic, MAX_ROWS, "singling", "synthetic")
    made = {
        "multivariate": _joined(rows, synthetic, MAX_PREDICATES),
        "univariate": _single(rows, synthetic, MAX_PREDICATES),
    }
    claims = {name: pool.search(predicates) for name, predicates in made.items() if predicates}
    if not claims:
        return replace(score, note="no description fits one synthetic row alone")
    name, best = max(claims.items(), key=lambda item: item[1].risk.interval[0])
    floor = _joined(rows, rows.some(rows.independent, MAX_ROWS, "singling", "independent"), MAX_FLOOR)
    return replace(
        score,
        value=best.risk.value,
        interval=best.risk.interval,
        floor=pool.search(floor).risk.value if floor else None,
        details={"attack": name, "attacks": {key: _to_dict(claim) for key, claim in claims.items()}},
    )


class _Pool:
    """Training and held-out rows that are searched together."""

    def __init__(self, rows: PrivacyRows) -> None:
        learnt = rows.some(rows.real, MAX_ROWS, "singling", "real")
        unseen = rows.some(rows.holdout, MAX_ROWS, "singling", "holdout")
        self.n_learnt, self.ratio = len(learnt), len(learnt) / len(unseen)
        self.columns = np.ascontiguousarray(np.concatenate([learnt, unseen]).T)

    def search(self, predicates: Iterable[Predicate]) -> Claims:
        """Look for rows that alone fit."""
        found = [_fitting(self.columns, predicate) for predicate in predicates]
        alone = np.array([fits[0] for fits in found if len(fits) == 1], dtype=np.int64)
        learnt = int((alone < self.n_learnt).sum())
        unseen = len(alone) - learnt
        effect = design_effect(alone) * (EITHER_Z / CONFIDENCE_Z) ** 2
        return Claims(len(found), learnt, unseen, _risk(learnt, unseen, len(found), self.ratio, effect))


def _risk(learnt: int, unseen: int, n: int, ratio: float, effect: float) -> Risk:
    """``(p - c) / (1 - c)`` with p = learnt / n and c = ratio * unseen / n.

    Written with t, the share of descriptions that fit one row alone, and u, the share of those rows that are held-out
    ones. The interval joins the ends of theirs: whether it reaches 0 hangs on u alone. Where u exceeds what chance
    makes it, the upper end is that of chance.
    """

    def risk(t: float, u: float) -> float:
        chance = ratio * t * u
        return max(t * (1 - u) - chance, 0.0) / (1 - chance) if chance < 1 else 0.0

    alone = learnt + unseen
    fitting, share = alone / n, unseen / max(alone, 1)
    t_low, t_high = share_interval(fitting * round(n / effect), round(n / effect))
    n_alone = round(alone / effect)
    u_high = share_interval(share * n_alone, n_alone)[1]
    u_low = share_interval(min(share, 1 / (1 + ratio)) * n_alone, n_alone)[0]
    return Risk(risk(fitting, share), (risk(t_low, u_high), risk(t_high, u_low)))


def _fitting(columns: FloatArray, predicate: Predicate) -> IntArray:
    """Positions of the rows that meet all conditions, of a table as columns, (D, n)."""
    first, *others = predicate
    left = np.flatnonzero(_TESTS[first.sign](columns[first.column], first.value))
    for condition in others:
        left = left[_TESTS[condition.sign](columns[condition.column, left], condition.value)]
    return left


def _joined(rows: PrivacyRows, synthetic: FloatArray, n: int) -> list[Predicate]:
    """At most n descriptions in several columns that fit one synthetic row alone."""
    n_columns = synthetic.shape[1]
    if n_columns < 2:
        return []
    columns = np.ascontiguousarray(synthetic.T)
    known = [column[~np.isnan(column)] for column in columns]
    medians = [float(np.median(column)) if len(column) else 0.0 for column in known]
    rng = rows.generator("singling", "joined")
    out: dict[Predicate, None] = {}  # in the order in which they were found, each once
    for _ in range(TRIALS * n):
        row = synthetic[rng.integers(len(synthetic))]
        chosen = rng.permutation(n_columns)[: rng.integers(2, min(n_columns, MAX_COLUMNS) + 1)]
        predicate = tuple(_met(int(j), float(row[j]), bool(rows.is_category[j]), medians[j]) for j in np.sort(chosen))
        if len(_fitting(columns, predicate)) == 1:
            out[predicate] = None
        if len(out) == n:
            break
    return list(out)


def _met(column: int, value: float, is_category: bool, median: float) -> Condition:
    """A condition that a value meets and few others do: itself, or being further out."""
    if np.isnan(value):
        return Condition(column, "missing", 0.0)
    if is_category:
        return Condition(column, "==", value)
    return Condition(column, ">=" if value >= median else "<=", value)


def _single(rows: PrivacyRows, synthetic: FloatArray, n: int) -> list[Predicate]:
    """At most n descriptions in one column that fit one synthetic row alone, of all columns alike."""
    rng = rows.generator("singling", "single")
    made = [list(_unique(j, column, bool(rows.is_category[j]))) for j, column in enumerate(synthetic.T)]
    quota = -(-n // len(made))
    return [(conditions[i],) for conditions in made for i in rng.permutation(len(conditions))[:quota]]


def _unique(column: int, values: FloatArray, is_category: bool) -> Iterator[Condition]:
    """Conditions that one value of a column meets."""
    known = values[~np.isnan(values)]
    if len(values) - len(known) == 1:
        yield Condition(column, "missing", 0.0)
    distinct, counts = np.unique(known, return_counts=True)
    for value in distinct[counts == 1]:
        yield Condition(column, "==", float(value))
    if not is_category and len(distinct) > 1:
        if counts[0] == 1:
            yield Condition(column, "<=", float(distinct[0]))
        if counts[-1] == 1:
            yield Condition(column, ">=", float(distinct[-1]))


def _to_dict(claims: Claims) -> dict[str, Any]:
    counts = {"n_predicates": claims.n, "learnt": claims.learnt, "unseen": claims.unseen}
    return {**counts, "risk": claims.risk.value, "interval": list(claims.risk.interval)}
