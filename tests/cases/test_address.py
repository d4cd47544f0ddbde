"""Addresses of networks and places: every cell that comes out is read by somebody else's reader, near the real ones."""

from __future__ import annotations

import ipaddress
import json
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.codecs.address.family import find_address
from synthdiff.codecs.infer import infer_column
from synthdiff.codecs.registry import codec_from_dict, fit_codec
from tests.cases.walk import N_ROWS, walk

RNG = np.random.default_rng(5)


def draw(low, high, n=N_ROWS):
    return RNG.integers(low, high, n).tolist()


def octets(n):
    return [RNG.integers(0, 256, n) for _ in range(N_ROWS)]


def by_mac(pattern):
    def read(cell):
        assert re.fullmatch(pattern, cell)
        return bytes.fromhex(re.sub("[^0-9A-Fa-f]", "", cell))

    return read


V6 = 0x20010DB8 << 96
NETS, HOSTS = draw(1, 20), draw(1, 2**63)
LONG = [ipaddress.ip_address(V6 + (net << 64) + host) for net, host in zip(NETS, HOSTS, strict=True)]
PUBLIC = [ipaddress.ip_address(number) for number in draw(2**24, 2**31)]

# Name: real cells, reader, what holds for the address that is read.
ADDRESSES = {
    "private hosts": (
        [f"10.{a}.{b}.{c}" for a, b, c in zip(draw(0, 5), draw(0, 256), draw(1, 255), strict=True)],
        ipaddress.ip_address,
        lambda address: address in ipaddress.ip_network("10.0.0.0/8") and address.packed[1] < 5,
    ),
    "home networks": (
        [f"192.168.{a}.{b}" for a, b in zip(draw(0, 40), draw(1, 255), strict=True)],
        ipaddress.ip_address,
        lambda address: address in ipaddress.ip_network("192.168.0.0/16") and address.packed[2] < 40,
    ),
    "between public ones": (
        [f"172.{16 + a}.{b}.{c}" for a, b, c in zip(draw(0, 16), draw(0, 256), draw(1, 255), strict=True)],
        ipaddress.ip_address,
        lambda address: address.is_private,
    ),
    "public hosts": (
        [str(address) for address in PUBLIC if address.is_global],
        ipaddress.ip_address,
        lambda address: address.is_global and address.packed[0] in {real.packed[0] for real in PUBLIC},
    ),
    "two places": (
        [
            f"10.0.{a}.{b}" if i % 4 else f"8.8.{a}.{b}"
            for i, (a, b) in enumerate(zip(draw(0, 250), draw(1, 255), strict=True))
        ],
        ipaddress.ip_address,
        lambda address: address in ipaddress.ip_network("10.0.0.0/16") or address in ipaddress.ip_network("8.8.0.0/16"),
    ),
    "networks": (
        [f"10.{a}.{b}.0/24" for a, b in zip(draw(0, 200), draw(0, 256), strict=True)],
        ipaddress.ip_network,
        lambda network: network.subnet_of(ipaddress.ip_network("10.0.0.0/8")) and network.prefixlen == 24,
    ),
    "networks of all sizes": (
        [
            str(ipaddress.ip_network((n, p), strict=False))
            for n, p in zip(draw(2**24, 2**31), draw(16, 25), strict=True)
        ],
        ipaddress.ip_network,
        lambda network: 16 <= network.prefixlen <= 24,
    ),
    "interfaces": (
        [f"10.{a}.{b}.{c}/16" for a, b, c in zip(draw(0, 200), draw(0, 256), draw(1, 255), strict=True)],
        ipaddress.ip_interface,
        lambda interface: interface.is_private and interface.network.prefixlen == 16,
    ),
    "version 6": ([str(a) for a in LONG], ipaddress.ip_address, lambda a: 0 < (int(a) - V6) >> 64 < 20),
    "version 6 in full": (
        [address.exploded for address in LONG],
        ipaddress.ip_address,
        lambda address: 0 < (int(address) - V6) >> 64 < 20,
    ),
    "version 6 in capitals": (
        [f"FE80::{a:X}:{b:X}" for a, b in zip(draw(1, 2**16), draw(1, 2**16), strict=True)],
        ipaddress.ip_address,
        lambda address: address.is_link_local,
    ),
    "few hosts a network of version 6": (
        [f"2001:db8:{a:x}::{b:x}" for a, b in zip(draw(1, 30), draw(1, 2**12), strict=True)],
        ipaddress.ip_address,
        lambda address: int(address) & (1 << 64) - 1 < 2**12,
    ),
    "networks of version 6": (
        [f"2001:db8:{a:x}::/48" for a in draw(1, 2**16)],
        ipaddress.ip_network,
        lambda network: network.prefixlen == 48,
    ),
    "mac": (
        ["00:1b:44:" + ":".join(f"{octet:02x}" for octet in part) for part in octets(3)],
        by_mac(r"00:1b:44(:[0-9a-f]{2}){3}"),
        lambda packed: packed[:3] == b"\x00\x1b\x44",
    ),
    "mac of many makers": (
        ["-".join(f"{octet:02X}" for octet in part) for part in octets(6)],
        by_mac(r"[0-9A-F]{2}(-[0-9A-F]{2}){5}"),
        len,
    ),
    "mac in three groups": (
        [f"001b.44{a:02x}.{b:04x}" for a, b in zip(draw(0, 256), draw(0, 65_536), strict=True)],
        by_mac(r"001b\.44[0-9a-f]{2}\.[0-9a-f]{4}"),
        len,
    ),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses_are_valid_distinct_and_within_the_networks_seen(name):
    cells, read, holds = ADDRESSES[name]
    real = list(dict.fromkeys(cells))
    array = pa.chunked_array([pa.array(real)])
    column = infer_column("peer", array)
    assert column.kind == "identifier", column.why
    codec = fit_codec(array, column)
    codec = codec_from_dict(json.loads(json.dumps(codec.to_dict())))
    made = [*codec.generate(0, 1_000, np.random.default_rng(1)).to_pylist()]
    made += codec.generate(1_000, 1_000, np.random.default_rng(2)).to_pylist()
    assert all(holds(read(cell)) for cell in real)
    assert all(holds(read(cell)) for cell in made)
    if name != "networks of all sizes":
        assert len(set(made)) == 2_000
    assert len(set(made) & set(real)) < len(real) / 2
    assert max(map(len, made)) <= max(map(len, real)) + 1


def test_a_network_that_is_too_small_is_said():
    array = pa.chunked_array([[f"192.168.1.{host}" for host in range(1, 201)]])
    codec = fit_codec(array, infer_column("peer", array))
    assert codec.room == 254
    assert "room for 254" in codec.notes[0]
    made = codec.generate(0, 254, np.random.default_rng(1)).to_pylist()
    assert len(set(made)) == 254
    assert all(ipaddress.ip_address(cell) in ipaddress.ip_network("192.168.1.0/24") for cell in made)


def test_addresses_that_repeat_now_and_then_are_neither_left_out_nor_copied():
    cells = ADDRESSES["private hosts"][0]
    column = infer_column("peer", pa.chunked_array([cells + cells[: N_ROWS // 4]]))
    assert column.kind == "identifier"


def test_the_frequent_network_stays_frequent():
    cells = [*(f"10.1.{i % 200}.{i % 250 + 1}" for i in range(900)), *(f"8.8.{i}.7" for i in range(100))]
    array = pa.chunked_array([cells])
    codec = fit_codec(array, infer_column("peer", array))
    made = pd.Series(codec.generate(0, 4_096, np.random.default_rng(1)).to_pylist())
    assert made.str.startswith("10.1.").mean() == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(
    ("cell", "family"),
    [
        ("10.0.0.1", "ipv4"), ("10.0.0.0/8", "ipv4"), ("256.0.0.1", None), ("10.0.0.0/33", None), ("1.2.3", None),
        ("01.2.3.4", None), ("::1", "ipv6"), ("2001:db8::/32", "ipv6"), ("2001:db8::/129", None), ("12:30", None),
        ("00:1B:44:11:3a:b7", "mac"), ("00-1b-44-11-3a-b7", "mac"), ("001b.4411.3ab7", "mac"), ("", None), ("ab", None),
    ],
)  # fmt: skip
def test_what_is_an_address(cell, family):
    assert find_address(cell) == family


LATITUDES = np.where(np.arange(N_ROWS) % 2, RNG.normal(48.85, 0.1, N_ROWS), RNG.normal(-33.45, 0.1, N_ROWS))
LONGITUDES = np.where(np.arange(N_ROWS) % 2, RNG.normal(2.35, 0.2, N_ROWS), RNG.normal(-70.66, 0.2, N_ROWS))
BOTH = list(zip(LATITUDES.tolist(), LONGITUDES.tolist(), strict=True))
NUMBER = r"(-?\d+\.\d+)"


def by_pair(pattern, turn=1):
    def read(cell):
        return tuple(map(float, re.fullmatch(pattern, cell).groups()))[::turn]

    return read


def in_degrees(value, letters):
    seconds = round(abs(value) * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60:02d}'{seconds % 60:02d}\"{letters[value < 0]}"


def by_degrees(cell):
    parts = re.findall(r"""(\d+)°([0-5]\d)'([0-5]\d)"([NSEW])""", cell)
    assert " ".join(f"{d}°{m}'{s}\"{letter}" for d, m, s, letter in parts) == cell
    return tuple((int(d) + int(m) / 60 + int(s) / 3600) * (-1) ** (letter in "SW") for d, m, s, letter in parts)


PLACES = {
    "pair": ([f"{y:.4f}, {x:.4f}" for y, x in BOTH], by_pair(f"{NUMBER}, {NUMBER}")),
    "pair of six decimals": ([f"{y:.6f},{x:.6f}" for y, x in BOTH], by_pair(f"{NUMBER},{NUMBER}")),
    "pair in brackets, zeros left out": (
        [f"({round(y, 3)}, {round(x, 3)})" for y, x in BOTH],
        by_pair(rf"\({NUMBER}, {NUMBER}\)"),
    ),
    "all digits of a float": ([f"{y},{x}" for y, x in BOTH], by_pair(f"{NUMBER},{NUMBER}")),
    "point": ([f"POINT({x:.2f} {y:.2f})" for y, x in BOTH], by_pair(rf"POINT\({NUMBER} {NUMBER}\)", -1)),
    "point of a database": (
        [f"SRID=4326;POINT({x:.5f} {y:.5f})" for y, x in BOTH],
        by_pair(rf"SRID=4326;POINT\({NUMBER} {NUMBER}\)", -1),
    ),
    "pair with decimal commas": (
        [f"{y:.4f};{x:.4f}".replace(".", ",") for y, x in BOTH],
        lambda cell: by_pair(f"{NUMBER};{NUMBER}")(cell.replace(",", ".")),
    ),
    "degrees, minutes, seconds": ([f"{in_degrees(y, 'NS')} {in_degrees(x, 'EW')}" for y, x in BOTH], by_degrees),
    "one coordinate": ([in_degrees(y, "NS") for y in LATITUDES.tolist()], by_degrees),
}


@pytest.mark.parametrize("name", PLACES)
def test_places_keep_their_form_and_stay_in_their_rectangle(name):
    cells, read = PLACES[name]
    array = pa.chunked_array([[*cells, None]])
    column = infer_column("where", array)
    assert column.kind == "numeric", column.why
    codec = codec_from_dict(json.loads(json.dumps(fit_codec(array, column).to_dict())))
    values = np.sort(codec.encode(array)[:-1])
    between = np.interp(RNG.random(2_000), np.linspace(0, 1, len(values)), values)
    real, made = ([read(cell) for cell in cells] for cells in (cells, codec.decode(between).to_pylist()))
    for before, after in zip(zip(*real, strict=True), zip(*made, strict=True), strict=True):
        assert min(before) <= min(after) <= max(after) <= max(before)
    # Two towns stay two towns.
    near = [min(abs(place[0] - 48.85), abs(place[0] + 33.45)) < 1 for place in made]
    assert np.mean(near) > 0.98
    if name == "all digits of a float" or "six" in name:
        back = [read(cell) for cell in codec.decode(codec.encode(array)[:-1]).to_pylist()]
        assert np.abs(np.subtract(back, real)).max() < 1e-5
    else:
        assert codec.decode(codec.encode(array)).to_pylist() == [*cells, None]


def test_addresses_on_the_way_of_a_table(tmp_path):
    names = ["private hosts", "networks", "version 6", "mac"]
    frame = pd.DataFrame({name: ADDRESSES[name][0] for name in names}).drop_duplicates("private hosts")
    frame["place"] = PLACES["pair"][0][: len(frame)]
    made = walk(frame, tmp_path)
    assert all(abs(y) < 90 for y, _ in map(PLACES["pair"][1], made["place"]))
    for name in names:
        _, read, holds = ADDRESSES[name]
        assert all(holds(read(cell)) for cell in made[name])
