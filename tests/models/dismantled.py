"""Small models of every kind of column and series, taken apart so that they can be tampered with."""

from __future__ import annotations

import copy
import functools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import torch

from synthdiff import TabularDiffusion
from synthdiff.models.config import PRESETS, NetworkConfig, TabularConfig
from synthdiff.models.refinement import Refinement
from synthdiff.models.series_config import SERIES_PRESETS
from synthdiff.models.tabular_artifact import write_model
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.refiner import make_refiner
from synthdiff.storage import digest, from_json, pack_tensors, seal, to_json, unpack_tensors
from tests.models.markets import bars, quick, walk
from tests.models.markets import frame as markets_frame


@dataclass(frozen=True)
class Parts:
    """A model folder taken apart."""

    manifest: dict[str, Any]
    codecs: dict[str, Any]
    weights: dict[str, torch.Tensor]
    history: list[Any]

    @classmethod
    def read(cls, path: Path) -> Parts:
        history = [from_json(line) for line in (path / "training.jsonl").read_bytes().splitlines()]
        manifest, codecs = (from_json((path / name).read_bytes()) for name in ("manifest.json", "codecs.json"))
        return cls(manifest, codecs, unpack_tensors((path / "model.safetensors").read_bytes()), history)

    def write(self, path: Path) -> None:
        """Write a folder whose hashes are right."""
        contents = {
            "codecs.json": to_json(self.codecs).encode(),
            "model.safetensors": pack_tensors(self.weights),
            "training.jsonl": "".join(to_json(record) + "\n" for record in self.history).encode(),
        }
        files = {name: {"sha256": digest(data), "bytes": len(data)} for name, data in contents.items()}
        contents["manifest.json"] = to_json(seal({**self.manifest, "files": files})).encode()
        path.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            (path / name).write_bytes(data)


def rows(n: int = 400) -> pd.DataFrame:
    """A table with a column of every kind."""
    rng = np.random.default_rng(0)
    price = rng.gamma(2.0, 50.0, n).round(2)
    count = rng.integers(1, 9, n)
    city = rng.choice(["Rome", "Oslo", "Bern", "Kyiv"], n)
    when = pd.Timestamp("2021-03-04") + pd.to_timedelta(rng.integers(0, 10**8, n), "s")
    words = rng.choice(["red", "blue", "green", "tall", "old", "new"], (n, 8))
    return pd.DataFrame(
        {
            "order_id": np.arange(1000, 1000 + n),
            "ref": [f"INV-{i:06d}" for i in rng.permutation(n)],
            "token": ["".join(rng.choice(list("0123456789abcdef"), 12)) for _ in range(n)],
            "price": price,
            "count": count,
            "paid": np.where(rng.random(n) < 0.5, price, (price * rng.uniform(0.9, 1.1, n)).round(2)),
            "gross": (price + 5 * count).round(2),
            "weight": np.where(rng.random(n) < 0.1, np.nan, rng.normal(70, 12, n)),
            "zero": np.where(rng.random(n) < 0.4, 0.0, rng.exponential(3.0, n)),
            "city": city,
            "to": pd.Categorical(np.where(rng.random(n) < 0.2, "Rome", city)),
            "street": np.where(rng.random(n) < 0.2, None, rng.choice([f"s{i}" for i in range(40)], n)),
            "member": rng.random(n) < 0.3,
            "agreed": rng.choice(["true", "false"], n),
            "when": when.tz_localize("Europe/Paris", ambiguous="NaT", nonexistent="NaT"),
            "day": (when.normalize() - pd.to_timedelta(1, "D")).strftime("%d.%m.%Y"),
            "span": pd.to_timedelta(rng.integers(0, 5000, n), "s"),
            "cost": [f"${x:,.2f}" for x in rng.gamma(2.0, 2000.0, n)],
            "due": pd.array(np.where(rng.random(n) < 0.2, None, rng.integers(0, 1000, n)), dtype="Int64"),
            "note": np.where(rng.random(n) < 0.1, None, np.array([" ".join(row) for row in words], dtype=object)),
            "same": "EUR",
            "nothing": np.full(n, np.nan),
        }
    )


@functools.cache
def table_parts() -> tuple[Parts, pd.DataFrame]:
    """A table model with two members and refined positions, hardly trained."""
    small = TabularConfig(network=NetworkConfig(width=16, n_blocks=1), max_steps=5, max_members=2)
    frame = rows()
    with mock.patch.dict(PRESETS, {"fast": small}):
        model = TabularDiffusion(
            preset="fast", text="resample", max_steps=5, device="cpu", precision="float32", random_state=0
        )
        fitted = model.fit(frame).fitted_
    member = fitted.network.members[0]
    refiner = make_refiner(member).eval().requires_grad_(False)
    gains = [{"column": j, "gain": 0.1, "error": 0.01, "n_cells": 20} for j in member.layout.numbers[:2]]
    fitted = replace(
        fitted,
        network=DenoiserEnsemble([member, copy.deepcopy(member)]),
        refinement=Refinement(refiner, [gain["column"] for gain in gains], gains),
    )
    with tempfile.TemporaryDirectory() as folder:
        write_model(fitted, model.frame_kind_, Path(folder) / "m.synthdiff", force=False)
        return Parts.read(Path(folder) / "m.synthdiff"), frame.iloc[:20]


def bars_beside() -> pd.DataFrame:
    """Bars with volumes, an amount and a regime."""
    rng, frame = np.random.default_rng(1), bars().copy()
    frame["VIX"] = 15 + 5 * rng.random(len(frame))
    frame["regime"] = np.where(np.arange(len(frame)) // 40 % 2, "calm", "wild")
    return frame


def levels_beside(n: int = 900) -> pd.DataFrame:
    """A price, returns, a level that wanders, and two that return to their mean."""
    rng = np.random.default_rng(2)
    smooth = np.zeros(n)
    for step in range(1, n):
        smooth[step] = 0.98 * smooth[step - 1] + rng.standard_normal()
    columns = (walk(n), 0.01 * rng.standard_normal(n), 3 + 0.01 * rng.standard_normal(n).cumsum(), 15 + smooth)
    return markets_frame(*columns, rng.normal(5, 1, n), names=["SPX", "r", "yield", "heat", "noise"])


def fitted_series(data: pd.DataFrame, **options: Any) -> Parts:
    """A model of series, hardly trained."""
    sizes = {"width": 8, "depth": 1, "solver_steps": 3, "calibration_windows": 64}
    small = SERIES_PRESETS["fast"].model_copy(update=sizes)
    with mock.patch.dict(SERIES_PRESETS, {"fast": small}):
        model = quick(data, **options)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "m.synthdiff")
        return Parts.read(Path(folder) / "m.synthdiff")


@functools.cache
def bars_parts() -> tuple[Parts, None]:
    """A model of bars with covariates."""
    return fitted_series(bars_beside(), covariates=["VIX", "regime"]), None


@functools.cache
def levels_parts() -> tuple[Parts, None]:
    """A model of a price, returns and levels."""
    values = {"SPX": "price", "r": "return", "yield": "level", "heat": "level", "noise": "level"}
    return fitted_series(levels_beside(), values=values), None


KINDS: dict[str, Callable[[], tuple[Parts, Any]]] = {"table": table_parts, "bars": bars_parts, "levels": levels_parts}
