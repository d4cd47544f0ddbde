"""Fits of series: what is refused, and what is stopped and goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthdiff import SeriesDiffusion
from synthdiff.errors import ConfigError, DataError, WindowError
from synthdiff.models import series_fit
from tests.models.markets import OPTIONS, frame, prices, quick, walk

DATA = prices(2, 240)


def stoppable(**options: Any) -> SeriesDiffusion:
    return SeriesDiffusion(**{**OPTIONS, "window": 16, "max_steps": 66, **options})


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    values: np.ndarray = stoppable().fit(DATA).sample(5, 20, random_state=0).values
    return values


class TestStopping:
    """Checkpoints: an unfinished fit goes on to the very same model."""

    @pytest.mark.parametrize("stop", [9, 25, 40])
    def test_an_unfinished_fit_goes_on(self, expected: np.ndarray, tmp_path: Path, stop: int) -> None:
        model = stoppable()
        steps = model.fit_steps(DATA, checkpoint=tmp_path)
        for progress in steps:
            if progress.step == stop:
                with pytest.raises(KeyboardInterrupt):
                    steps.throw(KeyboardInterrupt())
        assert not hasattr(model, "fitted_")
        messages = [p.message for p in model.fit_steps(DATA, checkpoint=tmp_path) if p.message]
        assert messages[0] == f"resuming from step {stop}"
        np.testing.assert_array_equal(model.sample(5, 20, random_state=0).values, expected)

    def test_a_killed_one_goes_on_from_its_last_checkpoint(
        self, expected: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(series_fit, "CHECKPOINT_SECONDS", 0.0)
        for progress in stoppable().fit_steps(DATA, checkpoint=tmp_path):
            if progress.step == 12:
                break
        again = stoppable()
        messages = [p.message for p in again.fit_steps(DATA, checkpoint=tmp_path) if p.message]
        assert messages[0].startswith("resuming from step 1")
        np.testing.assert_array_equal(again.sample(5, 20, random_state=0).values, expected)

    def test_another_fit_is_refused(self, tmp_path: Path) -> None:
        steps = stoppable().fit_steps(DATA, checkpoint=tmp_path)
        for progress in steps:
            if progress.step == 3:
                with pytest.raises(KeyboardInterrupt):
                    steps.throw(KeyboardInterrupt())
        others: list[tuple[dict[str, Any], str]] = [
            ({"max_steps": 67}, "budget"),
            ({"volatility": "start"}, "scaling"),
            ({"random_state": 1}, "seed"),
            ({"window": 32}, "window"),
            ({"values": "level"}, "roles"),
            ({"network": "transformer"}, "config"),
        ]
        for options, name in others:
            with pytest.raises(ConfigError, match=f"another .*{name}"):
                list(stoppable(**options).fit_steps(DATA, checkpoint=tmp_path))
        with pytest.raises(ConfigError, match="another data"):
            list(stoppable().fit_steps(DATA * 1.5, checkpoint=tmp_path))

    def test_a_seed_that_was_drawn_is_gone_on_with(self, tmp_path: Path) -> None:
        model = stoppable(random_state=None)
        steps = model.fit_steps(DATA, checkpoint=tmp_path)
        for progress in steps:
            if progress.step == 3:
                with pytest.raises(KeyboardInterrupt):
                    steps.throw(KeyboardInterrupt())
        kept = json.loads((tmp_path / "checkpoint.json").read_text())["meta"]["identity"]["seed"]
        list(model.fit_steps(DATA, checkpoint=tmp_path))
        assert model.seed_ == kept

    def test_time_ends_a_fit(self) -> None:
        progress = list(stoppable(max_steps=None, max_time=0.5).fit_steps(DATA))
        assert [p.phase for p in progress[-2:]] == ["calibrate", "done"]
        assert progress[-1].fraction == 1.0
        assert progress[-1].step < 600
        fractions = [p.fraction for p in progress if p.phase in ("train", "validate")]
        assert fractions == sorted(fractions)


class TestRefusals:
    @pytest.mark.parametrize(
        ("series", "message"),
        [
            (np.full(300, 5.0), "'s1' never moves, or always by the same; leave it out"),
            (np.exp(0.001 * np.arange(300)), "'s1' never moves, or always by the same"),
        ],
    )
    def test_series_that_nothing_can_be_learnt_of(self, series: np.ndarray, message: str) -> None:
        with pytest.raises(DataError, match=message) as caught:
            quick(frame(walk(), series), values="price")
        assert caught.value.column == "s1"
        if not np.isnan(series).any():
            with pytest.raises(DataError, match="never moves"):
                quick(frame(series), values="price")

    def test_too_few_steps(self) -> None:
        with pytest.raises(WindowError, match="the series have 59 rows; a market needs at least 60"):
            quick(prices(1, 59))
