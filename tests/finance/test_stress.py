import numpy as np
import pytest

from synthdiff.data.paths import Paths
from synthdiff.errors import ConditioningError, ConfigError, TooFewRowsError
from synthdiff.finance.contribution import es_contribution
from synthdiff.finance.reverse import reverse_stress
from synthdiff.finance.stress import StressTest
from synthdiff.finance.view import View
from tests.finance.market import ASSETS, COVARIANCE, make_paths
from tests.finance.stress_case import BOOK, HORIZON, GaussianModel, make_history

N = 2_000


@pytest.fixture(scope="module")
def test():
    return StressTest(BOOK, rebalance="hold")


@pytest.fixture(scope="module")
def usual(test):
    return test.unstressed(GaussianModel(), HORIZON, n_paths=N)


def test_a_shock_moves_the_rest_as_the_model_says(test, usual):
    model = GaussianModel()
    found = test.shock(model, {"SPX": -0.15}, HORIZON, n_paths=N, random_state=3)
    assert model.calls == [{"conditioning": {"SPX": -0.15}, "portfolio": BOOK, "random_state": 3}]
    assert found.kind == "shock"
    assert found.name == "SPX -15 %"
    assert len(found.summary) == 3
    assert found.description == f"SPX falls 15 % over {HORIZON} days"
    assert found.event.text == "what is asked"
    # lognormal given what SPX returns: OIL's mean is exp(beta ln .85 + variance / 2)
    beta = COVARIANCE[:, 0] / COVARIANCE[0, 0]
    variance = HORIZON * (np.diag(COVARIANCE) - beta * COVARIANCE[:, 0])
    means = np.exp(beta * np.log(0.85) + variance / 2) - 1
    expected = -sum(BOOK[name] * mean for name, mean in zip(ASSETS, means, strict=True))
    deviation = found.paths.losses(BOOK, "hold").std() / np.sqrt(N)  # .0008
    assert found.outcome.mean == pytest.approx(expected, abs=4 * deviation)
    low, high = found.outcome.interval
    assert low < found.outcome.mean < high
    assert high - low == pytest.approx(2 * 1.96 * deviation, rel=0.01)
    assert usual.outcome.mean == pytest.approx(0, abs=0.01)


