"""How text files are read, where somebody says it rather than leaving it to be found out."""

from __future__ import annotations

from dataclasses import dataclass

from synthdiff.data.cell import GROUPS
from synthdiff.data.encoding import check_encoding
from synthdiff.data.form import is_delimiter
from synthdiff.errors import ConfigError


@dataclass(frozen=True)
class ReadOptions:
    """What is known of a text file.

    Attributes
    ----------
    na_values : tuple of str
        Cells that stand for a missing value, beside the usual ones.
    decimal : {".", ","} or None
        The decimal mark; None reads a point, and leaves columns with commas as text whose numbers are learnt all the
        same.
    thousands : str or None
        What parts thousands.
    encoding : str or None
        The encoding; None finds it out.
    delimiter : str or None
        What separates cells; None finds it out.
    """

    na_values: tuple[str, ...] = ()
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    delimiter: str | None = None

    def __post_init__(self) -> None:
        if self.decimal not in (None, ".", ","):
            raise ConfigError(f"decimal is {self.decimal!r}; use '.' or ','")
        if self.thousands not in (None, *GROUPS):
            raise ConfigError(f"thousands is {self.thousands!r}; use one of {', '.join(map(repr, GROUPS))}")
        if self.thousands is not None and self.thousands == (self.decimal or "."):
            raise ConfigError(f"decimal and thousands are both {self.thousands!r}; they must differ")
        if self.delimiter is not None and not is_delimiter(self.delimiter):
            raise ConfigError(f"delimiter is {self.delimiter!r}; use one character such as ',', ';', '|' or a tab")
        if self.encoding is not None:
            object.__setattr__(self, "encoding", check_encoding(self.encoding))
