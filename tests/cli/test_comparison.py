import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from synthdiff.cli.comparison import associations, compare_column, level_shares, numbers


def chunked(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("kind", "values", "arrow", "centre"),
    [
        ("numeric", [1.0, 2.0, None, 3.0], None, "2.000 ± 0.816"),
        ("integer", [100_000, 300_000], None, "200,000 ± 100,000"),
        ("numeric", [5.0, 5.0], None, "5 ± 0"),
        ("numeric", [None, None], pa.float64(), ""),
        ("date", [dt.date(2020, 1, 1), dt.date(2020, 1, 11)], None, "2020-01-06 ± 5 d"),
        ("datetime", [dt.datetime(1960, 1, 1), dt.datetime(1960, 1, 11)], pa.timestamp("ns"), "1960-01-06 ± 5 d"),
        ("duration", [dt.timedelta(days=1), dt.timedelta(days=3)], None, "2.00 ± 1.00 d"),
        ("categorical", ["a", "b", "a", None], None, "a 66.7%"),
        ("categorical", ["a", "b", "a"], pa.dictionary(pa.int8(), pa.string()), "a 66.7%"),
        ("categorical", [1, 1, 2, 2, 2], pa.int16(), "2 60.0%"),
        ("boolean", [True, False, True, True], None, "true 75.0%"),
        ("identifier", ["a", "b"], None, ""),
    ],
)
def test_the_centre_of_a_column_suits_its_kind(kind, values, arrow, centre):
    facts, same = compare_column(kind, chunked(values, arrow), chunked(values, arrow))
    assert facts == same
    assert facts.centre == centre


def test_both_sides_tell_the_share_of_the_real_top_level():
    real, synthetic = compare_column("categorical", chunked(["a", "a", "b"]), chunked(["b", "b", None]))
    assert (real.centre, synthetic.centre) == ("a 66.7%", "a 0.0%")
    assert (real.null_share, synthetic.null_share) == (0, pytest.approx(1 / 3))
    assert (real.distinct, synthetic.distinct) == (2, 1)


def test_times_become_days():
    assert numbers(chunked([dt.datetime(1970, 1, 2, 12), None])) == pytest.approx([1.5, np.nan], nan_ok=True)
    assert numbers(chunked([dt.time(6)], pa.time32("s"))) == pytest.approx([0.25])


def test_level_shares_are_ordered():
    assert level_shares(chunked(["b", "a", "a", None, "c"])) == {"a": 0.5, "b": 0.25, "c": 0.25}
    assert list(level_shares(chunked(["b", "a", "a", None, "c"]))) == ["a", "b", "c"]


def test_associations_see_dependence_and_independence():
    rng = np.random.default_rng(0)
    n = 20_000
    x, noise = rng.normal(size=n), rng.normal(size=n)
    segment = np.where(x > 0, "high", "low")
    spend = pa.array(noise, mask=(segment == "low") & (rng.random(n) < 0.5))
    real = pa.table({"x": x, "noise": noise, "segment": segment, "spend": spend})
    shuffled = pa.table({name: real[name].take(rng.permutation(n)) for name in real.column_names})
    kinds = {"x": "numeric", "noise": "numeric", "segment": "categorical", "spend": "numeric"}
    of_real, of_shuffled = associations(kinds, real, shuffled)

    assert of_real == pytest.approx(of_real.T)
    assert of_real.diagonal() == pytest.approx(1)
    assert of_real[0, 1] < 0.02  # independent; by chance V is about sqrt(1 / n) = 0.007
    assert of_real[0, 2] > 0.95  # the segment is the sign of x
    assert of_real[2, 3] > 0.5  # what is missing depends on the segment
    assert of_shuffled[np.tril_indices(4, -1)].max() < 0.02


def test_a_frequent_value_is_a_bin_of_its_own():
    gain = np.where(np.arange(1000) % 20 == 0, 5.0, 0.0)
    table = pa.table({"gain": gain, "rich": gain > 0})
    of_table, _ = associations({"gain": "numeric", "rich": "boolean"}, table, table)
    assert of_table[0, 1] == pytest.approx(1, abs=1e-6)
