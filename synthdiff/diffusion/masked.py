"""Absorbing (masked) multinomial diffusion over the cells of a table.

Noise hides cells. With the linear keep schedule, the number of cells that are still seen at a uniform time is uniform
on 0..D-1 and which ones they are is a uniform subset, so x_t is drawn directly: a random order of the columns, and
how many of them are revealed. The negative likelihood bound of a row is the expectation of ``D / (D - m)`` times the
cross-entropies of the hidden cells, with m cells seen ([1]_, eq. 5; [2]_): the any-order autoregressive bound.

A cell's token may be relative to other columns (`synthdiff.codecs.relation`); it is resolved against what is revealed
before it, in training as in sampling, so every conditional is a proper distribution over what can be decoded at that
moment.

Rows are drawn in one *preferred order*, which makes full use of the relations; so a share of the training rows follow
it, and of those the column that comes next counts more. The others follow random orders: any subset of cells can be
given.

References
----------
.. [1] Hoogeboom et al., "Autoregressive Diffusion Models", ICLR 2022.
.. [2] Ou et al., "Your Absorbing Discrete Diffusion Secretly Models the Conditional Distributions of Clean Data",
ICLR 2025.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from synthdiff.batch import Cells, NoisyCells
from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.relation import UNDEFINED


@dataclass(frozen=True)
class RevealTimes:
    """When each cell of each row is revealed, and how many are.

    Attributes
    ----------
    position : (B, D) int64
        Place of each column in the row's order.
    n_seen : (B, 1) int64
        Cells seen, 0..D-1.
    preferred : (B, 1) bool
        Rows that follow the preferred order.
    """

    position: Tensor
    n_seen: Tensor
    preferred: Tensor

    def to(self, device: torch.device) -> RevealTimes:
        """The same on a device."""
        return RevealTimes(self.position.to(device), self.n_seen.to(device), self.preferred.to(device))


class MaskedProcess:
    """Hide and reveal cells.

    Parameters
    ----------
    alphabet : TableAlphabet
    order : sequence of int
        The preferred order: columns as they are revealed.
    device : torch.device
    """

    def __init__(self, alphabet: TableAlphabet, order: list[int], device: torch.device) -> None:
        self.n_columns = len(alphabet.columns)
        relations = alphabet.relations
        slots: list[list[int]] = [[] for _ in alphabet.columns]
        for r, relation in enumerate(relations):
            slots[relation.target].append(r)
        width = max((len(s) for s in slots), default=0)
        # A column's relations, best first, padded with one that never holds.
        padded = [s + [len(relations)] * (width - len(s)) for s in slots]
        self.slots = torch.tensor(padded, dtype=torch.int64, device=device).reshape(self.n_columns, width)
        self.targets = torch.tensor([r.target for r in relations], dtype=torch.int64, device=device)
        partners = [r.reference.partners for r in relations]
        self.partners = torch.tensor(partners, dtype=torch.int64, device=device).reshape(-1, 2)
        self.order = torch.tensor(order, dtype=torch.int64)

    def draw_times(self, n_rows: int, generator: torch.Generator, preferred: float = 0.0) -> RevealTimes:
        """Random reveal times on the CPU; seen counts are uniform on 0..D-1 and stratified over the rows.

        Parameters
        ----------
        n_rows : int
        generator : torch.Generator
        preferred : float
            Share of the rows that follow the preferred order.
        """
        d = self.n_columns
        position = torch.rand(n_rows, d, generator=generator).argsort(1).argsort(1)
        pick = torch.rand(n_rows, 1, generator=generator) < preferred
        position = torch.where(pick, self.order.argsort()[None], position)
        strata = (torch.arange(n_rows) + torch.rand(1, generator=generator)) / n_rows
        return RevealTimes(position, (strata * d).long().clamp_(max=d - 1)[:, None], pick)

    def preferred_times(self, n_rows: int, n_seen: Tensor) -> RevealTimes:
        """The preferred order with `n_seen`, (n_rows, 1), cells revealed."""
        position = self.order.argsort()[None].expand(n_rows, -1)
        return RevealTimes(position, n_seen, torch.ones(n_rows, 1, dtype=torch.bool))

    def perturb(self, cells: Cells, times: RevealTimes) -> NoisyCells:
        """Draw x_t: hide all but the first cells of each row's order and resolve the tokens."""
        at = torch.minimum(times.position, times.n_seen)
        seen = times.position < times.n_seen
        before = torch.maximum(at[:, self.partners[:, 0]], at[:, self.partners[:, 1]]) < at[:, self.targets]
        closed = ~before | (cells.relative == UNDEFINED)
        usable = torch.where(before, cells.relative, -1)
        return NoisyCells(self._resolve(cells.base, usable), cells.coordinates, seen, closed)

    def _resolve(self, base: Tensor, usable: Tensor) -> Tensor:
        """Token of each cell: its first usable relation's, else the base token, (B, D)."""
        if self.slots.shape[1] == 0:
            return base
        never = torch.full((len(base), 1), -1, dtype=usable.dtype, device=base.device)
        candidates = torch.cat([usable, never], dim=1)[:, self.slots.flatten()].view(len(base), *self.slots.shape)
        first = (candidates >= 0).to(torch.uint8).argmax(2, keepdim=True)
        chosen = candidates.gather(2, first)[:, :, 0]
        return torch.where(chosen >= 0, chosen, base)

    def weights(self, times: RevealTimes, emphasis: float = 0.0, most: float = math.inf) -> Tensor:
        """Weight of each cell's cross-entropy, (B, D): ``D / hidden`` where hidden, 0 where seen.

        Parameters
        ----------
        times : RevealTimes
        emphasis : float
            In rows of the preferred order, the share of the weight that goes to the next column alone.
        most : float
            The greatest weight of a cell: weights are cut there, and that of the next column is shared with those that
            follow it. In a wide table few cells would otherwise outweigh all others, and a step would learn from them.
        """
        d = self.n_columns
        hidden = (times.position >= times.n_seen) * (d / (d - times.n_seen)).clamp(max=most)
        n_next = (d - times.n_seen).clamp(max=math.ceil(d / most) or 1)
        ahead = times.position - times.n_seen
        following = (d / n_next).clamp(max=most) * ((ahead >= 0) & (ahead < n_next))
        return torch.where(times.preferred, torch.lerp(hidden, following.to(hidden.dtype), emphasis), hidden)

    def densities(self, cells: Cells, noisy: NoisyCells) -> Tensor:
        """Log density of each cell's value given its resolved token, (B, D)."""
        out = cells.base_density.clone()
        for r in range(len(self.targets) - 1, -1, -1):
            j = self.targets[r]
            used = noisy.tokens[:, j] == cells.relative[:, r]
            out[:, j] = torch.where(used, cells.relative_density[:, r], out[:, j])
        return out
