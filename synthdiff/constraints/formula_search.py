"""The search for formulas: candidates of all kinds, told by a few rows, then verified on all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from synthdiff.codecs.column import FloatArray, NumberCodec
from synthdiff.constraints.calendar import CLOCKS, PARTS, STARTS
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.formula import ROUNDINGS, Formula, Term
from synthdiff.constraints.order import family_of
from synthdiff.constraints.product_search import find_products
from synthdiff.constraints.rate import snap_rate
from synthdiff.constraints.rule import Near
from synthdiff.constraints.sum_search import find_sums

SCREEN_ROWS = 800
MIN_ROWS, MIN_DISTINCT, MIN_PARTS = 20, 10, 3
TOLERANCE, LIFT = 0.01, 0.1
MAX_MOMENTS, MAX_COUNTS = 12, 60
CORRELATED = 0.98
SPANS = (1.0, 24.0, 1440.0, 86_400.0, 1 / 7, 1 / 365.25, 1 / 365.2425, 1 / 365, 12 / 365.25)
"""Days, hours, minutes, seconds, weeks, years of three kinds, and months in a day."""
EXACT = 1e-9
"""Relative error of numbers that are not rounded."""


@dataclass(frozen=True)
class FoundFormula:
    """A formula that all rows keep, or nearly all.

    Attributes
    ----------
    formula : Formula
    n_broken : int
    row : int
        The first row that breaks it; -1 where there is none.
    """

    formula: Formula
    n_broken: int
    row: int

    def near(self, draft: Draft) -> Near:
        """What is shown of one that does not hold everywhere."""
        names = (*self.formula.sources, self.formula.target)
        value = " and ".join(f"{name} is {draft.words(name, self.row)}" for name in names[-3:])
        return Near(self.formula.describe()[0], names, self.n_broken, self.row, value)


def find_formulas(draft: Draft, names: Sequence[str], seed: int) -> Iterator[list[FoundFormula]]:
    """Find formulas, the surest kinds first.

    Parameters
    ----------
    draft : Draft
        All real rows.
    names : sequence of str
        Columns of numbers.
    seed : int
        Of the rows that are looked at first.

    Yields
    ------
    list of FoundFormula
        One formula in the forms that it has: each computes another of its columns.
    """
    rng = np.random.default_rng(seed)
    rows = draft.some_rows(rng, SCREEN_ROWS)
    head = draft.take(rows)
    targets = [name for name in names if _may_be_computed(head, name)]
    sums = [[one for form in forms for one in verify(draft, form)] for forms in find_sums(draft, names, rows)]
    exact = [forms[0].formula for forms in sums if forms and not forms[0].n_broken]
    totals = {formula.target for formula in exact}
    rates = _rates(head, targets, names)
    tied = [_columns(rate) for rate in rates]
    # What is a fixed rate of something else adds nothing to a product with it.
    products = [form for form in find_products(head, targets, names) if not any(two <= _columns(form) for two in tied)]
    parts = [*_starts(head, names), *_parts(head, names)]
    # What a total is a multiple of follows from its parts; by itself it would round them in another way.
    later = [form for form in rates if totals & {form.target, *form.sources}]
    later += [form for form in (*parts, *products) if any(_columns(form) <= _columns(total) for total in exact)]
    for candidate in (form for form in (*parts, *rates, *products) if form not in later):
        yield [one for _ in verify(head, candidate) for one in verify(draft, candidate)]
    yield from sums
    for candidate in later:
        yield [one for _ in verify(head, candidate) for one in verify(draft, candidate)]


def _columns(formula: Formula) -> set[str]:
    return {formula.target, *formula.sources}


def verify(draft: Draft, formula: Formula) -> list[FoundFormula]:
    """Look at all rows; nothing is found where too many break the formula, or too few can be told."""
    result, x = formula.result(draft), draft.numbers(formula.target)
    both = ~np.isnan(result + x)
    n_both = int(both.sum())
    if n_both < MIN_ROWS:
        return []
    follows = bool((np.isnan(result) == np.isnan(x)).all())
    best = None
    for rounding in ROUNDINGS:
        form = replace(formula, rounding=rounding, follows=follows)
        broken = both & ~form.fits(draft)
        n_broken = int(broken.sum())
        if best is None or n_broken < best.n_broken:
            best = FoundFormula(form, n_broken, int(np.argmax(broken)) if n_broken else -1)
        if not n_broken:
            break
    assert best is not None
    rare = n_both - int(np.unique(x[both], return_counts=True)[1].max())
    return [best] if best.n_broken <= min(TOLERANCE * n_both, LIFT * rare) else []


def _may_be_computed(head: Draft, name: str) -> bool:
    """Whether a column says enough for a formula not to hold by chance."""
    codec, x = head.codecs[name], head.numbers(name)
    assert isinstance(codec, NumberCodec)
    x = x[~np.isnan(x)]
    if len(x) < MIN_ROWS or len(np.unique(x)) < MIN_DISTINCT:
        return False
    return codec.resolution is None or float(x.std()) >= 2 * codec.resolution


def _starts(head: Draft, names: Sequence[str]) -> Iterator[Formula]:
    """Moments at which the day, the month and the like of another moment begin, in nearly all of some rows."""
    moments = [name for name in names if family_of(head.codecs[name])[0] == "moment"][:MAX_MOMENTS]
    for source, target in permutations(moments, 2):
        x, unit = head.numbers(target), family_of(head.codecs[target])[1]
        same = head.numbers(source) * family_of(head.codecs[source])[1]
        for part in STARTS:
            form = Formula(target, part, (Term(source),))
            made = form.result(head)
            if len(np.unique(made[~np.isnan(made)])) < MIN_PARTS or not np.nanmax(np.abs(same - made * unit)) > 0:
                continue  # nothing begins there that is not there already
            both = ~np.isnan(made + x)
            if both.sum() >= MIN_ROWS and (np.abs(x - made)[both] * unit < 1).mean() >= 1 - 2 * TOLERANCE:
                yield form


def _parts(head: Draft, names: Sequence[str]) -> Iterator[Formula]:
    """Numbers that are parts of dates, or time between two dates, in nearly all of some rows."""
    moments = [name for name in names if family_of(head.codecs[name])[0] == "moment"][:MAX_MOMENTS]
    counts = [name for name in names if _may_count(head, name)][:MAX_COUNTS]
    if not moments or not counts:
        return
    values = np.stack([head.numbers(name) for name in counts], axis=1)
    steps = np.array([_step(head, name) for name in counts])
    for form in _of_moments(head, moments, counts[0]):
        made = form.result(head)
        if len(np.unique(made[~np.isnan(made)])) < MIN_PARTS:
            continue
        gap = values - made[:, None]
        n_both = np.maximum((~np.isnan(gap)).sum(axis=0), MIN_ROWS)
        near = (np.abs(gap) < steps).sum(axis=0) >= (1 - 2 * TOLERANCE) * n_both
        yield from (replace(form, target=counts[k]) for k in np.flatnonzero(near))


def _of_moments(head: Draft, moments: Sequence[str], target: str) -> Iterator[Formula]:
    """All that is computed of one date or two."""
    for source in moments:
        for part in (*PARTS, *CLOCKS):
            yield Formula(target, part, (Term(source),))
        yield Formula(target, "weekday", (Term(source),), constant=1.0)
    for first, last in permutations(moments, 2):
        yield Formula(target, "years", (Term(first), Term(last)))
        units = [family_of(head.codecs[name])[1] / 86_400 for name in (last, first)]
        for per in SPANS:
            yield Formula(target, "sum", (Term(last, per * units[0]), Term(first, -per * units[1])))


def _may_count(head: Draft, name: str) -> bool:
    """Whether a column may count something of dates."""
    x = head.numbers(name)
    return family_of(head.codecs[name])[0] in ("number", "duration", "time") and len(np.unique(x[~np.isnan(x)])) > 2


def _step(head: Draft, name: str) -> float:
    """What a column is rounded to."""
    codec = head.codecs[name]
    assert isinstance(codec, NumberCodec)
    return codec.resolution or EXACT * max(abs(codec.minimum), abs(codec.maximum), 1.0)


def _rates(head: Draft, targets: Sequence[str], names: Sequence[str]) -> list[Formula]:
    """Columns that may be another one times a rate, plus a constant, and rounded; the simplest first."""
    values = np.stack([head.numbers(name) for name in names], axis=1)
    found = []
    strong = _correlation(values)
    at = {name: j for j, name in enumerate(names)}
    for target in targets:
        codec = head.codecs[target]
        assert isinstance(codec, NumberCodec)
        for j in np.argsort(-strong[at[target]]):
            if strong[at[target], j] < CORRELATED:
                break
            if j == at[target]:
                continue
            pair = snap_rate(values[:, at[target]], values[:, j], codec.resolution)
            if pair is not None and _may_be_rate(head, target, names[j], pair[0]):
                found.append(Formula(target, "sum", (Term(names[j], pair[0]),), constant=pair[1]))
    return sorted(found, key=lambda form: len(f"{form.terms[0].factor:.9g}{form.constant or 1:.9g}"))


def _may_be_rate(head: Draft, target: str, source: str, rate: float) -> bool:
    """Whether a moment is made of another one, if at all, by counting on from it."""
    (one, unit), (other, of) = (family_of(head.codecs[name]) for name in (target, source))
    return "moment" not in (one, other) or (one == other and abs(rate * unit / of - 1) < EXACT)


def _correlation(values: FloatArray) -> FloatArray:
    """Absolute correlations of the rows that each two columns have both, (D, D)."""
    known = ~np.isnan(values)
    centred = np.where(known, values - np.nanmean(np.where(known.any(0), values, 0), axis=0), 0.0)
    with np.errstate(all="ignore"):
        centred /= np.maximum(np.abs(centred).max(axis=0), 1e-300)
        n = known.T.astype(float) @ known
        sums = centred.T @ known
        cross = centred.T @ centred - sums * sums.T / n
        squares = (centred**2).T @ known - sums**2 / n
        out = np.abs(cross) / np.sqrt(squares * squares.T)
    return np.where(n >= MIN_ROWS, np.nan_to_num(out, posinf=0.0), 0.0)
