import numpy as np
import pytest

from synthdiff.evaluation.stylized.drawdown import DEPTHS, Drawdown, depths_of, drawdown, reached
from synthdiff.evaluation.stylized.sample import worst_falls
from tests.evaluation.stylized.example import make_history, make_paths

HISTORY, PATHS = make_history(3_000)[:, 0], make_paths(300)[:, :, 0]


def measured(paths, kind="return", history=HISTORY):
    return drawdown(history, paths, kind, np.random.default_rng(0))


def test_probabilities_are_shares():
    found, grid = measured(PATHS)
    assert found.depths == DEPTHS
    falls = worst_falls(PATHS)
    assert found.synthetic == pytest.approx([(falls >= depth).mean() for depth in DEPTHS])
    assert all(low <= share <= high for share, (low, high) in zip(found.synthetic, found.intervals, strict=True))
    assert all(low <= high for low, high in zip(found.low, found.high, strict=True))
    assert len({len(values) for values in grid.values()}) == 1
    assert grid["real"][0] == 1
    assert (np.diff(grid["synthetic"]) <= 0).all()


def test_paths_of_the_same_process_are_inside_and_others_are_not():
    assert len(measured(PATHS)[0].outside) <= 2
    assert measured(3 * PATHS)[0].outside[0] == 0.05 or len(measured(3 * PATHS)[0].outside) >= 3


def test_an_interval_that_reaches_the_band_is_not_outside():
    found = Drawdown((0.1, 0.2), (0.5, 0.5), (0.3, 0.3), (0.2, 0.2), (0.4, 0.4), ((0.39, 0.6), (0.41, 0.6)))
    assert found.outside == (0.2,)


def test_what_every_window_does_need_not_be_certain():
    """Of 30 windows all fall so deep with a probability of 5 % where each does with one of 90.5 %."""
    intervals = ((0.97, 0.99), (0.85, 0.9), (0.01, 0.09), (0.1, 0.2))
    shares = (0.98, 0.88, 0.05, 0.15)
    found = Drawdown((1, 2, 3, 4), shares, (1, 1, 0, 0), (1, 1, 0, 0), (1, 1, 0, 0), intervals, n_apart=30)
    assert found.outside == (2, 4)


def test_depths_that_say_nothing_are_replaced():
    assert depths_of(np.full(50, 0.01), "return").tolist() == [0.01]
    found, _ = measured(PATHS / 100, history=HISTORY / 100)
    assert max(found.depths) < 0.05
    assert found.real[0] == pytest.approx(0.5, abs=0.05)
    assert depths_of(np.linspace(1, 30, 100), "difference").min() > 10


def test_reached_counts_equal_depths():
    assert reached(np.array([0.1, 0.2, 0.3]), np.array([0.0, 0.2, 0.4])) == pytest.approx([1, 2 / 3, 0])


def test_round_trip():
    found = measured(PATHS, "difference")[0]
    assert Drawdown.from_dict(found.to_dict()) == found
    assert found.depth_text(0.5) == "0.5"
