import numpy as np
import pytest

from synthdiff.evaluation.quick import quick_auc


def make(n, seed, link=0.8, shift=0.0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 2))
    return np.column_stack([x[:, 0] + shift, link * x[:, 0] + np.sqrt(1 - link**2) * x[:, 1]])


def test_order_of_what_is_easier_to_tell():
    real = make(1_000, 0)
    found = [quick_auc(real, rows, 0) for rows in (make(1_000, 1), make(1_000, 2, 0.6), make(1_000, 3, 0), real + 9)]
    assert found == sorted(found)
    # The standard error of the areas of two halves of 1,000 rows is 1 / sqrt(12 * 500).
    assert found[0] == pytest.approx(0.5, abs=5 * 0.013)
    assert found[2] > 0.65
    assert found[3] == pytest.approx(1, abs=1e-3)


def test_same_seed_same_value():
    real, rows = make(3_000, 0), make(2_500, 1)
    first = quick_auc(real, rows, 3, n_rows=500)
    assert quick_auc(real, rows, 3, n_rows=500) == first
    assert quick_auc(real, rows, 4, n_rows=500) != first


def test_missing_values_and_columns_without_values():
    real, rows = make(400, 0), make(400, 1)
    rows[::2, 1] = np.nan
    assert quick_auc(real, rows, 0) > 0.7
    assert quick_auc(np.full((50, 1), np.nan), np.full((50, 1), np.nan), 0) == 0.5


def test_too_few_rows():
    with pytest.raises(ValueError, match="two rows of each table at least, not 400 and 1"):
        quick_auc(make(400, 0), make(1, 1), 0)
