"""A format that somebody declared: the ways of writing that it stands for, checked on every value before the fit.

Whoever reads with ``strptime`` need not say whether numbers have leading zeros, in which case names are, how many
digits a fraction has and how the distance from UTC is written. All of that is found out, and written again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product

import pyarrow as pa

from synthdiff.codecs.written.code import CODES, ZONES
from synthdiff.codecs.written.find import search_writing
from synthdiff.codecs.written.form import Form, in_all_cases
from synthdiff.codecs.written.pattern import plain_codes
from synthdiff.codecs.written.words import put_into_english
from synthdiff.codecs.written.writing import Writing, way_of
from synthdiff.errors import SchemaError

_CODE = re.compile(r"%[^A-Za-z%(]*(?:\([a-z0-9]*\))?[A-Za-z%]?")
_DATE_NUMBERS, _CLOCK_NUMBERS = re.compile("%([dmj])"), re.compile("%([HI])")
_FRACTIONS = ("%f", *(f"%{digits}f" for digits in (3, 1, 2, 4, 5, 7, 8, 9)))
_DISTANCES = ("%z", "%:z", "Z", "%-z")


def read_declared(cells: pa.Array, text: str, column: str, place: Callable[[str], int]) -> Writing:
    """Find out how strings are written within a format.

    Parameters
    ----------
    cells : pa.Array
        Distinct strings, at least one, without nulls.
    text : str
        The codes of ``strftime``, or a way of writing lengths of time.
    column : str
        The name of the column, for messages.
    place : callable
        Gives the row of a string, for messages.

    Returns
    -------
    Writing
        Every string comes back to the letter.

    Raises
    ------
    SchemaError
        A code is not known, codes contradict each other, or a string would not come back.
    """
    forms = _list_forms(text, column)
    writing = search_writing(cells, lambda cell: _matches(forms, cell))
    if not writing.odd.any():
        return writing
    row, value = min((place(cell), cell) for cell in cells.filter(pa.array(writing.odd)).to_pylist())
    message = f"column {column!r}, row {row}: {value!r} is not written {text}"
    for pattern in _matches(forms, value):
        ticks, valid = way_of(pattern).read(pa.array([value]))
        if valid[0]:
            message += f"; it would come back as {way_of(pattern).write(ticks)[0].as_py()!r}"
            break
    hint = "correct the value, name another format, or name none to have it found"
    raise SchemaError(f"{message}; {hint}", column=column, row=row, value=value)


def _list_forms(text: str, column: str) -> list[Form | str]:
    """The forms that a format may stand for."""
    if "{" in text:
        variants: tuple[str, ...] = (text,)
    else:
        text = plain_codes(text)
        for code in _CODE.findall(text):
            if code not in CODES and code not in ZONES and code != "%%":
                message = f"column {column!r}: the code {code} of the format {text!r} is not supported"
                raise SchemaError(f"{message}; those supported are {' '.join(_supported())}", column=column)
        variants = tuple(dict.fromkeys(_list_variants(text)))
    try:
        for variant in variants[:1]:
            way_of(re.sub("|".join(ZONES), "+00:00", variant))
    except ValueError as error:
        raise SchemaError(f"column {column!r}: the format cannot be kept: {error}", column=column) from None
    return [variant if "{" in variant else Form.of(variant) for variant in variants]


def _list_variants(text: str) -> Iterator[str]:
    fractions = _FRACTIONS if "%f" in text else ("%f",)
    distances = _DISTANCES if "%z" in text else ("%z",)
    dates, clocks = (
        (r"%\1", r"%-\1") if numbers.search(text) else ("",) for numbers in (_DATE_NUMBERS, _CLOCK_NUMBERS)
    )
    for distance, fraction, date, clock in product(distances, fractions, dates, clocks):
        variant = text.replace("%z", distance).replace("%f", fraction)
        variant = _DATE_NUMBERS.sub(date, variant) if date else variant
        yield from in_all_cases(_CLOCK_NUMBERS.sub(clock, variant) if clock else variant)


def _matches(forms: list[Form | str], cell: str) -> Iterator[str]:
    for form in forms:
        if isinstance(form, str):
            yield form
        elif (found := form.match(cell)) and not found[1]:
            yield found[0]
    for english, localise in put_into_english(cell):
        yield from (
            localise(found[0])
            for form in forms
            if not isinstance(form, str) and (found := form.match(english)) and not found[1]
        )


def _supported() -> list[str]:
    return sorted({code for code in (*CODES, *ZONES) if re.fullmatch("%[A-Za-z]", code)}, key=str.casefold)
