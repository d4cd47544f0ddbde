"""The promise itself: fit on any small frame, sample, and the schema is the one that went in."""

from __future__ import annotations

import polars as pl
from hypothesis import assume, given, settings

from synthdiff import TabularDiffusion
from synthdiff.errors import DataError
from tests.property.frames import PANDAS, POLARS, SETTINGS, build_pandas, build_polars, frames


def fit_and_sample(frame):
    model = TabularDiffusion(preset="fast", max_steps=2, random_state=0, device="cpu")
    try:
        return model.fit(frame).sample(7, random_state=1)
    except DataError as error:
        assume(" in size" not in str(error))  # numbers whose sums and ratios cannot be computed are refused
        raise


@given(frames(PANDAS, build_pandas))
@settings(SETTINGS, max_examples=40)
def test_pandas(frame):
    rows = fit_and_sample(frame)
    assert len(rows) == 7
    assert list(rows.columns) == list(frame.columns)
    for name in frame:
        assert rows[name].dtype == frame[name].dtype, name


@given(frames(POLARS, build_polars))
@settings(SETTINGS, max_examples=40)
def test_polars(frame):
    rows = fit_and_sample(frame)
    assert isinstance(rows, pl.DataFrame)
    assert rows.height == 7
    assert rows.schema == frame.schema
