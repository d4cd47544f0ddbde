"""Triples of columns: what no pair shows."""

from __future__ import annotations

import numpy as np
import pytest

from synthdiff.evaluation import threeway
from synthdiff.evaluation.association import trend_agreement
from synthdiff.evaluation.resample import WeightedRows
from synthdiff.evaluation.tables import EvaluationColumn, EvaluationTables
from synthdiff.evaluation.threeway import threeway_agreement

BITS = tuple(EvaluationColumn(name, "category", ("0", "1")) for name in "abc")


def score(columns: tuple[EvaluationColumn, ...], real: np.ndarray, rows: np.ndarray) -> float | None:
    return threeway_agreement(EvaluationTables(columns, real, rows, real, True), WeightedRows.once(rows)).value


def test_parity_shows_in_triples_only() -> None:
    a, b = np.indices((2, 2)).reshape(2, 4).repeat(50, axis=1).astype(np.float64)
    odd, even = np.column_stack([a, b, (a + b) % 2]), np.column_stack([a, b, (a + b + 1) % 2])
    assert score(BITS, odd, even) == pytest.approx(0.0)
    tables = EvaluationTables(BITS, odd, even, odd, True)
    assert trend_agreement(tables, WeightedRows.once(even)).value == pytest.approx(1.0)


def test_numbers_are_cut_at_real_quintiles_and_missing_is_a_cell() -> None:
    columns = tuple(EvaluationColumn(name, "number") for name in "xyz")
    x = np.arange(100.0)
    real = np.column_stack([x, x, x])
    moved = real.copy()
    moved[:20] = np.nan  # the least fifth is missing
    assert score(columns, real, np.exp(real / 50)) == pytest.approx(0.2)  # all values below 8
    assert score(columns, real, moved) == pytest.approx(0.8)
    assert score(columns, real, np.where(real < 60, real, real + 1_000)) == pytest.approx(0.8, abs=1e-12)


def test_levels_beyond_the_commonest_are_one_cell() -> None:
    column = EvaluationColumn("c", "category", tuple("abcdefgh"))
    real = np.repeat(np.arange(8.0), [40, 30, 20, 10, 4, 3, 2, 1])
    rows = np.where(real >= 4, 7.0, real)
    assert score((column,) * 3, np.column_stack([real] * 3), np.column_stack([rows] * 3)) == pytest.approx(1.0)


def test_a_seeded_part_of_many_triples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threeway, "MAX_TRIPLES", 7)
    columns = tuple(EvaluationColumn(f"x{j}", "number") for j in range(6))
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(2, 200, 6))
    tables = EvaluationTables(columns, real, other, real, True, seed=3)
    found, again = (threeway_agreement(tables, WeightedRows.once(other)).details for _ in range(2))
    assert found == again
    assert found["n_triples"] == 7
    assert len({tuple(triple[:3]) for triple in found["triples"]}) == 7


def test_two_columns_have_no_triples() -> None:
    rows = np.zeros((5, 2))
    assert score(BITS[:2], rows, rows) is None
