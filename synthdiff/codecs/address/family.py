"""How addresses of networks are written: text to numbers, and numbers to text of the same form.

An address is a *key* of at most 64 bits and a *rest*: the whole address and nothing for IPv4 and MAC, the network and
the interface for IPv6.
"""

from __future__ import annotations

import re
import socket
from abc import ABC, abstractmethod
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.codes.shuffle import WordArray
from synthdiff.codecs.column import BoolArray

_OCTETS = [pa.array([f"{octet:{code}}" for octet in range(256)]) for code in ("d", "02x", "02X")]
_V4 = r"^(?P<a>[0-9]{1,3})\.(?P<b>[0-9]{1,3})\.(?P<c>[0-9]{1,3})\.(?P<d>[0-9]{1,3})$"


@dataclass(frozen=True)
class Family(ABC):
    """A form of addresses.

    Attributes
    ----------
    word : str
        Its name.
    bits : int
        Bits of a key.
    levels : tuple of int
        Lengths of prefixes that structure may be kept at, the finest first.
    special : tuple of int
        Keys at which other rules begin: private networks, loops, groups.
    """

    word: ClassVar[str]
    bits: ClassVar[int]
    levels: ClassVar[tuple[int, ...]]
    special: ClassVar[tuple[int, ...]] = ()

    @abstractmethod
    def read(self, cells: pa.Array) -> tuple[WordArray, WordArray, BoolArray]:
        """Keys and rests of strings, and which are written in this form: (n,) each."""

    @abstractmethod
    def write(self, keys: WordArray, rests: WordArray) -> pa.Array:
        """Write addresses, the inverse of `read`."""


class IPv4(Family):
    """Four numbers with points between them."""

    word = "ipv4"
    bits = 32
    levels = (24, 16, 8)
    special = tuple(
        int(IPv4Address(text))
        for text in (
            "1.0.0.0", "10.0.0.0", "11.0.0.0", "100.64.0.0", "100.128.0.0", "127.0.0.0", "128.0.0.0", "169.254.0.0",
            "169.255.0.0", "172.16.0.0", "172.32.0.0", "192.0.0.0", "192.0.1.0", "192.0.2.0", "192.0.3.0",
            "192.168.0.0", "192.169.0.0", "198.18.0.0", "198.20.0.0", "198.51.100.0", "198.51.101.0", "203.0.113.0",
            "203.0.114.0", "224.0.0.0", "240.0.0.0",
        )
    )  # fmt: skip

    def read(self, cells: pa.Array) -> tuple[WordArray, WordArray, BoolArray]:
        """Keys and rests of strings, and which are written in this form."""
        found = pc.extract_regex(cells, _V4)
        valid = np.array(found.is_valid().to_numpy(zero_copy_only=False))
        keys = np.zeros(len(cells), np.uint64)
        for place in range(4):
            octet = pc.struct_field(found, place).cast(pa.uint64()).fill_null(0).to_numpy(zero_copy_only=False)
            valid &= octet < 256
            keys = keys * np.uint64(256) + octet
        rests = np.zeros(len(cells), np.uint64)
        return keys, rests, valid & _same(self.write(np.where(valid, keys, 0), rests), cells)

    def write(self, keys: WordArray, rests: WordArray) -> pa.Array:
        """Write addresses."""
        return pc.binary_join_element_wise(*(_OCTETS[0].take(octet) for octet in _octets(keys, 4)), ".")


