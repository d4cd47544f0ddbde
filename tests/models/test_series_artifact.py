"""A model of series on disk: all of it comes back, and what is damaged is refused in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import synthdiff
from synthdiff import SeriesDiffusion, TabularDiffusion
from synthdiff.codecs.series.volatility import VolatilityState
from synthdiff.errors import ArtifactError, ConfigError, CorruptError, VersionError
from synthdiff.models.artifact import model_kind
from synthdiff.models.series_artifact import read_series
from synthdiff.storage import seal
from tests.models.markets import bars_model, frame, quick, trained, walk, with_covariates

FILES = ["codecs.json", "manifest.json", "model.safetensors", "training.jsonl"]


def models() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "assets": trained,
        "one": lambda: trained(1),
        "bars": bars_model,
        "covariates": lambda: quick(with_covariates(), covariates=["VIX", "regime"], drift=0.05),
        "levels": lambda: quick(frame(rng.normal(5, 2, 200), rng.normal(0, 1, 200)), values="level"),
        "transformer": lambda: quick(frame(walk(150)), network="transformer"),
        "undated": lambda: quick(
            frame(walk(150), walk(150, 1)).reset_index(drop=True), values={"s0": "price", "s1": "level"}
        ),
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "m.synthdiff"


@pytest.fixture
def saved(path: Path) -> Path:
    trained().save(path)
    return path


def same(a: Any, b: Any) -> None:
    """Arrays, states and paths, whatever holds them."""
    if isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b)
        return
    for name in a.__dataclass_fields__:
        x, y = getattr(a, name), getattr(b, name)
        if isinstance(x, np.ndarray | VolatilityState):
            same(x, y)
        elif name in ("names", "assets", "kinds", "scaling", "followed", "others"):
            assert x == y


@pytest.mark.parametrize("kind", models())
def test_all_of_it_comes_back(kind: str, path: Path) -> None:
    model = models()[kind]()
    model.save(path)
    back = synthdiff.load(path, device="cpu")
    assert type(back) is SeriesDiffusion
    assert sorted(file.name for file in path.iterdir()) == FILES
    same(model.sample(3, 30, random_state=1), back.sample(3, 30, random_state=1))
    same(model.forecast(horizon=30, n_paths=3, random_state=1), back.forecast(horizon=30, n_paths=3, random_state=1))
    a, b = model.fitted_, back.fitted_
    for name in ("starts", "end", "start_values"):
        same(getattr(a, name), getattr(b, name))
    assert a.config == b.config
    assert a.codec.to_dict() == b.codec.to_dict()
    assert a.sampler.codec.to_dict() == b.sampler.codec.to_dict()
    assert (a.sampler.window, a.sampler.precision, a.sampler.n_steps) == (
        b.sampler.window,
        b.sampler.precision,
        b.sampler.n_steps,
    )
    assert not b.sampler.network.training
    assert not any(weight.requires_grad for weight in b.sampler.network.parameters())


def test_attributes_and_options_come_back(saved: Path) -> None:
    model, back = trained(), SeriesDiffusion.load(saved, device="cpu")
    for name in ("assets_", "names_", "n_rows_", "n_steps_", "n_parameters_", "history_", "best_valid_loss_", "seed_"):
        assert getattr(back, name) == getattr(model, name), name
    options = {name: list(value) if isinstance(value, tuple) else value for name, value in model.get_params().items()}
    assert {name: list(v) if isinstance(v, tuple) else v for name, v in back.get_params().items()} == options


def test_a_model_that_was_loaded_can_be_saved_and_fitted(saved: Path, tmp_path: Path) -> None:
    back = SeriesDiffusion.load(saved)
    back.save(tmp_path / "again.synthdiff")
    again = SeriesDiffusion.load(tmp_path / "again.synthdiff", device="cpu")
    same(again.sample(2, 5, random_state=1), trained().sample(2, 5, random_state=1))
    back.set_params(max_steps=1, window=16).fit(frame(walk(150)))
    assert back.assets_ == ("s0",)


def test_the_manifest_says_what_the_model_is(saved: Path) -> None:
    manifest = json.loads((saved / "manifest.json").read_text())
    assert model_kind(saved) == manifest["model"] == "SeriesDiffusion"
    assert manifest["params"]["max_steps"] == 70
    assert manifest["training"]["n_rows"] == 500
    assert manifest["training"]["first_date"] == "2010-01-04T00:00:00"
    assert manifest["n_parameters"] == trained().n_parameters_
    assert manifest["versions"]["synthdiff"] == synthdiff.__version__
    assert len((saved / "training.jsonl").read_text().splitlines()) == len(trained().history_)


def test_no_pickle_in_it(saved: Path) -> None:
    for name in FILES:
        assert b"pickle" not in (saved / name).read_bytes()
    for name in ("codecs.json", "manifest.json"):
        assert isinstance(json.loads((saved / name).read_text()), dict)


def test_a_model_is_not_replaced_unless_told(saved: Path) -> None:
    with pytest.raises(ConfigError, match="finished model already"):
        trained().save(saved)
    trained(1).save(saved, force=True)
    assert SeriesDiffusion.load(saved).assets_ == ("A1",)


def test_options_of_any_kind_can_be_written(path: Path) -> None:
    data = frame(walk(100), walk(100, 1))
    options = {"values": {"s0": "price", "s1": "level"}, "value_columns": ("s0", "s1"), "random_state": np.int64(3)}
    quick(data, drift=np.float64(0.1), **options).save(path)
    back = SeriesDiffusion.load(path, device="cpu")
    assert back.values == {"s0": "price", "s1": "level"}
    assert (back.drift, back.random_state, back.seed_) == (0.1, 3, 3)


class TestDamage:
    @pytest.mark.parametrize("name", [name for name in FILES if name != "manifest.json"])
    def test_a_file_that_is_missing_cut_or_edited(self, saved: Path, name: str) -> None:
        data = (saved / name).read_bytes()
        (saved / name).write_bytes(data[:-1])
        with pytest.raises(CorruptError, match=f"{name} is truncated"):
            synthdiff.load(saved)
        (saved / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(CorruptError, match=f"{name} was edited"):
            synthdiff.load(saved)
        (saved / name).unlink()
        with pytest.raises(CorruptError, match=f"{name} is missing"):
            synthdiff.load(saved)

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
    def test_a_manifest_that_is_cut(self, saved: Path, share: float) -> None:
        file = saved / "manifest.json"
        data = file.read_bytes()
        file.write_bytes(data[: int(share * len(data))])
        for load in (synthdiff.load, SeriesDiffusion.load):
            with pytest.raises(CorruptError, match="manifest.json is truncated or edited"):
                load(saved)

    def test_a_manifest_that_is_edited(self, saved: Path) -> None:
        self.rewrite(saved, seal_it=False, model="TabularDiffusion")
        with pytest.raises(CorruptError, match="was edited"):
            synthdiff.load(saved)

    def test_a_newer_version(self, saved: Path) -> None:
        self.rewrite(saved, format_version=99)
        with pytest.raises(VersionError, match="update it"):
            synthdiff.load(saved)

    def test_no_model_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(ArtifactError, match="there is no model"):
            synthdiff.load(tmp_path / "none.synthdiff")

    def test_weights_of_another_model_with_matching_marks(self, saved: Path, tmp_path: Path) -> None:
        """Hashes are no signature: what fits together by them alone is refused by its shapes, in plain words."""
        trained(1).save(tmp_path / "one.synthdiff")
        other = json.loads((tmp_path / "one.synthdiff" / "manifest.json").read_text())
        (saved / "model.safetensors").write_bytes((tmp_path / "one.synthdiff" / "model.safetensors").read_bytes())
        manifest = json.loads((saved / "manifest.json").read_text())
        files = {**manifest["files"], "model.safetensors": other["files"]["model.safetensors"]}
        self.rewrite(saved, files=files)
        with pytest.raises((ArtifactError, RuntimeError)):
            synthdiff.load(saved)

    def rewrite(self, path: Path, *, seal_it: bool = True, **changes: Any) -> None:
        manifest = json.loads((path / "manifest.json").read_text()) | changes
        (path / "manifest.json").write_text(json.dumps(seal(manifest) if seal_it else manifest))


class TestKinds:
    @pytest.fixture
    def table(self, tmp_path: Path) -> Path:
        rows = pd.DataFrame({"a": np.arange(30) % 4, "b": np.arange(30) % 3})
        TabularDiffusion(max_steps=2, random_state=0, preset="fast").fit(rows).save(tmp_path / "t.synthdiff")
        return tmp_path / "t.synthdiff"

    def test_load_knows_which(self, saved: Path, table: Path) -> None:
        assert type(synthdiff.load(saved)) is SeriesDiffusion
        assert type(synthdiff.load(table)) is TabularDiffusion

    def test_the_other_kind_is_refused(self, saved: Path, table: Path) -> None:
        with pytest.raises(ArtifactError, match="holds a 'TabularDiffusion', not a SeriesDiffusion"):
            SeriesDiffusion.load(table)
        with pytest.raises(ArtifactError, match="SeriesDiffusion"):
            TabularDiffusion.load(saved)


def test_only_the_network_goes_to_the_device(saved: Path) -> None:
    """Where paths start is kept in double precision, which Apple's devices do not have."""
    there = read_series(saved, torch.device("meta"))
    assert there.sampler.network.device.type == "meta"
    same(there.starts, trained().fitted_.starts)
    same(there.end, trained().fitted_.end)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_it_samples_on_another_device(saved: Path) -> None:
    """Single precision rounds in another order there: paths stay the same to a few digits."""
    there = SeriesDiffusion.load(saved, device="cuda").sample(5, 30, random_state=1)
    np.testing.assert_allclose(there.values, trained().sample(5, 30, random_state=1).values, rtol=1e-2)
