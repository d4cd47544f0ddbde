"""Rows in any number: chunks of a fixed size, each from a seed of its own.

Row i depends on the model, the seed and its chunk alone: not on how many rows are asked for, how they are batched, or
which device draws them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import torch

from synthdiff.codecs.column import BoolArray, FreeCodec, IntArray
from synthdiff.codecs.personal.beside import write_beside
from synthdiff.codecs.table import TableCodec
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
    """

    def __init__(
        self,
        network: DenoiserEnsemble,
        codec: TableCodec,
        order: list[int],
        precision: torch.dtype,
        positions: PositionSampler | None = None,
        rules: RuleSet = NO_RULES,
    ) -> None:
        self.network, self.codec, self.order, self.rules = network, codec, order, rules
        self.sampler = UnmaskSampler(network, codec.alphabet, order, precision, positions)

    def tables(self, n_rows: int, seed: int, batch_size: int | None = None) -> Iterator[pa.Table]:
        """Draw `n_rows` rows as tables of at most `batch_size` rows.

        Raises
        ------
        SamplingError
            A column cannot have that many distinct cells; nothing is drawn.
        """
        self.codec.check_room(n_rows)
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
        table, holds = self._draw(CHUNK, start, seed, number)
        for again in range(MAX_AGAIN):
            broken = np.flatnonzero(~holds)
            if not len(broken):
                break
            spare, fits = self._draw(min(2 * len(broken) + SPARE, CHUNK), start, seed, number, again)
            table, holds = self._replace(table, holds, broken, spare, np.flatnonzero(fits))
        good = np.flatnonzero(holds)
        if 0 < len(good) < CHUNK:
            table, _ = self._replace(table, holds, np.flatnonzero(~holds), table, np.resize(good, CHUNK))
        return write_beside(table, self.codec.codecs, start)

    def _draw(self, n_rows: int, start: int, seed: int, *number: int) -> tuple[pa.Table, BoolArray]:
        """Draw rows, and say in which of them all rules hold."""
        values = self.sampler.draw(n_rows, generator(seed, "chunk", *number))
        table = self.codec.decode(values.cpu().numpy(), start, np.random.default_rng(spawn_seed(seed, "free", *number)))
        rng = np.random.default_rng(spawn_seed(seed, "rules", *number))
        return self.rules.apply(table, self.codec.codecs, rng)

    def _replace(
        self, table: pa.Table, holds: BoolArray, broken: IntArray, spare: pa.Table, good: IntArray
    ) -> tuple[pa.Table, BoolArray]:
        """Put good rows in the place of broken ones, as far as there are any; what is not learnt stays."""
        n = min(len(broken), len(good))
        rows, now = np.arange(len(table)), holds.copy()
        rows[broken[:n]], now[broken[:n]] = len(table) + good[:n], True
        for at, (name, codec) in enumerate(self.codec.codecs.items()):
            if not isinstance(codec, FreeCodec):
                cells = pa.chunked_array([*table.column(name).chunks, *spare.column(name).chunks])
                table = table.set_column(at, table.schema.field(name), cells.take(pa.array(rows)))
        return table, now