def test_outcome_is_what_the_risk_numbers_say(usual):
    outcome, tail = usual.outcome, usual.risk.tail
    assert outcome.high == pytest.approx(tail.var[0, 0])
    assert outcome.beyond == pytest.approx(tail.es[0, 0])
    losses = usual.paths.losses(BOOK, "hold")[:, 0]
    assert outcome.low == np.sort(losses)[N // 20 - 1]
    assert outcome.mean == pytest.approx(losses.mean())
    assert outcome.drawdown == pytest.approx(-np.median(usual.paths.drawdowns(BOOK, "hold")), abs=1e-4)


def test_regimes_and_drawdowns_are_passed_on(test):
    model = GaussianModel()
    found = test.regime(model, {"regime": "crisis"}, HORIZON, n_paths=N, random_state=1, min_effective=100)
    assert model.calls[-1]["conditioning"] == {"regime": "crisis"}
    assert model.calls[-1]["min_effective"] == 100
    assert (found.kind, found.name) == ("regime", "regime crisis")
    assert found.description == f"regime is crisis over {HORIZON} days"
    spread = found.paths.terminal()[:, 0].std()
    assert spread == pytest.approx(2 * 0.02 * np.sqrt(HORIZON), rel=4 / np.sqrt(2 * N))

    both = test.shock(model, {"SPX": -0.1}, HORIZON, covariates={"regime": "crisis"}, n_paths=50, name="both")
    assert model.calls[-1]["conditioning"] == {"SPX": -0.1, "regime": "crisis"}
    assert (both.kind, both.name) == ("shock", "both")
    assert both.description == f"SPX falls 10 % and regime is crisis over {HORIZON} days"

    deep = test.shock(model, {}, HORIZON, max_drawdown=-0.3, n_paths=50)
    assert model.calls[-1]["conditioning"] == {"max_drawdown": ("<=", -0.3)}
    assert model.calls[-1]["portfolio"] == BOOK
    assert (deep.kind, deep.name) == ("shock", "maximum drawdown of portfolio ≤ -30 %")
    assert deep.description == f"the portfolio falls by 30 % or more from its highest value over {HORIZON} days"


@pytest.mark.parametrize(("begin", "history"), [("end", None), (make_history(), make_history())])
def test_paths_begin_where_the_test_says(begin, history):
    model, test = GaussianModel(), StressTest(BOOK, begin=begin)
    usual = test.unstressed(model, HORIZON, n_paths=50)
    test.shock(model, {"SPX": -0.1}, HORIZON, n_paths=50)
    test.reverse(model, 0.001, horizon=HORIZON, n_paths=500)
    assert len(model.calls) == 3
    for call in model.calls:
        assert call["begin"] is begin if history is not None else call["begin"] is None
    words = "at its end" if history is None else "at the end of a history of its own"
    assert test.compare(usual).about["paths begin"] == words


def test_a_word_for_the_begin_that_is_not_known_is_refused():
    with pytest.raises(ConfigError, match="begin is 'now'; say anywhere or end"):
        StressTest(BOOK, begin="now").unstressed(GaussianModel(), 5, n_paths=20)


def test_what_the_model_cannot_do_is_its_error(test):
    with pytest.raises(ConditioningError, match="no path falls by 80 %"):
        test.shock(GaussianModel(), {"SPX": -0.9}, HORIZON, n_paths=50)
    with pytest.raises(ConfigError, match="no shock is asked for"):
        test.shock(GaussianModel(), {}, HORIZON)


def test_reverse_stress_is_of_the_paths_that_lose_so_much(test, usual):
    found = test.reverse(usual, 0.08, random_state=5)
    same = reverse_stress(usual.paths, BOOK, 0.08, rebalance="hold", random_state=5)
    assert found.reverse.probability == found.event.probability == same.probability
    assert found.event.interval == same.interval
    assert found.event.n_unguided == N
    assert len(found.paths) == len(same.rows)
    assert found.paths.losses(BOOK, "hold").min() >= 0.08
    assert found.name == "Loss of 8 %"
    assert found.description == f"the portfolio loses 8 % or more by the end of {HORIZON} days"
    total = sum(part.probability for part in found.reverse.scenarios)
    assert total == pytest.approx(same.probability)


def test_reverse_stress_draws_its_paths_from_a_model(test, usual):
    found = test.reverse(GaussianModel(), 0.08, horizon=HORIZON, n_paths=N)
    assert found.event.probability == test.reverse(usual.paths, 0.08).event.probability
    short = test.reverse(usual, 0.05, horizon=5)
    assert short.paths.n_steps == 5
    with pytest.raises(TooFewRowsError, match="paths lose 90 %"):
        test.reverse(usual, 0.9)


def test_where_too_few_lose_so_much_such_are_drawn(usual):
    test, model = StressTest(BOOK), GaussianModel()
    found = test.reverse(usual, 0.6, guide=model, n_paths=300)
    assert model.calls[-1]["conditioning"] == {"return": ("<=", -0.6)}
    assert model.calls[-1]["portfolio"] == BOOK
    assert found.event.probability == found.reverse.probability == 0.01
    assert found.event.text == f"the portfolio loses 60 % or more by the end of {HORIZON} days"
    assert sum(part.probability for part in found.reverse.scenarios) == pytest.approx(0.01)
    assert sum(found.shares) == pytest.approx(1)
    low, high = found.reverse.scenarios[0].interval
    assert low < found.reverse.scenarios[0].probability < high <= found.event.interval[1]
    assert "drawn to do it" in found.notes[0]
    with pytest.raises(TooFewRowsError):
        test.reverse(usual, 0.6, guide=model, at="trough")


def test_where_few_lose_so_much_such_are_drawn_if_they_can_be(usual):
    test, model = StressTest(BOOK), GaussianModel()
    losses = np.sort(usual.paths.losses(BOOK, "daily"), axis=None)
    loss = float(losses[-30])  # enough to be told apart, too few for tails
    assert len(test.reverse(usual, loss).paths) == 30
    found = test.reverse(usual, loss, guide=model, n_paths=300)
    assert "drawn to do it" in found.notes[0]
    assert found.event.probability == 0.01

    def cannot(*args, **options):
        raise ConditioningError("no path comes there")

    model.sample = cannot
    assert len(test.reverse(usual, loss, guide=model).paths) == 30


def test_reverse_stress_of_conditioned_paths_says_so(test):
    model = GaussianModel()
    shocked = test.shock(model, {"SPX": -0.2}, HORIZON, n_paths=N)
    assert test.reverse(shocked, 0.1).notes == ("All of this is given: what is asked.",)


def test_views_weigh_the_same_paths(test, usual):
    found = test.views(usual, [View.mean("SPX", "=", -0.05)])
    assert found.paths.returns is usual.paths.returns
    assert -found.paths.losses()[:, 0] @ found.paths.weights == pytest.approx(-0.05, abs=1e-6)
    assert found.views[0].after == pytest.approx(-0.05, abs=1e-6)
    assert found.event is None
    assert found.outcome.mean > usual.outcome.mean


def test_replay_is_what_the_portfolio_would_have_lost(test):
    found = test.replay(make_history(), "gfc")
    # bought and held: half falls by half, a fifth rises by 41 %, the rest is back where it was
    assert found.outcome.mean == pytest.approx(0.25 - 0.2 * (np.sqrt(2) - 1))
    assert found.event is None
    assert len(found.paths) == 1
    assert found.name == "Global financial crisis 2007-09"
    parts = dict(zip(found.risk.contribution.assets, found.risk.contribution.values, strict=True))
    assert parts["SPX"] == pytest.approx(0.25)
    assert test.replay(make_history(), "2008-09-12", "2008-09-19", name="mine").name == "mine"


def test_worst_paths_are_such_as_count(test, usual):
    weights = np.ones(N)
    worst = np.argsort(-usual.paths.losses(BOOK, "hold")[:, 0])
    weights[worst[:5]] = 1e-4
    found = test.views(Paths.of(usual.paths.returns, ASSETS, weights=weights), [View.mean("SPX", ">=", -1.0)])
    assert not set(worst[:5]) & set(found.risk.worst.rows)
    assert found.risk.worst.rows[0] == worst[5]


def test_few_paths_are_said(test):
    few = test.unstressed(GaussianModel(), HORIZON, n_paths=60)
    assert few.notes[0].startswith("There are only 60 paths")
    weights = np.where(np.arange(N) < 100, 1.0, 1e-6)
    light = test.views(make_paths(N, weights=weights), [View.mean("SPX", ">=", -1.0)])
    assert "are worth only 100 of equal weight" in light.notes[0]
    assert test.unstressed(GaussianModel(), HORIZON, n_paths=500).notes == ()


def test_an_unknown_asset_is_refused():
    with pytest.raises(ConfigError, match="holds 'DAX', which is no asset here"):
        StressTest({"DAX": 1.0}).unstressed(GaussianModel(), 5, n_paths=20)
    with pytest.raises(ConfigError, match="holds 'DAX', which is no asset here"):
        StressTest({"DAX": 1.0}).replay(make_history(), "gfc")


def test_equal_weights_are_of_what_can_be_held():
    assert StressTest.equal(["A", "B"]).portfolio == {"A": 0.5, "B": 0.5}
    assert StressTest.equal(["A", "Y"], ["return", "difference"]).portfolio == {"A": 1.0}
    with pytest.raises(ConfigError, match="none of the assets"):
        StressTest.equal(["Y"], ["difference"])


def test_levels_and_rebalancing_are_those_of_the_test():
    test = StressTest(BOOK, levels=(0.9,))
    found = test.unstressed(GaussianModel(), HORIZON, n_paths=N)
    assert found.risk.tail.levels == (0.9,)
    daily = es_contribution(found.paths, BOOK, rebalance="daily")
    assert found.risk.contribution.values == pytest.approx(daily.values)


def test_the_same_seed_gives_the_same_result(test):
    first, again, other = (
        test.shock(GaussianModel(), {"SPX": -0.1}, HORIZON, n_paths=50, random_state=seed).to_dict()
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
