"""Single columns and missing cells, against SDMetrics, scipy and known answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from synthdiff.evaluation.resample import WeightedRows
from synthdiff.evaluation.shape import missingness_agreement, shape_agreement
from synthdiff.evaluation.tables import MISSING, EvaluationColumn, EvaluationTables

COLUMNS = (
    EvaluationColumn("smooth", "number"),
    EvaluationColumn("ties", "number"),
    EvaluationColumn("day", "datetime"),
    EvaluationColumn("level", "category", (MISSING, "a", "b", "c", "d")),
)


def draw(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = np.column_stack(
        [
            rng.normal(shift, 1, n),
            rng.poisson(2 + shift, n),
            np.round(rng.uniform(1e9, 2e9 + 1e9 * shift, n)),
            rng.integers(0, 4 + (shift > 0), n),
        ]
    ).astype(np.float64)
    values[rng.random(n) < 0.1 + shift / 5, 0] = np.nan
    return values


@pytest.fixture
def tables() -> EvaluationTables:
    return EvaluationTables(COLUMNS, draw(700, 1), draw(400, 2, 0.3), draw(300, 3), True)


def test_shape_is_that_of_sdmetrics(tables: EvaluationTables) -> None:
    from sdmetrics.single_column import KSComplement, TVComplement

    found = shape_agreement(tables, WeightedRows.once(tables.synthetic))
    real, synthetic = (tables.frame(rows).fillna({"level": MISSING}) for rows in (tables.real, tables.synthetic))
    expected = {
        c.name: (TVComplement if c.scale == "category" else KSComplement).compute(real[c.name], synthetic[c.name])
        for c in COLUMNS
    }
    assert found.details["columns"] == pytest.approx(expected, abs=1e-6)
    assert found.value == pytest.approx(np.mean(list(expected.values())), abs=1e-9)
    scores = list(found.details["columns"].values())
    assert scores == sorted(scores)


def test_replicates_are_kolmogorov_smirnov_of_the_rows_drawn(tables: EvaluationTables) -> None:
    only = EvaluationTables(COLUMNS[1:2], tables.real[:, 1:2], tables.synthetic[:, 1:2], tables.holdout[:, 1:2], True)
    rows = WeightedRows.drawn(only.synthetic, np.random.default_rng(5))
    found = shape_agreement(only, rows)
    for r in range(4):
        again = np.repeat(only.synthetic[:, 0], rows.weights[rows.group, 1 + r].astype(int))
        assert found.replicates[r] == pytest.approx(1 - ks_2samp(only.real[:, 0], again).statistic, abs=1e-12)


def test_the_same_rows_agree_entirely(tables: EvaluationTables) -> None:
    assert shape_agreement(tables, WeightedRows.once(tables.real)).value == pytest.approx(1.0)


def test_a_column_that_is_all_missing_scores_nothing() -> None:
    columns = (EvaluationColumn("x", "number"), EvaluationColumn("y", "number"))
    real = np.column_stack([np.arange(10.0), np.full(10, np.nan)])
    tables = EvaluationTables(columns, real, np.full((5, 2), np.nan), real, True)
    found = shape_agreement(tables, WeightedRows.once(tables.synthetic))
    assert found.details["columns"] == {"x": 0.0}  # y has no real values to compare with
    assert found.value == 0.0


def test_missingness_sees_gaps_that_no_longer_go_together() -> None:
    columns = (EvaluationColumn("x", "number"), EvaluationColumn("c", "category", (MISSING, "a")))
    gaps = np.array([True, False])[np.arange(100) % 2]
    together = np.column_stack([np.where(gaps, np.nan, 1.0), np.where(gaps, 0.0, 1.0)])
    apart = np.column_stack([together[:, 0], np.roll(together[:, 1], 1)])
    tables = EvaluationTables(columns, together, apart, together, True)
    found = missingness_agreement(tables, WeightedRows.once(apart))
    assert found.value == pytest.approx(0.0)
    assert found.details["columns"] == {"x": [0.5, 0.5], "c": [0.5, 0.5]}
    assert missingness_agreement(tables, WeightedRows.once(together)).value == pytest.approx(1.0)


def test_missingness_of_complete_tables_cannot_be_measured() -> None:
    real = np.ones((5, 1))
    tables = EvaluationTables((EvaluationColumn("x", "number"),), real, real, real, True)
    found = missingness_agreement(tables, WeightedRows.once(real))
    assert found.value is None
    assert found.note
