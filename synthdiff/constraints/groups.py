"""Rows that share a key: how many there are of each, and what they have in common.

Keys lie in one another, the coarsest first: a customer has orders, an order has lines. The first row of each group is
its head; what a key determines is drawn for the head, and the other rows of the group take it from there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
from pydantic import BeforeValidator, Field

from synthdiff.codecs.agreement import codes_of
from synthdiff.codecs.column import ColumnCodec, IntArray
from synthdiff.codecs.key import Key, determines
from synthdiff.record import Name, Names, as_tuple, numbers, read_as, require, restore

MAX_SIZES = 1 << 16


@dataclass(frozen=True, eq=False)
class Level:
    """A key that rows share.

    Attributes
    ----------
    key : str
    columns : tuple of str
        What it determines and no coarser key does.
    sizes : (K,) int64
        How many groups have 1, 2, ... K parts: keys of the next finer level, or rows.
    """

    key: Name
    columns: Names
    sizes: Annotated[IntArray, numbers(most=MAX_SIZES, low=0, high=1 << 53, whole=True)]

    @property
    def names(self) -> tuple[str, ...]:
        """The key and its columns."""
        return (self.key, *self.columns)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that restore it exactly."""
        return {"key": self.key, "columns": list(self.columns), "sizes": self.sizes.tolist()}

    def check(self) -> None:
        """Refuse a level without groups."""
        require(self.sizes.sum() > 0, "groups have sizes")


@dataclass(frozen=True, eq=False)
class Groups:
    """The keys that rows share.

    Attributes
    ----------
    levels : tuple of Level
        The coarsest first.
    """

    levels: Annotated[
        tuple[Annotated[Level, read_as(Level)], ...], BeforeValidator(as_tuple), Field(max_length=64)
    ] = ()

    @classmethod
    def learn(cls, table: pa.Table, keys: Sequence[Key], names: Sequence[str]) -> Self:
        """Learn what keys determine and how often they repeat.

        Parameters
        ----------
        table : pa.Table
        keys : sequence of Key
            The finest first, each of which determines the next.
        names : sequence of str
            All other columns that may be determined.
        """
        levels: list[Level] = []
        taken = {key.name for key in keys}
        for at in reversed(range(len(keys))):
            key = keys[at]
            twin = at > 0 and keys[at - 1].n_keys == key.n_keys
            if twin:  # two keys of the same groups: the finer one takes this one with it
                taken.discard(key.name)
                continue
            left = [name for name in names if name not in taken]
            own = [name for name in left if determines(key, codes_of(table.column(name)))]
            own += [other.name for other in keys if other.name not in taken]
            taken |= set(own)
            parts = keys[at - 1].codes if at else np.arange(table.num_rows)
            pairs = np.unique(np.stack([key.codes, parts]), axis=1)[0] if at else key.codes
            sizes = np.bincount(np.bincount(pairs, minlength=key.n_keys))[1 : MAX_SIZES + 1]
            levels.append(Level(key.name, tuple(own), sizes))
        return cls(tuple(levels))

    def __len__(self) -> int:
        return len(self.levels)

    def describe(self) -> list[str]:
        """The keys in words, a sentence each."""
        out = []
        for at, level in enumerate(self.levels):
            finer = self.levels[at + 1] if at + 1 < len(self.levels) else None
            mean = float(np.average(np.arange(1, len(level.sizes) + 1), weights=level.sizes))
            parts = "rows" if finer is None else f"different {finer.key}"
            out.append(f"{level.key} repeats, {mean:.1f} {parts} each, and determines {', '.join(level.columns)}")
        return out

    def allotments(self, n_rows: int) -> list[int]:
        """How many groups of each level rows are given at most: more than `heads` ever draws."""
        out: list[int] = []
        mean, variance = 1.0, 0.0  # rows of a group
        for level in reversed(self.levels):
            n_parts = np.arange(1, len(level.sizes) + 1)
            parts = float(np.average(n_parts, weights=level.sizes))
            spread = float(np.average((n_parts - parts) ** 2, weights=level.sizes))
            mean, variance = parts * mean, parts * variance + spread * mean**2
            # As many groups as a renewal process has, and eight standard deviations.
            most = n_rows / mean + 8 * math.sqrt(n_rows * variance / mean**3)
            out.append(min(n_rows, math.ceil(most) + 1))
        return out[::-1]

    def most_keys(self, n_rows: int) -> dict[str, int]:
        """How many distinct cells of each key, and of what it determines, rows have at most."""
        return {
            name: most for level, most in zip(self.levels, self.allotments(n_rows), strict=True) for name in level.names
        }

    def heads(self, n_rows: int, rng: np.random.Generator) -> list[IntArray]:
        """Draw groups of rows: the head of each row's group, (n_rows,) int64, for each level."""
        out: list[IntArray] = []
        first = np.arange(n_rows)  # of each part of the finer level
        own = np.arange(n_rows)  # which part each row is in
        for level, most in zip(reversed(self.levels), reversed(self.allotments(n_rows)), strict=True):
            shares = level.sizes / level.sizes.sum()
            drawn = 1 + rng.choice(len(shares), size=len(first), p=shares)
            ends = np.cumsum(drawn)
            group = np.searchsorted(ends, np.arange(len(first)), side="right").clip(max=most - 1)
            starts = np.concatenate([[0], ends])[: group[-1] + 1]
            first, own = first[starts], group[own]
            out.append(first[own])
        return out[::-1]

    def copy(self, table: pa.Table, heads: Sequence[IntArray]) -> pa.Table:
        """Give the rows of each group what their head has; heads of the finer levels alone leave the coarser ones."""
        for level, head in zip(self.levels[len(self.levels) - len(heads) :], heads, strict=True):
            for name in level.names:
                at = table.schema.get_field_index(name)
                table = table.set_column(at, name, table.column(at).take(pa.array(head)))
        return table

    def order(self, order: Sequence[int], learnt: Sequence[str]) -> list[int]:
        """Put the columns that keys determine before those that they do not, and leave the order otherwise."""
        return sorted(order, key=lambda j: self.rank(learnt[j]))

    def cuts(self, order: Sequence[int], learnt: Sequence[str]) -> list[int]:
        """After how many columns the rows of a group take over what their head has, for each level."""
        ranks = [self.rank(learnt[j]) for j in order]
        return [sum(rank <= at for rank in ranks) for at in range(len(self.levels))]

    def rank(self, name: str) -> int:
        """The level that a column belongs to, 0 for the coarsest; their number where rows share nothing of it."""
        return next((at for at, level in enumerate(self.levels) if name in level.names), len(self.levels))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        return {"levels": [level.to_dict() for level in self.levels]}

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Restore what `to_dict` wrote.

        Raises
        ------
        ValueError
            It is nothing that `to_dict` writes; pydantic's ValidationError says where.
        """
        return restore(cls, data)

    def check(self) -> None:
        """Refuse a column that two keys determine."""
        names = [name for level in self.levels for name in level.names]
        require(len(set(names)) == len(names), "a column follows from two keys")

    def check_columns(self, codecs: Mapping[str, ColumnCodec]) -> None:
        """Refuse columns that are not there.

        Raises
        ------
        ValueError
            The first of them.
        """
        for level in self.levels:
            for name in level.names:
                require(name in codecs, f"there is no column {name!r}")


NO_GROUPS = Groups()
