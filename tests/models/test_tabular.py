"""`TabularDiffusion` as its users meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

import synthdiff
from synthdiff import TabularDiffusion
from synthdiff.errors import ArtifactError, ConfigError, CorruptError, DataError, NotFittedError, SchemaError

STEPS = 200
WORDS = ["called", "twice", "about", "the", "late", "invoice", "please", "answer", "before", "monday", "thanks"]


def make_frame(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    net = np.round(np.exp(rng.normal(4, 1, n)), 2)
    tax = np.round(net * 0.2, 2)
    return pd.DataFrame(
        {
            "id": [f"K-{i:05d}" for i in rng.permutation(n)],
            "net": net,
            "total": np.round(net + tax, 2),
            "tax": tax,
            "plan": pd.Categorical(rng.choice(["s", "m", "l"], n), ["s", "m", "l"], ordered=True),
            "seats": pd.array(rng.integers(1, 5, n), dtype="Int16"),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 500, n), unit="D"),
            "active": rng.random(n) < 0.7,
            "note": [" ".join(rng.choice(WORDS, 7)) for _ in range(n)],
        }
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return make_frame()


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame) -> TabularDiffusion:
    return TabularDiffusion(max_steps=STEPS, random_state=0, preset="fast").fit(frame)


def test_the_golden_walk(fitted: TabularDiffusion, frame: pd.DataFrame, tmp_path: Path) -> None:
    """Fit, sample, save, load in a fresh process without the data, sample the same rows."""
    rows = fitted.sample(50, random_state=3)
    assert list(rows.dtypes) == list(frame.dtypes)
    assert list(rows) == list(frame)
    fitted.save(tmp_path / "m.synthdiff")
    code = (
        "import sys, synthdiff; model = synthdiff.load(sys.argv[1], device='cpu');"
        "model.sample(50, random_state=3).to_pickle(sys.argv[2])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "m.synthdiff"), str(tmp_path / "rows")], check=True)
    pd.testing.assert_frame_equal(pd.read_pickle(tmp_path / "rows"), rows)


def test_same_seed_same_model_and_other_seed_other_model(frame: pd.DataFrame, fitted: TabularDiffusion) -> None:
    again = TabularDiffusion(max_steps=STEPS, random_state=0, preset="fast").fit(frame)
    other = TabularDiffusion(max_steps=STEPS, random_state=1, preset="fast").fit(frame)
    expected = fitted.sample(30, random_state=0)
    pd.testing.assert_frame_equal(again.sample(30, random_state=0), expected)
    assert not other.sample(30, random_state=0).equals(expected)


def test_samples_in_batches(fitted: TabularDiffusion) -> None:
    whole = fitted.sample(500, random_state=1)
    pieces = list(fitted.iter_samples(500, random_state=1, batch_size=120))
    assert [len(piece) for piece in pieces] == [120, 120, 120, 120, 20]
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), whole)


def test_identifiers_are_new_and_text_is_left_out(fitted: TabularDiffusion, frame: pd.DataFrame) -> None:
    rows = fitted.sample(300, random_state=0)
    assert rows["id"].is_unique
    assert rows["id"].str.fullmatch(r"K-\d{5}").all()
    assert rows["note"].isna().all()
    assert any("'note'" in warning for warning in fitted.warnings_)


def test_exact_sums_hold(fitted: TabularDiffusion) -> None:
    rows = fitted.sample(2_000, random_state=0)
    holds = np.isclose(rows["net"] + rows["tax"], rows["total"], atol=1e-6).mean()
    assert holds > 0.9


def test_log_prob_prefers_real_rows(fitted: TabularDiffusion, frame: pd.DataFrame) -> None:
    held_out = make_frame(200, seed=1)
    shuffled = held_out.assign(total=held_out["total"].sample(frac=1, random_state=0).to_numpy())
    real, broken = fitted.log_prob(held_out), fitted.log_prob(shuffled)
    assert real.shape == (200,)
    assert np.isfinite(real).all()
    assert real.mean() > broken.mean() + 1


def test_polars_in_polars_out() -> None:
    frame = pl.from_pandas(make_frame(120).drop(columns=["note", "id"]))
    rows = TabularDiffusion(max_steps=5, random_state=0).fit(frame).sample(7)
    assert isinstance(rows, pl.DataFrame)
    assert rows.schema == frame.schema
    assert rows.height == 7


@pytest.mark.parametrize(
    "columns",
    [
        {"x": [None] * 30, "y": [1.5] * 30},
        {"only": np.arange(30) % 7},
        {"word": ["a", "b", "a"] * 10},
        {"word": ["single"] + ["other"] * 29},
        {"n": [1.0]},
        {"key": [f"id{i:03d}" for i in range(30)]},
    ],
)
def test_degenerate_tables(columns: dict[str, Any]) -> None:
    frame = pd.DataFrame(columns)
    rows = TabularDiffusion(max_steps=3, random_state=0).fit(frame).sample(11)
    assert list(rows.dtypes) == list(frame.dtypes)
    assert len(rows) == 11


def test_scikit_learn_conventions(fitted: TabularDiffusion) -> None:
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "fitted_")
    with pytest.raises(NotFittedError):
        copy.sample(1)
    assert copy.set_params(preset="best").preset == "best"


def test_it_survives_cloudpickle(fitted: TabularDiffusion) -> None:
    back = cloudpickle.loads(cloudpickle.dumps(fitted))
    pd.testing.assert_frame_equal(back.sample(20, random_state=0), fitted.sample(20, random_state=0))


def test_plain_errors(frame: pd.DataFrame, fitted: TabularDiffusion) -> None:
    with pytest.raises(ConfigError, match="preset"):
        TabularDiffusion(preset="huge").fit(frame)
    with pytest.raises(ConfigError, match="max_steps"):
        TabularDiffusion(max_steps=0).fit(frame)
    with pytest.raises(DataError):
        TabularDiffusion().fit(frame.iloc[:0])
    with pytest.raises(SchemaError, match="seats"):
        TabularDiffusion(categorical=["seat"]).fit(frame)
    with pytest.raises(ConfigError, match="n_samples"):
        fitted.sample(0)


def test_a_damaged_model_is_refused(fitted: TabularDiffusion, tmp_path: Path) -> None:
    path = tmp_path / "m.synthdiff"
    fitted.save(path)
    weights = path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CorruptError):
        synthdiff.load(path)
    with pytest.raises(ArtifactError):
        synthdiff.load(tmp_path / "none.synthdiff")


def test_the_model_holds_no_rows(fitted: TabularDiffusion, frame: pd.DataFrame, tmp_path: Path) -> None:
    fitted.save(tmp_path / "m.synthdiff")
    text = (tmp_path / "m.synthdiff" / "codecs.json").read_text()
    assert not any(note in text for note in frame["note"])
    assert json.loads(text)["table"]["learnt"] == ["net", "total", "tax", "plan", "seats", "since", "active"]


def test_an_unfinished_fit_goes_on(frame: pd.DataFrame, tmp_path: Path) -> None:
    whole = TabularDiffusion(max_steps=40, random_state=0, preset="fast").fit(frame)
    model = TabularDiffusion(max_steps=40, random_state=0, preset="fast")
    steps = model.fit_steps(frame, checkpoint=tmp_path)
    for progress in steps:
        if progress.step == 17:
            with pytest.raises(KeyboardInterrupt):
                steps.throw(KeyboardInterrupt())  # type: ignore[attr-defined]
    other = TabularDiffusion(max_steps=41, random_state=0, preset="fast")
    with pytest.raises(ConfigError, match="budget"):
        list(other.fit_steps(frame, checkpoint=tmp_path))
    messages = [p.message for p in model.fit_steps(frame, checkpoint=tmp_path) if p.message]
    assert messages == ["resuming from step 17"]
    pd.testing.assert_frame_equal(model.sample(40, random_state=0), whole.sample(40, random_state=0))


def test_a_fit_without_time_for_a_step_is_refused():
    with pytest.raises(ConfigError, match=r"before the first training step.*allow"):
        TabularDiffusion(max_time=1e-3, device="cpu").fit(pd.DataFrame({"x": np.arange(2_000.0) ** 0.5}))


def test_time_that_the_caller_has_spent_counts():
    frame = pd.DataFrame({"x": np.arange(200.0) ** 0.5})
    with pytest.raises(ConfigError, match="before the first training step"):
        list(TabularDiffusion(max_time=60, device="cpu").fit_steps(frame, spent=61.0))
    model = TabularDiffusion(preset="fast", max_time=60, max_steps=2, device="cpu")
    list(model.fit_steps(frame, spent=20.0))
    assert 20.0 < model.fit_seconds_ < 60.0
    with pytest.raises(ConfigError, match="spent"):
        list(model.fit_steps(frame, spent=-1.0))
