"""What a code may hold of another column: its text, a part of its dates, or a text for each of its levels."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from pydantic import Field

from synthdiff.codecs.column import ColumnCodec, NumberCodec, is_text, plain_values
from synthdiff.record import Line, choose, one_of, require, restore, without

TEXT = pa.large_string()
SEPARATOR = r"[\x00-/:-@\[-`{-\x7f]"
"""ASCII that is neither a letter nor a digit."""
FORMATS = ("%Y", "%y", "%m", "%d", "%H", "%M", "%S", "%j", "%V", "%q", "%b", "%B", "%-m", "%-d", "%P", "%E")
MAX_LEVELS = 1 << 16
_SHIFTS = {"%P": {18: 80, 20: 20, 21: 40, 22: 60}, "%E": {18: 20, 20: 40}}
"""What persons' numbers of Poland, and of Bulgaria, add to months by century."""
_CASES = {"": None, "upper": pc.utf8_upper, "lower": pc.utf8_lower}
_SECONDS = 86_400.0
_FARTHEST = 2.5e11
Case = Annotated[str, one_of(*_CASES)]


@dataclass(frozen=True)
class TextView:
    """Text of the cells themselves.

    Attributes
    ----------
    word : int
        Which of the words between separators; -1 for the whole text.
    cut : int
        How many of the first characters; of the last ones where negative; 0 for all.
    case : str
        ``"upper"`` or ``"lower"`` where letters are turned into those.
    pad : int
        Digits to which numbers are filled up with zeros; 0 where they are not.
    """

    word: Annotated[int, Field(ge=-1, lt=64)] = -1
    cut: Annotated[int, Field(ge=-64, le=64)] = 0
    case: Case = ""
    pad: Annotated[int, Field(ge=0, le=64)] = 0

    def texts(self, cells: pa.Array, codec: ColumnCodec) -> pa.Array:
        """What n cells are in a code, large_string; null where missing."""
        out = plain_text(cells)
        if self.word >= 0:
            inside = SEPARATOR.replace("[", "[^", 1)
            before = rf"(?:{inside}*{SEPARATOR}){{{self.word}}}"
            out = pc.replace_substring_regex(out, rf"(?s)^{before}({inside}*).*$", r"\1")
        if self.cut:
            out = pc.utf8_slice_codeunits(out, *((0, self.cut) if self.cut > 0 else (self.cut, None)))
        if self.pad:
            out = pc.utf8_lpad(out, self.pad, "0")
        change = _CASES[self.case]
        return out if change is None else change(out)

    def describe(self, source: str) -> str:
        """Say in words what is looked at."""
        out = source if self.word < 0 else f"word {self.word + 1} of {source}"
        if self.cut:
            ends = "character" if abs(self.cut) == 1 else f"{abs(self.cut)} characters"
            out = f"the {'first' if self.cut > 0 else 'last'} {ends} of {out}"
        return f"{out} in {self.case} case" if self.case else out


@dataclass(frozen=True)
class MomentView:
    """Parts of dates and times.

    Attributes
    ----------
    form : str
        Directives of strftime, such as ``"%Y%m"``; ``%q`` is the quarter, ``%-m`` and ``%-d`` have no leading zero;
        ``%P`` and ``%E`` are months that also tell the century.
    case : str
        ``"upper"`` or ``"lower"`` where letters are turned into those.
    """

    form: Annotated[str, Field(pattern=r"^(%-?[A-Za-z])+$", max_length=32)]
    case: Case = ""

    def check(self) -> None:
        """Refuse directives that there are not."""
        require(set(directives(self.form)) <= set(FORMATS), "a part of a date is not known")

    def texts(self, cells: pa.Array, codec: ColumnCodec) -> pa.Array:
        """What n cells are in a code, large_string; null where missing."""
        assert isinstance(codec, NumberCodec)
        if pt.is_timestamp(cells.type) and cells.type.tz:  # people write what their clocks say
            return self._written(pc.local_timestamp(cells).cast(pa.timestamp("s"), safe=False))
        seconds = codec.encode(cells) * (_SECONDS if codec.kind == "date" else 1.0)
        known = np.abs(seconds) < _FARTHEST
        whole = np.floor(np.where(known, seconds, 0)).astype(np.int64)
        return self._written(pa.array(whole, mask=~known).cast(pa.timestamp("s")))

    def _written(self, moments: pa.Array) -> pa.Array:
        parts = [_part(moments, one) for one in directives(self.form)]
        out = pc.binary_join_element_wise(*parts, pa.scalar("", TEXT)) if len(parts) > 1 else parts[0]
        change = _CASES[self.case]
        return out if change is None else change(out)

    def describe(self, source: str) -> str:
        """Say in words what is looked at."""
        names = {"%Y": "the year", "%m": "the month", "%d": "the day", "%q": "the quarter"}
        return f"{names[self.form]} of {source}" if self.form in names else f"{source} as {self.form}"


