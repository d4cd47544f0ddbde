"""The form of a CSV file, as a table that was read from one remembers it: what is written looks like what was read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import pyarrow as pa

from synthdiff.data.encoding import check_encoding
from synthdiff.errors import ConfigError

_FORMAT = b"synthdiff.csv"


@dataclass(frozen=True)
class CsvForm:
    r"""How a CSV file is written.

    Attributes
    ----------
    delimiter : str
        What separates cells, a comma by default.
    spaced : bool
        Whether a space follows each delimiter; False by default.
    newline : {"\n", "\r\n", "\r"}
        How lines end.
    encoding : str
        UTF-8 by default.
    quote : str
        What stands around cells that hold a delimiter, a double quote by default.
    escape : str
        What stands before a quote that is a part of the cell; nothing by default, where it is doubled.
    first : str
        A line above the header that names the delimiter; nothing by default.
    trailing : bool
        Whether lines end with a delimiter; False by default.
    """

    delimiter: str = ","
    spaced: bool = False
    newline: str = "\n"
    encoding: str = "utf-8"
    quote: str = '"'
    escape: str = ""
    first: str = ""
    trailing: bool = False

    @property
    def end(self) -> str:
        """What stands behind the last cell of a line."""
        return self.delimiter * self.trailing + self.newline

    @property
    def between(self) -> str:
        """What stands between two cells."""
        return self.delimiter + " " * self.spaced

    def remember(self) -> dict[bytes, bytes]:
        """Metadata for the schema of a table, without what is as usual."""
        usual = asdict(CsvForm())
        facts = {key: value for key, value in asdict(self).items() if key == "delimiter" or value != usual[key]}
        return {_FORMAT: json.dumps(facts).encode()}

    @classmethod
    def of(cls, schema: pa.Schema) -> CsvForm:
        """The form of the CSV file that a table was read from; the usual one for other tables."""
        try:
            form = cls(**json.loads((schema.metadata or {})[_FORMAT]))
            check_encoding(form.encoding)
        except (KeyError, TypeError, ValueError, RecursionError, ConfigError):
            return cls()
        delimiter: object = form.delimiter
        is_sound = isinstance(delimiter, str) and is_delimiter(delimiter) and form.spaced in (True, False)
        is_sound &= form.quote in ("'", '"') and form.escape in ("", "\\") and form.trailing in (True, False)
        is_sound &= form.first in ("", f"sep={delimiter}", f'"sep={delimiter}"')
        return form if is_sound and form.newline in ("\n", "\r\n", "\r") else cls()


def is_from_csv(schema: pa.Schema) -> bool:
    """Say whether a table was read from a CSV file."""
    return _FORMAT in (schema.metadata or {})


def is_delimiter(sign: str) -> bool:
    """Say whether something can separate the cells of a text file."""
    return len(sign) == 1 and not sign.isalnum() and sign not in "\"'\r\n\0.-+_"
