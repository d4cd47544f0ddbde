"""How a column writes its numbers: the notation under which most of its cells come back to the letter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.notation import GROUPS, SIGNS, Notation
from synthdiff.codecs.script import find_script, to_latin
from synthdiff.codecs.unit import AFTER, BEFORE, is_known
from synthdiff.data.cell import CellStyle

_SAMPLE = 400
_MIN_GROUP = 3
_USUAL = 0.8
_WIDEST = 64
_MIN_LIKELY = 0.1
"""Share of the cells that must look like numbers before notations are tried."""
_PARTS = "".join(re.escape(group) for group in GROUPS)
_LOOKS = re.compile(
    rf"(?P<pad>\s*)(?P<lead>[-−–+(]?)(?P<before>{BEFORE}?)(?P<inner>[-−–+(]?)"
    rf"(?P<digits>[0-9]+(?:[{_PARTS}][0-9]+)*|[.,][0-9]+)(?P<exponent>(?:[eE][-+]?[0-9]+)?)"
    rf"(?P<tail>[-)]?)(?P<after>{AFTER}?)(?P<last>[-)]?)(?P<end>\s*)"
)


def find_notation(cells: pa.Array) -> Notation | None:
    """Find how most of a column's cells write numbers.

    Parameters
    ----------
    cells : pa.Array of string
        Its distinct cells.

    Returns
    -------
    Notation or None
        The one that gives back most of the cells as they are; None where hardly any looks like a number.
    """
    sample = _sample(cells)
    script = find_script(sample)
    looks = _look(to_latin(sample, script))
    if not looks or len(looks) < _MIN_LIKELY * len(sample):
        return None
    found = (replace(notation, script=script) for notation in _candidates(looks))
    return max(found, key=lambda notation: count_same(notation, sample))


def _look(cells: pa.Array) -> list[re.Match[str]]:
    return [found for cell in cells.to_pylist() if (found := _LOOKS.fullmatch(cell))]


def find_others(cells: pa.Array) -> list[pa.Array]:
    """Group cells that a notation does not read by what stands around their digits, the most frequent group first.

    Parameters
    ----------
    cells : pa.Array of string
        Distinct cells.

    Returns
    -------
    list of pa.Array
        Groups of at least `_MIN_GROUP` cells, from a sample of the cells.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for look in _look(_sample(cells)):
        groups.setdefault((look["before"], look["after"]), []).append(look[0])
    large = sorted((group for group in groups.values() if len(group) >= _MIN_GROUP), key=len, reverse=True)
    return [pa.array(group, pa.string()) for group in large]


def number_type(notation: Notation, cells: pa.Array) -> pa.DataType:
    """Say whether all cells that a notation reads are whole numbers of 64 bits: int64, else float64."""
    readable = to_latin(cells.filter(notation.reads(cells)), notation.script)
    digits = notation.digits(readable)
    if not notation.style.exponent and not pc.any(pc.match_substring_regex(digits, "[.eE]")).as_py():
        try:
            notation.read(readable, pa.int64())
        except pa.ArrowInvalid:
            return pa.float64()
        return pa.int64()
    return pa.float64()


def count_same(notation: Notation, cells: pa.Array) -> int:
    """Count the cells that a notation gives back to the letter."""
    return int(pc.sum(are_same(notation, cells)).as_py() or 0)


def are_same(notation: Notation, cells: pa.Array) -> pa.Array:
    """Say which cells a notation gives back to the letter, but for padding."""
    written = notation.write(notation.read(cells, number_type(notation, cells)))
    written, cells = pc.utf8_trim_whitespace(written), pc.utf8_trim_whitespace(cells)
    return pc.fill_null(pc.equal(written, cells), False)


