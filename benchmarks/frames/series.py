"""Columns that only pandas has: objects of every class, categories, zones, sparse and other dtypes of its own."""

from __future__ import annotations

import datetime
import enum
import pathlib
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

import dateutil.tz
import numpy as np
import pandas as pd

Rng = np.random.Generator
Maker = Callable[[Rng, int], Any]

_PARIS = zoneinfo.ZoneInfo("Europe/Paris")
_ZONES: list[Any] = [
    _PARIS,
    zoneinfo.ZoneInfo("America/New_York"),
    dateutil.tz.gettz("Asia/Kolkata"),
    datetime.timezone(datetime.timedelta(hours=5, minutes=30)),
    datetime.timezone(-datetime.timedelta(hours=3, minutes=30)),
    "UTC",
]
_MISSING = (None, np.nan, pd.NA, pd.NaT)
_FREQUENCIES = ("Y", "Q", "M", "W", "D", "h", "min", "Q-JAN", "2M")
_Colour = enum.Enum("_Colour", "RED BLUE")


def _objects(make: Callable[[Rng, int], Any]) -> Maker:
    """Make a column of objects, some of them missing; the row is handed over too."""

    def column(rng: Rng, n: int) -> Any:
        cells = np.empty(n, dtype=object)
        missing = _MISSING[int(rng.integers(len(_MISSING)))]
        share = float(rng.choice([0.0, 0.2]))
        cells[:] = [missing if rng.random() < share else make(rng, row) for row in range(n)]
        return pd.Series(cells, dtype=object)

    return column


def _moment(rng: Rng, row: int) -> datetime.datetime:
    return datetime.datetime(2020, 10, 25) + datetime.timedelta(minutes=int(rng.integers(10**6)))


def _zoned(rng: Rng, n: int) -> Any:
    zone = _ZONES[int(rng.integers(len(_ZONES)))]
    start = pd.Timestamp("2020-10-24", tz="UTC")
    return pd.Series(start + pd.to_timedelta(rng.integers(0, 9_000, n), "h")).dt.tz_convert(zone)


def _periods(rng: Rng, n: int) -> Any:
    index: Any = pd.PeriodIndex
    return pd.Series(index.from_ordinals(rng.integers(0, 500, n), freq=str(rng.choice(_FREQUENCIES))))


def _category(levels: Callable[[Rng], Any], ordered: bool = False) -> Maker:
    """Make categories, some of whose levels may be unused, and some cells missing."""

    def column(rng: Rng, n: int) -> Any:
        dtype = pd.CategoricalDtype(levels(rng), ordered=ordered)
        n_levels = len(dtype.categories)
        codes = rng.integers(-1, max(min(1, n_levels), n_levels - int(rng.integers(2))), n)
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))

    return column


def _masked(dtype: Any) -> Maker:
    def column(rng: Rng, n: int) -> Any:
        cells = rng.integers(0, 2 if dtype == "boolean" else 100, n).astype(bool if dtype == "boolean" else int)
        return pd.Series(pd.array([None if rng.random() < 0.2 else cell for cell in cells], dtype=dtype))

    return column


SERIES: dict[str, Maker] = {
    "uuid": _objects(lambda rng, row: uuid.UUID(bytes=rng.bytes(16), version=4)),
    "few uuids": _objects(lambda rng, row: uuid.UUID(int=int(rng.integers(3)))),
    "path": _objects(lambda rng, row: pathlib.PurePosixPath(f"/data/{row}")),
    "enum": _objects(lambda rng, row: _Colour.RED),
    "interval": lambda rng, n: pd.Series(pd.arrays.IntervalArray.from_breaks(np.arange(n + 1))),
    "period": _periods,
    "complex": lambda rng, n: pd.Series(rng.normal(size=n) * 1j),
    "list": _objects(lambda rng, row: [row]),
    "struct": _objects(lambda rng, row: {"a": row}),
    "mixed": _objects(lambda rng, row: row if rng.random() < 0.5 else "a"),
    "sparse": lambda rng, n: pd.Series(pd.arrays.SparseArray(rng.integers(0, 2, n))),
    "sparse numbers": lambda rng, n: pd.Series(
        pd.arrays.SparseArray(np.where(rng.random(n) < 0.5, np.nan, rng.normal(size=n).round(2)))
    ),
    "big endian": lambda rng, n: pd.Series(rng.integers(0, 99, n).astype(str(rng.choice([">i4", ">f8", ">u2"])))),
    "half": lambda rng, n: pd.Series(rng.normal(size=n).astype("float16")),
    "truths": _objects(lambda rng, row: bool(rng.random() < 0.5)),
    "integers": _objects(lambda rng, row: int(rng.integers(2**62))),
    "large integers": _objects(lambda rng, row: int(rng.integers(2**62)) * 10**9),
    "text": _objects(lambda rng, row: str(rng.choice(["a", "b", "", "é\n"]))),
    "numpy text": _objects(lambda rng, row: np.str_(rng.choice(["a", "b"]))),
    "dates": _objects(lambda rng, row: _moment(rng, row).date()),
    "times": _objects(lambda rng, row: _moment(rng, row).time()),
    "zoned times": _objects(lambda rng, row: _moment(rng, row).time().replace(tzinfo=datetime.UTC)),
    "moments": _objects(_moment),
    "moments of pandas": _objects(lambda rng, row: pd.Timestamp(_moment(rng, row))),
    "moments of a zone": _objects(lambda rng, row: _moment(rng, row).replace(tzinfo=_PARIS)),
    "moments of numpy": _objects(lambda rng, row: np.datetime64(_moment(rng, row))),
    "durations": _objects(lambda rng, row: datetime.timedelta(seconds=int(rng.integers(10**6)))),
    "bytes": _objects(lambda rng, row: rng.bytes(3)),
    "zone": _zoned,
    "nothing": _objects(lambda rng, row: None),
    "Int64": _masked("Int64"),
    "UInt8": _masked("UInt8"),
    "Float32": _masked("Float32"),
    "boolean": _masked("boolean"),
    "unused": _category(lambda rng: ["c", "a", "b", "unused"]),
    "ordered": _category(lambda rng: [3, 1, 2], ordered=True),
    "mixed levels": _category(lambda rng: [7, "7", 2.5, True, "b"][: int(rng.integers(2, 6))]),
    "bins": _category(lambda rng: pd.cut(rng.normal(size=9), 4).categories, ordered=True),
    "dates as levels": _category(lambda rng: [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)]),
    "zoned levels": _category(lambda rng: pd.date_range("2020", periods=3, tz=_PARIS)),
    "no levels": lambda rng, n: pd.Series(pd.Categorical([None] * n)),
}
"""Each makes n cells, of which some are missing."""
