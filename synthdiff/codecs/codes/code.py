"""Distinct codes of a few forms: UUIDs, bar codes, persons' numbers, post codes, number plates, article numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
from pydantic import BeforeValidator, Field

from synthdiff.codecs.codes.find import find_forms
from synthdiff.codecs.codes.form import Form
from synthdiff.codecs.codes.part import Day, Words
from synthdiff.codecs.codes.schedule import Schedule
from synthdiff.codecs.codes.shape import find_shapes
from synthdiff.codecs.codes.shuffle import WordArray
from synthdiff.record import as_tuple, read_as, restore

_MOST_FORMS = 1024
# Codes that there are for each real one, at least; and more of those without structure, which may be words.
_SPARE = 2
_Form = Annotated[Form, read_as(Form)]


@dataclass(frozen=True)
class Code:
    """Codes of a few forms.

    Attributes
    ----------
    forms : tuple of Form
        They come as often as in the real codes.
    """

    forms: Annotated[tuple[_Form, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=_MOST_FORMS)]

    @classmethod
    def fit(cls, cells: pa.Array, spare: float = _SPARE) -> Self | None:
        """Find the forms of real codes; None where there are too many, or too few codes of them.

        Parameters
        ----------
        cells : pa.Array
            Distinct strings without nulls, at least one.
        spare : float
            Times as many codes as real ones that the forms must have room for.
        """
        shapes = find_shapes(cells)
        forms = [form for shape in shapes for form in find_forms(shape, len(shapes))]
        if not forms or sum(form.room for form in forms) < spare * len(cells):
            return None
        return cls(tuple(forms))

    @property
    def has_structure(self) -> bool:
        """Whether there are check characters, dates, or words that repeat in it."""
        has_words = len({len(form.text) for form in self.forms}) < len(self.forms)
        return has_words or any(
            form.check_name or any(isinstance(part, Day | Words) for part in form.parts) for form in self.forms
        )

    @property
    def highest(self) -> int | None:
        """A number that no code exceeds; None where codes are not digits alone."""
        numbers = [form.highest for form in self.forms]
        known = [number for number in numbers if number is not None]
        return max(known) if len(known) == len(numbers) else None

    @property
    def check_name(self) -> str:
        """The check that codes pass, or nothing."""
        return next((form.check_name for form in self.forms if form.check_name), "")

    @property
    def room(self) -> int:
        """How many distinct codes there are."""
        return sum(form.room for form in self.forms)

    @property
    def fresh(self) -> int:
        """How many of them are no real ones."""
        return sum(form.fresh for form in self.forms)

    @cached_property
    def _schedule(self) -> Schedule:
        return Schedule(*([getattr(form, key) for form in self.forms] for key in ("weight", "fresh", "room")))

    def write(self, rows: WordArray, rng: np.random.Generator) -> pa.Array:
        """The codes of consecutive rows, (n,) uint64."""
        forms, ranks = self._schedule.assign(rows)
        widths = np.array([len(form.text) for form in self.forms])
        codes = np.zeros((len(rows), int(widths.max())), np.uint8)
        for number in np.flatnonzero(np.bincount(forms)).tolist():
            here = np.flatnonzero(forms == number)
            codes[here, : widths[number]] = self.forms[number].write(ranks[here], rng)
        lengths = widths[forms]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        text = codes if (lengths == codes.shape[1]).all() else codes[np.arange(codes.shape[1]) < lengths[:, None]]
        return pa.LargeStringArray.from_buffers(len(rows), pa.py_buffer(offsets), pa.py_buffer(text.tobytes()))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {"forms": [form.to_dict() for form in self.forms]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)
