import numpy as np
import pytest

from synthdiff.evaluation.stylized.season import clocks
from synthdiff.evaluation.stylized.series import series_data
from synthdiff.evaluation.stylized.shut import open_hours
from synthdiff.evaluation.stylized.zero import (
    clock_fact,
    clock_subjects,
    resting,
    run_lengths,
    zero_runs,
    zero_share,
    zero_subjects,
)
from tests.evaluation.stylized.damage import blocks, make_peg, make_weeks

RNG = np.random.default_rng(0)


def test_share_and_runs_of_zero_returns():
    x = np.ones((2, 12, 1))
    x[0, [2, 4, 5, 7, 8, 9]] = 0  # runs of 1, 2 and 3
    x[1, [0, 1, 3, 4, 5, 6, 7, 8, 11]] = 0  # one of 6, and two that the window cuts off
    assert zero_share(x) == pytest.approx([15 / 24])
    assert zero_runs(x) == pytest.approx([0.25, 0.25, 0.25, 0.25])
    assert zero_runs(np.ones((2, 9, 1))).tolist() == [0, 0, 0, 0]
    assert run_lengths(np.array([[False, True, False], [True, True, True]])).tolist() == [1]


def test_runs_of_independent_rests_are_geometric():
    # 40,000 steps hold some 8,400 runs: standard error .005 of a probability.
    runs = zero_runs((RNG.random((400, 100, 1)) >= 0.3).astype(float))
    assert runs == pytest.approx([0.7, 0.21, 0.3**2 - 0.3**5, 0.3**5], abs=0.02)


def test_only_assets_that_rest_are_looked_at_and_runs_only_where_both_do():
    history = np.hstack([RNG.normal(size=(500, 2)), make_peg(500)])
    history[:3, 0] = 0  # not a hundredth
    paths = RNG.normal(size=(50, 40, 3))
    paths[:, ::3, 1] = 0
    data = series_data(history, paths)
    assert resting(data) == [1, 2]
    found = list(zero_subjects(data, RNG))
    assert [[fact.name for fact in subject.facts] for subject in found] == [["zero share"], ["zero share"]]
    assert found[0].least["zero share"] == 1 / 500
    own = series_data(history, blocks(history, 40, 20, 50))
    found = list(zero_subjects(own, RNG))
    assert [fact.name for fact in found[-1].facts] == ["zero share", "zero runs"]


def test_zero_returns_by_weekday():
    history, dates = make_weeks(40)
    data = series_data(history, blocks(history, 56, 14, 20))
    (clock,) = clocks(dates, dates[:56])
    (stock,) = clock_subjects(data, clock, RNG)
    assert stock.name == "asset 2"
    fact = clock_fact(clock)
    assert stock.measured(stock.real[None])[fact.name].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert 0.1 < stock.measured(stock.shuffled)[fact.name].mean() < 0.5
    assert stock.least[fact.name] == pytest.approx(1 / 40)
    assert fact.telling.words[5] == "share of zero returns on Sat"


def test_steps_in_which_an_asset_is_shut_do_not_count_as_rests():
    history, dates = make_weeks(40)
    history[[21, 36, 64, 92], 1] = 0  # of 200 open steps
    paths = blocks(history, 54, 14, 50)
    data = series_data(history, paths)
    hours = open_hours(history, dates, dates[2:56])  # from a Wednesday on: more of its steps are weekends
    (stock,) = zero_subjects(data, RNG, hours)
    share = stock.measured(stock.real[None])["zero share"]
    assert share == pytest.approx([4 / 200])
    assert stock.paths.shape == (50, 38, 1)
