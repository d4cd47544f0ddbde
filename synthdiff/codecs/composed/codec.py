# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Identifiers of which a part follows from other columns; the rest is made up anew, distinct under each part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field, PlainValidator

from synthdiff.codecs.agreement import codes_of, first_rows
from synthdiff.codecs.codes.check import CHECKS, ByteArray
from synthdiff.codecs.codes.code import Code
from synthdiff.codecs.codes.part import Column
from synthdiff.codecs.codes.shape import as_letters
from synthdiff.codecs.codes.shuffle import MOST, WordArray
from synthdiff.codecs.codes.text_counter import TextCounter
from synthdiff.codecs.codes.whole import holds_whole, write_text
from synthdiff.codecs.column import BoolArray, Claim, ColumnCodec, ColumnFacts, FreeCodec, is_text, plain_values
from synthdiff.codecs.composed.layout import MAX_FIELDS, Piece, Separators, insert, join, split
from synthdiff.codecs.composed.view import TEXT
from synthdiff.codecs.identifier import form_word, read_form
from synthdiff.codecs.numbering import CHUNK
from synthdiff.data.schema import ColumnSchema
from synthdiff.errors import SchemaError
from synthdiff.record import Count, Line, Share, as_tuple, read_as, require

_TRIES = 8
_Piece = Annotated[Piece, read_as(Piece)]


def _read_rest(data: Any) -> TextCounter | Code | None:
    form = None if data is None else read_form(data)
    if form is None or isinstance(form, TextCounter | Code):
        return form
    raise ValueError("the rest of a code is no address")


