import numpy as np
import pytest

from synthdiff.errors import WindowError
from synthdiff.evaluation.stylized.window import drawn_starts, pieces, window_length, window_starts, windows


def test_length_is_that_of_a_path_where_the_history_holds_four():
    assert window_length(1_008, 252) == 252
    assert window_length(1_007, 252) == 251
    assert window_length(80, 30) == 20


@pytest.mark.parametrize(("n_rows", "n_steps"), [(79, 252), (5_000, 19)])
def test_what_is_too_short_is_said(n_rows, n_steps):
    with pytest.raises(WindowError, match="at least"):
        window_length(n_rows, n_steps)


def test_windows_overlap_and_stay_within_the_history():
    assert window_starts(1_000, 252).tolist() == list(range(0, 749, 21))
    assert window_starts(100, 20).tolist() == list(range(0, 81, 5))


def test_drawn_years_do_not_overlap_and_come_from_one_offset():
    rng = np.random.default_rng(0)
    offsets = set()
    for _ in range(200):
        starts = drawn_starts(1_000, 100, rng)
        assert len(starts) in (9, 10)
        assert starts.max() <= 900
        assert len(set(starts % 100)) == 1
        offsets.add(int(starts[0] % 100))
    # Of 100 offsets 200 draws miss 13 on average, with a standard deviation of 3.
    assert len(offsets) > 70


def test_windows_and_pieces():
    series = np.arange(20.0).reshape(10, 2)
    assert windows(series, np.array([0, 7]), 3)[1].tolist() == series[7:10].tolist()
    paths = np.arange(2 * 7 * 1.0).reshape(2, 7, 1)
    assert pieces(paths, 3)[:, :, 0].tolist() == [[0, 1, 2], [3, 4, 5], [7, 8, 9], [10, 11, 12]]
