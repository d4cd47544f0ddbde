"""Volumes between two times lead from what was usual before to what is usual afterwards."""

import numpy as np
import pytest

from synthdiff.codecs.series.volume import absolute_volumes, lead_volumes, level_of_later, relative_volumes

USUAL, LEVEL = 4.0, np.log(1_000.0)


def test_volumes_grow_evenly_to_what_is_usual_afterwards():
    channel = USUAL + np.random.default_rng(0).normal(0, 0.3, (200, 10))
    before = absolute_volumes(channel, np.full(200, LEVEL))
    led = absolute_volumes(lead_volumes(channel, LEVEL, LEVEL + 1), np.full(200, LEVEL))
    more = np.log(led / before)
    np.testing.assert_allclose(np.diff(more, axis=1), np.repeat(more[:, :1], 9, axis=1), atol=1e-9)
    assert more[:, -1].mean() == pytest.approx(1, abs=0.05)


def test_no_volume_stays_none_and_a_level_that_is_reached_changes_nothing():
    channel = np.array([[USUAL, 0.0, np.nan, USUAL]])
    led = lead_volumes(channel, LEVEL, LEVEL + 2)
    assert led[0, 1] == 0.0
    assert np.isnan(led[0, 2])
    even = np.full((1, 5), USUAL)
    np.testing.assert_allclose(lead_volumes(even, LEVEL, LEVEL), even)


def test_later_volumes_tell_of_their_level_the_more_the_longer_they_are():
    later = np.full(300, 5_000.0)
    later[::7] = np.nan
    assert level_of_later(later, LEVEL) == pytest.approx(np.log(5_000), abs=0.01)
    assert level_of_later(later[:2], LEVEL) == pytest.approx(LEVEL, abs=0.1)
    assert level_of_later(np.array([np.nan]), LEVEL) == LEVEL
    channel, level = relative_volumes(np.full(4, 1_000.0), LEVEL)
    assert level == pytest.approx(LEVEL)
    np.testing.assert_allclose(channel[1:], USUAL)
