"""What Python users hand over: seeds, scalars, frames of every make. It works, or a plain error says what to do."""

from __future__ import annotations

import pathlib
from typing import Any

import dateutil.tz
import numpy as np
import pandas as pd
import pytest

import synthdiff
from synthdiff import SeriesDiffusion, TabularDiffusion, evaluate
from synthdiff.datasets import make_customers, make_market
from synthdiff.errors import ConfigError
from tests.cases.walk import walk

QUICK: dict[str, Any] = {"preset": "fast", "max_steps": 2, "device": "cpu"}
FRAME = pd.DataFrame({"x": np.arange(60) % 7, "y": np.linspace(0, 1, 60).round(2), "c": ["a", "b", "c"] * 20})


@pytest.fixture(scope="module")
def model() -> TabularDiffusion:
    return TabularDiffusion(random_state=0, **QUICK).fit(FRAME)


# Seeds

SOURCES = {
    "int": lambda: 7,
    "numpy-int": lambda: np.int64(7),
    "zero-dimensional": lambda: np.array(7),
    "RandomState": lambda: np.random.RandomState(7),
    "Generator": lambda: np.random.default_rng(7),
    "MT19937": lambda: np.random.Generator(np.random.MT19937(7)),
    "BitGenerator": lambda: np.random.PCG64(7),
    "SeedSequence": lambda: np.random.SeedSequence(7),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_same_source_of_seeds_gives_the_same(model: TabularDiffusion, source: Any) -> None:
    pd.testing.assert_frame_equal(
        model.sample(9, random_state=source()), pd.concat(model.iter_samples(9, random_state=source()))
    )
    pd.testing.assert_frame_equal(make_customers(5, source()), make_customers(5, source()))
    pd.testing.assert_frame_equal(make_market(5, random_state=source()), make_market(5, random_state=source()))


def test_a_fit_repeats_by_the_state_of_its_source() -> None:
    first, second = (TabularDiffusion(random_state=np.random.RandomState(7), **QUICK).fit(FRAME) for _ in range(2))
    assert first.seed_ == second.seed_
    pd.testing.assert_frame_equal(first.sample(9), second.sample(9))


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_source_of_seeds_goes_on_and_stays_the_parameter(model: TabularDiffusion, make: Any) -> None:
    source = make(3)
    first, second = model.sample(20, random_state=source), model.sample(20, random_state=source)
    assert not first.equals(second)
    assert first.equals(model.sample(20, random_state=make(3)))
    estimator = TabularDiffusion(random_state=source, **QUICK)
    seeds = [estimator.fit(FRAME).seed_, estimator.fit(FRAME).seed_]
    assert seeds[0] != seeds[1]
    assert estimator.get_params()["random_state"] is source


def test_any_seed_is_drawn_once_and_kept(tmp_path: pathlib.Path) -> None:
    fitted = TabularDiffusion(random_state=np.random.default_rng(1), **QUICK).fit(FRAME)
    fitted.save(tmp_path / "m.synthdiff")
    loaded = synthdiff.load(tmp_path / "m.synthdiff")
    assert loaded.random_state == loaded.seed_ == fitted.seed_
    pd.testing.assert_frame_equal(loaded.sample(9), fitted.sample(9))


def test_evaluation_takes_them(model: TabularDiffusion) -> None:
    rows = model.sample(60)
    reports = [evaluate(FRAME, rows, attacks=False, random_state=make(5)) for make in (np.random.default_rng,) * 2]
    assert reports[0].to_dict()["scores"] == reports[1].to_dict()["scores"]
    assert evaluate(FRAME, rows, attacks=False, random_state=None)


def test_series_take_them() -> None:
    prices = make_market(200, 2, random_state=0)
    first, second = (SeriesDiffusion(random_state=np.random.RandomState(2), **QUICK).fit(prices) for _ in range(2))
    assert first.seed_ == second.seed_
    paths = [each.sample(3, 5, random_state=np.random.default_rng(4)).returns for each in (first, second)]
    np.testing.assert_array_equal(*paths)


# Scalars

COUNTS = {
    "int": 3,
    "1e0-float": 3.0,
    "numpy-int": np.int64(3),
    "numpy-uint": np.uint8(3),
    "numpy-float": np.float64(3.0),
    "zero-dimensional": np.array(3),
}


@pytest.mark.parametrize("count", COUNTS.values(), ids=COUNTS)
def test_a_whole_number_is_a_count(model: TabularDiffusion, count: Any) -> None:
    pd.testing.assert_frame_equal(
        model.sample(count, random_state=1, batch_size=count), model.sample(3, random_state=1)
    )


def test_powers_of_ten_are_counts(model: TabularDiffusion) -> None:
    assert len(model.sample(1e2)) == 100  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [True, np.True_, "100", 0, -1, 1.5, np.nan, np.inf, None, [3], np.ones(2), 1j])
def test_what_is_no_count_is_said(model: TabularDiffusion, count: Any) -> None:
    with pytest.raises(ConfigError, match="^n_samples is .*; give an integer from 1 to"):
        model.sample(count)


class Place:
    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


@pytest.mark.parametrize("kind", [str, np.str_, pathlib.Path, Place])
def test_a_path_is_a_path(model: TabularDiffusion, tmp_path: pathlib.Path, kind: Any) -> None:
    model.save(kind(tmp_path / "m.synthdiff"), force=np.True_)  # type: ignore[arg-type]
    assert len(synthdiff.load(kind(tmp_path / "m.synthdiff"), device=np.str_("cpu")).sample(2)) == 2


