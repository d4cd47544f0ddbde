"""Histories followed up to their moments: what comes later changes nothing, and without holes nothing is different."""

import numpy as np

from synthdiff.codecs.series.history import StepHistory
from synthdiff.models.causal_track import GRID, CausalTrack, start_at
from tests.models.markets import mixed, mixed_model, prices, trained

NAMES = ("magnitude", "signed", "levels", "runs")


def track(model, data):
    codec = model.codec_
    return CausalTrack(model.fitted_.sampler.codec, codec.history(data.to_numpy(), data.index.to_numpy()))


def test_a_history_without_holes_is_followed_once():
    found = track(trained(), prices())
    assert found.is_complete
    starts, same = found.starts(np.array([300, 499]), 8), start_at(found.whole, np.array([300, 499]), 8)
    np.testing.assert_array_equal(starts.past, same.past)
    np.testing.assert_array_equal(starts.state.magnitude, same.state.magnitude)


def test_what_comes_later_changes_nothing():
    """A hole that goes on, and whose sum is known later; of two moments, one on the grid."""
    data = mixed().copy()
    data.loc[data.index[690:720], "coin"] = np.nan
    found = track(mixed_model(), data)
    assert not found.is_complete
    for step in (10 * GRID, 700):
        start = found.starts(np.array([step]), 16)
        ended = track(mixed_model(), data.iloc[: step + 1]).starts(np.array([step]), 16)
        for name in NAMES:
            np.testing.assert_array_equal(getattr(start.state, name), getattr(ended.state, name))
        np.testing.assert_array_equal(start.past, ended.past)
        np.testing.assert_array_equal(start.past_scale, ended.past_scale)
    both = found.starts(np.array([10 * GRID, 700]), 16)
    np.testing.assert_array_equal(both.past[1:], start.past)


def test_cells_that_are_missing_change_little_of_what_is_not():
    """The whole history, followed with what comes later, has nearly the same volatilities."""
    found = track(mixed_model(), mixed())
    steps = np.arange(600, 640)
    states = [starts.state for starts in (found.starts(steps, 4), start_at(found.whole, steps, 4))]
    one, other = (found.codec.filter.log_volatility(state) for state in states)
    assert np.abs(one - other).mean() < 0.1


def test_no_hole_is_cut():
    data = mixed().copy()
    data.loc[data.index[300:650], "coin"] = np.nan
    found = track(mixed_model(), data)
    assert found.tail(640, 700) <= 299
    assert found.tail(1, 100) == 0
    assert isinstance(found.followed, StepHistory)
