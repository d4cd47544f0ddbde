"""The rows that are compared and attacked, as plain matrices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from synthdiff.data.split import independent_columns
from synthdiff.runtime import spawn_seed

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

UNSEEN_NEEDED = "needs a holdout: real rows that the generator has not seen"


@dataclass(frozen=True)
class PrivacyRows:
    """Rows, of which some were learnt from.

    Attributes
    ----------
    real, synthetic, holdout : (n, D) float64
        Numbers, NaN where missing; of categories codes that all three share, a missing value being a code of its own.
        `real` are the rows that the generator learnt from.
    is_category : (D,) bool
    names : tuple of str
        The columns' names.
    holdout_given : bool
        Whether the generator has not seen the holdout. If it has, it learnt from `real` and the holdout together.
    seed : int
        Of all samples.
    """

    real: FloatArray
    synthetic: FloatArray
    holdout: FloatArray
    is_category: BoolArray
    names: tuple[str, ...]
    holdout_given: bool
    seed: int = 0

    @cached_property
    def learnt(self) -> FloatArray:
        """All rows that the generator learnt from."""
        return self.real if self.holdout_given else np.concatenate([self.real, self.holdout])

    @cached_property
    def independent(self) -> FloatArray:
        """The real rows with each column in an order of its own: what independent columns would give away."""
        return independent_columns(self.real, self.generator("independent"))

    def generator(self, *keys: str | int) -> np.random.Generator:
        """Randomness for one named use."""
        return np.random.default_rng(spawn_seed(self.seed, "privacy", *keys))

    def positions(self, n_rows: int, n: int, *keys: str | int) -> IntArray:
        """At most `n` of the positions below `n_rows`, in random order, without replacement."""
        return self.generator(*keys).permutation(n_rows)[:n]

    def some(self, rows: FloatArray, n: int, *keys: str | int) -> FloatArray:
        """At most `n` of the rows, in random order, without replacement."""
        return rows[self.positions(len(rows), n, *keys)]
