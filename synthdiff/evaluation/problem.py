"""What is wrong with a synthetic table before anything is scored: columns, types, values that cannot be right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from synthdiff.codecs.token import FloatArray

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """Something that a reader must know.

    Attributes
    ----------
    severity : {"error", "warning"}
        An error makes the table unfit for use as it is.
    text : str
        What was found, where.
    column : str or None
        None: it concerns the table.
    """

    severity: Severity
    text: str
    column: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def column_problems(real: pa.Table, synthetic: pa.Table) -> Iterator[Problem]:
    """Columns that are missing, that nobody asked for, or that have another type."""
    for name in real.column_names:
        if name not in synthetic.column_names:
            yield Problem("error", f"column {name!r} is missing", name)
    for name in synthetic.column_names:
        if name not in real.column_names:
            yield Problem("warning", f"column {name!r} is not in the real table; it is left out", name)
            continue
        expected, found = (plain_type(table.schema.field(name).type) for table in (real, synthetic))
        if expected != found:
            yield Problem("warning", f"column {name!r} holds {found} where the real one holds {expected}", name)
    shared = [name for name in real.column_names if name in synthetic.column_names]
    order = [name for name in synthetic.column_names if name in shared]
    if order != shared:
        yield Problem("warning", "the columns are in another order")


def plain_type(kind: pa.DataType) -> str:
    """A type's name, without how it is stored: dictionaries are their values, large strings strings."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return str(kind).removeprefix("large_").removesuffix("_view")


def number_problems(name: str, real: FloatArray, synthetic: FloatArray, n_unreadable: int) -> Iterator[Problem]:
    """What is wrong with a column of numbers or moments, NaN where missing."""
    if n_unreadable:
        yield Problem("error", f"column {name!r}: {n_unreadable:,} values cannot be read as the real ones can", name)
    known, drawn = real[~np.isnan(real)], synthetic[~np.isnan(synthetic)]
    if len(known) and not len(drawn):
        yield Problem("error", f"column {name!r} is all missing", name)
    elif len(known) and (known != known[0]).any() and (drawn == drawn[0]).all() and len(drawn) > 1:
        yield Problem("error", f"column {name!r} is constant where the real one varies", name)
    if len(known) == len(real) and len(drawn) < len(synthetic) and len(drawn):
        share = 1 - len(drawn) / len(synthetic)
        yield Problem("warning", f"column {name!r}: {share:.1%} missing where the real one is complete", name)


def level_problems(name: str, levels: tuple[str, ...], real: FloatArray, synthetic: FloatArray) -> Iterator[Problem]:
    """What is wrong with a column of levels, given as codes."""
    known = np.unique(real)
    if len(known) > 1 and len(synthetic) > 1 and (synthetic == synthetic[0]).all():
        yield Problem("error", f"column {name!r} is constant where the real one varies", name)
    new = ~np.isin(synthetic, known)
    if new.any():
        share, example = new.mean(), levels[int(synthetic[new][0])]
        severity: Severity = "error" if share > 0.5 else "warning"
        yield Problem(
            severity, f"column {name!r}: {share:.1%} of the values are not in the real one ({example!r})", name
        )
