"""Columns that are computed of others: sums, fixed rates, products, parts of a date, whole years between two dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from synthdiff.codecs.column import BoolArray, ColumnCodec, FloatArray, NumberCodec
from synthdiff.constraints.calendar import (
    CLOCKS,
    PARTS,
    STARTS,
    date_part,
    off_the_clock,
    on_the_clock,
    start_of,
    whole_years,
)
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.order import family_of
from synthdiff.constraints.rule import Rule
from synthdiff.record import Name, as_tuple, one_of, read_as, require

ROUNDINGS = ("half even", "half up", "down", "up", "nearest")
"""How a result becomes a value of its column; the last where real rows round halves now this way, now that."""
NUDGE = 1e-9
Finite = Annotated[float, Field(ge=-1e15, le=1e15)]
FORMS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "value": lambda x: x,
    "rest": lambda x: 1.0 - x,
    "inverse": lambda x: 1.0 / np.where(x == 0, np.nan, x),
}
_WORDS = {"value": "{}", "rest": "(1 - {})"}


@dataclass(frozen=True)
class Term:
    """A column that a formula starts from.

    Attributes
    ----------
    name : str
    factor : float
        What it is multiplied by in a sum.
    form : {"value", "rest", "inverse"}
        What is multiplied in a product: the number, 1 minus it, 1 over it.
    """

    name: Name
    factor: Finite = 1.0
    form: Annotated[str, one_of(*FORMS)] = "value"


@dataclass(frozen=True)
class Formula(Rule):
    """A column that is computed of others.

    Attributes
    ----------
    target : str
    operation : str
        "sum", "product", "years", a part of a date, or the start of a part.
    terms : tuple of Term
    factor, constant : float
        What the result is multiplied by, and what is added then.
    rounding : str
        One of `ROUNDINGS`.
    follows : bool
        Whether the target is missing exactly where a term is.
    """

    word: ClassVar[str] = "formula"

    target: Name
    operation: Annotated[str, one_of("sum", "product", "years", *PARTS, *CLOCKS, *STARTS)]
    terms: Annotated[
        tuple[Annotated[Term, read_as(Term)], ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=64)
    ]
    factor: Finite = 1.0
    constant: Finite = 0.0
    rounding: Annotated[str, one_of(*ROUNDINGS)] = "nearest"
    follows: bool = False

    @property
    def sources(self) -> tuple[str, ...]:  # noqa: D102
        return tuple(term.name for term in self.terms)

    @property
    def targets(self) -> tuple[str, ...]:  # noqa: D102
        return (self.target,)

    def describe(self) -> list[str]:  # noqa: D102
        return [f"{self.target} = {self._words()}"]

    def _words(self) -> str:
        if self.operation == "sum":
            words = _sum_words([(term.factor, term.name) for term in self.terms])
        elif self.operation == "product":
            words = " x ".join(_WORDS[term.form].format(term.name) for term in self.terms if term.form != "inverse")
            words += "".join(f" / {term.name}" for term in self.terms if term.form == "inverse")
        elif self.operation == "years":
            words = f"whole years from {self.terms[0].name} to {self.terms[1].name}"
        else:
            words = f"{self.operation} of {self.terms[0].name}"
        if self.factor != 1:
            words = (
                f"{self.factor:.12g} x {words if len(self.terms) == 1 or self.operation == 'product' else f'({words})'}"
            )
        words += f" {'+' if self.constant > 0 else '-'} {abs(self.constant):g}" if self.constant else ""
        return words + (f", rounded {self.rounding}" if self.rounding in ("down", "up") else "")

    def result(self, draft: Draft) -> FloatArray:
        """What the formula gives, before it is rounded, (n,) float64; NaN where a term is missing."""
        columns = [draft.numbers(term.name) for term in self.terms]
        with np.errstate(all="ignore"):
            if self.operation == "sum":
                out = np.sum([term.factor * x for term, x in zip(self.terms, columns, strict=True)], axis=0)
            elif self.operation == "product":
                out = np.prod([FORMS[term.form](x) for term, x in zip(self.terms, columns, strict=True)], axis=0)
            else:
                out = self._of_moments(draft)
            return np.asarray(self.factor * out + self.constant)

    def _of_moments(self, draft: Draft) -> FloatArray:
        """What calendars and clocks say of the terms, in units of the target."""
        codecs = [draft.codecs[term.name] for term in self.terms]
        columns = [
            draft.numbers(term.name) * family_of(codec)[1] for term, codec in zip(self.terms, codecs, strict=True)
        ]
        shown = [on_the_clock(x, codec.type) for x, codec in zip(columns, codecs, strict=True)]
        if self.operation == "years":
            return whole_years(shown[0], shown[1])
        if self.operation in STARTS:
            target = draft.codecs[self.target]
            return off_the_clock(start_of(self.operation, shown[0]), target.type) / family_of(target)[1]
        return date_part(self.operation, shown[0])

    def fits(self, draft: Draft) -> BoolArray:
        """Say in which rows the target is what the formula gives, (n,) bool; also where something is missing."""
        codec = draft.codecs[self.target]
        assert isinstance(codec, NumberCodec)
        x, made = draft.numbers(self.target), self.result(draft)
        step = codec.resolution
        slack = NUDGE * np.fmax(np.abs(made), 1)
        with np.errstate(invalid="ignore"):
            if step is None:
                return ~(np.abs(x - made) > slack)
            if self.rounding == "nearest":
                return ~(np.abs(x - made) > 0.5 * step * (1 + 1e-6) + slack)
            return ~(np.abs(x - rounded(made, codec, self.rounding)) > 1e-3 * step)

    def holds(self, draft: Draft) -> BoolArray:  # noqa: D102
        missing = np.isnan(draft.numbers(self.target)) == np.isnan(self.result(draft))
        return np.asarray(self.fits(draft) & (missing | (not self.follows)))

    def apply(self, draft: Draft, rng: np.random.Generator) -> None:  # noqa: D102
        codec = draft.codecs[self.target]
        assert isinstance(codec, NumberCodec)
        broken = ~self.holds(draft)
        if broken.any():
            draft.write(self.target, broken, rounded(self.result(draft)[broken], codec, self.rounding))

    def to_dict(self) -> dict[str, Any]:  # noqa: D102
        return {"rule": self.word, **asdict(self)} | {"terms": [asdict(term) for term in self.terms]}

    def check(self) -> None:
        """Refuse a formula of itself, and one of another number of columns than it needs."""
        n_terms = {"sum": len(self.terms), "product": len(self.terms), "years": 2}.get(self.operation, 1)
        require(len(self.terms) == n_terms, "the formula needs another number of columns")
        require(self.target not in self.sources, "a column is computed of itself")

    def check_columns(self, codecs: Mapping[str, ColumnCodec]) -> None:  # noqa: D102
        for name in (self.target, *self.sources):
            require(isinstance(codecs.get(name), NumberCodec), f"there is no column of numbers {name!r}")
            is_moment = self.operation not in ("sum", "product") and (name != self.target or self.operation in STARTS)
            require(not is_moment or family_of(codecs[name])[0] == "moment", f"column {name!r} is no date")


def rounded(values: FloatArray, codec: NumberCodec, rounding: str) -> FloatArray:
    """Round results to the steps of a column, as its real values are.

    Parameters
    ----------
    values : (n,) float64
        NaN where missing.
    codec : NumberCodec
    rounding : str
        One of `ROUNDINGS`.
    """
    step = codec.resolution
    if step is None:
        return values
    per = 1 / step
    per, is_whole = (float(np.rint(per)), True) if abs(per - np.rint(per)) < 1e-6 * per and per >= 1 else (per, False)
    first = codec.minimum * per if is_whole else codec.minimum / step
    first = 0.0 if abs(first - np.rint(first)) < 1e-6 * max(abs(first), 1) else first
    places = (values * per if is_whole else values / step) - first
    if rounding in ("half up", "nearest"):
        size = np.abs(places)
        places = np.sign(places) * np.floor(size + 0.5 + NUDGE * np.fmax(size, 1))
    elif rounding == "down":
        places = np.floor(places + NUDGE * np.fmax(np.abs(places), 1))
    elif rounding == "up":
        places = np.ceil(places - NUDGE * np.fmax(np.abs(places), 1))
    else:
        places = np.rint(places)
    return np.asarray((places + first) / per if is_whole else (places + first) * step)


def _sum_words(terms: list[tuple[float, str]]) -> str:
    """A sum in words; a part of a whole number that all terms are taken times stands behind it."""
    size = abs(terms[0][0])
    per = round(1 / size) if size else 1
    if (
        per > 1
        and abs(per * size - 1) < 1e-9
        and len({abs(factor) for factor, _ in terms}) == 1
        and round(size, 6) != size
    ):
        words = _signed([(float(np.sign(factor)), name) for factor, name in terms])
        return f"({words}) / {per}" if len(terms) > 1 else f"{words} / {per}"
    return _signed(terms)


def _signed(terms: list[tuple[float, str]]) -> str:
    """A sum in words, with what is added first."""
    words = ""
    for factor, name in sorted(terms, key=lambda term: term[0] < 0):
        size = "" if abs(factor) == 1 else f"{abs(factor):.12g} x "
        sign = (" - " if factor < 0 else " + ") if words else ("-" if factor < 0 else "")
        words += f"{sign}{size}{name}"
    return words
