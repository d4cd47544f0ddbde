"""Identifiers as codes that are composed, where parts of them follow from other columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from synthdiff.codecs.agreement import agrees, codes_of, first_rows
from synthdiff.codecs.codes.code import Code
from synthdiff.codecs.codes.sequence import Sequence as Numbers
from synthdiff.codecs.codes.sequence import Stretch
from synthdiff.codecs.codes.shape import as_letters, look_for_check
from synthdiff.codecs.codes.text_counter import TextCounter
from synthdiff.codecs.codes.whole import read_text, whole_range
from synthdiff.codecs.column import ColumnCodec, FreeCodec, IntArray, is_text, plain_values
from synthdiff.codecs.composed.codec import ComposedCodec, combined
from synthdiff.codecs.composed.find import Match, Source, find_matches
from synthdiff.codecs.composed.layout import Piece, find_separators, join, split
from synthdiff.codecs.composed.view import TEXT
from synthdiff.codecs.identifier import NumberIdentifierCodec, TextIdentifierCodec, find_form
from synthdiff.codecs.numbering import CHUNK
from synthdiff.codecs.text import TextCodec

MIN_CODES = 30
_SLACK, _SPARE = 2, 16
_COUNTED = 3
_SCREENED = 4_000
_AMPLE, _LARGE = 20, 10**6


class _CheckOf(NamedTuple):
    """The check of codes, as a `ComposedCodec` has it: its name, its characters, its own among them, and the width."""

    name: str
    checked: tuple[int, ...]
    own: tuple[int, ...]
    width: int


def compose_codes(
    table: pa.Table, shown: pa.Table, codecs: Mapping[str, ColumnCodec], most: Mapping[str, int]
) -> dict[str, ColumnCodec]:
    """Let identifiers follow from other columns in part, where they do so in all rows.

    Parameters
    ----------
    table : pa.Table
        The real rows.
    shown : pa.Table
        The same with made-up cells in place of personal ones.
    codecs : mapping of str to ColumnCodec
        Of all columns.
    most : mapping of str to int
        Of columns whose codes rows share, how many distinct ones a chunk of rows has at most.
    """
    out = dict(codecs)
    for name, codec in codecs.items():
        if isinstance(codec, NumberIdentifierCodec | TextIdentifierCodec):
            above = {other for other in out if name in _all_sources(other, out)}
            found = _compose(table, shown, codec, {key: one for key, one in out.items() if key not in above})
            if found is not None:
                found = replace(found, is_missing_too=_is_missing_with(table, found))
                out[name] = _kept(codec, _shared(found, most.get(name, CHUNK)))
    return out


def _kept(codec: NumberIdentifierCodec | TextIdentifierCodec, found: ComposedCodec) -> ColumnCodec:
    """What was found, where it has room for as many codes as the real ones; otherwise the codec says what it lacks."""
    has_room = found.room is None or found.room >= found.n_real
    return found if has_room else replace(codec, lacks=tuple(found.describe()))


def _is_missing_with(table: pa.Table, codec: ComposedCodec) -> bool:
    """Whether codes that are other columns as a whole are missing wherever one of these is."""
    if codec.rest is not None:
        return False
    lacks = np.any([table.column(name).is_null().to_numpy() for name in codec.sources], axis=0)
    return bool(lacks.any() and not table.column(codec.name).is_valid().to_numpy()[lacks].any())


def _all_sources(name: str, codecs: Mapping[str, ColumnCodec]) -> set[str]:
    """A column and all that it follows from."""
    seen, left = set[str](), [name]
    while left:
        one = left.pop()
        codec = codecs[one]
        if one not in seen:
            seen.add(one)
            left += codec.sources if isinstance(codec, ComposedCodec) else ()
    return seen


def _compose(
    table: pa.Table,
    shown: pa.Table,
    codec: NumberIdentifierCodec | TextIdentifierCodec,
    others: Mapping[str, ColumnCodec],
) -> ComposedCodec | None:
    """Find what one column of identifiers holds of others; None where it holds nothing, or nothing that can be kept."""
    column = table.column(codec.name)
    codes = codes_of(column)
    first = first_rows(codes, int(codes.max(initial=-1)) + 1)
    known = column.is_valid().to_numpy()
    first, coded = first[known[first]], codes[known]
    cells = _as_text(plain_values(column.take(pa.array(first))))
    if len(cells) < MIN_CODES or not _may_hold(cells, codec.type):
        return None
    sources = [
        Source(name, other, _cells(table, name, first), _cells(shown, name, first))
        for name, other in others.items()
        if not (isinstance(other, FreeCodec) and other.room is None and isinstance(other, TextCodec))
        and other.kind not in ("constant", "empty")
        and (len(first) == len(coded) or _agree(coded, codes_of(table.column(name))[known]))
    ]
    # What some codes do not hold, all do not.
    some = np.arange(0, len(cells), -(-len(cells) // _SCREENED))
    seen = _held(cells.take(pa.array(some)), [source.take(some) for source in sources])
    held = [source for source in sources if source.name in seen]
    return _build(cells, held, codec) if held else None


def _held(cells: pa.Array, sources: Sequence[Source]) -> set[str]:
    """Names of the sources that codes hold something of."""
    bare, _, separators = _bare(cells)
    return {match.source for match in find_matches(split(bare, separators), sources)}


def _bare(cells: pa.Array) -> tuple[pa.Array, _CheckOf, str]:
    """Codes without their check characters, what those are, and what separates fields."""
    check = _check_of(cells)
    bare = _without(cells, [(at, at + 1) for at in check.own])
    return bare, check, find_separators(bare)


def _build(
    cells: pa.Array, sources: Sequence[Source], codec: NumberIdentifierCodec | TextIdentifierCodec
) -> ComposedCodec | None:
    """Compose a code of what it holds; where that is all of it, a column that counts is left to be counted anew."""
    bare, check, separators = _bare(cells)
    fields = split(bare, separators)
    matches = find_matches(fields, sources)
    found = _of(matches, fields, separators, check, codec, sources)
    if found is not None and found.rest is None:
        counter = _counting(found, sources)
        left = [match for match in matches if match.source != counter]
        counted = _of(left, fields, separators, check, codec, sources) if counter else None
        return found if counted is None or counted.rest is None else counted
    return found


def _of(
    matches: Sequence[Match],
    fields: Sequence[pa.Array],
    separators: str,
    check: _CheckOf,
    codec: NumberIdentifierCodec | TextIdentifierCodec,
    sources: Sequence[Source],
) -> ComposedCodec | None:
    if not matches:
        return None
    pieces = tuple(Piece(m.source, m.field, m.begin - _before(m, matches), m.end - m.begin, m.view) for m in matches)
    left = list(fields)
    for number in {match.field for match in matches}:
        cuts = [(match.begin, match.end or None) for match in matches if match.field == number]
        left[number] = _without(fields[number], cuts)
    rests = pc.unique(join(left, separators))
    form = find_form(rests) if len(rests) > 1 else None
    rest = form if isinstance(form, TextCounter | Code) else None
    if rest is None and len(rests) > 1:
        return None
    composed = ComposedCodec(
        name=codec.name,
        type=codec.type,
        separators=separators,
        pieces=pieces,
        rest=rest,
        fixed=str(rests[0].as_py()) if rest is None else "",
        check_name=check.name,
        checked=check.checked,
        own=check.own,
        width=check.width,
        most=CHUNK,
        is_apart=False,
        is_spread=False,
        missing=codec.missing,
        n_real=codec.n_real,
    )
    return _sized(composed, sources, len(rests))


def _counting(codec: ComposedCodec, sources: Sequence[Source]) -> str:
    """The column that counts the codes that agree in all others: the lines of an order."""
    named = {source.name: source for source in sources}
    for name in codec.sources:
        if named[name].codec.kind == "integer" and len(codec.sources) > 1:
            others = [
                piece.view.texts(named[o].cells, named[o].codec)
                for piece in codec.pieces
                if (o := piece.source) != name
            ]
            counts = np.bincount(_keys(others))
            numbers = pc.min_max(named[name].cells.cast(pa.float64())).as_py()
            if numbers["min"] in (0, 1) and numbers["max"] == counts.max() - 1 + numbers["min"]:
                return name
    return ""


def _sized(codec: ComposedCodec, sources: Sequence[Source], n_rests: int) -> ComposedCodec | None:
    """Say how many codes may share their pieces; None where nothing would tell them apart."""
    named = {source.name: source for source in sources if source.name in codec.sources}
    free = [source for source in named.values() if isinstance(source.codec, FreeCodec) and source.codec.room]
    if codec.rest is None:
        return codec if free or len(named) > 1 else None
    own = _keys(_texts(codec.pieces, named))
    if any(agrees(own, int(own.max()) + 1, source.codes) for source in free):
        return replace(codec, is_apart=True, rest=_from_the_start(codec.rest))
    if (n_rests == len(own) and codec.rest.room >= _AMPLE * len(own)) or codec.rest.room >= _LARGE * CHUNK:
        return codec
    largest = int(np.bincount(own).max())
    most = min(CHUNK, ceil(_SLACK * CHUNK * largest / len(own)) + _SPARE)
    is_single = isinstance(codec.rest, TextCounter) or len(codec.rest.forms) == 1
    return replace(codec, most=most, is_spread=is_single and n_rests > _COUNTED * largest)


def _shared(codec: ComposedCodec, n_codes: int) -> ComposedCodec:
    """Let a chunk of rows have no more than some number of distinct codes."""
    if codec.most == codec.n_codes:
        return replace(codec, most=n_codes, n_codes=n_codes)
    most = min(n_codes, ceil((codec.most - _SPARE) * n_codes / codec.n_codes) + _SPARE)
    return replace(codec, most=most, n_codes=n_codes)


def _from_the_start(rest: TextCounter | Code) -> TextCounter | Code:
    """Count from the lowest number on, whether real codes have it or not."""
    if not isinstance(rest, TextCounter):
        return rest
    size = rest.counter.sequence.size
    return replace(rest, counter=replace(rest.counter, sequence=Numbers(size, (Stretch(0, size),))))


def _check_of(cells: pa.Array) -> _CheckOf:
    """Find the check that all codes of one width pass."""
    lengths = pc.min_max(pc.binary_length(cells)).as_py()
    is_code = pc.all(pc.match_substring_regex(cells, "^[ -~]{4,256}$")).as_py()
    if lengths["min"] == lengths["max"] and is_code:
        name, checked, own = look_for_check(as_letters(cells, lengths["max"]))
        if name:
            return _CheckOf(name, checked, tuple(sorted(own)), int(lengths["max"]))
    return _CheckOf("", (), (), 0)


def _agree(codes: IntArray, other: IntArray) -> bool:
    """Say whether codes, some of which may not occur, determine another column."""
    own = np.unique(codes, return_inverse=True)[1]
    return agrees(own, int(own.max(initial=-1)) + 1, other)


def _texts(pieces: Sequence[Piece], named: Mapping[str, Source]) -> list[pa.Array]:
    return [piece.view.texts(named[piece.source].cells, named[piece.source].codec) for piece in pieces]


def _keys(texts: Sequence[pa.Array]) -> IntArray:
    """Number the combinations of texts."""
    return codes_of(pa.chunked_array([combined([pc.fill_null(text, "") for text in texts])]))


def _before(match: Match, matches: Sequence[Match]) -> int:
    """Characters of the same field that other pieces take before one."""
    return sum(one.end - one.begin for one in matches if one.field == match.field and one.begin < match.begin)


def _without(texts: pa.Array, cuts: Sequence[tuple[int, int | None]]) -> pa.Array:
    """Cut characters out of texts; None as an end cuts all that follows."""
    parts, last = [], 0
    for begin, end in cuts:
        parts.append(pc.utf8_slice_codeunits(texts, last, begin))
        last = end if end is not None else 1 << 30
    parts.append(pc.utf8_slice_codeunits(texts, last))
    return pc.binary_join_element_wise(*parts, pa.scalar("", TEXT))


def _as_text(cells: pa.ChunkedArray) -> pa.Array:
    cells = cells.combine_chunks()
    return (cells if is_text(cells.type) else read_text(cells)).cast(TEXT)


def _may_hold(cells: pa.Array, dtype: pa.DataType) -> bool:
    """Say whether a column can hold all codes of that width: text, or numbers of up to 18 digits."""
    if is_text(dtype):
        return True
    digits = int(pc.max(pc.utf8_length(cells)).as_py())
    top = 10 ** min(dtype.precision, 38) - 1 if pt.is_decimal(dtype) else whole_range(dtype)[1]
    return 4 <= digits <= 18 and 10**digits - 1 <= top and pc.all(pc.match_substring_regex(cells, "^[0-9]+$")).as_py()


def _cells(table: pa.Table, name: str, rows: IntArray) -> pa.Array:
    return plain_values(table.column(name).take(pa.array(rows))).combine_chunks()
