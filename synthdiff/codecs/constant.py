# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Columns without information: one value everywhere, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray, Claim, ColumnFacts, FreeCodec, plain_values
from synthdiff.codecs.level import Levels, require_plain, take_levels, with_levels
from synthdiff.data.level import level_words, levels_to_json
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError
from synthdiff.record import require


@dataclass(frozen=True, eq=False)
class EmptyCodec(FreeCodec):
    """A column without a single value."""

    word: ClassVar[str] = "empty"
    kind: ClassVar[str] = "empty"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return True

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if facts.n_values:
            return Claim(False, f"{facts.n_values:,} cells are not missing")
        return Claim(True, "every cell is missing")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        return cls(column.name, array.type)

    @property
    def null_rate(self) -> float:
        return 1.0

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        return pa.nulls(n, self.type)

    def to_dict(self) -> dict[str, Any]:
        return self.head()


@dataclass(frozen=True, eq=False)
class ConstantCodec(FreeCodec):
    """A column with the same value in every row.

    Attributes
    ----------
    value : pa.Array
        The value, (1,).
    """

    word: ClassVar[str] = "constant"
    kind: ClassVar[str] = "constant"

    value: Levels

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return True

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if facts.n_distinct != 1:
            return Claim(False, f"{facts.n_distinct:,} distinct values")
        if facts.n_values < facts.n_rows:
            return Claim(False, "one value, but which cells are missing is information")
        word = level_words(facts.distinct)[0]
        return Claim(True, f"every cell is {word!r}" if facts.is_text else f"every cell is {word}")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        values = pc.unique(plain_values(array))
        if len(values) != 1:
            found = f"{len(values):,} distinct values"
            raise SchemaError(f"column {column.name!r} is declared constant, but has {found}", column=column.name)
        return cls(column.name, array.type, values)

    @property
    def null_rate(self) -> float:
        return 0.0

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        return take_levels(self.value, pa.array(np.zeros(n, dtype=np.int64)), self.type)

    def to_dict(self) -> dict[str, Any]:
        return {**self.head(), "value_type": str(self.value.type), "value": levels_to_json(self.value)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return super().from_dict(with_levels(data, "value", "value_type"))

    def check(self) -> None:
        super().check()
        require(len(self.value) == 1, "a single value is expected")
        require_plain(self.value, self.type)
