"""A vine copula of what a volatility filter leaves: each pair of assets has links, and tails, of its own.

References
----------
Aas, K., Czado, C., Frigessi, A. and Bakken, H. (2009). Pair-copula constructions of multiple dependence. Insurance:
Mathematics and Economics 44, 182-198.
Dissmann, J., Brechmann, E. C., Czado, C. and Kurowicka, D. (2013). Selecting and estimating regular vine copulae and
application to financial returns. Computational Statistics & Data Analysis 59, 52-69.
Brechmann, E. C., Czado, C. and Aas, K. (2012). Truncated regular vines in high dimensions with application to financial
data. Canadian Journal of Statistics 40, 68-85.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Self

import numpy as np
from scipy.special import ndtr, ndtri

from synthdiff.codecs.series.normal import NormalScore
from synthdiff.data.split import FloatArray
from synthdiff.errors import MissingExtraError
from synthdiff.finance.estimate import Kind
from synthdiff.finance.volatility import VolatilitySimulator, cut_shocks

N_CHOSEN, N_TREES = 2, 20
"""Trees whose families are chosen, and trees at all; the pairs of those between are normal. On 20 stocks the BIC with
two chosen is below that of 19 trees of t copulas, which take ten times as long."""
FAMILIES = ("indep", "gaussian", "student", "clayton", "gumbel", "frank")
"""No tails, the same in both, or in one only (Clayton and Gumbel are turned to all sides)."""
POOL = 2**16
"""Days that are drawn when the vine is fitted."""


class VineCopula(VolatilitySimulator):
    """Residuals of EGARCH, each with a distribution of its own, linked by a regular vine; needs ``synthdiff[vine]``.

    Residuals have their empirical distribution with generalised-Pareto tails. The vine's first trees take the strongest
    links, and its first two have the pair copula of the lowest BIC among those of `FAMILIES`; all above are normal,
    which Brechmann, Czado and Aas (2012) call a simplified vine.

    Innovations are drawn from a pool of 65,536 days that the vine drew when it was fitted: a vine draws slowly, and a
    backtest needs millions. A day that is drawn again comes with other volatilities.

    Attributes
    ----------
    pool_ : (65536, d) float64
        Standardised innovations, after `fit`.
    """

    name = "vine copula"
    pool_: FloatArray

    def fit(self, returns: FloatArray) -> Self:
        """Estimate the recursion of each asset, and the vine.

        Raises
        ------
        MissingExtraError
            `pyvinecopulib` or `arch` is not installed.
        DataError
            The returns are no table of finite numbers, or an asset never varies.
        """
        if error := absence():
            raise error
        return super().fit(returns)

    def _kind(self) -> Kind:
        return "egarch"

    def _learn(self) -> None:
        self.residuals_, cut = cut_shocks(self.residuals_)
        self.notes = (*self.notes, *cut)
        margins = [NormalScore.fit(column) for column in self.residuals_.T]
        places = np.stack([ndtr(m.encode(x)) for m, x in zip(margins, self.residuals_.T, strict=True)], axis=1)
        drawn = ndtri(_draw(places, np.random.default_rng(0).random((POOL, len(margins)))))
        self.pool_ = np.stack([m.decode(score) for m, score in zip(margins, drawn.T, strict=True)], axis=1)

    def _innovations(self, start: FloatArray, n_steps: int, rng: np.random.Generator) -> FloatArray:
        return self.pool_[rng.integers(POOL, size=(len(start), n_steps))]


def absence() -> MissingExtraError | None:
    """The error of a fit where `pyvinecopulib` is not installed; None where it is."""
    if find_spec("pyvinecopulib") is not None:
        return None
    return MissingExtraError(
        "vine copulas are fitted by pyvinecopulib, which is not installed; pip install synthdiff[vine]", extra="vine"
    )


def _draw(places: FloatArray, uniform: FloatArray) -> FloatArray:
    """Fit a vine to (T, d) values in (0, 1), and turn independent ones, (n, d), into draws of it."""
    if places.shape[1] == 1:
        return uniform
    vine = _fit_vine(np.asfortranarray(places))
    return np.asarray(vine.inverse_rosenblatt(np.asfortranarray(uniform), num_threads=1))


def _fit_vine(places: FloatArray) -> Any:
    """Choose trees as if all pairs were normal, then the families of the first ones."""
    import pyvinecopulib as pv

    def controls(**chosen: Any) -> Any:
        return pv.FitControlsVinecop(num_threads=1, selection_criterion="bic", **chosen)

    families = [getattr(pv.BicopFamily, name) for name in FAMILIES]
    normal = pv.Vinecop.from_data(places, controls=controls(family_set=[pv.BicopFamily.gaussian], trunc_lvl=N_TREES))
    first = pv.Vinecop.from_data(
        places, controls=controls(family_set=families, trunc_lvl=N_CHOSEN), structure=normal.structure
    )
    pairs = [*first.pair_copulas[:N_CHOSEN], *normal.pair_copulas[N_CHOSEN:]]
    return pv.Vinecop.from_structure(structure=normal.structure, pair_copulas=pairs)
