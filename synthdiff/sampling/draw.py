"""Rows in any number: chunks of a fixed size, each from a seed of its own.

Row i depends on the model, the seed and its chunk alone: not on how many rows are asked for, how they are batched, or
which device draws them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import torch

from synthdiff.codecs.beside import write_beside
from synthdiff.codecs.column import BoolArray, FreeCodec, IntArray
from synthdiff.codecs.composed.codec import ComposedCodec
from synthdiff.codecs.numbering import CHUNK, Numbering
from synthdiff.codecs.room import check_room
from synthdiff.codecs.table import TableCodec
from synthdiff.constraints.groups import NO_GROUPS, Groups
from synthdiff.constraints.rules import NO_RULES, RuleSet
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.runtime import generator, spawn_seed
from synthdiff.sampling.heun import PositionSampler
from synthdiff.sampling.settle import settlement
from synthdiff.sampling.unmask import UnmaskSampler

DEFAULT_BATCH = 16 * CHUNK
MAX_AGAIN, SPARE = 3, 64
"""How often rows are drawn again that keep the rules nowhere near; and how many more than are needed."""


class RowSource:
    """A fitted model as a source of rows.

    Parameters
    ----------
    network : DenoiserEnsemble
    codec : TableCodec
    order : list of int
        Columns as they are revealed.
    precision : torch.dtype
        Of matrix products.
    positions : PositionSampler or None
        Draws positions within tokens; None leaves them uniform.
    rules : RuleSet
        What every row keeps.
    groups : Groups
        The keys that rows share.
    """

    def __init__(
        self,
        network: DenoiserEnsemble,
        codec: TableCodec,
        order: list[int],
        precision: torch.dtype,
        positions: PositionSampler | None = None,
        rules: RuleSet = NO_RULES,
        groups: Groups = NO_GROUPS,
    ) -> None:
        self.network, self.codec, self.order, self.rules, self.groups = network, codec, order, rules, groups
        self.cuts = groups.cuts(order, codec.learnt)
        self.free = {name for name, own in codec.codecs.items() if isinstance(own, FreeCodec)}
        settled = settlement(codec, order, rules, groups)
        self.sampler = UnmaskSampler(network, codec.alphabet, order, precision, positions, settled)

    def tables(self, n_rows: int, seed: int, batch_size: int | None = None) -> Iterator[pa.Table]:
        """Draw `n_rows` rows as tables of at most `batch_size` rows.

        Raises
        ------
        SamplingError
            A column cannot have that many distinct cells; nothing is drawn.
        """
        check_room(self.codec.codecs, n_rows, self.groups.most_keys(CHUNK))
        size = batch_size or DEFAULT_BATCH
        held: list[pa.Table] = []
        n_held = 0
        for start in range(0, n_rows, CHUNK):
            table = self.chunk(start, seed).slice(0, min(CHUNK, n_rows - start))
            held.append(table)
            n_held += len(table)
            if n_held >= size or start + CHUNK >= n_rows:
                joined = pa.concat_tables(held)
                whole = n_held if start + CHUNK >= n_rows else n_held // size * size
                for at in range(0, whole, size):
                    yield joined.slice(at, min(size, whole - at))
                held, n_held = [joined.slice(whole)], n_held - whole

    def chunk(self, start: int, seed: int) -> pa.Table:
        """Draw the whole chunk whose first row is `start`."""
        number = start // CHUNK
        heads = self.groups.heads(CHUNK, np.random.default_rng(spawn_seed(seed, "groups", number)))
        drawn = self._draw(CHUNK, start, heads, seed, number)
        for again in range(MAX_AGAIN):
            n_broken = drawn.n_broken
            if not n_broken:
                break
            n_rows = min(2 * n_broken + SPARE, CHUNK)
            spare = self._draw(n_rows, start, [np.arange(n_rows)] * len(self.groups), seed, number, again)
            rng = np.random.default_rng(spawn_seed(seed, "mend", number, again))
            drawn = self._mended(drawn, spare.table.filter(pa.array(spare.holds)), rng)
        return write_beside(self._filled(drawn).table, self.codec.codecs, start, spawn_seed(seed, "beside", number))

    def _draw(self, n_rows: int, start: int, heads: list[IntArray], seed: int, *number: int) -> _Drawn:
        """Draw rows in groups, and say in which of them all rules hold."""
        shared = dict(zip(self.cuts, heads, strict=True))
        values = self.sampler.draw(n_rows, generator(seed, "chunk", *number), shared=shared)
        rng, numberings = np.random.default_rng(spawn_seed(seed, "free", *number)), self._numberings(start, heads)
        own = self.codec.decode(values.cpu().numpy(), start, rng, numberings)
        rng = np.random.default_rng(spawn_seed(seed, "rules", *number))
        table, codecs = self.groups.copy(own, heads), self.codec.codecs
        for _ in range(2 if len(self.groups) else 1):
            # What heads have changed their rows take over; other columns follow from that once more.
            table = self.groups.copy(self.rules.apply(table, codecs, rng), heads)
        return _Drawn(table, self.rules.holds(table, codecs), heads)

    def _numberings(self, start: int, heads: list[IntArray]) -> dict[str, Numbering]:
        """Which keys rows have: a chunk has as many as its rows have groups at most, and others than other chunks."""
        out: dict[str, Numbering] = {}
        for level, head, most in zip(self.groups.levels, heads, self.groups.allotments(CHUNK), strict=True):
            numbering = Numbering(start // CHUNK * most, np.cumsum(np.diff(head, prepend=-1) > 0) - 1)
            out |= {name: numbering for name in level.names if name in self.free and self._has_room(name)}
        return out

    def _has_room(self, name: str) -> bool:
        codec = self.codec.codecs[name]
        return isinstance(codec, ComposedCodec) or (isinstance(codec, FreeCodec) and codec.room is not None)

    def _mended(self, drawn: _Drawn, good: pa.Table, rng: np.random.Generator) -> _Drawn:
        """Give broken rows what good ones have, all but what their group shares; then groups whose head is broken.

        So groups keep their sizes: of ten lines of a customer, one that breaks a rule costs no other.
        """
        n_levels = len(self.groups)
        for depth in range(n_levels, -1, -1):
            redone = ~drawn.holds if depth == n_levels else ~drawn.holds[drawn.heads[depth]]
            rows = np.flatnonzero(redone)
            if len(rows) > len(good):
                rows = _whole_groups(rows, len(good), drawn.heads[depth:])
            if not len(rows):
                continue
            kept = self.free | {name for level in self.groups.levels[:depth] for name in level.names}
            heads = [np.searchsorted(rows, head[rows]) for head in drawn.heads[depth:]]
            before, content = drawn.table.take(pa.array(rows)), good.slice(0, len(rows))
            good = good.slice(len(rows))
            table = self.groups.copy(_keeping(kept, before, content), heads)
            table = self.groups.copy(_keeping(kept, before, self.rules.apply(table, self.codec.codecs, rng)), heads)
            holds = self.rules.holds(table, self.codec.codecs)
            better = holds if depth == n_levels else holds[heads[0]]
            drawn = drawn.with_rows(rows[better], table.filter(pa.array(better)), holds[better])
        return drawn

    def _filled(self, drawn: _Drawn) -> _Drawn:
        """Fill the groups of rows that still break rules with good rows, each with the content of one."""
        good = np.flatnonzero(drawn.holds)
        if not 0 < len(good) < CHUNK:
            return drawn
        unit = drawn.heads[0] if drawn.heads else np.arange(CHUNK)
        rows = np.flatnonzero(np.isin(unit, unit[~drawn.holds]))
        which = np.unique(unit[rows], return_inverse=True)[1]
        content = drawn.table.take(pa.array(np.resize(good, int(which[-1]) + 1)[which]))
        table = _keeping(self.free, drawn.table.take(pa.array(rows)), content)
        return drawn.with_rows(rows, table, np.ones(len(rows), dtype=np.bool_))


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Rows of a chunk, which of them are good, and the head of each row's group, for each level."""

    table: pa.Table
    holds: BoolArray
    heads: list[IntArray]

    @property
    def n_broken(self) -> int:
        """How many rows break a rule, or are in a group whose head does."""
        broken = ~self.holds
        for head in self.heads:
            broken = broken | ~self.holds[head]
        return int(broken.sum())

    def with_rows(self, at: IntArray, rows: pa.Table, hold: BoolArray) -> _Drawn:
        """Put other rows in the place of some."""
        where, holds = np.arange(len(self.table)), self.holds.copy()
        where[at] = len(where) + np.arange(len(at))
        holds[at] = hold
        return replace(self, table=pa.concat_tables([self.table, rows]).take(pa.array(where)), holds=holds)


def _whole_groups(rows: IntArray, most: int, heads: list[IntArray]) -> IntArray:
    """The first of some rows, at most as many as wanted, without a part of a group."""
    if not heads:
        return rows[:most]
    group = heads[0][rows]
    is_whole: BoolArray = group[:most] != group[most]
    return rows[:most][is_whole]


def _keeping(names: Collection[str], before: pa.Table, rows: pa.Table) -> pa.Table:
    """Give rows the cells of some columns that were in their place before."""
    for at, name in enumerate(rows.column_names):
        if name in names:
            rows = rows.set_column(at, before.schema.field(name), before.column(name))
    return rows
