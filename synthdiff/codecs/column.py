"""The interface of a column codec: one kind of column, to and from what a model works on.

A codec has one of three *faces*. A `NumberCodec` turns cells into floats, a `LevelCodec` into the positions of levels;
a `FreeCodec` makes cells up, because there is nothing in them to learn. Codecs are fitted on one column of the real
data, are plain JSON afterwards, and give back exactly the column's Arrow type.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.season import Calendar
from synthdiff.data.cast import kernel_type
from synthdiff.data.dtype import ArrowType
from synthdiff.data.schema import ColumnSchema
from synthdiff.record import Name, require, restore, without

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Claim:
    """A codec's answer to a column.

    Attributes
    ----------
    mine : bool
        Whether the codec takes it.
    why : str
        The reason, to be read after "because" in either case.
    """

    mine: bool
    why: str


class ColumnFacts:
    """What claims are made from; each fact is found out once, when a codec first asks.

    Parameters
    ----------
    name : str
        The name of the column.
    array : pa.ChunkedArray
        Its cells, null where missing.
    beside : sequence of str
        Names of all columns of its table, where they are known.
    """

    def __init__(self, name: str, array: pa.ChunkedArray, beside: Sequence[str] = ()) -> None:
        self.name = name
        self.array = array
        self.beside = beside
        self._findings: dict[Callable[[ColumnFacts], Any], Any] = {}

    @property
    def type(self) -> pa.DataType:
        """The Arrow type."""
        return self.array.type

    @property
    def n_rows(self) -> int:
        """Cells, missing ones too."""
        return len(self.array)

    @property
    def n_values(self) -> int:
        """Cells that are not missing."""
        return self.n_rows - int(self.array.null_count)

    @cached_property
    def values(self) -> pa.ChunkedArray:
        """The cells that are not missing, without their dictionary."""
        return plain_values(self.array).drop_null()

    @cached_property
    def _value_counts(self) -> pa.StructArray:
        return pc.value_counts(self.values)

    @property
    def distinct(self) -> pa.Array:
        """The distinct values, in order of appearance."""
        return self._value_counts.field("values")

    @property
    def counts(self) -> IntArray:
        """How often each distinct value occurs."""
        return np.asarray(self._value_counts.field("counts").to_numpy(), dtype=np.int64)

    @property
    def n_distinct(self) -> int:
        """Number of distinct values."""
        return len(self._value_counts)

    def find_once(self, find: Callable[[ColumnFacts], Found]) -> Found:
        """Find something out about the column, or recall it where another claim has asked."""
        if find not in self._findings:
            self._findings[find] = find(self)
        found: Found = self._findings[find]
        return found

    @property
    def is_text(self) -> bool:
        """Whether the cells are strings, and not the levels of a dictionary."""
        return is_text(self.type)


@dataclass(frozen=True, eq=False)
class ColumnCodec(ABC):
    """One kind of column.

    Attributes
    ----------
    word : str
        The codec's key in the registry; two codecs may serve one kind.
    kind : str
        The kind of column, as in the schema.
    face : {"number", "level", "none"}
        What the column looks like to a model.
    name : str
        The name of the column, for messages.
    type : pa.DataType
        Its Arrow type, which is given back exactly.
    """

    word: ClassVar[str]
    kind: ClassVar[str]
    face: ClassVar[Literal["number", "level", "none"]]

    name: Name
    type: ArrowType

    @classmethod
    @abstractmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        """Say whether a column of this Arrow type can be of this kind at all."""

    @classmethod
    @abstractmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        """Say whether a column that nobody declared is of this kind, and why or why not."""

    @classmethod
    @abstractmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        """Learn what `decode` or `generate` needs.

        Parameters
        ----------
        array : pa.ChunkedArray
            The real column, null where missing; of a type that `accepts` accepts.
        column : ColumnSchema
            Its name and the user's options.

        Raises
        ------
        SchemaError
            The column is declared to be of this kind, but its values are not.
        """

    @classmethod
    def fit_facts(cls, facts: ColumnFacts, column: ColumnSchema) -> Self:
        """Learn as `fit` does, from a column about which something may be known."""
        return cls.fit(facts.array, column)

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly; the key ``"codec"`` holds the codec's `word`."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the codec cannot promise for this column, in sentences with its name; `fit` and `inspect` show them."""
        return ()

    @property
    def has_words(self) -> bool:
        """Whether words such as ``n/a`` stand among the cells, so that values are missing where no cell is."""
        return False

    @property
    def drops_cells(self) -> bool:
        """Whether cells that are not null come out missing, because they are written like no other."""
        return False

    def head(self) -> dict[str, Any]:
        """The part of `to_dict` that all codecs have in common."""
        return {"codec": self.word, "name": self.name, "type": str(self.type)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote.

        Raises
        ------
        ValueError
            It is nothing that `to_dict` writes; pydantic's ValidationError says where.
        """
        return restore(cls, without(data, "codec"))

    def check(self) -> None:
        """Refuse fields that contradict each other, once they are restored.

        Raises
        ------
        ValueError
            They do.
        """
        require(self.accepts(self.type), f"a column of type {self.type} cannot be {self.kind}")


class NumberCodec(ColumnCodec):
    """A column with the face of a number: numeric, integer, date, datetime, time, duration."""

    face: ClassVar[Literal["number", "level", "none"]] = "number"

    @property
    @abstractmethod
    def resolution(self) -> float | None:
        """Step between encoded values that can occur, counted from `minimum`; None for a continuum."""

    @property
    def calendar(self) -> Calendar | None:
        """How moments are encoded; None of anything else."""
        return None

    @property
    @abstractmethod
    def minimum(self) -> float:
        """The lowest encoded value seen."""

    @property
    @abstractmethod
    def maximum(self) -> float:
        """The highest encoded value seen."""

    @abstractmethod
    def encode(self, array: pa.ChunkedArray | pa.Array) -> FloatArray:
        """Turn cells into numbers.

        Parameters
        ----------
        array : pa.ChunkedArray or pa.Array
            Cells of this column's type, n of them.

        Returns
        -------
        (n,) float64
            NaN where missing; `decode` gives the same cells back.
        """

    @abstractmethod
    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        """Turn numbers into cells.

        Parameters
        ----------
        values : (n,) float64
            Any numbers; NaN where missing. They are clipped to [`minimum`, `maximum`] and rounded to the `resolution`.
        rng : np.random.Generator or None
            Draws what the numbers do not say, such as which of several ways a date is written in; None takes the most
            frequent one.

        Returns
        -------
        pa.Array
            n cells of this column's type.
        """


class LevelCodec(ColumnCodec):
    """A column with the face of levels: categorical, boolean."""

    face: ClassVar[Literal["number", "level", "none"]] = "level"

    @property
    @abstractmethod
    def n_levels(self) -> int:
        """Number of codes; rare levels may share one."""

    @property
    @abstractmethod
    def level_names(self) -> list[str]:
        """What each code stands for, in words; length `n_levels`."""

    @abstractmethod
    def encode(self, array: pa.ChunkedArray | pa.Array) -> IntArray:
        """Turn cells into codes.

        Parameters
        ----------
        array : pa.ChunkedArray or pa.Array
            Cells of this column's type, n of them.

        Returns
        -------
        (n,) int64
            From 0 to `n_levels` - 1; -1 where missing.

        Raises
        ------
        UnseenCategoryError
            A level that the fitted data did not have.
        """

    @abstractmethod
    def decode(self, codes: IntArray, rng: np.random.Generator) -> pa.Array:
        """Turn codes into cells.

        Parameters
        ----------
        codes : (n,) int64
            From 0 to `n_levels` - 1; -1 where missing.
        rng : np.random.Generator
            Draws among the levels that share a code, by their frequencies.

        Returns
        -------
        pa.Array
            n cells of this column's type.
        """


class FreeCodec(ColumnCodec):
    """A column that is never learnt: identifier, text, constant, empty."""

    face: ClassVar[Literal["number", "level", "none"]] = "none"

    @property
    @abstractmethod
    def null_rate(self) -> float:
        """Share of cells that `generate` leaves missing when nobody says which; 0 or 1 where there is no choice."""

    @property
    def room(self) -> int | None:
        """How many rows get distinct cells; None where cells may repeat."""
        return None

    @abstractmethod
    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        """Make cells up.

        Parameters
        ----------
        start : int
            Position of the first row within the whole sample. Cells are distinct over the sample where the kind
            says so, however it is cut into pieces.
        n : int
            Number of rows.
        rng : np.random.Generator
            Draws what is not determined by the row's position.
        present : (n,) bool or None
            Which cells are not missing; None draws that at `null_rate`.

        Returns
        -------
        pa.Array
            n cells of this column's type.
        """


def plain_values(array: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Decode a dictionary, and widen types that Arrow's kernels do not know; the values stay the same."""
    if pt.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    wider = kernel_type(array.type)
    return array if wider == array.type else array.cast(wider)


def is_text(dtype: pa.DataType) -> bool:
    """Say whether a type is one of Arrow's string types."""
    return bool(pt.is_string(dtype) or pt.is_large_string(dtype) or pt.is_string_view(dtype))
