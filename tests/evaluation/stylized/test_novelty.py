import numpy as np
import pytest

from synthdiff.evaluation.stylized.novelty import MOST_PATHS, chosen, closeness, copied, own_closeness

RNG = np.random.default_rng(0)
HISTORY = RNG.normal(size=(400, 2)) * [0.01, 0.02] + 0.001
PATHS = RNG.normal(size=(9, 50, 2)) * [0.01, 0.02]


def naive(path, window):
    return np.corrcoef(path.ravel(), window.ravel())[0, 1]


def test_closeness_is_the_highest_correlation_with_any_window():
    windows = [HISTORY[start : start + 50] for start in range(351)]
    wanted = [max(naive(path, window) for window in windows) for path in PATHS]
    assert closeness(HISTORY, PATHS) == pytest.approx(wanted, abs=1e-10)


def test_own_windows_do_not_count_themselves_or_what_overlaps():
    starts = np.array([0, 100, 350])
    windows = np.stack([HISTORY[start : start + 50] for start in starts])
    wanted = [
        max(naive(HISTORY[s : s + 50], HISTORY[o : o + 50]) for o in range(351) if abs(o - s) >= 50) for s in starts
    ]
    assert closeness(HISTORY, windows, starts) == pytest.approx(wanted, abs=1e-10)
    assert closeness(HISTORY, windows) == pytest.approx(np.ones(3))
    found = own_closeness(HISTORY, 50, np.random.default_rng(0))
    assert len(found) == MOST_PATHS
    assert found.max() < 0.7


def test_blocks_do_not_matter(monkeypatch):
    whole = closeness(HISTORY, PATHS)
    monkeypatch.setattr("synthdiff.evaluation.stylized.novelty.BLOCK", 1)
    assert closeness(HISTORY, PATHS) == pytest.approx(whole, abs=1e-12)


def test_copies_are_found_wherever_they_start():
    paths = PATHS.copy()
    paths[0, 10:20] = HISTORY[123:133]
    paths[1, 20:40, 0] = HISTORY[7:27, 0]
    paths[2, 5:15] = HISTORY[3:13]  # not one of the stretches that are looked at
    assert copied(HISTORY.T, paths).tolist() == pytest.approx([0.2, 0.2, *[0] * 7])
    assert copied(HISTORY.T, HISTORY[:50][None]).tolist() == [1]


def test_noise_beyond_the_digit_hides_no_copy_and_more_makes_it_new():
    copy = HISTORY[:50][None]
    assert copied(HISTORY.T, np.round(copy, 7)).tolist() == [1]
    assert copied(HISTORY.T, copy + 1e-5).tolist() == [0]


def test_steps_without_a_trade_are_no_copies():
    history, paths = HISTORY.copy(), PATHS.copy()
    history[:60] = 0
    paths[:, :30] = 0
    assert copied(history.T, paths).tolist() == [0] * 9


def test_small_numbers_are_told_apart():
    assert copied(HISTORY.T * 1e-6, PATHS * 1e-6).sum() == 0


def test_paths_that_are_looked_at_are_spread_over_all():
    assert chosen(5).tolist() == [0, 1, 2, 3, 4]
    assert len(chosen(10_000)) == MOST_PATHS
    assert chosen(10_000)[[0, -1]].tolist() == [0, 9_999]


def test_assets_that_are_known_on_other_steps_are_looked_at_alone():
    paths = PATHS.copy()
    paths[0, 10:20, 0] = HISTORY[123:133, 0]
    assert copied([HISTORY[100:, 0], HISTORY[:5, 1]], paths).tolist() == pytest.approx([0.2, *[0] * 8])
