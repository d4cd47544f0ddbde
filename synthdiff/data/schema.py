"""What the columns of a table are: one record a column, in a file that people may edit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from synthdiff.content import parse_json, read_content
from synthdiff.data.check import check_names
from synthdiff.data.metadata import is_metadata, read_metadata, write_metadata
from synthdiff.errors import ConfigError, DataError, SchemaError
from synthdiff.output import write_output

Kind = Literal[
    "numeric",
    "integer",
    "categorical",
    "boolean",
    "datetime",
    "date",
    "time",
    "duration",
    "identifier",
    "text",
    "constant",
    "empty",
]
KINDS: tuple[str, ...] = get_args(Kind)
_MOST_BYTES = 1 << 26
"""Bytes of a schema file: about 500,000 columns."""
_LONGEST_VALUE, _LONGEST_NAME = 80, 200
"""Characters."""


class ColumnSchema(BaseModel):
    """One column.

    Attributes
    ----------
    name : str
        Its name in the table.
    kind : str
        What it is taken for, one of `KINDS`. Columns of the kinds identifier, text, constant and empty are not learnt.
    type : str or None
        Its Arrow type; None when the schema was written without the table.
    nullable : bool
        Whether values are missing in the data.
    why : str
        What the kind was concluded from.
    pii : {"regenerate", "keep", "null"} or None
        For personal data: made-up values of the same form take the place of the real ones, or real values come out as
        in any other column, or all cells are left missing. None where no personal data were found.
    personal : str or None
        The kind of personal data, such as ``email`` or ``name``; None where none were found.
    text : {"null", "resample", "lorem"} or None
        For the kind text: leave the column empty (None too), draw from the real values, which then are stored in the
        model and come out again, or write placeholder text of the same length.
    min_count : int or None
        For the kind categorical: levels rarer than this share one token, and are drawn by their frequencies. None
        merges only what is beyond the 1,000 most frequent levels.
    others : {"keep", "null"} or None
        For numbers, moments and places written as text: cells that are none come out as often as they occur where they
        repeat (None too), or all of them are left missing.
    format : str or None
        For dates and times written as text: how, in the codes of ``strftime``. None finds it out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    kind: Kind
    type: str | None = None
    nullable: bool = True
    why: str = ""
    pii: Literal["regenerate", "keep", "null"] | None = None
    personal: str | None = None
    text: Literal["null", "resample", "lorem"] | None = None
    min_count: int | None = Field(default=None, ge=1)
    others: Literal["keep", "null"] | None = None
    format: str | None = None


