"""Codes as fields between separators, pieces cut out of them and put in again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, PlainValidator

from synthdiff.codecs.composed.view import SEPARATOR, TEXT, View, view_from_dict, view_to_dict
from synthdiff.record import Name

MAX_FIELDS = 64
Separators = Annotated[str, Field(max_length=MAX_FIELDS - 1)]


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of a code that follows from another column.

    Attributes
    ----------
    source : str
        The other column.
    field : int
        Which field between separators it is in.
    at : int
        Where it is put into what is left of the field without any pieces.
    width : int
        Its characters; 0 for a whole field of any width.
    view : View
        What it holds of the other column.
    """

    source: Name
    field: Annotated[int, Field(ge=0, lt=MAX_FIELDS)]
    at: Annotated[int, Field(ge=0, le=256)]
    width: Annotated[int, Field(ge=0, le=256)]
    view: Annotated[View, PlainValidator(view_from_dict)]

    def describe(self) -> str:
        """Say in words what the piece holds."""
        return self.view.describe(self.source)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that restore it exactly."""
        head = {"source": self.source, "field": self.field, "at": self.at, "width": self.width}
        return {**head, "view": view_to_dict(self.view)}


def find_separators(cells: pa.Array) -> str:
    """The separators that all codes have, in order; nothing where they differ, or where there are too many."""
    signs = pc.unique(pc.replace_substring_regex(cells, SEPARATOR.replace("[", "[^", 1), ""))
    return str(signs[0].as_py()) if len(signs) == 1 and len(signs[0].as_py()) < MAX_FIELDS else ""


def split(cells: pa.Array, separators: str) -> list[pa.Array]:
    """Divide codes into fields, one array a field."""
    cells = cells.cast(TEXT)
    if not separators:
        return [cells]
    flat, n_fields = pc.split_pattern_regex(cells, SEPARATOR).flatten(), len(separators) + 1
    return [flat[at::n_fields] if at else flat[::n_fields] for at in range(n_fields)]


def join(fields: Sequence[pa.Array], separators: str) -> pa.Array:
    """Put fields together again."""
    parts = [fields[0]]
    for sign, part in zip(separators, fields[1:], strict=True):
        parts += [pa.scalar(sign, TEXT), part]
    return pc.binary_join_element_wise(*parts, pa.scalar("", TEXT)) if len(parts) > 1 else parts[0]


def insert(field: pa.Array, places: Sequence[int], texts: Sequence[pa.Array]) -> pa.Array:
    """Put texts into a field, at places that increase."""
    parts, last = [], 0
    for place, text in zip(places, texts, strict=True):
        parts += [pc.utf8_slice_codeunits(field, last, place), text] if place > last else [text]
        last = place
    parts.append(pc.utf8_slice_codeunits(field, last))
    return pc.binary_join_element_wise(*parts, pa.scalar("", TEXT))
