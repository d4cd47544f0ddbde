"""What comes along with a market, as the network is shown it: regimes one by one, numbers by their rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np

from synthdiff.codecs.series.channel import FloatArray
from synthdiff.codecs.series.normal import NormalScore
from synthdiff.errors import ConditioningError
from synthdiff.record import LARGEST, Names, TupleOfParts, numbers, read_as, require, restore

MAX_LEVELS = 12
"""Numbers that take more values than this are amounts, not codes."""
Codes = Annotated[FloatArray, numbers(most=MAX_LEVELS, low=-LARGEST, high=LARGEST, rising=True)]


@dataclass(frozen=True, eq=False)
class CovariateBlock:
    """Covariates <-> channels that are shown; what is not known is 0 in all of a covariate's channels.

    Attributes
    ----------
    names : tuple of str
    levels : tuple of (n,) float64
        The values of a code; empty for an amount.
    scores : tuple of NormalScore
        Of an amount; those of codes are not used.
    """

    names: Names
    levels: Annotated[tuple[Codes, ...], *TupleOfParts]
    scores: Annotated[tuple[Annotated[NormalScore, read_as(NormalScore)], ...], *TupleOfParts]

    @classmethod
    def fit(cls, names: tuple[str, ...], values: FloatArray) -> Self:
        """Fit to (T, C) values; NaN where not known."""
        found = [np.unique(column[~np.isnan(column)]) for column in values.T]
        levels = tuple(level if len(level) <= MAX_LEVELS else np.empty(0) for level in found)
        return cls(names, levels, tuple(NormalScore.fit(column, tail=0.0) for column in values.T))

    @property
    def width(self) -> int:
        """Channels that are shown."""
        return sum(len(level) or 2 for level in self.levels)

    def recognised(self, values: FloatArray) -> FloatArray:
        """Return (..., C) values with NaN in the place of codes that the fitted history does not have."""
        found = values.copy()
        for k, level in enumerate(self.levels):
            if len(level):
                found[..., k] = np.where(np.isin(values[..., k], level), values[..., k], np.nan)
        return found

    def encode(self, values: FloatArray) -> FloatArray:
        """(..., C) values to (..., width) channels.

        Raises
        ------
        ConditioningError
            A code that the history does not have.
        """
        parts = [np.empty((*values.shape[:-1], 0))]
        for k, (name, level, score) in enumerate(zip(self.names, self.levels, self.scores, strict=True)):
            column = values[..., k]
            known = ~np.isnan(column)
            if not len(level):
                parts.append(np.stack([np.where(known, score.encode(column), 0.0), known.astype(float)], axis=-1))
                continue
            strange = known & ~np.isin(column, level)
            if strange.any():
                raise ConditioningError(
                    f"covariate {name!r} never was {column[strange][0]:g} in the history; it was "
                    + ", ".join(f"{value:g}" for value in level),
                    column=name,
                    value=float(column[strange][0]),
                    support=level.tolist(),
                )
            parts.append((column[..., None] == level).astype(float))
        return np.concatenate(parts, axis=-1)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "names": list(self.names),
            "levels": [level.tolist() for level in self.levels],
            "scores": [score.to_dict() for score in self.scores],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse lists of different lengths."""
        require(len(self.names) == len(self.levels) == len(self.scores), "each covariate needs levels and scores")
