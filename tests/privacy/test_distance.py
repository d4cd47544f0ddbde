"""Distances against those of SDMetrics and against plain loops in numpy."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from synthdiff.privacy import distance as module
from synthdiff.privacy.distance import MixedDistance, nearest
from tests.privacy.population import IS_CATEGORY, NAMES, draw, with_gaps


def gower_loops(query, reference, real, is_category):
    total = 0.0
    for j in range(len(query)):
        a, b, column = query[j], reference[j], real[:, j]
        if is_category[j]:
            total += a != b
        elif np.isnan(a) or np.isnan(b):
            total += np.isnan(a) != np.isnan(b)
        else:
            span = np.nanmax(column) - np.nanmin(column)
            total += min(abs(a - b) / span, 1.0) if span else float(a != b)
    return total / len(query)


def all_pairs(measure, queries, references):
    return np.array([[measure(query, reference) for reference in references] for query in queries])


@pytest.fixture
def tables():
    queries, references = with_gaps(draw(40, 1), 1), with_gaps(draw(60, 2), 2)
    queries[0, 0] = 50.0  # far outside of the real range
    return queries, references


def test_gower_equals_a_plain_loop(tables):
    queries, references = tables
    distance = MixedDistance.gower(references, IS_CATEGORY)
    expected = all_pairs(lambda q, r: gower_loops(q, r, references, IS_CATEGORY), queries, references)
    assert distance.between(queries[:, None], references[None]) == pytest.approx(expected, abs=1e-12)
    found, positions = nearest(distance, queries, references, k=2)
    assert found == pytest.approx(np.sort(expected, axis=1)[:, :2], abs=1e-12)
    assert np.take_along_axis(expected, positions, 1) == pytest.approx(found, abs=1e-12)


def test_gower_equals_the_distance_of_sdmetrics(tables):
    from sdmetrics.single_table.privacy.dcr_utils import calculate_dcr

    queries, references = tables
    frames = [pd.DataFrame(table, columns=list(NAMES)) for table in tables]
    columns = {n: {"sdtype": "categorical" if c else "numerical"} for n, c in zip(NAMES, IS_CATEGORY, strict=True)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = calculate_dcr(frames[0], frames[1], {"columns": columns}).to_numpy(dtype=float)
    found, _ = nearest(MixedDistance.gower(references, IS_CATEGORY), queries, references)
    assert found[:, 0] == pytest.approx(expected, abs=1e-9)


def test_tabsyn_equals_a_plain_loop():
    real, queries = draw(60, 1), draw(30, 2)
    span = np.ptp(real, axis=0)
    numbers = np.abs(queries[:, None] - real[None]) / span
    expected = np.where(IS_CATEGORY, 2.0 * (queries[:, None] != real[None]), numbers).sum(2)
    distance = MixedDistance.tabsyn(real, IS_CATEGORY)
    assert distance.between(queries[:, None], real[None]) == pytest.approx(expected, abs=1e-12)
    found, _ = nearest(distance, queries, real)
    assert found[:, 0] == pytest.approx(expected.min(1), abs=1e-12)


def test_tabsyn_puts_missing_numbers_one_range_below_the_lowest():
    real = np.array([[10.0], [30.0], [np.nan]])
    distance = MixedDistance.tabsyn(real, np.array([False]))
    assert distance.between(real[2], real).tolist() == [1.0, 2.0, 0.0]


def test_gower_of_missing_constant_and_far_values():
    real = np.array([[0.0, 5.0, 1.0], [2.0, 5.0, 2.0]])
    distance = MixedDistance.gower(real, np.array([False, False, True]))
    query = np.array([1.0, 5.0, 1.0])

    def to(*values):
        return 3 * float(distance.between(query, np.array(values)))

    assert to(1.0, 5.0, 1.0) == 0
    assert to(1.5, 5.0, 1.0) == pytest.approx(0.25)
    assert to(1.0, 5.0 + 1e-9, 1.0) == pytest.approx(1)
    assert to(np.nan, 5.0, 1.0) == pytest.approx(1)
    assert to(1e300, np.inf, 7e5) == pytest.approx(3)
    assert float(distance.between(np.full(3, np.nan), np.full(3, np.nan))) == 0


def test_large_codes_differ_by_no_more_than_small_ones():
    codes = np.arange(1_000_000.0, 1_000_050.0)[:, None]
    distance = MixedDistance.gower(codes, np.array([True]))
    found, positions = nearest(distance, codes, codes, k=2)
    assert positions[:, 0].tolist() == list(range(50))
    assert (found == [0.0, 1.0]).all()


def test_pieces_do_not_show(monkeypatch):
    queries, references = draw(70, 1), draw(90, 2)
    distance = MixedDistance.gower(references, IS_CATEGORY)
    whole = nearest(distance, queries, references, k=2)
    monkeypatch.setattr(module, "N_QUERIES", 16)
    monkeypatch.setattr(module, "N_REFERENCES", 13)
    for got, expected in zip(nearest(distance, queries, references, k=2), whole, strict=True):
        assert np.array_equal(got, expected)


def test_ties_are_exact():
    # .1 + .2 and .2 + .1 over different columns: the same distance, whatever float32 makes of it.
    real = np.array([[0.0, 0.0], [1.0, 1.0], [0.3, 0.2], [0.2, 0.3]])
    distance = MixedDistance.tabsyn(real, np.zeros(2, dtype=bool))
    query = np.array([[0.4, 0.4]])
    assert nearest(distance, query, real[2:3])[0] == nearest(distance, query, real[3:])[0]


def test_columns_are_a_part_of_the_sum():
    real, other = draw(20, 1), draw(20, 2)
    distance = MixedDistance.gower(real, IS_CATEGORY)
    parts = [np.array([0, 5]), np.array([1, 2, 3, 4, 6])]
    sums = sum(distance.columns(part).between(real[:, part], other[:, part]) for part in parts)
    assert sums == pytest.approx(distance.between(real, other), abs=1e-12)


def test_columns_without_a_known_number_are_alike():
    empty = np.full((3, 2), np.nan)
    for distance in (MixedDistance.gower(empty, np.zeros(2, bool)), MixedDistance.tabsyn(empty, np.zeros(2, bool))):
        assert (nearest(distance, empty, empty)[0] == 0).all()


def test_torch_keeps_its_threads():
    before = torch.get_num_threads()
    nearest(MixedDistance.gower(draw(5, 1), IS_CATEGORY), draw(5, 1), draw(5, 2))
    assert torch.get_num_threads() == before
