"""Damage of each kind is told by the asset and the fact; paths of the history's own blocks are not."""

import numpy as np
import pytest

from synthdiff.data.market.calendar import next_dates
from synthdiff.evaluation.stylized.evaluate import score_paths
from tests.evaluation.stylized.damage import (
    N_SLOTS,
    blocks,
    make_peg,
    make_ragged,
    make_sessions,
    make_steps,
    make_weeks,
    outlying,
    text,
)

FEW = {"draws": 20}


def peg_market(seed=0):
    return np.hstack([make_steps(2_000, 1, seed), make_peg(seed=seed)])


def of_ragged(seed, paths=None):
    ragged, whole = make_ragged(seed=seed)
    paths = blocks(whole, 60, 20, seed=seed) if paths is None else paths
    return score_paths(ragged, paths, names=["A", "B"], random_state=seed, **FEW)


def of_peg(seed, paths=None):
    history = peg_market(seed)
    paths = blocks(history, 60, 20, seed=seed) if paths is None else paths
    return score_paths(history, paths, names=["A", "PEG"], random_state=seed, **FEW)


def of_weeks(seed, paths=None, is_filled=True):
    history, dates = make_weeks(seed=seed)
    paths = blocks(history, 56, 14, seed=seed) if paths is None else paths
    known = history if is_filled else np.where(history == 0, np.nan, history)
    names = ["COIN", "STOCK"]
    return score_paths(
        known, paths, names=names, random_state=seed, dates=dates, path_dates=next_dates(dates, 56), **FEW
    )


def of_sessions(seed, paths=None):
    history, dates = make_sessions(seed=seed)
    paths = blocks(history, 3 * N_SLOTS, N_SLOTS, seed=seed) if paths is None else paths
    after = next_dates(dates, 3 * N_SLOTS)
    return score_paths(history, paths, names=["A"], random_state=seed, dates=dates, path_dates=after, **FEW)


def check_own_blocks(seed):
    """No asset, pair or time is named: each is 1 % likely by chance in each fact of another history, here in none."""
    reports = of_ragged(seed), of_peg(seed), of_weeks(seed), of_weeks(seed, is_filled=False), of_sessions(seed)
    assert [outlying(report) for report in reports] == [{}] * 5
    assert not any(report.below_zero for report in reports)
    names = [f"({name} " for report in reports for name in (*report.cross, *report.extra)]
    bad = [finding.text for report in reports for finding in report.verdict[1:] if finding.level == "bad"]
    assert not [told for told in bad if any(name in told for name in names)]


def test_blocks_of_the_history_are_not_told():
    check_own_blocks(0)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 20))
def test_blocks_of_many_histories_are_not_told(seed):
    check_own_blocks(seed)


def test_a_ragged_pair_that_moves_together_in_the_paths_alone_is_named():
    report = of_ragged(0, blocks(make_steps(1_600, 2, 5, common=0.85), 60, 20))
    # 300 common steps know a correlation to .06: .8 is 13 of that.
    assert outlying(report)["correlation"] == ["A and B"]
    assert "The correlation of A and B is 0.8" in text(report)
    assert "assets move together too much" in text(report)
    assert report["correlation"].value > 5
    assert report["correlation"].details["outlying"][0]["real"] == pytest.approx(0.05, abs=0.15)


def test_a_peg_that_drifts_and_never_rests_is_named():
    paths = blocks(peg_market(), 60, 20)
    paths[:, :, 1] = np.random.default_rng(0).normal(0.11 / 252, 2e-4, paths.shape[:2])
    report = of_peg(0, paths)
    assert outlying(report) == {"drift": ["PEG"], "zero share": ["PEG"]}
    # The mean of 12,000 steps of 2e-4 is known to .05 % a year.
    assert "The drift of PEG is +11.0% a year in paths, -0.6% a year in the history." in text(report)
    assert "right only where another drift was asked for" in text(report)
    assert "The share of zero returns of PEG is 0.0% in paths, 70." in text(report)
    levels = {finding.level for finding in report.verdict if "The drift of PEG" in finding.text}
    assert levels == {"warning"}


def test_a_peg_that_rests_in_single_steps_only_is_named():
    history = peg_market()
    history[:, 1] = np.repeat(np.arange(200) % 2, 10) * np.random.default_rng(0).normal(0, 4e-4, 2_000)
    paths = blocks(history, 60, 20)
    paths[:, :, 1] = np.tile([0, 1], 30) * np.random.default_rng(1).normal(0, 4e-4, paths.shape[:2])
    report = score_paths(history, paths, names=["A", "PEG"], **FEW)
    assert outlying(report) == {"zero runs": ["PEG"]}
    assert "of PEG is 100.0% in paths, 0.0% in the history" in text(report)


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_stock_that_moves_at_weekends_is_named(is_filled):
    paths = blocks(make_weeks()[0], 56, 14)
    paths[:, np.arange(56) % 7 >= 5, 1] = np.random.default_rng(0).normal(0, 0.01, (200, 16))
    report = of_weeks(0, paths, is_filled)
    assert outlying(report)["weekday zeros"] == ["STOCK"]
    assert "The share of zero returns on Sat of STOCK is 0.0% in paths, 100.0% in the history." in text(report)


def test_an_opening_spread_over_the_day_is_named():
    calm = make_sessions(opening=1.0)[0] * (5 + N_SLOTS) / N_SLOTS
    report = of_sessions(0, blocks(calm, 3 * N_SLOTS, N_SLOTS))
    assert outlying(report)["time of day volatility"] == ["A"]
    assert "The volatility at 09:30 after a night of A is" in text(report)
    assert "times the mean in paths, 5." in text(report)


def test_facts_of_zero_returns_are_left_out_where_there_are_none_and_change_no_mean():
    history, paths = make_steps(1_000), make_steps(4_000, 2, 1).reshape(100, 40, 2)
    report = score_paths(history, paths, **FEW)
    assert set(report.extra) == {"drift"}
    resting = paths.copy()
    resting[:, ::4] = 0
    wrong = score_paths(history, resting, names=["A", "B"], **FEW)
    assert {"zero share", "drift"} == set(wrong.extra)
    assert wrong.mean == pytest.approx(np.mean([score.value for score in wrong.facts.values()]))
    assert outlying(wrong)["zero share"] == ["A", "B"]