class Schema(BaseModel):
    """The columns of a table, in order.

    Attributes
    ----------
    columns : tuple of ColumnSchema
        With distinct names.
    primary_key : str or None
        The column that tells rows apart, where somebody said so.

    Examples
    --------
    >>> schema = Schema.from_dict({"columns": [{"name": "age", "kind": "integer"}]})
    >>> schema["age"].kind, "sex" in schema
    ('integer', False)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1] = 1
    columns: tuple[ColumnSchema, ...]
    primary_key: str | None = None
    _is_loose: bool = PrivateAttr(default=False)

    @property
    def is_loose(self) -> bool:
        """Whether kinds say nearly what is meant, since they come from metadata without types of columns."""
        return self._is_loose

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    def __getitem__(self, name: str) -> ColumnSchema:
        for column in self.columns:
            if column.name == name:
                return column
        raise SchemaError(f"the schema has no column {name!r}{near_match(name, self.names)}", column=name)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __len__(self) -> int:
        return len(self.columns)

    def __iter__(self) -> Iterator[ColumnSchema]:  # type: ignore[override]
        return iter(self.columns)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly; options that are None are left out."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote, or the metadata of SDV (V1 and V2).

        Raises
        ------
        SchemaError
            It is no object, a key is unknown or missing, or a value is not one of those allowed.
        """
        if not isinstance(data, dict):
            raise SchemaError('a schema is an object: {"columns": [...]}')
        is_loose = is_metadata(data)
        if is_loose:
            data = read_metadata(data)
        try:
            schema = cls.model_validate(data)
            schema._is_loose = is_loose
        except ValidationError as error:
            raise SchemaError(_plain_words(error, data)) from None
        for name in schema.names:
            if not name.isascii() and any("\ud800" <= sign <= "\udfff" for sign in name):
                raise SchemaError(f"the name {_short(name, ascii)} holds half a character, which no table can hold")
        check_names(schema.names)
        if schema.primary_key is not None and schema.primary_key not in schema:
            hint = near_match(schema.primary_key, schema.names)
            raise SchemaError(f"the primary key {schema.primary_key!r} is not a column{hint}")
        return schema

    @classmethod
    def given(cls, schema: Schema | dict[str, Any] | str | Path | None) -> Schema | None:
        """What a user gave as a schema: itself, its dictionary, or a file of it; None stays None."""
        if schema is None or isinstance(schema, Schema):
            return schema
        return cls.from_dict(schema) if isinstance(schema, dict) else cls.read(schema)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a schema file, or a metadata file of SDV.

        Parameters
        ----------
        path : str or Path
            A JSON file.

        Raises
        ------
        SchemaError
            The file cannot be read or is not a schema; the message says where it fails.
        """
        try:
            data = parse_json(read_content(path, "read the schema", _MOST_BYTES), path)
        except (DataError, ConfigError) as error:
            raise SchemaError(str(error)) from error
        try:
            return cls.from_dict(data)
        except SchemaError as error:
            raise SchemaError(f"{path}: {error}", column=error.column) from None

    def write(self, path: str | Path, force: bool = True) -> None:
        """Write a schema file, one column a line, whole or not at all.

        Parameters
        ----------
        path : str or Path
            A JSON file.
        force : bool
            Whether to replace an existing file; True by default.

        Raises
        ------
        ConfigError
            The path is no place for a file, or a file is there and `force` is not set.
        DataError
            The file cannot be written.
        """
        data = self.to_dict()
        lines = ",\n".join("    " + json.dumps(column, ensure_ascii=False) for column in data.pop("columns"))
        head = "".join(
            f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)},\n" for key, value in data.items()
        )
        write_output(path, f'{{\n{head}  "columns": [\n{lines}\n  ]\n}}\n', force)

    def to_metadata(self, version: Literal["V1", "V2"] = "V2", table: str = "table") -> dict[str, Any]:
        """Write the metadata of SDV.

        Parameters
        ----------
        version : {"V1", "V2"}
            V1 describes a single table, V2 a data set of tables (here: one).
        table : str
            The name of the table in V2.

        Returns
        -------
        dict
            Plain JSON.
        """
        return write_metadata(self.to_dict(), version, table)


def near_match(name: str, names: Sequence[str]) -> str:
    """Say which name may have been meant.

    Examples
    --------
    >>> near_match("Age", ["age", "sex"])
    "; did you mean 'age'?"
    >>> near_match("zip", ["age", "sex"])
    ''
    """
    # Comparing two long texts takes the product of their lengths.
    by_case = {candidate[:_LONGEST_NAME].casefold(): candidate for candidate in reversed(names)}
    found = get_close_matches(name[:_LONGEST_NAME].casefold(), list(by_case), n=1, cutoff=0.6)
    return f"; did you mean {by_case[found[0]]!r}?" if found else ""


def _plain_words(error: ValidationError, data: dict[str, Any]) -> str:
    """Say the first fault of a schema in words of the schema rather than of the validator."""
    fault = error.errors(include_url=False)[0]
    *_, key = place = fault["loc"] or ("key",)
    where = "the schema"
    if len(place) > 1 and place[0] == "columns":
        index = int(place[1])
        column = data["columns"][index]
        name = column.get("name") if isinstance(column, dict) else None
        where = f"column {_short(name)}" if name else f"columns[{index}]"
    known = list((ColumnSchema if len(place) > 2 else Schema).model_fields)
    if fault["type"] == "extra_forbidden":
        return f"{where} has the unknown key {_short(key)}{near_match(str(key), known)}"
    if fault["type"] == "missing":
        return f"{where} lacks the key {key!r}"
    given = fault["input"]
    if key == "kind":
        hint = near_match(given, KINDS) if isinstance(given, str) else ""
        return f"{where} has the unknown kind {_short(given)}{hint}; the kinds are {', '.join(KINDS)}"
    return f"{where} has {key!r}: {_short(given, partial(json.dumps, default=str))}; {fault['msg'].lower()}"


def _short(value: Any, write: Callable[[Any], str] = repr) -> str:
    """A value for a message: whatever a file holds, it fits into the line."""
    try:
        text = write(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a list within a list without end
        text = type(value).__name__
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
