# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Booleans, also those written as words: ``true``, ``FALSE``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.column import Claim, ColumnFacts, IntArray, LevelCodec, is_text, plain_values
from synthdiff.codecs.level import Levels
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError, UnseenCategoryError
from synthdiff.record import require

_WORDS = (("false", "true"), ("False", "True"), ("FALSE", "TRUE"))


@dataclass(frozen=True, eq=False)
class BooleanCodec(LevelCodec):
    """True and false.

    Attributes
    ----------
    levels : pa.Array
        What stands for false, and for true.
    """

    word: ClassVar[str] = "boolean"
    kind: ClassVar[str] = "boolean"

    levels: Levels

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_boolean(dtype)) or is_text(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if pt.is_boolean(facts.type):
            return Claim(True, "booleans")
        if facts.is_text and facts.n_distinct == 2 and _words(facts.distinct.to_pylist()) is not None:
            return Claim(True, f"the words {' and '.join(sorted(facts.distinct.to_pylist()))}")
        return Claim(False, f"{facts.type}, not true and false")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        if pt.is_boolean(array.type):
            return cls(column.name, array.type, pa.array([False, True]))
        values = pc.unique(plain_values(array).drop_null())
        words = _words(values[:3].to_pylist())
        if words is None:
            raise SchemaError(
                f"column {column.name!r} is declared boolean, but holds {values[:3].to_pylist()}; make it categorical",
                column=column.name,
            )
        return cls(column.name, array.type, pa.array(words, values.type))

    @property
    def n_levels(self) -> int:
        return 2

    @property
    def level_names(self) -> list[str]:
        return [str(value) for value in self.levels.to_pylist()]

    def encode(self, array: pa.ChunkedArray | pa.Array) -> IntArray:
        cells = plain_values(array).cast(self.levels.type)
        codes = pc.index_in(cells, value_set=self.levels)
        if codes.null_count != cells.null_count:
            row = pc.index(pc.and_(codes.is_null(), cells.is_valid()), True).as_py()
            value = cells[row].as_py()
            message = f"column {self.name!r}, row {row} is {value!r}, neither {' nor '.join(self.level_names)}"
            raise UnseenCategoryError(message, column=self.name, row=row, value=value)
        return np.asarray(codes.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)

    def decode(self, codes: IntArray, rng: np.random.Generator) -> pa.Array:
        return self.levels.take(pa.array(codes, mask=codes < 0)).cast(self.type)

    def to_dict(self) -> dict[str, Any]:
        return {**self.head(), "levels": self.levels.to_pylist()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        levels = data.get("levels")
        dtype = "bool" if levels == [False, True] else "string"
        return super().from_dict({**data, "levels": (dtype, levels)})

    def check(self) -> None:
        super().check()
        values = tuple(self.levels.to_pylist())
        require(values in ((False, True), *_WORDS), "two truths, or two words for them, are expected")
        is_boolean = bool(pt.is_boolean(self.type))
        require(bool(pt.is_boolean(self.levels.type)) == is_boolean, f"{self.type} does not hold {values}")


def _words(values: list[Any]) -> tuple[str, str] | None:
    return next((words for words in _WORDS if set(values) <= set(words)), None)
