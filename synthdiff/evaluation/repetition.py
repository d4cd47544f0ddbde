"""Which values occur again: within the synthetic column, and from the real one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray
from synthdiff.codecs.personal.detect import WORDS
from synthdiff.evaluation.cells import texts_of
from synthdiff.evaluation.check import Finding, Pair, is_among, shown_value
from synthdiff.evaluation.presence import N_ERRORS
from synthdiff.evaluation.problem import Problem, Severity

NOTABLE = 0.05
"""Difference of the shares of distinct values that is worth a word."""
TIMES = 1.25
"""How many times as often values repeat before it is worth a word."""
FEW, MANY = 0.01, 0.05
"""Shares of identifiers that repeat, and of values that are real, from which a column is broken."""
MADE_UP = ("identifier", "text")
"""Kinds whose real values should not come out again."""
_WORDS = {str(kind): words for kind, words in WORDS.items()}
COMMON = ("first_name", "last_name", "company")
"""Personal data that different people share."""


def distinct(pair: Pair, rng: np.random.Generator) -> Iterator[Finding]:
    """Whether identifiers tell rows apart, and keys repeat about as often as real ones."""
    n = min(len(pair.real_cells), len(pair.made_cells))
    if n < 2:
        return
    real = _share_of(pair.real_texts, len(pair.real_counts), n, rng)
    made = _share_of(pair.made_texts, len(pair.made_counts), n, rng)
    problem, invalid = None, None
    if pair.column.kind in MADE_UP and len(pair.real_counts) == len(pair.real_cells):
        problem, invalid = _repeated(pair, made)
    elif abs(made - real) > NOTABLE + N_ERRORS * math.sqrt(real * (1 - real) / n) and _times(made, real) > TIMES:
        text = (
            f"column {pair.name!r}: among {n:,} cells a value occurs {1 / made:.1f} times on average, a real one "
            f"{1 / real:.1f} times"
        )
        problem = Problem("warning", text, pair.name, made)
    yield Finding("distinct", made, real, problem, invalid)


def _repeated(pair: Pair, made: float) -> tuple[Problem | None, BoolArray | None]:
    """Cells that occur before, where real cells never do."""
    again = _occurs_before(pair.made_texts)
    share = float(again.mean())
    is_identifier = pair.column.kind == "identifier"
    # That texts are all distinct may be chance; that identifiers are is what they are for.
    if not again.any() or (not is_identifier and made > 1 - NOTABLE):
        return None, None
    row = int(pair.rows[np.argmax(again)])
    value = shown_value(pair.made, row)
    severity: Severity = "error" if share > (FEW if is_identifier else 10 * MANY) else "warning"
    text = (
        f"column {pair.name!r}: {share:.1%} of the cells repeat others, such as {value} (row {row:,}); no real one does"
    )
    return Problem(severity, text, pair.name, share, value, row), pair.rows_of(again)


def real_values(pair: Pair) -> Iterator[Finding]:
    """Whether identifiers, texts and personal data are those of the real table."""
    if (pair.column.kind not in MADE_UP and pair.personal is None) or not len(pair.made_cells):
        return
    hits = pair.are_real
    share, chance = float(hits.mean()), 1 - pair.unseen_share
    if pair.unseen is not None and len(unseen := texts_of(pair.unseen.drop_null())):
        chance = max(chance, float(is_among(unseen, pair.real_texts).mean()))
    if pair.personal is not None and pair.personal not in COMMON:
        chance = 0.0
    n = len(hits)
    problem, invalid = None, None
    if share > 0 and share - chance > N_ERRORS * math.sqrt(chance * (1 - chance) / n):
        row = int(pair.rows[np.argmax(hits)])
        value = shown_value(pair.made, row)
        what = f", which hold {_WORDS.get(pair.personal, 'personal data')}," if pair.personal else ""
        expected = f"; by chance {chance:.1%} would be" if chance else ""
        text = (
            f"column {pair.name!r}: {_percent(share)} of the cells{what} are in the real table, such as {value} "
            f"(row {row:,}){expected}"
        )
        is_kept = pair.purpose.is_kept
        severity: Severity = "error" if share - chance > MANY and not is_kept else "warning"
        text += ": they are kept on purpose" if is_kept else ""
        problem = Problem(severity, text, pair.name, share, value, row)
        invalid = None if is_kept else pair.rows_of(hits)
    yield Finding("real", share, chance, problem, invalid)


def _share_of(texts: pa.Array, n_distinct: int, n: int, rng: np.random.Generator) -> float:
    """Share of distinct values among n of the cells."""
    if len(texts) > n:
        n_distinct = pc.count_distinct(texts.take(pa.array(rng.permutation(len(texts))[:n]))).as_py()
    return float(n_distinct / n)


def _occurs_before(texts: pa.Array) -> BoolArray:
    """Which cells repeat an earlier one, (n,)."""
    codes = texts.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    again = np.ones(len(codes), np.bool_)
    again[np.unique(codes, return_index=True)[1]] = False
    return again


def _times(a: float, b: float) -> float:
    return max(a, b) / min(a, b)


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else f"{share:.2g}"
