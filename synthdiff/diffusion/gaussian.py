"""Variance-preserving Gaussian diffusion of a continuous value.

``x_t = alpha_t x_0 + sigma_t eps`` with ``alpha_t = cos(pi t / 2)`` and ``sigma_t = sin(pi t / 2)`` ([1]_, appendix
B.1): exactly the data at t = 0 and exactly a standard normal at t = 1. Where x_0 is itself standard normal, so is
every x_t, and its posterior mean is ``alpha_t x_t``: the *reference* that a model of x_0 is measured against.

Written in the angle ``pi t / 2`` the deterministic path from noise to data is ``dx = -v d(angle)``, where
``v = (E[x_0 | x_t] - alpha_t x_t) / sigma_t`` is how far the posterior is from the reference: nothing moves where the
data are standard normal.

References
----------
.. [1] Salimans and Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", ICLR 2022.
.. [2] Song et al., "Denoising Diffusion Implicit Models", ICLR 2021.
.. [3] Guo, Shamai and Verdu, "Mutual Information and Minimum Mean-Square Error in Gaussian Channels", IEEE
   Transactions on Information Theory, 2005.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


class GaussianProcess:
    """Noise on continuous values; times are tensors that broadcast against the values, in [0, 1] with 1 = noise."""

    def alpha(self, t: Tensor) -> Tensor:
        """Share of the data, from 1 to 0."""
        # The sine of the complement is exactly 0 at t = 1, which the cosine of a rounded pi / 2 is not.
        return torch.sin(math.pi / 2 * (1 - t))

    def sigma(self, t: Tensor) -> Tensor:
        """Share of the noise, from 0 to 1."""
        return torch.sin(math.pi / 2 * t)

    def log_snr(self, t: Tensor) -> Tensor:
        """``log(alpha_t^2 / sigma_t^2)``, from infinity to minus infinity."""
        return 2 * (self.alpha(t).log() - self.sigma(t).log())

    def time(self, log_snr: Tensor) -> Tensor:
        """The time that has that log-SNR: the inverse of `log_snr`."""
        return 2 / math.pi * torch.atan(torch.exp(-log_snr / 2))

    def prior(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Draw x_1, float32, on the generator's device."""
        return torch.randn(shape, generator=generator, device=generator.device)

    def perturb(self, x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """Draw x_t given x_0.

        Parameters
        ----------
        x : Tensor
            x_0.
        t : Tensor
        noise : Tensor
            Standard normal.
        """
        return self.alpha(t) * x + self.sigma(t) * noise

    def bridge(self, x: Tensor, estimate: Tensor, t: Tensor, s: Tensor, noise: Tensor, eta: float = 1.0) -> Tensor:
        """Draw x_s given x_t and an estimate of x_0, for s < t ([2]_, eq. 12).

        Parameters
        ----------
        x : Tensor
            x_t.
        estimate : Tensor
        t, s : Tensor
            t > 0.
        noise : Tensor
            Standard normal.
        eta : float
            1 draws from the exact law of x_s given x_t and x_0; 0 takes no new noise. Each has the law of x_s.
        """
        added = self.sigma(t) ** 2 - (self.alpha(t) / self.alpha(s) * self.sigma(s)) ** 2
        fresh = eta * self.sigma(s) / self.sigma(t) * added.clamp_min(0) ** 0.5
        eps = (x - self.alpha(t) * estimate) / self.sigma(t)
        kept = (self.sigma(s) ** 2 - fresh**2).clamp_min(0) ** 0.5
        return self.alpha(s) * estimate + kept * eps + fresh * noise

    def velocity(self, x: Tensor, estimate: Tensor, t: Tensor) -> Tensor:
        """How far a posterior mean is from a standard normal's, in units of sigma_t; t > 0."""
        return (estimate - self.alpha(t) * x) / self.sigma(t)

    def loss_weight(self, t: Tensor) -> Tensor:
        """Weight of the squared error of x_0 that makes every time's loss 1 for the reference; t > 0."""
        return self.sigma(t) ** -2

    def gain_weight(self, t: Tensor) -> Tensor:
        """Nats per unit of log-SNR that a squared error of x_0 costs ([3]_): ``alpha_t^2 / (2 sigma_t^2)``; t > 0.

        The integral over log-SNR of this times (reference's less model's squared error) is the mean log-density that
        the model gains over a standard normal.
        """
        return 0.5 * (self.alpha(t) / self.sigma(t)) ** 2
