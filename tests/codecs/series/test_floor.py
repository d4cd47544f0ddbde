import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdiff.codecs.series.floor import floored_exp, floored_log

SETTINGS = settings(max_examples=100, deadline=None, derandomize=True)


@SETTINGS
@given(st.just(0.0) | st.floats(1e-100, 1e100), st.floats(1e-6, 1e6))
def test_numbers_come_back_and_zero_exactly(x, knee):
    back = floored_exp(floored_log(np.array([x]), knee), knee)
    np.testing.assert_allclose(back, x, rtol=1e-11)
    assert (back[0] == 0.0) == (x == 0.0)


def test_order_and_slope_hold_at_the_knee():
    x = np.linspace(0.0, 3.0, 3001)
    y = floored_log(x, 1.0)
    slopes = np.diff(y) / np.diff(x)
    assert (slopes > 0).all()
    assert np.abs(np.diff(slopes)).max() < 2e-3  # nothing breaks; the curvature is at most 1


def test_whatever_lies_below_the_floor_is_zero_and_nothing_overflows():
    values = floored_exp(np.array([-np.inf, -5.0, 0.0, 1e9, np.nan]), 2.0)
    assert values[:3].tolist() == [0.0, 0.0, 0.0]
    assert np.isfinite(values[3])
    assert np.isnan(values[4])
