"""Numbers that are written for people: ``$1,234.56``, ``1.234,56``, ``1.2M``, ``0.35%``, ``(12.5)``.

A column is read where all of its cells are such numbers. Which mark is the decimal one is told from cells that have
both, have one twice, or have other than three digits behind it; columns that do not tell follow the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

FloatArray = npt.NDArray[np.float64]

_SAMPLE = 64
_MISSING = ("", "-", "–", "—", "--", "n/a", "N/A", "NA", "nan", "NaN", "null", "None", ".")
_SIGNS = r"[$€£¥₹₽₩฿]|R\$|kr|zł|USD|EUR|GBP|CHF|JPY"
_UNITS = {
    "k": 1e3, "tsd": 1e3, "тыс": 1e3, "m": 1e6, "mio": 1e6, "mil": 1e6, "mln": 1e6, "млн": 1e6, "b": 1e9, "bn": 1e9,
    "mrd": 1e9, "mld": 1e9, "млрд": 1e9, "t": 1e12, "万": 1e4, "億": 1e8, "亿": 1e8,
}  # fmt: skip
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_SPACE = "[ '’\u00a0\u202f\u2009]"
# Indians part hundreds of thousands.
_WHOLE = {".": r"^(\d+|\d{1,3}(,\d{2,3})*,\d{3})(\.\d*)?$", ",": r"^(\d+|\d{1,3}(\.\d{3})+)(,\d*)?$"}
_DIGITS = rf"\d[\d.,]*(?:{_SPACE}\d{{3}})*(?:[.,]\d+)?"
_AMOUNT = rf"^(?i:\(?[-+−]?(?:{_SIGNS})? ?[-+−]?{_DIGITS}\s?(?:(?:{_UNIT})\.?|%)?\s?(?:{_SIGNS})?\)?)$"
_PLAIN = r"^[-+]?\d+(\.\d*)?([eE][-+]?\d+)?$"
_EXPONENT = r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$"


def is_amount(cells: pa.ChunkedArray, plain: bool = False) -> bool:
    """Tell whether all cells of a column are numbers as people write them.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Text, null where missing.
    plain : bool
        Whether digits and a point alone count as such. Default: False, as identifiers are digits, too.

    Returns
    -------
    bool
    """
    cells = _present(cells)
    if not len(cells) or not _all(cells[:_SAMPLE], plain):
        return False
    if not _all(cells, plain) or not any(fits(cells, mark) for mark in _WHOLE):
        return False
    return plain or not pc.all(pc.match_substring_regex(cells, r"^[-+]?\d+$")).as_py()


def fits(cells: pa.ChunkedArray, decimal: str) -> bool:
    """Tell whether all cells are numbers with a decimal mark, and thousands between the others.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Text, null where missing.
    decimal : {".", ","}
        The decimal mark.

    Returns
    -------
    bool
    """
    cells = _present(cells)
    found = pc.match_substring_regex(_digits(cells), _WHOLE[decimal])
    return bool(pc.all(pc.or_(found, pc.match_substring_regex(cells, _EXPONENT))).as_py())


def _digits(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Digits and marks between the first digit and the last."""
    return pc.replace_substring_regex(pc.replace_substring_regex(cells, r"^(.*\d).*$", r"\1"), r"[^\d.,]", "")


def decimal_mark(cells: pa.ChunkedArray) -> str | None:
    """Find the decimal mark of a column of amounts.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Cells for which `is_amount` holds.

    Returns
    -------
    {".", ","} or None
        None where the cells do not tell.
    """
    cells = pc.replace_substring_regex(_present(cells), _SPACE, "")
    for mark, other in ((".", ","), (",", ".")):
        # The last of two marks is the decimal one, as is one that not three digits follow, or that a zero leads.
        last = rf"[{other}]\d+[{mark}]\d|[{other}]\d+[{other}]\d{{3}}|^\D*\d*[{mark}](\d{{1,2}}|\d{{4,}})(\D|$)"
        if pc.any(pc.match_substring_regex(cells, rf"{last}|^\D*0[{mark}]\d|\d{{4,}}[{mark}]\d")).as_py():
            return mark
    return None


def read_amounts(cells: pa.ChunkedArray, decimal: str) -> FloatArray:
    """Read numbers as people write them.

    Parameters
    ----------
    cells : pa.ChunkedArray
        Cells for which `is_amount` holds.
    decimal : {".", ","}
        The decimal mark.

    Returns
    -------
    (T,) float64
        NaN where missing; units are multiplied out, and percent are fractions.

    Examples
    --------
    >>> read_amounts(pa.chunked_array([["$1,234.50", "1.2M", "35%", "(7)", None]]), ".").tolist()
    [1234.5, 1200000.0, 0.35, -7.0, nan]
    """
    cells = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    cells = pc.if_else(pc.is_in(cells, value_set=pa.array(_MISSING)), pa.scalar(None, pa.string()), cells)
    is_negative = pc.fill_null(pc.match_substring_regex(cells, r"^\(|^\D*[-−]"), False).to_numpy()
    units = pc.utf8_lower(pc.replace_substring_regex(cells, rf"(?i)^.*\d\s?({_UNIT}|%)?\.?[^\d]*$", r"\1"))
    has_exponent = pc.match_substring_regex(cells, _EXPONENT)
    other = "," if decimal == "." else "."
    digits = pc.replace_substring(pc.replace_substring(_digits(cells), other, ""), decimal, ".")
    digits = pc.if_else(has_exponent, pc.replace_substring_regex(cells, r"^[-+]", ""), digits)
    numbers = np.asarray(digits.cast(pa.float64()).to_numpy(), dtype=np.float64)
    factors = np.ones(len(numbers))
    for unit, factor in _UNITS.items():
        factors[pc.fill_null(pc.equal(units, unit), False).to_numpy()] = factor
    percent = np.where(pc.fill_null(pc.equal(units, "%"), False).to_numpy(), 100.0, 1.0)
    return np.asarray(numbers * factors / percent * np.where(is_negative, -1.0, 1.0))


def _present(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    cells = pc.utf8_trim_whitespace(cells.cast(pa.string()).drop_null())
    return cells.filter(pc.invert(pc.is_in(cells, value_set=pa.array(_MISSING))))


def _all(cells: pa.ChunkedArray, plain: bool) -> bool:
    found = pc.match_substring_regex(cells, _AMOUNT)
    if plain:
        found = pc.or_(found, pc.match_substring_regex(cells, _PLAIN))
    return bool(pc.all(found).as_py())
