"""Whether codes have the right check digits, where all real ones do: card numbers, IBANs, codes of articles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.codes.check import CHECKS
from synthdiff.codecs.codes.shape import Shape, as_letters, find_shapes
from synthdiff.codecs.column import BoolArray
from synthdiff.evaluation.check import Finding, Pair, all_or_fault
from synthdiff.evaluation.form import MOST_CELLS


def check_digits(pair: Pair) -> Iterator[Finding]:
    """Whether codes pass the check that all real ones pass."""
    if pair.scale is not None or pair.column.kind == "text":
        return
    shapes = find_shapes(pc.unique(pair.real_texts)[:MOST_CELLS])
    if not any(shape.check for shape in shapes):
        return
    wrong = _wrong(pair.made_texts.cast(pa.large_string()), shapes)
    share = float(wrong.mean())
    name = next(shape.check for shape in shapes if shape.check)
    words = f"{share:.1%} of the cells have wrong check digits ({name}), unlike all real ones"
    if wrong.any():
        yield all_or_fault("form", pair, pair.rows_of(wrong), share, words)


def _wrong(texts: pa.Array, shapes: list[Shape]) -> BoolArray:
    """Which texts pass none of the checks of real codes of their length, (n,)."""
    out = np.zeros(len(texts), np.bool_)
    lengths = pc.binary_length(texts).to_numpy()
    for length in {shape.codes.shape[1] for shape in shapes}:
        checks = {(shape.check, shape.checked) for shape in shapes if shape.codes.shape[1] == length}
        rows = np.flatnonzero(lengths == length)
        if not len(rows) or any(not name for name, _ in checks):
            continue
        letters = as_letters(texts.take(pa.array(rows)), length)
        passed = [CHECKS[name].passes(letters[:, list(columns)]) for name, columns in checks]
        out[rows] = ~np.logical_or.reduce(passed)
    return out
