"""The two-step solver: exact where nothing is to be done, and of second order where something is."""

import math

import pytest
import torch

from synthdiff.diffusion.gaussian import GaussianProcess
from synthdiff.sampling.multistep import multistep


def white(z, log_snr):
    return log_snr.sigmoid().sqrt() * z


def normal(mean, deviation):
    """Posterior mean where the data are normal: noise z becomes mean + deviation z."""

    def posterior(z, log_snr):
        alpha, sigma = log_snr.sigmoid().sqrt(), (-log_snr).sigmoid().sqrt()
        gain = deviation**2 * alpha / (deviation**2 * alpha**2 + sigma**2)
        return mean + gain * (z - alpha * mean)

    return posterior


@pytest.mark.parametrize("steps", [1, 2, 16])
def test_white_noise_stays_as_it_is(steps):
    z = torch.randn(3, 50, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(multistep(white, z, steps), z, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 0.6), (0.3, 1.0), (-0.2, 1.3)])
def test_normal_data(mean, deviation):
    z = torch.linspace(-3, 3, 31, dtype=torch.float64)
    errors = [
        float((multistep(normal(mean, deviation), z, n) - (mean + deviation * z)).abs().max()) for n in (8, 16, 32)
    ]
    assert errors[1] < 0.03
    # Twice the steps, a quarter of the error, but for what starts at .999 instead of 1.
    assert errors[0] / errors[1] > 2.5
    assert errors[1] / errors[2] > 2.5


def test_an_evaluation_a_step_down_to_little_noise():
    seen = []

    def posterior(z, log_snr):
        seen.append(float(log_snr))
        return white(z, log_snr)

    multistep(posterior, torch.zeros(2), steps=10)
    assert len(seen) == 10
    assert seen == sorted(seen)
    assert seen[0] < -12
    expected = float(GaussianProcess().log_snr(torch.tensor(0.1)))
    assert seen[-1] == pytest.approx(expected, rel=1e-4)
    assert math.isfinite(seen[0])
