"""What can be asked of a path in one number: a return, a maximum drawdown, a volatility."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthdiff.data.drawdown import deepest_drawdowns, drawdown_paths
from synthdiff.data.portfolio import portfolio_values
from synthdiff.data.split import FloatArray

MeasureKind = Literal["return", "max_drawdown", "volatility"]
MEASURES: tuple[MeasureKind, ...] = ("return", "max_drawdown", "volatility")
WORDS: dict[MeasureKind, str] = {
    "return": "return",
    "max_drawdown": "maximum drawdown",
    "volatility": "annual volatility",
}


@dataclass(frozen=True, eq=False)
class Measure:
    """One number of each path.

    Attributes
    ----------
    kind : {"return", "max_drawdown", "volatility"}
        Simple return over the whole path; the deepest fall from the highest value so far, the start included, 0 or
        below; realised volatility, the root of the mean squared log return, a year.
    name : str
        Whose: an asset, ``"portfolio"`` or ``"market"``.
    asset : int or None
        Position of the asset; None: of the portfolio below.
    weights : (n_assets,) float64
        Of a portfolio whose weights are restored after every step; of an asset not used.
    is_level : bool
        Whether the asset's steps are differences of a level: then all is in units of the level, and no fraction.
    per_year : float
        Steps a year.
    """

    kind: MeasureKind
    name: str
    asset: int | None
    weights: FloatArray
    is_level: bool = False
    per_year: float = 252.0

    def of(self, returns: FloatArray, kinds: Sequence[str]) -> FloatArray:
        """Measure paths.

        Parameters
        ----------
        returns : (n_paths, n_steps, n_assets) float64
            Log returns, or differences of levels.
        kinds : sequence of {"return", "difference"}
            (n_assets,)

        Returns
        -------
        (n_paths,) float64
        """
        if self.asset is None:
            return self._of_portfolio(returns)
        own = returns[:, :, self.asset]
        if self.kind == "max_drawdown":
            return deepest_drawdowns(own[..., None], [kinds[self.asset]])[:, 0]
        if self.kind == "volatility":
            return np.asarray(np.sqrt((own**2).mean(axis=1) * self.per_year))
        total = own.sum(axis=1)
        return np.asarray(total if self.is_level else np.expm1(total))

    def format(self, value: float) -> str:
        """A value to read: a percentage, or a number in units of a level."""
        if self.is_level:
            return f"{value:.4g}"
        return f"{100 * value:.1f}".removesuffix(".0") + " %"

    @property
    def text(self) -> str:
        """What it is, in words."""
        return f"{WORDS[self.kind]} of {self.name}"

    def _of_portfolio(self, returns: FloatArray) -> FloatArray:
        values = portfolio_values(returns, self.weights, "daily")
        if self.kind == "return":
            return np.asarray(values[:, -1] - 1)
        if self.kind == "max_drawdown":
            return np.asarray(drawdown_paths(values).min(axis=1))
        before = np.concatenate([np.ones((len(values), 1)), values[:, :-1]], axis=1)
        alive = (before > 0) & (values > 0)  # a portfolio that is worth nothing any more moves no more
        moves = np.log(np.where(alive, values, 1.0) / np.where(alive, before, 1.0))
        return np.asarray(np.sqrt((moves**2).mean(axis=1) * self.per_year))
