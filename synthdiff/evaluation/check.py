"""What the cells of one column are like beside the real ones, learnt or not: shares, and which of them are faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray, IntArray
from synthdiff.data.schema import ColumnSchema
from synthdiff.evaluation.cells import Reading, missing_cells_of, texts_of
from synthdiff.evaluation.problem import Problem, Severity
from synthdiff.evaluation.reader import Reader, Scale

Aspect = Literal["missing", "distinct", "form", "readable", "inside", "rules", "real"]
ASPECTS: dict[Aspect, str] = {
    "missing": "Cells that are missing.",
    "distinct": "Distinct values among as many cells of both tables.",
    "form": "Cells that look like the real ones: width, kinds of characters, decimals.",
    "readable": "Cells that are read as the real ones are; of categories, those that the real table has.",
    "inside": "Values between the lowest and the highest real one.",
    "rules": "Rows that keep the rules between columns that all real rows keep.",
    "real": "Identifiers, texts and personal data that are in the real table.",
}
"""What is looked at, as shares of the cells that are not missing."""

BROKEN = 0.05
"""Share of cells at fault from which a column is broken."""
_LONGEST = 60
"""Characters of a cell in a message."""


@dataclass(frozen=True)
class Purpose:
    """What the generator says that it does to a column.

    Attributes
    ----------
    is_empty : bool
        Whether it leaves the column empty.
    is_kept : bool
        Whether it gives real texts or personal data out.
    """

    is_empty: bool = False
    is_kept: bool = False


@dataclass(frozen=True)
class Pair:
    """A column of the real table, and the one that stands in its place.

    Attributes
    ----------
    column : ColumnSchema
        What the real one is.
    scale : {"number", "datetime", "category"} or None
    real, made : pa.Array
        Cells, null where missing.
    reader : Reader or None
        Of numbers and moments.
    real_reading, made_reading : Reading or None
        What it read.
    unseen : pa.Array or None
        Real cells that the generator has not seen.
    purpose : Purpose
    """

    column: ColumnSchema
    scale: Scale | None
    real: pa.Array
    made: pa.Array
    reader: Reader | None = None
    real_reading: Reading | None = None
    made_reading: Reading | None = None
    unseen: pa.Array | None = None
    purpose: Purpose = Purpose()

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def personal(self) -> str | None:
        """What personal data it holds."""
        return self.column.personal

    @cached_property
    def is_present(self) -> BoolArray:
        """Which cells are not missing, (n,)."""
        return ~missing_cells_of(self.made)

    @cached_property
    def rows(self) -> IntArray:
        """Rows of the cells that are not missing."""
        return np.flatnonzero(self.is_present)

    @cached_property
    def real_cells(self) -> pa.Array:
        """Real cells that are not missing."""
        return self.real.drop_null()

    @cached_property
    def made_cells(self) -> pa.Array:
        """Cells that are not missing."""
        return self.made.drop_null()

    @cached_property
    def real_texts(self) -> pa.Array:
        """Real cells that are not missing, as text."""
        return texts_of(self.real_cells)

    @cached_property
    def made_texts(self) -> pa.Array:
        """Cells that are not missing, as text."""
        return texts_of(self.made_cells)

    @cached_property
    def unseen_texts(self) -> tuple[pa.Array, ...]:
        """Real cells that the generator has not seen, as text; nothing where none were given."""
        return () if self.unseen is None else (texts_of(self.unseen.drop_null()),)

    @cached_property
    def real_counts(self) -> IntArray:
        """How often each distinct real value occurs."""
        return np.asarray(pc.value_counts(self.real_texts).field("counts").to_numpy(), dtype=np.int64)

    @cached_property
    def made_counts(self) -> IntArray:
        """How often each distinct value occurs."""
        return np.asarray(pc.value_counts(self.made_texts).field("counts").to_numpy(), dtype=np.int64)

    @cached_property
    def are_real(self) -> BoolArray:
        """Which of the cells that are not missing have a value of the real column."""
        return is_among(self.made_texts, self.real_texts)

    @property
    def unseen_share(self) -> float:
        """Share of further real cells that would have a value not seen yet: of those seen once (Good and Turing)."""
        return float((self.real_counts == 1).sum() / max(len(self.real_cells), 1))

    def rows_of(self, cells: BoolArray) -> BoolArray:
        """Turn a choice among the cells that are not missing into one among the rows."""
        chosen = np.zeros(len(self.made), np.bool_)
        chosen[self.rows[cells]] = True
        return chosen


@dataclass(frozen=True)
class Finding:
    """What one aspect of a pair is.

    Attributes
    ----------
    aspect : str
    made : float
        Share of the cells.
    real : float or None
        What real cells have, or would have by chance.
    problem : Problem or None
        What is wrong.
    invalid : (n,) bool or None
        Rows whose cell is at fault.
    """

    aspect: Aspect
    made: float
    real: float | None = None
    problem: Problem | None = None
    invalid: BoolArray | None = None


@dataclass(frozen=True)
class ColumnCheck:
    """One line of the table of checks.

    Attributes
    ----------
    column : str
    kind : str
        What the real column is.
    personal : str or None
        What personal data it holds.
    shares : mapping of str to pair of float or None
        By aspect: of the synthetic cells, and of real ones.
    faults : tuple of str
        Aspects in which something is wrong.
    invalid : float
        Share of the rows whose cell is at fault.
    """

    column: str
    kind: str
    personal: str | None = None
    shares: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    invalid: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores."""
        shares = {name: {"synthetic": made, "real": real} for name, (made, real) in self.shares.items()}
        head = {"column": self.column, "kind": self.kind, "personal": self.personal}
        return {**head, "shares": shares, "faults": list(self.faults), "invalid": self.invalid}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        shares = {name: (share["synthetic"], share["real"]) for name, share in data["shares"].items()}
        return cls(
            data["column"], data["kind"], data["personal"], shares, tuple(data["faults"]), float(data["invalid"])
        )


def severity_of(share: float) -> Severity:
    """How bad it is that a share of the cells is at fault."""
    return "error" if share > BROKEN else "warning"


def all_or_fault(
    aspect: Aspect, pair: Pair, at_fault: BoolArray, share: float, words: str, severity: Severity | None = None
) -> Finding:
    """Make the finding of a check that no cell may fail, with the first cell that does.

    Parameters
    ----------
    aspect : str
    pair : Pair
    at_fault : (n,) bool
        Rows whose cell fails.
    share : float
        Of the cells that are not missing.
    words : str
        What is wrong.
    severity : {"error", "warning"} or None
        None: by the share.
    """
    if not at_fault.any():
        return Finding(aspect, 1 - share, 1.0, None, None)
    row = int(np.argmax(at_fault))
    value = shown_value(pair.made, row)
    text = f"column {pair.name!r}: {words}, such as {value} (row {row:,})"
    problem = Problem(severity or severity_of(share), text, pair.name, share, value, row)
    return Finding(aspect, 1 - share, 1.0, problem, at_fault)


def is_among(texts: pa.Array, known: pa.Array) -> BoolArray:
    """Which texts are among others, (n,)."""
    return np.asarray(pc.is_in(texts, value_set=pc.unique(known)).to_numpy(zero_copy_only=False), dtype=np.bool_)


def shown_value(cells: pa.Array, position: int) -> str:
    """A cell for a message, in quotes where it is text."""
    value = cells[int(position)].as_py()
    text = repr(value) if isinstance(value, (str, bytes)) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
