"""The search for products: price times quantity times what a discount leaves, weight over a square, at a fixed rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np

from synthdiff.codecs.column import FloatArray, IntArray, NumberCodec
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.formula import FORMS, Formula, Term
from synthdiff.constraints.order import family_of
from synthdiff.constraints.rate import single_rate

MAX_FACTORS, MAX_FACTORS_OF_THREE = 160, 36
PROBE_ROWS = 16
MAX_CANDIDATES = 40
"""Products of one column that are looked at on more rows."""


def find_products(head: Draft, targets: Sequence[str], names: Sequence[str]) -> Iterator[Formula]:
    """Find columns that may be products of others.

    Parameters
    ----------
    head : Draft
        Some real rows.
    targets : sequence of str
        Columns that say enough.
    names : sequence of str
        Columns of numbers.
    """
    # Of copies one is enough: what is divided by its own copy explains everything.
    firsts = {
        head.numbers(name).tobytes(): name for name in reversed(names) if family_of(head.codecs[name])[0] == "number"
    }
    factors, values = _factors(head, [name for name in names if name in firsts.values()])
    targets = [name for name in targets if name in firsts.values()]
    found: set[str] = set()
    for size, most in ((2, MAX_FACTORS), (3, MAX_FACTORS_OF_THREE)):
        if len(factors) > most:
            return
        sets = np.array(list(combinations_with_replacement(range(len(factors)), size)), dtype=np.int64).reshape(
            -1, size
        )
        sets = sets[[_is_sound([factors[j] for j in own]) for own in sets]]
        formulas = [
            formula for name in targets if name not in found for formula in _of(head, name, factors, values, sets)
        ]
        # What has the finest values follows from the others: whole parts from a rounded share would not give it again.
        formulas.sort(
            key=lambda formula: (
                -_fineness(head, formula.target),
                sum(term.form == "inverse" for term in formula.terms),
            )
        )
        found |= {formula.target for formula in formulas}
        yield from formulas


def _fineness(head: Draft, name: str) -> float:
    """How many steps the values of a column are apart."""
    codec = head.codecs[name]
    assert isinstance(codec, NumberCodec)
    return np.inf if codec.resolution is None else float(np.nanstd(head.numbers(name))) / codec.resolution


def _factors(head: Draft, names: Sequence[str]) -> tuple[list[Term], FloatArray]:
    """What may be multiplied, and its values, (n, F)."""
    terms, columns = [], []
    for name in names:
        x = head.numbers(name)
        known = x[~np.isnan(x)]
        if len(np.unique(known)) < 2:
            continue
        forms = ["value"]
        forms += ["rest"] if known.min() >= 0 and known.max() <= 1 and len(np.unique(known)) > 2 else []
        forms += ["inverse"] if known.min() > 0 else []
        for form in forms:
            terms.append(Term(name, form=form))
            with np.errstate(all="ignore"):
                columns.append(FORMS[form](x))
    return terms, np.stack(columns, axis=1) if columns else np.empty((len(head), 0))


def _is_sound(terms: Sequence[Term]) -> bool:
    """Whether no factor undoes another, and not all are below a line."""
    inverse = {term.name for term in terms if term.form == "inverse"}
    return len(inverse & {term.name for term in terms if term.form != "inverse"}) == 0 and any(
        term.form != "inverse" for term in terms
    )


def _of(head: Draft, target: str, factors: list[Term], values: FloatArray, sets: IntArray) -> Iterator[Formula]:
    """The products that a column may be."""
    codec, x = head.codecs[target], head.numbers(target)
    assert isinstance(codec, NumberCodec)
    own = np.array([term.name == target for term in factors])
    sets = sets[~own[sets].any(axis=1)]
    for j in _probe(x, values, sets, codec.resolution)[:MAX_CANDIDATES]:
        product = values[:, sets[j]].prod(axis=1)
        both = ~np.isnan(x + product)
        rate = single_rate(x[both], product[both], codec.resolution) if both.sum() >= PROBE_ROWS else None
        if rate is not None:
            yield Formula(target, "product", tuple(factors[i] for i in sets[j]), factor=rate)


def _probe(x: FloatArray, values: FloatArray, sets: IntArray, step: float | None) -> IntArray:
    """The sets of factors whose product is, in a few rows, a fixed multiple of a column."""
    rows = np.flatnonzero(~np.isnan(x) & ~np.isnan(values).any(axis=1) & (x != 0))
    if len(rows) < PROBE_ROWS // 2:
        return np.arange(0)
    rows = rows[np.argsort(-np.abs(x[rows]))][:: max(len(rows) // PROBE_ROWS, 1)][:PROBE_ROWS]
    left = np.arange(len(sets))
    first = values[rows[0]][sets].prod(axis=1)
    with np.errstate(all="ignore"):
        rate = x[rows[0]] / first
        for row in rows[1:]:
            product = values[row][sets[left]].prod(axis=1)
            half = 0.5 * (step if step is not None else 1e-9 * abs(x[row])) * (1 + 1e-6)
            slack = half * (1 + np.abs(product / first[left])) * 2
            left = left[np.abs(x[row] - rate[left] * product) <= slack]
    return left
