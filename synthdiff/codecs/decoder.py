"""Tokens back into exact values, on a device: what sampling needs of a table's alphabet."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from synthdiff.codecs.alphabet import Column, TableAlphabet
from synthdiff.codecs.axis import BentAxis
from synthdiff.codecs.relation import OPERATIONS, Relation
from synthdiff.codecs.token import N_PIECES, NumberTokens
from synthdiff.errors import SamplingError

FURTHEST = 1e3
"""Beyond the signed logarithm of any finite number: values that overflow beside their scale stay numbers."""

_NOTHING = 1e-9
"""Length on a bent axis that is none, but for rounding."""


class CellDecoder:
    """Tokens -> values of one column, in float64.

    Parameters
    ----------
    column : NumberTokens or LevelTokens
    relations : list of Relation
        The column's own ones.
    device : torch.device
        Must have float64.
    """

    def __init__(self, column: Column, relations: list[Relation], device: torch.device) -> None:
        self.column = column
        self.spans: list[tuple[int, int, Relation]] = []
        first = column.n_tokens
        for r in relations:
            self.spans.append((first, first + r.n_tokens, r))
            first += r.n_tokens
        n_grids = len(column.grids) if isinstance(column, NumberTokens) else 0
        heaps = np.zeros((column.n_tokens, n_grids))
        exact = np.ones(column.n_tokens, dtype=bool)
        if isinstance(column, NumberTokens):
            heaps[column.first_bin :] = column.heaps
            exact[column.first_bin :] = False
        heaps = np.concatenate([heaps, *[_pad(r.heaps, n_grids) for r in relations]])
        exact = np.concatenate([exact, *[np.full(r.n_tokens, r.equal) for r in relations]])
        knots = np.concatenate([_knots(column), *[r.knots for r in relations]])
        self.knots = torch.tensor(knots, dtype=torch.float64, device=device)
        self.heaps = torch.tensor(np.cumsum(heaps, axis=1), dtype=torch.float64, device=device)
        self.exact = torch.tensor(exact, device=device)
        season = column.season if isinstance(column, NumberTokens) else None
        self.axis = None if season is None else BentAxis(season, device)

    def undefined(self, values: Tensor) -> Tensor:
        """Which of the column's tokens have no reference in each row, (n, n_tokens) bool; zero width without relations.

        Parameters
        ----------
        values : (n, D) float64
            Revealed values, NaN where missing or hidden.
        """
        if not self.spans:
            return values.new_zeros((len(values), 0), dtype=torch.bool)
        out = torch.zeros(len(values), len(self.knots), dtype=torch.bool, device=values.device)
        for start, stop, relation in self.spans:
            q = self._reference(relation, values)
            bad = ~q.isfinite() | (q == 0) if relation.ratio else ~q.isfinite()
            out[:, start:stop] = bad[:, None]
            if self.axis is not None and not relation.equal and not relation.ratio:
                half = self.axis.season.step / 2
                first = self.axis.bend(q[:, None] + self.knots[start:stop, 0] - half)
                last = self.axis.bend(q[:, None] + self.knots[start:stop, -1] + half)
                out[:, start:stop] |= last - first < _NOTHING
        return out

    def decode(self, token: Tensor, position: Tensor, heap: Tensor, values: Tensor) -> Tensor:
        """Value of each token, (n,) float64; NaN where missing.

        Parameters
        ----------
        token : (n,) int64
            Counted from the column's first token.
        position, heap : (n,) float64
            Uniforms: where within the token, and which grid.
        values : (n, D) float64
            Values that are already revealed.
        """
        if not bool(position.isfinite().all()):
            raise SamplingError("the network gives no positions within tokens: its weights are damaged")
        piece = (position * N_PIECES).long().clamp_(max=N_PIECES - 1)
        share = position * N_PIECES - piece
        low, high = self.knots[token, piece], self.knots[token, piece + 1]
        x = self._placed(low + (high - low) * share, token, values)
        if not isinstance(self.column, NumberTokens) or bool(self.exact.all()):
            return x
        if self.axis is not None:
            ends = [
                self.axis.bend(self._placed(self.knots[token, at], token, values)) for at in (piece, piece + 1, 0, -1)
            ]
            x = torch.where(self.exact[token], x, self.axis.straighten(_between(ends, share, position)))
        return torch.where(self.exact[token], x, self._snap(self.column, x, token, heap))

    def _placed(self, x: Tensor, token: Tensor, values: Tensor) -> Tensor:
        """Values where they are; coordinates of a relation beside its reference."""
        for start, stop, relation in self.spans:
            inside = (token >= start) & (token < stop)
            q = self._reference(relation, values)
            x = torch.where(inside, q * x.exp() if relation.ratio else q + x, x)
        return x

    def _reference(self, relation: Relation, values: Tensor) -> Tensor:
        a, b = relation.reference.partners
        q: Tensor = OPERATIONS[relation.reference.operation](values[:, a], values[:, b])
        return q

    def _snap(self, column: NumberTokens, x: Tensor, token: Tensor, heap: Tensor) -> Tensor:
        """Put values of bins and windows on the column's grids, lattice or resolution, within its range."""
        step = torch.full_like(x, column.resolution or 0.0)
        for g, size in enumerate(column.grids.tolist()):
            lower = self.heaps[token, g - 1] if g else torch.zeros_like(heap)
            chosen = (heap < self.heaps[token, g]) & (heap >= lower)
            x, step = torch.where(chosen, (x / size).round() * size, x), torch.where(chosen, size, step)
        if len(column.lattice) > 1:
            lattice = torch.tensor(column.lattice, device=x.device)
            x = lattice[torch.searchsorted((lattice[1:] + lattice[:-1]) / 2, x)]
        elif column.season is None:
            if column.resolution is not None:
                x = (x / column.resolution).round() * column.resolution
            x = self._off_atoms(column, x, token, step)
        return x.clamp(float(column.rank_values[0]), float(column.rank_values[-1]))

    def _off_atoms(self, column: NumberTokens, x: Tensor, token: Tensor, step: Tensor) -> Tensor:
        """Rounding inside a bin must not add to an atom's mass: step to the neighbour, towards the bin's middle."""
        if not len(column.atoms):
            return x
        atoms = torch.tensor(column.atoms, device=x.device)
        nearest = torch.searchsorted((atoms[1:] + atoms[:-1]) / 2, x)
        hit = ((atoms[nearest] - x).abs() < step * 1e-3) & (token < column.n_tokens)
        return torch.where(hit, torch.where(x < self.knots[token, N_PIECES // 2], x + step, x - step), x)


def _between(ends: list[Tensor], share: Tensor, position: Tensor) -> Tensor:
    """Places between the ends of a piece, or between those of the whole token where nothing of the piece can occur."""
    low, high, lowest, highest = ends
    return torch.where(high - low < _NOTHING, lowest + (highest - lowest) * position, low + (high - low) * share)


def number_coordinates(column: NumberTokens, x: Tensor) -> Tensor:
    """Rank, normal score and signed log, (n, 3) float32, 0 where missing: as in `synthdiff.codecs.alphabet`."""
    x = x.contiguous()
    knots = torch.tensor(column.rank_values, device=x.device)
    levels = torch.tensor(column.rank_levels, device=x.device)
    if len(knots) < 2:
        rank = torch.where(x.isnan(), x, 0.5)
    else:
        at = torch.searchsorted(knots, x).clamp_(1, len(knots) - 1)
        share = ((x - knots[at - 1]) / (knots[at] - knots[at - 1])).clamp(0, 1)
        rank = levels[at - 1] + share * (levels[at] - levels[at - 1])
    normal = torch.special.ndtri(rank.clamp(1e-4, 1 - 1e-4)) / 2
    out = torch.stack([2 * rank - 1, normal, torch.asinh(x / column.scale).clamp(-FURTHEST, FURTHEST) / 3], dim=1)
    return out.nan_to_num(0.0).float()


def column_decoders(alphabet: TableAlphabet, device: torch.device) -> list[CellDecoder]:
    """A decoder for each column."""
    return [
        CellDecoder(column, [r for r in alphabet.relations if r.target == j], device)
        for j, column in enumerate(alphabet.columns)
    ]


def _knots(column: Column) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Inverse distribution function of the base tokens, (n_tokens, N_PIECES + 1)."""
    missing = np.full(int(column.missing), np.nan)
    if isinstance(column, NumberTokens):
        flat = np.concatenate([missing, column.atoms])
        return np.concatenate([np.repeat(flat[:, None], N_PIECES + 1, axis=1), column.knots])
    return np.repeat(np.concatenate([missing, column.codes])[:, None], N_PIECES + 1, axis=1)


def _pad(
    x: np.ndarray[tuple[int, ...], np.dtype[np.float64]], width: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Pad with zero columns to `width`."""
    return np.pad(x, ((0, 0), (0, width - x.shape[1])))
