import numpy as np
import pytest
from scipy import stats

from synthdiff.data.paths import Paths
from synthdiff.errors import ConfigError
from synthdiff.finance.contrast import compare_paths
from synthdiff.finance.contribution import es_contribution
from synthdiff.finance.drawdown import drawdown_risk
from synthdiff.finance.risk import measure_risk
from synthdiff.finance.worst import worst_paths
from tests.finance.market import ASSETS, COVARIANCE, make_paths

BOOK = {"SPX": 0.6, "GOLD": 0.4, "OIL": -0.1}
DATES = np.datetime64("2024-01-02") + np.arange(10)


@pytest.fixture(scope="module")
def paths():
    return make_paths()


@pytest.fixture(scope="module")
def weighted(paths):
    return paths.reweight(np.exp(-10 * paths.terminal()[:, 0]))


@pytest.mark.parametrize("rebalance", ["daily", "hold"])
@pytest.mark.parametrize("level", [0.9, 0.975, 0.9921])
def test_contributions_sum_to_expected_shortfall(weighted, rebalance, level):
    found = es_contribution(weighted, BOOK, level, rebalance=rebalance)
    risk = weighted.var_es((level,), BOOK, rebalance=rebalance)
    assert found.values.sum() == pytest.approx(risk.es[0, 0], abs=1e-14)
    assert found.shares.sum() == pytest.approx(1)
    assert found.es_interval == pytest.approx(tuple(risk.es_interval[0, 0]))


def test_contributions_are_derivatives_of_expected_shortfall(weighted):
    """Euler: by each weight, of a portfolio that is held; the tail's paths do not change for a small step."""
    base, step = np.array([0.6, 0.4, -0.1]), 1e-7
    found = es_contribution(weighted, base, 0.95, rebalance="hold")

    def es(weights):
        return weighted.var_es((0.95,), weights, rebalance="hold").es[0, 0]

    slopes = [(es(base + step * unit) - es(base - step * unit)) / (2 * step) for unit in np.eye(3)]
    assert base * slopes == pytest.approx(found.values, abs=1e-6)


def test_contributions_of_a_normal_market_are_covered():
    """One normal step, so small that simple returns are log returns: C_i = w_i (S w)_i / s * pdf(q) / (1 - a).

    200 samples: a coverage of .95 has a standard error of .015 for each asset.
    """
    weights, level, runs = np.array([0.5, 0.3, 0.2]), 0.95, 200
    small = 1e-4 * COVARIANCE
    sd = np.sqrt(weights @ small @ weights)
    truth = weights * (small @ weights) / sd * stats.norm.pdf(stats.norm.ppf(level)) / (1 - level)
    rng = np.random.default_rng(1)
    covered = np.zeros(3)
    for _ in range(runs):
        returns = rng.multivariate_normal(np.zeros(3), small, size=(1_000, 1))
        found = es_contribution(Paths.of(returns, ASSETS), weights, level)
        covered += (found.intervals[:, 0] <= truth) & (truth <= found.intervals[:, 1])
    assert (covered / runs >= 0.90).all()
    assert (covered / runs <= 0.995).all()


def test_an_asset_that_is_not_held_adds_nothing(paths):
    found = es_contribution(paths, {"SPX": 1.0})
    assert found.values[1:].tolist() == [0, 0]
    assert np.array_equal(found.intervals[1:], np.zeros((2, 2)))
    assert found.to_frame()["asset"].tolist() == list(ASSETS)


