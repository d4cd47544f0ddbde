# ruff: noqa: D102 (what the methods do is said once, by the interface in column.py)
"""Numbers: floats by their decimals, integers and decimals by their ticks.

Only the range and the step between values are kept, and no value: but for those that repeat among integers or decimals
too large for a float (`synthdiff.codecs.exact`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from pydantic import Field

from synthdiff.codecs.column import Claim, ColumnFacts, FloatArray, NumberCodec
from synthdiff.codecs.lattice import MIN_DISTINCT
from synthdiff.codecs.tick import TickCodec
from synthdiff.data.schema import ColumnSchema
from synthdiff.record import require

_MAX_DIGITS = 9
# Beyond that many steps from zero, any float of the type lies close to a decimal by chance.
_MAX_STEPS = {pa.float64(): 1e14, pa.float32(): 1e6, pa.float16(): 1e3}


@dataclass(frozen=True, eq=False)
class FloatCodec(NumberCodec):
    """Floats; rounded to as many decimals as all real values have.

    Attributes
    ----------
    low, high : float
        The lowest and the highest value seen.
    digits : int or None
        Decimals of every value seen; None for a continuum.
    step : int
        Step between values in units of the last decimal: 25 where all prices end in .00, .25, .50 or .75.
    """

    word: ClassVar[str] = "float"
    kind: ClassVar[str] = "numeric"

    low: float
    high: float
    digits: Annotated[int, Field(ge=0, le=_MAX_DIGITS)] | None
    step: Annotated[int, Field(ge=1, le=1 << 53)]

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_floating(dtype))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not a float")
        values = facts.distinct.cast(pa.float64()).to_numpy()
        digits, step = _find_grid(values, facts.type)
        distinct = f"{facts.n_distinct:,} distinct"
        if digits is None:
            return Claim(True, f"floats, {distinct}")
        if digits == 0:
            return Claim(True, f"whole numbers stored as floats, {distinct}")
        decimals = f"{digits} decimals" if digits > 1 else "a decimal"
        return Claim(True, f"floats with {decimals}{f' in steps of {step / 10**digits:g}' * (step > 1)}, {distinct}")

    @classmethod
    def fit(cls, array: pa.ChunkedArray, column: ColumnSchema) -> Self:
        values = array.drop_null().cast(pa.float64()).to_numpy()
        digits, step = _find_grid(values, array.type)
        return cls(column.name, array.type, float(values.min()), float(values.max()), digits, step)

    @property
    def resolution(self) -> float | None:
        return None if self.digits is None else self.step / 10**self.digits

    @property
    def minimum(self) -> float:
        return self.low

    @property
    def maximum(self) -> float:
        return self.high

    def encode(self, array: pa.ChunkedArray | pa.Array) -> FloatArray:
        return np.array(array.cast(pa.float64()).fill_null(np.nan).to_numpy(), dtype=np.float64)

    def decode(self, values: FloatArray, rng: np.random.Generator | None = None) -> pa.Array:
        if self.digits is not None:
            scale = 10**self.digits
            first = np.rint(self.low * scale)
            # A whole number over a power of ten is the float nearest to the decimal: 0.1, not 0.1 plus noise.
            with np.errstate(over="ignore"):  # what another column's values lead to is clipped below
                values = (first + self.step * np.rint((values * scale - first) / self.step)) / scale
        return pa.array(np.clip(values, self.low, self.high), from_pandas=True).cast(self.type)

    def to_dict(self) -> dict[str, Any]:
        grid = {"digits": self.digits, "step": self.step}
        return {**self.head(), "low": self.low, "high": self.high, **grid}

    def check(self) -> None:
        super().check()
        most = float(np.finfo(self.type.to_pandas_dtype()).max)
        if self.digits is not None:
            most = _MAX_STEPS[self.type] / 10**self.digits
        require(-most <= self.low <= self.high <= most, f"the lowest and highest value must lie within {most:g}")


@dataclass(frozen=True, eq=False)
class IntegerCodec(TickCodec):
    """Integers of any width, signed or not."""

    word: ClassVar[str] = "integer"
    kind: ClassVar[str] = "integer"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_integer(dtype))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not an integer type")
        return Claim(True, f"integers, {facts.n_distinct:,} distinct")


@dataclass(frozen=True, eq=False)
class DecimalCodec(TickCodec):
    """Decimals of up to 38 digits."""

    word: ClassVar[str] = "decimal"
    kind: ClassVar[str] = "numeric"

    @classmethod
    def accepts(cls, dtype: pa.DataType) -> bool:
        return bool(pt.is_decimal(dtype))

    @classmethod
    def claim(cls, facts: ColumnFacts) -> Claim:
        if not cls.accepts(facts.type):
            return Claim(False, f"{facts.type} is not a decimal type")
        return Claim(True, f"decimals with {facts.type.scale} digits after the point, {facts.n_distinct:,} distinct")


def _find_grid(values: FloatArray, dtype: pa.DataType) -> tuple[int | None, int]:
    """Find the fewest decimals that write all values, and the step between them in units of the last decimal."""
    largest = float(np.abs(values).max())
    for digits in range(_MAX_DIGITS + 1):
        if largest * 10**digits > _MAX_STEPS[dtype]:
            break
        if _fits(values[:1000], digits, dtype) and _fits(values, digits, dtype):
            whole = np.unique(np.rint(values * 10**digits).astype(np.int64))
            step = int(np.gcd.reduce(whole - whole[0]))
            return digits, step if len(whole) >= MIN_DISTINCT else 1
    return None, 1


def _fits(values: FloatArray, digits: int, dtype: pa.DataType) -> bool:
    """Say whether all values are decimals of that many digits, but for the noise of a sum or a product."""
    scale = 10**digits
    near = np.rint(values * scale) / scale
    if dtype != pa.float64():
        narrow = dtype.to_pandas_dtype()
        return bool((near.astype(narrow) == values.astype(narrow)).all())
    return bool((np.abs(near - values) <= 4 * np.finfo(np.float64).eps * np.abs(values)).all())
