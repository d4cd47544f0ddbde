import math

import pytest
import torch

from synthdiff.diffusion.gaussian import GaussianProcess

N = 40_000
PROCESS = GaussianProcess()


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def time(t):
    return torch.tensor(t, dtype=torch.float64)


def data():
    """A skewed law with two modes: no Gaussian could hide a wrong mean or variance."""
    first = torch.rand(N, generator=torch.Generator().manual_seed(0), dtype=torch.float64) < 0.3
    return torch.where(first, 2.0 + 0.1 * draw(1, N), -0.5 + 0.5 * draw(2, N))


def assert_same_law(a, b):
    """The first four moments and six quantile levels agree within 4.5 standard errors."""
    for power in (1, 2, 3, 4):
        error = math.hypot(float((a**power).std()), float((b**power).std())) / N**0.5
        assert abs(float((a**power).mean() - (b**power).mean())) < 4.5 * error
    for level in (0.02, 0.1, 0.3, 0.6, 0.9, 0.98):
        share = float((b < a.quantile(level)).double().mean())
        assert abs(share - level) < 4.5 * (2 * level * (1 - level) / N) ** 0.5


def test_no_noise_at_0_and_no_data_at_1():
    assert PROCESS.alpha(time(0.0)) == 1
    assert PROCESS.sigma(time(0.0)) == 0
    assert PROCESS.alpha(time(1.0)) == 0
    assert PROCESS.sigma(time(1.0)) == 1
    x, noise = data(), draw(3, N)
    assert torch.equal(PROCESS.perturb(x, time(0.0), noise), x)
    assert torch.equal(PROCESS.perturb(x, time(1.0), noise), noise)


def test_variance_is_preserved():
    t = torch.linspace(0, 1, 101, dtype=torch.float64)
    assert torch.allclose(PROCESS.alpha(t) ** 2 + PROCESS.sigma(t) ** 2, torch.ones_like(t), atol=1e-12)


def test_time_inverts_log_snr():
    t = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    assert torch.allclose(PROCESS.time(PROCESS.log_snr(t)), t, atol=1e-12)


def test_prior_is_what_perturb_ends_at():
    prior = PROCESS.prior((N,), torch.Generator().manual_seed(4)).double()
    assert_same_law(prior, PROCESS.perturb(data(), time(1.0), draw(5, N)))


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("t", "s"), [(1.0, 0.6), (0.7, 0.3), (0.4, 0.05)])
def test_perturb_then_bridge_has_the_law_of_perturb(t, s, eta):
    x = data()
    noisy = PROCESS.perturb(x, time(t), draw(6, N))
    bridged = PROCESS.bridge(noisy, x, time(t), time(s), draw(7, N), eta)
    other = x[torch.randperm(N, generator=torch.Generator().manual_seed(8))]
    assert_same_law(PROCESS.perturb(other, time(s), draw(9, N)), bridged)


def test_exact_bridge_keeps_the_joint_law_with_later_noise():
    """Given x_0, the covariance of x_s and x_t is alpha_t / alpha_s sigma_s^2."""
    t, s = time(0.7), time(0.4)
    noisy = PROCESS.perturb(torch.zeros(N, dtype=torch.float64), t, draw(10, N))
    bridged = PROCESS.bridge(noisy, torch.zeros_like(noisy), t, s, draw(11, N))
    expected = PROCESS.alpha(t) / PROCESS.alpha(s) * PROCESS.sigma(s) ** 2
    products = noisy * bridged
    assert abs(float(products.mean() - expected)) < 4.5 * float(products.std()) / N**0.5


def test_bridge_to_0_is_the_estimate():
    x = data()
    noisy = PROCESS.perturb(x, time(0.3), draw(12, N))
    assert torch.equal(PROCESS.bridge(noisy, x, time(0.3), time(0.0), draw(13, N)), x)


def test_velocity_of_a_standard_normal_is_0():
    z, t = draw(14, N), time(0.6)
    assert torch.equal(PROCESS.velocity(z, PROCESS.alpha(t) * z, t), torch.zeros_like(z))


def test_reference_loss_is_1_at_every_time():
    z, noise = draw(15, N), draw(16, N)
    for t in map(time, (0.05, 0.5, 0.95)):
        errors = PROCESS.loss_weight(t) * (PROCESS.alpha(t) * PROCESS.perturb(z, t, noise) - z) ** 2
        assert abs(float(errors.mean()) - 1) < 4.5 * float(errors.std()) / N**0.5


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (0.5, 0.5), (-1.0, 0.2)])
def test_gain_is_the_divergence_from_a_standard_normal(mean, sd):
    """Exact posteriors of N(mean, sd^2): the integral over log-SNR is the Kullback-Leibler divergence."""
    log_snr = torch.linspace(-25, 25, 20_001, dtype=torch.float64)
    t = PROCESS.time(log_snr)
    alpha, sigma = PROCESS.alpha(t), PROCESS.sigma(t)
    best = sd**2 * sigma**2 / (alpha**2 * sd**2 + sigma**2)
    second_moment = sd**2 + mean**2
    reference = sigma**4 * second_moment + alpha**2 * sigma**2
    gain = torch.trapezoid(PROCESS.gain_weight(t) * (reference - best), log_snr)
    assert float(gain) == pytest.approx((second_moment - 1) / 2 - math.log(sd), abs=1e-4)
