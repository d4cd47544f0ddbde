"""What is wrong with a synthetic table before anything is scored: columns, types, values that cannot be right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pyarrow as pa

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
    share : float or None
        Share of the cells that it concerns.
    value : str or None
        The first of them.
    row : int or None
        Where that is, from 0.
    """

    severity: Severity
    text: str
    column: str | None = None
    share: float | None = None
    value: str | None = None
    row: int | None = None

    @property
    def is_absence(self) -> bool:
        """Whether it says that a column is not there at all."""
        return self.severity == "error" and self.column is not None and self.share is None

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
        if found not in (expected, "null"):
            yield Problem("warning", f"column {name!r} holds {found} where the real one holds {expected}", name)
    shared = [name for name in real.column_names if name in synthetic.column_names]
    order = [name for name in synthetic.column_names if name in shared]
    if order != shared:
        yield Problem("warning", "the columns are in another order")


def plain_type(kind: pa.DataType) -> str:
    """A type's name, without how it is stored: dictionaries are their values, large strings strings."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_decimal(kind):  # how many digits there are in all, a library may tell from the values
        return f"decimals with {kind.scale} digits after the point"
    return str(kind).removeprefix("large_").removesuffix("_view")
