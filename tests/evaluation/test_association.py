"""Pairs of columns, against SDMetrics, pandas and known answers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from synthdiff.evaluation.association import associations, correlations, trend_agreement
from synthdiff.evaluation.resample import WeightedRows
from synthdiff.evaluation.tables import EvaluationColumn, EvaluationTables

COLUMNS = (
    EvaluationColumn("x", "number"),
    EvaluationColumn("y", "number"),
    EvaluationColumn("day", "datetime"),
    EvaluationColumn("level", "category", ("a", "b", "c")),
    EvaluationColumn("half", "category", ("no", "yes")),
)


def draw(n: int, seed: int, link: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = link * x + rng.normal(size=n)
    day = np.round(1e9 + 1e7 * (x - link * y))
    level = np.digitize(link * y + rng.normal(size=n), [-1, 1])
    half = rng.random(n) < np.where(level == 1, 0.5, 0.5 + 0.3 * link)
    values = np.column_stack([x, y, day, level, half]).astype(np.float64)
    values[rng.random(n) < 0.1, 1] = np.nan
    return values


@pytest.fixture
def tables() -> EvaluationTables:
    return EvaluationTables(COLUMNS, draw(900, 1), draw(600, 2, 0.5), draw(500, 3), True)


def sdmetrics_pairs(tables: EvaluationTables) -> dict[tuple[str, str], float]:
    """Scores of the pairs as SDMetrics computes them, cut at the edges of the real columns."""
    from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity

    frames = [pd.DataFrame(rows, columns=tables.names) for rows in (tables.real, tables.synthetic)]
    cut = [frame.copy() for frame in frames]
    for column in COLUMNS[:3]:
        edges = np.histogram_bin_edges(frames[0][column.name].dropna())
        for frame in cut:
            frame[column.name] = np.digitize(frame[column.name], edges)
    scores = {}
    for a, b in combinations(COLUMNS, 2):
        numbers = "category" not in (a.scale, b.scale)
        metric, (real, rows) = (CorrelationSimilarity, frames) if numbers else (ContingencySimilarity, cut)
        scores[a.name, b.name] = metric.compute(real[[a.name, b.name]], rows[[a.name, b.name]])
    return scores


def test_trend_is_that_of_sdmetrics(tables: EvaluationTables) -> None:
    found = trend_agreement(tables, WeightedRows.once(tables.synthetic))
    expected = sdmetrics_pairs(tables)
    assert {(a, b): score for a, b, score in found.details["pairs"]} == pytest.approx(expected, abs=1e-6)
    assert found.value == pytest.approx(np.mean(list(expected.values())), abs=1e-9)
    scores = [score for *_, score in found.details["pairs"]]
    assert scores == sorted(scores)


def test_a_column_that_stopped_varying_scores_nothing(tables: EvaluationTables) -> None:
    flat = tables.synthetic.copy()
    flat[:, 0] = 7.0
    found = trend_agreement(tables, WeightedRows.once(flat))
    scores = {(a, b): score for a, b, score in found.details["pairs"]}
    assert scores["x", "y"] == scores["x", "day"] == 0.0


def test_a_real_column_that_does_not_vary_does_not_count(tables: EvaluationTables) -> None:
    real = tables.real.copy()
    real[:, 0] = 7.0
    flat = EvaluationTables(COLUMNS, real, tables.synthetic, real, True)
    found = trend_agreement(flat, WeightedRows.once(flat.synthetic))
    names = [(a, b) for a, b, _ in found.details["pairs"]]
    assert ("x", "y") not in names
    assert ("y", "day") in names


def test_one_column_has_no_pairs() -> None:
    real = np.arange(9.0)[:, None]
    tables = EvaluationTables(COLUMNS[:1], real, real, real, True)
    found = trend_agreement(tables, WeightedRows.once(real))
    assert found.value is None
    assert found.note


def test_correlations_are_those_of_pairwise_complete_rows() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4)) * [1, 1e-9, 1e9, 1] + [0, 1, 1e10, -5]
    values[rng.random((300, 4)) < 0.2] = np.nan
    rows = WeightedRows.drawn(values, rng)
    found = correlations(rows)
    np.testing.assert_allclose(found[0], pd.DataFrame(values).corr(), atol=1e-9)
    again = np.repeat(values, rows.weights[rows.group, 2].astype(int), axis=0)
    np.testing.assert_allclose(found[2], pd.DataFrame(again).corr(), atol=1e-9)


class TestAssociations:
    def test_numbers_are_compared_by_rank(self, tables: EvaluationTables) -> None:
        bent = tables.real.copy()
        bent[:, 0] = np.exp(3 * bent[:, 0])
        found = associations(tables, bent)
        expected = pd.DataFrame(tables.real[:, [0, 2]]).corr("spearman").abs().iloc[0, 1]
        assert found[0, 2] == pytest.approx(expected, abs=1e-9)

    def test_symmetric_shares_with_ones_on_the_diagonal(self, tables: EvaluationTables) -> None:
        found = associations(tables, tables.real)
        np.testing.assert_array_equal(found, found.T)
        np.testing.assert_array_equal(np.diag(found), 1)
        assert (found >= 0).all()
        assert (found <= 1).all()

    def test_a_column_that_another_determines(self) -> None:
        columns = (
            EvaluationColumn("n", "number"),
            *COLUMNS[3:4],
            EvaluationColumn("copy", "category", ("a", "b", "c")),
        )
        level = np.arange(600) % 3
        rows = np.column_stack([level * 10, level, level]).astype(np.float64)
        tables = EvaluationTables(columns, rows, rows, rows, True)
        np.testing.assert_allclose(associations(tables, rows), 1, atol=1e-12)

    def test_independent_columns_score_about_nothing_however_many_levels(self) -> None:
        rng = np.random.default_rng(6)
        names = tuple(f"{k:03}" for k in range(200))
        columns = (EvaluationColumn("n", "number"), *(EvaluationColumn(c, "category", names) for c in "ab"))
        rows = np.column_stack([rng.normal(size=4_000), *(rng.integers(0, 200, 4_000) for _ in "ab")]).astype(float)
        found = associations(EvaluationTables(columns, rows, rows, rows, True), rows)
        # uncorrected, 199 / 4000 of the variance would lie between levels by chance: .22
        assert found[np.triu_indices(3, 1)].max() < 0.1

    def test_columns_that_do_not_vary(self) -> None:
        columns = (*COLUMNS[:2], *COLUMNS[3:])
        rows = np.column_stack([np.full(50, 3.0), np.full(50, np.nan), np.zeros(50), np.arange(50) % 2])
        found = associations(EvaluationTables(columns, rows, rows, rows, True), rows)
        np.testing.assert_array_equal(found, np.eye(4))

    def test_cramers_v_of_a_known_table(self) -> None:
        columns = COLUMNS[4:] * 2
        rows = np.repeat([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [400, 100, 100, 400], axis=0)
        found = associations(EvaluationTables(columns, rows, rows, rows, True), rows)
        n, phi = 1_000, 0.36
        expected = np.sqrt((phi - 1 / (n - 1)) / (1 - 1 / (n - 1)))
        assert found[0, 1] == pytest.approx(expected, abs=1e-12)
