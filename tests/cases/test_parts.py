"""Text of several numbers that would otherwise be left empty: what comes out has the form, the width and the ranges."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthdiff.codecs.infer import infer_column
from synthdiff.codecs.parts.codec import PartsCodec
from synthdiff.codecs.registry import codec_from_dict, fit_codec
from tests.cases.walk import walk

RNG = np.random.default_rng(3)
N = 300


def draw(low, high):
    return RNG.integers(low, high, N).tolist()


def join(form, *parts):
    return [form.format(*values) for values in zip(*parts, strict=True)]


LOWER = draw(20, 60)
Y, X = RNG.normal(48.8, 0.1, N).tolist(), RNG.normal(2.3, 0.2, N).tolist()

# Name: the cells, what all of them match, what holds for the numbers in order.
CASES = {
    "version": (join("{}.{}.{}", draw(1, 4), draw(0, 12), draw(0, 20)), r"\d\.\d+\.\d+", lambda a, b, c: b < 12),
    "ratio": (join("{}:{}", draw(1, 40), draw(1, 20)), r"\d{1,2}:\d{1,2}", lambda a, b: a < 40 and b < 20),
    "fraction": (join("{}/{}", draw(1, 40), draw(1, 20)), r"\d{1,2}/\d{1,2}", lambda a, b: b > 0),
    "score": (join("{}-{}", draw(60, 130), draw(60, 130)), r"\d{2,3}-\d{2,3}", lambda a, b: 60 <= a < 130 and b >= 60),
    "blood pressure": (join("{}/{}", draw(90, 180), draw(50, 110)), r"\d{2,3}/\d{2,3}", lambda a, b: 50 <= b < 110),
    "range": (join("${}K-${}K", LOWER, [low + rise for low, rise in zip(LOWER, draw(1, 30), strict=True)]),
              r"\$\d{2}K-\$\d{2}K", lambda a, b: a < b),
    "sizes": (join("{} x {} x {} cm", draw(1, 50), draw(1, 9), draw(1, 9)), r"\d+ x \d+ x \d cm", lambda *a: a[0] < 50),
    "period": (join("P{}Y{}M{}D", draw(1, 5), draw(0, 12), draw(1, 29)), r"P\dY\d+M\d+D", lambda y, m, d: m < 12),
    "interval": (join("{} years {} mons {} days", draw(1, 5), draw(0, 12), draw(1, 30)),
                 r"\d years \d{1,2} mons \d{1,2} days", lambda y, m, d: m < 12),
    "age": (join("{}y {}m", draw(1, 90), draw(0, 12)), r"\d{1,2}y \d{1,2}m", lambda y, m: m < 12),
    "arrival on another day": ([f"{h:02d}:{m:02d}{'+1' * (i % 5 == 0)}" for i, (h, m) in
                                enumerate(zip(draw(0, 24), draw(0, 60), strict=True))],
                               r"[0-2]\d:[0-5]\d(\+1)?", lambda h, m, day=1: h < 24),
    "weekday and clock": ([f"{('Mon', 'Tue', 'Wed')[i % 3]} {h:02d}:{m:02d}" for i, (h, m) in
                           enumerate(zip(draw(0, 24), draw(0, 60), strict=True))],
                          r"(Mon|Tue|Wed) [0-2]\d:[0-5]\d", lambda h, m: h < 24),
    "minutes of degrees": ([f"{int(y)}° {y * 60 % 60:.3f}' N" for y in Y],
                           r"\d{2}° \d{1,2}\.\d{3}' N", lambda d, m: m < 60),
    "letter first": ([f'N{int(y)}°{int(y * 60 % 60):02d}\'{int(y * 3600 % 60):02d}"' for y in Y],
                     r"N\d{2}°[0-5]\d'[0-5]\d\"", lambda d, m, s: 48 <= d <= 49),
    "place in a dictionary": ([f"{{'lat': '{y:.5f}', 'lon': '{x:.5f}'}}" for y, x in zip(Y, X, strict=True)],
                              r"\{'lat': '\d{2}\.\d{5}', 'lon': '\d\.\d{5}'\}",
                              lambda y, x: min(Y) - 1e-5 < y < max(Y) + 1e-5),
    "decimals without zeros": ([f"{round(a, 2)}/{round(b, 1)} mm" for a, b in zip(Y, X, strict=True)],
                               r"\d+\.\d*[1-9]?/\d+\.\d mm", lambda a, b: min(Y) - 0.01 < a < max(Y) + 0.01),
    "file size": ([f"{n / 10}M" if i % 3 else f"{n}k" for i, n in enumerate(draw(10, 900))], r"\d+(\.\d)?M|\d+k", None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_parts_keep_their_form_and_their_ranges(name):
    cells, form, holds = CASES[name]
    array = pa.chunked_array([[*cells, None]])
    column = infer_column("value", array)
    assert column.kind in ("numeric", "categorical"), column.why
    codec = PartsCodec.fit(array, column)
    codec = codec_from_dict(json.loads(json.dumps(codec.to_dict())))
    values = codec.encode(array)[:-1]
    between = np.interp(RNG.random(1_000), np.linspace(0, 1, len(values)), np.sort(values))
    made = codec.decode(between, np.random.default_rng(1)).to_pylist()
    assert all(re.fullmatch(form, cell) for cell in [*cells, *made])
    if holds is not None:
        assert all(holds(*map(float, re.findall(r"\d+(?:\.\d+(?!\.))?", cell) if name != "version" else
                              cell.split("."))) for cell in made)  # fmt: skip
    assert len(set(made)) > 20
    assert codec.decode(codec.encode(array)).to_pylist() == [*cells, None]


@pytest.mark.parametrize(
    "cells",
    [
        [f"room {'abcdefghijklmnop'[i % 16]}{'qrstuvwxyz'[i % 10]}{'abcdefg'[i % 7]} is {i} feet" for i in range(N)],
        [f"{'x' * (i % 90 + 1)} {i}" for i in range(N)],
        [f"{RNG.integers(10**17, 10**18)}:{RNG.integers(10**17, 10**18)} a" for i in range(N)],
    ],
    ids=["words", "lengths", "long numbers"],
)
def test_other_text_is_not_learnt(cells):
    assert infer_column("value", pa.chunked_array([cells + cells[:30]])).kind in ("text", "identifier")


def test_a_cell_of_no_such_parts_is_named():
    cells = [*CASES["ratio"][0], "unknown"]
    array = pa.chunked_array([cells])
    codec = fit_codec(array, infer_column("odds", array))
    assert "row 300 is 'unknown'" in " ".join(codec.notes)
    assert "no other rule between them is promised" in codec.notes[0]


def test_parts_on_the_way_of_a_table(tmp_path):
    frame = pd.DataFrame({name: CASES[name][0] for name in ("version", "score", "range")})
    made = walk(frame, tmp_path, max_steps=3)
    for name in frame:
        assert made[name].map(lambda cell, form=CASES[name][1]: bool(re.fullmatch(form, cell))).all()
    assert made["range"].map(lambda cell: int(cell[1:3]) < int(cell[6:8])).all()
