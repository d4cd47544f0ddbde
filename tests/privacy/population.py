"""A population of numbers and categories that hang together, and tables drawn from it."""

import numpy as np

from synthdiff.privacy.rows import PrivacyRows

N_NUMBERS, N_CATEGORIES = 4, 3
IS_CATEGORY = np.array([False] * N_NUMBERS + [True] * N_CATEGORIES)
NAMES = tuple("abcdefg")
LOADINGS = np.random.default_rng(99).normal(size=(2, N_NUMBERS))


def draw(n, seed):
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 2))
    numbers = hidden @ LOADINGS + 0.3 * rng.normal(size=(n, N_NUMBERS))
    flags = hidden[:, :1] + rng.normal(size=(n, N_CATEGORIES - 1)) > 0
    return np.column_stack([numbers, flags, rng.integers(0, 30, n)])


def with_gaps(rows, seed, share=0.2):
    gaps = (np.random.default_rng(seed).random(rows.shape) < share) & ~IS_CATEGORY
    return np.where(gaps, np.nan, rows)


def make_rows(synthetic=None, n=800, holdout_given=True, seed=0):
    """Tables of n rows; the synthetic ones are fresh draws, or "copies", or what is given."""
    real = draw(n, 1)
    if synthetic is None:
        synthetic = draw(n, 3)
    elif isinstance(synthetic, str):
        synthetic = real[::-1].copy()
    return PrivacyRows(real, synthetic, draw(n, 2), IS_CATEGORY, NAMES, holdout_given, seed)


def only(rows, columns):
    """The same rows in some of the columns."""
    parts = [part[:, columns] for part in (rows.real, rows.synthetic, rows.holdout)]
    return PrivacyRows(*parts, rows.is_category[columns], tuple(rows.names[j] for j in columns), rows.holdout_given)
