"""Scores of closeness on copies, on fresh draws and on tables of which the answer can be counted."""

import numpy as np
import pytest

from synthdiff.privacy.closeness import closer_share, copy_share, distance_scores
from synthdiff.privacy.rows import PrivacyRows
from tests.privacy.population import IS_CATEGORY, draw, make_rows, with_gaps


def numbers(real, synthetic, holdout):
    tables = [np.array(part, dtype=float)[:, None] for part in (real, synthetic, holdout)]
    return PrivacyRows(*tables, np.array([False]), ("x",), True)


class TestCopies:
    @pytest.fixture(scope="class")
    @classmethod
    def rows(cls):
        return make_rows("copies")

    def test_all_are_closer_to_training_rows(self, rows):
        score = closer_share(rows)
        assert score.value == 1.0
        assert score.standing == 0.0
        assert score.interval[0] > 0.99

    def test_no_distance_is_left(self, rows):
        dcr, nndr = distance_scores(rows)
        assert dcr.value == nndr.value == 0.0
        assert dcr.standing == nndr.standing == 0.0

    def test_all_are_counted(self, rows):
        score = copy_share(rows)
        assert score.value == 1.0
        assert score.ceiling == 0.0
        assert score.standing == 0.0


class TestFreshRows:
    @pytest.fixture(scope="class")
    @classmethod
    def rows(cls):
        return make_rows(n=1500)

    def test_half_are_closer_to_training_rows(self, rows):
        score = closer_share(rows)
        assert score.interval[0] < 0.5 < score.interval[1]
        assert score.floor == pytest.approx(0.5, abs=0.05)

    def test_distances_are_those_of_held_out_rows(self, rows):
        dcr, nndr = distance_scores(rows)
        assert dcr.interval[0] < 1 < dcr.interval[1]
        assert dcr.floor > 1.3  # rows of independent columns lie off
        assert nndr.value == pytest.approx(nndr.ceiling, abs=0.03)
        assert nndr.floor > nndr.ceiling

    def test_none_is_a_copy(self, rows):
        assert copy_share(rows).value == 0.0

    def test_the_picture_shows_three_distributions(self, rows):
        picture = distance_scores(rows)[0].details["histogram"]
        shares = [picture[f"{pair}"] for pair in ("synthetic_to_train", "synthetic_to_holdout", "holdout_to_train")]
        assert len(picture["edges"]) == 41
        assert [sum(share) for share in shares] == pytest.approx([1, 1, 1])
        assert np.abs(np.subtract(shares[0], shares[2])).sum() < 0.15


def test_some_copies_are_seen_by_all():
    synthetic = np.concatenate([make_rows().real[:400], draw(400, 3)])
    rows = make_rows(synthetic)
    assert copy_share(rows).value == 0.5
    assert closer_share(rows).value == pytest.approx(0.75, abs=0.03)
    dcr, nndr = distance_scores(rows)
    assert dcr.interval[1] < 0.9
    assert nndr.value < nndr.ceiling


def test_ties_count_half():
    score = closer_share(numbers([0, 4], [1, 2, 3.5, 4], [0, 4]))
    assert score.value == 0.5
    # 1 is closer to train's 1, 3 to the holdout's 3, and 2 as close to either.
    assert closer_share(numbers([1, 9], [1, 2, 3], [3, 9])).value == 0.5
    assert closer_share(numbers([1, 9], [1, 1, 2, 3], [3, 9])).value == 0.625


def test_copies_are_equal_in_missing_values_too():
    real = np.array([[1.0, np.nan], [2.0, 0.0], [3.0, 1.0]])
    other_nan = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    synthetic = np.array([[1.0, other_nan], [2.0, -0.0], [np.nan, 1.0], [3.0, 0.0]])
    rows = PrivacyRows(real, synthetic, real[:1], np.zeros(2, dtype=bool), ("x", "y"), True)
    score = copy_share(rows)
    assert score.value == 0.5
    assert score.details["n_copies"] == 2
    assert score.ceiling == 1.0
    assert score.standing == 1.0


def test_rows_equal_to_several_training_rows_single_out_none():
    _, nndr = distance_scores(numbers([1, 1, 5, 5], [1, 5, 5], [1, 5]))
    assert nndr.value == 1.0


def test_means_decide_where_medians_are_zero():
    dcr, _ = distance_scores(numbers([0, 1, 2, 4], [0, 0, 3, 3], [0, 0, 1, 3]))
    assert dcr.value == 2.0
    assert "mean" in dcr.note


def test_nothing_to_compare_with_where_all_held_out_rows_are_copies():
    dcr, _ = distance_scores(numbers([0, 1], [0.5, 0.5], [0, 1]))
    assert dcr.value is None
    assert "every held-out row" in dcr.note


def test_a_single_training_row_has_no_second():
    dcr, nndr = distance_scores(numbers([0], [1, 2], [3]))
    assert nndr.value is None
    assert dcr.value == 1.0  # a constant: equal or not


def test_a_seen_holdout_says_nothing_of_shares_but_counts_for_copies():
    rows = make_rows(make_rows().holdout, holdout_given=False)
    assert closer_share(rows).value is None
    assert "needs a holdout" in closer_share(rows).note
    assert copy_share(rows).value == 1.0
    dcr, nndr = distance_scores(rows)
    assert dcr.value is not None
    assert "has seen" in dcr.note
    assert "has seen" in nndr.note


def test_gaps_in_all_tables_make_no_copy_of_a_fresh_row():
    tables = [with_gaps(draw(1000, seed), seed) for seed in (1, 2, 3)]
    rows = PrivacyRows(tables[0], tables[1], tables[2], IS_CATEGORY, tuple("abcdefg"), True)
    share = closer_share(rows)
    assert share.interval[0] < 0.5 < share.interval[1]
    dcr, _ = distance_scores(rows)
    assert dcr.interval[0] < 1 < dcr.interval[1]
