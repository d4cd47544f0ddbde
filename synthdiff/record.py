"""Plain values from a file that anybody may have written: typed, bounded and checked before anything is made of them.

A class says with its annotations what its fields may be, and `restore` makes it from a dictionary: each key once, no
other key, no type that stands for another, no infinity or NaN where a number is meant, nothing beyond its bound. The
bounds lie far above what a fit can reach and far below what exhausts memory or time. What fields must have in common
is said by the class, in a method ``check`` that raises ValueError. Pydantic's ValidationError says where a value is
wrong; whoever reads a model turns it into an error that names the file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import chain
from typing import Annotated, Any, TypeVar, get_type_hints

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, create_model

MAX_COLUMNS = 1 << 16
MAX_CELLS = 1 << 24
"""Length of a list of cells or levels."""
MAX_TEXT = 1 << 24
MAX_NAME = 1 << 14
LARGEST = 1e60
"""Size of a number in the units of a series: its fourth power is still finite."""
INT64 = np.iinfo(np.int64)

T = TypeVar("T")

Name = Annotated[str, Field(max_length=MAX_NAME)]
Line = Annotated[str, Field(max_length=MAX_TEXT)]
Word = Annotated[str, Field(max_length=256)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Scale = Annotated[float, Field(gt=0, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=1 << 53)]
Index = Annotated[int, Field(ge=0, lt=MAX_COLUMNS)]
Tick = Annotated[int, Field(ge=int(INT64.min), le=int(INT64.max))]


def as_tuple(value: Any) -> Any:
    """Make a tuple of a list; strict validation accepts nothing else for one."""
    return tuple(value) if isinstance(value, list) else value


TupleOfParts = (BeforeValidator(as_tuple), Field(max_length=MAX_COLUMNS))
"""What a tuple is annotated with, of which a file has a list."""
Indices = Annotated[tuple[Index, ...], *TupleOfParts]
Names = Annotated[tuple[Name, ...], *TupleOfParts]


class Record(BaseModel):
    """A part of a file, key by key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


def restore(cls: type[T], data: Any) -> T:
    """Make an instance of a dataclass from plain values.

    Parameters
    ----------
    cls : type
        A dataclass whose annotations say what its fields may be.
    data : Any
        A dictionary with one entry a field; anything else is refused.

    Raises
    ------
    pydantic.ValidationError
        A key without a default is missing, or one is unknown, or a value is not what its field may be.
    ValueError
        The fields contradict each other.
    """
    kind: Any = cls
    found = _record_of(kind).model_validate(data)
    made = cls(**{name: getattr(found, name) for name in type(found).model_fields})
    check: Callable[[], None] | None = getattr(made, "check", None)
    if check is not None:
        check()
    return made


def read_as(cls: Any) -> PlainValidator:
    """Validate a field by its class: ``Annotated[Part, read_as(Part)]``; by its ``from_dict`` where it has one."""
    return PlainValidator(getattr(cls, "from_dict", partial(restore, cls)))


@cache
def _record_of(cls: Any) -> type[Record]:
    hints = get_type_hints(cls, include_extras=True)
    # A field that has a default may be absent: models that were written before there was such a field still load.
    fields: dict[str, Any] = {
        field.name: (hints[field.name], ... if field.default is dataclasses.MISSING else field.default)
        for field in dataclasses.fields(cls)
    }
    return create_model(cls.__name__, __base__=Record, **fields)


def numbers(
    ndim: int = 1,
    *,
    most: int = MAX_CELLS,
    low: float = -np.finfo(np.float64).max,
    high: float = np.finfo(np.float64).max,
    rising: bool | None = None,
    whole: bool = False,
    unknown: bool = False,
) -> PlainValidator:
    """Validate nested lists of numbers as an array.

    Parameters
    ----------
    ndim : int
        Depth of the lists; those of one depth have one length. A table without rows has no columns either.
    most : int
        Numbers at most.
    low, high : float
        Bounds of each number.
    rising : bool or None
        Whether numbers increase strictly; False allows equal ones; None any order.
    whole : bool
        Whether numbers are integers: the array is int64, and float64 otherwise.
    unknown : bool
        Whether NaN is allowed.
    """

    def read(value: Any) -> npt.NDArray[Any]:
        array = read_array(value, ndim, most, whole=whole)
        present = array[~np.isnan(array)] if unknown else array
        if not ((present >= low) & (present <= high)).all():
            raise ValueError(f"numbers from {low:g} to {high:g} are expected")
        steps = np.diff(present) if rising is not None else present[:0]
        if not (steps > 0 if rising else steps >= 0).all():
            raise ValueError("numbers must increase")
        return array

    return PlainValidator(read)


def read_array(value: Any, ndim: int, most: int, *, whole: bool = False) -> npt.NDArray[Any]:
    """Make an array of nested lists of numbers, (...) float64 or int64.

    Raises
    ------
    ValueError
        Something else is in them, their lengths differ, or they are too long.
    """
    shape: list[int] = []
    parts: Any = [value]
    for _ in range(ndim):
        if set(map(type, parts)) - {list} or len(set(map(len, parts))) > 1:
            raise ValueError(f"lists of numbers, {ndim} deep and of equal lengths, are expected")
        shape.append(len(parts[0]) if parts else 0)
        if len(parts) * shape[-1] > most:
            raise ValueError(f"at most {most:,} numbers are expected")
        parts = list(chain.from_iterable(parts))
    if set(map(type, parts)) - ({int} if whole else {int, float}):
        raise ValueError("whole numbers are expected" if whole else "numbers are expected")
    try:
        return np.array(parts, dtype=np.int64 if whole else np.float64).reshape(shape)
    except OverflowError as error:
        raise ValueError("a number is too large") from error


def one_of(*words: str) -> AfterValidator:
    """Allow only these words."""

    def check(value: str) -> str:
        if value not in words:
            raise ValueError(f"{', '.join(words)} are known")
        return value

    return AfterValidator(check)


def require(holds: object, message: str) -> None:
    """Refuse what contradicts itself.

    Raises
    ------
    ValueError
        What is required does not hold.
    """
    if not holds:
        raise ValueError(message)


def choose(known: Mapping[str, T], data: Any, key: str, what: str) -> T:
    """Choose by the word that a dictionary holds under a key.

    Raises
    ------
    ValueError
        It is no dictionary, or the word is not known.
    """
    word = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(word, str) or word not in known:
        raise ValueError(f"the model names a {what} {str(word)[:40]!r} that does not exist")
    return known[word]


def without(data: Any, *keys: str) -> Any:
    """Leave out keys of a dictionary; anything else stays, for `restore` to refuse."""
    return {key: value for key, value in data.items() if key not in keys} if isinstance(data, Mapping) else data
