"""What a network draws a little wrong put right."""

import numpy as np
import torch

from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.volatility import VolatilityState
from synthdiff.codecs.series.window import WindowCodec
from synthdiff.models.series_calibration import calibrate_paths, start_anywhere
from synthdiff.models.series_output import RealReturns
from synthdiff.networks.series import SeriesLayout
from synthdiff.sampling.path import PathSampler
from tests.codecs.series.history import market
from tests.networks.windows import denoiser


def test_starts_are_spread_evenly_and_in_no_order() -> None:
    moments = np.arange(40.0)
    states = VolatilityState(moments[:, None, None] * np.ones((1, 2, 5)), np.zeros((40, 2, 4)))
    start = start_anywhere(states, 400, 3, np.random.default_rng(0))
    drawn = start.state.magnitude[:, 0, 0]
    assert np.bincount(drawn.astype(int)).tolist() == [10] * 40
    assert not (np.diff(drawn) >= 0).all()
    assert start.past.shape == (400, 0, 3)
    assert start.past_scale.shape == (400, 0, 2)


def test_scores_become_normal_and_returns_those_of_the_history() -> None:
    """Whatever the network draws: this one draws nonsense. The 1 % critical distance of 900 returns is .054."""
    returns, _ = market(900, 1)
    codec = WindowCodec.fit(StepHistory.plain(returns), (0,), "start", 16, np.random.default_rng(0))
    states = codec.follow(StepHistory.plain(returns)).states.take(np.arange(60, 901))
    network = denoiser("unet", SeriesLayout(1, 0, 1))
    bare = PathSampler(network, codec, (), 16, torch.float32, 6)
    scaled = codec.returns.scaled(StepHistory.plain(returns))
    real = RealReturns(scaled, np.zeros(scaled.shape, dtype=bool), np.empty(0))
    sampler, output, _ = calibrate_paths(bare, states, real, 400, 0)
    assert len(sampler.calibration) == len(output.tables) == 1
    rng = np.random.default_rng(1)
    start = start_anywhere(states, 400, 1, rng)
    scores = sampler.scores(rng.standard_normal((400, 16, 1)), start)
    normal = sampler.calibration[0].encode(scores)
    assert abs(scores.std() - 1) > 0.05
    # Of 6,400 dependent scores: as of a sixteenth, the standard errors are .05 and .035.
    assert abs(normal.mean()) < 0.2
    assert abs(normal.std() - 1) < 0.15
    steps = np.sort(output.apply(sampler.decoded(scores, start).steps).ravel())
    place = np.searchsorted(np.sort(returns[:, 0]), steps) / 900
    assert np.abs(place - (np.arange(len(steps)) + 0.5) / len(steps)).max() < 0.1