def test_scalars_of_numpy_are_parameters() -> None:
    settings: dict[str, Any] = {
        "preset": np.str_("fast"),
        "text": np.array("null"),
        "max_steps": np.int32(2),
        "max_time": np.float32(50),
        "track": np.False_,
        "device": np.str_("cpu"),
        "random_state": np.uint64(3),
    }
    fitted = TabularDiffusion(**settings).fit(FRAME)
    assert (fitted.n_steps_, fitted.seed_) == (2, 3)
    assert all(fitted.get_params()[name] is value for name, value in settings.items())


CODES = {
    "list": ["x"],
    "tuple": ("x",),
    "set": {"x"},
    "frozenset": frozenset({"x"}),
    "keys": {"x": 1}.keys(),
    "array": np.array(["x"]),
    "objects": np.array(["x"], dtype=object),
    "index": pd.Index(["x"]),
    "series": pd.Series(["x"]),
    "columns": FRAME.columns[:1],
    "numpy-text": [np.str_("x")],
}


@pytest.mark.parametrize("names", CODES.values(), ids=CODES)
def test_names_may_come_in_any_collection(names: Any) -> None:
    fitted = TabularDiffusion(categorical=names, random_state=0, **QUICK).fit(FRAME)
    assert fitted.schema_["x"].kind == "categorical"
    assert set(fitted.sample(50)["x"]) <= set(FRAME["x"])


def test_names_may_be_the_numbers_of_the_labels() -> None:
    frame = FRAME.set_axis(range(3), axis=1)
    fitted = TabularDiffusion(categorical=[0], random_state=0, **QUICK).fit(frame)
    assert fitted.schema_["0"].kind == "categorical"
    assert list(fitted.sample(2).columns) == [0, 1, 2]


@pytest.mark.parametrize("names", ["x", b"x", {"x": 1}, ["x", "x"], None, 1.5])
def test_what_is_no_collection_of_names_is_said(names: Any) -> None:
    with pytest.raises(ConfigError, match="^categorical is "):
        TabularDiffusion(categorical=names, **QUICK).fit(FRAME)


# The whole way


class Sub(pd.DataFrame):  # as those of geopandas and others
    _metadata = ["source"]  # noqa: RUF012

    @property
    def _constructor(self) -> Any:
        return Sub


def test_a_frame_of_all_kinds_goes_the_whole_way(tmp_path: pathlib.Path) -> None:
    n = 60
    frame = Sub(
        {
            0: np.arange(n) % 5,
            ("a", 1): pd.cut(np.arange(n), 4),
            "mixed": pd.Categorical([1, "a", 2.5] * 20),
            "zone": pd.date_range("2020", periods=n, tz=dateutil.tz.tzoffset("IST", 19_800)),
            "text": pd.Series([np.str_("u"), "v", None] * 20, dtype=object),
        }
    )
    frame.attrs["note"] = object()
    frame.flags.allows_duplicate_labels = False
    before = frame.copy()
    rows = walk(frame, tmp_path, n_samples=200)
    pd.testing.assert_frame_equal(frame, before)
    assert type(rows) is pd.DataFrame
    assert list(rows.dtypes) == list(frame.dtypes)
    assert list(rows.columns) == list(frame.columns)
    assert set(rows["mixed"]) == {1, "a", 2.5}
    assert {type(cell) for cell in rows["text"]} <= {str, type(None)}


def test_what_is_fitted_stays_as_it_is() -> None:
    frame = FRAME.assign(c=FRAME["c"].astype("category"), m=[np.str_("u"), None] * 30)
    before = frame.copy()
    frame.flags.allows_duplicate_labels = False
    frame.attrs["note"] = 1
    for column in frame:
        if isinstance(frame[column].array, pd.arrays.NumpyExtensionArray):
            frame[column].to_numpy().flags.writeable = False
    TabularDiffusion(random_state=0, **QUICK).fit(frame)
    assert (frame.flags.allows_duplicate_labels, frame.attrs) == (False, {"note": 1})
    assert type(frame["m"][0]) is np.str_
    frame.flags.allows_duplicate_labels = True
    pd.testing.assert_frame_equal(frame, before)


def test_rows_belong_to_whom_they_are_given() -> None:
    frame = FRAME.assign(
        t=pd.date_range("2020", periods=60),
        b=[True, False] * 30,
        k=pd.Categorical(["u", "v"] * 30),
        i=pd.array([1, None] * 30, dtype="Int64"),
        s=pd.array(["a", "b"] * 30, dtype="string[pyarrow]"),
        z=pd.date_range("2020", periods=60, tz="Europe/Paris"),
    )
    model = TabularDiffusion(random_state=0, **QUICK).fit(frame)
    for n in (1, 5, 60):
        rows = model.sample(n)
        expected = rows.copy()
        for name in rows:
            rows[name].array[0] = expected[name].iloc[-1]
            rows.loc[n - 1, name] = expected[name].iloc[0]
            assert rows[name].iloc[n - 1] is pd.NA or rows[name].iloc[n - 1] == expected[name].iloc[0]


def test_an_array_goes_the_whole_way(tmp_path: pathlib.Path) -> None:
    array = FRAME[["x", "y"]].to_numpy()
    rows = walk(array, tmp_path, n_samples=50)
    assert (rows.shape, rows.dtype) == ((50, 2), array.dtype)
    assert set(rows[:, 0]) <= set(range(7))
