"""The search for what a code holds of other columns: candidates on a few rows, then all rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.agreement import agrees, codes_of, evidence
from synthdiff.codecs.categorical import CategoricalCodec
from synthdiff.codecs.column import ColumnCodec, IntArray
from synthdiff.codecs.composed.view import (
    FORMATS,
    MAX_LEVELS,
    SEPARATOR,
    TEXT,
    LevelView,
    MomentView,
    TextView,
    View,
    has_text,
    level_text,
    plain_text,
)
from synthdiff.codecs.personal.codec import DisguisedCodec

EVIDENCE = 40.0
"""Nats by which a match must be less likely by chance than not."""
SCREEN_ROWS = 60
MAX_WORDS, MAX_CUT, _CUT = 4, 8, 3
_LEVELS = ("categorical", "boolean")


class Match(NamedTuple):
    """Where a code holds what of another column.

    Attributes
    ----------
    field : int
        Which field between separators.
    begin, end : int
        Which characters of it; 0 and 0 for a whole field of any width.
    source : str
        The other column.
    view : View
        What it holds.
    """

    field: int
    begin: int
    end: int
    source: str
    view: View


@dataclass(frozen=True, eq=False)
class Source:
    """Another column, beside n distinct codes.

    Attributes
    ----------
    name : str
    codec : ColumnCodec
    cells : pa.Array
        Its real cells.
    shown : pa.Array
        Cells that may be stored: made-up ones in place of personal data.
    """

    name: str
    codec: ColumnCodec
    cells: pa.Array
    shown: pa.Array

    @cached_property
    def codes(self) -> IntArray:
        """Which level each row has; null is one."""
        return codes_of(pa.chunked_array([self.shown]))

    def take(self, rows: IntArray) -> Source:
        """Some of the rows."""
        at = pa.array(rows)
        return replace(self, cells=self.cells.take(at), shown=self.shown.take(at))

    def views(self, row: int, width: int) -> Iterator[tuple[View, str]]:
        """What may be in a code of it, and how that is written in one row; numbers as wide as a field, too."""
        cell = self.cells.slice(row, 1)
        if self.codec.kind in ("date", "datetime"):
            for view in _MOMENTS:
                yield from ((view, text) for text in view.texts(cell, self.codec).to_pylist() if text)
        elif has_text(self.cells.type) and self.codec.kind != "numeric":
            text = plain_text(cell)[0].as_py()
            # What levels determine is looked up; short texts of made-up levels are not those of the real ones.
            least = (
                1 if not isinstance(self.codec, CategoricalCodec) or isinstance(self.codec, DisguisedCodec) else _CUT
            )
            yield from _text_views(text, width, least) if text else ()


def _text_views(text: str, width: int, least: int) -> Iterator[tuple[View, str]]:
    words = re.split(SEPARATOR, text)
    if text.isdigit() and len(text) < width:
        yield TextView(pad=width), text.zfill(width)
    for word, own in [(-1, text), *(enumerate(words[:MAX_WORDS]) if len(words) > 1 else ())]:
        for cut in (0, *(sign * n for n in range(min(MAX_CUT, len(own) - 1), least - 1, -1) for sign in (1, -1))):
            part = own[:cut] if cut > 0 else own[cut:]
            for case, changed in (("", part), ("upper", part.upper()), ("lower", part.lower())):
                if changed and (not case or changed != part):
                    yield TextView(word, cut, case), changed


def find_matches(fields: Sequence[pa.Array], sources: Sequence[Source]) -> list[Match]:
    """Find what codes hold of other columns.

    Parameters
    ----------
    fields : sequence of pa.Array
        The fields of n distinct codes.
    sources : sequence of Source
        The other columns.

    Returns
    -------
    list of Match
        In the order of the code; none overlap, and each holds in all rows.
    """
    out: list[Match] = []
    least = EVIDENCE + 2 * np.log(max(len(sources) * len(fields), 1))
    for number, field in enumerate(fields):
        lengths = pc.min_max(pc.utf8_length(field)).as_py()
        width = int(lengths["max"]) if lengths["max"] == lengths["min"] else 0
        found = [match for source in sources for match in _written(number, field, width, source, least)]
        found.sort(key=lambda match: (-(match.end - match.begin or 999), not isinstance(match.view, MomentView)))
        chosen: list[Match] = []
        for match in found:
            if all(match.end <= other.begin or other.end <= match.begin for other in chosen) and not _whole(chosen):
                chosen.append(match)
        if not _whole(chosen):
            chosen += _looked_up(number, field, width, sources, least, chosen)
        out += _merged(sorted(chosen, key=lambda match: match.begin))
    return out


def _whole(chosen: Sequence[Match]) -> bool:
    return any(match.end == 0 for match in chosen)


def _written(number: int, field: pa.Array, width: int, source: Source, least: float) -> Iterator[Match]:
    """Where a field holds text or dates of a source, in all rows that have one."""
    present = np.flatnonzero(source.cells.is_valid().to_numpy(zero_copy_only=False))
    if len(present) < 2:
        return
    some = present[:: max(len(present) // SCREEN_ROWS, 1)]
    real = field.take(pa.array(some)).to_pylist()
    cells, tried = source.cells.take(pa.array(some)), set[tuple[View, int, int]]()
    for row in (0, len(some) // 2):
        for view, text in source.views(int(some[row]), width):
            for begin, end in _places(real[row], text, width):
                if (view, begin, end) in tried:
                    continue
                tried.add((view, begin, end))
                seen = view.texts(cells, source.codec).to_pylist() if _fits(real, begin, end) else []
                if seen == [part[begin : end or None] for part in real] and _holds(
                    field, source, view, begin, end, least
                ):
                    yield Match(number, begin, end, source.name, view)
        return


def _places(field: str, text: str, width: int) -> Iterator[tuple[int, int]]:
    """Where a text is in a field: all of it, or some characters where fields are of one width."""
    if text == field:
        yield (0, width)
    elif width:
        at = field.find(text)
        while at >= 0:
            yield at, at + len(text)
            at = field.find(text, at + 1)


def _fits(real: Sequence[str], begin: int, end: int) -> bool:
    return len({part[begin : end or None] for part in real}) > 1


def _holds(field: pa.Array, source: Source, view: View, begin: int, end: int, least: float) -> bool:
    """Look at all rows in which the source is not missing; what is found must vary enough to exclude chance."""
    texts = view.texts(source.cells, source.codec)
    own = pc.utf8_slice_codeunits(field, begin, end or None)
    if pc.all(pc.equal(own, texts)).as_py() is not True:
        return False
    return evidence(0, codes_of(pa.chunked_array([own]))) >= least


def _looked_up(
    number: int, field: pa.Array, width: int, sources: Sequence[Source], least: float, taken: Sequence[Match]
) -> Iterator[Match]:
    """Characters of a field, or a field of any width, that levels determine."""
    if not width:
        codes = codes_of(pa.chunked_array([field]))
        source = _determining(codes, sources, least)
        if source is not None:
            yield Match(number, 0, 0, source.name, _levels(source, field))
        return
    free = [at for at in range(width) if not any(match.begin <= at < match.end for match in taken)]
    owners: dict[int, Source] = {}
    for at in free:
        codes = codes_of(pa.chunked_array([pc.utf8_slice_codeunits(field, at, at + 1)]))
        source = _determining(codes, sources, least) if codes.any() else None
        if source is not None:
            owners[at] = source
    begins = [at for at in owners if owners.get(at - 1) is not owners[at]]
    for begin in begins:
        end = begin
        while owners.get(end) is owners[begin]:
            end += 1
        source = owners[begin]
        yield Match(number, begin, end, source.name, _levels(source, pc.utf8_slice_codeunits(field, begin, end)))


def _determining(codes: IntArray, sources: Sequence[Source], least: float) -> Source | None:
    """The column with the fewest levels that determines what a field holds."""
    best, fewest = None, MAX_LEVELS
    for source in sources:
        if source.codec.kind not in _LEVELS or not codes.any():
            continue
        n_levels = int(source.codes.max(initial=-1)) + 1
        if n_levels < fewest and evidence(n_levels, codes) >= least and agrees(source.codes, n_levels, codes):
            best, fewest = source, n_levels
    return best


def _levels(source: Source, texts: pa.Array) -> LevelView:
    """What goes with each level."""
    present = source.shown.is_valid()
    levels = level_text(source.shown).filter(present)
    known = pc.unique(levels)
    at = pc.index_in(known, value_set=levels)
    return LevelView(known.to_pylist(), texts.filter(present).take(at).cast(TEXT).to_pylist())


def _merged(matches: Sequence[Match]) -> list[Match]:
    """Join parts of one date that stand beside each other."""
    out: list[Match] = []
    for match in matches:
        last = out[-1] if out else None
        if (
            last is not None
            and isinstance(match.view, MomentView)
            and isinstance(last.view, MomentView)
            and (last.source, last.end, last.view.case) == (match.source, match.begin, match.view.case)
        ):
            view = MomentView(last.view.form + match.view.form, match.view.case)
            out[-1] = last._replace(end=match.end, view=view)
        else:
            out.append(match)
    return out


_MOMENTS = [MomentView(form) for form in FORMATS] + [
    MomentView(form, case) for form in ("%b", "%B") for case in ("upper", "lower")
]
