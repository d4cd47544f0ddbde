import re

import numpy as np
import pytest

from synthdiff.errors import ConfigError
from synthdiff.finance.filtered import FilteredHistorical
from synthdiff.finance.recursion import filter_returns
from tests.finance.history import fitted, returns


def test_a_forecast_is_a_day_of_shocks_at_todays_volatility():
    simulator = fitted("filtered_historical")
    recursion = simulator.fit_.recursion
    states, _ = filter_returns(recursion, returns()[:650])
    day = simulator.forecast(returns()[:650], 1, 50, 0)[:, 0]
    shocks = (day - recursion.mean) / recursion.scale(states[-1])
    distance = np.abs(shocks[:, None] - simulator.residuals_).max(axis=2).min(axis=1)
    assert distance.max() < 1e-10


def test_shocks_are_those_of_the_history():
    simulator = fitted("filtered_historical")
    np.testing.assert_array_equal(simulator.residuals_, filter_returns(simulator.fit_.recursion, returns()[:600])[1])


def test_shocks_out_of_this_world_are_cut():
    pytest.importorskip("arch")
    wild = returns()[:600].copy()
    wild[300, 1] = -2.0
    simulator = FilteredHistorical().fit(wild)
    assert simulator.residuals_.min() == -20
    assert re.fullmatch(r"asset 1: a shock of \d+ volatilities is cut to 20", simulator.notes[-1])


def test_both_filters():
    pytest.importorskip("arch")
    gjr = FilteredHistorical("gjr").fit(returns()[:600])
    assert np.isfinite(gjr.sample(50, 20, 0)).all()
    assert type(gjr.fit_.recursion) is not type(fitted("filtered_historical").fit_.recursion)
    with pytest.raises(ConfigError, match="volatility 'ewma' is not known; say egarch or gjr"):
        FilteredHistorical("ewma").fit(returns())
