"""Rows in any number: the same rows whatever the batches, and the law of the model that draws them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.numbering import CHUNK
from synthdiff.codecs.order import preferred_order
from synthdiff.codecs.table import TableCodec
from synthdiff.models.layout import cell_layout
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.sampling.draw import RowSource


@pytest.fixture(scope="module")
def source() -> RowSource:
    """An untrained model: independent columns with the frequencies of the data."""
    rng = np.random.default_rng(0)
    table = pa.table(
        {
            "price": np.round(np.exp(rng.normal(3, 1, 3_000)), 2),
            "grade": rng.choice(["a", "b", "c"], 3_000, p=[0.6, 0.3, 0.1]),
            "count": pa.array(rng.poisson(3, 3_000), mask=rng.random(3_000) < 0.2),
        }
    )
    codec, values = TableCodec.fit(table, infer_schema(table))
    torch.manual_seed(0)
    network = MLPDenoiser(cell_layout(codec.alphabet, codec.alphabet.encode(values)), width=16, n_blocks=1).eval()
    return RowSource(DenoiserEnsemble([network]), codec, preferred_order(codec.alphabet), torch.float32)


def rows(source: RowSource, n: int, batch: int | None = None, seed: int = 0) -> pa.Table:
    return pa.concat_tables(list(source.tables(n, seed, batch)))


@pytest.mark.parametrize("batch", [1, 999, CHUNK, 3 * CHUNK + 1, 10**9])
def test_batches_do_not_matter(source: RowSource, batch: int) -> None:
    n = 50 if batch == 1 else 2 * CHUNK + 77
    pieces = list(source.tables(n, 0, batch))
    assert max(len(piece) for piece in pieces) <= batch
    assert sum(len(piece) for piece in pieces) == n
    assert pa.concat_tables(pieces).equals(rows(source, n))


def test_fewer_rows_are_the_first_of_more(source: RowSource) -> None:
    assert rows(source, 100).equals(rows(source, CHUNK + 500).slice(0, 100))


def test_seeds_and_chunks_differ(source: RowSource) -> None:
    assert not rows(source, 200, seed=1).equals(rows(source, 200, seed=2))
    both = rows(source, 2 * CHUNK)
    assert not both.slice(0, CHUNK).equals(both.slice(CHUNK))


def test_frequencies_are_those_of_the_model(source: RowSource) -> None:
    drawn = rows(source, 20_000)
    share = np.mean(drawn.column("grade").to_numpy() == "a")
    bias = source.network.members[0].head.bias.detach()[slice(*source.codec.alphabet.offsets[1:3])].softmax(0)
    level = list(source.codec.codecs["grade"].level_names).index("a")  # type: ignore[attr-defined]
    assert share == pytest.approx(float(bias[level]), abs=4 * 0.0035)  # standard error sqrt(.24 / 20,000)
    assert float(bias[level]) == pytest.approx(0.6, abs=4 * 0.009)
    assert drawn.column("count").null_count / 20_000 == pytest.approx(0.2, abs=0.02)
