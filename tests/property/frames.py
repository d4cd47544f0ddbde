"""Hypothesis strategies of small frames: every dtype of pandas and polars that is supported."""

from __future__ import annotations

import datetime
import zoneinfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SETTINGS = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
# The exact range of a float64 with a bit to spare; wider columns are tested by their resolution, in tests/codecs.
MOST = 2**50

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)
dates = st.dates(datetime.date(1700, 1, 1), datetime.date(2250, 12, 31))
moments = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2250, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
lengths = st.integers(-(10**9), 10**9).map(lambda seconds: datetime.timedelta(seconds=seconds))
decimals = st.decimals(-(10**9), 10**9, places=3, allow_nan=False)


def integers(bits: int, signed: bool):
    low = max(-(2 ** (bits - 1)), -MOST) if signed else 0
    return st.integers(low, min(2 ** (bits - signed) - 1, MOST))


def floats(width: int):
    return st.floats(width=width, allow_nan=False, allow_infinity=False, allow_subnormal=False) | st.integers(
        -99, 99
    ).map(lambda cents: float(np.array(cents / 100, f"f{width // 8}")))


def optional(values):
    return st.none() | values


wide_dates = st.dates() | st.sampled_from([datetime.date.min, datetime.date.max])
wide_moments = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)
days = st.integers(-(2**31), 2**31 - 1)
narrow = st.decimals(-999, 999, places=2, allow_nan=False)
halves = st.floats(width=16, allow_nan=False, allow_infinity=False)


def objects(values):
    """Cells as they are: pandas alone would look for dates among them."""
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return pd.Series(cells, dtype=object)


def arrow(dtype, storage=None):
    def make(values):
        cells = pa.array(values, storage or dtype).cast(dtype)
        return pd.Series(pd.arrays.ArrowExtensionArray(cells))

    return make


def coded(levels, index=None):
    """A dictionary whose levels may be missing, repeated or of a view type."""

    def make(values):
        codes = pa.array(values, index or pa.int8())
        return pd.Series(pd.arrays.ArrowExtensionArray(pa.DictionaryArray.from_arrays(codes, levels)))

    return make


def zoned(unit: str):
    return lambda v: pd.Series(pd.to_datetime(pd.Series(v, dtype=object)).astype(f"datetime64[{unit}]")).dt.tz_localize(
        "UTC"
    )