def _sample(cells: pa.Array) -> pa.Array:
    """Some cells from everywhere, and some more of those with a sign, which may be rare."""
    signed = np.flatnonzero(pc.match_substring_regex(cells, r"[-−–+(]").to_numpy(zero_copy_only=False))
    rows = np.arange(len(cells))
    picked = [part[:: -(-len(part) // _SAMPLE) or 1] for part in (rows, signed)]
    return cells.take(pa.array(np.unique(np.concatenate(picked))))


def _candidates(looks: list[re.Match[str]]) -> Iterator[Notation]:
    """Notations to try, the more usual first: of two that fit alike, the first is taken."""
    before, after = _around(looks)
    looks = [look for look in looks if (look["before"], look["after"]) == (before, after)]
    signs = [sign for sign in map(_sign, looks) if sign]
    negative = _most_frequent(sign for sign in signs if "+" not in sign) if signs else ""
    positive = _most_frequent(sign for sign in signs if "+" in sign) if signs else ""
    basis = Notation(before, after, False, CellStyle(), negative=negative or "B-#A", positive=positive or "B#A")  # type: ignore[arg-type]
    basis = _padded(basis, looks)
    for marks in _marks("".join(look["digits"] for look in looks)):
        notation = replace(basis, **marks)
        for style in _styles(looks, notation.decimal):
            yield replace(notation, style=style)


def _around(looks: list[re.Match[str]]) -> tuple[str, str]:
    """What stands around most numbers; words around whole numbers only where there is nothing else."""
    counts = Counter((look["before"], look["after"]) for look in looks)
    known = {pair for pair in counts if is_known(*pair)}
    known |= {(look["before"], look["after"]) for look in looks if not look["digits"].isdecimal()}
    return max(known or counts, key=lambda pair: counts[pair])


def _padded(notation: Notation, looks: list[re.Match[str]]) -> Notation:
    """Keep spaces around numbers: always the same, where a sign would stand, or as many as make a width."""
    pads, ends = (Counter(look[key] for look in looks) for key in ("pad", "end"))
    lengths = {len(look[0]) for look in looks}
    if len(pads) > 1 and len(lengths) == 1 and len(ends) == 1 and min(lengths) <= _WIDEST:
        return replace(notation, width=min(lengths))
    (pad, n_pads), (end, n_ends) = pads.most_common(1)[0], ends.most_common(1)[0]
    if n_pads >= _USUAL * len(looks) and len(pad) <= _WIDEST:
        notation = replace(notation, before=pad + notation.before)
    signed = {look["end"] for look in looks if _sign(look)}
    if notation.negative.rstrip("A")[-1] in "-)" and signed == {""} and " " in ends and len(ends) == 2:
        return replace(notation, positive="B#A ")
    return replace(notation, after=notation.after + end) if n_ends >= _USUAL * len(looks) else notation


def _sign(look: re.Match[str]) -> str:
    """Where the sign of a number stands; nothing where it has none."""
    lead, inner, tail, last = (look[key] for key in ("lead", "inner", "tail", "last"))
    if lead == "(" and tail and not (look["after"] and look["before"]):  # what is not there may stand anywhere
        lead, inner, tail, last = ("(", "", "", ")") if not look["after"] else ("", "(", ")", "")
    form = f"{lead}B{inner}#{tail}A{last}"
    return form if form in SIGNS and form != "B#A" else ""


def _marks(digits: str) -> Iterator[dict[str, Any]]:
    """Decimal mark and what parts thousands, of what stands between digits."""
    found = [group for group in GROUPS if group in digits]
    yield {}
    for decimal in ".,":
        if decimal == "," and decimal in found:
            yield {"decimal": ",", "group": "."}
        for group in found:
            if group != decimal:
                yield {"decimal": decimal, "thousands": True, "group": group}
                yield {"decimal": decimal, "thousands": True, "group": group, "indian": True}


def _styles(looks: list[re.Match[str]], decimal: str) -> Iterator[CellStyle]:
    """How decimals may be written: as many as it takes, always as many, or with an exponent."""
    zero = not any(look["digits"].startswith(decimal) for look in looks)
    yield CellStyle(point=False, zero=zero)
    places = Counter(len(look["digits"].rpartition(decimal)[2]) for look in looks if decimal in look["digits"])
    if not places:
        return
    decimals = places.most_common(1)[0][0]
    exponent = _most_frequent(look["exponent"][:1] for look in looks)
    if 1 <= decimals <= 15:
        yield CellStyle(decimals=decimals, exponent=exponent, zero=zero)  # type: ignore[arg-type]
    yield CellStyle(zero=zero)


def _most_frequent(words: Iterator[str]) -> str:
    found = Counter(words).most_common(1)
    return found[0][0] if found else ""
