"""One way to write numbers as text: ``1.234,50 €``, ``($5.00)``, ``12 kg``, ``+3.5%``; read and written by columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import Field

from synthdiff.codecs.script import Script, from_latin, to_latin
from synthdiff.codecs.unit import is_known
from synthdiff.data.cell import CellStyle, float_text, part_thousands
from synthdiff.record import TupleOfParts, Word, read_as, require

Group = Literal[",", ".", " ", "'", "’", "\u00a0", "\u202f", "\u2009", "\u2007", "_"]
GROUPS: tuple[str, ...] = get_args(Group)
Sign = Literal[
    "B#A", "B-#A", "-B#A", "B−#A", "−B#A", "B–#A", "–B#A", "B+#A", "+B#A", "(B#A)", "B(#)A", "B#-A", "B#A-", "B#A "
]  # fmt: skip
"""Where a sign stands: # are the digits, B and A what stands before and after them."""
SIGNS: tuple[str, ...] = get_args(Sign)
MOST_SPELLED = 64
_MOST_DIGITS = 18
"""Whole digits without groups, so that integers fit into 64 bits."""
_MARKS = "-−–("
_EXPONENT = r"(?:[eE][-+]?[0-9]+)?"


@dataclass(frozen=True)
class Notation:
    """One way to write numbers.

    Attributes
    ----------
    before, after : str
        What stands around every number: a currency, a unit.
    thousands : bool
        Whether thousands are parted.
    style : CellStyle
        Decimals, and what stands for a missing number.
    decimal : str
        The decimal mark, a point by default.
    group : str
        What parts thousands, a comma by default.
    indian : bool
        Whether only the last group has three digits and the others two: ``12,34,567``; False by default.
    negative, positive : str
        Where the sign stands, by default ``B-#A`` and ``B#A``.
    script : str
        Whose digits are written; Latin by default.
    width : int
        Characters of a cell, with spaces in front; 0 by default: as many as it takes.
    """

    before: Word
    after: Word
    thousands: bool
    style: Annotated[CellStyle, read_as(CellStyle)]
    decimal: Literal[".", ","] = "."
    group: Group = ","
    indian: bool = False
    negative: Sign = "B-#A"
    positive: Sign = "B#A"
    script: Script = ""
    width: Annotated[int, Field(ge=0, le=64)] = 0

    def check(self) -> None:
        """Refuse marks that mean two things.

        Raises
        ------
        ValueError
            There are some.
        """
        require(not self.thousands or self.decimal != self.group, "one mark parts thousands and decimals")

    def reads(self, cells: pa.Array) -> pa.Array:
        """Say which cells are numbers in this way of writing; decimals, groups and padding may differ."""
        return self._match(to_latin(cells, self.script))

    def _match(self, cells: pa.Array) -> pa.Array:
        return pc.match_substring_regex(cells, self._pattern())

    def read(self, cells: pa.Array, dtype: pa.DataType) -> pa.Array:
        """Read text as numbers of a type, null where a cell is no such number, or none that is finite.

        Parameters
        ----------
        cells : pa.Array of string
        dtype : pa.DataType
            Integers or floats.

        Raises
        ------
        pyarrow.ArrowInvalid
            A number does not fit the type.
        """
        nothing = pa.scalar(None, cells.type)
        cells = to_latin(cells, self.script)
        numbers = self.digits(pc.if_else(self._match(cells), cells, nothing)).cast(dtype)
        is_one = pc.is_finite(numbers)
        if self.thousands and pt.is_floating(dtype):  # "201,202,203,..." is a list where it goes on and on
            is_one = pc.and_(is_one, pc.less(pc.abs(numbers), 10.0**_MOST_DIGITS))
        return pc.if_else(is_one, numbers, pa.scalar(None, dtype))

    def digits(self, cells: pa.Array) -> pa.Array:
        """Leave of cells that can be read the sign, the digits and the point, as every parser knows them."""
        if self._is_plain:
            return pc.utf8_trim_whitespace(cells)
        pattern = self._pattern()
        groups = "".join(f"\\{j + 1}" for j in range(re.compile(pattern).groups))
        digits = pc.replace_substring_regex(cells, pattern, groups)
        digits = pc.replace_substring_regex(digits, r"^[(−–]|^([^-(−–].*)-$", r"-\1")
        if self.thousands:
            digits = pc.replace_substring(digits, self.group, "")
        return digits if self.decimal == "." else pc.replace_substring(digits, self.decimal, ".")

    def write(self, numbers: pa.Array) -> pa.Array:
        """Write numbers as text, the inverse of `read`; null where missing, or what the style says."""
        text = float_text(numbers, self.style) if pt.is_floating(numbers.type) else numbers.cast(pa.string())
        text = text.fill_null("")
        is_negative = pc.starts_with(text, "-")
        text = pc.replace_substring_regex(text, "^-", "")
        if self.decimal != ".":
            text = pc.replace_substring(text, ".", self.decimal)
        if self.thousands:
            text = part_thousands(text, self.group, self.decimal, 2 if self.indian else 3)
        text = from_latin(text, self.script)
        out = self._signed(text, self.positive)
        if pc.any(is_negative).as_py():
            out = pc.if_else(is_negative, self._signed(text, self.negative), out)
        out = pc.utf8_lpad(out, self.width) if self.width else out
        return pc.if_else(numbers.is_valid(), out, pa.scalar(self.style.null or None, out.type))

    @property
    def _is_plain(self) -> bool:
        """Whether cells are as every parser knows numbers."""
        marks = (self.before, self.after, self.decimal, self.negative, self.positive)
        return not self.thousands and marks == ("", "", ".", "B-#A", "B#A")

    @property
    def is_bare(self) -> bool:
        """Whether whole numbers that are written so may be codes: there is no known unit, sign or group."""
        has_unit = bool(self.before.strip() or self.after.strip()) and is_known(self.before, self.after)
        return not (self.thousands or self.script or has_unit or "+" in self.positive)

    def _signed(self, text: pa.Array, sign: str) -> pa.Array:
        sign = from_latin(pa.scalar(sign), self.script).as_py()
        left, _, right = sign.replace("B", "\0").partition("#")
        left, right = left.replace("\0", self.before), right.replace("A", self.after)
        return pc.binary_join_element_wise(left, text, right, "") if left or right else text

    def _pattern(self) -> str:
        """What a number looks like, with the sign and the digits in groups."""
        forms = dict.fromkeys((self.positive, "B#A", self.negative))
        if not self.before and not self.after:
            forms.update(dict.fromkeys(("B-#A",)))
        alternatives = "|".join(self._form(form) for form in forms)
        return rf"^\s*(?:{alternatives})\s*$"

    def _form(self, sign: str) -> str:
        point = re.escape(self.decimal)
        whole = f"(?:0|[1-9][0-9]{{0,{_MOST_DIGITS - 1}}})"
        if self.thousands:
            part, last = re.escape(self.group), "[0-9]{3}"
            middle = f"(?:{part}[0-9]{{2}})*" if self.indian else ""
            many = f"{middle}{part}{last}" if self.indian else f"(?:{part}{last})+"
            whole = f"(?:[1-9][0-9]{{0,2}}{many}|{whole})"
        number = rf"((?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+){_EXPONENT})"
        parts = {"B": re.escape(self.before.lstrip()), "A": re.escape(self.after.rstrip()), "#": number}
        parts |= {")": r"\)", "+": r"\+", **{mark: f"({re.escape(mark)})" for mark in _MARKS}}
        return "".join(parts.get(char, char) for char in sign)


@dataclass(frozen=True)
class Spelled:
    """Numbers that are written otherwise: ``0`` among ``$4.99``.

    Attributes
    ----------
    cells : tuple of str
    values : tuple of float
        What each stands for.
    """

    cells: Annotated[tuple[Word, ...], *TupleOfParts] = ()
    values: Annotated[tuple[float, ...], *TupleOfParts] = ()

    def write(self, numbers: pa.Array, cells: pa.Array) -> pa.Array:
        """Write these numbers their own way; all others are as in `cells`."""
        for cell, value in zip(self.cells, self.values, strict=True):
            cells = pc.if_else(pc.fill_null(pc.equal(numbers, value), False), cell, cells)
        return cells

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"cells": list(self.cells), "values": list(self.values)}

    def check(self) -> None:
        """Refuse cells without a number.

        Raises
        ------
        ValueError
            Their numbers differ, or there are more than a fit keeps.
        """
        require(len(self.cells) == len(self.values) <= MOST_SPELLED, "each cell that is spelled needs a number")
