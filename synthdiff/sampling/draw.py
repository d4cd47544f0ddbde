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
from synthdiff.codecs.room import check_room
from synthdiff.codecs.table import TableCodec
from synthdiff.constraints.groups import NO_GROUPS, Groups
from synthdiff.constraints.rules import NO_RULES, RuleSet
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.runtime import generator, spawn_seed
from synthdiff.sampling.heun import PositionSampler
from synthdiff.sampling.unmask import CHUNK, UnmaskSampler

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
        self.sampler = UnmaskSampler(network, codec.alphabet, order, precision, positions)

    def tables(self, n_rows: int, seed: int, batch_size: int | None = None) -> Iterator[pa.Table]:
        """Draw `n_rows` rows as tables of at most `batch_size` rows.

        Raises
        ------
        SamplingError
            A column cannot have that many distinct cells; nothing is drawn.
        """
        check_room(self.codec.codecs, n_rows)
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
            broken = self.groups.spread(~drawn.holds, drawn.heads)
            n_broken = int(broken.sum())
            if not n_broken:
                break
            alone = [np.arange(min(2 * n_broken + SPARE, CHUNK))] * len(self.groups)
            spare = self._draw(min(2 * n_broken + SPARE, CHUNK), start, alone, seed, number, again)
            good = np.flatnonzero(spare.holds)
            if len(self.groups):
                rng = np.random.default_rng(spawn_seed(seed, "mend", number, again))
                drawn, good = self._mended(drawn, spare.table, good, rng)
                broken = self.groups.spread(~drawn.holds, drawn.heads)
            drawn = self._replace(drawn, np.flatnonzero(broken), spare.table, good)
        good = np.flatnonzero(drawn.holds)
        if 0 < len(good) < CHUNK:
            broken = self.groups.spread(~drawn.holds, drawn.heads)
            drawn = self._replace(drawn, np.flatnonzero(broken), drawn.table, np.resize(good, CHUNK))
        return write_beside(drawn.table, self.codec.codecs, start, spawn_seed(seed, "beside", number))

    def _draw(self, n_rows: int, start: int, heads: list[IntArray], seed: int, *number: int) -> _Drawn:
        """Draw rows in groups, and say in which of them all rules hold."""
        values = self.sampler.draw(
            n_rows, generator(seed, "chunk", *number), shared=dict(zip(self.cuts, heads, strict=True))
        )
        own = self.codec.decode(values.cpu().numpy(), start, np.random.default_rng(spawn_seed(seed, "free", *number)))
        rng = np.random.default_rng(spawn_seed(seed, "rules", *number))
        table, codecs = self.groups.copy(own, heads), self.codec.codecs
        for _ in range(2 if len(self.groups) else 1):
            # What heads have changed their rows take over; other columns follow from that once more.
            table = self.groups.copy(self.rules.apply(table, codecs, rng), heads)
        return _Drawn(table, own, self.rules.holds(table, codecs), heads)

    def _mended(
        self, drawn: _Drawn, spare: pa.Table, good: IntArray, rng: np.random.Generator
    ) -> tuple[_Drawn, IntArray]:
        """Give broken rows what good ones have, all but what their group shares; returns the good rows that are left.

        So most groups keep their rows: of ten lines of a customer, one that breaks a rule costs no other.
        """
        broken = np.flatnonzero(~drawn.holds)[: len(good)]
        good, left = good[: len(broken)], good[len(broken) :]
        before, codecs = drawn.table.take(pa.array(broken)), self.codec.codecs
        kept = self.free | {name for level in self.groups.levels for name in level.names}
        rows = _keeping(kept, before, spare.take(pa.array(good)))
        rows = _keeping(kept, before, self.rules.apply(rows, codecs, rng))
        mended = self.rules.holds(rows, codecs)
        return drawn.with_rows(broken[mended], rows.filter(pa.array(mended))), left

    def _replace(self, drawn: _Drawn, broken: IntArray, spare: pa.Table, good: IntArray) -> _Drawn:
        """Put good rows in the place of broken ones, as far as there are any; each has a key of its own then."""
        broken, good = broken[: len(good)], good[: len(broken)]
        rows = _keeping(self.free, drawn.own.take(pa.array(broken)), spare.take(pa.array(good)))
        every = np.arange(len(drawn.table))
        heads = [np.where(np.isin(every, broken), every, head) for head in drawn.heads]
        return replace(drawn.with_rows(broken, rows), heads=heads)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Rows of a chunk: as they are, as they were before groups took over what their heads have, and which are good."""

    table: pa.Table
    own: pa.Table
    holds: BoolArray
    heads: list[IntArray]

    def with_rows(self, at: IntArray, rows: pa.Table) -> _Drawn:
        """Put good rows in the place of others."""
        where, holds = np.arange(len(self.table)), self.holds.copy()
        where[at] = len(where) + np.arange(len(at))
        holds[at] = True
        table = pa.concat_tables([self.table, rows]).take(pa.array(where))
        return replace(self, table=table, holds=holds)


def _keeping(names: Collection[str], before: pa.Table, rows: pa.Table) -> pa.Table:
    """Give rows the cells of some columns that were in their place before."""
    for at, name in enumerate(rows.column_names):
        if name in names:
            rows = rows.set_column(at, before.schema.field(name), before.column(name))
    return rows
