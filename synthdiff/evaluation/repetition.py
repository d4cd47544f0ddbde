"""Which values occur again: within the synthetic column, and from the real one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.codecs.personal.detect import WORDS
from synthdiff.codecs.registry import fit_codec
from synthdiff.evaluation.check import Finding, Pair, is_among, shown_value
from synthdiff.evaluation.presence import CHANCE, N_ERRORS
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
MOST_DENSE = 0.05
"""Share of the identifiers there could be that are real, up to which new ones are met by chance; above, others count on
from the last one."""
MIN_COUNTED, SCATTERED = 20, 2.0
"""Identifiers that must count on, and how many times as far apart real ones lie that do not."""
COMMON = ("first_name", "last_name", "company")
"""Personal data that different people share."""


def distinct(pair: Pair, rng: np.random.Generator) -> Iterator[Finding]:
    """Whether identifiers tell rows apart, and keys repeat about as often as real ones."""
    n = min(len(pair.real_cells), len(pair.made_cells))
    if n < 2:
        return
    sides = ((pair.real_texts, pair.real_counts), (pair.made_texts, pair.made_counts))
    if pair.column.kind == "identifier":  # rows of a key belong together: a part of them would repeat less
        real, made = (len(counts) / len(texts) for texts, counts in sides)
    else:
        real, made = (_share_of(texts, len(counts), n, rng) for texts, counts in sides)
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


def lost_levels(pair: Pair) -> Iterator[Finding]:
    """Whether categories that many real cells have do not occur at all."""
    if pair.scale != "category" or len(pair.made_counts) < 2:
        return
    known = pc.value_counts(pair.real_texts)
    shares = known.field("counts").to_numpy() / len(pair.real_cells)
    by_chance = (1 - shares) ** len(pair.made_cells) * len(shares)
    is_lost = ~is_among(known.field("values"), pair.made_texts) & (by_chance < CHANCE)
    if is_lost.any():
        at = int(np.argmax(np.where(is_lost, shares, 0.0)))
        value, n_others = shown_value(known.field("values"), at), int(is_lost.sum()) - 1
        others = f", nor do {n_others:,} other categories" if n_others else ""
        text = f"column {pair.name!r}: {value} does not occur, which {shares[at]:.1%} of the real cells hold{others}"
        yield Finding("readable", 1.0, 1.0, Problem("warning", text, pair.name, float(shares[at]), value))


def counted(pair: Pair) -> Iterator[Finding]:
    """Whether identifiers count on from row to row where real ones lie scattered."""
    if pair.column.kind != "identifier":
        return
    real, made = (_numbers_in(texts) for texts in (pair.real_texts, pair.made_texts))
    if real is None or made is None or min(len(real), len(made)) < MIN_COUNTED:
        return
    steps, gaps = np.diff(made), np.diff(np.sort(real))
    if steps[0] and (steps == steps[0]).all() and gaps.mean() >= SCATTERED * abs(int(steps[0])):
        text = (
            f"column {pair.name!r}: the identifiers count on by {int(steps[0])} from row to row, the real ones do not"
        )
        yield Finding("form", 1.0, 1.0, Problem("warning", text, pair.name, 1.0, shown_value(pair.made_cells, 0), 0))


def _numbers_in(texts: pa.Array) -> IntArray | None:
    """The digits of texts as numbers, (n,) int64; None where there are none, or too many."""
    digits = pc.replace_substring_regex(texts, r"\D", "")
    fits = pc.and_(pc.greater(pc.utf8_length(digits), 0), pc.less(pc.utf8_length(digits), 19))
    return np.asarray(digits.cast(pa.int64()).to_numpy(), dtype=np.int64) if pc.all(fits).as_py() else None


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
    share, chance = float(hits.mean()), max(1 - pair.unseen_share, _met_by_chance(pair))
    unseen = [float(is_among(texts, pair.real_texts).mean()) for texts in pair.unseen_texts if len(texts)]
    chance = max([chance, *unseen])
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


def _met_by_chance(pair: Pair) -> float:
    """Share of new identifiers that are real ones by chance: all that there are in the room of their form."""
    if pair.column.kind != "identifier":
        return 0.0
    room = getattr(fit_codec(pa.chunked_array([pair.real]), pair.column), "room", None) or 0
    share = len(pair.real_counts) / max(room, 1)
    return share if share <= MOST_DENSE else 0.0


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
