"""Random frames of real life, a few of those that ``make fuzz`` takes: each cell that comes out could have gone in."""

from __future__ import annotations

import pytest

from benchmarks.frames.__main__ import attempt
from benchmarks.frames.make import make_frame


@pytest.mark.parametrize("seed", range(100_000, 100_008))
def test_a_random_frame(seed):
    _, outcome, detail = attempt(seed)
    assert outcome in ("held", "refused"), detail


# What such frames have found: addresses of networks as codes, days as telephone numbers.
@pytest.mark.parametrize("seed", [6_621, 20_052, *range(100_008, 100_030)])
def test_any_values_of_a_random_frame(seed):
    _, outcome, detail = attempt(seed, has_network=False)
    assert outcome in ("held", "refused"), detail


def test_a_seed_makes_one_frame():
    (first, _), (second, _) = make_frame(7), make_frame(7)
    assert str(first) == str(second)
    assert str(first) != str(make_frame(8)[0])
