"""Digits of other scripts: ``١٢٫٥``, ``１２．５``; read and written as Latin ones."""

from __future__ import annotations

from typing import Literal, get_args

import pyarrow as pa
import pyarrow.compute as pc

Script = Literal["", "arabic", "persian", "devanagari", "bengali", "thai", "fullwidth"]
SCRIPTS: tuple[str, ...] = get_args(Script)
_LATIN = "0123456789.,-+"
_SIGNS: dict[str, str] = {
    "arabic": "٠١٢٣٤٥٦٧٨٩٫٬",
    "persian": "۰۱۲۳۴۵۶۷۸۹٫٬",
    "devanagari": "०१२३४५६७८९",
    "bengali": "০১২৩৪৫৬৭৮৯",
    "thai": "๐๑๒๓๔๕๖๗๘๙",
    "fullwidth": "０１２３４５６７８９．，－＋",
}
"""What stands for the digits, the decimal mark, thousands and signs, in the order of the Latin ones."""


def find_script(cells: pa.Array) -> Script:
    """Find the script in which the most cells have digits; Latin, "", by default."""
    counts = {script: _count(cells, f"[{_SIGNS[script][:10]}]") for script in SCRIPTS if script}
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] > _count(cells, "[0-9]") else ""  # type: ignore[return-value]


def to_latin(cells: pa.Array, script: Script) -> pa.Array:
    """Write cells of a script with Latin digits."""
    for own, latin in zip(_SIGNS.get(script, ""), _LATIN, strict=False):
        cells = pc.replace_substring(cells, own, latin)
    return cells


def from_latin(cells: pa.Array, script: Script) -> pa.Array:
    """Write Latin digits and marks in a script, the inverse of `to_latin`."""
    for own, latin in zip(_SIGNS.get(script, ""), _LATIN, strict=False):
        cells = pc.replace_substring(cells, latin, own)
    return cells


def _count(cells: pa.Array, pattern: str) -> int:
    return int(pc.sum(pc.match_substring_regex(cells, pattern)).as_py() or 0)
