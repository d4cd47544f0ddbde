"""Tilts: they draw what their likelihood ratio says, and weights are bounded."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from synthdiff.sampling.tilt import NoiseSummary, Tilt, TiltMixture, block_edges, defended_weights
from synthdiff.sampling.tiltfit import fit_mixture, fit_tilt, start_features

L, D, N = 8, 2, 3
LENGTHS = np.diff(block_edges(L))


def make_tilt(seed: int = 0, stretch: float = 0.6) -> Tilt:
    rng = np.random.default_rng(seed)
    direction = rng.standard_normal((len(LENGTHS), D))
    direction /= np.sqrt((LENGTHS[:, None] * direction**2).sum())
    log_start = np.log(np.array([0.5, 1.5, 1.0]))
    return Tilt(
        0.3 * rng.standard_normal((len(LENGTHS), D)),
        rng.uniform(1, 1.3, (len(LENGTHS), D)),
        direction,
        stretch,
        log_start,
    )


def flat(tilt: Tilt) -> multivariate_normal:
    """The law of all the noise of a path, written out."""
    block = np.repeat(np.arange(len(LENGTHS)), LENGTHS)
    u = tilt.direction[block].ravel()
    mix = np.diag(tilt.deviation[block].ravel()) @ (np.eye(L * D) + (tilt.stretch - 1) * np.outer(u, u))
    return multivariate_normal(tilt.mean[block].ravel(), mix @ mix.T)


def test_log_ratio_is_that_of_the_densities() -> None:
    rng, tilt = np.random.default_rng(1), make_tilt()
    noise, start = rng.standard_normal((20, L, D)), rng.integers(0, N, 20)
    expected = flat(tilt).logpdf(noise.reshape(20, -1)) - multivariate_normal(np.zeros(L * D)).logpdf(
        noise.reshape(20, -1)
    )
    found = tilt.log_ratio(NoiseSummary.of(noise, start))
    assert found == pytest.approx(expected + tilt.log_start[start])


def test_draws_have_the_law() -> None:
    """Standard errors of means are at most 1.3 / sqrt(40,000), of covariances about twice that; five of them."""
    tilt = make_tilt()
    noise, start = tilt.draw(40_000, LENGTHS, np.random.default_rng(2))
    law, found = flat(tilt), noise.reshape(len(noise), -1)
    assert np.abs(found.mean(axis=0) - law.mean).max() < 5 * 1.3 / 200
    assert np.abs(np.cov(found.T) - law.cov).max() < 5 * 2.6 / 200
    assert np.bincount(start) / len(start) == pytest.approx(np.exp(tilt.log_start) / N, abs=5 * 0.5 / 200)


def test_a_mixture_integrates_to_one() -> None:
    """Draws without a tilt see the mixture's density as 1 on average; five standard errors of 20,000 draws."""
    mixture = TiltMixture((make_tilt(0), make_tilt(1, 1.0)), np.array([0.3, 0.7]))
    both = TiltMixture.union([mixture, TiltMixture((make_tilt(2),), np.ones(1))])
    assert both.share.sum() == pytest.approx(1)
    rng = np.random.default_rng(3)
    ratio = np.exp(both.log_ratio(NoiseSummary.of(rng.standard_normal((20_000, L, D)), rng.integers(0, N, 20_000))))
    assert ratio.mean() == pytest.approx(1, abs=5 * ratio.std() / np.sqrt(len(ratio)))
    noise, start = both.draw(500, LENGTHS, rng)
    assert noise.shape == (500, L, D)
    assert start.shape == (500,)


def test_defended_weights_are_bounded_and_one_on_average() -> None:
    rng, mixture = np.random.default_rng(4), TiltMixture((make_tilt(),), np.ones(1))
    plain = NoiseSummary.of(rng.standard_normal((2_000, L, D)), rng.integers(0, N, 2_000))
    tilted = NoiseSummary.of(*mixture.draw(8_000, LENGTHS, rng))
    weights = defended_weights(mixture.log_ratio(plain.joined(tilted)), 0.2)
    assert weights.max() <= 5
    assert weights.mean() == pytest.approx(1, abs=5 * weights.std() / np.sqrt(len(weights)))
    assert defended_weights(np.array([1e4, -1e4]), 0.2) == pytest.approx([0, 5])


def test_a_fit_finds_what_was_drawn() -> None:
    truth = make_tilt()
    noise = NoiseSummary.of(*truth.draw(20_000, LENGTHS, np.random.default_rng(5)))
    found = fit_tilt(noise, np.ones(20_000), start_features(np.arange(N)[:, None].astype(float)))
    assert found.mean == pytest.approx(truth.mean, abs=0.05)
    assert found.log_start == pytest.approx(truth.log_start, abs=0.15)


def test_a_fit_to_nothing_special_is_no_tilt() -> None:
    """12 means and variances, each beyond 2.5 standard errors in 1 of 80 samples: some may be, by little."""
    rng = np.random.default_rng(6)
    noise = NoiseSummary.of(rng.standard_normal((4_000, L, D)), np.zeros(4_000, dtype=int))
    found = fit_tilt(noise, np.ones(4_000), start_features(np.zeros((1, 2))))
    assert np.count_nonzero(found.mean) <= 2
    assert np.abs(found.mean).max() < 0.06
    assert (found.stretch, found.log_start.tolist()) == (1.0, [0.0])


def test_a_mixture_finds_two_ways() -> None:
    """Paths that fall in the first half or in the second: no single shift is like either."""
    rng = np.random.default_rng(7)
    noise = rng.standard_normal((2_000, L, D))
    noise[:1_000, : L // 2, 0] -= 2
    noise[1_000:, L // 2 :, 0] -= 2
    summary = NoiseSummary.of(noise, np.zeros(2_000, dtype=int))
    mixture = fit_mixture(summary, np.ones(2_000), start_features(np.zeros((1, 1))), rng)
    halves = np.array([[tilt.mean[:3, 0].mean(), tilt.mean[3:, 0].mean()] for tilt in mixture.tilts])
    assert (np.abs(halves[:, 0] - halves[:, 1]) > 1.0).all()  # of 2; a single shift has none
    assert mixture.share @ (halves[:, 0] < halves[:, 1]) == pytest.approx(0.5, abs=0.05)


def test_short_paths_have_fewer_blocks() -> None:
    assert block_edges(1).tolist() == [0, 1]
    noise = NoiseSummary.of(np.ones((3, 1, 2)), np.zeros(3, dtype=int))
    assert noise.total.shape == (3, 1, 2)
    assert len(noise.take(np.array([0, 2]))) == 2
