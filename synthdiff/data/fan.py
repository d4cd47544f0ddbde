"""How paths spread with time: quantiles of each column after each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthdiff.data.quantile import weighted_quantiles
from synthdiff.data.split import FloatArray
from synthdiff.parameter import checked
from synthdiff.rule import Number, Several

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Fan:
    """Weighted quantiles of paths.

    Attributes
    ----------
    levels : tuple of float
        In [0, 1].
    quantiles : (n_levels, n_steps, n_columns) float64
        In the units of the columns.
    names : tuple of str
        Of the columns.
    dates : (n_steps,) datetime64[ns] or None
        None: steps are only numbered.
    """

    levels: tuple[float, ...]
    quantiles: FloatArray
    names: tuple[str, ...]
    dates: npt.NDArray[np.datetime64] | None

    @classmethod
    @checked(levels=Several(Number(least=0, most=1)))
    def of(
        cls,
        values: FloatArray,
        weights: FloatArray,
        levels: Sequence[float],
        names: tuple[str, ...],
        dates: npt.NDArray[np.datetime64] | None,
    ) -> Fan:
        """Measure values, (n_paths, n_steps, n_columns), of weighted paths."""
        return cls(tuple(levels), weighted_quantiles(values, weights, levels), names, dates)

    def to_table(self) -> pa.Table:
        """A row a column and step: ``name``, ``date`` or ``step`` from 1, and a column a level such as ``"5%"``."""
        _, n_steps, n_columns = self.quantiles.shape
        key = "step" if self.dates is None else "date"
        when = np.arange(1, n_steps + 1) if self.dates is None else self.dates
        columns = {"name": np.repeat(np.array(self.names, dtype=object), n_steps), key: np.tile(when, n_columns)}
        for level, quantile in zip(self.levels, self.quantiles, strict=True):
            columns[f"{100 * level:.10g}%"] = quantile.T.ravel()
        return pa.table(columns)

    def to_frame(self) -> Any:
        """`to_table` as a pandas frame."""
        return self.to_table().to_pandas()
