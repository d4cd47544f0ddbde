"""Holes of returns: correlations stay what they are, sums of holes are kept, what is drawn is marked."""

import json

import numpy as np
import pytest

from synthdiff.codecs.series.history import spans_of
from synthdiff.codecs.series.imputation import ObservedReturns, ReturnImputation

N_STEPS = 1_500
PATTERNS = ("late", "early", "holes", "random")


def correlated(n_assets, seed=0):
    """Returns with one common factor and a volatility that wanders slowly."""
    rng = np.random.default_rng(seed)
    loading = rng.uniform(0.3, 0.9, n_assets)
    correlation = np.outer(loading, loading)
    np.fill_diagonal(correlation, 1.0)
    log_volatility = np.zeros(N_STEPS)
    for step in range(1, N_STEPS):
        log_volatility[step] = 0.97 * log_volatility[step - 1] + 0.06 * rng.standard_normal()
    draws = rng.multivariate_normal(np.zeros(n_assets), correlation, N_STEPS)
    return 0.01 * draws * np.exp(log_volatility)[:, None]


def visible(pattern, n_assets):
    """Rows in which prices are observed, the one before the first return included."""
    seen = np.ones((N_STEPS + 1, n_assets), dtype=bool)
    if pattern == "late":
        seen[: N_STEPS // 2, n_assets // 2 :] = False
    elif pattern == "early":
        seen[N_STEPS // 2 :, n_assets // 2 :] = False
    elif pattern == "holes":
        seen[300:700, 0] = False
        seen[800:1_200, -1] = False
    elif pattern == "random":
        seen[1:] = np.random.default_rng(9).random((N_STEPS, n_assets)) > 0.3
    return seen


def observe(returns, seen):
    """What is known of returns where prices are seen."""
    prices = np.where(seen, np.concatenate([np.zeros((1, returns.shape[1])), returns.cumsum(axis=0)]), np.nan)
    rows = np.maximum.accumulate(np.where(seen, np.arange(len(seen))[:, None], -1), axis=0)
    before = np.take_along_axis(prices, np.maximum(rows[:-1], 0), axis=0)
    moves = np.where(rows[:-1] >= 0, prices[1:] - before, np.nan)
    spans = spans_of(seen, np.ones_like(seen))[1:]
    return ObservedReturns(moves, spans, np.zeros(moves.shape, dtype=bool), np.ones(moves.shape))


@pytest.mark.parametrize("n_assets", [2, 4, 10, 30])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_correlations_are_those_of_the_whole_history(pattern, n_assets):
    """Beside the correlation of all 1,500 returns. That of half of them has a standard error of 1 / sqrt(750) = .037
    at most, and .026 less of what both share: the mean over pairs lies within two of these, single ones within five."""
    returns = correlated(n_assets)
    observed = observe(returns, visible(pattern, n_assets))
    filled = ReturnImputation.fit(observed).complete(observed)
    pairs = np.triu_indices(n_assets, 1)
    away = (np.corrcoef(filled.T) - np.corrcoef(returns.T))[pairs]
    assert abs(away.mean()) < 2 * 0.037 / np.sqrt(min(len(away), 4))
    assert np.abs(away).max() < 5 * 0.037
    np.testing.assert_allclose(filled.std(axis=0), returns.std(axis=0), rtol=0.12)


@pytest.mark.parametrize("pattern", ["early", "holes", "random"])
def test_what_is_known_is_kept(pattern):
    returns, seen = correlated(4), visible(pattern, 4)
    observed = observe(returns, seen)
    filled = ReturnImputation.fit(observed).complete(observed)
    single = observed.single
    np.testing.assert_array_equal(filled[~np.isnan(single)], single[~np.isnan(single)])
    np.testing.assert_allclose(filled.cumsum(axis=0)[seen[1:]], returns.cumsum(axis=0)[seen[1:]], atol=1e-12)


def test_two_assets_that_are_never_seen_together():
    returns = correlated(2)
    seen = np.ones((N_STEPS + 1, 2), dtype=bool)
    seen[: N_STEPS // 2, 0] = seen[N_STEPS // 2 + 1 :, 1] = False
    observed = observe(returns, seen)
    filled = ReturnImputation.fit(observed).complete(observed)
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(filled.std(axis=0), 0.01, rtol=0.3)


def test_an_asset_that_is_seen_every_third_day():
    """The deviation of 500 sums of three has a standard error of 3 %."""
    returns = correlated(2)
    seen = np.ones((N_STEPS + 1, 2), dtype=bool)
    seen[:, 1] = np.arange(N_STEPS + 1) % 3 == 0
    observed = observe(returns, seen)
    assert observed.seen[:, 1].mean() > 0.95
    filled = ReturnImputation.fit(observed).complete(observed)
    assert filled[:, 1].std() == pytest.approx(returns[:, 1].std(), rel=0.12)


def test_cells_without_a_return_count_in_no_sum():
    """An asset rests on every fifth step; the return after a hole of one step is that of two."""
    returns = correlated(2)
    seen = np.ones((N_STEPS + 1, 2), dtype=bool)
    idle = np.zeros((N_STEPS, 2), dtype=bool)
    idle[4::5, 1] = True
    returns[idle] = 0.0
    seen[11, 1] = False
    found = observe(returns, seen)
    observed = ObservedReturns(found.values, found.spans, idle, found.usual)
    filled = ReturnImputation.fit(observed).complete(observed)
    assert filled[idle].std() > 0.005
    np.testing.assert_allclose(filled[10:12, 1].sum(), returns[10:12, 1].sum(), atol=1e-15)
    rests = np.where(idle, 0.0, filled)
    np.testing.assert_allclose(rests.sum(axis=0), returns.sum(axis=0), atol=1e-12)


def test_draws_are_as_large_as_is_usual_at_their_time():
    """Every second step is four times as volatile; 300 draws a kind have deviations with an error of 4 %."""
    returns = correlated(2)
    usual = np.where(np.arange(N_STEPS)[:, None] % 2, 4.0, 1.0) * np.ones((1, 2))
    seen = np.ones((N_STEPS + 1, 2), dtype=bool)
    seen[400:1_000, 1] = False
    found = observe(returns * usual, seen)
    observed = ObservedReturns(found.values, found.spans, found.idle, usual)
    drawn = ReturnImputation.fit(observed).complete(observed)[400:998, 1]
    assert drawn[1::2].std() / drawn[::2].std() == pytest.approx(4.0, rel=0.25)


def test_the_same_comes_out_again_and_from_json():
    observed = observe(correlated(3), visible("random", 3))
    law = ReturnImputation.fit(observed)
    back = ReturnImputation.from_dict(json.loads(json.dumps(law.to_dict())))
    np.testing.assert_array_equal(law.complete(observed), back.complete(observed))


@pytest.mark.parametrize(
    ("scale", "correlation", "message"),
    [
        ([1.0, 0.0], [[1.0, 0.0], [0.0, 1.0]], "scales must be positive"),
        ([1.0, 1.0], [[1.0, 1.0], [1.0, 1.0]], "cannot be inverted"),
        ([1.0], [[1.0, 0.0], [0.0, 1.0]], "a correlation of 1 assets"),
    ],
)
def test_a_law_that_cannot_be_is_refused(scale, correlation, message):
    with pytest.raises(ValueError, match=message):
        ReturnImputation.from_dict({"scale": scale, "correlation": correlation})