def test_worst_paths_are_those_of_the_largest_losses(weighted):
    weighted = weighted.reweight(np.where(np.arange(len(weighted)) == weighted.losses(BOOK).argmax(), 0, 1.0))
    dated = Paths.of(weighted.returns, ASSETS, dates=DATES, weights=weighted.weights)
    worst = worst_paths(dated, BOOK, 5)
    losses = dated.losses(BOOK)[:, 0]
    assert worst.rows.tolist() == np.argsort(-losses)[1:6].tolist()  # the worst of all has no weight
    assert worst.losses == pytest.approx(losses[worst.rows])
    assert worst.asset_losses.sum(axis=1) == pytest.approx(worst.losses)
    values = dated.portfolio(BOOK)[worst.rows]
    assert values[np.arange(5), worst.troughs - 1] == pytest.approx(values.min(axis=1))
    assert worst.dates.tolist() == DATES.astype("datetime64[ns]")[worst.troughs - 1].tolist()
    assert worst.drawdowns == pytest.approx(dated.drawdowns(BOOK)[worst.rows, 0])
    assert list(worst.to_frame()) == ["path", "loss", "drawdown", "trough", "weight", *ASSETS]
    with pytest.raises(ConfigError, match="n is 0"):
        worst_paths(dated, BOOK, 0)


def test_drawdown_probabilities(weighted):
    risk = drawdown_risk(weighted, depths=(0.05, 0.1))
    falls = -weighted.drawdowns()
    assert risk.probabilities[2, 1] == pytest.approx(weighted.weights @ (falls[:, 2] >= 0.1))
    assert (risk.intervals[..., 0] <= risk.probabilities).all()
    assert (risk.probabilities <= risk.intervals[..., 1]).all()
    assert (np.diff(risk.quantiles, axis=1) >= 0).all()
    assert len(risk.to_frame()) == 6
    book = drawdown_risk(weighted, BOOK)
    assert book.names == ("portfolio",)


def test_levels_have_no_relative_drawdown(paths):
    mixed = Paths.of(paths.returns, ASSETS, kinds=["return", "difference", "return"])
    assert drawdown_risk(mixed).names == ("SPX", "OIL")


def test_stressed_beside_unstressed(paths, weighted):
    comparison = compare_paths(paths, weighted, BOOK)
    assert comparison.names == ("portfolio", *ASSETS)
    frame = comparison.to_frame().set_index(["name", "measure"])
    es = frame.loc[("portfolio", "ES 97.5 %")]
    assert es["stressed"] == pytest.approx(weighted.var_es((0.975,), BOOK).es[0, 0])
    assert es["unstressed"] == pytest.approx(paths.var_es((0.975,), BOOK).es[0, 0])
    assert (frame["stressed_low"] <= frame["stressed"]).all()
    assert (frame["unstressed"] <= frame["unstressed_high"]).all()
    mean = frame.loc[("SPX", "mean return")]
    assert mean["stressed_high"] < mean["unstressed_low"]
    assert frame.loc[("GOLD", "volatility"), "unstressed"] == pytest.approx(
        np.expm1(paths.terminal()[:, 1]).std(), rel=1e-9
    )
    assert comparison.sizes == (pytest.approx(len(paths)), weighted.effective_size)


def test_comparisons_need_the_same_assets(paths):
    other = Paths.of(paths.returns[:, :, :2], ASSETS[:2])
    with pytest.raises(ConfigError, match="SPX, GOLD, OIL cannot be compared with paths of SPX, GOLD"):
        compare_paths(paths, other)


def test_levels_are_compared_in_their_unit(paths):
    mixed = Paths.of(paths.returns, ASSETS, kinds=["return", "difference", "return"])
    frame = compare_paths(mixed, mixed, {"SPX": 1.0}).to_frame()
    measures = frame[frame["name"] == "GOLD"]["measure"].tolist()
    assert "median drawdown" in measures
    assert "probability of a drawdown of 20 %" not in measures


def test_everything_at_once(weighted):
    risk = measure_risk(weighted, BOOK, horizon=5, n_worst=3)
    assert (risk.n_paths, risk.n_steps) == (len(weighted), 5)
    assert risk.effective_size == pytest.approx(weighted.effective_size)
    assert risk.contribution.es == pytest.approx(risk.tail.es[0, 1])
    assert risk.asset_tail.names == ASSETS
    assert len(risk.worst.rows) == 3
    assert risk.drawdown.names == ("portfolio",)
