"""Counts, parts and replicates of weighted rows."""

from __future__ import annotations

import numpy as np
import pytest

from synthdiff.evaluation import resample
from synthdiff.evaluation.resample import N_REPLICATES, WeightedRows, overlap


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_parts_are_disjoint_and_hold_every_row(rng: np.random.Generator) -> None:
    rows = WeightedRows.drawn(np.zeros((1_000, 1)), rng, part=250)
    counts = rows.counts(np.arange(1_000), 1_000)
    assert rows.n_parts == 4
    assert counts.shape == (1_000, 1 + 4 + N_REPLICATES)
    np.testing.assert_array_equal(counts[:, 0], 1)
    np.testing.assert_array_equal(counts[:, 1:5].sum(axis=1), 1)
    assert np.ptp(counts[:, 1:5].sum(axis=0)) <= 25  # parts are made of whole groups
    assert counts[:, 5:].sum(axis=0) == pytest.approx(1_000, abs=100)


def test_parts_of_many_are_as_small_as_asked(rng: np.random.Generator) -> None:
    rows = WeightedRows.drawn(np.zeros((9_000, 1)), rng, part=100)
    counts = rows.counts(np.zeros(9_000, dtype=np.int64), 1)[0]
    np.testing.assert_array_equal(counts[1 : 1 + rows.n_parts], 100)


def test_size_effect_is_what_parts_lose(rng: np.random.Generator) -> None:
    rows = WeightedRows.drawn(np.zeros((900, 1)), rng, part=300)
    found = rows.agreement(np.r_[0.9, 0.6, 0.7, 0.8, np.linspace(0, 1, N_REPLICATES)], {})
    assert (found.value, found.size_effect) == (pytest.approx(0.9), pytest.approx(0.2))
    np.testing.assert_allclose(found.replicates, np.linspace(0, 1, N_REPLICATES))


def test_fewer_rows_than_groups(rng: np.random.Generator) -> None:
    rows = WeightedRows.drawn(np.zeros((3, 1)), rng)
    np.testing.assert_array_equal(rows.counts(np.array([0, 1, 1]), 2)[:, 0], [1, 2])


def test_counts_weights_and_count_agree(rng: np.random.Generator) -> None:
    rows = WeightedRows.drawn(rng.normal(size=(500, 1)), rng, part=250)
    chosen = rows.values[:, 0] > 0
    expected = rows.counts(chosen.astype(np.int64), 2)[1]
    np.testing.assert_allclose(rows.count(chosen), expected)
    np.testing.assert_allclose(rows.weights_of(np.flatnonzero(chosen)).sum(axis=1), expected)


def test_replicates_spread_as_the_mean_does(rng: np.random.Generator) -> None:
    n, spreads = 2_000, []
    for _ in range(30):
        rows = WeightedRows.drawn(np.zeros((n, 1)), rng)
        counts = rows.counts((rng.random(n) < 0.3).astype(np.int64), 2)[:, 1:]
        spreads.append(np.std(counts[1] / counts.sum(axis=0), ddof=1))
    # each spread is right to 20 %, their mean to 4 %
    assert np.mean(spreads) == pytest.approx(np.sqrt(0.3 * 0.7 / n), rel=0.15)


def test_overlap_of_known_distributions() -> None:
    rows = WeightedRows.once(np.zeros((10, 1)))
    other = np.array([0, 0, 0, 0, 0, 1, 1, 2, 2, 2])
    assert overlap(np.array([0, 1]), other, 3, rows)[0] == pytest.approx(0.7)
    assert overlap(np.array([3]), other, 4, rows)[0] == pytest.approx(0.0)
    assert overlap(other, other, 3, rows)[0] == pytest.approx(1.0)


def test_overlap_of_many_cells_is_the_same(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    real, other = rng.integers(0, 900, 400), rng.integers(0, 1_000, 300)
    rows = WeightedRows.drawn(np.zeros((300, 1)), rng)
    dense = overlap(real, other, 1_000, rows)
    monkeypatch.setattr(resample, "MAX_CELLS", 10)
    np.testing.assert_allclose(overlap(real, other, 1_000, rows), dense)
