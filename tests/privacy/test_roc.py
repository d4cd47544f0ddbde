import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from synthdiff.privacy.roc import tell_apart


def shifted(shift, n=400, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(shift, 1, n), rng.normal(0, 1, n + 100)


def test_area_equals_that_of_sklearn_with_ties_too():
    members, others = (np.round(part, 1) for part in shifted(0.5))
    truth = np.concatenate([np.ones(len(members)), np.zeros(len(others))])
    expected = roc_auc_score(truth, np.concatenate([members, others]))
    assert tell_apart(members, others).auc == pytest.approx(expected, abs=1e-12)


def test_hits_at_few_false_alarms_equal_the_curve_of_sklearn():
    members, others = shifted(1.5)
    truth = np.concatenate([np.ones(len(members)), np.zeros(len(others))])
    alarms, hits, _ = roc_curve(truth, np.concatenate([members, others]), drop_intermediate=False)
    found = tell_apart(members, others)
    assert found.tpr == pytest.approx(hits[alarms <= 0.01].max())
    assert found.tpr_interval[0] < found.tpr < found.tpr_interval[1]
    for share, hit in found.curve:
        assert hit == pytest.approx(hits[alarms <= share + 1e-12].max())


def test_error_is_the_spread_over_samples():
    areas = [tell_apart(*shifted(0.7, 200, seed)).auc for seed in range(300)]
    assert tell_apart(*shifted(0.7, 200)).error == pytest.approx(np.std(areas), rel=0.15)


def test_interval_covers_a_half_in_95_of_100_cases():
    intervals = [tell_apart(*shifted(0.0, 100, seed)).interval() for seed in range(400)]
    covered = np.mean([low <= 0.5 <= high for low, high in intervals])
    assert 0.92 < covered < 0.98


def test_few_rows_that_lie_apart_prove_little():
    found = tell_apart(np.array([3.0, 4.0]), np.array([1.0, 2.0]))
    assert found.auc == 1.0
    assert found.interval()[0] < 0.5
    assert found.interval()[1] == 1.0


def test_equal_numbers_tell_nothing():
    found = tell_apart(np.zeros(50), np.zeros(70))
    assert found.auc == 0.5
    assert found.tpr == 0.0
    assert found.curve[-1] == (1.0, 1.0)
