"""A fit that is stopped after its last step: the same command ends in the same model, and its history says all once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthdiff import SeriesDiffusion, TabularDiffusion
from synthdiff.datasets import make_market
from synthdiff.models import fit, series_fit
from synthdiff.training.trainer import Trainer

N_ROWS = 150
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({"x": RNG.normal(size=N_ROWS), "code": RNG.choice(["a", "b", "c"], N_ROWS)})
PRICES = make_market(200, 1, random_state=0)
AnyModel = TabularDiffusion | SeriesDiffusion


def table() -> tuple[AnyModel, Any]:
    return TabularDiffusion(preset="fast", max_steps=20, random_state=0), TABLE


def series() -> tuple[AnyModel, Any]:
    return SeriesDiffusion(preset="fast", max_steps=20, window=16, random_state=0), PRICES


def losses(model: AnyModel) -> list[tuple[int, float, Any]]:
    return [(record["step"], record["valid_loss"], record.get("members")) for record in model.history_]


def rows(model: AnyModel) -> np.ndarray:
    if isinstance(model, TabularDiffusion):
        return model.sample(20, random_state=0)["x"].to_numpy()
    return np.asarray(model.sample(5, 10, random_state=0).returns)


@pytest.fixture(params=[table, series], ids=["table", "series"])
def make(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_stopped_after_the_last_step(make: Any, tmp_path: Path) -> None:
    whole, data = make()
    late = [(p.phase, p.fraction) for p in whole.fit_steps(data) if p.step == whole.max_steps]
    for k in range(len(late) - 1):  # after the last one there is nothing left to stop
        folder = tmp_path / str(k)
        steps = make()[0].fit_steps(data, checkpoint=folder)
        seen = 0
        for progress in steps:
            seen += progress.step == whole.max_steps
            if seen == k + 1:
                break
        with pytest.raises(KeyboardInterrupt):
            steps.throw(KeyboardInterrupt())
        again, _ = make()
        messages = [p.message for p in again.fit_steps(data, checkpoint=folder) if p.message]
        assert messages[0] == f"resuming from step {whole.max_steps}"
        assert losses(again) == losses(whole)
        np.testing.assert_array_equal(rows(again), rows(whole))


def test_killed_while_it_calibrates(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies on the disk is the checkpoint of a finished training, which is not trained again."""
    whole, data = make()
    for _ in whole.fit_steps(data):
        pass
    module, name = (fit, "calibrate") if make is table else (series_fit, "calibrate_paths")
    with monkeypatch.context() as patch:
        patch.setattr(module, name, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            list(make()[0].fit_steps(data, checkpoint=tmp_path))
    trainer = Trainer if make is table else series_fit.SeriesTrainer
    monkeypatch.setattr(trainer, "_step", lambda *_: pytest.fail("trained again"))
    again, _ = make()
    list(again.fit_steps(data, checkpoint=tmp_path))
    assert losses(again) == losses(whole)
    np.testing.assert_array_equal(rows(again), rows(whole))
