import numpy as np
import pandas as pd
import pytest
import torch

from synthdiff import TabularDiffusion
from synthdiff.models import plan
from synthdiff.models.config import NetworkConfig, TabularConfig
from synthdiff.training.refine import ColumnGain

CONFIG = TabularConfig(network=NetworkConfig(width=24, n_blocks=1), max_steps=100, batch_size=64, refine=True)


@pytest.fixture(autouse=True)
def refining(monkeypatch):
    monkeypatch.setattr(plan, "preset_config", lambda name: CONFIG)


@pytest.fixture
def open_gate(monkeypatch):
    """Every candidate wins: what is refined does not depend on so little training."""
    monkeypatch.setattr(ColumnGain, "wins", True)


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    kind = np.where(x > 0, "up", "down")
    return pd.DataFrame({"kind": kind, "x": x, "y": np.sin(3 * x) + 0.02 * rng.normal(size=400)})


def make():
    return TabularDiffusion(max_steps=30, precision="float32", device="cpu", random_state=0)


def assert_same_refiner(first, second):
    first, second = (model.fitted_.refinement.weights() for model in (first, second))
    assert list(first) == list(second) != []
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_gains_are_recorded_and_the_gate_is_closed_after_so_little_training(frame):
    model = make().fit(frame)
    gains = model.fitted_.refinement.gains
    assert [gain["column"] for gain in gains] == [1, 2]
    assert all(gain["n_cells"] == 80 and np.isfinite(gain["error"]) for gain in gains)
    assert model.fitted_.refinement.columns == []
    assert model.fitted_.refinement.network is None


def test_refined_columns_are_saved_and_sample_the_same(frame, open_gate, tmp_path):
    model = make().fit(frame)
    assert model.fitted_.refinement.columns == [1, 2]
    model.save(tmp_path / "a.synthdiff")
    again = TabularDiffusion.load(tmp_path / "a.synthdiff", device="cpu")
    assert again.fitted_.refinement.to_dict() == model.fitted_.refinement.to_dict()
    assert_same_refiner(model, again)
    pd.testing.assert_frame_equal(model.sample(50), again.sample(50))
    again.save(tmp_path / "b.synthdiff")
    assert_same_refiner(model, TabularDiffusion.load(tmp_path / "b.synthdiff", device="cpu"))


def test_the_stage_changes_positions_and_not_the_main_network(frame, open_gate, monkeypatch):
    refined = make().fit(frame)
    monkeypatch.setattr(plan, "preset_config", lambda name: CONFIG.model_copy(update={"refine": False}))
    plain = make().fit(frame)
    first, second = refined.network_.state_dict(), plain.network_.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not refined.sample(50)["x"].equals(plain.sample(50)["x"])
    assert plain.fitted_.refinement.gains == []


@pytest.mark.parametrize("phase", ["train", "refine"])
def test_a_fit_that_was_stopped_ends_with_the_same_weights(frame, open_gate, tmp_path, phase):
    steps = make().fit_steps(frame, checkpoint=tmp_path)
    n = 0
    for progress in steps:
        n += progress.phase == phase
        if n == 4:
            break
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt())
    resumed = make()
    seen = [progress.phase for progress in resumed.fit_steps(frame, checkpoint=tmp_path)]
    assert seen[-1] == "done"
    assert_same_refiner(resumed, make().fit(frame))


def test_a_table_without_bins_has_no_such_stage(open_gate):
    frame = pd.DataFrame({"a": [1, 2, 3, 4] * 50, "b": ["x", "y"] * 100})
    model = make()
    assert "refine" not in {progress.phase for progress in model.fit_steps(frame)}
    assert model.fitted_.refinement.gains == []
    assert len(model.sample(5)) == 5


def test_a_time_is_shared(frame):
    model = TabularDiffusion(max_time=2.0, precision="float32", device="cpu", random_state=0)
    phases = [(progress.phase, progress.elapsed) for progress in model.fit_steps(frame)]
    assert max(elapsed for phase, elapsed in phases if phase == "train") < 2.0
    assert any(phase == "refine" for phase, _ in phases)
    assert model.fit_seconds_ < 3.0
