"""What a backtest is of: every asset on its own, or one portfolio of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from synthdiff.data.portfolio import Holdings, resolve_weights
from synthdiff.data.split import FloatArray
from synthdiff.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Book:
    """The S series whose losses are forecast.

    Attributes
    ----------
    names : tuple of str
        The assets, or ``"portfolio"``.
    weights : (n_assets,) float64 or None
        Of the portfolio; None: every asset is a series.
    """

    names: tuple[str, ...]
    weights: FloatArray | None

    @classmethod
    def of(cls, assets: Sequence[str] | None, n_assets: int, weights: Holdings | None) -> Self:
        """Make a book.

        Parameters
        ----------
        assets : sequence of str, optional
            Names; ``"asset 0"`` and so on if left out.
        n_assets : int
        weights : mapping of str to float, or (n_assets,) array, optional
            Share of wealth in each asset; every asset on its own if left out.

        Raises
        ------
        ConfigError
            The names are not as many as the assets, or the weights make no sense.
        """
        names = tuple(f"asset {j}" for j in range(n_assets)) if assets is None else tuple(assets)
        if len(names) != n_assets:
            raise ConfigError(f"{len(names)} assets are named, the returns have {n_assets}; name each once")
        if weights is None:
            return cls(names, None)
        return cls(("portfolio",), resolve_weights(weights, names, ["return"] * n_assets))

    def gain(self, cumulated: FloatArray) -> FloatArray:
        """What each series gains, from cumulated log returns of the assets.

        Parameters
        ----------
        cumulated : (..., n_assets) float64

        Returns
        -------
        (..., S) float64
            An asset's own log return; of a portfolio that is bought once and held, the simple return.
        """
        if self.weights is None:
            return cumulated
        return np.asarray((np.expm1(cumulated) @ self.weights)[..., None])
