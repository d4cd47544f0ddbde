"""Rows in any number: chunks of a fixed size, each from a seed of its own.

Row i depends on the model, the seed and its chunk alone: not on how many rows are asked for, how they are batched, or
which device draws them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import torch

from synthdiff.codecs.table import TableCodec
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.runtime import generator, spawn_seed
from synthdiff.sampling.heun import PositionSampler
from synthdiff.sampling.unmask import CHUNK, UnmaskSampler

DEFAULT_BATCH = 16 * CHUNK


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
    """

    def __init__(
        self,
        network: DenoiserEnsemble,
        codec: TableCodec,
        order: list[int],
        precision: torch.dtype,
        positions: PositionSampler | None = None,
    ) -> None:
        self.network, self.codec, self.order = network, codec, order
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
        values = self.sampler.draw(CHUNK, generator(seed, "chunk", start // CHUNK))
        rng = np.random.default_rng(spawn_seed(seed, "free", start // CHUNK))
        return self.codec.decode(values.cpu().numpy(), start, rng)
