"""Numbers that are stored as text in which a few cells are not written like the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import BoolArray, NumberCodec
from synthdiff.codecs.marks import NO_MARKS, Marks
from synthdiff.errors import DataError


class MarkedCodec(NumberCodec):
    """A column of numbers in text, with marks; its subclasses have the fields.

    Attributes
    ----------
    marks : Marks
        Cells that hold no number, and what becomes of them.
    remarks : tuple of str
        What the fit has to say; not stored.
    """

    marks: Marks
    remarks: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:  # noqa: D102 (said by the interface)
        return self.remarks

    @property
    def has_words(self) -> bool:  # noqa: D102
        return self.marks.are_there

    @property
    def drops_cells(self) -> bool:  # noqa: D102
        return self.marks.strays > 0

    def _check_read(self, cells: pa.Array, valid: BoolArray, form: str) -> None:
        """Refuse a cell that was not read and stands for no missing number, where the fitted data had no such cell."""
        if self.marks.strays:
            return
        known = valid | cells.is_null().to_numpy(zero_copy_only=False) | self.marks.are_in(cells)
        if not known.all():
            row = int(np.argmin(known))
            value = cells[row].as_py()
            message = f"column {self.name!r}, row {row} is {value!r}, which is not written {form}"
            raise DataError(message, column=self.name, row=row, value=value)

    def _marks_to_dict(self) -> dict[str, Any]:
        """The marks for a file, where there are any."""
        return {} if self.marks == NO_MARKS else {"marks": self.marks.to_dict()}
