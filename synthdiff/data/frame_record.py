"""The schema of a frame as plain JSON, typed and bounded: what a model keeps of the frame that it was fitted on.

Arrow's own format for a schema is a binary one whose reader trusts offsets that a file states. A model may come from
anybody, so types are stored as words and levels as values, and nothing but this module makes a schema of them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.types as pt
from pydantic import Field, PlainValidator, model_validator

from synthdiff.data.cast import kernel_type
from synthdiff.data.dtype import read_type
from synthdiff.data.level import levels_to_json, read_levels
from synthdiff.errors import SchemaError
from synthdiff.record import MAX_CELLS, MAX_COLUMNS, MAX_TEXT, Name, Record, TupleOfParts, require

MAX_BYTES = 1 << 26
"""Bytes of all metadata of a schema."""
MAX_PARTS = 16
"""Parts of a label that is a tuple."""


def _read_label(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        require(len(value) <= MAX_PARTS, f"at most {MAX_PARTS} parts are expected")
        return tuple(map(_read_scalar, value))
    return _read_scalar(value)


def _read_scalar(value: Any) -> Any:
    is_label = value is None or type(value) in (str, int, float, bool)
    require(is_label and (not isinstance(value, str) or len(value) <= MAX_TEXT), "a text or a number is expected")
    require(value == value and value not in (float("inf"), float("-inf")), "a finite number is expected")
    return value


Label = Annotated[Any, PlainValidator(_read_label)]
"""A text, a number, a bool or None, or a tuple of such."""
PlainName = Annotated[
    str,
    Field(
        pattern=r"^(bool|u?int(8|16|32|64)|float(16|32|64)|(datetime64|timedelta64)\[(s|ms|us|ns)\]|object|str|"
        r"[<>][iuf][248])$"
    ),
]
NumberName = Annotated[str, Field(pattern=r"^(bool|u?int(8|16|32|64)|float(16|32|64))$")]
Frequency = Annotated[str, Field(pattern=r"^\d{0,9}[A-Za-z]+(-[A-Z]{3})?$", max_length=20)]
EndName = Annotated[
    str, Field(pattern=r"^(u?int(8|16|32|64)|float(16|32|64)|(datetime64|timedelta64)\[(s|ms|us|ns)\])$")
]
End = Annotated[str, Field(pattern=r"^(-?\d+(\.\d+)?(e[+-]?\d+)?|-?inf)$", max_length=64)]
MaskedName = Annotated[str, Field(pattern=r"^(boolean|U?Int(8|16|32|64)|Float(32|64))$")]
Missing = Literal["NoneType", "float", "NAType", "NaTType"]
Cell = Literal[
    "str",
    "bytes",
    "bool",
    "int",
    "float",
    "Decimal",
    "UUID",
    "date",
    "time",
    "datetime",
    "timedelta",
    "Timestamp",
    "Timedelta",
]


class PlainForm(Record):
    """A NumPy dtype, or timestamps with a time zone (no name) and the module that the zone is of (None: pandas')."""

    form: Literal["plain"] = "plain"
    name: PlainName | None = None
    zone: Literal["zoneinfo", "datetime", "dateutil"] | None = None


class MaskedForm(Record):
    """One of pandas' own nullable dtypes."""

    form: Literal["masked"] = "masked"
    name: MaskedName


class StringForm(Record):
    """Pandas' string dtype."""

    form: Literal["string"] = "string"
    storage: Literal["python", "pyarrow"]
    missing: Literal["nan", "NA"]


class PeriodForm(Record):
    """Spans of time; in Arrow they are the moments that they begin at."""

    form: Literal["period"] = "period"
    frequency: Frequency


class SparseForm(Record):
    """Numbers of which one is not stored (None: NaN); in Arrow all are."""

    form: Literal["sparse"] = "sparse"
    name: NumberName
    fill: bool | int | float | None


class ArrowForm(Record):
    """An Arrow type inside pandas."""

    form: Literal["arrow"] = "arrow"


class ObjectForm(Record):
    """Python objects.

    Attributes
    ----------
    cell : str or None
        The type of the cells; None where all are missing.
    missing : str
        The type of what stands for a missing cell.
    unit : str or None
        The finest unit of pandas' timestamps and durations; None for other cells.
    """

    form: Literal["object"] = "object"
    cell: Cell | None
    missing: Missing
    unit: Literal["s", "ms", "us", "ns"] | None = None


class LabelForm(Record):
    """Levels of several Python types; in Arrow they are texts."""

    form: Literal["label"] = "label"
    labels: Annotated[tuple[Label, ...], *TupleOfParts]


class IntervalForm(Record):
    """Levels that are intervals; in Arrow they are texts.

    Attributes
    ----------
    dtype : str
        NumPy's name of the type of the ends.
    closed : str
        Which ends belong to an interval.
    left, right : tuple of str
        Ends as Python writes them; of moments and durations the numbers that they are stored as.
    """

    form: Literal["interval"] = "interval"
    dtype: EndName
    closed: Literal["left", "right", "both", "neither"]
    left: Annotated[tuple[End, ...], *TupleOfParts]
    right: Annotated[tuple[End, ...], *TupleOfParts]

    @model_validator(mode="after")
    def _check_lengths(self) -> IntervalForm:
        require(len(self.left) == len(self.right), "an interval has two ends")
        return self


LevelForm = Annotated[
    PlainForm | MaskedForm | StringForm | PeriodForm | ArrowForm | ObjectForm | LabelForm | IntervalForm,
    Field(discriminator="form"),
]


class CategoryForm(Record):
    """Categories, whose levels have a form of their own."""

    form: Literal["category"] = "category"
    ordered: bool
    levels: LevelForm


Form = Annotated[
    PlainForm | MaskedForm | StringForm | PeriodForm | SparseForm | ArrowForm | ObjectForm | CategoryForm,
    Field(discriminator="form"),
]


class PandasFacts(Record):
    """What only pandas knows of a frame.

    Attributes
    ----------
    labels : tuple of str, int, float, bool, None or tuple of such
        Of the columns.
    labels_dtype : str or None
        The dtype of the labels; None where pandas infers it.
    labels_name : str, int, float, bool or None
        The name of the row of labels.
    index : tuple of str, int, float, bool or None
        The names of the index levels that are columns, which come last.
    forms : tuple of Form
        One for each column and index level.
    """

    labels: Annotated[tuple[Label, ...], *TupleOfParts]
    labels_dtype: PlainName | None
    labels_name: Label
    index: Annotated[tuple[Label, ...], *TupleOfParts]
    forms: Annotated[tuple[Form, ...], *TupleOfParts]

    @model_validator(mode="after")
    def _check_lengths(self) -> PandasFacts:
        require(len(self.labels) + len(self.index) == len(self.forms), "each column and index level needs a form")
        return self


class FieldRecord(Record):
    """A column: its name, its type as Arrow prints it, and its levels where it is a dictionary."""

    name: Name
    type: str
    nullable: bool
    metadata: dict[str, str]
    levels: list[Any] | None


class FrameRecord(Record):
    """A frame without its rows."""

    library: Literal["pandas", "polars", "pyarrow", "numpy"]
    fields: Annotated[list[FieldRecord], Field(min_length=1, max_length=MAX_COLUMNS)]
    metadata: dict[str, str]
    nan: Annotated[tuple[Name, ...], *TupleOfParts]
    pandas: PandasFacts | None

    @model_validator(mode="after")
    def _check_agree(self) -> FrameRecord:
        names = [field.name for field in self.fields]
        require(len(set(names)) == len(names), "two columns have one name")
        is_pandas = self.library in ("pandas", "numpy")
        require((self.pandas is not None) == is_pandas, "pandas' facts belong to pandas' frames")
        require(self.pandas is None or len(self.pandas.forms) == len(names), "each column needs a form")
        types = {field.name: field.type for field in self.fields}
        floats = {"halffloat", "float", "double"}
        require(all(types.get(name) in floats for name in self.nan), "nan must name columns of floats")
        return self


def write_fields(template: pa.RecordBatch) -> list[dict[str, Any]]:
    """Write the columns of a template: plain JSON values that `read_template` restores."""
    fields = []
    for field, column in zip(template.schema, template.columns, strict=True):
        levels = None
        if pt.is_dictionary(field.type):
            levels = levels_to_json(column.dictionary.cast(kernel_type(field.type.value_type)))
        metadata = write_metadata(field.metadata)
        fields.append(
            {
                "name": field.name,
                "type": str(field.type),
                "nullable": field.nullable,
                "metadata": metadata,
                "levels": levels,
            }
        )
    return fields


def write_metadata(metadata: Mapping[bytes, bytes] | None) -> dict[str, str]:
    """Write metadata as base64."""
    return {_to_text(key): _to_text(value) for key, value in (metadata or {}).items()}


def check_metadata(schema: pa.Schema) -> None:
    """Refuse metadata that would be too large to be read back.

    Raises
    ------
    SchemaError
        With the size.
    """
    parts = [schema.metadata, *(field.metadata for field in schema)]
    size = sum(len(key) + len(value) for part in parts for key, value in (part or {}).items())
    if size > MAX_BYTES // 2:
        raise SchemaError(f"the schema has {size:,} bytes of metadata; drop them with replace_schema_metadata(None)")


def read_template(record: FrameRecord) -> pa.RecordBatch:
    """Make a batch without rows of a record.

    Raises
    ------
    ValueError
        A type, levels or metadata are malformed or too large.
    """
    parts = [record.metadata, *(field.metadata for field in record.fields)]
    budget = sum(len(key) + len(value) for part in parts for key, value in part.items())
    require(budget <= MAX_BYTES, f"metadata of at most {MAX_BYTES:,} characters are expected")
    fields, columns = [], []
    for j, field in enumerate(record.fields):
        try:
            dtype = read_type(field.type)
            columns.append(_read_column(dtype, field.levels))
            fields.append(pa.field(field.name, dtype, field.nullable, _read_metadata(field.metadata)))
        except (ValueError, TypeError, pa.ArrowException) as error:
            raise ValueError(f"fields[{j}]: {error}") from error
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields, _read_metadata(record.metadata)))


def _read_column(dtype: pa.DataType, values: list[Any] | None) -> pa.Array:
    require((values is not None) == pt.is_dictionary(dtype), "dictionaries have levels, and other types have none")
    if values is None:
        return pa.array([], dtype)
    require(len(values) <= MAX_CELLS, f"at most {MAX_CELLS:,} levels are expected")
    levels = read_levels((str(kernel_type(dtype.value_type)), values))
    most = (1 << (dtype.index_type.bit_width - pt.is_signed_integer(dtype.index_type))) - 1
    require(len(levels) - 1 <= most, f"{len(levels):,} levels are more than {dtype.index_type} can count")
    indices = pa.array([], dtype.index_type)
    return pa.DictionaryArray.from_arrays(indices, levels.cast(dtype.value_type), ordered=dtype.ordered)


def _read_metadata(metadata: Mapping[str, str]) -> dict[bytes, bytes] | None:
    return {_to_bytes(key): _to_bytes(value) for key, value in metadata.items()} or None


def _to_text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _to_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("metadata are expected in base64") from error