@dataclass(frozen=True, eq=False)
class ComposedCodec(FreeCodec):
    """Identifiers of which parts follow from other columns.

    Attributes
    ----------
    separators : str
        What stands between the fields of a code.
    pieces : tuple of Piece
        What follows from other columns, in the order of the code.
    rest : TextCounter, Code or None
        What is left without the pieces; None where that is the same in all codes.
    fixed : str
        What is left where it is the same in all codes.
    check_name : str
        The check that codes pass, or nothing.
    checked : tuple of int
        The characters that it is computed from, its own included.
    own : tuple of int
        Its own characters, which neither pieces nor the rest hold.
    width : int
        Characters of all codes; 0 where they have no check.
    most : int
        Codes with the same pieces that a chunk of rows may have; where those are all, no two have the same rest.
    n_codes : int
        Distinct codes that a chunk of rows may have: fewer than rows where rows share them.
    is_apart : bool
        Whether rows of other chunks have other pieces.
    is_spread : bool
        Whether the rest begins anywhere, as the pieces say; it counts on where it does not.
    missing : float
        Share of missing cells in the real column.
    is_missing_too : bool
        Whether codes are missing in all rows in which another column is that they are made of.
    n_real : int
        Distinct real identifiers.
    """

    word: ClassVar[str] = "composed"
    kind: ClassVar[str] = "identifier"

    separators: Separators
    pieces: Annotated[tuple[_Piece, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=4 * MAX_FIELDS)]
    rest: Annotated[TextCounter | Code | None, PlainValidator(_read_rest)]
    fixed: Line
    check_name: Annotated[str, Field(max_length=32)]
    checked: Annotated[tuple[Column, ...], BeforeValidator(as_tuple), Field(max_length=256)]
    own: Annotated[tuple[Column, ...], BeforeValidator(as_tuple), Field(max_length=2)]
    width: Annotated[int, Field(ge=0, le=256)]
    most: Annotated[int, Field(ge=1, le=CHUNK)]
    is_apart: bool
    is_spread: bool
    missing: Share
    n_real: Count = 0
    n_codes: Annotated[int, Field(ge=1, le=CHUNK)] = CHUNK
    is_missing_too: bool = False

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return is_text(dtype) or holds_whole(dtype)

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        return Claim(False, "what follows from other columns is seen beside them alone")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        raise SchemaError(f"column {column.name!r}: parts of codes are found beside other columns", column=column.name)

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that pieces follow from."""
        return tuple(dict.fromkeys(piece.source for piece in self.pieces))

    @property
    def null_rate(self) -> float:
        return self.missing

    @property
    def room(self) -> int | None:
        if self.rest is None or self.is_apart:
            return None
        rooms = self.rest.room // self._tries
        return rooms * CHUNK // self.most

    @property
    def notes(self) -> tuple[str, ...]:
        words = f"column {self.name!r} follows from {' and '.join(self.sources)}"
        if self.rest is None:
            return (f"{words}, as a whole: rows that agree there have the same one",)
        if self.room is None or self.room >= 10 * self.n_real:
            return ()
        return (f"{words} in part, and its format has room for {self.room:,} rows beside that; more are refused",)

    @cached_property
    def _tries(self) -> int:
        return _TRIES if self.check_name and CHECKS[self.check_name].is_partial else 1

    def describe(self) -> list[str]:
        """Say in words what the code holds of other columns, a sentence each."""
        return list(dict.fromkeys(f"{self.name} holds {piece.describe()}" for piece in self.pieces))

    def generate(self, start: int, n: int, rng: np.random.Generator, present: BoolArray | None = None) -> pa.Array:
        """Tell rows apart, until `compose` writes what they hold."""
        present = rng.random(n) >= self.missing if present is None else present
        numbers = pa.array(np.arange(start, start + n), mask=~present)
        return numbers.cast(TEXT).cast(self.type) if is_text(self.type) else write_text(numbers, present, self.type)

    def compose(
        self, table: pa.Table, codecs: Mapping[str, ColumnCodec], start: int, rng: np.random.Generator
    ) -> pa.Array:
        """Write the codes of rows whose other columns are final.

        Parameters
        ----------
        table : pa.Table
            The rows; which codes are missing, and which rows share one, stays.
        codecs : mapping of str to ColumnCodec
            Of all columns.
        start : int
            Position of the first row within the whole sample.
        rng : np.random.Generator
            Draws pieces whose other column is missing.
        """
        cells = table.column(self.name)
        codes = codes_of(cells)
        first = first_rows(codes, int(codes.max(initial=-1)) + 1)
        texts = self.piece_texts(table.take(pa.array(first)), codecs)
        present = cells.is_valid().to_numpy()
        if self.is_missing_too:
            lacks = np.any([text.is_null().to_numpy(zero_copy_only=False) for text in texts], axis=0)
            present = present & ~lacks[codes]
        texts = [_filled(text, rng) for text in texts]
        written = self.assemble(texts, start // CHUNK, rng).take(pa.array(codes))
        if is_text(self.type):
            return pc.if_else(pa.array(present), written, pa.scalar(None, TEXT)).cast(self.type)
        return write_text(written, present, self.type)

    def piece_texts(self, table: pa.Table, codecs: Mapping[str, ColumnCodec]) -> list[pa.Array]:
        """What each piece holds in each row; null where the other column is missing."""
        plain = {name: plain_values(table.column(name)).combine_chunks() for name in self.sources}
        return [piece.view.texts(plain[piece.source], codecs[piece.source]) for piece in self.pieces]

    def assemble(self, texts: Sequence[pa.Array], block: int, rng: np.random.Generator) -> pa.Array:
        """Make codes of pieces, and of a rest that is new under the same pieces.

        Parameters
        ----------
        texts : sequence of pa.Array
            Of each piece, n texts without nulls.
        block : int
            Number of the chunk.
        rng : np.random.Generator
        """
        n = len(texts[0])
        if self.rest is None:
            return self._checked(self._joined(pa.array([self.fixed] * n, TEXT), texts))[0]
        rows = self._numbers(texts, block)
        out, open_rows = pa.array([""] * n, TEXT), np.arange(n)
        for attempt in range(self._tries):
            rest = self._write_rest(rows[open_rows] * np.uint64(self._tries) + np.uint64(attempt), rng)
            codes = self._joined(rest, [text.take(pa.array(open_rows)) for text in texts])
            codes, passes = self._checked(codes)
            place = np.arange(n)
            place[open_rows] = n + np.arange(len(open_rows))
            out = pa.concat_arrays([out, codes]).take(pa.array(place))
            open_rows = open_rows[~passes]
            if not len(open_rows):
                break
        return out

    def _numbers(self, texts: Sequence[pa.Array], block: int) -> WordArray:
        """Number the rows of a chunk so that those with the same pieces differ, over all chunks."""
        assert self.rest is not None
        if self.is_apart:
            return ranks(texts)
        is_each = self.most == self.n_codes
        own = np.arange(len(texts[0]), dtype=np.uint64) if is_each else ranks(texts).clip(max=self.most - 1)
        rows = own + np.uint64(block * self.most)
        if self.is_spread:
            # Those that no real code has come first, as without pieces.
            fresh = self.rest.fresh // self._tries
            place, is_fresh = _hash(texts), rows < np.uint64(fresh)
            others = max(self.rest.room // self._tries - fresh, 1)
            rows = np.where(
                is_fresh,
                (rows + place % np.uint64(max(fresh, 1))) % np.uint64(max(fresh, 1)),
                np.uint64(fresh) + (rows - np.uint64(fresh) + place % np.uint64(others)) % np.uint64(others),
            )
        return rows

    def _write_rest(self, rows: WordArray, rng: np.random.Generator) -> pa.Array:
        assert self.rest is not None
        wanted, at = np.unique(rows.clip(max=min(self.rest.room, MOST) - 1), return_inverse=True)
        return self.rest.write(wanted, rng).take(pa.array(at)).cast(TEXT)

    def _joined(self, rest: pa.Array, texts: Sequence[pa.Array]) -> pa.Array:
        fields = split(rest, self.separators)
        for number in {piece.field for piece in self.pieces}:
            here = [at for at, piece in enumerate(self.pieces) if piece.field == number]
            fields[number] = insert(fields[number], [self.pieces[at].at for at in here], [texts[at] for at in here])
        return join(fields, self.separators)

    def _checked(self, codes: pa.Array) -> tuple[pa.Array, BoolArray]:
        """Put check characters in, and say which codes have them."""
        if not self.check_name:
            return codes, np.ones(len(codes), np.bool_)
        holes = [pa.array(["0"] * len(codes), TEXT)] * len(self.own)
        whole = insert(codes, [at - k for k, at in enumerate(self.own)], holes)
        fits = pc.equal(pc.binary_length(whole), self.width)
        letters = as_letters(pc.if_else(fits, whole, pa.scalar("0" * self.width, TEXT)), self.width).copy()
        body = letters[:, self.checked]
        passes = CHECKS[self.check_name].write(body)
        letters[:, self.checked] = body
        return pc.if_else(fits, _as_texts(letters), whole), passes

    def to_dict(self) -> dict[str, Any]:
        rest = None if self.rest is None else {"form": form_word(self.rest), **self.rest.to_dict()}
        return {
            **self.head(),
            "separators": self.separators,
            "pieces": [piece.to_dict() for piece in self.pieces],
            "rest": rest,
            "fixed": self.fixed,
            "check_name": self.check_name,
            "checked": list(self.checked),
            "own": list(self.own),
            "width": self.width,
            "most": self.most,
            "n_codes": self.n_codes,
            "is_apart": self.is_apart,
            "is_spread": self.is_spread,
            "missing": self.missing,
            "n_real": self.n_real,
            **({"is_missing_too": True} if self.is_missing_too else {}),
        }

    def check(self) -> None:
        super().check()
        require(self.most <= self.n_codes, "more codes have the same pieces than there are")
        require(self.name not in self.sources, "a code cannot follow from itself")
        require(all(piece.field <= len(self.separators) for piece in self.pieces), "a piece lies outside the code")
        places = [(piece.field, piece.at) for piece in self.pieces]
        require(places == sorted(places), "pieces must come in the order of the code")
        require(not self.check_name or self.check_name in CHECKS, "the check does not exist")
        if self.check_name:
            require(max(self.checked, default=-1) < self.width, "the check lies outside the code")
            at = [self.checked[k] for k in CHECKS[self.check_name].at] if self.checked else []
            require(sorted(at) == list(self.own), "check characters are at other places")
            require(len(self.checked) in CHECKS[self.check_name].lengths, "the check is of other lengths")


def _hash(texts: Sequence[pa.Array]) -> WordArray:
    """A number for each combination of texts, the same for everybody, (n,) uint64."""
    keys = combined(texts).dictionary_encode()
    texts_once = keys.dictionary.to_pylist()
    words = np.array([int.from_bytes(sha256(text.encode()).digest()[:8], "big") for text in texts_once], np.uint64)
    return np.asarray(words[keys.indices.to_numpy()])


def combined(texts: Sequence[pa.Array]) -> pa.Array:
    """Texts that stand for combinations of texts without nulls, (n,) large_string."""
    return pc.binary_join_element_wise(*texts, pa.scalar("\x1f", TEXT)) if len(texts) > 1 else texts[0]


def ranks(texts: Sequence[pa.Array]) -> WordArray:
    """Count the rows before each one that have the same texts, (n,) uint64."""
    codes = combined(texts).dictionary_encode().indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    begins = np.flatnonzero(np.diff(codes[order], prepend=-1))
    out = np.empty(len(codes), np.uint64)
    sizes = np.diff(np.append(begins, len(codes)))
    out[order] = (np.arange(len(codes)) - np.repeat(begins, sizes)).astype(np.uint64)
    return out


def _as_texts(letters: ByteArray) -> pa.Array:
    n, width = letters.shape
    offsets = pa.py_buffer(np.arange(n + 1, dtype=np.int64) * width)
    return pa.LargeStringArray.from_buffers(n, offsets, pa.py_buffer(letters.tobytes()))


def _filled(texts: pa.Array, rng: np.random.Generator) -> pa.Array:
    """Texts of other rows where they are missing."""
    if not texts.null_count:
        return texts
    known = texts.drop_null()
    known = known if len(known) else pa.array(["0"], TEXT)
    return pc.if_else(texts.is_valid(), texts, known.take(pa.array(rng.integers(len(known), size=len(texts)))))
