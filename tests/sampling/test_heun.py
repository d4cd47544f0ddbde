import pytest
import torch

from synthdiff.sampling.heun import heun


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (0.5, 0.5), (-1.0, 0.2), (1.0, 0.05), (2.0, 0.02)])
def test_heun_maps_noise_to_a_normal_law(mean, sd):
    """The exact posterior of N(mean, sd^2): the path ends at mean + sd * noise."""

    def posterior(z, log_snr):
        alpha, sigma = log_snr.sigmoid().sqrt(), (-log_snr).sigmoid().sqrt()
        return (mean * sigma**2 + sd**2 * alpha * z) / (alpha**2 * sd**2 + sigma**2)

    noise = torch.special.ndtri(torch.linspace(0.01, 0.99, 99, dtype=torch.float64))
    assert float((heun(posterior, noise) - (mean + sd * noise)).abs().max()) < 0.02


def test_each_step_but_the_last_evaluates_twice():
    levels = []

    def posterior(z, log_snr):
        levels.append(float(log_snr))
        return log_snr.sigmoid().sqrt() * z

    noise = torch.linspace(-3, 3, 7)
    assert torch.allclose(heun(posterior, noise, steps=5), noise, atol=1e-5)
    assert len(levels) == 9
    assert all(torch.tensor(levels).isfinite())
