"""Rare levels, tails and limits with planted faults."""

from __future__ import annotations

import numpy as np
import pytest

from synthdiff.evaluation.coverage import bound_excess, rare_level_agreement, tail_agreement
from synthdiff.evaluation.resample import Agreement, WeightedRows
from synthdiff.evaluation.tables import EvaluationColumn, EvaluationTables

LEVELS = EvaluationColumn("city", "category", ("big", "small", "tiny", "once"))
NUMBER = EvaluationColumn("x", "number")


def measure(function, column: EvaluationColumn, real: np.ndarray, other: np.ndarray) -> Agreement:
    tables = EvaluationTables((column,), real[:, None], other[:, None], real[:, None], True)
    return function(tables, WeightedRows.once(tables.synthetic))


class TestRareLevels:
    real = np.repeat([0.0, 1.0, 2.0, 3.0], [9_899, 80, 20, 1])

    def test_the_same_rows_agree(self) -> None:
        found = measure(rare_level_agreement, LEVELS, self.real, self.real)
        assert found.value == pytest.approx(1.0)
        assert found.details["n_levels"] == 2  # a level of one row is no level to go by
        assert found.details["covered"] == 1.0

    def test_one_is_lost_and_one_is_twice_as_frequent(self) -> None:
        other = np.repeat([0.0, 1.0], [9_840, 160])
        found = measure(rare_level_agreement, LEVELS, self.real, other)
        assert found.value == pytest.approx((0.008 + 0) / (0.016 + 0.002))
        assert found.details["covered"] == 0.5
        assert found.details["levels"] == [["city", "small", 0.008, 0.016], ["city", "tiny", 0.002, 0.0]]

    def test_none_occurs(self) -> None:
        assert measure(rare_level_agreement, LEVELS, self.real, np.zeros(50)).value == 0.0

    def test_there_are_none(self) -> None:
        found = measure(rare_level_agreement, LEVELS, np.zeros(50), np.zeros(50))
        assert found.value is None
        assert found.note


class TestTails:
    real = np.arange(10_000) / 100  # quantiles at about 1 and 99

    def test_the_same_rows_agree(self) -> None:
        found = measure(tail_agreement, NUMBER, self.real, self.real)
        assert found.value == pytest.approx(1.0)
        for agreement, real_share, share in found.details["columns"]["x"].values():
            assert agreement == pytest.approx(1.0)
            assert real_share == share == pytest.approx(0.01)

    def test_a_generator_without_tails(self) -> None:
        found = measure(tail_agreement, NUMBER, self.real, np.clip(self.real, 1, 98.9))
        assert found.value == pytest.approx(0.0)

    def test_half_of_the_upper_tail_is_gone(self) -> None:
        other = np.where((self.real > 98.99) & (np.arange(10_000) % 2 == 0), 50, self.real)
        found = measure(tail_agreement, NUMBER, self.real, other).details["columns"]["x"]
        assert found["above"] == [pytest.approx(0.5), 0.01, pytest.approx(0.005)]
        assert found["below"][0] == pytest.approx(1.0)

    def test_a_tail_that_spreads_too_far(self) -> None:
        other = np.where(self.real > 98.995, self.real + 0.6, self.real)
        found = measure(tail_agreement, NUMBER, self.real, other).details["columns"]["x"]["above"]
        assert found == [pytest.approx(0.4), 0.01, 0.01]  # 60 of 100 rows lie beyond all that is expected there

    def test_missing_values_are_left_out(self) -> None:
        other = np.r_[self.real, np.full(5_000, np.nan)]
        assert measure(tail_agreement, NUMBER, self.real, other).value == pytest.approx(1.0)

    def test_a_column_of_two_values_has_none(self) -> None:
        real = np.arange(100.0) % 2
        assert measure(tail_agreement, NUMBER, real, real).value is None


class TestBounds:
    def test_clipping_shows(self) -> None:
        rng = np.random.default_rng(0)
        real = rng.uniform(0, 1, 2_000)
        other = np.clip(rng.uniform(-0.25, 1, 2_000), real.min(), real.max())
        found = measure(bound_excess, NUMBER, real, other)
        assert found.value == pytest.approx((other == real.min()).mean() - 1 / 2_000)
        assert found.value == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / 2_000))
        assert found.details["columns"] == {"x": pytest.approx(found.value, abs=1e-6)}

    def test_values_that_are_really_there_do_not_count(self) -> None:
        real = np.maximum(np.arange(-50.0, 50.0), 0)
        found = measure(bound_excess, NUMBER, real, real)
        assert found.value == 0.0
        assert found.details["columns"] == {}

    def test_a_constant_cannot_be_clipped(self) -> None:
        assert measure(bound_excess, NUMBER, np.ones(9), np.ones(9)).value is None