INTEGERS = {
    f"{'u' * (not signed)}int{bits}": integers(bits, signed) for bits in (8, 16, 32, 64) for signed in (True, False)
}
# Each entry: what a cell may be, and how n of them become a column.
PANDAS = {
    **{name: (cells, lambda v, name=name: pd.Series(v, dtype=name)) for name, cells in INTEGERS.items()},
    **{
        name.replace("i", "I", 1).replace("uI", "UI"): (
            optional(cells),
            lambda v, name=name: pd.Series(pd.array(v, dtype=name.replace("i", "I", 1).replace("uI", "UI"))),
        )
        for name, cells in INTEGERS.items()
    },
    "float32": (optional(floats(32)), lambda v: pd.Series(v, dtype="float32")),
    "float64": (optional(floats(64)), lambda v: pd.Series(v, dtype="float64")),
    "Float32": (optional(floats(32)), lambda v: pd.Series(pd.array(v, dtype="Float32"))),
    "bool": (st.booleans(), lambda v: pd.Series(v, dtype="bool")),
    "boolean": (optional(st.booleans()), lambda v: pd.Series(pd.array(v, dtype="boolean"))),
    "object booleans": (optional(st.booleans()), lambda v: pd.Series(v, dtype=object)),
    "object strings": (optional(words), lambda v: pd.Series(v, dtype=object)),
    "object strings with NaN": (
        optional(words),
        lambda v: pd.Series(v, dtype=object).where(lambda s: s.notna(), np.nan),
    ),
    "object dates": (optional(dates), lambda v: pd.Series(v, dtype=object)),
    "object decimals": (optional(decimals), lambda v: pd.Series(v, dtype=object)),
    "object integers": (optional(st.integers(-MOST, MOST)), lambda v: pd.Series(v, dtype=object)),
    "string": (optional(words), lambda v: pd.Series(pd.array(v, dtype="string[python]"))),
    "string[pyarrow]": (optional(words), lambda v: pd.Series(pd.array(v, dtype="string[pyarrow]"))),
    "arrow string": (optional(words), lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.string()))),
    "arrow int16": (optional(integers(16, True)), lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.int16()))),
    "arrow float": (optional(floats(64)), lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.float64()))),
    "arrow date": (optional(dates), lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.date32()))),
    "arrow time": (optional(st.times()), lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.time64("us")))),
    "arrow decimal": (optional(decimals), lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.decimal128(20, 3)))),
    "category": (
        optional(st.sampled_from("abc")),
        lambda v: pd.Series(pd.Categorical(v, categories=list("zcba"))),
    ),
    "ordered category": (
        optional(st.sampled_from([3, 1, 2])),
        lambda v: pd.Series(pd.Categorical(v, categories=[3, 9, 1, 2], ordered=True)),
    ),
    "category of strings": (
        optional(st.sampled_from("abc")),
        lambda v: pd.Series(pd.Categorical(v, categories=pd.array(list("cba"), dtype="string[python]"))),
    ),
    **{
        f"datetime64[{unit}]": (
            optional(moments),
            lambda v, unit=unit: pd.Series(pd.to_datetime(pd.Series(v, dtype=object))).astype(f"datetime64[{unit}]"),
        )
        for unit in ("s", "ms", "us", "ns")
    },
    **{f"datetime64[{unit}, UTC]": (optional(moments), zoned(unit)) for unit in ("s", "ns")},
    **{
        f"timedelta64[{unit}]": (
            optional(lengths),
            lambda v, unit=unit: pd.Series(pd.to_timedelta(pd.Series(v, dtype=object))).astype(f"timedelta64[{unit}]"),
        )
        for unit in ("s", "ms", "ns")
    },
    "object timestamps": (optional(moments.map(pd.Timestamp)), objects),
    "object zoned timestamps": (optional(moments.map(lambda m: pd.Timestamp(m, tz="Europe/Paris"))), objects),
    "object datetimes": (optional(wide_moments), objects),
    "object timedeltas": (optional(lengths), objects),
    "object lengths": (optional(lengths.map(pd.Timedelta)), objects),
    "object times": (optional(st.times()), objects),
    "object wide dates": (optional(wide_dates), objects),
    "object bytes": (optional(st.binary(max_size=4)), objects),
    "object floats": (optional(floats(64)), objects),
    "float16": (halves, lambda v: pd.Series(v, dtype="float16")),
    **{
        f"arrow {dtype}": (optional(narrow), arrow(dtype))
        for dtype in (pa.decimal32(5, 2), pa.decimal64(18, 2), pa.decimal256(60, 2))
    },
    "arrow string view": (optional(words), arrow(pa.string_view())),
    "arrow binary view": (optional(st.binary(max_size=4)), arrow(pa.binary_view())),
    "arrow fixed binary": (optional(st.binary(min_size=2, max_size=2)), arrow(pa.binary(2))),
    "arrow halves": (optional(halves), arrow(pa.float16(), pa.float32())),
    "arrow far dates": (optional(days), arrow(pa.date32(), pa.int32())),
    "arrow times": (optional(st.integers(0, 86_399)), arrow(pa.time32("s"), pa.int32())),
    "coded with null": (st.sampled_from([0, 1, 2, None]), coded(pa.array(["a", None, "b"]))),
    "coded twice": (st.sampled_from([0, 1, 2, None]), coded(pa.array([2.5, 1.5, 2.5]), pa.uint32())),
    "coded views": (st.sampled_from([0, 1, None]), coded(pa.array(["a", "b"], pa.string_view()))),
    "coded far": (st.sampled_from([0, 1, None]), coded(pa.array([10**7, 3], pa.int32()).cast(pa.date32()))),
    "zoneinfo": (
        optional(moments),
        lambda v: zoned("ns")(v).dt.tz_convert(zoneinfo.ZoneInfo("Asia/Tokyo")),
    ),
    "datetimes as text": (optional(moments), lambda v: pd.Series([m and m.isoformat(" ") for m in v], dtype=object)),
}
POLARS = {
    **{
        name: (optional(cells), getattr(pl, name.replace("u", "U").replace("i", "I")))
        for name, cells in INTEGERS.items()
    },
    "float32": (optional(floats(32) | st.just(float("nan"))), pl.Float32),
    "float64": (optional(floats(64)), pl.Float64),
    "boolean": (optional(st.booleans()), pl.Boolean),
    "string": (optional(words), pl.String),
    "binary": (optional(st.binary(max_size=4)), pl.Binary),
    "categorical": (optional(words), pl.Categorical),
    "enum": (optional(st.sampled_from("abc")), pl.Enum(list("zcba"))),
    "date": (optional(dates), pl.Date),
    **{f"datetime {unit}": (optional(moments), pl.Datetime(unit)) for unit in ("ms", "us", "ns")},
    "datetime zoned": (optional(moments), pl.Datetime("us", "Europe/Paris")),
    **{f"duration {unit}": (optional(lengths), pl.Duration(unit)) for unit in ("ms", "us", "ns")},
    "time": (optional(st.times()), pl.Time),
    "decimal": (optional(decimals), pl.Decimal(20, 3)),
    "null": (st.none(), pl.Null),
}


@st.composite
def frames(draw, columns, build, one=None):
    n = draw(st.integers(1, 30))
    names = [one] if one else draw(st.lists(st.sampled_from(sorted(columns)), min_size=1, max_size=4, unique=True))
    return build({name: (draw(st.lists(columns[name][0], min_size=n, max_size=n)), columns[name][1]) for name in names})


def build_pandas(columns):
    return pd.DataFrame({name: make(values) for name, (values, make) in columns.items()})


def build_polars(columns):
    def series(name, values, dtype):
        if isinstance(dtype, pl.Datetime) and dtype.time_zone:
            return (
                pl.Series(name, values, pl.Datetime("us"))
                .dt.replace_time_zone("UTC")
                .dt.convert_time_zone(dtype.time_zone)
            )
        return pl.Series(name, values, dtype)

    return pl.DataFrame([series(name, values, dtype) for name, (values, dtype) in columns.items()])
