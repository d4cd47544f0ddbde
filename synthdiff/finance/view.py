"""Views on a market: what an expert holds of means, volatilities, quantiles, tails and ranks.

`synthdiff.finance.pooling.pool_views` turns them into weights of paths.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthdiff.data.quantile import weighted_quantiles
from synthdiff.data.split import FloatArray
from synthdiff.data.tail import Tail
from synthdiff.errors import ConfigError
from synthdiff.finance.entropy import SIGN_BOUNDS, Relation
from synthdiff.parameter import check, described
from synthdiff.rule import SHARE, Choice, Number

Kind = Literal["mean", "volatility", "quantile", "shortfall", "ranking"]
Target = str | Mapping[str, float]
"""An asset, or a portfolio: share of the start value in each asset."""
MAX_TERMS = 4
RELATION = Choice(*SIGN_BOUNDS)
WORDS: dict[Relation, str] = {"=": "equal to", ">=": "at least", "<=": "at most"}


@dataclass(frozen=True)
class View:
    """One statement; the class methods make and check them.

    Attributes
    ----------
    kind : {"mean", "volatility", "quantile", "shortfall", "ranking"}
    of : tuple of (str or mapping)
        The asset or portfolio it is about; for a ranking all of them, the best first.
    relation : {"=", ">=", "<="}
    value : float
        A simple return over the horizon as a fraction, -0.1 for a loss of 10 %; a positive loss for a shortfall.
    level : float
        Of a quantile or a shortfall.
    """

    kind: Kind
    of: tuple[Target, ...]
    relation: Relation
    value: float = 0.0
    level: float = math.nan

    @classmethod
    def mean(cls, of: Target, relation: Relation, value: float) -> View:
        """The mean return is equal to, at least or at most a value.

        Raises
        ------
        ConfigError
            Like all views: the relation is not known, or the value is not finite.
        """
        return cls("mean", (of,), relation, value).checked()

    @classmethod
    def volatility(cls, of: Target, relation: Relation, value: float) -> View:
        """The standard deviation of the return over the paths is equal to, at least or at most a value above 0.

        The mean is held where the other views put it.
        """
        view = cls("volatility", (of,), relation, value).checked()
        if value <= 0:
            raise ConfigError(f"a volatility of {value} was asked for; it must be above 0")
        return view

    @classmethod
    def quantile(cls, of: Target, relation: Relation, value: float, level: float) -> View:
        """The quantile of the return is equal to, at least or at most a value; 0.05 is the level of a bad outcome."""
        return cls("quantile", (of,), relation, value, level).checked()

    @classmethod
    def shortfall(cls, of: Target, relation: Relation, value: float, level: float = 0.95) -> View:
        """Expected shortfall (conditional value at risk) is equal to, at least or at most a positive loss."""
        return cls("shortfall", (of,), relation, value, level).checked()

    @classmethod
    def ranking(cls, *best_first: Target) -> View:
        """Mean returns are in this order, the best first; ties are allowed."""
        if len(best_first) < 2:
            raise ConfigError("a ranking needs two assets or portfolios at least")
        return cls("ranking", best_first, ">=").checked()

    def checked(self) -> View:
        """The view, if it makes sense.

        Raises
        ------
        ConfigError
            The relation is not known, the value is not finite, or the level is not between 0 and 1.
        """
        for target in self.of:
            if not isinstance(target, (str, Mapping)):
                raise ConfigError(f"a view is about {described(target)}; name an asset, or give a portfolio's weights")
        check({"relation": self.relation, "value": self.value}, {"relation": RELATION, "value": Number()})
        if self.kind in ("quantile", "shortfall"):
            check({"level": self.level}, {"level": SHARE})
        return self

    @property
    def text(self) -> str:
        """The view in words."""
        if self.kind == "ranking":
            return "mean returns in the order " + ", ".join(name_of(target) for target in self.of)
        what = {
            "mean": "mean return",
            "volatility": "volatility",
            "quantile": f"{100 * self.level:.10g} % quantile",
            "shortfall": f"{100 * self.level:.10g} % expected shortfall",
        }[self.kind]
        return f"{what} of {name_of(self.of[0])} {WORDS[self.relation]} {self.value:g}"

    def measure(self, returns: FloatArray, weights: FloatArray) -> float:
        """What the view is about, on weighted paths.

        Parameters
        ----------
        returns : (n, k) float64
            Of all that the view is about: k is 1 except for a ranking.
        weights : (n,) float64
            Sum to 1.

        Returns
        -------
        float
            In units of `value`; for a ranking the smallest lead of one over the next.
        """
        x = returns[:, 0]
        mean = float(weights @ x)
        if self.kind == "mean":
            return mean
        if self.kind == "volatility":
            return math.sqrt(float(weights @ (x - mean) ** 2))
        if self.kind == "quantile":
            return float(weighted_quantiles(x, weights, (self.level,))[0])
        if self.kind == "shortfall":
            return Tail.of(-x, weights).es(self.level)
        return float(-np.diff(weights @ returns).max())


def name_of(target: Target) -> str:
    """An asset's name, or the sum that a portfolio is, if it is short."""
    if isinstance(target, str):
        return target
    if len(target) > MAX_TERMS:
        return f"a portfolio of {len(target)} assets"
    return " + ".join(f"{weight:g} {name}" for name, weight in target.items())
