"""When the assets of a market trade and move, and their mean step: over the steps in which they move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from synthdiff.codecs.series.channel import FloatArray, changes
from synthdiff.codecs.series.clock import TradingHours
from synthdiff.codecs.series.history import spans_of
from synthdiff.codecs.series.zero_return import ZeroReturnChain
from synthdiff.data.market import Market
from synthdiff.data.market.convention import to_log


@dataclass(frozen=True, eq=False)
class Activity:
    """Steps of the assets of a market.

    Attributes
    ----------
    hours : TradingHours or None
        None: all of them trade in all steps.
    moves : (T, A) float64
        Log returns, returns or differences since each was observed last; NaN where it is not observed.
    counts : (T, A) float64
        Steps that a move covers; 0 where there is none, or where the price stayed.
    share : (A,) float64
        Share of all steps in which the asset moves.
    """

    hours: TradingHours | None
    moves: FloatArray
    counts: FloatArray
    share: FloatArray

    @classmethod
    def fit(cls, market: Market, columns: list[int], has_zeros: bool) -> Self:
        """Look at a market.

        Parameters
        ----------
        market : Market
            T rows.
        columns : list of int
            Of each asset the column that tells how it moves.
        has_zeros : bool
            Whether zero returns may be a state of their own.
        """
        roles = [market.roles[column] for column in columns]
        moves = np.stack([_moves(market, column) for column in columns], axis=1)
        observed = ~np.isnan(market.values[:, columns])
        changed = np.asarray(~np.isnan(moves) & (moves != 0))
        hours, is_open = None, np.ones(moves.shape, dtype=bool)
        if market.dates is not None and has_zeros:
            found = TradingHours.fit(market.dates, changed)
            if not found.is_always:
                hours, is_open = found, found.at(market.dates) | changed
        spans = np.where([role == "return" for role in roles], 1, spans_of(observed, is_open))
        known = np.asarray(is_open & ~np.isnan(moves) & (spans == 1))
        zeros = ZeroReturnChain.fit(moves == 0, known) if has_zeros else ZeroReturnChain.none(len(columns))
        still = zeros.taken(moves == 0, known)
        counts = np.where(np.isnan(moves) | still | ~is_open, 0, spans).astype(np.float64)
        stays = still.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        share = is_open.mean(axis=0) * np.minimum(1 - stays, 1.0)
        return cls(hours, moves, counts, np.maximum(share, 1 / max(len(moves), 1)))

    def mean(self, place: int) -> float:
        """Mean move of an asset over the steps in which it moves."""
        counts = self.counts[:, place]
        return float(np.nansum(np.where(counts > 0, self.moves[:, place], 0.0)) / max(counts.sum(), 1.0))


def main_column(market: Market, columns: list[int]) -> int:
    """Return the one of an asset's columns that tells how it moves: the close of a bar, else the first."""
    return next((column for column in columns if market.roles[column] == "close"), columns[0])


def _moves(market: Market, column: int) -> FloatArray:
    """Log returns or differences of a column, (T,)."""
    x, role = market.values[:, column], market.roles[column]
    if role == "return":
        return to_log(x, market.conventions.get(market.names[column], "log"))
    return changes(np.log(x) if role in ("price", "close") else x)
