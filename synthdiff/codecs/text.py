# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Free text: names, sentences, addresses. Never learnt; left empty, or drawn from the real values on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import PlainValidator

from synthdiff.codecs.column import BoolArray, Claim, ColumnFacts, FreeCodec, is_text, plain_values
from synthdiff.codecs.level import Levels, require_plain, with_levels
from synthdiff.codecs.placeholder import Placeholder
from synthdiff.data.level import levels_to_json
from synthdiff.data.schema import ColumnSchema
from synthdiff.record import Share

_MIN_VALUES = 20
_MIN_ONCE = 0.5
_PROSE_WORDS = 6
_PROSE_DISTINCT = 0.2
_SOME = 0.1
_CONTACT = (
    r"[\w*]@[\w-]+\.\w{2,}|\+\d[\d ()./-]{7,}\d|\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){3,}|\(?\b\d{3}\)?[ .-]\d{3}[.-]\d{4}\b"
)


def _read_placeholder(data: Any) -> Placeholder | None:
    return None if data is None else Placeholder.from_dict(data)


def _present(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The cells that are not missing, in one piece."""
    values = cells.drop_null()
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


@dataclass(frozen=True, eq=False)
class TextCodec(FreeCodec):
    """Text that is not learnt.

    Attributes
    ----------
    values : pa.Array
        The real values to draw from, with their repetitions; none where they are not to come out.
    missing : float
        Share of missing cells in the real column.
    placeholder : Placeholder or None
        Text to draw instead; None leaves the column empty where there are no values.
    """

    word: ClassVar[str] = "text"
    kind: ClassVar[str] = "text"

    values: Levels
    missing: Share
    placeholder: Annotated[Placeholder | None, PlainValidator(_read_placeholder)] = None

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype) or _is_bytes(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not text")
        if _is_bytes(facts.type):
            return Claim(True, f"{facts.type}, which is not learnt")
        once = np.count_nonzero(facts.counts == 1) / facts.n_values
        if facts.n_values >= _MIN_VALUES and once > _MIN_ONCE:
            share = "every value occurs" if once == 1 else f"{once:.0%} of the values occur"
            return Claim(True, f"{share} only once; text is not learnt")
        if facts.n_values >= _MIN_VALUES and facts.n_distinct > _PROSE_DISTINCT * facts.n_values:
            words = float(pc.mean(pc.add(pc.count_substring(facts.distinct, " "), 1)).as_py())
            if words >= _PROSE_WORDS:
                return Claim(True, f"{words:.0f} words a value, {facts.n_distinct:,} distinct; text is not learnt")
        if cls._tells_of_persons(facts):
            return Claim(True, "sentences with addresses or telephone numbers in them; text is not learnt")
        return Claim(False, f"only {once:.0%} of the values occur just once")

    @classmethod
    def _tells_of_persons(cls, facts: ColumnFacts) -> bool:
        """Say whether some values are sentences that hold an address or a telephone number of somebody."""
        values = facts.distinct
        said = pc.and_(
            pc.match_substring_regex(values, _CONTACT),
            pc.greater_equal(pc.count_substring(values, " "), _PROSE_WORDS - 1),
        )
        return float(pc.mean(said.cast(pa.float64())).as_py()) >= _SOME

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        cells = plain_values(array)
        values = cells.drop_null().combine_chunks() if column.text == "resample" else pa.array([], cells.type)
        missing = float(array.null_count / max(len(array), 1))
        wanted = column.text == "lorem" and is_text(array.type) and missing < 1
        return cls(column.name, array.type, values, missing, Placeholder.fit(_present(cells)) if wanted else None)

    @property
    def notes(self) -> tuple[str, ...]:
        if len(self.values):
            return (f"column {self.name!r} is free text drawn from the real values: it discloses them",)
        if self.placeholder is not None:
            return (f"column {self.name!r} is free text: placeholder text of the same length comes out",)
        return (
            f"column {self.name!r} is free text: it is left missing (--text lorem writes placeholder text, "
            "--text resample draws real values)",
        )

    @property
    def null_rate(self) -> float:
        return self.missing if len(self.values) or self.placeholder is not None else 1.0

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        if not len(self.values) and self.placeholder is None:
            return pa.nulls(n, self.type)
        if present is None:
            present = rng.random(n) >= self.missing
        if self.placeholder is not None:
            texts = self.placeholder.draw(n, rng)
            return pc.if_else(pa.array(present), texts, pa.scalar(None, texts.type)).cast(self.type)
        drawn = rng.integers(0, len(self.values), n)
        return self.values.take(pa.array(drawn, mask=~present)).cast(self.type)

    def to_dict(self) -> dict[str, Any]:
        values = {"value_type": str(self.values.type), "values": levels_to_json(self.values)}
        placeholder = None if self.placeholder is None else self.placeholder.to_dict()
        return {**self.head(), **values, "missing": self.missing, "placeholder": placeholder}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return super().from_dict(with_levels(data, "values", "value_type"))

    def check(self) -> None:
        super().check()
        require_plain(self.values, self.type)


def _is_bytes(dtype: pa.DataType) -> bool:
    return bool(
        pt.is_binary(dtype) or pt.is_large_binary(dtype) or pt.is_fixed_size_binary(dtype) or pt.is_binary_view(dtype)
    )
