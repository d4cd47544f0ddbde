"""The currency between layers: cells as tensors.

Shapes are (B, D) for the cells of B rows and D columns, and (B, N, C) for the coordinates of the N number columns. An
absent block has zero width, never ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Cells:
    """Rows of clean cells: every token that a cell can be coded by, and its exact value as coordinates.

    Attributes
    ----------
    base : (B, D) int64
        Base token (missing, atom, bin or level).
    coordinates : (B, N, C) float32
        Coordinates of the number cells, 0 where missing.
    relative : (B, R) int64
        Token of each relation; -1 outside its window, -2 where its reference has no value.
    base_density : (B, D) float32
        Log density of the value given its base token.
    relative_density : (B, R) float32
        The same given its relation token.
    """

    base: Tensor
    coordinates: Tensor
    relative: Tensor
    base_density: Tensor
    relative_density: Tensor

    def __len__(self) -> int:
        return len(self.base)

    def take(self, rows: Tensor | slice) -> Cells:
        """The given rows."""
        return Cells(
            self.base[rows].long(),
            self.coordinates[rows],
            self.relative[rows].long(),
            self.base_density[rows],
            self.relative_density[rows],
        )


@dataclass(frozen=True)
class NoisyCells:
    """Partly hidden cells: x_t of the absorbing process.

    Attributes
    ----------
    tokens : (B, D) int64
        Token of each cell, resolved for what is seen before it (also of hidden cells: the target).
    coordinates : (B, N, C) float32
        Coordinates of the clean cells.
    seen : (B, D) bool
        Which cells the network is shown.
    closed : (B, R) bool
        Relations whose reference is not seen or has no value: their tokens are impossible.
    """

    tokens: Tensor
    coordinates: Tensor
    seen: Tensor
    closed: Tensor
