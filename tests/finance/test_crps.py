import numpy as np
import pytest
from scipy.stats import norm

from synthdiff.finance.crps import fair_crps


def test_pairs_by_hand():
    rng = np.random.default_rng(0)
    members, happened = np.sort(rng.standard_normal((6, 7)), axis=1), rng.standard_normal(6)
    for row, y, score in zip(members, happened, fair_crps(members, happened), strict=True):
        spread = np.abs(row[:, None] - row).sum() / (2 * 7 * 6)
        assert score == pytest.approx(np.abs(row - y).mean() - spread)


@pytest.mark.parametrize("size", [2, 5, 50])
def test_normal_ensembles_of_any_size_have_the_score_of_the_normal_distribution(size):
    rng = np.random.default_rng(size)
    y = 0.7
    scores = fair_crps(np.sort(rng.standard_normal((20_000, size)), axis=1), np.full(20_000, y))
    # Gneiting and Raftery (2007), section 4.2.
    truth = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    assert scores.mean() == pytest.approx(truth, abs=4 * scores.std() / np.sqrt(20_000))


def test_the_truth_scores_best():
    rng = np.random.default_rng(3)
    happened, members = rng.standard_normal(5000), np.sort(rng.standard_normal((5000, 50)), axis=1)
    best = fair_crps(members, happened)
    for other in (1.3 * members, 0.7 * members, members + 0.3):
        worse = fair_crps(other, happened) - best
        assert worse.mean() > 4 * worse.std() / np.sqrt(5000)
