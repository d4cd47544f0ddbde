"""Any distribution as a standard normal and back, with the tails of extreme value theory."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from synthdiff.codecs.series.normal import FAR, REACH, SCALES, SHAPES, TAIL, NormalScore, _tail
from synthdiff.runtime import spawn_seed


def rng(*keys):
    return np.random.default_rng(spawn_seed(0, *keys))


SAMPLES = {
    "normal": lambda n: rng("normal").normal(3.0, 2.0, n),
    "heavy": lambda n: rng("heavy").standard_t(2.5, n),
    "thin": lambda n: rng("thin").uniform(-1.0, 1.0, n),
    "one-sided": lambda n: rng("one").exponential(size=n),
    "far": lambda n: 1e9 + rng("far").normal(size=n),
    "tiny": lambda n: 1e-12 * rng("tiny").normal(size=n),
}


@pytest.fixture(params=SAMPLES)
def sample(request):
    return SAMPLES[request.param]


class TestRoundTrip:
    @pytest.mark.parametrize("n", [1, 2, 5, 40, 999, 4_000])
    def test_values_come_back(self, sample, n):
        values = sample(n)
        fitted = NormalScore.fit(values)
        inside = values[(values > fitted.values[0]) & (values < fitted.values[-1])]
        assert len(inside) >= n - 2
        np.testing.assert_allclose(fitted.decode(fitted.encode(inside)), inside, rtol=1e-9, atol=1e-9 * values.std())

    @pytest.mark.parametrize("n", [40, 4_000])
    def test_scores_come_back(self, sample, n):
        fitted = NormalScore.fit(sample(n))
        scores = np.linspace(fitted.scores[0], fitted.scores[-1], 500).reshape(5, 100)
        # A billion and something has nine digits less.
        np.testing.assert_allclose(fitted.encode(fitted.decode(scores)), scores, atol=1e-4)

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.integers(0, 2**32))
    def test_any_values(self, values, seed):
        values = np.array(values)
        fitted = NormalScore.fit(values)
        scores = fitted.encode(values, np.random.default_rng(seed).random(len(values)))
        assert np.isfinite(scores).all()
        assert (np.diff(fitted.scores) > 0).all()
        assert (np.diff(fitted.values) >= 0).all()
        np.testing.assert_allclose(fitted.decode(scores), values, rtol=1e-6, atol=1e-6)

    @given(
        st.lists(st.floats(-50, 50, allow_subnormal=False), min_size=2, max_size=60),
        st.lists(st.floats(-9, 9), min_size=2, max_size=20),
    )
    def test_it_is_monotone(self, values, scores):
        fitted = NormalScore.fit(np.array(values))
        assert (np.diff(fitted.decode(np.sort(scores))) > -1e-12).all()
        assert (np.diff(fitted.encode(np.sort(values))) > -1e-12).all()

    def test_missing_stays_missing_and_is_not_learnt(self):
        values = SAMPLES["heavy"](500)
        holed = np.insert(values, [0, 10, 500], np.nan)
        fitted = NormalScore.fit(holed)
        np.testing.assert_array_equal(fitted.values, NormalScore.fit(values).values)
        np.testing.assert_array_equal(np.isnan(fitted.encode(holed)), np.isnan(holed))

    def test_it_survives_json(self, sample):
        fitted = NormalScore.fit(sample(3_000))
        back = NormalScore.from_dict(json.loads(json.dumps(fitted.to_dict())))
        assert np.array_equal(back.values, fitted.values)
        assert np.array_equal(back.scores, fitted.scores)


class TestScores:
    @pytest.mark.parametrize("n", [40, 400, 20_000])
    def test_they_are_normal(self, sample, n):
        """Ranks of the fitted values themselves: a Kolmogorov distance of 1 / (2 n) and what knots and tails bend.

        Where 25 values are a tail of a tenth, the 1 % critical distance of these is .32, which is 8 ranks.
        """
        scores = np.sort(NormalScore.fit(sample(n)).encode(sample(n)))
        distance = np.abs(norm.cdf(scores) - (np.arange(n) + 0.5) / n).max()
        assert distance < 1.2 / n + 0.006 + (8 / n if n == 400 else 0.0)

    def test_of_other_values_as_well(self):
        """The 1 % critical distance of two samples of 5,000 and 5,000 is .033."""
        fitted = NormalScore.fit(rng("a").standard_t(4, 5_000))
        scores = np.sort(fitted.encode(rng("b").standard_t(4, 5_000)))
        assert np.abs(norm.cdf(scores) - (np.arange(5_000) + 0.5) / 5_000).max() < 0.033

    def test_a_frequent_value_has_a_stretch_of_scores(self):
        values = np.concatenate([np.zeros(600), rng("rest").normal(size=400)])
        fitted = NormalScore.fit(values)
        scores = fitted.encode(np.zeros(2_000), rng("place").random(2_000))
        below = norm.cdf([scores.min(), scores.max()])
        share = (values < 0).mean()
        # It takes 60 % of the scores, from the share of what is below it.
        np.testing.assert_allclose(below, [share, share + 0.6], atol=0.01)
        np.testing.assert_array_equal(fitted.decode(scores), 0.0)
        # The standard error of the mean of 2,000 scores of that stretch is about .01.
        middle = fitted.encode(np.zeros(1))[0]
        assert middle == pytest.approx((scores.min() + scores.max()) / 2, abs=0.01)
        assert scores.mean() == pytest.approx(middle, abs=0.06)

    def test_drawn_scores_give_frequent_values_their_share(self):
        values = rng("dice").choice([-1.0, 0.0, 5.0], 900, p=[0.2, 0.5, 0.3])
        drawn = NormalScore.fit(values).decode(rng("draw").standard_normal(20_000))
        for value in (-1.0, 0.0, 5.0):
            # Between two of three values lies one knot of 800: .13 % of the draws; the standard error is .35 %.
            assert (drawn == value).mean() == pytest.approx((values == value).mean(), abs=0.015)

    def test_a_constant(self):
        fitted = NormalScore.fit(np.full(50, 3.0))
        np.testing.assert_array_equal(fitted.decode(np.linspace(-9, 9, 11)), 3.0)
        assert np.isfinite(fitted.encode(np.array([2.0, 3.0, 4.0]))).all()

    def test_the_ends_of_a_stretch_belong_to_it(self):
        values = rng("dice").integers(0, 4, 500).astype(float)
        fitted = NormalScore.fit(values)
        for place in (0.0, 1.0):
            np.testing.assert_allclose(fitted.decode(fitted.encode(values, place)), values, atol=1e-12)
        assert (fitted.encode(values, 0.0) < fitted.encode(values, 1.0)).all()


class TestTails:
    @pytest.mark.parametrize("level", [0.01, 0.003, 0.001])
    def test_quantiles_of_student(self, level):
        """Of ten samples of 5,000: their mean against the truth, in its own standard errors and 5 % of bias."""
        found = [
            [NormalScore.fit(rng("t4", i).standard_t(4, 5_000)).decode(norm.ppf([level, 1 - level]))] for i in range(10)
        ]
        low, high = np.mean(found, axis=0)[0]
        error = np.std(found, axis=0, ddof=1)[0] / np.sqrt(10)
        truth = t(4).ppf(level)
        assert low == pytest.approx(truth, abs=4 * error[0] + 0.05 * abs(truth))
        assert high == pytest.approx(-truth, abs=4 * error[1] + 0.05 * abs(truth))

    def test_they_end_where_one_value_in_twenty_times_the_data_would(self):
        values = rng("t3").standard_t(3, 4_000)
        fitted = NormalScore.fit(values)
        assert norm.sf(fitted.scores[-1]) == pytest.approx(1 / (REACH * 4_000))
        assert fitted.decode(np.array([40.0, -40.0])).tolist() == [fitted.values[-1], fitted.values[0]]
        # With the heaviest shape that is let through, 20 times rarer is at most 20^.4 = 3.3 times as far.
        assert values.max() < fitted.values[-1] < 4 * values.max()

    def test_a_thin_tail_hardly_goes_beyond_the_data(self):
        values = rng("u").uniform(-1, 1, 4_000)
        assert NormalScore.fit(values).values[-1] < 1.3

    def test_a_tail_without_a_mean_is_held_back(self):
        values = rng("cauchy").standard_cauchy(4_000)
        share, points = _tail(np.sort(values), 4_000.0, TAIL)
        beyond = values[values > np.quantile(values, 1 - TAIL)]
        assert np.isfinite(points).all()
        # The heaviest tail that is looked at.
        shape, scale = SHAPES[-1], SCALES[-1] * (beyond - points[0]).mean()
        assert points[-1] < points[0] + scale / shape * ((share[-1] / TAIL) ** -shape - 1)

    def test_each_end_has_its_own(self):
        fitted = NormalScore.fit(rng("one").exponential(size=4_000))
        assert fitted.values[0] > -0.1
        assert fitted.values[-1] > 9

    @pytest.mark.parametrize("n", [100, 1_000])
    @pytest.mark.parametrize("tail", [0.004, 0.025])
    def test_a_new_value_is_beyond_the_worst_as_often_as_one_of_them(self, n, tail):
        """A new value is the largest of n + 1 with probability 1 / (n + 1). The fitted probabilities of 60 samples,
        times n, have a deviation of .5 or less, so the standard error of their mean is .065: the bound is 4 of them."""
        samples = [rng("worst", i).standard_t(4, n) for i in range(60)]
        beyond = [n * norm.cdf(NormalScore.fit(x, tail=tail).encode(x.min()[None]))[0] for x in samples]
        assert np.mean(beyond) == pytest.approx(1.0, abs=0.26)

    def test_it_may_end_with_the_data(self):
        values = rng("short").standard_t(3, 600)
        fitted = NormalScore.fit(values, tail=0.0)
        np.testing.assert_allclose(fitted.values[[0, -1]], [values.min(), values.max()])

    def test_what_overlapping_windows_repeat_counts_once(self):
        values = rng("few").standard_t(3, 500)
        tiled, once = NormalScore.fit(np.tile(values, 20), n_distinct=500.0), NormalScore.fit(values)
        assert norm.sf(tiled.scores[-1]) == pytest.approx(norm.sf(once.scores[-1]))
        np.testing.assert_allclose(tiled.values[[0, -1]], once.values[[0, -1]], rtol=0.3)

    def test_a_tail_of_ties_is_left_as_it_is(self):
        values = np.concatenate([rng("cap").uniform(size=2_000), np.full(500, 1.0)])
        fitted = NormalScore.fit(values)
        assert fitted.values[-1] == 1.0
        np.testing.assert_array_equal(fitted.decode(fitted.encode(np.ones(50), rng("at").random(50))), 1.0)

    def test_a_smaller_tail_follows_the_data_further(self):
        values = np.sort(rng("t4").standard_t(4, 20_000))
        fitted = NormalScore.fit(values, tail=0.004)
        place = (np.arange(20_000) + 0.5) / 20_000
        body = (place > 0.005) & (place < 0.995)
        np.testing.assert_allclose(fitted.decode(norm.ppf(place[body])), values[body], atol=0.03)


class TestMatch:
    def test_drawn_values_become_normal(self):
        drawn = 0.3 + 1.2 * rng("drawn").standard_t(6, 50_000)
        scores = NormalScore.match(drawn).encode(drawn)
        # The standard errors of mean, deviation and fourth moment are .0045, .0032 and .044; a handful of values beyond
        # the table's outermost quantile, where it goes on straight, may add .2 to the latter.
        assert scores.mean() == pytest.approx(0.0, abs=0.01)
        assert scores.std() == pytest.approx(1.0, abs=0.01)
        assert (scores**4).mean() == pytest.approx(3.0, abs=0.35)

    def test_what_is_normal_stays_as_it_is(self):
        """Quantiles of 100,000 normal values: the standard error is .003 in the middle and .02 at 3 deviations."""
        table = NormalScore.match(rng("same").standard_normal(100_000))
        at = np.linspace(-3, 3, 61)
        np.testing.assert_allclose(table.encode(at), at, atol=0.08)
        np.testing.assert_allclose(table.encode(at[20:41]), at[20:41], atol=0.015)

    def test_beyond_what_was_drawn_it_goes_on(self):
        drawn = rng("far").standard_normal(10_000)
        table = NormalScore.match(drawn)
        far = table.encode(np.array([-5.0, 5.0]))
        assert far[0] < table.encode(drawn).min() + 1e-9
        assert far[1] > table.encode(drawn).max() - 1e-9
        assert np.abs(far).max() < 4.5 + FAR

    def test_monotone_and_invertible(self):
        table = NormalScore.match(rng("m").standard_t(5, 5_000))
        assert (np.diff(table.values) > 0).all()
        at = np.linspace(-4, 4, 81)
        np.testing.assert_allclose(table.encode(table.decode(at)), at, atol=1e-9)


class TestBounded:
    def test_one_of_a_few_values_comes_back_as_one_of_them(self):
        """Shares of 20,000 draws: the standard error of the first is .003."""
        rng = np.random.default_rng(0)
        values = rng.choice([0.0, 10.0, 20.0, 50.0], 5_000, p=[0.7, 0.2, 0.09, 0.01])
        table = NormalScore.bounded(values)
        drawn = table.decode(rng.standard_normal(20_000))
        found, counts = np.unique(drawn, return_counts=True)
        assert found.tolist() == [0.0, 10.0, 20.0, 50.0]
        np.testing.assert_allclose(counts / 20_000, [(values == v).mean() for v in found], atol=0.012)
        np.testing.assert_array_equal(table.decode(table.encode(values, rng.random(5_000))), values)
        assert (np.diff(table.scores) > 0).all()

    def test_many_values_end_where_they_end(self):
        values = np.random.default_rng(1).random(5_000)
        table = NormalScore.bounded(values)
        drawn = table.decode(np.random.default_rng(2).standard_normal(100_000))
        assert values.min() <= drawn.min() < 0.01
        assert 0.99 < drawn.max() <= values.max()
        assert NormalScore.fit(values).decode(np.array([9.0])) > values.max()
