import numpy as np
import pytest

from synthdiff.data.split import split_rows


@pytest.mark.parametrize(("n_rows", "fraction", "n_valid"), [(10, 0.2, 2), (7, 0.5, 4), (5, 0.0, 0), (9, 1.0, 9)])
def test_every_row_is_on_one_side(n_rows, fraction, n_valid):
    train, valid = split_rows(n_rows, fraction, seed=3)
    assert len(valid) == n_valid
    assert sorted([*train, *valid]) == list(range(n_rows))


def test_the_seed_decides():
    assert np.array_equal(split_rows(100, 0.1, 1)[1], split_rows(100, 0.1, 1)[1])
    assert not np.array_equal(split_rows(100, 0.1, 1)[1], split_rows(100, 0.1, 2)[1])
