import numpy as np
import pytest
from scipy.stats import rankdata

from synthdiff.evaluation.stylized.cross import FACTS, SHARE_LEVELS, CrossSample
from synthdiff.evaluation.stylized.fact import measured
from tests.evaluation.stylized.example import make_market

RETURNS = make_market(30, 100, 3, seed=7)
SCALE = RETURNS.std(axis=(0, 1))
FOUND = measured(FACTS, CrossSample(RETURNS, SCALE))
PAIRS = [(0, 1), (0, 2), (1, 2)]


def pairs(matrix):
    return [matrix[pair] for pair in PAIRS]


def test_correlations():
    flat = RETURNS.reshape(-1, 3)
    assert FOUND["correlation"] == pytest.approx(pairs(np.corrcoef(flat.T)))
    ranks = np.apply_along_axis(rankdata, 0, flat)
    assert FOUND["rank correlation"] == pytest.approx(pairs(np.corrcoef(ranks.T)))
    size = np.minimum(np.abs(flat / SCALE), 6)
    assert FOUND["volatility co-movement"] == pytest.approx(pairs(np.corrcoef(size.T)))


def test_joint_tails():
    flat = RETURNS.reshape(-1, 3)
    low, high = np.quantile(flat, [0.05, 0.95], axis=0)
    falls = [((flat[:, a] < low[a]) & (flat[:, b] < low[b])).mean() / 0.05 for a, b in PAIRS]
    rises = [((flat[:, a] > high[a]) & (flat[:, b] > high[b])).mean() / 0.05 for a, b in PAIRS]
    assert FOUND["joint tails"] == pytest.approx([*falls, *rises], abs=0.01)


def test_share_of_the_first_component():
    shares = [np.linalg.eigvalsh(np.corrcoef(window.T))[-1] / 3 for window in RETURNS]
    assert FOUND["PC1 share"] == pytest.approx(np.quantile(shares, SHARE_LEVELS))


def test_an_asset_that_does_not_move_has_no_correlation():
    still = RETURNS.copy()
    still[:, :, 1] = 0
    found = measured(FACTS, CrossSample(still, SCALE))
    assert found["correlation"][[0, 2]].tolist() == [0, 0]
    assert found["PC1 share"].tolist() == [0] * len(SHARE_LEVELS)


def test_independent_assets_know_nothing_of_each_other():
    # 50,000 steps: standard error of a correlation .0045, of a joint tail .0003 / .05 = .01.
    found = measured(FACTS, CrossSample(make_market(500, 100, 2, common=0.0, size=0.0, memory=0.0), np.full(2, 0.01)))
    assert abs(found["correlation"][0]) < 0.02
    assert found["joint tails"] == pytest.approx([0.05, 0.05], abs=0.02)
