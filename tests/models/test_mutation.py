"""A model from anybody is refused in plain words, or works: never a raw error, a hang, or all of the memory."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from click.testing import CliRunner

import synthdiff
from synthdiff.cli.main import cli
from synthdiff.errors import CorruptError
from tests.models.dismantled import KINDS, Parts
from tests.models.mutation import deep, limited, run

N_EACH = 60


@pytest.mark.parametrize("kind", KINDS)
def test_changed_models_are_refused_or_work(kind: str) -> None:
    # Rows and paths are drawn in chunks; small ones say as much here.
    with mock.patch("synthdiff.sampling.draw.CHUNK", 64), mock.patch("synthdiff.sampling.pool.CHUNK", 16):
        counts, bad = run(kind, range(N_EACH))
    assert not bad
    assert counts["refused"] > counts["works"] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_changed_works(kind: str, tmp_path: Path) -> None:
    parts, _ = KINDS[kind]()
    parts.write(tmp_path / "m.synthdiff")
    synthdiff.load(tmp_path / "m.synthdiff", device="cpu")


def column(parts: Parts, name: str) -> Any:
    return next(record for record in parts.codecs["table"]["columns"] if record["name"] == name)


def set_in(place: str, value: Any) -> Callable[[Parts], None]:
    """Set a field by its path, such as ``manifest.config.network.width``."""
    part, *keys = [int(key) if key.isdecimal() else key for key in place.split(".")]

    def change(parts: Parts) -> None:
        owner = getattr(parts, str(part))
        for key in keys[:-1]:
            owner = owner[key]
        owner[keys[-1]] = value

    return change


def repeat(place: str, times: int) -> Callable[[Parts], None]:
    """Make a list a number of times as long."""
    part, *keys = place.split(".")

    def change(parts: Parts) -> None:
        owner = getattr(parts, part)
        for key in keys[:-1]:
            owner = owner[key]
        owner[keys[-1]] = owner[keys[-1]] * times

    return change


TABLE: list[tuple[Callable[[Parts], None], str]] = [
    (set_in("manifest.config.network.n_blocks", 10**9), r"manifest.json: config.network.n_blocks"),
    (set_in("manifest.config.network.n_blocks", 64), r"model.safetensors: 130 layers are more than \d+ tensors"),
    (set_in("manifest.config.network.width", 10**5), r"manifest.json: config.network.width"),
    (set_in("manifest.config.network.width", 8192), r"tensor '_members.0.* has the shape"),
    (set_in("manifest.training.n_members", 64), "model.safetensors: 128 layers"),
    (set_in("manifest.training.n_rows", "400"), r"manifest.json: training.n_rows: .*valid integer"),
    (set_in("manifest.training.order", [0, 0, 1]), "order must name each of"),
    (set_in("manifest.params", None), r"manifest.json: params"),
    (set_in("manifest.refinement.columns", [99]), "other columns are refined"),
    (set_in("codecs.table.columns.3.digits", 10**9), r"codecs.json: table.columns\[3\].digits"),
    (set_in("codecs.table.columns.3.low", math.nan), r"codecs.json: table.columns\[3\].low"),
    (set_in("codecs.table.columns.15.pattern", "%Y" * 150_000), r"table.columns\[15\].pattern.text"),
    (set_in("codecs.table.columns.0.counter.step", 10**18), r"table.columns\[0\].counter"),
    (set_in("codecs.table.columns.21.type", "fixed_size_binary[1000000000]"), r"table.columns\[21\].type"),
    (set_in("codecs.table.learnt", ["price"]), "the columns that are learnt are others"),
    (set_in("codecs.table.learnt", ["price"] * 60_000), "more columns are learnt than there are"),
    (repeat("codecs.table.columns", 1_500), "two columns have one name"),
    (repeat("codecs.table.alphabet.columns", 60), "more columns are learnt than there are"),
    (repeat("codecs.table.alphabet.relations", 1_000), "relations are too many"),
    (set_in("codecs.table.alphabet.columns.0.edges", deep([], 50)), r"alphabet.columns\[0\].edges"),
    (set_in("codecs.table", None), "codecs.json: table"),
]


@pytest.mark.parametrize(("change", "message"), TABLE, ids=[message for _, message in TABLE])
def test_tables_say_what_is_wrong(change: Callable[[Parts], None], message: str, tmp_path: Path) -> None:
    parts = copy.deepcopy(KINDS["table"]()[0])
    change(parts)
    parts.write(tmp_path / "m.synthdiff")
    with limited(seconds=5.0, memory=1 << 30), pytest.raises(CorruptError, match=message) as caught:
        synthdiff.load(tmp_path / "m.synthdiff", device="cpu")
    assert str(tmp_path / "m.synthdiff") in str(caught.value)
    assert len(str(caught.value)) < 1_000


SERIES: list[tuple[Callable[[Parts], None], str]] = [
    (set_in("manifest.config.depth", 10**9), r"manifest.json: config.depth"),
    (set_in("manifest.config.width", 8192), r"tensor 'body\..*has the shape"),
    (set_in("manifest.training.window", 10**9), r"manifest.json: training.window"),
    (set_in("codecs.window.mixing", [[0.0] * 6] * 6), "codecs.json: window: mixing cannot be undone"),
    (set_in("codecs.window.returns.filter.usual", [1.0]), "codecs.json: window.returns"),
    (set_in("codecs.price.series.0.codec", "pickle"), r"price.series\[0\]: .*'pickle' that does not exist"),
    (set_in("codecs.start", [-1.0] * 5), "the start of 'SPX' is no price"),
    (set_in("codecs.dates", [2**63 - 2, 2**63 - 1]), "codecs.json: dates"),
    (set_in("weights.starts.magnitude", torch.ones(3)), "starts.magnitude"),
]


@pytest.mark.parametrize(("change", "message"), SERIES, ids=[message for _, message in SERIES])
def test_series_say_what_is_wrong(change: Callable[[Parts], None], message: str, tmp_path: Path) -> None:
    parts = copy.deepcopy(KINDS["levels"]()[0])
    if message == "starts.magnitude":
        parts.weights[message] = torch.ones(3, dtype=torch.float64)
    else:
        change(parts)
    parts.write(tmp_path / "m.synthdiff")
    with limited(seconds=5.0, memory=1 << 30), pytest.raises(CorruptError, match=message):
        synthdiff.load(tmp_path / "m.synthdiff", device="cpu")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w, name: w.pop(name), "is missing"),
        (lambda w, name: w.update({name + "x": w[name]}), "too many"),
        (lambda w, name: w.update({name: w[name].half()}), "torch.float16"),
        (lambda w, name: w.update({name: w[name].flatten()}), "has the shape"),
        (lambda w, name: w.update({name: torch.full_like(w[name], math.nan)}), "infinite, or none"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "name"),
    [("table", "_members.1.embedding.weight"), ("table", "refiner.row.weight"), ("levels", "network.body.stem.weight")],
)
def test_tensors_are_compared_first(
    kind: str, name: str, change: Callable[[Any, str], None], message: str, tmp_path: Path
) -> None:
    parts = copy.deepcopy(KINDS[kind]()[0])
    change(parts.weights, name)
    parts.write(tmp_path / "m.synthdiff")
    short = name.removeprefix("refiner.").removeprefix("network.")
    with pytest.raises(CorruptError, match=f"model.safetensors: .*{re.escape(short)}.*{message}"):
        synthdiff.load(tmp_path / "m.synthdiff", device="cpu")


@pytest.mark.parametrize("command", ["info", "sample"])
def test_the_command_line_exits_with_6(command: str, tmp_path: Path) -> None:
    parts = copy.deepcopy(KINDS["table"]()[0])
    parts.manifest["training"]["seconds"] = None
    parts.write(tmp_path / "m.synthdiff")
    rest = [] if command == "info" else ["-n", "2", "-o", str(tmp_path / "x.csv")]
    done = CliRunner().invoke(cli, [command, str(tmp_path / "m.synthdiff"), *rest])
    assert done.exit_code == 6, done.output
    assert "manifest.json: training.seconds" in done.output
    assert json.loads((tmp_path / "m.synthdiff" / "manifest.json").read_text())
