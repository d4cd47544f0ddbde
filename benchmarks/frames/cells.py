"""Cells of every type but text, and the types that they are stored as."""

from __future__ import annotations

import decimal
from collections.abc import Callable

import numpy as np
import pyarrow as pa

Rng = np.random.Generator
Maker = Callable[[Rng, int], pa.Array]

INT64 = np.iinfo(np.int64)


def _integers(dtype: pa.DataType) -> Maker:
    limits = np.iinfo(dtype.to_pandas_dtype())

    def make(rng: Rng, n: int) -> pa.Array:
        reach = int(rng.choice([10, 1_000, 10**6, 2**40, 2**62, 2**64]))
        low = max(int(limits.min), -reach) if rng.random() < 0.3 else max(int(limits.min), 0)
        cells = rng.integers(low, min(int(limits.max), low + reach), n, dtype=limits.dtype, endpoint=True)
        return pa.array(cells, dtype)

    return make


def _floats(dtype: pa.DataType) -> Maker:
    def make(rng: Rng, n: int) -> pa.Array:
        shape = int(rng.integers(6))
        cells = rng.normal(0, float(10.0 ** rng.integers(-3, 4)), n)
        if shape == 1:
            cells = np.round(cells, int(rng.integers(0, 4)))
        elif shape == 2:
            cells = np.where(rng.random(n) < 0.6, 0.0, np.exp(cells.clip(-9, 9)))
        elif shape == 3:
            cells = np.rint(cells.clip(-2e3, 2e3))
        elif shape == 4 and dtype == pa.float64():
            cells = rng.lognormal(0, 30, n)
        return pa.array(cells.astype(dtype.to_pandas_dtype()), dtype)

    return make


def _decimals(dtype: pa.DataType) -> Maker:
    def make(rng: Rng, n: int) -> pa.Array:
        digits = int(rng.integers(1, min(dtype.precision, 38) + 1))
        signs = rng.random(n) < 0.2
        cells = [
            decimal.Decimal((int(sign), tuple(map(int, rng.integers(0, 10, digits))), -dtype.scale)) for sign in signs
        ]
        return pa.array(cells, dtype)

    return make


def _moments(dtype: pa.DataType) -> Maker:
    per = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[dtype.unit]

    def make(rng: Rng, n: int) -> pa.Array:
        shape = int(rng.integers(4))
        seconds = rng.integers(-(10**9), 2 * 10**9, n)
        if shape == 0:
            return pa.array(seconds // 86_400 * 86_400 * per).cast(dtype)
        if shape == 1:
            return pa.array(seconds * per + rng.integers(0, per, n)).cast(dtype)
        if shape == 2 and per == 10**9:
            ends = [INT64.min + 1, INT64.max]
            return pa.array(np.where(rng.random(n) < 0.1, rng.choice(ends, n), seconds * per)).cast(dtype)
        return pa.array(seconds * per).cast(dtype)

    return make


def _times(dtype: pa.DataType) -> Maker:
    per = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[dtype.unit]
    narrow = np.int32 if dtype.bit_width == 32 else np.int64
    return lambda rng, n: pa.array((rng.integers(0, 86_400, n) * per).astype(narrow)).cast(dtype)


def _dates(rng: Rng, n: int) -> pa.Array:
    low, high = [(10_000, 20_000), (-700_000, 2_900_000), (19_000, 19_030)][int(rng.integers(3))]
    return pa.array(rng.integers(low, high, n).astype(np.int32)).cast(pa.date32())


def _identifiers(rng: Rng, n: int) -> pa.Array:
    start = int(rng.choice([0, 1, 100_000_000, 2**53, 2**62]))
    return pa.array(start + rng.permutation(n) * int(rng.choice([1, 7])))


def _compact(form: str) -> Maker:
    def make(rng: Rng, n: int) -> pa.Array:
        moments = np.datetime64("2001-01-01T00:00:00") + rng.integers(0, 8 * 10**8, n).astype("timedelta64[s]")
        return pa.array([int(moment.item().strftime(form)) for moment in moments])

    return make


CELLS: dict[str, Maker] = {
    **{f"{dtype}": _integers(dtype) for dtype in (pa.int8(), pa.int16(), pa.int32(), pa.int64())},
    **{f"{dtype}": _integers(dtype) for dtype in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())},
    **{f"{dtype}": _floats(dtype) for dtype in (pa.float16(), pa.float32(), pa.float64())},
    **{
        f"{dtype}": _decimals(dtype)
        for dtype in (pa.decimal128(8, 2), pa.decimal128(18, 0), pa.decimal128(38, 18), pa.decimal256(50, 3))
    },
    **{
        f"{dtype}": _moments(dtype)
        for dtype in (
            *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")),
            pa.timestamp("us", "Europe/Paris"),
            *(pa.duration(unit) for unit in ("s", "ms", "us", "ns")),
        )
    },
    **{f"{dtype}": _times(dtype) for dtype in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"))},
    "dates": _dates,
    "dates in milliseconds": lambda rng, n: _dates(rng, n).cast(pa.date64()),
    "identifiers": _identifiers,
    "keys": lambda rng, n: pa.array(rng.choice(rng.integers(0, 2**63 - 1, int(rng.integers(2, 60))), n)),
    "dates in digits": _compact("%Y%m%d"),
    "moments in digits": _compact("%Y%m%d%H%M%S"),
    "years": lambda rng, n: pa.array(rng.integers(1900, 2030, n)),
    "truths": lambda rng, n: pa.array(rng.random(n) < 0.3),
    "bytes": lambda rng, n: pa.array([rng.bytes(int(width)) for width in rng.integers(0, 5, n)]),
    "fixed bytes": lambda rng, n: pa.array([rng.bytes(2) for _ in range(n)], pa.binary(2)),
    "nothing": lambda rng, n: pa.nulls(n),
    "one value": lambda rng, n: pa.array([int(rng.integers(9))] * n),
}
"""Each makes n cells without nulls."""
