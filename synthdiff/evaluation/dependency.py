"""Whether rows keep the rules between columns that all real rows keep: totals, dates in order, a city and its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthdiff.codecs.agreement import codes_of
from synthdiff.codecs.column import BoolArray, ColumnCodec, FloatArray
from synthdiff.codecs.registry import fit_codec
from synthdiff.constraints.draft import LEVEL_KINDS, Draft
from synthdiff.constraints.order import Order
from synthdiff.constraints.rule import Rule
from synthdiff.constraints.search import find_rules
from synthdiff.data.schema import Schema
from synthdiff.errors import DataError
from synthdiff.evaluation.cells import missing_cells_of
from synthdiff.evaluation.chance import ERRORS_BEYOND, allowance, is_beyond_chance
from synthdiff.evaluation.check import Finding, Pair, severity_of
from synthdiff.evaluation.problem import Problem
from synthdiff.evaluation.reader import readable_cells, stored_as

MOST_ROWS = 100_000
"""Real rows that rules are looked for in."""
GREATEST = 1e100
"""Largest size of numbers whose squares can be added up."""


@dataclass(frozen=True)
class _Side:
    """A table as the rules see it.

    Attributes
    ----------
    draft : Draft
    known : mapping of str to (n,) bool
        By column, which cells say something: read, and missing only where real cells are.
    """

    draft: Draft
    known: dict[str, BoolArray]

    def may_tell(self, names: Sequence[str]) -> BoolArray:
        """Say which rows have all of some columns, (n,) bool."""
        return np.asarray(np.logical_and.reduce([self.known[name] for name in names]))


@dataclass(frozen=True)
class _Statement:
    """What holds in all real rows, and where a table breaks it.

    Attributes
    ----------
    words : str
    columns : tuple of str
        Those that are at fault last.
    told, broken : (n,) bool
        Rows that it says something of, and those that break it.
    allowed : float
        Rows that chance explains.
    """

    words: str
    columns: tuple[str, ...]
    told: BoolArray
    broken: BoolArray
    allowed: float = 0.0


def rules_kept(pairs: Sequence[Pair]) -> dict[str, list[Finding]]:
    """Look for rules in the real table, and for rows of the synthetic one that break them.

    Parameters
    ----------
    pairs : sequence of Pair
        The columns that both tables have.

    Returns
    -------
    dict of str to list of Finding
        By column; of several rules that make it, the one that most rows break is told of.
    """
    pairs = [pair for pair in pairs if len(pair.real_cells) and len(pair.made_cells)]
    codecs = {pair.name: codec for pair in pairs if (codec := _codec_of(pair)) is not None}
    if len(pairs) < 2:
        return {}
    real = pa.table({pair.name: pa.chunked_array([pair.real]) for pair in pairs}).slice(0, MOST_ROWS)
    found = find_rules(real, Schema(columns=tuple(pair.column for pair in pairs)), codecs)
    statements = defaultdict(list)
    made = _side(pairs, codecs, [pair.made for pair in pairs])
    unseen = [pair.unseen for pair in pairs if pair.unseen is not None]
    others = _side(pairs, codecs, unseen) if len(unseen) == len(pairs) else None
    draft = Draft(real, codecs)
    for rule in found.rules.rules:
        for part in rule.parts():
            for one in _statements(part, made, draft, others):
                statements[one.columns[-1]].append(one)
    for level in found.groups.levels:
        for name in level.columns:
            statements[name].append(_shared(level.key, name, made))
    return {name: [_finding(own, made.draft)] for name, own in statements.items()}


def _codec_of(pair: Pair) -> ColumnCodec | None:
    """What reads a column for rules; None where no rule can be of it."""
    if pair.reader is not None:
        codec = pair.reader.codec
        is_great = codec is not None and max(abs(codec.minimum), abs(codec.maximum)) > GREATEST
        return None if is_great else codec
    if pair.scale != "category" or pair.column.kind not in LEVEL_KINDS:
        return None
    try:
        return fit_codec(pa.chunked_array([pair.real]), pair.column)
    except DataError:
        return None


def _side(pairs: Sequence[Pair], codecs: dict[str, ColumnCodec], cells: Sequence[pa.Array]) -> _Side:
    """Cells of any types as the codecs read them; those that are not read are missing."""
    columns, known = {}, {}
    for pair, own in zip(pairs, cells, strict=True):
        is_missing = missing_cells_of(own)
        array = own if own.type == pair.real.type else _as_real(own, pair)
        codec = codecs.get(pair.name)
        if pair.reader is not None and codec is not None:
            assert pair.reader.codec is not None
            read = readable_cells(pair.reader.codec, array)
            array = pa.compute.if_else(pa.array(read), array, pa.scalar(None, array.type))
        columns[pair.name] = pa.chunked_array([array])
        known[pair.name] = (
            ~missing_cells_of(array) if not pair.real.null_count else missing_cells_of(array) == is_missing
        )
    return _Side(Draft(pa.table(columns), codecs), known)


def _as_real(cells: pa.Array, pair: Pair) -> pa.Array:
    """Cells of another type in that of the real ones; all missing where that is impossible."""
    try:
        return stored_as(cells, pair.real.type)
    except (pa.ArrowException, OverflowError):
        return pa.nulls(len(cells), pair.real.type)


def _statements(rule: Rule, made: _Side, real: Draft, others: _Side | None) -> Iterator[_Statement]:
    """What a rule of one sentence says of the rows."""
    names = (*rule.sources, *rule.targets)
    told, broken = _broken(rule, made)
    n_told = int(told.sum())
    expected = 0.0
    if others is not None:
        seen, wrong = _broken(rule, others)
        expected = float(wrong.sum() / max(seen.sum(), 1))
    allowed = allowance(expected * n_told, ERRORS_BEYOND) if expected else 0.0
    if isinstance(rule, Order):
        gaps, own = _gaps(rule, real), _gaps(rule, made.draft)
        own = np.where(broken, own, np.nan)
        allowed = 0.0 if is_beyond_chance(gaps, own, n_told) and not expected else max(allowed, float(broken.sum()))
    yield _Statement(rule.describe()[0], names, told, broken, allowed)


def _broken(rule: Rule, side: _Side) -> tuple[BoolArray, BoolArray]:
    """The rows that a rule says something of, and those that break it, (n,) bool each."""
    told = side.may_tell((*rule.sources, *rule.targets)) & rule.tells(side.draft)
    return told, told & ~rule.holds(side.draft)


def _gaps(rule: Order, draft: Draft) -> FloatArray:
    """How far the bounded column lies above its bound, or below an upper one, (n,) float64."""
    (bound,) = rule.bounds
    gaps = draft.numbers(rule.target) - bound.scale * draft.numbers(bound.name)
    return np.asarray(gaps if bound.low is not None else -gaps)


def _shared(key: str, name: str, made: _Side) -> _Statement:
    """What rows of one key have in common."""
    told = made.may_tell((key, name))
    codes, other = (codes_of(made.draft.table.column(column)) for column in (key, name))
    _, first, own = np.unique(codes, return_index=True, return_inverse=True)
    broken = told & told[first][own] & (other != other[first][own])
    return _Statement(f"{key} determines {name}", (key, name), told, broken)


def _finding(statements: Sequence[_Statement], draft: Draft) -> Finding:
    """The worst of what is said of a column, with the rows at fault of all."""
    statements = [one for one in statements if one.broken.sum() > one.allowed]
    if not statements:
        return Finding("rules", 1.0, 1.0, None, None)
    worst = max(statements, key=lambda one: int(one.broken.sum()))
    invalid = np.asarray(np.logical_or.reduce([one.broken for one in statements]))
    share = float(worst.broken.sum() / max(worst.told.sum(), 1))
    row, name = int(np.argmax(worst.broken)), worst.columns[-1]
    there = " and ".join(f"{column} is {draft.words(column, row)}" for column in dict.fromkeys(worst.columns))
    what = "one row breaks" if worst.broken.sum() == 1 else f"{worst.broken.sum():,} rows ({share:.1%}) break"
    text = f"column {name!r}: {what} what all real rows keep, {worst.words}, as in row {row:,}, where {there}"
    problem = Problem(severity_of(share), text, name, share, draft.words(name, row), row)
    return Finding("rules", 1 - share, 1.0, problem, invalid)
