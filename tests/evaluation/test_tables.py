"""Tables on one footing: codes that mean the same in all of them, whoever made the frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from synthdiff.errors import DataError
from synthdiff.evaluation.tables import MISSING, make_tables


def frame(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(n) + 10 * seed,
            "age": pd.array(rng.integers(18, 90, n), dtype="Int16"),
            "city": rng.choice(["Bonn", "Jena", "Ulm"], n),
            "member": rng.random(n) < 0.3,
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D"),
        }
    )


def test_columns_and_scales() -> None:
    tables = make_tables(frame(), frame(seed=1), frame(seed=2))
    assert [(c.name, c.scale) for c in tables.columns] == [
        ("age", "number"),
        ("city", "category"),
        ("member", "category"),
        ("since", "datetime"),
    ]
    assert tables.columns[1].levels == ("Bonn", "Jena", "Ulm")
    assert tables.real.shape == tables.synthetic.shape == tables.holdout.shape == (400, 4)
    assert tables.holdout_given
    assert not tables.problems


def test_values_come_back_as_they_were() -> None:
    real, tables = frame(), make_tables(frame(), frame(seed=1), frame(seed=2))
    shown = tables.frame(tables.real)
    assert (shown["age"] == real["age"].astype(float)).all()
    assert (shown["city"] == real["city"]).all()
    assert (shown["since"] == real["since"]).all()


def test_the_library_and_the_storage_make_no_difference() -> None:
    real = frame()
    other = real.astype({"age": "float64", "city": "category", "since": "datetime64[ms]"})
    plain, same = (make_tables(real, made, real) for made in (real, pl.from_pandas(other)))
    assert np.array_equal(plain.synthetic, same.synthetic)


def test_missing_values_are_nan_or_a_level() -> None:
    holed = frame()
    holed.loc[:9, "age"] = pd.NA
    holed.loc[:4, "city"] = None
    tables = make_tables(holed, frame(seed=1), frame(seed=2))
    assert np.isnan(tables.real[:, 0]).sum() == 10
    levels = tables.columns[1].levels
    assert (tables.real[:, 1] == levels.index(MISSING)).sum() == 5
    assert tables.frame(tables.real)["city"].isna().sum() == 5


def test_without_a_holdout_a_fifth_is_split_off() -> None:
    tables = make_tables(frame(), frame(seed=1), seed=3)
    again = make_tables(frame(), frame(seed=1), seed=3)
    assert (len(tables.real), len(tables.holdout)) == (320, 80)
    assert not tables.holdout_given
    rows = np.vstack([tables.real, tables.holdout])
    whole = make_tables(frame(), frame(seed=1), frame()).real
    assert sorted(map(tuple, rows)) == sorted(map(tuple, whole))
    assert np.array_equal(tables.holdout, again.holdout)


def test_independent_columns_keep_their_values_and_lose_their_links() -> None:
    number = np.arange(400.0) / 7
    tables = make_tables(*(pd.DataFrame({"a": number, "b": -number}) for _ in range(3)))
    assert np.array_equal(np.sort(tables.independent, axis=0), np.sort(tables.real, axis=0))
    # Standard error of a correlation of independent columns: 1 / sqrt(400).
    assert abs(np.corrcoef(tables.independent.T)[0, 1]) < 0.2


@pytest.mark.parametrize(
    ("spoil", "severity", "text"),
    [
        (lambda t: t.drop(columns="age"), "error", "column 'age' is missing"),
        (lambda t: t.assign(city="Bonn"), "error", "'city' is constant"),
        (lambda t: t.assign(age=7), "error", "'age' is constant"),
        (lambda t: t.assign(age="young"), "error", "400 values cannot be read"),
        (lambda t: t.assign(age=None), "error", "'age' is all missing"),
        (lambda t: t.assign(extra=1), "warning", "'extra' is not in the real table"),
        (lambda t: t.assign(city=t["city"].replace("Ulm", "Oslo")), "warning", "are not in the real one ('Oslo')"),
        (lambda t: t.assign(age=t["age"].where(t["age"] > 30)), "warning", "missing where the real one is complete"),
        (lambda t: t[t.columns[::-1]], "warning", "in another order"),
        (lambda t: t.astype({"age": "float64"}), "warning", "holds double where the real one holds int16"),
    ],
)
def test_what_is_wrong_is_named(spoil, severity, text) -> None:  # type: ignore[no-untyped-def]
    tables = make_tables(frame(), spoil(frame(seed=1)), frame(seed=2))
    assert any(problem.severity == severity and text in problem.text for problem in tables.problems)


def test_nothing_in_common_is_an_error() -> None:
    with pytest.raises(DataError, match="share no column"):
        make_tables(frame()[["age"]], frame()[["city"]])


def test_a_holdout_of_another_table_is_an_error() -> None:
    with pytest.raises(DataError, match="the holdout has no column 'age'"):
        make_tables(frame(), frame(seed=1), frame().drop(columns="age"))