@dataclass(frozen=True)
class LevelView:
    """A text for each level.

    Attributes
    ----------
    levels, texts_of : list of str
        The levels as text, and what stands for them in codes.
    """

    levels: Annotated[list[Line], Field(min_length=1, max_length=MAX_LEVELS)] = field(default_factory=list)
    texts_of: Annotated[list[Line], Field(min_length=1, max_length=MAX_LEVELS)] = field(default_factory=list)

    def check(self) -> None:
        """Refuse levels that repeat, or have no text."""
        require(len(set(self.levels)) == len(self.levels) == len(self.texts_of), "each level needs a text")

    def texts(self, cells: pa.Array, codec: ColumnCodec) -> pa.Array:
        """What n cells are in a code, large_string; null where missing, or where the level is a new one."""
        at = pc.index_in(level_text(cells), value_set=pa.array(self.levels, TEXT))
        return pa.array(self.texts_of, TEXT).take(at)

    def describe(self, source: str) -> str:
        """Say in words what is looked at."""
        return f"what goes with {source}"


View = TextView | MomentView | LevelView
_VIEWS: dict[str, type[View]] = {"text": TextView, "moment": MomentView, "level": LevelView}


def view_to_dict(view: View) -> dict[str, Any]:
    """Plain JSON values that `view_from_dict` restores exactly."""
    return {"view": next(word for word, kind in _VIEWS.items() if isinstance(view, kind)), **asdict(view)}


def view_from_dict(data: Any) -> View:
    """Restore what `view_to_dict` wrote."""
    return data if isinstance(data, View) else restore(choose(_VIEWS, data, "view", "view"), without(data, "view"))


def plain_text(cells: pa.Array) -> pa.Array:
    """Texts as they are, and whole numbers in digits, large_string."""
    cells = plain_values(cells)
    if pt.is_floating(cells.type):
        cells = pc.floor(cells.cast(pa.float64())).cast(pa.int64(), safe=False)
    return cells.cast(TEXT)


def level_text(cells: pa.Array) -> pa.Array:
    """Levels of any type as text, large_string."""
    return plain_values(cells).cast(TEXT)


def has_text(dtype: pa.DataType) -> bool:
    """Say whether `plain_text` reads cells of a type."""
    plain = dtype.value_type if pt.is_dictionary(dtype) else dtype
    return bool(is_text(plain) or pt.is_integer(plain) or pt.is_floating(plain))


def directives(form: str) -> list[str]:
    """Divide a format of dates into its directives."""
    return [f"%{part}" for part in form.split("%")[1:]]


def _part(moments: pa.Array, directive: str) -> pa.Array:
    if directive == "%q":
        return pc.quarter(moments).cast(TEXT)
    if directive in _SHIFTS:
        century, month = pc.divide(pc.year(moments), 100).to_numpy(False), pc.month(moments).to_numpy(False)
        added = sum(shift * (century == at) for at, shift in _SHIFTS[directive].items())
        return pc.utf8_lpad(pa.array(month + added, from_pandas=True).cast(pa.int64()).cast(TEXT), 2, "0")
    text = pc.strftime(moments, format=directive.replace("-", "")).cast(TEXT)
    return pc.utf8_ltrim(text, "0") if "-" in directive else text