@dataclass(frozen=True)
class Mac(Family):
    """Twelve hexadecimal digits in groups.

    Attributes
    ----------
    sign : str
        What stands between groups: ``:`` or ``-`` after two digits, ``.`` after four.
    capitals : bool
        Whether digits above 9 are capitals.
    """

    word = "mac"
    bits = 48
    levels = (24, 8)

    sign: str
    capitals: bool

    def read(self, cells: pa.Array) -> tuple[WordArray, WordArray, BoolArray]:
        """Keys and rests of strings, and which are written in this form."""
        digits = pc.replace_substring(cells, self.sign, "")
        valid = pc.match_substring_regex(digits, "^[0-9A-Fa-f]{12}$").to_numpy(zero_copy_only=False)
        safe = pc.if_else(pa.array(valid), digits, "0" * 12).to_pylist()
        octets = np.frombuffer(bytes.fromhex("".join(safe)), np.uint8).reshape(len(cells), 6)
        keys = np.zeros(len(cells), np.uint64)
        for place in range(6):
            keys = keys * np.uint64(256) + octets[:, place]
        rests = np.zeros(len(cells), np.uint64)
        return keys, rests, valid & _same(self.write(keys, rests), cells)

    def write(self, keys: WordArray, rests: WordArray) -> pa.Array:
        """Write addresses."""
        digits = [_OCTETS[1 + self.capitals].take(octet) for octet in _octets(keys, 6)]
        if self.sign == ".":
            digits = [pc.binary_join_element_wise(*digits[at : at + 2], "") for at in (0, 2, 4)]
        return pc.binary_join_element_wise(*digits, self.sign)


@dataclass(frozen=True)
class IPv6(Family):
    """Eight groups of hexadecimal digits.

    Attributes
    ----------
    whole : bool
        Whether all digits are written; otherwise zeros are left out as in RFC 5952.
    capitals : bool
        Whether digits above 9 are capitals.
    """

    word = "ipv6"
    bits = 64
    levels = (64, 48, 32, 16)

    whole: bool
    capitals: bool

    def read(self, cells: pa.Array) -> tuple[WordArray, WordArray, BoolArray]:
        """Keys and rests of strings, and which are written in this form."""
        packed = [_packed(cell) for cell in cells.to_pylist()]
        valid = np.array([address is not None for address in packed], np.bool_)
        words = np.frombuffer(b"".join(address or bytes(16) for address in packed), ">u8").reshape(len(cells), 2)
        keys, rests = (np.ascontiguousarray(words[:, half]).astype(np.uint64) for half in (0, 1))
        return keys, rests, valid & _same(self.write(keys, rests), cells)

    def write(self, keys: WordArray, rests: WordArray) -> pa.Array:
        """Write addresses."""
        if self.whole:
            octets = [_OCTETS[1].take(octet) for half in (keys, rests) for octet in _octets(half, 8)]
            groups = [pc.binary_join_element_wise(*octets[at : at + 2], "") for at in range(0, 16, 2)]
            written = pc.binary_join_element_wise(*groups, ":")
        else:
            packed = np.stack([keys, rests], axis=1).astype(">u8").tobytes()
            parts = [packed[at : at + 16] for at in range(0, len(packed), 16)]
            written = pa.array([socket.inet_ntop(socket.AF_INET6, part) for part in parts], pa.string())
        return pc.utf8_upper(written) if self.capitals else written


FAMILIES: tuple[Family, ...] = (
    IPv4(),
    *(Mac(sign, capitals) for sign in ":-." for capitals in (False, True)),
    *(IPv6(whole, capitals) for whole in (False, True) for capitals in (False, True)),
)
"""The forms that are recognised; a new one is one more line."""


def find_address(cell: str) -> str | None:
    """Say what address of a network a text is: ``"ipv4"``, ``"ipv6"``, ``"mac"`` or none.

    Examples
    --------
    >>> [find_address(cell) for cell in ("10.0.0.1", "fe80::1", "00:1B:44:11:3a:b7", "10.0.0.0/8", "1.2.3")]
    ['ipv4', 'ipv6', 'mac', 'ipv4', None]
    """
    address, _, length = cell.partition("/")
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}", cell):
        return "mac"
    for word, kind, bits in (("ipv4", IPv4Address, 32), ("ipv6", IPv6Address, 128)):
        try:
            kind(address)
        except AddressValueError:
            continue
        return word if not length or (length.isdecimal() and int(length) <= bits) else None
    return None


def _octets(words: WordArray, n: int) -> list[pa.Array]:
    return [pa.array((words >> np.uint64(8 * place) & np.uint64(255)).astype(np.int64)) for place in reversed(range(n))]


def _packed(cell: str) -> bytes | None:
    try:
        return IPv6Address(cell).packed
    except AddressValueError:
        return None


def _same(written: pa.Array, cells: pa.Array) -> BoolArray:
    return np.asarray(pc.equal(written.cast(cells.type), cells).to_numpy(zero_copy_only=False), np.bool_)
