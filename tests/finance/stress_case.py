"""A market whose conditional law is known, in the place of a fitted model, and stress tests on it."""

import functools

import numpy as np
import pandas as pd

from synthdiff.data.interval import exact_share_interval
from synthdiff.data.paths import Event, Paths
from synthdiff.data.request import Subjects, read_request
from synthdiff.errors import ConditioningError
from synthdiff.finance.stress import StressTest
from synthdiff.finance.view import View
from tests.finance.market import ASSETS, COVARIANCE

EVIL = "<script>alert(1)</script>"
BOOK = {"SPX": 0.5, "OIL": 0.3, "GOLD": 0.2}
N, HORIZON = 2_000, 21
N_FREE = 500


class GaussianModel:
    """Independent normal steps; given what an asset returns, all others have exactly their conditional law."""

    def __init__(self, assets=ASSETS, dated=True):
        self.assets, self.dated, self.calls = tuple(assets), dated, []

    def forecast(self, history, horizon, n_paths, **options):
        return self.sample(n_paths, horizon, begin=history, **options)

    def sample(self, n_paths, horizon, **options):
        self.calls.append(options)
        asked = options.get("conditioning") or {}
        rng = np.random.default_rng(options["random_state"])
        scale = 2.0 if asked.get("regime") == "crisis" else 1.0
        steps = scale * rng.multivariate_normal(np.zeros(3), COVARIANCE, size=(n_paths, horizon))
        if self.assets[0] in asked:
            known = Subjects(self.assets, ("return",) * 3)
            target = np.log1p(read_request({"SPX": asked["SPX"]}, known, horizon).target.low[0, 0])
            if target < np.log(0.2):
                raise ConditioningError("no path falls by 80 %", column="SPX", value=-0.8, support=(-0.6, 1.0))
            gap = target - steps[:, :, :1].sum(axis=1, keepdims=True)
            steps = steps + gap * COVARIANCE[:, 0] / COVARIANCE[0, 0] / horizon
        if "return" in asked:
            steps = steps - 2.0 / horizon
        days = np.array(pd.bdate_range("2023-01-02", periods=horizon)) if self.dated else None
        event = None
        if asked:
            event = Event("what is asked", 0.01, exact_share_interval(0.01, N_FREE), N_FREE, n_paths / 2.0, ("a note",))
        return Paths.of(steps, self.assets, start=[100.0, 50.0, 80.0], dates=days, event=event)


def make_history(assets=ASSETS):
    """Prices of business days; in the financial crisis the first halves, the second rises by 41 %."""
    days = pd.bdate_range("2007-01-01", "2010-01-01")
    crisis = (days > "2007-10-09") & (days <= "2009-03-09")
    returns = np.random.default_rng(0).normal(0, 0.01, (len(days), 3))
    returns[crisis] += np.log(0.5) * np.array([1.0, -0.5, 0.0]) / crisis.sum() - returns[crisis].mean(axis=0)
    return pd.DataFrame(100 * np.exp(np.cumsum(returns, axis=0)), index=days, columns=list(assets))


@functools.cache
def example_report(n=N):
    """A report with a scenario of each kind, one asset of which is called as markup is."""
    names = ("SPX", EVIL, "OIL")
    book = dict(zip(names, (0.5, 0.2, 0.2), strict=True))
    model, test = GaussianModel(names), StressTest(book)
    usual = test.unstressed(model, HORIZON, n_paths=n)
    return test.compare(
        usual,
        test.shock(model, {"SPX": -0.2}, HORIZON, n_paths=n),
        test.regime(model, {"regime": "crisis"}, HORIZON, n_paths=n),
        test.reverse(usual, 0.08),
        test.views(usual, [View.mean("SPX", "<=", -0.03)]),
        test.replay(make_history(names), "gfc"),
    )
