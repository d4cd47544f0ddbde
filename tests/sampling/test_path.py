"""Paths from noise: what an untrained network draws, windows one after another, and what they are shown of the past."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.normal import NormalScore
from synthdiff.codecs.series.window import WindowCodec
from synthdiff.networks.series import SeriesLayout
from synthdiff.runtime import spawn_seed
from synthdiff.sampling import path
from synthdiff.sampling.path import PathSampler, PathStart
from tests.codecs.series.history import market
from tests.networks.windows import denoiser

WINDOW = 32
CASES = [("start", 1), ("running", 1), ("running", 2)]


class White(nn.Module):
    """The posterior of white noise; keeps what it was shown."""

    def __init__(self, layout):
        super().__init__()
        self.layout, self.device, self.shown = layout, torch.device("cpu"), []
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x, log_snr, context):
        self.shown.append((x, context))
        return log_snr.sigmoid().sqrt()[:, None, None] * x


def rng(*keys):
    return np.random.default_rng(spawn_seed(0, *keys))


def noise_of(sampler, n, n_steps, *keys):
    return rng("noise", *keys).standard_normal((n, n_steps, sampler.codec.n_series))


def end(codec, track, n_past=WINDOW // 2, at=None):
    """Where one path goes on from a step of a history."""
    at = len(track) if at is None else at
    rows = slice(at - n_past, at)
    return PathStart(track.states.take([at]), track.series[rows][None], track.log_volatility[rows][None])


def anywhere(codec, track, n):
    states = track.states.take(rng("rows").integers(60, len(track), n))
    return PathStart(states, np.empty((n, 0, codec.n_series)), np.empty((n, 0, codec.filter.n_series)))


@pytest.fixture(scope="module", params=CASES, ids=str)
def followed(request):
    """A codec and the history that it followed; with two assets a channel that is mostly 0."""
    scaling, n_assets = request.param
    returns, _ = market(900, n_assets)
    if n_assets == 2:
        extra = rng("extra").standard_normal(900) * (rng("zero").random(900) < 0.4)
        returns = np.column_stack([returns, extra])
    codec = WindowCodec.fit(StepHistory.plain(returns), tuple(range(n_assets)), scaling, WINDOW, rng("fit"))
    return codec, codec.follow(StepHistory.plain(returns))


def make_sampler(codec, network=None, n_covariates=0, **changes):
    layout = SeriesLayout(codec.n_series, n_covariates, min(codec.filter.n_series, 2))
    network = White(layout) if network is None else network
    return replace(PathSampler(network, codec, (), WINDOW, torch.float32, 6), **changes)


@pytest.fixture(scope="module")
def white(followed):
    return make_sampler(followed[0])


@pytest.fixture(scope="module")
def busy(followed):
    """A network that changes much, and depends on all that it is shown."""
    layout = SeriesLayout(followed[0].n_series, 0, min(followed[0].filter.n_series, 2))
    return make_sampler(followed[0], denoiser("unet", layout))


class TestWhiteNoise:
    def test_an_untrained_network_draws_what_the_codec_decodes(self, followed):
        codec, track = followed
        layout = SeriesLayout(codec.n_series, 0, min(codec.filter.n_series, 2))
        sampler = make_sampler(codec, denoiser("unet", layout, trained=False))
        start, noise = anywhere(codec, track, 20), noise_of(sampler, 20, WINDOW)
        expected = codec.decode(noise @ codec.mixing, start.state).steps
        drawn = sampler.draw(noise, start)
        # Single precision, where a score of a frequent value meets the next.
        assert np.isclose(drawn, expected, rtol=1e-4, atol=1e-6).mean() > 0.998

    def test_longer_than_a_window(self, followed, white):
        """Where each step has its own volatility, window after window is one long window."""
        codec, track = followed
        start, noise = end(codec, track), noise_of(white, 1, 100)
        drawn = white.draw(noise, start)
        assert drawn.shape == (1, 100, len(codec.followed) + len(codec.others))
        if codec.scaling == "running":
            expected = codec.decode(noise @ codec.mixing, start.state).steps
        else:
            pieces, state = [], start.state
            for piece in np.split(noise, range(16, 100, 16), axis=1):
                decoded = codec.decode(piece @ codec.mixing, state)
                pieces.append(decoded.steps)
                state = decoded.after
            expected = np.concatenate(pieces, axis=1)
        assert np.isclose(drawn, expected, rtol=1e-3, atol=1e-6).mean() > 0.99

    def test_volatility_goes_on_from_the_past(self, followed, white):
        codec, track = followed
        level = codec.filter.log_volatility(track.states)[:, 0]
        calm, wild = (60 + int(find(level[60:-1])) for find in (np.argmin, np.argmax))
        spread = []
        for at in (calm, wild):
            start = end(codec, track, at=at).take(np.zeros(400, dtype=int))
            spread.append(white.draw(noise_of(white, 400, 20), start)[..., 0].std())
        # The two states are more than a factor of three apart; 20 steps later some of it is left.
        assert spread[1] > 1.5 * spread[0]

    def test_calibration_is_applied_to_scores(self, followed, white):
        codec, track = followed
        stretch = NormalScore(np.array([-10.0, 10.0]), np.array([-5.0, 5.0]))
        calibrated = replace(white, calibration=(stretch,) * codec.n_series)
        start, noise = anywhere(codec, track, 10), noise_of(white, 10, 20)
        expected = codec.decode(noise @ codec.mixing / 2, start.state).steps
        drawn = calibrated.draw(noise, start)
        assert np.isclose(drawn, expected, rtol=1e-4, atol=1e-6).mean() > 0.99
        np.testing.assert_allclose(calibrated.scores(noise, start), noise @ codec.mixing, atol=1e-4)
        again = calibrated.decoded(calibrated.scores(noise, start), start).steps
        np.testing.assert_array_equal(again, drawn)


class TestSameness:
    def test_twice_the_same(self, followed, busy):
        codec, track = followed
        start, noise = anywhere(codec, track, 3), noise_of(busy, 3, 50)
        np.testing.assert_array_equal(busy.draw(noise, start), busy.draw(noise, start))
        assert not np.allclose(busy.draw(noise, start), busy.draw(-noise, start))

    @pytest.mark.parametrize("n", [1, 3])
    def test_a_path_does_not_depend_on_how_many_are_drawn(self, followed, busy, n):
        codec, track = followed
        start, noise = end(codec, track).take(np.zeros(7, dtype=int)), noise_of(busy, 7, 50)
        few = busy.draw(noise[:n], start.take(slice(0, n)))
        close = np.isclose(few, busy.draw(noise, start)[:n], rtol=1e-2, atol=1e-5)
        assert close.mean() > 0.98

    def test_nor_on_the_size_of_batches(self, followed, busy, monkeypatch):
        codec, track = followed
        start, noise = anywhere(codec, track, 5), noise_of(busy, 5, 50)
        whole = busy.draw(noise, start)
        monkeypatch.setattr(path, "BATCH", 2)
        assert np.isclose(busy.draw(noise, start), whole, rtol=1e-2, atol=1e-5).mean() > 0.98

    def test_it_ends_where_it_would_have_been_on_the_way(self, followed, busy):
        """Steps of later windows do not change earlier ones."""
        codec, track = followed
        start, noise = anywhere(codec, track, 3), noise_of(busy, 3, 2 * WINDOW)
        assert (
            np.isclose(busy.draw(noise[:, :WINDOW], start), busy.draw(noise, start)[:, :WINDOW], rtol=1e-3).mean()
            > 0.99
        )


class TestLengths:
    @pytest.mark.parametrize("length", [1, 5])
    def test_the_last_step_is_as_wide_as_where_more_follow(self, followed, busy, length):
        """Deviations of 1,500 fat-tailed draws have a standard error of some 4 %."""
        codec, track = followed
        start = end(codec, track).take(np.zeros(1_500, dtype=int))
        short = busy.draw(noise_of(busy, 1_500, length, "short"), start)[:, -1]
        whole = busy.draw(noise_of(busy, 1_500, 16, "whole"), start)[:, length - 1]
        np.testing.assert_allclose(short.std(axis=0), whole.std(axis=0), rtol=0.2)

    def test_steps_that_are_not_kept_have_noise_of_their_own(self, followed):
        codec, track = followed
        sampler = make_sampler(codec)
        noise = noise_of(sampler, 300, 3)
        sampler.draw(noise, anywhere(codec, track, 300))
        first = sampler.network.shown[0][0].double().numpy()
        assert first.shape[1] == 16
        np.testing.assert_allclose(first[:, :3], noise, atol=1e-6)
        more = first[:, 3:]
        assert more.std() == pytest.approx(1, abs=0.05)
        assert abs(np.corrcoef(np.abs(more[:, 0, 0]), np.abs(noise[:, 2, 0]))[0, 1]) < 0.2


class TestWhatIsShown:
    def shown(self, codec, noise, start, **options):
        """What the network was shown at the last evaluation of each window, in float64."""
        sampler = make_sampler(codec, n_covariates=0 if not options else options["covariates"].shape[2])
        sampler.draw(noise, start, **options)
        return [
            (
                x.double().numpy(),
                {name: getattr(context, name).double().numpy() for name in context.__dataclass_fields__},
            )
            for x, context in sampler.network.shown[5::6]
        ]

    def test_nothing_at_first_and_then_half_a_window(self, followed):
        codec, track = followed
        windows = self.shown(codec, np.zeros((2, 70, codec.n_series)), anywhere(codec, track, 2))
        assert [x.shape[1] for x, _ in windows] == [32, 32, 32, 32]
        assert [int(part["seen"][0, :, 0].sum()) for _, part in windows] == [0, 16, 16, 16]
        for _, part in windows:
            assert not part["clean"][part["seen"] == 0].any()
            assert (np.diff(part["seen"], axis=1) <= 0).all()

    def test_a_short_past_is_shown_as_it_is(self, followed):
        codec, track = followed
        windows = self.shown(codec, np.zeros((1, 60, codec.n_series)), end(codec, track, n_past=3))
        assert [x.shape[1] for x, _ in windows] == [32, 32, 32]
        assert [int(part["seen"][0, :, 0].sum()) for _, part in windows] == [3, 16, 16]

    def test_the_end_of_the_history(self, followed):
        """As training shows it: windows of the history whose first hidden step is where the path begins."""
        codec, track = followed
        at = 700
        _, part = self.shown(codec, np.zeros((1, 10, codec.n_series)), end(codec, track, at=at))[0]
        z, _ = codec.encode(track, np.array([at - 16]), np.array([at]), 16, rng("ties"))
        ties = track.series[at - 16 : at] == 0
        close = np.isclose(part["clean"][0, :16], z[0], atol=1e-5)
        assert close[~ties.any(axis=1)].all()
        np.testing.assert_allclose(part["state"][0], track.summary[at], atol=1e-6)

    def test_the_end_of_the_window_before(self, followed):
        codec, track = followed
        noise = 0.5 * noise_of(make_sampler(codec), 3, 48)
        windows = self.shown(codec, noise, anywhere(codec, track, 3))
        clean = windows[1][1]["clean"][:, :16]
        if codec.scaling == "running" and not codec.others:
            np.testing.assert_allclose(clean, noise[:, 16:32], atol=1e-4)
        else:
            # Divided by another volatility or drawn again among ties, but of the same sign and order.
            assert np.corrcoef(clean.ravel(), noise[:, 16:32].ravel())[0, 1] > 0.7

    def test_covariates_go_along_with_the_steps(self, followed):
        codec, track = followed
        covariates = np.repeat(np.arange(16 + 60.0)[None, :, None], 2, axis=2)
        windows = self.shown(codec, np.zeros((1, 60, codec.n_series)), end(codec, track), covariates=covariates)
        spans = [(part["covariates"][0, 0, 1], part["covariates"][0, -1, 1]) for _, part in windows]
        assert spans == [(0, 31), (16, 47), (32, 63), (48, 75)]

    def test_covariates_that_are_not_known_are_nought(self, followed):
        codec, track = followed
        sampler = make_sampler(codec, n_covariates=3)
        sampler.draw(np.zeros((2, 8, codec.n_series)), anywhere(codec, track, 2))
        context = sampler.network.shown[0][1]
        assert context.covariates.shape == (2, 16, 3)
        assert not context.covariates.any()


def test_starts_are_taken_together(followed):
    codec, track = followed
    start = end(codec, track).take([0, 0, 0])
    assert len(start) == 3
    assert start.past.shape[:2] == (3, 16)
    assert start.past_scale.shape[:2] == (3, 16)
    np.testing.assert_array_equal(start.past[2], track.series[-16:])


def test_the_memory_does_not_grow(followed):
    codec, track = followed
    start = end(codec, track)
    decoded = codec.decode(np.zeros((1, 40, codec.n_series)), start.state)
    later = start.followed_by(decoded, 16)
    np.testing.assert_array_equal(later.past, decoded.series[:, -16:])
    assert later.past_scale.shape == (1, 16, codec.filter.n_series)
    assert later.state is decoded.after
