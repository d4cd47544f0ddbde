import numpy as np
import pytest

from synthdiff.evaluation.histogram import N_BINS, N_LEVELS, UNITS, bin_edges, column_histogram
from synthdiff.evaluation.tables import MISSING, EvaluationColumn

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=2000),
        RNG.integers(0, 500, 2000).astype(float),
        RNG.lognormal(0, 3, 2000),
        -RNG.lognormal(0, 3, 2000),
        np.where(RNG.random(5000) < 0.95, 0, np.round(RNG.lognormal(7, 1, 5000))),
        np.array([3.0, np.nan, np.inf]),
        np.full(4, np.nan),
        np.array([1e300, -1e300]),
    ],
    ids=["normal", "whole", "long tail", "negative tail", "zeros", "single", "missing", "huge"],
)
def test_bins_rise_and_hold_nearly_all(values):
    edges, even, _ = bin_edges(values)
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= N_BINS + 2
    assert not even or np.allclose(np.diff(edges), np.diff(edges)[0])
    known = values[np.isfinite(values)]
    assert not len(known) or ((known >= edges[0]) & (known <= edges[-1])).mean() >= 0.995


def test_whole_numbers_lie_in_the_middle_of_bins_as_many_in_each():
    edges, even, unit = bin_edges(np.arange(120.0))
    assert (even, unit) == (True, 1.0)
    assert edges[0] == -0.5
    assert set(np.diff(edges)) == {3.0}
    few, _, _ = bin_edges(np.repeat(np.arange(5.0), [96, 1, 1, 1, 1]))
    assert few.tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5]


def test_long_tails_get_bins_that_widen():
    edges, even, unit = bin_edges(np.where(np.arange(5000) % 10, 0, np.arange(5000)))
    assert (even, unit) == (False, 1.0)
    assert np.diff(edges)[-2] > 5 * np.diff(edges)[0]


def test_days_are_binned_by_days():
    edges, even, unit = bin_edges(np.arange(100.0) * 86_400, UNITS["datetime"], may_widen=False)
    assert (even, unit) == (True, 86_400)
    assert set(np.diff(edges)) == {3 * 86_400}


def test_numbers_are_counted_with_what_lies_outside():
    real = np.append(np.linspace(0, 1, 999), np.nan)
    synthetic = np.array([-5.0, 0.5, 7.0, 8.0, np.nan])
    picture = column_histogram(EvaluationColumn("x", "number"), {"real": real, "synthetic": synthetic})
    shares = picture["shares"]
    assert len(shares["real"]) == len(picture["edges"]) + 1
    assert shares["synthetic"][[0, -1]].tolist() == [0.2, 0.4]
    assert shares["synthetic"].sum() == pytest.approx(0.8)
    assert picture["missing"] == {"real": 0.001, "synthetic": 0.2}
    assert shares["real"].sum() == pytest.approx(0.999)


def test_an_outlier_does_not_flatten_the_rest():
    edges, _, _ = bin_edges(np.append(RNG.normal(size=5000), 1e9))
    assert edges[-1] < 10


def test_levels_are_ordered_and_the_rest_is_gathered():
    levels = tuple(f"level {k:02d}" for k in range(30))
    real = np.repeat(np.arange(30.0), np.arange(1, 31))
    synthetic = np.zeros(10)  # a rare level
    column = EvaluationColumn("c", "category", levels)
    picture = column_histogram(column, {"real": real, "synthetic": synthetic})
    assert len(picture["levels"]) == N_LEVELS
    assert picture["levels"][0] == "level 29"
    assert picture["levels"][-1] == "level 00", "what only the synthetic rows have often is shown too"
    assert picture["n_other"] == 15
    for key in ("real", "synthetic"):
        assert picture["shares"][key].sum() == pytest.approx(1)
    assert picture["shares"]["synthetic"][-2] == 1


def test_a_missing_level_counts_as_missing():
    column = EvaluationColumn("c", "category", (MISSING, "a"))
    picture = column_histogram(column, {"real": np.array([0.0, 1, 1, 1]), "synthetic": np.ones(4)})
    assert picture["missing"] == {"real": 0.25, "synthetic": 0.0}
    assert picture["n_other"] == 0
    assert picture["shares"]["real"].tolist() == [0.75, 0.25]
