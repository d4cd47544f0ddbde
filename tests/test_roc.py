"""Areas under the ROC curve against scikit-learn, their errors against bootstraps of many samples."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from synthdiff.roc import approximate_error, area, area_error, areas, curve, resamples


def make(n, seed, ties=True):
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.4
    score = rng.standard_normal(n) + positive
    return positive, np.round(score, 1) if ties else score


@pytest.mark.parametrize("ties", [True, False])
def test_area_is_that_of_scikit_learn(ties):
    positive, score = make(300, 0, ties)
    assert area(positive, score) == pytest.approx(roc_auc_score(positive, score), abs=1e-12)


def test_weighted_areas_are_those_of_scikit_learn():
    positive, score = make(300, 1)
    weights = np.random.default_rng(2).integers(0, 4, (5, 300)).astype(float)
    expected = [roc_auc_score(positive, score, sample_weight=w) for w in weights]
    np.testing.assert_allclose(areas(positive, score, weights), expected, atol=1e-12)


def test_no_area_without_both_kinds():
    assert np.isnan(area(np.array([True, True]), np.array([0.1, 0.2])))
    weights = np.array([[1.0, 0.0], [1.0, 1.0]])
    np.testing.assert_array_equal(areas(np.array([True, False]), np.array([0.2, 0.1]), weights), [np.nan, 1.0])


def test_error_is_the_spread_over_samples():
    samples = [make(200, seed) for seed in range(2_000)]
    spread = np.std([area(*sample) for sample in samples])
    # The spread of 2,000 areas is known to 1 / sqrt(4,000) = 1.6 %.
    assert np.mean([area_error(*sample) for sample in samples[:100]]) == pytest.approx(spread, rel=5 * 0.016)
    value = np.mean([area(*sample) for sample in samples])
    # Hanley and McNeil assume exponential scores: a little off for normal ones.
    assert approximate_error(value, 80, 120) == pytest.approx(spread, rel=0.1)


def test_error_is_that_of_a_bootstrap():
    positive, score = make(400, 3)
    replicates = areas(positive, score, resamples(400, 2_000, np.random.default_rng(0)))
    assert area_error(positive, score) == pytest.approx(replicates.std(), rel=5 * 0.016)


def test_error_of_a_useless_score():
    # Var(AUC) of two samples of one continuous law is (m + n + 1) / (12 m n), Mann and Whitney (1947).
    rng = np.random.default_rng(4)
    positive = np.repeat([True, False], 500)
    assert area_error(positive, rng.random(1_000)) == pytest.approx(np.sqrt(1_001 / (12 * 500 * 500)), rel=0.05)
    assert approximate_error(0.5, 500, 500) == pytest.approx(np.sqrt(1_001 / (12 * 500 * 500)), rel=1e-3)


def test_error_takes_two_of_each_kind():
    assert np.isnan(area_error(np.array([True, False, False]), np.array([0.3, 0.2, 0.1])))


def test_resamples_draw_as_many_rows():
    counts = resamples(30, 4, np.random.default_rng(0))
    assert counts.shape == (4, 30)
    assert (counts.sum(axis=1) == 30).all()


def test_curve_runs_through_the_points_of_scikit_learn():
    positive, score = make(500, 5, ties=False)
    found = curve(positive, score, n_points=11)
    mistaken, hit, _ = roc_curve(positive, score, drop_intermediate=False)
    np.testing.assert_allclose(found, np.interp(np.linspace(0, 1, 11), mistaken, hit), atol=1e-12)
    assert np.trapezoid(curve(positive, score, 501), dx=1 / 500) == pytest.approx(area(positive, score), abs=0.005)
