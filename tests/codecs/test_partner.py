"""Which pairs of columns of a wide table are looked at closely."""

from __future__ import annotations

import numpy as np
import pytest

from synthdiff.codecs.discovery import search_relations
from synthdiff.codecs.partner import MAX_PARTNERS, buckets, equal_partners, likely_partners, most_pairs
from synthdiff.codecs.token import fit_number_tokens
from synthdiff.steps import drained

N_ROWS, N_COLUMNS = 2_000, 120


@pytest.fixture(scope="module")
def wide():
    """Independent columns, but for four that follow from others, in all rows or in some."""
    rng = np.random.default_rng(0)
    x = np.round(np.exp(rng.normal(3, 1, (N_ROWS, N_COLUMNS))), 2)
    x[:, 50] = x[:, 3]
    x[:, 60] = np.round(1.19 * x[:, 4], 2)
    some = rng.random(N_ROWS) < 0.2
    x[some, 70] = np.round(x[some, 5] * rng.uniform(0.040, 0.042, some.sum()), 2)
    x[:, 80] = x[:, 6] + x[:, 7]
    return x


def test_narrow_tables_are_searched_in_full():
    x = np.random.default_rng(0).normal(size=(300, MAX_PARTNERS + 1))
    found = likely_partners(x, list(range(x.shape[1])), n_pairs=1)
    assert all(found[j] == [k for k in range(x.shape[1]) if k != j] for j in found)


def test_dependent_columns_are_partners_and_independent_ones_hardly_ever(wide):
    found = likely_partners(wide, list(range(N_COLUMNS)))
    for target, partner in ((50, 3), (60, 4), (70, 5), (80, 6), (80, 7)):
        assert partner in found[target]
        assert target in found[partner]
    planted = {3, 4, 5, 6, 7, 50, 60, 70, 80}
    by_chance = [k for j in found if j not in planted for k in found[j]]
    # Of 111 * 119 independent pairs, a thousandth lies three deviations out.
    assert len(by_chance) < 0.01 * 111 * 119


def test_the_number_of_pairs_is_bounded(wide):
    x = wide + np.random.default_rng(1).normal(size=(N_ROWS, 1)) * wide.std(0)
    found = likely_partners(x, list(range(N_COLUMNS)), n_pairs=10 * N_COLUMNS)
    assert {len(partners) for partners in found.values()} == {10}
    assert most_pairs(3.0) == 1_200


def test_a_wide_table_keeps_its_relations(wide):
    columns = [fit_number_tokens(x, 0.01) for x in wide.T]
    found = drained(search_relations(wide, columns, 0))
    names = {(r.target, r.reference.operation, tuple(sorted(set(r.reference.partners)))) for r in found}
    assert {(50, "same", (3,)), (60, "same", (4,)), (70, "same", (5,)), (80, "sum", (6, 7))} <= names


def test_missing_values_have_a_bucket_of_their_own():
    x = np.column_stack([np.where(np.arange(100) % 2, np.nan, 1.0), np.full(100, np.nan)])
    found = buckets(x)
    assert set(found[:, 0]) == {0, found[0, 0]}
    assert (found[:, 1] == 0).all()


def test_levels_are_compared_by_the_rows_that_agree():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 30, (1_000, 60)).astype(float)
    x[:, 40] = x[:, 2]
    assert equal_partners(x, list(range(60)), 0.5) == {j: {40: [2], 2: [40]}.get(j, []) for j in range(60)}
