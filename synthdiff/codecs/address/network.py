"""Addresses made up within the networks of the real ones: private ones stay private, and hosts vary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, PlainValidator

from synthdiff.codecs.address.family import FAMILIES, Family, find_address
from synthdiff.codecs.codes.shuffle import Shuffle, WordArray
from synthdiff.codecs.column import IntArray
from synthdiff.record import Count, TupleOfParts, require, restore

_HEAD = 50
_MIN_SHARE = 0.9
_MIN_ADDRESSES = 4
_DENSE = 8
_CYCLE = 1 << 10
_MOST_BLOCKS = _CYCLE // 2
_AMPLE = 3
_MOST_BITS = 62
_HOSTS = 254
_ENOUGH_BITS = 40
_STRIDE = 7919
Length = Annotated[int, Field(ge=0, le=128)]
Big = Annotated[int, Field(ge=0, lt=1 << 64)]


def _restore_family(place: Any) -> Family:
    require(type(place) is int and 0 <= place < len(FAMILIES), "no such form of addresses")
    return FAMILIES[int(place)]


@dataclass(frozen=True)
class Network:
    """Addresses in blocks.

    Rows take the blocks in turn, in a cycle of 1,024 rows where each block has as many as its share; within a block, a
    permutation says which of its addresses comes next. So addresses are distinct until a block is used up.

    Attributes
    ----------
    family : Family
        How addresses are written.
    starts : tuple of int
        First key of each block.
    sizes : tuple of int
        Number of keys of each block.
    slots : tuple of int
        Rows of a cycle that each block has.
    rest_bits : int
        Bits of an address behind its key that vary.
    shift : int
        Bits of a key that are zero in all addresses: starts and sizes are counted in their multiples.
    skips : bool
        Whether no last octet is 0 or 255.
    lengths : tuple of int
        Lengths of prefixes that stand after a slash; none where there is no slash.
    counts : tuple of int
        How often each occurs.
    masked : bool
        Whether all that lies behind a prefix is zero.
    """

    family: Annotated[Family, PlainValidator(_restore_family)]
    starts: Annotated[tuple[Big, ...], *TupleOfParts]
    sizes: Annotated[tuple[Annotated[int, Field(ge=1, le=1 << _MOST_BITS)], ...], *TupleOfParts]
    slots: Annotated[tuple[Annotated[int, Field(ge=1, le=_CYCLE)], ...], *TupleOfParts]
    rest_bits: Annotated[int, Field(ge=0, le=64)]
    shift: Annotated[int, Field(ge=0, le=64)]
    skips: bool
    lengths: Annotated[tuple[Length, ...], *TupleOfParts] = ()
    counts: Annotated[tuple[Count, ...], *TupleOfParts] = ()
    masked: bool = False

    @classmethod
    def fit(cls, cells: pa.Array) -> Self | None:
        """Find the networks of real addresses; None where strings are no addresses.

        Parameters
        ----------
        cells : pa.Array
            Distinct strings, at least one, without nulls.
        """
        head = cells[:_HEAD].to_pylist()
        if sum(find_address(cell) is not None for cell in head) < _MIN_SHARE * len(head):
            return None
        bare, lengths = _split_lengths(cells)
        family = max(FAMILIES, key=lambda family: family.read(bare[:_HEAD])[2].sum())
        keys, rests, valid = family.read(bare)
        if valid.sum() < _MIN_SHARE * len(cells) or (lengths is not None and (lengths < 0).any()):
            return None
        order = np.argsort(keys[valid])
        keys, rests = keys[valid][order], rests[valid][order]
        found = cls(family, (), (), (), int(rests.max()).bit_length(), 0, skips=_skips(family, keys))
        if lengths is not None:
            found = found._with_lengths(keys, rests, lengths[valid][order])
        tries = [found._with_blocks(keys, level) for level in family.levels if level <= family.bits - found.shift]
        fine = (network for network in tries if len(network.starts) <= max(1, len(keys) // _MIN_ADDRESSES))
        good = next((network for network in fine if network.room >= _AMPLE * len(keys)), None)
        return good or max(tries, key=lambda network: network.room, default=None)

    def _with_lengths(self, keys: WordArray, rests: WordArray, lengths: IntArray) -> Self:
        found, counts = np.unique(lengths, return_counts=True)
        kept, _ = _mask(self.family, keys, rests, lengths)
        masked = bool((kept == keys).all()) and (self.rest_bits == 0) and int(found[-1]) <= self.family.bits
        shift = self.family.bits - int(found[-1]) if masked else 0
        skips = self.skips and not masked
        both = {"lengths": tuple(found.tolist()), "counts": tuple(counts.tolist())}
        return replace(self, shift=shift, skips=skips, masked=masked, lengths=both["lengths"], counts=both["counts"])

    def _with_blocks(self, keys: WordArray, level: int) -> Self:
        """Keep the networks of a prefix length, cut where other rules begin; keys are in order."""
        special = np.array([0, *self.family.special], np.uint64)
        region = np.searchsorted(special, keys, side="right") - 1
        ends = np.append(special[1:], np.uint64(0)) - np.uint64(1)  # the last one ends with the last word
        width = np.uint64(self.family.bits - level)
        prefix = keys >> width if width < 64 else np.zeros_like(keys)
        begin = np.flatnonzero(np.append(True, (np.diff(region) != 0) | (prefix[1:] != prefix[:-1])))
        counts = np.diff(np.append(begin, len(keys)))
        least, most = keys[begin], keys[begin + counts - 1]
        slots = _share_out(counts)
        kept = slots > 0
        sparse = counts[kept] < _DENSE
        # From the first to the last of the finest networks that are seen, or the whole block where few are; cut where
        # other rules begin.
        grain = np.uint64(self.family.bits - max(n for n in self.family.levels if n <= self.family.bits - self.shift))
        places = region[begin][kept]
        start = prefix[begin][kept] << width if width < 64 else np.zeros_like(places, np.uint64)
        end = start + np.uint64((1 << int(width)) - 1)
        first = np.maximum(np.where(sparse, start, least[kept] >> grain << grain), special[places])
        last = np.minimum(np.where(sparse, end, most[kept] | np.uint64((1 << int(grain)) - 1)), ends[places])
        slots, first, last = slots[kept], first >> np.uint64(self.shift), last >> np.uint64(self.shift)
        sizes = tuple(min(int(b) - int(a) + 1, 1 << _MOST_BITS) for a, b in zip(first, last, strict=True))
        return replace(self, starts=tuple(first.tolist()), sizes=sizes, slots=tuple(slots.tolist()))

    @property
    def _draws_keys(self) -> bool:
        """Whether rests alone make addresses distinct, and keys are drawn."""
        return self.rest_bits >= _ENOUGH_BITS

    @cached_property
    def _turns(self) -> tuple[IntArray, IntArray]:
        """The block of each row of a cycle, and how many rows before it have that block."""
        blocks = np.repeat(np.arange(len(self.slots)), self.slots)
        order = blocks[Shuffle(_CYCLE).permute(np.arange(_CYCLE, dtype=np.uint64)).astype(np.int64)]
        turns = np.empty(_CYCLE, np.int64)
        sorted_rows = np.argsort(order, kind="stable")
        turns[sorted_rows] = np.arange(_CYCLE) - np.repeat(np.cumsum(self.slots) - self.slots, self.slots)
        return order, turns

    @cached_property
    def _capacities(self) -> list[int]:
        """How many addresses each block has."""
        if self._draws_keys:
            return [1 << min(self.rest_bits, _MOST_BITS)] * len(self.sizes)
        hosts = [size // 256 * _HOSTS if self.skips else size for size in self.sizes]
        return [min(host << self.rest_bits, 1 << _MOST_BITS) for host in hosts]

    @property
    def room(self) -> int:
        """Rows that get distinct addresses."""
        order, _ = self._turns
        rooms = []
        for block, (capacity, slots) in enumerate(zip(self._capacities, self.slots, strict=True)):
            cycles, rest = divmod(capacity, slots)
            rooms.append(cycles * _CYCLE + int(np.flatnonzero(order == block)[rest]))
        return min(*rooms, 1 << _MOST_BITS)

    @property
    def fresh(self) -> int:
        """Rows that get addresses at all."""
        return self.room

    def write(self, rows: WordArray, rng: np.random.Generator) -> pa.Array:
        """Write the addresses of rows, (n,) uint64."""
        order, turns = self._turns
        cycle, place = (part.astype(np.int64) for part in np.divmod(rows, np.uint64(_CYCLE)))
        block = order[place]
        turn = cycle * np.array(self.slots)[block] + turns[place]
        numbers = np.zeros(len(rows), np.uint64)
        capacities = np.array(self._capacities)
        for capacity in np.unique(capacities):
            chosen = np.flatnonzero(capacities[block] == capacity)
            at = (turn[chosen] + _STRIDE * block[chosen]) % capacity
            numbers[chosen] = Shuffle(int(capacity)).permute(at.astype(np.uint64))
        return self._text(numbers, block, rng)

    def _text(self, numbers: WordArray, block: IntArray, rng: np.random.Generator) -> pa.Array:
        starts, sizes = np.array(self.starts, np.uint64)[block], np.array(self.sizes, np.uint64)[block]
        if self._draws_keys:
            rests = numbers | rng.integers(0, 4, len(block), np.uint64) << np.uint64(62) * (self.rest_bits == 64)
            keys = starts + rng.integers(0, sizes, dtype=np.uint64)
        else:
            rests, keys = numbers & np.uint64((1 << self.rest_bits) - 1), numbers >> np.uint64(self.rest_bits)
            if self.skips:
                keys = keys // np.uint64(_HOSTS) * np.uint64(256) + keys % np.uint64(_HOSTS) + np.uint64(1)
            keys = starts + keys
        keys = keys << np.uint64(self.shift)
        if not self.lengths:
            return self.family.write(keys, rests)
        counts = np.array(self.counts)
        lengths = rng.choice(np.array(self.lengths), len(block), p=counts / counts.sum())
        if self.masked:
            keys, rests = _mask(self.family, keys, rests, lengths)
        return pc.binary_join_element_wise(self.family.write(keys, rests), pa.array(lengths).cast(pa.string()), "/")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values that `from_dict` restores exactly."""
        data = {name: list(value) if isinstance(value, tuple) else value for name, value in self.__dict__.items()}
        data = {name: value for name, value in data.items() if not name.startswith("_")}
        return data | {"family": FAMILIES.index(self.family)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Restore what `to_dict` wrote."""
        return restore(cls, data)

    def check(self) -> None:
        """Refuse blocks that do not belong together, or lie beyond the last address."""
        require(0 < len(self.starts) == len(self.sizes) == len(self.slots), "each block needs a size and slots")
        require(sum(self.slots) == _CYCLE, f"slots must add up to {_CYCLE:,}")
        most = 1 << max(self.family.bits - self.shift, 0)
        require(all(a + b <= most for a, b in zip(self.starts, self.sizes, strict=True)), "a block beyond the last key")
        require(len(self.lengths) == len(self.counts), "each length needs a count")
        require(not self.lengths or 0 < sum(self.counts) < 1 << 53, "counts must add up to a number of rows")
        require(not self.skips or all(size >= 256 and not self.shift for size in self.sizes), "too small to skip hosts")


def _share_out(counts: IntArray) -> IntArray:
    """Share a cycle out by counts; the largest remainders get what rounding leaves."""
    quotas = counts / counts.sum() * _CYCLE
    slots = np.floor(quotas).astype(np.int64)
    slots[np.argsort(slots - quotas, kind="stable")[: _CYCLE - int(slots.sum())]] += 1
    return np.asarray(slots)


def _split_lengths(cells: pa.Array) -> tuple[pa.Array, IntArray | None]:
    """Addresses without prefix lengths, and these, -1 where there is none; None where there are none."""
    if "/" not in cells[0].as_py():
        return cells, None
    found = pc.extract_regex(cells, r"^(?P<address>[^/]+)/(?P<length>0|[1-9][0-9]{0,2})$")
    lengths = pc.struct_field(found, 1).cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    return pc.struct_field(found, 0).fill_null(""), np.asarray(lengths)


def _skips(family: Family, keys: WordArray) -> bool:
    last = keys & np.uint64(255)
    return family.word == "ipv4" and not ((last == 0) | (last == 255)).any()


def _mask(family: Family, keys: WordArray, rests: WordArray, lengths: IntArray) -> tuple[WordArray, WordArray]:
    """Set the bits behind a prefix to zero."""
    ones = np.uint64(2**64 - 1)
    behind = np.clip(family.bits - lengths, 0, 63).astype(np.uint64)
    keys = np.where(lengths > 0, keys & (ones << behind), 0).astype(np.uint64)
    return keys, np.where(lengths > family.bits, rests, 0).astype(np.uint64)
