"""Windows of a history as white noise of unit variance, and exactly back."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from synthdiff.codecs.series.history import StepHistory
from synthdiff.codecs.series.volatility import BURN
from synthdiff.codecs.series.window import WindowCodec
from synthdiff.runtime import spawn_seed
from tests.codecs.series.history import market, with_gaps

WINDOW = 48


def rng(*keys):
    return np.random.default_rng(spawn_seed(0, *keys))


def level(n, seed=0):
    """A level that returns to its mean: AR(1) with a memory of .9."""
    shocks = np.random.default_rng(seed).standard_normal(n)
    out = np.zeros(n)
    for step in range(1, n):
        out[step] = 0.9 * out[step - 1] + shocks[step]
    return out


def history(n_assets, n=1_600):
    """Assets, and between them a channel that is no return."""
    returns, _ = market(n, n_assets)
    return np.insert(returns, 1, level(n), axis=1), tuple(k for k in range(n_assets + 1) if k != 1)


def fit(steps, followed, scaling):
    return WindowCodec.fit(StepHistory.plain(steps), followed, scaling, WINDOW, rng("fit"))


@pytest.fixture(scope="module", params=[("start", 1), ("running", 1), ("start", 3), ("running", 3)], ids=str)
def codec_and_steps(request):
    scaling, n_assets = request.param
    steps, followed = history(n_assets)
    return fit(steps, followed, scaling), steps


def encode_all(codec, track, seed="windows", n=200, length=WINDOW):
    """Windows whose reference is their first step, (n, length, D), and where they start."""
    starts = rng(seed).integers(BURN, len(track) - length + 1, n)
    return codec.encode(track, starts, starts, length, rng(seed, "ties")), starts


class TestInverse:
    def test_windows_come_back(self, codec_and_steps):
        codec, steps = codec_and_steps
        track = codec.follow(StepHistory.plain(steps))
        (z, observed), starts = encode_all(codec, track)
        decoded = codec.decode(z @ codec.mixing, track.states.take(starts))
        rows = starts[:, None] + np.arange(WINDOW)
        assert observed.all()
        # A score ends with its table, 20 times beyond the data: a value or two of thousands may lie further.
        close = np.isclose(decoded.series, track.series[rows], rtol=1e-6, atol=1e-9)
        assert close.mean() > 0.9995
        whole = close.all(axis=(1, 2))
        assert whole.mean() > 0.9
        np.testing.assert_allclose(decoded.steps[whole], steps[rows][whole], rtol=1e-6, atol=1e-9)
        after = track.states.take(starts + WINDOW)
        np.testing.assert_allclose(decoded.after.magnitude[whole], after.magnitude[whole], rtol=1e-6)
        np.testing.assert_allclose(decoded.after.signed[whole], after.signed[whole], rtol=1e-5, atol=1e-9)

    def test_noise_comes_back(self, codec_and_steps):
        """From any state: what is drawn is followed again, and encoded."""
        codec, steps = codec_and_steps
        states = codec.follow(StepHistory.plain(steps)).states.take(rng("at").integers(BURN, len(steps), 100))
        z = 0.8 * rng("z").standard_normal((100, WINDOW, codec.n_series))
        decoded = codec.decode(z @ codec.mixing, states)
        back = codec.encode_series(decoded.series, decoded.log_volatility, rng("ties"))
        # Where a tail begins, the table may be level for a thousandth of a score.
        assert np.isclose(back, z, atol=1e-6).mean() > 0.999
        np.testing.assert_allclose(back, z, atol=2e-3)

    def test_scales_are_those_of_the_filter(self, codec_and_steps):
        codec, steps = codec_and_steps
        states = codec.follow(StepHistory.plain(steps)).states.take([700, 900])
        decoded = codec.decode(rng("z").standard_normal((2, 20, codec.n_series)), states)
        length = 1 if codec.scaling == "start" else 20
        assert decoded.log_volatility.shape == (2, length, codec.filter.n_series)
        np.testing.assert_array_equal(decoded.log_volatility[:, 0], codec.filter.log_volatility(states))
        moves = decoded.series[..., : codec.filter.n_series]
        at_end = codec.filter.advance(moves, states)
        np.testing.assert_allclose(decoded.after.magnitude, at_end.magnitude, rtol=1e-12)

    def test_channels_keep_their_places(self, codec_and_steps):
        codec, steps = codec_and_steps
        assert codec.others == (1,)
        track = codec.follow(StepHistory.plain(steps))
        np.testing.assert_array_equal(track.series[:, -1], steps[:, 1])
        (z, _), starts = encode_all(codec, track, n=5)
        decoded = codec.decode(z @ codec.mixing, track.states.take(starts))
        np.testing.assert_array_equal(decoded.steps[..., 1], decoded.series[..., -1])

    def test_it_survives_json(self, codec_and_steps):
        codec, steps = codec_and_steps
        back = WindowCodec.from_dict(json.loads(json.dumps(codec.to_dict())))
        (z, _), starts = encode_all(codec, codec.follow(StepHistory.plain(steps)), n=4)
        (again, _), _ = encode_all(back, back.follow(StepHistory.plain(steps)), n=4)
        np.testing.assert_array_equal(z, again)
        states = codec.follow(StepHistory.plain(steps)).states.take(starts)
        assert np.array_equal(codec.decode(z, states).steps, back.decode(z, states).steps)


@pytest.fixture(scope="module")
def of_levels():
    """Two levels that hang together, and one of three values."""
    a = level(3_000).cumsum() / 50
    b = a + level(3_000, seed=1) / 10
    c = np.digitize(level(3_000, seed=2), [1.0, 3.0]) * 10.0
    steps = np.stack([c, a, b], axis=1)
    return WindowCodec.fit(StepHistory.plain(steps), (), "running", WINDOW, rng("fit"), levels=(0, 1, 2)), steps


class TestLevels:
    def test_windows_come_back(self, of_levels):
        codec, steps = of_levels
        assert codec.reversion.places == (1, 2)
        assert codec.n_states == 2
        track = codec.follow(StepHistory.plain(steps))
        (z, observed), starts = encode_all(codec, track)
        decoded = codec.decode(z @ codec.mixing, track.states.take(starts))
        rows = starts[:, None] + np.arange(WINDOW)
        assert observed.all()
        np.testing.assert_array_equal(decoded.steps[..., 0], steps[rows][..., 0])
        close = np.isclose(decoded.steps, steps[rows], rtol=1e-6, atol=1e-6).all(axis=(1, 2))
        assert close.mean() > 0.9
        after = track.states.take(starts + WINDOW).levels
        np.testing.assert_allclose(decoded.after.levels[close], after[close], atol=1e-6)

    def test_scores_are_of_unit_variance_and_nearly_white(self, of_levels):
        codec, steps = of_levels
        z, _ = codec.encode(
            codec.follow(StepHistory.plain(steps)), np.array([BURN]), np.array([BURN]), 3_000 - BURN, rng("ties")
        )
        np.testing.assert_allclose(np.cov(z[0].T), np.eye(3), atol=0.15)

    def test_noise_stays_in_the_range_of_the_history(self, of_levels):
        codec, steps = of_levels
        track = codec.follow(StepHistory.plain(steps))
        noise = 2 * rng("wild").standard_normal((50, 400, 3))
        decoded = codec.decode(noise, track.states.take(np.full(50, 1_000)))
        assert set(np.unique(decoded.steps[..., 0])) == {0.0, 10.0, 20.0}
        assert (decoded.steps.max(axis=(0, 1)) <= steps.max(axis=0) + 1e-9).all()
        assert (decoded.steps.min(axis=(0, 1)) >= steps.min(axis=0) - 1e-9).all()

    def test_they_survive_json(self, of_levels):
        codec, steps = of_levels
        back = WindowCodec.from_dict(json.loads(json.dumps(codec.to_dict())))
        states = codec.follow(StepHistory.plain(steps)).states.take([500, 700])
        scores = rng("z").standard_normal((2, 30, 3))
        np.testing.assert_array_equal(codec.decode(scores, states).steps, back.decode(scores, states).steps)
        assert (back.levels, back.n_states) == (codec.levels, 2)


class TestWhitening:
    @pytest.mark.parametrize("n_assets", [3, 8])
    def test_channels_are_uncorrelated_and_of_unit_variance(self, n_assets):
        """All steps of a history, one by one: with 1,540 of them the standard errors are .025 and .018."""
        steps, followed = history(n_assets)
        codec = fit(steps, followed, "running")
        track = codec.follow(StepHistory.plain(steps))
        z, _ = codec.encode(track, np.array([BURN]), np.array([BURN]), len(steps) - BURN, rng("ties"))
        np.testing.assert_allclose(z[0].mean(axis=0), 0.0, atol=0.1)
        np.testing.assert_allclose(np.cov(z[0].T), np.eye(n_assets + 2), atol=0.1)

    def test_other_data_of_the_same_law_are_nearly_white(self):
        """Half of 3,000 steps: the standard error of a correlation is .026, and that of the fitted one comes to it."""
        steps, followed = history(3, 3_000)
        codec = fit(steps[:1_500], followed, "running")
        z, _ = codec.encode(
            codec.follow(StepHistory.plain(steps)), np.array([1_500]), np.array([1_500]), 1_500, rng("ties")
        )
        correlation = np.corrcoef(z[0].T)
        assert np.abs(correlation - np.eye(5)).max() < 5 * 0.037

    def test_correlations_of_noise_are_those_of_the_history(self, codec_and_steps):
        codec, _ = codec_and_steps
        scores = rng("noise").standard_normal((20_000, codec.n_series)) @ codec.mixing
        np.testing.assert_allclose(scores.std(axis=0), 1.0, atol=0.025)
        np.testing.assert_allclose(np.diag(codec.mixing.T @ codec.mixing), 1.0)

    def test_the_scores_of_a_window_are_normal(self, codec_and_steps):
        """Overlapping windows of 1,600 steps: as a sample of 500 at least, its 1 % critical distance is .073."""
        codec, steps = codec_and_steps
        (z, _), _ = encode_all(codec, codec.follow(StepHistory.plain(steps)), n=400)
        for scores in (z @ codec.mixing).reshape(-1, codec.n_series).T:
            place = (np.arange(len(scores)) + 0.5) / len(scores)
            assert np.abs(norm.cdf(np.sort(scores)) - place).max() < 0.073

    def test_assets_that_are_the_same(self):
        """Their rests are nothing, and windows still come back."""
        returns, _ = market(600, 1)
        steps = np.repeat(returns, 2, axis=1)
        codec = fit(steps, (0, 1), "running")
        track = codec.follow(StepHistory.plain(steps))
        starts = np.array([100, 400])
        z, _ = codec.encode(track, starts, starts, WINDOW, rng("ties"))
        assert np.isfinite(z).all()
        decoded = codec.decode(z @ codec.mixing, track.states.take(starts))
        np.testing.assert_allclose(decoded.steps[..., 0], decoded.steps[..., 1], rtol=1e-6, atol=1e-10)


@pytest.fixture(scope="module")
def holed():
    steps = with_gaps(market(1_600, 3)[0])
    return fit(steps, (0, 1, 2), "running"), steps


class TestMissing:
    def test_what_is_observed_comes_back(self, holed):
        codec, steps = holed
        track = codec.follow(StepHistory.plain(steps))
        (z, observed), starts = encode_all(codec, track)
        rows = starts[:, None] + np.arange(WINDOW)
        seen = ~np.isnan(steps[rows])
        np.testing.assert_array_equal(observed[..., 1:], seen)
        np.testing.assert_array_equal(observed[..., 0], seen @ codec.filter.weights >= 0.5)
        assert np.isfinite(z).all()
        scaled = track.series[rows] / np.exp(track.log_volatility[rows])
        raw = np.stack([score.decode((z @ codec.mixing)[..., k]) for k, score in enumerate(codec.scores)], axis=-1)
        close = np.isclose(raw, scaled, rtol=1e-6, atol=1e-9)
        assert close[observed].mean() > 0.999

    @pytest.mark.parametrize("scaling", ["start", "running"])
    @pytest.mark.parametrize("n_assets", [2, 3, 5])
    def test_steps_with_gaps_are_as_white_as_others(self, scaling, n_assets):
        """Although the market is a sum of its assets, and of fewer of them where some are missing."""
        steps = with_gaps(market(1_600, n_assets)[0])
        codec = fit(steps, tuple(range(n_assets)), scaling)
        (z, observed), _ = encode_all(codec, codec.follow(StepHistory.plain(steps)))
        partly = z[observed.any(axis=2) & ~observed.all(axis=2)]
        assert len(partly) > 1_000
        assert np.abs(partly).max() < 9
        assert (partly.std(axis=0) < 1.6).all()

    def test_elsewhere_are_draws_of_the_same_law(self, holed):
        """Some 500 cells of the last asset: the standard error of a deviation is .05, of a mean .06."""
        codec, steps = holed
        track = codec.follow(StepHistory.plain(steps))
        scaled = track.series / np.exp(track.log_volatility[:-1])
        drawn = scaled[~track.observed[:, 3], 3]
        assert len(drawn) > 500
        assert drawn.std() == pytest.approx(scaled[track.observed[:, 3], 3].std(), abs=0.3)
        assert drawn.mean() == pytest.approx(0.0, abs=0.3)

    @pytest.mark.parametrize("scaling", ["start", "running"])
    def test_a_late_asset_has_a_marginal_of_its_own(self, scaling):
        returns = market(900, 2)[0].copy()
        returns[:600, 1] = np.nan
        codec = fit(returns, (0, 1), scaling)
        states = codec.follow(StepHistory.plain(returns)).states.take(np.full(400, 900))
        steps = codec.decode(rng("z").standard_normal((400, 20, 3)) @ codec.mixing, states).steps
        assert np.isfinite(steps).all()
        # Within a factor of 2 of its own volatility, which the filter may well put higher or lower today.
        assert 0.5 < steps[..., 1].std() / np.nanstd(returns[:, 1]) < 2.0

    def test_no_asset_is_followed(self):
        """Levels alone: nothing is divided, and they come back."""
        steps = np.column_stack([level(500), level(500, 1)])
        codec = fit(steps, (), "running")
        track = codec.follow(StepHistory.plain(steps))
        starts = np.array([70, 200])
        z, _ = codec.encode(track, starts, starts, WINDOW, rng("ties"))
        decoded = codec.decode(z @ codec.mixing, track.states.take(starts))
        np.testing.assert_allclose(decoded.steps, steps[starts[:, None] + np.arange(WINDOW)], atol=0.6)
        assert np.isclose(decoded.steps, steps[starts[:, None] + np.arange(WINDOW)], atol=1e-6).mean() > 0.98
        back = WindowCodec.from_dict(json.loads(json.dumps(codec.to_dict())))
        assert np.array_equal(
            back.decode(z, back.follow(StepHistory.plain(steps)).states.take(starts)).steps,
            codec.decode(z, track.states.take(starts)).steps,
        )


def test_alike_windows_do_not_depend_on_how_many_there_are():
    """Where a value is frequent, and where nothing is observed."""
    steps, followed = history(1, 600)
    steps[::2, 1] = 0.0
    steps[100:110] = np.nan
    codec = fit(steps, followed, "running")
    track = codec.follow(StepHistory.plain(steps))
    rows = np.array([90, 90, 300])[:, None] + np.arange(WINDOW)
    given = track.series[rows], track.log_volatility[rows]
    z = codec.encode_series(*given, rng("ties"), alike=True)
    np.testing.assert_array_equal(z[0], z[1])
    few = codec.encode_series(given[0][2:], given[1][2:], rng("ties"), alike=True)
    np.testing.assert_allclose(few[0], z[2], atol=1e-12)
    drawn = codec.encode_series(*given, rng("ties"))
    assert not np.allclose(drawn[0], drawn[1])


class TestReference:
    def test_start_divides_by_the_forecast_for_the_reference(self):
        steps, followed = history(1)
        codec = fit(steps, followed, "start")
        track = codec.follow(StepHistory.plain(steps))
        starts = np.array([500, 500])
        z, _ = codec.encode(track, starts, np.array([500, 530]), WINDOW, rng("ties"))
        raw = [score.decode((z @ codec.mixing)[..., k]) for k, score in enumerate(codec.scores)]
        ratio = raw[0][1] / raw[0][0]
        expected = np.exp(track.log_volatility[500, 0] - track.log_volatility[530, 0])
        np.testing.assert_allclose(ratio, expected, rtol=1e-6)
        np.testing.assert_allclose(raw[1][1], raw[1][0], rtol=1e-6)

    def test_running_does_not_depend_on_it(self):
        steps, followed = history(3)
        codec = fit(steps, followed, "running")
        track = codec.follow(StepHistory.plain(steps))
        a, b = (codec.encode(track, np.array([500]), np.array([at]), WINDOW, rng("ties"))[0] for at in (500, 530))
        np.testing.assert_array_equal(a, b)
